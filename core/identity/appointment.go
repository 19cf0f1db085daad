package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity/door"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Order is the official act that gives or ends an appointment.
type Order = audit.Order

// Identifications are the kinds of document that a giver may have seen. Their
// words stand in the locale files under "identity.document.". Numbers of
// documents are never asked for.
var Identifications = []string{"identity_card", "passport", "driving_licence", "service_card", "residence_permit"}

// NewAppointment asks to give somebody a role at a unit.
type NewAppointment struct {
	Account string // public id of an existing account; or
	Typed   string // of it, its login or address, as the giver has typed it; may be empty
	Person  Person // somebody who has none yet

	// AnotherPerson says that the giver has read which accounts look like this
	// person's, and that it is another one.
	AnotherPerson bool

	// SecondHolder says that the giver has read who holds the post, which is one person's,
	// and that there are to be two: the mark with which it was asked (fault.MarkArg).
	SecondHolder string

	// Far is the day since when it holds, where it is said to be meant though it lies far ahead or
	// long before the order.
	Far time.Time

	Role         string
	Unit         unit.Unit
	Since        time.Time // zero: the day on which it is given
	Until        time.Time // first day on which it no longer holds; zero: open
	Order        Order     // where the role demands it
	IdentifiedBy string    // one of Identifications, where the role demands it

	address string // of the account, to which whoever agreed has agreed as well
}

// Appointed is what came of it.
type Appointed struct {
	Account     Account
	Appointment Appointment
	Key         *door.Key // the one-time link of the invitation, for somebody who has not accepted one yet

	// Waiting is set when the role needs a second administrator's word first, or the
	// person's own yes (then the request is an offer): nothing has been given yet and
	// the other fields are empty.
	Waiting *approval.Request

	// Of a rehearsal: whether it would wait for the person's own yes, or for a second
	// administrator's, and what the post's guardrails would take away from what the
	// person may do now (gate.Taken).
	Offer, Second bool
	Taken         fault.List
	Beside        fault.List // who holds the post as well, which is one person's, as far as the caller may see them

	beside []sole
}

// Appoint gives a role at a unit (KG-ER-6b–d): the caller must have it to give
// there, the role must belong there, the order and the identification must be
// noted where the role demands them, and no two roles of one person may exclude
// each other. A person without an account gets one and is invited: by mail where
// there is an address and a mail server, and always by the link that is returned.
// The units named by the role's notify are told. Where the profile demands two
// people for it, the role of an administrator or auditor is given only when a
// second administrator has agreed: see Appointed.Waiting (TR-IC-1). Somebody whom the
// caller may not see, since they work elsewhere, is asked first: a post makes others
// their superiors, too. Of a post that one person holds, a second holder is asked about.
//
// Faults: Denied with the rule; Invalid by field; Conflict when the person holds
// the role there already or the address belongs to another account.
func (s *Service) Appoint(ctx context.Context, n NewAppointment) (Appointed, error) {
	var out Appointed
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if out.Waiting, err = s.secondEyes(ctx, tx, n); err != nil || out.Waiting != nil {
			return err
		}
		if out.Waiting, err = s.ownYes(ctx, tx, n); err != nil || out.Waiting != nil {
			return err
		}
		if out, err = s.appoint(ctx, tx, n); err != nil {
			return err
		}
		out.Account, err = s.shown(ctx, tx, out.Account)
		return err
	}, &out)
	if err != nil {
		return Appointed{}, s.likenessShown(ctx, err)
	}
	return out, nil
}

