package calendar

import (
	"context"
	"strings"
	"time"
	"unicode"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// overseer is what a profile writes for "the directorate that oversees the type".
const overseer = "overseer"

// Extending is what the gate is asked before a window is held open longer for a
// type of institution ("" for all). Beside the policy the profile has a say: it
// names for each window who extends it (TR-IC-8), the directorate that oversees
// the type or one role. w may be nil.
func Extending(p *profile.Profile, w *profile.Window, typ string) gate.Target {
	t := gate.Target{Object: "extension", Type: typ}
	if w == nil {
		return t
	}
	t.Admit = func(a caller.Assignment, relation string) *fault.Error {
		switch w.ExtendedBy {
		case "":
			return nil
		case overseer:
			// A right over the whole ministry makes a directorate no overseer of what
			// another one oversees; who stands above the directorates is not one of them.
			if relation == "overseen" || a.UnitLevel != unit.Directorate {
				return nil
			}
		default:
			if a.Role == w.ExtendedBy {
				return nil
			}
		}
		return notTheirs(p, w)
	}
	return t
}

// Targets are what the gate is asked of an extension, one for each of its types; all of
// them must pass. w may be nil.
func (e Extension) Targets(p *profile.Profile, w *profile.Window) []gate.Target {
	types := e.Types
	if len(types) == 0 {
		types = []string{""}
	}
	out := make([]gate.Target, len(types))
	for i, typ := range types {
		out[i] = Extending(p, w, typ)
		out[i].UID = e.UID
	}
	return out
}

// notTheirs leaves it to the gate to say whose it is.
func notTheirs(p *profile.Profile, w *profile.Window) *fault.Error {
	f := gate.Cite(fault.New(fault.Denied, "window.not_theirs").WithCheck("policy"), p, lawOf(p, w), "extension", "create")
	if sec := p.Section(w.Section); sec != nil {
		f = f.With("Section", fault.Text(sec.Name))
	}
	return f
}

// lawOf is what a window rests on: its own source, else its section's.
func lawOf(p *profile.Profile, w *profile.Window) string {
	if sec := p.Section(w.Section); w.Source == "" && sec != nil {
		return sec.Source
	}
	return w.Source
}

// limitExtension is the profile's bound of how many days after its end a window may
// be held open.
const limitExtension = "window_extension_days"

// latest is the last moment until which a window may be held open, and how many days
// that is after its end.
func latest(p *profile.Profile, w *profile.Window, now time.Time) (time.Time, int) {
	days := int(p.Limit(limitExtension, clock.Day(now.In(p.Zone))))
	return w.ClosesAt().AddDate(0, 0, days), days
}

// moreTime adds to the refusal of a closed section what comes next for this person and
// this institution: to extend the window oneself, to ask who may, to wait until it opens,
// or, where it has been closed too long for that and opens no more, to ask who amends the
// calendar. last is the spell that ended last, next the one that begins next; either may
// be nil.
func (s *Service) moreTime(ctx context.Context, f *fault.Error, p *profile.Profile, last, next *spell, c unit.Course) error {
	now := s.clock.Now()
	if last != nil {
		w := last.last
		most, _ := latest(p, w, now)
		most = helps(p, c, most)
		t := Extending(p, w, c.Type)
		switch {
		case !now.Before(most):
		case s.gate.Can(ctx, "create", t):
			return f.WithNext(sooner("window.next.yourself", next), "/calendar/"+w.Year().ID+"/"+w.ID+"/extend", until(most, next))
		default:
			able, err := s.gate.Able(ctx, "create", t)
			if err != nil {
				return err
			}
			if len(able) > 0 {
				args := until(most, next)
				if args["Roles"], err = s.gate.Named(ctx, able); err != nil {
					return err
				}
				return f.WithNext(sooner("window.next.extension", next), "/calendar?year="+w.Year().ID, args)
			}
		}
	}
	switch {
	case next == nil:
		return s.amends(ctx, f, "window.next.amend")
	case next.begins != nil:
		return f.WithNext("window.next.wait_type", "", fault.Args{"Opens": next.opens})
	}
	return f.WithNext("window.next.wait", "/calendar?year="+next.first.Year().ID, fault.Args{"Opens": next.opens})
}

// helps is until when an extension for the type of today helps what has a course, at the latest.
func helps(p *profile.Profile, c unit.Course, most time.Time) time.Time {
	days := make([]time.Time, 0, 2)
	if len(c.Turns) > 0 {
		days = append(days, c.Turns[0].On)
	}
	if c.Until != nil {
		days = append(days, *c.Until)
	}
	for _, day := range days {
		if at := midnight(day, p.Zone); at.Before(most) {
			most = at
		}
	}
	return most
}

// amends adds who could change the calendar, where anybody could.
func (s *Service) amends(ctx context.Context, f *fault.Error, key string) error {
	able, err := s.gate.Able(ctx, "update", Target())
	if err != nil {
		return err
	}
	if len(able) == 0 {
		return f.WithNext("gate.next.nobody", "/me/rights", nil)
	}
	names, err := s.gate.Named(ctx, able)
	if err != nil {
		return err
	}
	return f.WithNext(key, "/calendar", fault.Args{"Roles": names})
}

// sooner is the words of an extension where the section opens by itself as well: one
// waits, and asks only for what cannot wait.
func sooner(key string, next *spell) string {
	if next == nil {
		return key
	}
	return key + "_sooner"
}

// until is how far an extension is spoken of: not past the day on which the section opens
// by itself.
func until(most time.Time, next *spell) fault.Args {
	if next == nil {
		return fault.Args{"Latest": fault.End(most)}
	}
	if next.opens.Before(most) {
		most = next.opens
	}
	return fault.Args{"Latest": fault.End(most), "Opens": next.opens}
}

// faulty begins what is wrong with an extension of a window.
func faulty(p *profile.Profile, w *profile.Window) *fault.Error {
	return gate.Cite(fault.New(fault.Invalid, "fault.invalid"), p, lawOf(p, w), "extension", "create")
}

// meant refuses types of institution that there are not, or for which the window does
// not count.
func (e Extension) meant(p *profile.Profile, w *profile.Window) error {
	bad := faulty(p, w)
	for _, typ := range e.Types {
		switch {
		case p.Type(typ) == nil:
			bad = bad.WithField("types", "institution.no_type", nil)
		case !w.For(typ):
			bad = bad.WithField("types", "window.not_for_type", fault.Args{"Type": fault.Text(p.Type(typ).Name)})
		}
	}
	return bad.OrNil()
}

// A reason is words: so many letters at least, and so many characters at most.
const (
	leastReason = 3
	mostReason  = 1000
)

// checked tidies and judges an extension of w that is given now, where so much holds
// already.
func (e Extension) checked(p *profile.Profile, w *profile.Window, so held, now time.Time) (Extension, *fault.Error) {
	bad := faulty(p, w)
	e.Reason = strings.TrimSpace(e.Reason)
	switch {
	case e.Reason == "":
		bad = bad.WithField("reason", "field.required", nil)
	case !worded(e.Reason):
		bad = bad.WithField("reason", "window.reason", nil)
	case len([]rune(e.Reason)) > mostReason:
		bad = bad.WithField("reason", "field.too_long", fault.Args{"Max": mostReason})
	}
	e.Order, bad = e.Order.Checked(bad, true, clock.Day(now.In(p.Zone)))
	e.Until = e.Until.Truncate(time.Microsecond) // what is stored: less makes nothing longer
	most, days := latest(p, w, now)
	switch {
	case !e.Until.After(so.closes):
		bad = so.refuses(bad)
	case !e.Until.After(now):
		bad = bad.WithField("until", "window.over_already", nil)
	case e.Until.After(most):
		bad = bad.WithField("until", "window.too_long", fault.Args{"Latest": fault.End(most), "Days": days})
	}
	return e, bad
}

// worded reports whether a text says something: enough letters, and not always the same.
func worded(s string) bool {
	letters, first, differ := 0, rune(0), false
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		if letters++; letters == 1 {
			first = unicode.ToLower(r)
		}
		differ = differ || unicode.ToLower(r) != first
	}
	return letters >= leastReason && differ
}
