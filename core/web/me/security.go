package me

import (
	"strings"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/skip2/go-qrcode"

	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/tenant"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// The forms of this file carry write keys as all do, though the answers to some of them
// show secrets: what is kept for repetitions is sealed. The one that begins a second factor
// changes nothing yet: sent again it offers another secret.

func (s Services) security(q *screen.Request) error {
	sec, err := s.Identity.Security(q.Context())
	if err != nil {
		return err
	}
	return q.Page(showSecurity(q.View(), sec, demandingRole(q)))
}

// demandingRole is the first role of the person that demands a second factor.
func demandingRole(q *screen.Request) string {
	for _, a := range q.Caller.Assignments {
		if r := q.Profile().Role(a.Role); r != nil && r.NeedsSecondFactor() {
			return q.Text(r.Name)
		}
	}
	return ""
}

// login is the name the person signs in with.
func (s Services) login(q *screen.Request) (string, error) {
	mine, err := s.Identity.Mine(q.Context())
	return mine.Login, err
}

// form shows a form of this file, first or again.
func (s Services) form(q *screen.Request, status int, errs ui.Errors, show func(v *ui.View, login string, errs ui.Errors) templ.Component) error {
	login, err := s.login(q)
	if err != nil {
		return err
	}
	return q.Render(status, show(q.View(), login, errs))
}

func (s Services) askPassword(q *screen.Request) error {
	return s.form(q, fiber.StatusOK, nil, showPasswordForm)
}

func (s Services) changePassword(q *screen.Request) error {
	f := q.Form()
	if f.Secret("password") != f.Secret("again") {
		f.Wrong("again", "me.password.differs", nil)
	}
	err := f.Faults()
	if err == nil {
		err = s.Identity.Door.ChangePassword(q.Context(), f.Secret("current"), f.Secret("password"))
	}
	if err != nil {
		return again(q, err, func(errs ui.Errors) error {
			return s.form(q, status(q, err), errs, showPasswordForm)
		})
	}
	return q.Done(security, "me.password.changed")
}

// again shows a form once more with what was wrong, where the form can do something
// about it: fields, a wrong code, waiting.
func again(q *screen.Request, err error, show func(ui.Errors) error) error {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.TooMany, fault.Unauthenticated:
		return show(ui.ErrorsOf(q.View(), err))
	}
	if errs, ok := q.Errors(err); ok {
		return show(errs)
	}
	return err
}

// status of a form shown again. "Unauthenticated" here is a wrong code, not a
// session that has ended.
func status(q *screen.Request, err error) int {
	if fault.KindOf(err) == fault.TooMany {
		return q.Refused(err)
	}
	return fiber.StatusUnprocessableEntity
}

// enrolment is a second factor being set up.
type enrolment struct {
	door.Enrolment
	qr    [][]bool
	steps []ui.Step
	to    string
	errs  ui.Errors
}

func (s Services) askSecond(q *screen.Request) error {
	sec, err := s.Identity.Security(q.Context())
	if err != nil {
		return err
	}
	if sec.Fresh { // the password was typed a moment ago
		return s.enrol(q, "", q.C.Query("to"))
	}
	return s.showAsk(q, fiber.StatusOK, secondAsk{to: q.C.Query("to"), replace: !sec.SecondSince.IsZero()})
}

// secondAsk asks for the password before a second factor is set up.
type secondAsk struct {
	steps   []ui.Step
	login   string
	to      string
	replace bool // there is one already
	errs    ui.Errors
}

func (s Services) showAsk(q *screen.Request, status int, a secondAsk) error {
	var err error
	if a.login, err = s.login(q); err != nil {
		return err
	}
	if a.steps, err = s.steps(q, second); err != nil {
		return err
	}
	return q.Render(status, showSecondAsk(q.View(), a))
}

func (s Services) beginSecond(q *screen.Request) error {
	f := q.Form()
	err := s.enrol(q, f.Secret("current"), f.Value("to"))
	if err == nil {
		return nil
	}
	return again(q, err, func(errs ui.Errors) error {
		return s.showAsk(q, status(q, err), secondAsk{to: f.Value("to"), errs: errs})
	})
}

// enrol begins and shows what an authenticator needs.
func (s Services) enrol(q *screen.Request, password, to string) error {
	// The host names the issuer: the ministry's full name in our letters would make
	// the picture too fine for a cheap camera.
	begun, err := s.Identity.Door.BeginSecondFactor(q.Context(), password, tenant.Host(q.C.Hostname()))
	if err != nil {
		return err
	}
	return s.showEnrolment(q, fiber.StatusOK, enrolment{Enrolment: begun, to: to})
}

func (s Services) showEnrolment(q *screen.Request, status int, e enrolment) error {
	code, err := qrcode.New(e.URI, qrcode.Medium)
	if err != nil {
		return fault.New(fault.Invalid, "fault.bad_request").WithCause(err)
	}
	e.qr = code.Bitmap()
	if e.steps, err = s.steps(q, second); err != nil {
		return err
	}
	return q.Render(status, showEnrolment(q.View(), e))
}

func (s Services) confirmSecond(q *screen.Request) error {
	f := q.Form()
	codes, err := s.Identity.Door.ConfirmSecondFactor(q.Context(), f.Value("ticket"), f.Value("code"))
	if err != nil {
		// The secret comes back from the page that showed it: nothing is kept until
		// it is confirmed, and the ticket alone decides what is.
		return again(q, err, func(errs ui.Errors) error {
			return s.showEnrolment(q, status(q, err), enrolment{
				Enrolment: door.Enrolment{Ticket: f.Value("ticket"), Secret: f.Value("secret"), URI: f.Value("uri")},
				to:        f.Value("to"), errs: errs,
			})
		})
	}
	// From here on the session counts as opened with a second factor.
	q.Caller.SecondFactor = true
	return s.showCodes(q, codes, f.Value("to"), true)
}

// codesPage shows recovery codes, once.
type codesPage struct {
	codes  []string
	steps  []ui.Step // of a first use
	onward string
	first  bool // of a second factor just set up
	day    string
}

func (s Services) showCodes(q *screen.Request, codes []string, to string, first bool) error {
	p := codesPage{codes: codes, onward: security, first: first, day: q.View().DateTime(q.Clock.Now())}
	if first && to != security {
		var err error
		if p.onward, err = s.Onward(q.Context(), to); err != nil {
			return err
		}
		if strings.HasPrefix(p.onward, undertakings) {
			if p.steps, err = s.steps(q, ""); err != nil {
				return err
			}
		}
	}
	return q.Page(showRecoveryCodes(q.View(), p))
}

func (s Services) askCodes(q *screen.Request) error {
	return s.form(q, fiber.StatusOK, nil, showCodesForm)
}

func (s Services) newCodes(q *screen.Request) error {
	codes, err := s.Identity.Door.NewRecoveryCodes(q.Context(), q.Form().Secret("current"))
	if err != nil {
		return again(q, err, func(errs ui.Errors) error { return s.form(q, status(q, err), errs, showCodesForm) })
	}
	return s.showCodes(q, codes, "", false)
}

func (s Services) askDrop(q *screen.Request) error {
	return s.form(q, fiber.StatusOK, nil, showDropForm)
}

func (s Services) dropSecond(q *screen.Request) error {
	f := q.Form()
	if err := s.Identity.Door.DropSecondFactor(q.Context(), f.Secret("current"), f.Value("code")); err != nil {
		return again(q, err, func(errs ui.Errors) error { return s.form(q, status(q, err), errs, showDropForm) })
	}
	return q.Done(security, "me.second.dropped")
}
