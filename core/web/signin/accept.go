package signin

import (
	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// A one-time link leads here: an invitation to somebody new, or the way back for
// who has lost the password.

func (d desk) askInvitation(q *screen.Request) error { return d.askLink(q, "/invitation/") }
func (d desk) askReset(q *screen.Request) error      { return d.askLink(q, "/reset/") }
func (d desk) acceptInvitation(q *screen.Request) error {
	return d.accept(q, "/invitation/")
}
func (d desk) acceptReset(q *screen.Request) error { return d.accept(q, "/reset/") }

func (d desk) askLink(q *screen.Request, path string) error {
	if ok, err := resting(q); ok {
		return err
	}
	secret := q.C.Params("secret")
	o, err := d.Identity.OpenKey(q.Context(), secret)
	if err != nil {
		return deadLink(q, err, secret != "")
	}
	q.Suggest(o.Language)
	return q.Page(showLink(q, q.View(), o, d.passwordSpec(q, o, path+secret)))
}

// deadLink says what to do where a link opens nothing, or none was given.
func deadLink(q *screen.Request, err error, given bool) error {
	if fault.KindOf(err) != fault.NotFound {
		return err
	}
	status := fiber.StatusNotFound
	if !given {
		status = fiber.StatusOK
	}
	return q.Render(status, showDeadLink(q, q.View(), given))
}

func (d desk) passwordSpec(q *screen.Request, o identity.Opening, action string) PasswordSpec {
	s := PasswordSpec{Action: action, Login: o.Login, Least: o.Least, Save: q.T("signin.reset.save")}
	if !o.Invitation {
		return s
	}
	s.AskLogin, s.Save = o.Login == "", q.T("signin.invitation.save")
	if s.AskLogin {
		s.Login = o.Proposed
	}
	s.Language = q.L.Tag()
	for _, l := range q.View().Languages {
		s.Languages = append(s.Languages, ui.Option{Value: l.Tag, Text: l.Name})
	}
	return s
}

func (d desk) accept(q *screen.Request, path string) error {
	secret := q.C.Params("secret")
	o, err := d.Identity.OpenKey(q.Context(), secret)
	if err != nil {
		return deadLink(q, err, true)
	}
	q.Suggest(o.Language)
	f := q.Form()
	if f.Secret("password") != f.Secret("again") {
		f.Wrong("again", "me.password.differs", nil)
	}
	if err = f.Faults(); err == nil {
		a := identity.Acceptance{Login: f.Value("login"), Password: f.Secret("password")}
		if o.Invitation && languageOffered(q, f.Value("language")) {
			a.Language = f.Value("language")
		}
		_, err = d.Identity.Accept(q.Context(), secret, a)
	}
	if err == nil {
		return d.accepted(q, o)
	}
	errs, ok := q.Errors(err)
	if !ok {
		return deadLink(q, err, true)
	}
	spec := d.passwordSpec(q, o, path+secret)
	if spec.AskLogin {
		spec.Login = f.Value("login")
	}
	if o.Invitation && languageOffered(q, f.Value("language")) {
		spec.Language = f.Value("language")
	}
	spec.Errors = errs
	return q.Render(fiber.StatusUnprocessableEntity, showLink(q, q.View(), o, spec))
}

func languageOffered(q *screen.Request, tag string) bool {
	for _, l := range q.Offered {
		if l == tag {
			return true
		}
	}
	return false
}

// accepted leads to sign-in. Whoever was signed in here before, perhaps somebody
// else, is not any more.
func (d desk) accepted(q *screen.Request, o identity.Opening) error {
	if q.Caller.SignedIn() {
		if err := d.Identity.Door.SignOut(q.Context()); err != nil && fault.KindOf(err) != fault.Unauthenticated {
			return err
		}
		q.Edge.Forget(q.C)
	}
	if !o.Invitation {
		return q.Done("/sign-in", "signin.reset.done")
	}
	if tag := q.Form().Value("language"); languageOffered(q, tag) {
		q.Edge.RememberLanguage(q.C, tag)
	}
	return q.Done("/sign-in", "signin.invitation.done")
}
