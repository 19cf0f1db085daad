package institutions

import (
	"strconv"

	"mektep/core/fault"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// atOnce is the choice where a form is one act, and not field by field.
const atOnce = "act"

// clash is a form that was filled from an earlier state of its record: who did what
// meanwhile stands above what was typed, and nothing is done until the person says so.
type clash struct {
	ui.ConflictSpec
	from   int  // version from which the form was filled first
	open   bool // it was offered, and nothing chosen since the latest change
	choice ui.FieldSpec
}

// settled reads the choice of a form of an act. A form in which it was offered and not
// made is refused like one that was filled from an earlier state.
func settled(form *screen.Form) (leave bool, err error) {
	if !form.Has(register.OfferedPrefix + atOnce) {
		return false, nil
	}
	switch form.Value(register.TakePrefix + atOnce) {
	case register.Theirs:
		return true, nil
	case register.Mine:
		return false, nil
	}
	return false, &record.Stale{Version: form.Version()}
}

// clashed returns what came between the filling of the form that was sent and now, where
// err says that something did or the person has been asked about it; else nil. label is
// what the act is called, i its record as it stands.
func (s *screens) clashed(q *screen.Request, of subject, i registry.Institution, err error, label string) (*clash, error) {
	form := q.Form()
	if _, stale := record.AsStale(err); !stale && !form.Has(register.OfferedPrefix+atOnce) {
		return nil, nil //nolint:nilnil // there is nothing
	}
	c := &clash{from: form.Version(), choice: ui.FieldSpec{
		Name: register.TakePrefix + atOnce, Input: ui.Radio, Label: q.T("institution.meanwhile"), Required: true, Value: form.Value(register.TakePrefix + atOnce),
		Options: []ui.Option{
			{Value: register.Theirs, Text: q.T("institution.meanwhile.theirs")},
			{Value: register.Mine, Text: q.T("institution.meanwhile.mine", "Act", label)},
		},
	}}
	if first, err := strconv.Atoi(form.Value(register.OfferedPrefix + atOnce)); err == nil {
		c.from = first
		if c.choice.Value != "" && form.Version() != i.Version { // chosen before the latest
			c.choice.Value = ""
		}
		c.open = c.choice.Value == ""
	}
	c.ConflictSpec, err = s.meanwhile(q, of, i.UID, i.Version-c.from)
	return c, err
}

// errors are what is wrong with the form that was sent, the status to answer with, and the
// version that it is filled from when it is shown again: what came between is seen then.
func (c *clash) errors(q *screen.Request, wrong error, now int) (ui.Errors, int, int) {
	errs, status, _ := register.FormErrors(q, wrong)
	if c == nil {
		return errs, status, q.Form().Version()
	}
	if _, stale := record.AsStale(wrong); stale {
		errs = nil // said by the conflict itself
	}
	if c.open {
		errs = append(errs, ui.ErrorsOf(q.View(), fault.New(fault.Invalid, "fault.invalid").WithField(c.choice.Name, "institution.meanwhile.choose", nil))...)
	}
	return errs, status, now
}

// hidden says in the form that the choice was offered, and since which state.
func (c *clash) hidden() ui.FieldSpec {
	return ui.FieldSpec{Name: register.OfferedPrefix + atOnce, Input: ui.Hidden, Value: strconv.Itoa(c.from)}
}

// meanwhile is what was done to a record lately, and by whom: so many acts, one at least.
func (s *screens) meanwhile(q *screen.Request, of subject, uid string, acts int) (ui.ConflictSpec, error) {
	h, err := of.history(q.Context(), uid, "")
	if err != nil {
		return ui.ConflictSpec{}, err
	}
	return of.teller.Meanwhile(q, h.Changes, acts)
}

// goneMeanwhile refuses a correction of what somebody else has taken away since its form
// was filled.
func (s *screens) goneMeanwhile(q *screen.Request, of subject, uid string) error {
	c, err := s.meanwhile(q, of, uid, 1)
	if err != nil {
		return err
	}
	return fault.New(fault.Conflict, "institution.gone_meanwhile").With("Who", c.Who).With("When", q.View().DateTime(c.When)).
		WithNext("institution.next.gone_meanwhile", of.correctURL(uid), nil)
}
