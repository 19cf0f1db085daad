package operator

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/tenant"
	"mektep/core/web/screen"
	"mektep/core/web/signin"
	"mektep/core/web/ui"
)

// landing says what the platform is and leads to the ministries that want to be
// found here.
func (c console) landing(q *screen.Request) error {
	all, err := q.Tenants.All(q.Context())
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(m *tenant.Ministry) bool { return m.State != tenant.Active || !m.Listed || len(m.Hosts) == 0 })
	var list []ui.Task
	var silent []string
	for i, s := range q.Tenants.ShowAll(q.Context(), all) {
		name := q.Text(all[i].Name)
		if s.Silent {
			silent = append(silent, name)
			continue
		}
		list = append(list, ui.Task{Icon: ui.GlyphMinistry, Title: name, Text: s.Host, URL: address(q, s.Host, "/")})
	}
	return q.Page(showLanding(q.View(), list, silent, q.Caller.Operator))
}

func (c console) askLogin(q *screen.Request) error {
	to := local(q.C.Query("to"))
	if q.Caller.Operator {
		return q.See(to, edge.Flash{})
	}
	return q.Page(showSignIn(q.View(), signin.LoginSpec{Action: "/sign-in", To: to, NoShare: true}))
}

// local is where to go on after signing in: within the console, or to its start.
func local(to string) string {
	if to = screen.Local(to); strings.HasPrefix(to, home) {
		return to
	}
	return home
}

func (c console) signIn(q *screen.Request) error {
	f := q.Form()
	f.Require("login")
	if f.Secret("password") == "" {
		f.Wrong("password", "field.required", nil)
	}
	spec := signin.LoginSpec{Action: "/sign-in", To: local(f.Value("to")), Login: f.Value("login"), NoShare: true}
	if err := f.Faults(); err != nil {
		spec.Errors, _ = q.Errors(err)
		return q.Render(fiber.StatusUnprocessableEntity, showSignIn(q.View(), spec))
	}
	// An operator's computer is never remembered: each sign-in asks for the code.
	out, err := c.Operators.Door.SignIn(q.Context(), door.Attempt{
		Login: f.Value("login"), Password: f.Secret("password"), Device: q.Edge.Device(q.C), Remote: remote(q), UserAgent: q.C.Get(fiber.HeaderUserAgent),
	})
	if err != nil {
		title, text, tone, ok := refused(q, err)
		if !ok {
			return err
		}
		return q.Render(q.Refused(err), showSignIn(q.View(), spec.Refuse(tone, title, text)))
	}
	if out.Session != nil {
		return c.enter(q, out.Session, spec.To)
	}
	q.Edge.RememberStep(q.C, out.Challenge)
	return q.See("/sign-in/second?to="+url.QueryEscape(spec.To), edge.Flash{})
}

func (c console) askCode(q *screen.Request) error {
	if q.Edge.Step(q.C) == "" {
		return q.See("/sign-in", edge.Flash{})
	}
	return q.Page(showCode(q.View(), signin.CodeSpec{Action: "/sign-in/second", To: local(q.C.Query("to"))}))
}

func (c console) secondStep(q *screen.Request) error {
	f := q.Form()
	spec := signin.CodeSpec{Action: "/sign-in/second", To: local(f.Value("to"))}
	f.Require("code")
	if err := f.Faults(); err != nil {
		spec.Errors, _ = q.Errors(err)
		return q.Render(fiber.StatusUnprocessableEntity, showCode(q.View(), spec))
	}
	o, err := c.Operators.Door.SecondStep(q.Context(), door.Second{
		Challenge: q.Edge.Step(q.C), Code: f.Value("code"), Device: q.Edge.Device(q.C), Remote: remote(q), UserAgent: q.C.Get(fiber.HeaderUserAgent),
	})
	if err == nil {
		return c.enter(q, o, spec.To)
	}
	if fault.From(err).Key == "identity.challenge_over" { // begin anew, from the password
		q.Edge.RememberStep(q.C, "")
		return q.See("/sign-in", edge.Flash{Key: "identity.challenge_over"})
	}
	title, text, tone, ok := refused(q, err)
	if !ok {
		return err
	}
	return q.Render(q.Refused(err), showCode(q.View(), spec.Refuse(tone, title, text)))
}

// refused puts into words why somebody was not let in; ok is false for faults
// that are no matter of the form.
func refused(q *screen.Request, err error) (title, text string, tone ui.Tone, ok bool) {
	x := q.L.Fault(fault.From(err))
	switch fault.KindOf(err) {
	case fault.TooMany:
		return x.Reason, x.NextText, ui.Warn, true
	case fault.Unauthenticated, fault.Denied:
		return x.Reason, x.NextText, ui.Bad, true
	}
	return "", "", "", false
}

// enter keeps the session that was just opened and leads on; without a second
// factor there is only one place to go.
func (c console) enter(q *screen.Request, o *door.Opened, to string) error {
	q.Edge.RememberStep(q.C, "")
	q.Edge.Remember(q.C, o.Token, time.Time{})
	if o.Device != "" {
		q.Edge.RememberDevice(q.C, o.Device)
	}
	if !o.SecondFactor {
		to = security + "/second"
	}
	if o.RecoveryLeft >= 0 {
		return q.See(to, edge.Flash{Good: o.RecoveryLeft > 0, Key: "signin.recovery_used", Args: map[string]any{"Count": o.RecoveryLeft}})
	}
	return q.See(to, edge.Flash{})
}

func (c console) signOut(q *screen.Request) error {
	if q.Caller.Operator {
		if err := c.Operators.Door.SignOut(q.Context()); err != nil && fault.KindOf(err) != fault.Unauthenticated {
			return err
		}
	}
	q.Edge.Forget(q.C)
	return q.Done("/", "signin.out")
}

func (c console) askInvitation(q *screen.Request) error {
	o, err := c.Operators.OpenKey(q.Context(), q.C.Params("secret"))
	if err != nil {
		return deadLink(q, err)
	}
	return q.Page(showInvitation(q.View(), o, passwordSpec(q, o)))
}

func deadLink(q *screen.Request, err error) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	return q.Render(fiber.StatusNotFound, showDeadLink(q.View()))
}

func passwordSpec(q *screen.Request, o identity.Opening) signin.PasswordSpec {
	return signin.PasswordSpec{
		Action: "/operator/invitation/" + q.C.Params("secret"), AskLogin: o.Login == "", Login: o.Login, Least: o.Least,
		Language: q.L.Tag(), Languages: languages(q), Save: q.T("operator.invitation.save"),
	}
}

func (c console) acceptInvitation(q *screen.Request) error {
	secret := q.C.Params("secret")
	o, err := c.Operators.OpenKey(q.Context(), secret)
	if err != nil {
		return deadLink(q, err)
	}
	f := q.Form()
	if f.Secret("password") != f.Secret("again") {
		f.Wrong("again", "me.password.differs", nil)
	}
	if err = f.Faults(); err == nil {
		a := identity.Acceptance{Login: f.Value("login"), Password: f.Secret("password")}
		for _, l := range languages(q) {
			if l.Value == f.Value("language") {
				a.Language = l.Value
			}
		}
		_, err = c.Operators.Accept(q.Context(), secret, a)
	}
	if err != nil {
		return again(q, err, func(status int, errs ui.Errors) error {
			spec := passwordSpec(q, o)
			spec.Login, spec.Errors = f.Value("login"), errs
			return q.Render(status, showInvitation(q.View(), o, spec))
		})
	}
	return q.Done("/sign-in", "operator.invitation.done")
}
