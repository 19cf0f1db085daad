package people

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"mektep/core/approval"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/profile"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

const purposeLink = "invitation link"

// stepURL is the address of a step of the appointment: whatever has been chosen
// stands in it, so that every step can be gone back to.
func stepURL(unitUID, role, person string) string {
	v := url.Values{}
	for name, value := range map[string]string{"unit": unitUID, "role": role, "person": person} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if len(v) == 0 {
		return "/people/new"
	}
	return "/people/new?" + v.Encode()
}

// draft is an appointment about to be made.
type draft struct {
	unit   unit.Unit
	above  []unit.Unit // where it lies, from the ministry down
	given  []identity.Grantable
	role   *identity.Grantable
	person *identity.Account // who has an account already
	known  bool              // who is to be found by login or address
	form   map[string]string
	day    map[string]time.Time
	errs   ui.Errors
	mark   string // of whom it is asked whether there is to be another beside them
	far    bool   // it is asked whether the day is meant
	key    string
}

func (d draft) value(name string) string { return d.form[name] }

// wizard shows the step that the address has come to.
func (s *screens) wizard(q *screen.Request) error {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "create", "appointment")
	if err != nil {
		return q.Gate.Refused(ctx, err)
	}
	if q.C.Query("unit") == "" {
		return s.pick(q, scope)
	}
	d, err := s.draft(q, q.C.Query("unit"), q.C.Query("role"), q.C.Query("person"))
	if err != nil {
		return err
	}
	if len(d.given) == 0 {
		return s.nothingToGive(q, d)
	}
	if d.role == nil {
		return q.Page(rolesPage(q, d))
	}
	d.known = q.C.Query("known") != ""
	return q.Page(formPage(q, d))
}

// draft looks up what an address or a form names.
func (s *screens) draft(q *screen.Request, unitUID, role, person string) (d draft, err error) {
	ctx := q.Context()
	d.form = map[string]string{}
	if d.unit, err = s.Tree.Get(ctx, unitUID); err != nil {
		return d, err
	}
	if d.above, err = s.Tree.Way(ctx, d.unit); err != nil {
		return d, err
	}
	d.above = d.above[:len(d.above)-1]
	if d.given, err = s.Identity.Grantable(ctx, d.unit); err != nil {
		return d, err
	}
	d.role = given(d.given, role)
	if person != "" {
		p, err := s.Identity.Person(ctx, person)
		if err != nil {
			return d, err
		}
		d.person = &p.Account
	}
	return d, nil
}

// nothingToGive says why the caller may give no role at a unit: the gate's
// refusal, or that no role of this kind of unit is theirs to give.
func (s *screens) nothingToGive(q *screen.Request, d draft) error {
	t := gate.Target{Object: "appointment", UID: d.unit.UID, Path: d.unit.Path, Type: d.unit.Type}
	if _, err := q.Gate.Check(q.Context(), "create", t); err != nil {
		return q.Gate.Refused(q.Context(), err)
	}
	return q.Page(nothingPage(q, d))
}

// read takes the form of the third step.
func (s *screens) read(q *screen.Request) (draft, identity.NewAppointment, error) {
	f := q.Form()
	d, err := s.draft(q, f.Value("unit"), f.Value("role"), f.Value("account"))
	if err != nil {
		return d, identity.NewAppointment{}, err
	}
	d.known = f.Value("known_person") != ""
	d.day = map[string]time.Time{}
	for _, name := range fields {
		d.form[name] = f.Value(name)
	}
	for _, name := range days {
		d.day[name] = f.Day(name)
	}
	d.key = f.Key()
	n := identity.NewAppointment{
		Role: f.Value("role"), Unit: d.unit, Since: d.day["since"], Until: after(d.day["until"]),
		Order: identity.Order{Number: d.form["order.number"], Date: d.day["order.date"]}, IdentifiedBy: d.form["identified_by"],
		SecondHolder: d.form["second_holder"], Far: f.Meant("far"),
	}
	switch {
	case d.person != nil:
		n.Account = d.person.UID
	case d.known:
		f.Require("known")
	default:
		n.Person = identity.Person{
			Family: d.form["family"], Given: d.form["given"], Patronymic: d.form["patronymic"],
			Email: d.form["email"], Phone: d.form["phone"], Language: d.form["language"],
		}
		n.AnotherPerson = d.form["another_person"] != ""
		if lacking, ok := d.halfName(); ok && d.form["one_name"] == "" {
			f.Wrong(lacking, "people.name.missing", nil)
		}
	}
	if r := q.Profile().Role(n.Role); r != nil && r.Identification == "required" && d.form["seen"] == "" {
		f.Wrong("seen", "people.seen.required", nil)
	}
	err = f.Faults()
	if n.Account == "" && !d.known {
		err = screen.Both(err, identity.CheckPerson(q.Profile(), n.Person))
	}
	return d, n, err
}

var (
	fields = []string{"family", "given", "patronymic", "email", "phone", "language", "known", "order.number", "order.date", "identified_by", "seen", "since", "until", "another_person", "one_name", "second_holder", "far"}
	days   = []string{"since", "until", "order.date"}
)

// after turns the last day of an appointment, as people write it, into the first
// on which it no longer holds.
func after(last time.Time) time.Time {
	if last.IsZero() {
		return last
	}
	return last.AddDate(0, 0, 1)
}

