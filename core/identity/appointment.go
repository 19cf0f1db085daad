package identity

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Order is the official act that gives or ends an appointment.
type Order struct {
	Number string
	Date   time.Time
}

const maxOrder = 60

// Identifications are the kinds of document that a giver may have seen. Their
// words stand in the locale files under "identity.document.". Numbers of
// documents are never asked for.
var Identifications = []string{"identity_card", "passport", "driving_licence", "service_card", "residence_permit"}

// NewAppointment asks to give somebody a role at a unit.
type NewAppointment struct {
	Account string // public id of an existing account; or
	Person  Person // somebody who has none yet

	Role         string
	Unit         unit.Unit
	Since        time.Time // zero: today
	Until        time.Time // first day on which it no longer holds; zero: open
	Order        Order     // where the role demands it
	IdentifiedBy string    // one of Identifications, where the role demands it
}

// Appointed is what came of it.
type Appointed struct {
	Account     Account
	Appointment Appointment
	Key         *Key // the one-time link of the invitation, for somebody who has not accepted one yet

	// Waiting is set when the role needs a second administrator's word first:
	// then nothing has been given yet and the other fields are empty.
	Waiting *approval.Request
}

// Appoint gives a role at a unit (KG-ER-6b–d): the caller must have it to give
// there, the role must belong there, the order and the identification must be
// noted where the role demands them, and no two roles of one person may exclude
// each other. A person without an account gets one and is invited: by mail where
// there is an address and a mail server, and always by the link that is returned.
// The units named by the role's notify are told. Where the profile demands two
// people for it, the role of an administrator or auditor is given only when a
// second administrator has agreed: see Appointed.Waiting (TR-IC-1).
//
// Faults: Denied with the rule; Invalid by field; Conflict when the person holds
// the role there already or the address belongs to another account.
func (s *Service) Appoint(ctx context.Context, n NewAppointment) (Appointed, error) {
	var out Appointed
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if out.Waiting, err = s.secondEyes(ctx, tx, n); err != nil || out.Waiting != nil {
			return err
		}
		out, err = s.appoint(ctx, tx, n)
		return err
	})
	if err != nil {
		return Appointed{}, err
	}
	return out, nil
}

func (s *Service) appoint(ctx context.Context, tx *db.Tx, n NewAppointment) (out Appointed, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return out, err
	}
	r := m.Profile.Role(n.Role)
	if r == nil {
		return out, fault.New(fault.Invalid, "identity.invalid").WithField("role", "identity.role_unknown", nil)
	}
	g, err := s.mayGive(ctx, m, r, n.Unit)
	if err != nil {
		return out, err
	}
	if n, err = s.checked(ctx, m, r, n); err != nil {
		return out, err
	}
	if out.Account, err = s.appointee(ctx, tx, n); err != nil {
		return out, err
	}
	if err := s.compatible(ctx, tx, m, out.Account.ID, r.ID); err != nil {
		return out, err
	}
	if out.Appointment, err = s.insertAppointment(ctx, tx, n, out.Account.ID, n.Unit, g); err != nil {
		return out, err
	}
	if err := s.recordAppointment(ctx, tx, "create", out.Account, out.Appointment, nil, n.Order); err != nil {
		return out, err
	}
	if err := s.settle(ctx, tx, out.Account.ID); err != nil {
		return out, err
	}
	if err := s.tellAbove(ctx, tx, m, r, out.Account, out.Appointment, "identity.notice.appointed"); err != nil {
		return out, err
	}
	return out, s.welcome(ctx, tx, m, r, &out)
}

