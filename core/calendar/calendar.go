// Package calendar says which sections of the system are open now. The school years,
// their terms and windows are the profile's. A ministry adds years of its own, or amends
// those of the files: in the same form, judged by the same checks, proposed by one person
// and agreed to by another ([Service.Propose]); they are laid over the profile that the
// gate gives ([Service.Ministry]). And it adds extensions, given by the directorate that
// oversees the institutions concerned (TR-IC-8), with a reason and an order. Both are
// announced by themselves ([Service.Announce]).
package calendar

import (
	"context"
	"slices"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Service answers for the calendar of the ministry that acts in the context.
type Service struct {
	db    *db.DB
	clock *clock.Clock
	gate  *gate.Gate
	trail *audit.Trail
	known *db.Cache[string, []Extension]
	years *db.Cache[string, *own]
	tree  *unit.Tree
	base  func(ctx context.Context) (gate.Ministry, error) // see Over

	approvals *approval.Service // see Second

	announcing Announcing
}

const changed db.Kind = "calendar"

// New returns the service.
func New(d *db.DB, c *clock.Clock, g *gate.Gate, trail *audit.Trail, tree *unit.Tree) *Service {
	return &Service{
		db: d, clock: c, gate: g, trail: trail, tree: tree, known: db.NewCache[string, []Extension](d, changed, 512, time.Minute),
		years: db.NewCache[string, *own](d, changedYears, 512, time.Minute),
	}
}

// State is how a window stands at a moment.
type State string

// The states of a window.
const (
	Upcoming State = "upcoming"
	Open     State = "open"
	Closed   State = "closed"
)

// Window is a window of the profile as it stands now.
type Window struct {
	*profile.Window
	State      State
	Closes     time.Time   // with the longest extension that counts
	Extensions []Extension // that hold it open longer, latest first
	// Turn is what ends it before the calendar does, or opens it, for those of whom it was asked.
	Turn *unit.Turn

	opens time.Time      // later than by the calendar; zero: by the calendar
	zone  *time.Location // of the ministry
}

// OpensAt returns the moment from which the window is open.
func (w Window) OpensAt() time.Time {
	if !w.opens.IsZero() {
		return w.opens
	}
	return w.Window.OpensAt()
}

// DaysLeft is how many days follow today until the last on which the window is
// open, as the ministry's calendar counts them: 0 on that day itself, and when it is
// not open.
func (w Window) DaysLeft(now time.Time) int {
	if w.State != Open {
		return 0
	}
	return daysLeft(w.Closes, now, w.zone)
}

// Windows returns the windows of a school year as they stand now, in the order in
// which they open. Everybody may know them.
// With courses only those that count for one of them, as they stand for these: an
// extension for types of institution that none of them has or will have does not
// count, and what they become ends or opens a window. Without, what is extended for some
// types only does not count; for whom it is stands in Extensions.
func (s *Service) Windows(ctx context.Context, year *profile.SchoolYear, courses ...unit.Course) ([]Window, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	extensions, err := s.extensions(ctx)
	if err != nil {
		return nil, err
	}
	now, types := s.clock.Now(), typesOf(courses)
	out := make([]Window, 0, len(year.Windows))
	for i := range year.Windows {
		w, counts := stand(&year.Windows[i], extensions, types, now), true
		if len(courses) > 0 {
			w, counts = w.laid(m.Profile, extensions, courses, now)
		}
		if counts {
			out = append(out, w)
		}
	}
	slices.SortStableFunc(out, func(a, b Window) int { return a.OpensAt().Compare(b.OpensAt()) })
	return out, nil
}

func stand(w *profile.Window, extensions []Extension, types []string, now time.Time) Window {
	out := Window{Window: w, State: Closed, Closes: w.ClosesAt(), zone: w.ClosesAt().Location()}
	for _, e := range extensions {
		if e.Cancelled != nil || e.Year != w.Year().ID || e.Window != w.ID {
			continue
		}
		counts := len(e.Types) == 0 || slices.ContainsFunc(types, func(typ string) bool { return slices.Contains(e.Types, typ) })
		if !counts && slices.ContainsFunc(types, func(typ string) bool { return typ != "" }) {
			continue // of others
		}
		out.Extensions = append(out.Extensions, e)
		if counts && e.Until.After(out.Closes) {
			out.Closes = e.Until.In(out.zone)
		}
	}
	switch {
	case now.Before(w.OpensAt()):
		out.State = Upcoming
	case now.Before(out.Closes):
		out.State = Open
	}
	return out
}

// Check refuses (fault Locked, check "window") while no window of the section is
// open for the target: nothing is written outside the calendar (TR-IC-8), and a
// term's data no longer than its days of grace (TR-IC-9). That holds on days of
// which no calendar tells as well: a year that nobody has entered opens nothing.
// A section to which the profile gives no window at all is always open; one that has
// windows is closed to the types of institution that none of them names.
func (s *Service) Check(ctx context.Context, section string, t gate.Target) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	all := m.Profile.Windows(section)
	if len(all) == 0 {
		return nil
	}
	extensions, err := s.extensions(ctx)
	if err != nil {
		return err
	}
	now, none := s.clock.Now(), true
	for _, w := range all {
		if t.Type != "" && !w.For(t.Type) {
			continue
		}
		if none = false; stand(w, extensions, []string{t.Type}, now).State == Open {
			return nil
		}
	}
	c, err := s.courseOf(ctx, t)
	if err != nil {
		return err
	}
	_, last, next := around(spells(m.Profile, all, extensions, c, now), now)
	if last == nil && next == nil && !none { // nothing opens before its end: then when it does by the calendar
		_, last, next = around(spells(m.Profile, all, extensions, unit.Course{Type: t.Type}, now), now)
	}
	day := now.In(m.Profile.Zone)
	switch {
	case none && next == nil:
		return s.notFor(ctx, m.Profile, section, t.Type)
	case next == nil && clock.Day(day).After(m.Profile.CalendarEnds()):
		return s.notEntered(ctx, m.Profile, section, day)
	}
	return s.closed(ctx, m.Profile, section, last, next, c)
}

