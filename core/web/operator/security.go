package operator

import (
	"github.com/gofiber/fiber/v2"
	"github.com/skip2/go-qrcode"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func (c console) security(q *screen.Request) error {
	if !q.Caller.SecondFactor {
		return q.See(security+"/second", edge.Flash{})
	}
	open, err := c.Operators.Door.Sessions(q.Context())
	if err != nil {
		return err
	}
	return q.Page(showSecurity(q.View(), q.Caller.Name, open))
}

// enrolment is a second factor being set up.
type enrolment struct {
	door.Enrolment
	qr    [][]bool
	first bool
	errs  ui.Errors
}

func (c console) askSecond(q *screen.Request) error {
	if q.Caller.SecondFactor {
		return q.Page(showSecondAsk(q.View(), true, nil))
	}
	// Whoever has just signed in for the first time need not type the password again.
	e, err := c.Operators.Door.BeginSecondFactor(q.Context(), "", identity.OperatorIssuer)
	if err == nil {
		return c.showEnrolment(q, fiber.StatusOK, e, nil)
	}
	if fault.KindOf(err) == fault.Invalid {
		return q.Page(showSecondAsk(q.View(), false, nil))
	}
	return err
}

func (c console) beginSecond(q *screen.Request) error {
	e, err := c.Operators.Door.BeginSecondFactor(q.Context(), q.Form().Secret("current"), identity.OperatorIssuer)
	if err != nil {
		return again(q, err, func(status int, errs ui.Errors) error {
			return q.Render(status, showSecondAsk(q.View(), q.Caller.SecondFactor, errs))
		})
	}
	return c.showEnrolment(q, fiber.StatusOK, e, nil)
}

func (c console) showEnrolment(q *screen.Request, status int, e door.Enrolment, errs ui.Errors) error {
	code, err := qrcode.New(e.URI, qrcode.Medium)
	if err != nil {
		return fault.New(fault.Invalid, "fault.bad_request").WithCause(err)
	}
	return q.Render(status, showEnrolment(q.View(), enrolment{Enrolment: e, qr: code.Bitmap(), first: !q.Caller.SecondFactor, errs: errs}))
}

func (c console) confirmSecond(q *screen.Request) error {
	f := q.Form()
	codes, err := c.Operators.Door.ConfirmSecondFactor(q.Context(), f.Value("ticket"), f.Value("code"))
	if err != nil {
		// The secret comes back from the page that showed it: nothing is kept until
		// it is confirmed, and the ticket alone decides what is.
		return again(q, err, func(status int, errs ui.Errors) error {
			return c.showEnrolment(q, status, door.Enrolment{Ticket: f.Value("ticket"), Secret: f.Value("secret"), URI: f.Value("uri")}, errs)
		})
	}
	return q.Page(showCodes(q.View(), q.Caller.Name, codes))
}

func (c console) askPassword(q *screen.Request) error { return q.Page(showPassword(q.View(), nil)) }

func (c console) changePassword(q *screen.Request) error {
	f := q.Form()
	if f.Secret("password") != f.Secret("again") {
		f.Wrong("again", "me.password.differs", nil)
	}
	err := f.Faults()
	if err == nil {
		err = c.Operators.Door.ChangePassword(q.Context(), f.Secret("current"), f.Secret("password"))
	}
	if err != nil {
		return again(q, err, func(status int, errs ui.Errors) error { return q.Render(status, showPassword(q.View(), errs)) })
	}
	return q.Done(security, "me.password.changed")
}