// checked validates what was typed.
func (s *Service) checked(ctx context.Context, m gate.Ministry, r *profile.Role, n NewAppointment) (NewAppointment, error) {
	today := s.today(ctx)
	bad := fault.New(fault.Invalid, "identity.invalid").WithRule(ruleOf(m.Profile, r.Source), r.Source)
	if !fits(m.Profile, r, n.Unit, today) {
		bad = bad.WithField("role", "identity.role_not_here", fault.Args{"Role": fault.Text(r.Name)})
	}
	if n.Since.IsZero() {
		n.Since = today
	}
	n.Since = clock.Day(n.Since)
	if !n.Until.IsZero() {
		if n.Until = clock.Day(n.Until); !n.Until.After(n.Since) || !n.Until.After(today) {
			bad = bad.WithField("until", "identity.until_before", nil)
		}
	}
	var system bool
	if c := caller.From(ctx); c != nil {
		system = c.System != ""
	}
	n.Order, bad = n.Order.checked(bad, r.Order == "required" && !system, today)
	switch {
	case n.IdentifiedBy == "" && r.Identification == "required" && !system:
		bad = bad.WithField("identified_by", "identity.identification_required", nil)
	case n.IdentifiedBy != "" && !slices.Contains(Identifications, n.IdentifiedBy):
		bad = bad.WithField("identified_by", "identity.identification_unknown", nil)
	}
	return n, bad.OrNil()
}

// checked adds what is wrong with an order to bad.
func (o Order) checked(bad *fault.Error, required bool, today time.Time) (Order, *fault.Error) {
	o.Number = words(o.Number)
	if !o.Date.IsZero() {
		o.Date = clock.Day(o.Date)
	}
	switch {
	case required && o.Number == "":
		bad = bad.WithField("order_number", "identity.order_required", nil)
	case len([]rune(o.Number)) > maxOrder:
		bad = bad.WithField("order_number", "identity.order_long", fault.Args{"Most": maxOrder})
	}
	switch {
	case o.Date.IsZero() && (required || o.Number != ""):
		bad = bad.WithField("order_date", "identity.order_date_required", nil)
	case o.Date.After(today):
		bad = bad.WithField("order_date", "identity.order_date_future", nil)
	}
	return o, bad
}

// appointee finds the person, or makes the account.
func (s *Service) appointee(ctx context.Context, tx *db.Tx, n NewAppointment) (Account, error) {
	if n.Account == "" {
		a, err := s.insertAccount(ctx, tx, n.Person)
		if err != nil {
			return a, err
		}
		return a, s.trail.Record(ctx, tx, audit.Entry{
			Action: "create", Object: "account", Target: a.UID, UnitPath: n.Unit.Path,
			Changes: []audit.Change{{Field: "family", New: a.Family}, {Field: "given", New: a.Given}, {Field: "patronymic", New: a.Patronymic}, {Field: "email", New: a.Email}, {Field: "phone", New: a.Phone}},
		})
	}
	a, err := s.accountByUID(ctx, tx, n.Account)
	if err != nil {
		return a, err
	}
	if c := caller.From(ctx); c.SignedIn() && c.Account == a.ID {
		return a, fault.New(fault.Denied, "identity.not_yourself").WithCheck("delegation").With("action", "create").With("object", "appointment")
	}
	return a, nil
}

// compatible refuses a role that one person may not hold beside another.
func (s *Service) compatible(ctx context.Context, tx *db.Tx, m gate.Ministry, account int64, role string) error {
	held, err := rolesHeld(ctx, tx, account, s.today(ctx))
	if err != nil {
		return err
	}
	for _, hit := range m.Policy.Policy().Conflicts(append(held, role)) {
		if !slices.Contains(hit.Roles[:], role) {
			continue // older than this appointment, and not made worse by it
		}
		f := fault.New(fault.Denied, "identity.roles_exclude").WithCheck("delegation").WithRule(ruleOf(m.Profile, hit.Source), hit.Source)
		return f.With("One", nameOf(m.Profile, hit.Roles[0])).With("Other", nameOf(m.Profile, hit.Roles[1])).
			With("action", "create").With("object", "appointment")
	}
	return nil
}

func nameOf(p *profile.Profile, role string) any {
	if r := p.Role(role); r != nil {
		return fault.Text(r.Name)
	}
	return role
}

func (s *Service) recordAppointment(ctx context.Context, tx *db.Tx, action string, a Account, p Appointment, changes []audit.Change, o Order) error {
	if changes == nil {
		changes = []audit.Change{
			{Field: "account", New: a.UID},
			{Field: "role", New: p.Role},
			{Field: "unit", New: p.Unit.UID},
			{Field: "since", New: p.Since.Format(time.DateOnly)},
			{Field: "until", New: dayOrNil(p.Until)},
			{Field: "identified_by", New: p.IdentifiedBy},
		}
	}
	return s.trail.Record(ctx, tx, audit.Entry{
		Action: action, Object: "appointment", Target: p.UID, UnitPath: p.Unit.Path, Changes: changes,
		Order: audit.Order{Number: o.Number, Date: o.Date},
	})
}

func dayOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.DateOnly)
}

// End says how an appointment ends.
type End struct {
	On    time.Time // first day on which it no longer holds; zero: today, at once
	Order Order     // where the role demands one
	Note  string    // why, for the file; may be empty
}

// Dismiss ends an appointment (KG-ER-6d). On the day itself it ends at once: with
// the last one the account is blocked and its sessions die (KG-ER-6c). Whoever
// stands above it may end it, not only who gave it. The units named by the role's
// notify are told. Faults: Denied with the rule; Invalid by field; Conflict when
// it has ended already or is the last of a role that nobody could give again.
func (s *Service) Dismiss(ctx context.Context, appointmentUID string, e End) error {
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := s.appointment(ctx, tx, appointmentUID)
		if err != nil {
			return err
		}
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		r, err := s.mayEnd(ctx, m, p)
		if err != nil {
			return err
		}
		if e, err = s.checkedEnd(ctx, m, r, p, e); err != nil {
			return err
		}
		if !e.On.After(s.today(ctx)) {
			if err := s.keepsLastHolders(ctx, tx, p.AccountID, p.ID); err != nil {
				return err
			}
		}
		if err := s.endAppointment(ctx, tx, p, e.On, e.Order, e.Note); err != nil {
			return err
		}
		a, err := s.accountByID(ctx, tx, p.AccountID)
		if err != nil {
			return err
		}
		changes := []audit.Change{{Field: "until", Old: dayOrNil(p.Until), New: dayOrNil(e.On)}, {Field: "end_note", New: e.Note}}
		if err := s.recordAppointment(ctx, tx, "dismiss", a, p, changes, e.Order); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, p.AccountID); err != nil {
			return err
		}
		p.Until, p.EndOrder = e.On, e.Order
		if r == nil {
			return nil
		}
		return s.tellAbove(ctx, tx, m, r, a, p, "identity.notice.dismissed")
	})
}

// mayEnd checks that the caller may end an appointment, and returns its role; nil
// for one that the profile no longer has.
func (s *Service) mayEnd(ctx context.Context, m gate.Ministry, p Appointment) (*profile.Role, error) {
	t := appointmentAt(p.Unit)
	t.UID = p.UID
	if _, err := s.gate.Check(ctx, "dismiss", t); err != nil {
		return nil, err
	}
	r := m.Profile.Role(p.Role)
	c := caller.From(ctx)
	if c.System != "" || r == nil {
		return r, nil
	}
	if c.Account == p.AccountID {
		return nil, fault.New(fault.Denied, "identity.not_yourself").WithCheck("delegation").With("action", "dismiss").With("object", "appointment")
	}
	if len(r.GrantedBy) > 0 && !s.above(m.Profile, c, r, p.Unit) {
		return nil, s.mayNot(m, c, r, p.Unit, "identity.not_superior").With("action", "dismiss").With("uid", p.UID)
	}
	return r, nil
}

func (s *Service) checkedEnd(ctx context.Context, m gate.Ministry, r *profile.Role, p Appointment, e End) (End, error) {
	today := s.today(ctx)
	if !p.Until.IsZero() && !p.Until.After(today) {
		return e, fault.New(fault.Conflict, "identity.ended_already")
	}
	if e.On.IsZero() {
		e.On = today
	}
	if e.On = clock.Day(e.On); e.On.Before(p.Since) {
		e.On = p.Since // it had not begun: it never will
	}
	bad := fault.New(fault.Invalid, "identity.invalid")
	if e.On.Before(today) {
		bad = bad.WithField("on", "identity.end_past", nil)
	}
	required := r != nil && r.Order == "required" && caller.From(ctx).System == ""
	if required {
		bad = bad.WithRule(ruleOf(m.Profile, r.Source), r.Source)
	}
	e.Order, bad = e.Order.checked(bad, required, today)
	if e.Note = strings.TrimSpace(e.Note); len([]rune(e.Note)) > maxNote {
		bad = bad.WithField("note", "identity.note_long", fault.Args{"Most": maxNote})
	}
	return e, bad.OrNil()
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