func (s *Service) appoint(ctx context.Context, tx *db.Tx, n NewAppointment) (out Appointed, err error) {
	if n.Unit, err = s.tree.Hold(ctx, tx, n.Unit.ID); err != nil { // whose it is to give depends on its type and place
		return out, err
	}
	a, err := s.begin(ctx, tx, n.Role, n.Unit)
	if err != nil {
		return out, err
	}
	if a.role == nil {
		return out, a.invalid().WithField("role", "identity.role_unknown", nil)
	}
	if err := s.looksAhead(ctx, a, n.Since, n.Until); err != nil {
		return out, err
	}
	if a.as, err = s.mayGive(ctx, a); err != nil {
		return out, s.toThisPerson(ctx, a, n, err)
	}
	if n, err = n.checked(a); err != nil {
		return out, err
	}
	if err := s.givesAhead(ctx, a); err != nil {
		return out, s.toThisPerson(ctx, a, n, err)
	}
	if out.Account, err = s.appointee(ctx, a, n); err != nil {
		return out, err
	}
	if err := s.agreedAddress(ctx, tx, out.Account, n); err != nil {
		return out, err
	}
	if err := s.compatible(ctx, a, n, out.Account.ID); err != nil {
		return out, err
	}
	if err := s.alone(ctx, a, n, out.Account.ID); err != nil {
		return out, err
	}
	if out.Appointment, err = s.insertAppointment(ctx, a, n, out.Account.ID); err != nil {
		return out, err
	}
	if err := s.recordAppointment(ctx, a, "create", out.Appointment, append(given(out), besideChanges(a.beside)...), n.Order); err != nil {
		return out, err
	}
	told := "identity.notice.alike_given"
	if n.Account != "" { // nobody was asked whether it is another person
		told = "identity.notice.alike_appointed"
	}
	if err := s.tellDeciders(ctx, tx, out.Account, a.alike, told); err != nil {
		return out, err
	}
	to := post{id: out.Appointment.ID, uid: out.Appointment.UID, role: n.Role, unit: n.Unit}
	if to.first, err = s.lies(ctx, n.Unit, n.Since); err != nil {
		return out, err
	}
	if err := s.carryStop(ctx, tx, a.m, out.Account, to); err != nil {
		return out, err
	}
	if err := s.settle(ctx, tx, out.Account.ID); err != nil {
		return out, err
	}
	if a.role.Guarded {
		// A key made before lies in hands that one person alone gave it to; from now on
		// a new one takes two.
		if err := s.Door.RevokeKeys(ctx, tx, out.Account.ID, ""); err != nil {
			return out, err
		}
	}
	if err := s.tellAbove(ctx, a, out.Account, out.Appointment, noticeAppointed); err != nil {
		return out, err
	}
	if err := s.tellBeside(ctx, a, out); err != nil {
		return out, err
	}
	out.beside = a.beside
	return out, s.welcome(ctx, a, &out)
}

// checked validates what was typed.
func (n NewAppointment) checked(a *act) (NewAppointment, error) {
	bad := a.invalid()
	if n.Since.IsZero() {
		n.Since = a.today
	}
	n.Since = clock.Day(n.Since)
	switch {
	case !a.fits(a.today):
		bad = a.notHere(bad, a.today)
	case n.Since.After(a.today) && !a.fits(n.Since): // it would never begin
		bad = a.notHere(bad, n.Since)
	}
	if !n.Until.IsZero() {
		if n.Until = clock.Day(n.Until); !n.Until.After(n.Since) || !n.Until.After(a.today) {
			bad = bad.WithField("until", "identity.until_before", nil)
		}
	}
	bad = bounded(bad, "since", n.Since, a.today)
	bad = bounded(bad, "until", n.Until, a.today)
	n.Order, bad = n.Order.Checked(bad, a.role.Order == "required" && !a.system(), a.today)
	if !a.system() && bounded(a.invalid(), "since", n.Since, a.today).OrNil() == nil {
		bad = audit.Near(bad, n.Since, n.Order.Date, a.today, n.Far)
	}
	switch {
	case n.IdentifiedBy == "" && a.role.Identification == "required" && !a.system():
		bad = bad.WithField("identified_by", "identity.identification_required", nil)
	case n.IdentifiedBy != "" && !slices.Contains(Identifications, n.IdentifiedBy):
		bad = bad.WithField("identified_by", "identity.identification_unknown", nil)
	}
	return n, bad.OrNil()
}

// bounded adds to bad that a day lies outside any working life.
func bounded(bad *fault.Error, field string, day, today time.Time) *fault.Error {
	first, last := today.AddDate(-audit.WorkingLife, 0, 0), today.AddDate(audit.WorkingLife, 0, 0)
	if day.IsZero() || !day.Before(first) && !day.After(last) {
		return bad
	}
	return bad.WithField(field, "identity.day_bounds", fault.Args{"First": first, "Last": last})
}

