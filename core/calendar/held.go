package calendar

import (
	"context"
	"slices"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// judged tidies and judges an extension by the end that holds for those for whom it is to
// count. Whoever gives another at the same moment waits for the end of the unit: an
// extension that prolongs nothing would be announced to everybody as a new closing.
func (s *Service) judged(ctx context.Context, tx *db.Tx, p *profile.Profile, w *profile.Window, e Extension) (Extension, error) {
	if err := lockExtensions(ctx, tx); err != nil {
		return e, err
	}
	given, err := holding(ctx, tx, e.Year, e.Window)
	if err != nil {
		return e, err
	}
	so := e.held(p, w, given)
	e, bad := e.checked(p, w, so, s.clock.Now())
	short := slices.ContainsFunc(bad.Fields, func(f fault.Field) bool { return f.Key == notLonger || f.Key == notLongerFor })
	if short && len(so.by) > 0 {
		if bad, err = s.takeBack(ctx, bad, p, w, so); err != nil {
			return e, err
		}
	}
	return e, bad.OrNil()
}

// held is the end that holds of a window for some types of institution.
type held struct {
	closes time.Time       // the latest of theirs
	types  []*profile.Type // that close then, where it differs from type to type
	by     []Extension     // that hold it open until then; none: the calendar
}

// held is the latest end that holds for any of the institutions of e.
func (e Extension) held(p *profile.Profile, w *profile.Window, given []Extension) held {
	so := held{closes: w.ClosesAt()}
	for _, x := range given {
		if !e.shares(p, w, x) || x.Until.Before(so.closes) {
			continue
		}
		if x.Until.After(so.closes) {
			so = held{closes: x.Until.In(p.Zone)}
		}
		if x.Until.After(w.ClosesAt()) {
			so.by = append(so.by, x)
		}
	}
	if slices.ContainsFunc(so.by, func(x Extension) bool { return len(x.Types) == 0 }) {
		return so // for all alike
	}
	for i := range p.Types {
		t := &p.Types[i]
		if slices.ContainsFunc(so.by, func(x Extension) bool { return x.counts(w, t.ID) }) && e.counts(w, t.ID) {
			so.types = append(so.types, t)
		}
	}
	return so
}

// counts reports whether an extension of w is for a type of institution.
func (e Extension) counts(w *profile.Window, typ string) bool {
	return w.For(typ) && (len(e.Types) == 0 || slices.Contains(e.Types, typ))
}

// shares reports whether there is a type for which both count.
func (e Extension) shares(p *profile.Profile, w *profile.Window, x Extension) bool {
	return slices.ContainsFunc(p.Types, func(t profile.Type) bool { return e.counts(w, t.ID) && x.counts(w, t.ID) })
}

const (
	notLonger    = "window.not_longer"
	notLongerFor = "window.not_longer_for"
)

// refuses says which end a new one must lie after.
func (h held) refuses(bad *fault.Error) *fault.Error {
	if len(h.types) == 0 {
		return bad.WithField("until", notLonger, fault.Args{"Closes": fault.End(h.closes)})
	}
	var names fault.List
	for _, t := range h.types {
		names = append(names, fault.Text(t.Name))
	}
	return bad.WithField("until", notLongerFor, fault.Args{"Closes": fault.End(h.closes), "Types": names})
}

// takeBack adds that what is to close sooner has its longer extension taken back first, and
// by whom where that is somebody else.
func (s *Service) takeBack(ctx context.Context, f *fault.Error, p *profile.Profile, w *profile.Window, so held) (*fault.Error, error) {
	url, args := "/calendar?year="+w.Year().ID, fault.Args{"Closes": fault.End(so.closes)}
	for _, x := range so.by {
		if !slices.ContainsFunc(x.Targets(p, w), func(t gate.Target) bool { return !s.gate.Can(ctx, "cancel", t) }) {
			continue
		}
		able, err := s.cancellers(ctx, p, w, x)
		if err != nil {
			return f, err
		}
		if len(able) == 0 {
			return f.WithNext("gate.next.nobody", "/me/rights", nil), nil
		}
		if args["Roles"], err = s.gate.Named(ctx, able); err != nil {
			return f, err
		}
		return f.WithNext("window.next.taken_back", url, args), nil
	}
	return f.WithNext("window.next.take_back", url, args), nil
}

// cancellers are the roles whose holders could take an extension back.
func (s *Service) cancellers(ctx context.Context, p *profile.Profile, w *profile.Window, x Extension) ([]gate.Able, error) {
	return s.ableAll(ctx, "cancel", p, w, x)
}

// ableAll are the roles whose holders could do something to an extension, for each of its
// types. What is for all types, nobody does who oversees some.
func (s *Service) ableAll(ctx context.Context, action string, p *profile.Profile, w *profile.Window, x Extension) (all []gate.Able, err error) {
	for i, t := range x.Targets(p, w) {
		if admit := t.Admit; t.Type == "" {
			t.Admit = func(a caller.Assignment, relation string) *fault.Error {
				if relation == "overseen" {
					return notTheirs(p, w)
				}
				return admit(a, relation)
			}
		}
		able, err := s.gate.Able(ctx, action, t)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			all = able
			continue
		}
		all = slices.DeleteFunc(all, func(a gate.Able) bool {
			return !slices.ContainsFunc(able, func(b gate.Able) bool { return a.Role == b.Role && a.As.UnitCode == b.As.UnitCode })
		})
	}
	return all, nil
}

// inOrder are types of institution once each, in the order of the profile.
func inOrder(p *profile.Profile, types []string) []string {
	var out []string
	for i := range p.Types {
		if id := p.Types[i].ID; slices.Contains(types, id) {
			out = append(out, id)
		}
	}
	return out
}
