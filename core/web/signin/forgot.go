package signin

import (
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// forgotPage asks for a link by mail.
type forgotPage struct {
	who     string
	sent    bool
	refused *refusedEntry
	errs    ui.Errors
}

func (d desk) askForgot(q *screen.Request) error {
	if ok, err := resting(q); ok {
		return err
	}
	return q.Page(showForgot(q, q.View(), forgotPage{}))
}

// forgot answers alike whether there is such a person or not.
func (d desk) forgot(q *screen.Request) error {
	f := q.Form()
	f.Require("who")
	p := forgotPage{who: f.Value("who")}
	if err := f.Faults(); err != nil {
		p.errs, _ = q.Errors(err)
		return q.Render(422, showForgot(q, q.View(), p))
	}
	if err := d.Identity.ForgotPassword(q.Context(), p.who, attempt(q, f)); err != nil {
		refused, status, ok := entryRefused(q, err)
		if !ok || fault.KindOf(err) != fault.TooMany {
			return err
		}
		p.refused = refused
		return q.Render(status, showForgot(q, q.View(), p))
	}
	p.sent = true
	return q.Page(showForgot(q, q.View(), p))
}

// printedPage asks for a printed code.
type printedPage struct {
	login   string
	refused *refusedEntry
	errs    ui.Errors
}

func (d desk) askPrinted(q *screen.Request) error {
	if ok, err := resting(q); ok {
		return err
	}
	return q.Page(showPrinted(q.View(), printedPage{}))
}

// redeem exchanges a printed code for the page where a new password is chosen.
func (d desk) redeem(q *screen.Request) error {
	f := q.Form()
	f.Require("login", "code")
	p := printedPage{login: f.Value("login")}
	if err := f.Faults(); err != nil {
		p.errs, _ = q.Errors(err)
		return q.Render(422, showPrinted(q.View(), p))
	}
	k, err := d.Identity.RedeemCode(q.Context(), f.Value("code"), attempt(q, f))
	if err != nil {
		refused, status, ok := entryRefused(q, err)
		if !ok {
			return err
		}
		p.refused = refused
		return q.Render(status, showPrinted(q.View(), p))
	}
	return q.See(k.Path, edge.Flash{})
}