// review shows once more what is about to be done. It has been tried out: what
// would be refused is refused here.
func (s *screens) review(q *screen.Request) error {
	d, n, err := s.read(q)
	if d.role != nil && q.Form().Value("back") != "" {
		return q.Page(formPage(q, d))
	}
	if err != nil && fault.KindOf(err) != fault.Invalid {
		return err
	}
	if lost := s.lookUp(q, &d, &n); lost != nil {
		return s.again(q, d, screen.Both(err, lost))
	}
	// Everything wrong is said at once: what the form lacks and what the service refuses.
	tried, refused := s.Identity.Rehearse(q.Context(), n)
	if err = screen.Both(err, refused); err != nil {
		return s.again(q, d, err)
	}
	d.key = screen.NewKey()
	return q.Page(reviewPage(q, d, tried))
}

// lookUp finds somebody who has an account already.
func (s *screens) lookUp(q *screen.Request, d *draft, n *identity.NewAppointment) error {
	if !d.known || d.person != nil || d.form["known"] == "" {
		return nil
	}
	a, err := s.Identity.Find(q.Context(), d.unit, d.form["known"])
	if fault.KindOf(err) == fault.NotFound {
		return fault.New(fault.Invalid, "fault.invalid").WithField("known", "people.known.none", nil)
	}
	if err != nil {
		return err
	}
	d.person, n.Account, n.Typed = &a, a.UID, d.form["known"]
	return nil
}

// again shows the form with what is wrong in it.
func (s *screens) again(q *screen.Request, d draft, err error) error {
	errs, ok := mistakes(q, err)
	if !ok || d.role == nil {
		return err
	}
	d.errs = errs
	for _, f := range fault.From(err).Fields {
		if mark, ok := f.Args[fault.MarkArg].(string); ok && f.Name == "second_holder" { // asked anew: what was said before was of others
			d.mark, d.form[f.Name] = mark, ""
		}
	}
	d.far = slices.ContainsFunc(fault.From(err).Fields, func(f fault.Field) bool {
		return f.Key == "institution.far_ahead" || f.Key == "institution.far_before"
	})
	return q.Render(422, formPage(q, d))
}

// mistakes are what is wrong with a form: its fields, or that what it asks for
// collides with something.
func mistakes(q *screen.Request, err error) (ui.Errors, bool) {
	errs, ok := q.Errors(err)
	if !ok && fault.KindOf(err) == fault.Conflict {
		return ui.ErrorsOf(q.View(), err), true
	}
	return errs, ok
}

// handed is what the result page shows once: sealed in its address.
type handed struct {
	Account, Appointment string
	Path                 string // of the one-time link; empty: none was needed
	Expires              time.Time
	Mailed               bool
	Unit                 string // in words, for the slip
	Role                 string
	Name                 string // whose it is, where the account is not the reader's to see
}

func (s *screens) appoint(q *screen.Request) error {
	d, n, err := s.read(q)
	if err == nil {
		err = s.lookUp(q, &d, &n)
	}
	if err != nil {
		return s.again(q, d, err)
	}
	a, err := s.Identity.Appoint(q.Context(), n)
	if err != nil {
		return s.again(q, d, err)
	}
	if a.Waiting != nil {
		return &approval.Asked{Request: *a.Waiting}
	}
	h := handed{Account: a.Account.UID, Appointment: a.Appointment.UID, Unit: unitName(q, d.unit), Role: roleName(q, n.Role)}
	if a.Key != nil {
		h.Path, h.Expires, h.Mailed = a.Key.Path, a.Key.Expires, a.Key.Mailed
	}
	return s.hand(q, h)
}

// hand leads to the page with the link. The link itself never lies in the answer
// that is kept for a repeated request.
func (s *screens) hand(q *screen.Request, h handed) error {
	t, err := q.Edge.Seal(q.C, purposeLink, h, secretGood)
	if err != nil {
		return err
	}
	return q.See("/people/new/done?t="+t, edge.Flash{})
}

func (s *screens) open(q *screen.Request) (h handed, p identity.PersonPage, err error) {
	if !q.Edge.Unseal(q.C, purposeLink, q.C.Query("t"), &h) {
		return h, p, fault.New(fault.NotFound, "people.link.over")
	}
	if h.Account == "" {
		p.Given = h.Name
		return h, p, nil
	}
	p, err = s.Identity.Person(q.Context(), h.Account)
	return h, p, err
}

func (s *screens) done(q *screen.Request) error {
	h, p, err := s.open(q)
	if err != nil {
		return err
	}
	return q.Page(donePage(q, h, p))
}

func (s *screens) inviteSlip(q *screen.Request) error {
	h, p, err := s.open(q)
	if err != nil {
		return err
	}
	if h.Path == "" {
		return fault.New(fault.NotFound, "people.link.over")
	}
	q.C.Set("Cache-Control", "no-store")
	return q.Page(inviteSlip(q, h, p))
}

// link is the whole address of a one-time link.
func link(q *screen.Request, path string) string {
	return strings.TrimSuffix(q.C.BaseURL(), "/") + path
}

// demands says, in words, what a role asks for before it can be given and used.
func demands(q *screen.Request, r *profile.Role) []string {
	var out []string
	switch r.Order {
	case "required":
		out = append(out, q.T("people.demand.order"))
	case "optional":
		out = append(out, q.T("people.demand.order_optional"))
	}
	if r.Identification == "required" {
		out = append(out, q.T("people.demand.identification"))
	}
	if len(r.Notify) > 0 {
		var names []string
		for _, id := range r.Notify {
			if l := q.Profile().Level(id); l != nil {
				names = append(names, q.Text(l.Name))
			}
		}
		out = append(out, q.T("people.demand.notify", "Units", q.L.List(names)))
	}
	for _, id := range r.Undertakings() {
		if u, _, ok := q.Profile().Undertaking(id, q.L.Tag()); ok {
			out = append(out, q.T("people.demand.undertaking", "Undertaking", q.Text(u.Name)))
		}
	}
	if r.NeedsSecondFactor() {
		out = append(out, q.T("people.demand.second_factor"))
	}
	return out
}
