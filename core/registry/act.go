package registry

import (
	"context"
	"errors"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Act is a dated change of an institution that an order stands behind.
type Act struct {
	Version int
	Since   time.Time
	Far     bool // a day more than a year ahead is meant, and no slip of the pen
	Order   audit.Order
}

// act runs a dated change of the unit behind the gate and records it. The unit, and
// others that the change rests on, stay as they are until it ends.
func (s *Service) act(ctx context.Context, uid, action string, a Act, with []string, do func(ctx context.Context, p *profile.Profile, u unit.Unit, a Act) ([]audit.Change, error)) error {
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		if err := s.tree.HoldAll(ctx, tx, append([]string{uid}, with...)); err != nil {
			return err
		}
		u, err := s.institution(ctx, uid)
		if err != nil {
			return err
		}
		grant, err := s.gate.Check(ctx, action, s.target(u))
		if err != nil {
			return err
		}
		a, err := s.judgeAct(ctx, a)
		if err != nil {
			return gate.Cited(err, m.Profile, grant.Source)
		}
		if u.Version != a.Version {
			return errStale
		}
		if err := s.Possible(ctx, u, action); err != nil {
			return err
		}
		changes, err := do(ctx, m.Profile, u, a)
		if err != nil {
			return gate.Cited(s.corrigible(ctx, u, err), m.Profile, grant.Source)
		}
		if err := s.db.Notify(ctx, changed, ""); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: action, Object: Institutions, Target: uid, UnitPath: u.Path, Law: grant.Source, Order: a.Order, Changes: changes,
		})
	})
}

// judgeAct tidies the order of an act and judges it with the day.
func (s *Service) judgeAct(ctx context.Context, a Act) (Act, error) {
	bad := fault.New(fault.Invalid, "institution.invalid")
	if a.Since.IsZero() {
		bad = bad.WithField("since", "field.required", nil)
	}
	a.Order, bad = a.Order.Checked(bad, true, s.tree.Today(ctx))
	if err := bad.OrNil(); err != nil {
		return a, err
	}
	return a, s.near(ctx, a.Since, a.Far)
}

// corrigible adds to a refusal because of what is entered already where that is put right.
func (s *Service) corrigible(ctx context.Context, u unit.Unit, err error) error {
	var f *fault.Error
	if !errors.As(err, &f) || !slices.ContainsFunc(f.Fields, func(f fault.Field) bool { return f.Key == "unit.later_fact" }) {
		return err
	}
	life, lifeErr := s.tree.Life(ctx, u)
	if lifeErr != nil {
		return lifeErr
	}
	for _, k := range Correctable {
		if s.MayCorrect(ctx, u, life, k) {
			return f.WithNext("institution.next.correct", "/institutions/"+u.UID+"/correct", nil)
		}
	}
	return err
}

// Possible refuses an act that the institution as it stands has no room for: what has been
// closed stays as it was, and what closes on a day to come is changed until then.
func (s *Service) Possible(ctx context.Context, u unit.Unit, action string) error {
	switch {
	case action == "reopen":
		if u.Until == nil {
			return fault.New(fault.Conflict, "institution.open_already")
		}
	case u.Until != nil && !u.OpenOn(s.tree.Today(ctx)):
		return s.StaysClosed(ctx, u)
	case u.Until != nil && (action == "close" || action == "merge"):
		return s.closingStands(ctx, u)
	}
	return nil
}

// closingStands refuses a second closing beside the one that is to come, which can be put
// right.
func (s *Service) closingStands(ctx context.Context, u unit.Unit) error {
	f := fault.New(fault.Conflict, "institution.closing_stands").With("Until", *u.Until)
	life, err := s.tree.Life(ctx, u)
	if err != nil {
		return err
	}
	if s.MayCorrect(ctx, u, life, unit.ClosingFact) {
		return f.WithNext("institution.next.correct", "/institutions/"+u.UID+"/correct", nil)
	}
	able, err := s.gate.Able(ctx, rightOf(unit.ClosingFact, life), s.target(u))
	if err != nil {
		return err
	}
	return f.WithNext("institution.next.corrected_by", "/institutions/"+u.UID, fault.Args{"Roles": gate.Names(able)})
}

// Rename gives the institution a name from a day on.
func (s *Service) Rename(ctx context.Context, uid string, names map[string]string, a Act) error {
	return s.act(ctx, uid, "rename", a, nil, func(ctx context.Context, p *profile.Profile, u unit.Unit, a Act) ([]audit.Change, error) {
		bad := fault.New(fault.Invalid, "institution.invalid")
		names = TidyNames(names)
		for _, f := range Names(p, names) {
			bad = bad.WithField(f.Name, f.Key, f.Args)
		}
		if err := bad.OrNil(); err != nil {
			return nil, err
		}
		return []audit.Change{{Field: "name", Old: u.Name, New: names}}, s.tree.Rename(ctx, u, names, a.Since, a.Order.Number)
	})
}

