package identity

import (
	"context"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// End says how an appointment ends.
type End struct {
	On    time.Time // first day on which it no longer holds; zero: the day on which it is done, at once
	Order Order     // where the role demands one
	Note  string    // why, for the file; may be empty
}

// Dismiss ends an appointment (KG-ER-6d). On the day itself it ends at once: with
// the last one the account is blocked and its sessions die (KG-ER-6c). Whoever
// stands above it may end it, not only who gave it. The units named by the role's
// notify are told. Faults: Denied with the rule; Invalid by field; Conflict when
// it has ended already or is the last of a role that nobody could give again.
func (s *Service) Dismiss(ctx context.Context, appointmentUID string, e End) error {
	holder, err := s.holder(ctx, appointmentUID)
	if err != nil {
		return err
	}
	return s.twice(ctx, deed{Act: "dismiss", Account: holder, Post: appointmentUID, End: e}, func(ctx context.Context, tx *db.Tx, _ Account) error {
		p, err := s.appointment(ctx, tx, appointmentUID)
		if err != nil {
			return err
		}
		a, err := s.begin(ctx, tx, p.Role, p.Unit)
		if err != nil {
			return err
		}
		if err := s.mayEnd(ctx, a, p, e.On); err != nil {
			return err
		}
		if e, err = e.checked(a, p); err != nil {
			return err
		}
		if err := s.keepsLastHolders(ctx, tx, p.AccountID, p.ID, e.On); err != nil {
			return err
		}
		if err := s.endAppointment(ctx, tx, p, e.On, e.Order, e.Note); err != nil {
			return err
		}
		person, err := s.accountByID(ctx, tx, p.AccountID)
		if err != nil {
			return err
		}
		changes := []audit.Change{{Field: "until", Old: dayOrNil(p.Until), New: dayOrNil(e.On)}, {Field: "end_note", New: e.Note}}
		if err := s.recordAppointment(ctx, a, "dismiss", p, changes, e.Order); err != nil {
			return err
		}
		if err := s.tellEnd(ctx, tx, a, p, e.On); err != nil {
			return err
		}
		if err := s.settle(ctx, tx, p.AccountID); err != nil {
			return err
		}
		p.Until, p.EndOrder = e.On, e.Order
		if a.role == nil {
			return nil
		}
		return s.tellAbove(ctx, a, person, p, "identity.notice.dismissed")
	})
}

// mayEnd checks that the caller may end an appointment on a day: on the first day on which it
// holds, from today on, and on the last one, by the place and type that are entered for them. The day
// of the end itself is the first on which it holds no longer: whoever may give it until then ends it.
func (s *Service) mayEnd(ctx context.Context, a *act, p Appointment, on time.Time) error {
	first := post{role: p.Role, unit: p.Unit}
	var err error
	if first.first, err = s.lies(ctx, p.Unit, p.Since); err != nil {
		return err
	}
	if a.system() {
		return s.endable(ctx, a, p, first)
	}
	on = clock.Day(p.ends(on))
	day := on.AddDate(0, 0, -1)
	if day.Before(p.Since) { // it never begins
		day = p.Since
	}
	till, err := s.tree.Till(ctx, p.Unit, day)
	if err != nil {
		return err
	}
	refused := s.endable(ctx, a, p, first)
	if len(till) == 0 {
		return refused
	}
	last := first
	last.first = till[len(till)-1].Unit
	if refused != nil {
		return s.gate.WhoThen(ctx, refused, "dismiss", ending(a, p, first), ending(a, p, last), till)
	}
	return s.gate.NotThen(ctx, s.endable(ctx, a, p, last), "dismiss", ending(a, p, first), ending(a, p, last), till, on)
}

// ending is what the gate is asked of the end of an appointment where it lies on a day.
func ending(a *act, p Appointment, at post) gate.Target {
	u := at.lies()
	t := appointmentAt(u)
	t.UID = p.UID
	if a.role != nil && len(a.role.GrantedBy) > 0 {
		t.Whom = func(by caller.Assignment) bool { return superior(a.m.Profile, at.rebased(by), a.role, u) }
	}
	return t
}

func (s *Service) endable(ctx context.Context, a *act, p Appointment, at post) error {
	t, u, by := ending(a, p, at), at.lies(), a.by
	if by != nil {
		by = at.caller(by)
		ctx = caller.With(ctx, by)
	}
	if _, err := s.gate.Check(ctx, "dismiss", t); err != nil {
		return err
	}
	if a.system() || a.role == nil {
		return nil
	}
	if by.Account == p.AccountID {
		return s.notYourself(ctx, a.m, a.role, u, "dismiss", t)
	}
	if len(a.role.GrantedBy) > 0 && !s.above(a.m.Profile, by, a.role, u) {
		return s.notSuperior(ctx, a.m, a.role, u, "dismiss", t)
	}
	// What is typed for the end is judged by what it was given by.
	a.as, _ = s.giver(ctx, a.m, by, a.role, u)
	return nil
}

// ends is the day on which the appointment ends when it is ended on a day: one that has
// not begun by then never does.
func (p Appointment) ends(on time.Time) time.Time {
	if on.Before(p.Since) {
		return p.Since
	}
	return on
}

func (e End) checked(a *act, p Appointment) (End, error) {
	if !p.HoldsFrom(a.today) {
		return e, fault.New(fault.Conflict, "identity.ended_already")
	}
	if e.On.IsZero() {
		e.On = a.today
	}
	e.On = clock.Day(e.On)
	bad := a.invalid()
	if e.On.Before(a.today) {
		bad = bad.WithField("on", "identity.end_past", nil)
	}
	e.On = p.ends(e.On)
	if !p.Until.IsZero() && e.On.After(p.Until) { // a later end is a new appointment, for whoever may give it
		bad = bad.WithField("on", "identity.end_later", fault.Args{"Until": fault.End(p.Until)})
	}
	bad = bounded(bad, "on", e.On, a.today)
	e.Order, bad = e.Order.Checked(bad, a.role != nil && a.role.Order == "required" && !a.system(), a.today)
	if e.Note = strings.TrimSpace(e.Note); len([]rune(e.Note)) > maxNote {
		bad = bad.WithField("note", "identity.note_long", fault.Args{"Most": maxNote})
	}
	return e, bad.OrNil()
}
