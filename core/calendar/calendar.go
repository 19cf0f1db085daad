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
)

// Service answers for the calendar of the ministry that acts in the context.
type Service struct {
	db    *db.DB
	clock *clock.Clock
	gate  *gate.Gate
	trail *audit.Trail
	known *db.Cache[string, []Extension]
	years *db.Cache[string, *own]
	base  func(ctx context.Context) (gate.Ministry, error) // see Over

	approvals *approval.Service // see Second

	announcing Announcing
}

const changed db.Kind = "calendar"

// New returns the service.
func New(d *db.DB, c *clock.Clock, g *gate.Gate, trail *audit.Trail) *Service {
	return &Service{
		db: d, clock: c, gate: g, trail: trail, known: db.NewCache[string, []Extension](d, changed, 512, time.Minute),
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

	zone *time.Location // of the ministry
}

// DaysLeft is how many days follow today until the last on which the window is
// open, as the ministry's calendar counts them: 0 on that day itself, and when it is
// not open.
func (w Window) DaysLeft(now time.Time) int {
	if w.State != Open {
		return 0
	}
	last, today := clock.Day(w.Closes.In(w.zone).Add(-time.Nanosecond)), clock.Day(now.In(w.zone))
	return int(last.Sub(today) / (24 * time.Hour))
}

// Within is the window as it stands for what exists until a day, the first on which it no longer
// does: that is when it closes at the latest. Nil: for what has no end.
func (w Window) Within(until *time.Time) Window {
	if until == nil {
		return w
	}
	y, m, d := until.Date()
	if end := time.Date(y, m, d, 0, 0, 0, 0, w.zone); end.Before(w.Closes) {
		w.Closes = end
	}
	return w
}

// Windows returns every window of a school year as it stands now, in the order in
// which they open. Everybody may know them.
// What is extended for some types of institution only counts where one of types is
// among them; for whom it is stands in Extensions.
func (s *Service) Windows(ctx context.Context, year *profile.SchoolYear, types ...string) ([]Window, error) {
	all := make([]*profile.Window, 0, len(year.Windows))
	for i := range year.Windows {
		all = append(all, &year.Windows[i])
	}
	out, err := s.stand(ctx, all, types...)
	slices.SortStableFunc(out, func(a, b Window) int { return a.OpensAt().Compare(b.OpensAt()) })
	return out, err
}

// Section returns the windows of a section for an institution type ("" for all)
// that matter now, as they stand, in the order in which they open: those of the
// school year in which the day lies, any other that is open, if only by an
// extension, and where the year has none the last that closed and the next to open.
func (s *Service) Section(ctx context.Context, section, typ string) ([]Window, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.section(ctx, m.Profile, section, typ)
	if err != nil {
		return nil, err
	}
	year := m.Profile.Year(s.clock.Now().In(m.Profile.Zone))
	around := !slices.ContainsFunc(all, func(w Window) bool { return w.Year() == year })
	last, next := neighbours(all)
	return slices.DeleteFunc(all, func(w Window) bool {
		beside := around && (last != nil && w.Window == last.Window || next != nil && w.Window == next.Window)
		return w.Year() != year && w.State != Open && !beside
	}), nil
}

// section returns all windows of a section for an institution type.
func (s *Service) section(ctx context.Context, p *profile.Profile, section, typ string) ([]Window, error) {
	all := p.Windows(section)
	if typ != "" {
		all = slices.DeleteFunc(all, func(w *profile.Window) bool { return !w.For(typ) })
	}
	return s.stand(ctx, all, typ)
}

// neighbours finds the window that closed last and the one that opens next.
func neighbours(all []Window) (last, next *Window) {
	for i := range all {
		switch w := all[i]; w.State {
		case Closed:
			if last == nil || w.Closes.After(last.Closes) {
				last = &w
			}
		case Upcoming:
			if next == nil || w.OpensAt().Before(next.OpensAt()) {
				next = &w
			}
		}
	}
	return last, next
}

// stand says how windows stand now for institutions of some types.
func (s *Service) stand(ctx context.Context, all []*profile.Window, types ...string) ([]Window, error) {
	extensions, err := s.extensions(ctx)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	out := make([]Window, 0, len(all))
	for _, w := range all {
		out = append(out, stand(w, extensions, types, now))
	}
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
	windows, err := s.section(ctx, m.Profile, section, t.Type)
	if all := m.Profile.Windows(section); err == nil && len(windows) == 0 && len(all) > 0 {
		return s.notFor(ctx, m.Profile, section, t.Type)
	}
	if err != nil || len(windows) == 0 || slices.ContainsFunc(windows, func(w Window) bool { return w.State == Open }) {
		return err
	}
	last, next := neighbours(windows)
	day := s.clock.Now().In(m.Profile.Zone)
	if next == nil && clock.Day(day).After(m.Profile.CalendarEnds()) {
		return s.notEntered(ctx, m.Profile, section, day)
	}
	return s.closed(ctx, m.Profile, section, last, next, t.Type)
}

// notFor says that the section has windows, and none for the type of institution.
func (s *Service) notFor(ctx context.Context, p *profile.Profile, section, typ string) error {
	sec, name := p.Section(section), profile.Text(nil)
	if t := p.Type(typ); t != nil {
		name = t.Name
	}
	f := fault.New(fault.Locked, "window.closed_to_type").With("Section", fault.Text(sec.Name)).With("Type", fault.Text(name)).
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

// closed says since when a section is closed for a type of institution, when it opens
// again, and what comes next.
func (s *Service) closed(ctx context.Context, p *profile.Profile, section string, last, next *Window, typ string) error {
	sec := p.Section(section)
	law := sec.Source
	f := fault.New(fault.Locked, "window.closed_since")
	switch {
	case last != nil && next != nil:
		f = fault.New(fault.Locked, "window.closed_until").With("Closed", fault.End(last.Closes)).With("Opens", next.OpensAt())
	case last != nil:
		f = f.With("Closed", last.Closes)
	default:
		f = fault.New(fault.Locked, "window.opens_on").With("Opens", next.OpensAt())
	}
	if last != nil && last.Source != "" {
		law = last.Source
	}
	f = gate.Cite(f.With("Section", fault.Text(sec.Name)), p, law, "section", "open")
	f = f.WithCheck("window")
	return s.moreTime(ctx, f, p, last, next, typ)
}
