package people

import (
	"time"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

const purposeSlip = "reset code"

// act is a form about one person: what was typed, and what is wrong with it.
type act struct {
	identity.PersonPage
	appointment identity.Appointment
	demand      string // "required" where the role asks for an order
	form        map[string]string
	errs        ui.Errors
	key         string
}

func (a act) url() string { return "/people/" + a.UID }

// does is what the button of the form says: what it does, or that it asks for it.
func (a act) does(q *screen.Request, second bool, does string) string {
	if second {
		return q.T("people.second.ask")
	}
	return does
}

// resetNote says what becomes of the code, where one is made.
func resetNote(q *screen.Request, a act) string {
	if a.Second {
		return ""
	}
	return q.T("people.reset.note")
}

func (s *screens) about(q *screen.Request) (act, error) {
	p, err := s.Identity.Person(q.Context(), q.C.Params("uid"))
	return act{PersonPage: p, form: map[string]string{}, key: screen.NewKey()}, err
}

// typed keeps what was typed, for showing it again.
func (a *act) typed(f *screen.Form, names ...string) {
	for _, n := range names {
		a.form[n] = f.Value(n)
	}
	a.key = f.Key()
}

// wrong shows a form again with what is wrong in it; what is no matter of the
// form goes to the edge.
func (a *act) wrong(q *screen.Request, err error) bool {
	var ok bool
	a.errs, ok = mistakes(q, err)
	return ok
}

func (s *screens) appointmentOf(q *screen.Request) (act, error) {
	a, err := s.about(q)
	if err != nil {
		return a, err
	}
	for _, p := range a.Appointments {
		if p.UID == q.C.Params("appointment") {
			a.appointment = p
			if r := q.Profile().Role(p.Role); r != nil {
				a.demand = r.Order
			}
			return a, nil
		}
	}
	return a, fault.New(fault.NotFound, "identity.no_such_appointment")
}

func (s *screens) ending(q *screen.Request) error {
	a, err := s.appointmentOf(q)
	if err != nil {
		return err
	}
	return q.Page(endPage(q, a))
}

func (s *screens) end(q *screen.Request) error {
	a, err := s.appointmentOf(q)
	if err != nil {
		return err
	}
	f := q.Form()
	a.typed(f, "on", "order.number", "order.date", "note")
	last := f.Day("on")
	e := identity.End{On: after(last), Order: identity.Order{Number: f.Value("order.number"), Date: f.Day("order.date")}, Note: f.Value("note")}
	if last.Equal(q.Clock.Today(q.Caller.Tenant.Zone)) {
		e.On = last // "today" means at once: who is dismissed does not work on until midnight
	}
	if err = f.Faults(); err == nil {
		err = s.Identity.Dismiss(q.Context(), a.appointment.UID, e)
	}
	if err != nil {
		if a.wrong(q, err) {
			return q.Render(422, endPage(q, a))
		}
		return err
	}
	return q.Done(a.url(), "people.ended")
}

func (s *screens) blocking(q *screen.Request) error {
	a, err := s.about(q)
	if err != nil {
		return err
	}
	return q.Page(blockPage(q, a))
}

func (s *screens) block(q *screen.Request) error {
	a, err := s.about(q)
	if err != nil {
		return err
	}
	f := q.Form()
	a.typed(f, "note")
	if err := s.Identity.Block(q.Context(), a.UID, f.Value("note")); err != nil {
		if a.wrong(q, err) {
			return q.Render(422, blockPage(q, a))
		}
		return err
	}
	if now, err := s.Identity.Person(q.Context(), a.UID); err != nil {
		return err
	} else if now.State != identity.Blocked {
		return q.Done(a.url(), "people.stopped")
	}
	return q.Done(a.url(), "people.blocked")
}

func (s *screens) unblock(q *screen.Request) error {
	a, err := s.about(q)
	if err != nil {
		return err
	}
	if err := s.Identity.Unblock(q.Context(), a.UID); err != nil {
		return err
	}
	if a.State != identity.Blocked {
		return q.Done(a.url(), "people.resumed")
	}
	return q.Done(a.url(), "people.unblocked")
}

func (s *screens) resetting(q *screen.Request) error {
	a, err := s.about(q)
	if err != nil {
		return err
	}
	return q.Page(resetPage(q, a))
}

// slip is what the printed paper shows: sealed in its address.
type slip struct {
	identity.Slip
	Unit string
}

func (s *screens) reset(q *screen.Request) error {
	a, err := s.about(q)
	if err != nil {
		return err
	}
	f := q.Form()
	a.typed(f, "identified_by", "seen", "second_factor")
	if !f.Ticked("seen") {
		f.Wrong("seen", "people.seen.required", nil)
	}
	if f.Value("identified_by") == "" {
		f.Wrong("identified_by", "identity.identification_required", nil)
	}
	var code identity.Slip
	if err = f.Faults(); err == nil {
		code, err = s.Identity.PrintCode(q.Context(), a.UID, identity.Reset{IdentifiedBy: f.Value("identified_by"), SecondFactor: f.Ticked("second_factor")})
	}
	if err != nil {
		if a.wrong(q, err) {
			return q.Render(422, resetPage(q, a))
		}
		return err
	}
	h := slip{Slip: code, Unit: unitName(q, code.Unit)}
	h.Slip.Unit = unit.Unit{} // its name is all that the paper needs
	t, err := q.Edge.Seal(q.C, purposeSlip, h, secretGood)
	if err != nil {
		return err
	}
	return q.See(a.url()+"/slip?t="+t, edge.Flash{})
}

func (s *screens) codeSlip(q *screen.Request) error {
	var h slip
	if !q.Edge.Unseal(q.C, purposeSlip, q.C.Query("t"), &h) {
		return fault.New(fault.NotFound, "people.link.over")
	}
	q.C.Set("Cache-Control", "no-store")
	return q.Page(codePaper(q, q.C.Params("uid"), h))
}

// invite makes a new one-time link for somebody who has not accepted yet.
func (s *screens) invite(q *screen.Request) error {
	uid := q.C.Params("uid")
	k, err := s.Identity.Reinvite(q.Context(), uid)
	if err != nil {
		return err
	}
	return s.hand(q, handed{Account: uid, Path: k.Path, Expires: k.Expires, Mailed: k.Mailed})
}

func (s *screens) cancelInvitation(q *screen.Request) error {
	uid := q.C.Params("uid")
	if err := s.Identity.CancelInvitation(q.Context(), uid); err != nil {
		return err
	}
	return q.Done("/people/"+uid, "people.invitation.cancelled")
}

func (s *screens) confirmAddress(q *screen.Request) error {
	uid := q.C.Params("uid")
	if err := s.Identity.ConfirmAddress(q.Context(), uid, q.Form().Version()); err != nil {
		return err
	}
	return q.Done("/people/"+uid, "people.address.confirmed")
}

func (s *screens) endSessions(q *screen.Request) error {
	uid := q.C.Params("uid")
	n, err := s.Identity.RevokeSessions(q.Context(), uid, "")
	if err != nil {
		return err
	}
	return q.Done("/people/"+uid, "people.sessions.ended", "Count", n)
}

func (s *screens) correction(q *screen.Request) error {
	a, err := s.about(q)
	if err != nil {
		return err
	}
	for name, v := range map[string]string{
		"family": a.Family, "given": a.Given, "patronymic": a.Patronymic, "email": a.Email, "phone": a.Phone, "language": a.Language,
	} {
		a.form[name] = v
	}
	return q.Page(correctPage(q, a, a.Version))
}

func (s *screens) correct(q *screen.Request) error {
	a, err := s.about(q)
	if err != nil {
		return err
	}
	f := q.Form()
	a.typed(f, "family", "given", "patronymic", "email", "phone", "language")
	p := identity.Person{
		Family: a.form["family"], Given: a.form["given"], Patronymic: a.form["patronymic"],
		Email: a.form["email"], Phone: a.form["phone"], Language: a.form["language"],
	}
	if err := s.Identity.Correct(q.Context(), a.UID, f.Version(), p); err != nil {
		if a.wrong(q, err) {
			return q.Render(422, correctPage(q, a, a.Version))
		}
		return err
	}
	return q.Done(a.url(), "people.corrected")
}

// lately are signs of sharing, in words.
func lately(q *screen.Request, signs []time.Time) string {
	if len(signs) == 0 {
		return ""
	}
	return q.T("people.sharing.last", "Count", len(signs), "When", moment(q, signs[0]))
}