// appointee finds the person, or makes the account.
func (s *Service) appointee(ctx context.Context, a *act, n NewAppointment) (Account, error) {
	if n.Account == "" {
		others, err := s.nobodyElse(ctx, a, n)
		if err != nil {
			return Account{}, err
		}
		p, err := s.insertAccount(ctx, a.tx, n.Person)
		if err != nil {
			return p, err
		}
		if err := s.noteAddress(ctx, a.tx, p, ""); err != nil {
			return p, err
		}
		a.alike = others
		return p, s.trail.Record(ctx, a.tx, audit.Entry{
			Action: "create", Object: "account", Target: p.UID, UnitPath: a.unit.Path,
			Changes: append([]audit.Change{
				{Field: "family", New: p.Family},
				{Field: "given", New: p.Given},
				{Field: "patronymic", New: p.Patronymic},
				{Field: "email", New: p.Email},
				{Field: "phone", New: p.Phone},
			}, alikeChanges(first(others, nil))...),
		})
	}
	p, err := s.lockAccount(ctx, a.tx, n.Account) // before what they hold is looked at
	if err != nil {
		return p, err
	}
	if a.by.SignedIn() { // made elsewhere, their account may have been told to nobody here
		if a.alike, err = s.unseen(ctx, a, p); err != nil {
			return p, err
		}
	}
	if a.by.SignedIn() && a.by.Account == p.ID {
		return p, s.notYourself(ctx, a.m, a.role, a.unit, "create", a.giving())
	}
	return p, nil
}

// compatible refuses a role that one person may not hold beside another.
func (s *Service) compatible(ctx context.Context, a *act, n NewAppointment, account int64) error {
	from := n.Since
	if from.Before(a.today) {
		from = a.today
	}
	held, err := rolesBetween(ctx, a.tx, account, from, n.Until)
	if err != nil {
		return err
	}
	for _, hit := range a.m.Policy.Policy().Conflicts(append(held, a.role.ID)) {
		if !slices.Contains(hit.Roles[:], a.role.ID) {
			continue // older than this appointment, and not made worse by it
		}
		f := gate.Cite(fault.New(fault.Denied, "identity.roles_exclude").WithCheck(approval.Exclusive), a.m.Profile, hit.Source, "appointment", "hold")
		f = f.With("One", nameOf(a.m.Profile, hit.Roles[0])).With("Other", nameOf(a.m.Profile, hit.Roles[1])).
			With("action", "create").With("object", "appointment")
		switch approval.Agreed(ctx) {
		case 0:
			return f.WithNext("identity.next.one_role", "", nil)
		case account:
			other := hit.Roles[0]
			if other == a.role.ID {
				other = hit.Roles[1]
			}
			return s.ownExcludes(ctx, a, f, account, other)
		}
		return f.WithNext("identity.next.end_one", "/people/"+n.Account, nil)
	}
	return nil
}

// ownExcludes says to whom a post is offered what they can make of it, where another of their own
// stands against it: decline, or have that ended by who may.
func (s *Service) ownExcludes(ctx context.Context, a *act, f *fault.Error, account int64, other string) error {
	posts, err := s.posts(ctx, a.tx, account)
	if err != nil {
		return err
	}
	for _, p := range posts {
		if p.role != other {
			continue
		}
		able, err := s.gate.Able(ctx, "dismiss", overTarget(a.m, "appointment", Account{}, p))
		if err != nil {
			return err
		}
		if len(able) > 0 {
			return f.WithNext("identity.next.own_post", "/approvals", fault.Args{"Role": nameOf(a.m.Profile, other), "Roles": gate.Names(able)})
		}
	}
	return f.WithNext("identity.next.own_post_decline", "/approvals", fault.Args{"Role": nameOf(a.m.Profile, other)})
}

func nameOf(p *profile.Profile, role string) any {
	if r := p.Role(role); r != nil {
		return fault.Text(r.Name)
	}
	return role
}

// given is what the trail keeps of an appointment just given.
func given(out Appointed) []audit.Change {
	p := out.Appointment
	return []audit.Change{
		{Field: "account", New: out.Account.UID},
		{Field: "role", New: p.Role},
		{Field: "unit", New: p.Unit.UID},
		{Field: "since", New: p.Since.Format(time.DateOnly)},
		{Field: "until", New: dayOrNil(p.Until)},
		{Field: "identified_by", New: p.IdentifiedBy},
	}
}

func (s *Service) recordAppointment(ctx context.Context, a *act, action string, p Appointment, changes []audit.Change, o Order) error {
	return s.trail.Record(ctx, a.tx, audit.Entry{
		Action: action, Object: "appointment", Target: p.UID, UnitPath: a.unit.Path, Changes: changes,
		Order: o,
	})
}

func dayOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.DateOnly)
}

// nameFrom is what to call somebody of whom only the address is known, until they
// say themselves.
func nameFrom(address string) string {
	local, _, _ := strings.Cut(address, "@")
	return strings.Trim(strings.Map(func(r rune) rune {
		if notInNames(r) {
			return ' '
		}
		return r
	}, local), " .-")
}
