// Package operator is the platform's own domain: its front page, and the console
// in which operators set ministries up, let them rest and go on, and keep one
// another in order. They see ministries' names and sizes, never their data.
//
// Its forms carry write keys, kept on the platform or, where the work is done behind a
// ministry's wall, there; what some of them answer with, a one-time link, is kept sealed.
// Two do without: signing in, which opens a session by the cookie of its answer, and carrying
// on with what was cut off, which takes only the steps that were not taken.
package operator

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Services are what the screens stand on, besides the directory of Base.
type Services struct {
	Operators *identity.Operators
}

type console struct{ Services }

// Paths of the screens.
const (
	home       = "/operator"
	onboard    = "/operator/new"
	ministries = "/operator/ministries/"
	people     = "/operator/people"
	acts       = "/operator/acts"
	security   = "/operator/security"
)

// Routes returns the screens of the platform's own domain.
func Routes(_ *screen.Base, s Services) []screen.Route {
	c := console{s}
	var all []screen.Route
	add := func(a screen.Access, method, path string, h screen.Handler) {
		all = append(all, screen.Route{Method: method, Path: path, Access: a, Handle: h})
	}
	get := func(path string, h screen.Handler) { add(screen.Platform, fiber.MethodGet, path, h) }
	post := func(path string, h screen.Handler) { add(screen.Platform, fiber.MethodPost, path, h) }
	get("/", c.landing)
	get("/sign-in", c.askLogin)
	post("/sign-in", c.signIn)
	get("/sign-in/second", c.askCode)
	post("/sign-in/second", c.secondStep)
	post("/sign-out", c.signOut)
	get("/operator/invitation/:secret", c.askInvitation)
	post("/operator/invitation/:secret", c.acceptInvitation)

	// What one does to get a second factor needs none; everything else does.
	own := func(method, path string, h screen.Handler) { add(screen.Operators, method, path, h) }
	own(fiber.MethodGet, security, c.security)
	own(fiber.MethodGet, security+"/second", c.askSecond)
	own(fiber.MethodPost, security+"/second", c.beginSecond)
	own(fiber.MethodPost, security+"/confirm", c.confirmSecond)
	own(fiber.MethodGet, security+"/password", c.askPassword)
	own(fiber.MethodPost, security+"/password", c.changePassword)

	see := func(path string, h screen.Handler) { own(fiber.MethodGet, path, c.ready(h)) }
	do := func(path string, h screen.Handler) { own(fiber.MethodPost, path, c.ready(h)) }
	see(home, c.ministries)
	see(onboard, c.askPlan)
	do(onboard, c.plan)
	see(ministries+":slug", c.ministry)
	do(ministries+":slug/hosts", c.addHost)
	do(ministries+":slug/hosts/remove", c.removeHost)
	do(ministries+":slug/listed", c.list)
	see(ministries+":slug/name", c.askNames)
	do(ministries+":slug/name", c.rename)
	do(ministries+":slug/suspend", c.suspend)
	do(ministries+":slug/resume", c.resume)
	do(ministries+":slug/continue", c.carryOn)
	do(ministries+":slug/invitations/:uid", c.reinvite)
	do(ministries+":slug/letters", c.lettersAgain)
	do(ministries+":slug/approvals/:uid/approve", c.cosign)
	do(ministries+":slug/approvals/:uid/decline", c.decline)
	see(people, c.people)
	see(people+"/new", c.askOperator)
	do(people+"/new", c.invite)
	do(people+"/:uid/block", c.block)
	do(people+"/:uid/relink", c.relink)
	see(acts, c.acts)
	return all
}

// ready lets only operators with a second factor pass, and leads the others to
// where they set it up.
func (c console) ready(h screen.Handler) screen.Handler {
	return func(q *screen.Request) error {
		err := c.Operators.Require(q.Context())
		switch {
		case err == nil:
			return h(q)
		case fault.KindOf(err) == fault.Denied && q.C.Method() == fiber.MethodGet:
			return q.See(security+"/second", edge.Flash{})
		}
		return err
	}
}

// again shows a form once more with what was wrong, where the form can do
// something about it.
func again(q *screen.Request, err error, show func(status int, errs ui.Errors) error) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Unauthenticated, fault.Conflict:
		return show(fiber.StatusUnprocessableEntity, ui.ErrorsOf(q.View(), err))
	case fault.TooMany:
		return show(q.Refused(err), ui.ErrorsOf(q.View(), err))
	}
	return err
}

func remote(q *screen.Request) netip.Addr {
	a, _ := netip.ParseAddr(q.C.IP())
	return a
}

// address is where a path lies on a host, seen as the console is: the same scheme
// and port.
func address(q *screen.Request, host, path string) string {
	u := url.URL{Scheme: q.C.Protocol(), Host: host}
	if _, port, ok := strings.Cut(q.C.Hostname(), ":"); ok {
		u.Host += ":" + port
	}
	return u.String() + path
}

// languages are the platform's languages, to choose from.
func languages(q *screen.Request) []ui.Option {
	var all []ui.Option
	for _, l := range q.Edge.Words().Languages() {
		all = append(all, ui.Option{Value: l.Tag, Text: l.Name})
	}
	return all
}
