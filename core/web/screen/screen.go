// Package screen is what every screen is made with: the frame filled from the
// request (View), rendering, forms read and given back with their errors, and
// the page of a fault. Screens live in packages of their own beside it, one per
// subject; each exports Routes, and package web mounts them in one table.
package screen

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/tenant"
	"mektep/core/web/assets"
	"mektep/core/web/ui"
)

// Base is what all screens share. Wire it once.
type Base struct {
	Edge    *edge.Edge
	Gate    *gate.Gate
	Tenants *tenant.Service
	Assets  *assets.Bundle
	Clock   *clock.Clock
	Version string
	// Unread counts the caller's unread notices; nil: none are shown.
	Unread func(ctx context.Context) (int, error)
	// Speak keeps the language that the caller, who has signed in, chose; nil: it is
	// kept in the browser only.
	Speak func(ctx context.Context, tag string) error
	// Notice stands above every page of an installation that is not real.
	Notice string // message key; empty: none
}

// Handler answers a request for a screen.
type Handler func(q *Request) error

// Access says who may ask for a route at all. What they may see there is the
// gate's question.
type Access uint8

// The accesses.
const (
	SignedIn   Access = iota // somebody of the ministry; others are led to sign-in
	Anyone                   // on a ministry's host
	Platform                 // on the base domain, anyone
	Operators                // on the base domain, an operator with a second factor
	Everywhere               // on every host, anyone
)

// Route is one row of the route table.
type Route struct {
	Method string
	Path   string
	Access Access
	Handle Handler
	Always bool // may be posted while the ministry is suspended too
}

// Request is one request for a screen.
type Request struct {
	*Base
	C *fiber.Ctx
	*edge.Ask

	view    *ui.View
	sheet   *ui.Sheet // of the form that is sent, once it was read
	stalled bool      // something does not answer: the page must do without it
	wrong   bool      // what is answered is a form with a mistake, which its title says
}

// Context returns the context to pass downwards; the caller is in it.
func (q *Request) Context() context.Context { return q.C.UserContext() }

// T returns a message in the reader's language.
func (q *Request) T(key string, args ...any) string { return q.L.T(key, args...) }

// Text returns a text of the profile or the ministry in the reader's language.
func (q *Request) Text(t map[string]string) string { return q.L.Text(t) }

// Profile returns the profile of the ministry, its own school years included; nil on the
// base domain. Where those cannot be read just now, it is the country's: pages that say so
// need its names.
func (q *Request) Profile() *profile.Profile {
	if q.Ministry == nil {
		return nil
	}
	m, err := q.Gate.Ministry(q.Context())
	if err != nil {
		if m, err = q.Tenants.Country(q.Context()); err != nil {
			return nil
		}
	}
	return m.Profile
}

// settle has what is not called in the reader's language called as the ministry does.
func (q *Request) settle() {
	if p := q.Profile(); p != nil && q.L != nil {
		q.L = q.L.At(p.Main())
	}
}

// Today is the day in the ministry's zone.
func (q *Request) Today() time.Time { return q.Clock.Today(q.Caller.Tenant.Zone) }

// Here is a moment as the ministry's clocks show it.
func (q *Request) Here(t time.Time) time.Time {
	if z := q.Caller.Tenant.Zone; z != nil && !t.IsZero() {
		return t.In(z)
	}
	return t
}

// Mount adds routes to app.
func (b *Base) Mount(app fiber.Router, routes []Route) {
	for _, r := range routes {
		app.Add(r.Method, r.Path, func(c *fiber.Ctx) error {
			q := &Request{Base: b, C: c, Ask: edge.Of(c)}
			if !q.here(r.Access) {
				return c.Next() // the base domain and ministries may have the same path
			}
			q.settle()
			if err := q.admit(r); err != nil {
				return err
			}
			if err := q.asking(r.Handle(q)); err != nil {
				return err
			}
			q.done()
			return nil
		})
	}
}