// Retype gives the institution another type from a day on. Both types must lie within
// the right of whoever does it, and no post held there may pass to other superiors by it.
func (s *Service) Retype(ctx context.Context, uid, typ string, a Act) error {
	return s.act(ctx, uid, "retype", a, nil, func(ctx context.Context, p *profile.Profile, u unit.Unit, a Act) ([]audit.Change, error) {
		if p.TypeAt(typ, a.Since) == nil {
			return nil, fault.New(fault.Invalid, "institution.invalid").WithField("type", "institution.no_type", nil)
		}
		t := s.target(u)
		t.Type = typ
		if _, err := s.gate.Check(ctx, "retype", t); err != nil {
			return nil, err
		}
		if err := s.gate.Retyped(ctx, u.UID, typ); err != nil {
			return nil, err
		}
		return []audit.Change{{Field: "type", Old: u.Type, New: typ}}, s.tree.Retype(ctx, u, typ, a.Since, a.Order.Number)
	})
}

// Move puts the institution under another unit from a day on. Both places must
// lie within the mover's right.
func (s *Service) Move(ctx context.Context, uid, parentUID string, a Act) error {
	return s.act(ctx, uid, "move", a, []string{parentUID}, func(ctx context.Context, p *profile.Profile, u unit.Unit, a Act) ([]audit.Change, error) {
		parent, err := s.tree.Get(ctx, parentUID)
		if err != nil {
			return nil, fault.New(fault.Invalid, "institution.invalid").WithField("parent", "institution.no_parent", nil)
		}
		if _, err := s.gate.Check(ctx, "move", gate.Target{Object: Institutions, UID: uid, Path: parent.Path, Type: u.Type}); err != nil {
			return nil, err
		}
		if err := takes(p, u.Type, parent); err != nil {
			return nil, err
		}
		old, err := s.tree.ByID(ctx, *u.ParentID)
		if err != nil {
			return nil, err
		}
		return []audit.Change{{Field: "parent", Old: old.UID, New: parent.UID}}, s.tree.Move(ctx, u, parent, a.Since, a.Order.Number)
	})
}

// Close ends the institution on a day; successors take over (a merger, a split), and
// lie within the right of whoever does it, too.
func (s *Service) Close(ctx context.Context, uid string, successors []string, a Act) error {
	action := "close"
	if len(successors) > 0 {
		action = "merge"
	}
	return s.act(ctx, uid, action, a, successors, func(ctx context.Context, _ *profile.Profile, u unit.Unit, a Act) ([]audit.Change, error) {
		var heirs []unit.Unit
		for _, id := range successors {
			heir, err := s.institution(ctx, id)
			if err != nil || heir.ID == u.ID || !heir.OpenOn(a.Since) {
				return nil, fault.New(fault.Invalid, "institution.invalid").WithField("successors", "institution.no_successor", nil)
			}
			if _, err := s.gate.Check(ctx, action, s.target(heir)); err != nil {
				return nil, err
			}
			heirs = append(heirs, heir)
		}
		changes := []audit.Change{{Field: "until", Old: until(u.Until), New: a.Since.Format(time.DateOnly)}}
		if len(successors) > 0 {
			changes = append(changes, audit.Change{Field: "successors", New: successors})
		}
		return changes, s.tree.Close(ctx, u, a.Since, a.Order.Number, heirs...)
	})
}

// Reopen takes a closing back.
func (s *Service) Reopen(ctx context.Context, uid string, a Act) error {
	return s.act(ctx, uid, "reopen", a, nil, func(ctx context.Context, _ *profile.Profile, u unit.Unit, _ Act) ([]audit.Change, error) {
		return []audit.Change{{Field: "until", Old: until(u.Until)}}, s.tree.Reopen(ctx, u)
	})
}

// Recode gives the institution its official code, or another one. A code is no
// dated fact; the act's day is not asked for.
func (s *Service) Recode(ctx context.Context, uid, code string, a Act) error {
	a.Since = s.tree.Today(ctx)
	return s.act(ctx, uid, "update", a, nil, func(ctx context.Context, p *profile.Profile, u unit.Unit, _ Act) ([]audit.Change, error) {
		if id := p.Identifier("institution_code"); id != nil {
			code = id.Normal(code)
		}
		if f, ok := Code(p, code); !ok {
			return nil, fault.New(fault.Invalid, "institution.invalid").WithField(f.Name, f.Key, f.Args)
		}
		if code == u.Code {
			return nil, nil
		}
		return []audit.Change{{Field: "code", Old: u.Code, New: code}}, s.tree.Recode(ctx, u, code)
	})
}

// StaysClosed refuses to change the record of an institution that was closed: its history
// stays. It says who may reopen it.
func (s *Service) StaysClosed(ctx context.Context, u unit.Unit) error {
	f := fault.New(fault.Locked, "institution.closed").WithCheck("closed").WithOwnRule("history")
	if u.Until != nil {
		f = f.With("Until", *u.Until)
	}
	if s.gate.Can(ctx, "reopen", s.target(u)) {
		return f.WithNext("institution.next.reopen_yourself", "/institutions/"+u.UID+"/act/reopen", nil)
	}
	able, err := s.gate.Able(ctx, "reopen", s.target(u))
	if err != nil {
		return err
	}
	return f.WithNext("institution.next.reopen", "/institutions/"+u.UID, fault.Args{"Roles": gate.Names(able)})
}
