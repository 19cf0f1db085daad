package calendar

import (
	"context"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// Extension holds a window open longer.
type Extension struct {
	UID       string
	Year      string
	Window    string // id of the window within the year
	Types     []string
	Until     time.Time
	Reason    string
	Order     audit.Order
	GivenBy   string
	GivenAs   string // role
	GivenAt   time.Time
	Cancelled *time.Time
	Told      int        // how many people it was announced to so far
	ToldAll   *time.Time // since when to all; nil: not yet
}

// Extend holds a window open longer. Only whom the profile names for the window
// and the policy lets extend for each of the types may (TR-IC-8); a reason and an
// order are obligatory. Its types are kept once each, in the order of the profile.
//
// Faults: Invalid for a missing reason, order or a day that does not lie after now and
// after the end that holds for each of the types, other extensions included, or lies
// beyond what the profile allows; Denied for types that another directorate oversees,
// and for windows that somebody else extends.
func (s *Service) Extend(ctx context.Context, e Extension) (Extension, error) {
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		w, err := s.find(m.Profile, e)
		if err != nil {
			return err
		}
		if err := e.meant(m.Profile, w); err != nil {
			return err
		}
		e.Types = inOrder(m.Profile, e.Types)
		grant, err := s.may(ctx, "create", m.Profile, w, e)
		if err != nil {
			return s.own(ctx, m.Profile, w, e, err)
		}
		if e, err = s.judged(ctx, tx, m.Profile, w, e); err != nil {
			return err
		}
		c := caller.From(ctx)
		e.UID, e.GivenBy, e.GivenAs, e.GivenAt = db.NewUID(), c.AccountUID, grant.Assignment.Role, s.clock.Now()
		if err := insert(ctx, tx, e); err != nil {
			return err
		}
		if err := s.later(ctx, tx, Announcement{UID: e.UID}); err != nil {
			return err
		}
		if err := s.db.Notify(ctx, changed, ""); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: "create", Object: "extension", Target: e.UID, Law: grant.Source, Order: e.Order,
			Changes: []audit.Change{{Field: "window", New: e.Year + "/" + e.Window}, {Field: "until", New: e.Until}, {Field: "types", New: e.Types}, {Field: "reason", New: e.Reason}},
		})
	}, &e)
	return e, err
}

func (s *Service) find(p *profile.Profile, e Extension) (*profile.Window, error) {
	if y := p.SchoolYear(e.Year); y != nil {
		for i := range y.Windows {
			if y.Windows[i].ID == e.Window {
				return &y.Windows[i], nil
			}
		}
	}
	return nil, fault.New(fault.NotFound, "window.unknown")
}

// may asks the gate for every type: a directorate extends for its own. Without
// types it is for all institutions, which only tenant-wide rights cover.
func (s *Service) may(ctx context.Context, action string, p *profile.Profile, w *profile.Window, e Extension) (grant gate.Grant, err error) {
	for _, t := range e.Targets(p, w) {
		if grant, err = s.gate.Check(ctx, action, t); err != nil {
			return grant, err
		}
	}
	return grant, nil
}

// own is the refusal of an extension for all types to somebody who may give it for some:
// those are to be named. Whose window it is not is told so, and not that it lies elsewhere.
func (s *Service) own(ctx context.Context, p *profile.Profile, w *profile.Window, e Extension, refused error) error {
	switch {
	case fault.KindOf(refused) != fault.Denied || len(e.Types) == 1:
		return refused
	case len(e.Types) > 1:
		return s.foreign(ctx, p, w, e, refused)
	}
	var names fault.List
	for _, t := range p.TypesAt(s.clock.Today(p.Zone)) {
		if !w.For(t.ID) {
			continue
		}
		_, err := s.gate.Check(ctx, "create", Extending(p, w, t.ID))
		switch {
		case err == nil:
			names = append(names, fault.Text(t.Name))
		case fault.From(err).Key == "window.not_theirs": // to name types would be in vain
			refused = err
		}
	}
	if len(names) == 0 {
		return refused
	}
	return faulty(p, w).WithField("types", "window.own_types", fault.Args{"Types": names})
}

// foreign is the refusal of an extension for several types, of which some are not the
// giver's: it names those, and who extends them. Where somebody could give the whole, the
// gate's refusal sends to them; where nobody could, each gives their own part.
func (s *Service) foreign(ctx context.Context, p *profile.Profile, w *profile.Window, e Extension, refused error) error {
	f := fault.From(refused)
	if f.Check != "policy" || f.Key == "window.not_theirs" {
		return refused
	}
	all, err := s.ableAll(ctx, "create", p, w, e)
	if err != nil {
		return err
	}
	names, theirs, err := s.notOwn(ctx, p, w, e)
	if err != nil {
		return err
	}
	f = fault.New(fault.Denied, "window.foreign_types").WithCheck(f.Check).WithRule(f.Rule, f.Law).WithCause(refused).With("Types", names)
	for name, v := range fault.From(refused).Args {
		f = f.With(name, v)
	}
	if len(all) > 0 && len(names) == len(e.Types) {
		theirs = all
	}
	roles, err := s.gate.Named(ctx, theirs)
	if err != nil {
		return err
	}
	switch {
	case len(all) > 0 && len(names) == len(e.Types):
		return f.WithNext("gate.next.ask_role", "/me/rights", fault.Args{"Roles": roles})
	case len(theirs) == 0:
		return f.WithNext("gate.next.nobody", "/me/rights", nil)
	case len(names) == len(e.Types):
		return f.WithNext("window.next.each_type", "/me/rights", fault.Args{"Roles": roles})
	}
	return f.WithNext("window.next.leave_out", "", fault.Args{"Roles": roles})
}

// notOwn are the types of an extension for which the caller may not give it, and the roles
// whose holders may for any of them.
func (s *Service) notOwn(ctx context.Context, p *profile.Profile, w *profile.Window, e Extension) (names fault.List, theirs []gate.Able, err error) {
	for i, t := range e.Targets(p, w) {
		if s.gate.Can(ctx, "create", t) {
			continue
		}
		names = append(names, fault.Text(p.Type(e.Types[i]).Name))
		able, err := s.gate.Able(ctx, "create", t)
		if err != nil {
			return nil, nil, err
		}
		for _, a := range able {
			if !slices.ContainsFunc(theirs, func(b gate.Able) bool { return a.Role == b.Role && a.As.UnitCode == b.As.UnitCode }) {
				theirs = append(theirs, a)
			}
		}
	}
	return names, theirs, nil
}

// Cancel ends an extension at once. Whoever may give it may take it back.
func (s *Service) Cancel(ctx context.Context, uid string) error {
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		e, err := one(ctx, tx, uid)
		if err != nil {
			return err
		}
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		// A window that has left the profile since has nobody of its own any more.
		w, err := s.find(m.Profile, e)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			return err
		}
		grant, err := s.may(ctx, "cancel", m.Profile, w, e)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if err := cancel(ctx, tx, uid, now); err != nil {
			return err
		}
		if err := s.later(ctx, tx, Announcement{UID: uid, Cancelled: true}); err != nil {
			return err
		}
		if err := s.db.Notify(ctx, changed, ""); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: "cancel", Object: "extension", Target: uid, Law: grant.Source,
			Changes: []audit.Change{{Field: "cancelled", Old: nil, New: now}},
		})
	})
}

func (s *Service) extensions(ctx context.Context) ([]Extension, error) {
	return s.known.Get(ctx, "all", func(ctx context.Context) ([]Extension, error) {
		var all []Extension
		err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			var err error
			all, err = list(ctx, tx)
			return err
		})
		return all, err
	})
}
