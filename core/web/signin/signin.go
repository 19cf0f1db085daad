// Package signin is the screens before and around signing in, on a ministry's
// host: its landing page, the two steps of signing in, one-time links and printed
// codes, and the texts that everybody is entitled to read.
//
// LoginForm, CodeForm and PasswordForm are the parts that the operators' sign-in
// on the platform's own domain is made of as well.
package signin

import (
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/tenant"
	"mektep/core/web/me"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// desk is where people are let in.
type desk struct{ me.Services }

// Routes returns the screens. They lead on to what s says a person must do first.
func Routes(_ *screen.Base, s me.Services) []screen.Route {
	d := desk{s}
	get := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodGet, Path: path, Access: screen.Anyone, Handle: h}
	}
	post := func(path string, h screen.Handler) screen.Route {
		return screen.Route{Method: fiber.MethodPost, Path: path, Access: screen.Anyone, Handle: h}
	}
	return []screen.Route{
		get("/", d.landing),
		get("/sign-in", d.askLogin), post("/sign-in", d.signIn),
		get("/sign-in/second", d.askCode), post("/sign-in/second", d.secondStep),
		{Method: fiber.MethodPost, Path: "/sign-out", Access: screen.Anyone, Handle: d.signOut, Always: true},
		get("/invitation/:secret?", d.askInvitation), post("/invitation/:secret", d.acceptInvitation),
		get("/reset/:secret?", d.askReset), post("/reset/:secret", d.acceptReset),
		get(addressPath+":secret", d.askAddress), post(addressPath+":secret", d.readAddress),
		get("/forgot", d.askForgot), post("/forgot", d.forgot),
		get("/code", d.askPrinted), post("/code", d.redeem),
		get("/privacy", privacy), get("/help", help),
	}
}

// attempt is who tries to come in, as the edge saw it.
func attempt(q *screen.Request, f *screen.Form) door.Attempt {
	return door.Attempt{
		Login: f.Value("login"), Password: f.Secret("password"), Device: q.Edge.Device(q.C), Remote: remote(q),
		UserAgent: q.C.Get(fiber.HeaderUserAgent), Shared: f.Ticked("shared"),
	}
}

func remote(q *screen.Request) netip.Addr {
	a, _ := netip.ParseAddr(q.C.IP())
	return a
}

// resting answers for a suspended ministry; ok is false while it is open.
func resting(q *screen.Request) (ok bool, err error) {
	if q.Ministry.State != tenant.Suspended {
		return false, nil
	}
	return true, q.Render(fiber.StatusLocked, showSuspended(q, q.View()))
}

// enter keeps the session that was just opened and leads on.
func (d desk) enter(q *screen.Request, o *door.Opened, to string) error {
	expires := o.Expires
	if o.Device == "" { // a shared computer: gone with the browser
		expires = time.Time{}
	}
	q.Edge.RememberStep(q.C, "")
	q.Edge.Remember(q.C, o.Token, expires)
	if o.Device != "" {
		q.Edge.RememberDevice(q.C, o.Device)
	}
	who, err := d.Identity.Resolve(q.Context(), q.Ministry.Tenant, o.Token)
	if err != nil {
		return err
	}
	who.Language, who.RequestID = q.L.Tag(), q.RequestID
	ctx := caller.With(q.Context(), who)
	if o.Language == "" {
		if err := d.Identity.SetLanguage(ctx, q.L.Tag()); err != nil {
			return err
		}
	}
	onward, err := d.Onward(ctx, to)
	if err != nil {
		return err
	}
	if o.RecoveryLeft >= 0 {
		return q.See(onward, edge.Flash{
			Good: o.RecoveryLeft > 0, Key: "signin.recovery_used", Args: map[string]any{"Count": o.RecoveryLeft},
			URL: "/me/security/codes", Act: "me.codes.new",
		})
	}
	return q.See(onward, edge.Flash{})
}

// signOut ends the session and takes its cookie away. Whoever has none is simply out.
func (d desk) signOut(q *screen.Request) error {
	if q.Caller.SignedIn() {
		if err := d.Identity.Door.SignOut(q.Context()); err != nil && fault.KindOf(err) != fault.Unauthenticated {
			return err
		}
	}
	q.Edge.Forget(q.C)
	return q.Done("/", "signin.out")
}

// refusedEntry is what is said above a form that did not let somebody in.
type refusedEntry struct {
	tone  ui.Tone
	title string
	text  string
}

// entryRefused puts into words why somebody was not let in; ok is false for faults
// that are no matter of the form.
func entryRefused(q *screen.Request, err error) (r *refusedEntry, status int, ok bool) {
	f := fault.From(err)
	x := q.L.Fault(f)
	r = &refusedEntry{tone: ui.Bad, title: x.Reason, text: x.NextText}
	switch f.Kind {
	case fault.TooMany:
		r.tone = ui.Warn
		if r.text == "" {
			r.text = q.T("signin.wait.text")
		}
	case fault.Unauthenticated, fault.Denied, fault.Invalid:
		if len(x.Fields) > 0 {
			r.title = x.Fields[0].Text
		}
	default:
		return nil, 0, false
	}
	return r, q.Refused(err), true
}