// notFor says that the section has windows, and none for the type of institution.
func (s *Service) notFor(ctx context.Context, p *profile.Profile, section, typ string) error {
	sec := p.Section(section)
	f := fault.New(fault.Locked, "window.closed_to_type").With("Section", fault.Text(sec.Name)).With("Type", typeName(p, typ)).
		WithCheck("window").WithRule(p.RuleOf(sec.Source, "section", "open"), sec.Source)
	return s.amends(ctx, f, "window.next.types")
}

// notEntered says that no calendar tells of the day, and who could enter one.
func (s *Service) notEntered(ctx context.Context, p *profile.Profile, section string, day time.Time) error {
	sec := p.Section(section)
	f := fault.New(fault.Locked, "window.not_entered").With("Section", fault.Text(sec.Name)).With("Day", clock.Day(day)).
		WithCheck("window").WithRule(p.RuleOf(sec.Source, "section", "open"), sec.Source)
	return s.amends(ctx, f, "window.next.calendar")
}

// closed says since when a section is closed for an institution, when it opens again, and
// what comes next.
func (s *Service) closed(ctx context.Context, p *profile.Profile, section string, last, next *spell, c unit.Course) error {
	sec := p.Section(section)
	law := sec.Source
	f := fault.New(fault.Locked, "window.closed_since")
	switch {
	case next != nil && next.begins != nil:
		f = fault.New(fault.Locked, "window.opens_with_type").With("Type", typeName(p, c.Type)).
			With("Opens", next.opens).With("New", typeName(p, next.begins.Type))
	case last != nil && next != nil:
		f = fault.New(fault.Locked, "window.closed_until").With("Closed", fault.End(last.closes)).With("Opens", next.opens)
	case last != nil:
		f = f.With("Closed", last.closes)
	default:
		f = fault.New(fault.Locked, "window.opens_on").With("Opens", next.opens)
	}
	if last != nil && last.last.Source != "" {
		law = last.last.Source
	}
	f = gate.Cite(f.With("Section", fault.Text(sec.Name)), p, law, "section", "open")
	f = f.WithCheck("window")
	return s.moreTime(ctx, f, p, last, next, c)
}