// here reports whether a route of this access exists on the host that was asked.
func (q *Request) here(a Access) bool {
	return a == Everywhere || (a == Platform || a == Operators) == (q.Ministry == nil)
}

func (q *Request) admit(r Route) error {
	switch {
	case r.Access == Operators && !q.Caller.Operator, r.Access == SignedIn && !q.Caller.SignedIn():
		return fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	if q.Ministry != nil && !r.Always && q.C.Method() != fiber.MethodGet && q.C.Method() != fiber.MethodHead {
		return q.Ministry.Open()
	}
	return nil
}

// Refused is the status of a form that is shown again because of err; when it says
// how long to wait, so does the answer.
func (q *Request) Refused(err error) int {
	f := fault.From(err)
	if f.Wait > 0 {
		q.C.Set(fiber.HeaderRetryAfter, strconv.Itoa(f.Wait))
	}
	return f.Kind.Status()
}

// Render answers with a component. It is rendered whole before a byte is sent,
// so that a fault half-way becomes a page of its own.
func (q *Request) Render(status int, page templ.Component) error {
	q.wrong = status == fiber.StatusUnprocessableEntity || status == fiber.StatusConflict || status == fiber.StatusLocked || q.Illegible != nil
	if q.view != nil {
		q.view.Wrong = q.wrong // else the page makes its frame as it is written
	}
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	// What is to be shown is known by now: a page that says that the time ran out must
	// not fail because the time ran out.
	if err := page.Render(context.WithoutCancel(q.Context()), buf); err != nil {
		return err
	}
	q.C.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	q.C.Vary("Accept-Language", "Cookie", "HX-Request")
	if q.Illegible != nil && status == fiber.StatusOK {
		if v := q.view; v == nil || !v.Said() { // another page than the one with the form
			wrong := q.Illegible.Wrong
			typed := q.unread()
			q.Illegible, q.view = nil, nil
			return q.refuse(wrong, ui.TypedSpec{Kept: *typed}, "")
		}
		status = fiber.StatusUnprocessableEntity
	}
	// A copy: fiber's Send would keep the buffer itself, which another request,
	// perhaps of another ministry, gets while this answer is still on its way.
	q.C.Status(status).Response().SetBody(buf.Bytes())
	return nil
}

// Page answers 200 with a component.
func (q *Request) Page(page templ.Component) error { return q.Render(fiber.StatusOK, page) }

// See leads to another page after a form was done, and says f there: beside the part of
// it that the address leads to, so that it is not said far above. Without a key nothing is
// said.
func (q *Request) See(url string, f edge.Flash) error {
	if q.Illegible != nil && !strings.HasPrefix(url, "/sign-in") { // its page leads elsewhere
		return q.refuse(q.Illegible.Wrong, ui.TypedSpec{Kept: *q.unread()}, "")
	}
	if len(url) > edge.MostAddress { // of what was typed: nobody could open it
		_, query, _ := strings.Cut(url, "?")
		return edge.LongAddress(query)
	}
	if f.Key != "" {
		_, f.At, _ = strings.Cut(url, "#")
		q.Edge.Say(q.C, f)
	}
	if q.C.Get("HX-Request") != "" {
		q.C.Set("HX-Redirect", url)
	}
	return q.C.Redirect(url, fiber.StatusSeeOther)
}

// Done is See with a good message.
func (q *Request) Done(url, key string, args ...any) error {
	return q.See(url, edge.Flash{Good: true, Key: key, Args: pairs(args)})
}

func pairs(args []any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(args); i += 2 {
		if name, ok := args[i].(string); ok {
			m[name] = args[i+1]
		}
	}
	return m
}

// Can reports whether the caller may do action to t; for showing and hiding.
func (q *Request) Can(action string, t gate.Target) bool { return q.Gate.Can(q.Context(), action, t) }

// Localizer for another language than the reader's, e.g. for a printed form.
func (q *Request) Localizer(tag string) *locale.Localizer { return q.Edge.Words().Localizer(tag) }

// As returns the caller.
func (q *Request) As() *caller.Caller { return q.Caller }
