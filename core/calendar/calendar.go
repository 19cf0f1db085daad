// Package calendar says which sections of the system are open now. The school
// years, their terms and windows are the profile's; what a ministry adds are
// extensions, given by the directorate that oversees the institutions concerned
// (TR-IC-8), with a reason and an order.
package calendar

import (
	"context"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
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
}

const changed = "calendar"

// New returns the service.
func New(d *db.DB, c *clock.Clock, g *gate.Gate, trail *audit.Trail) *Service {
	return &Service{db: d, clock: c, gate: g, trail: trail, known: db.NewCache[string, []Extension](d, changed, 512, time.Minute)}
}

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
}

func (e Extension) covers(w *profile.Window, typ string) bool {
	return e.Cancelled == nil && e.Year == w.Year().ID && e.Window == w.ID && (len(e.Types) == 0 || typ != "" && slices.Contains(e.Types, typ))
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
}

// DaysLeft is how many days remain, today included; 0 when it is not open.
func (w Window) DaysLeft(now time.Time) int {
	if w.State != Open {
		return 0
	}
	return int(w.Closes.Sub(now).Hours()/24) + 1
}

// Windows returns every window of a school year as it stands now, in the order in
// which they open. Everybody may know them.
func (s *Service) Windows(ctx context.Context, year *profile.SchoolYear) ([]Window, error) {
	extensions, err := s.extensions(ctx)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	out := make([]Window, 0, len(year.Windows))
	for i := range year.Windows {
		out = append(out, stand(&year.Windows[i], extensions, "", now))
	}
	slices.SortStableFunc(out, func(a, b Window) int { return a.OpensAt().Compare(b.OpensAt()) })
	return out, nil
}

// Section returns the windows of a section that matter now for an institution
// type ("" for all), as they stand.
func (s *Service) Section(ctx context.Context, section, typ string) ([]Window, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	extensions, err := s.extensions(ctx)
	if err != nil {
		return nil, err
	}
	now := s.clock.Now()
	var out []Window
	for _, w := range m.Profile.Windows(section, now) {
		if typ == "" || w.For(typ) {
			out = append(out, stand(w, extensions, typ, now))
		}
	}
	return out, nil
}

func stand(w *profile.Window, extensions []Extension, typ string, now time.Time) Window {
	out := Window{Window: w, State: Closed, Closes: w.ClosesAt()}
	for _, e := range extensions {
		if e.covers(w, typ) || (typ == "" && e.Cancelled == nil && e.Year == w.Year().ID && e.Window == w.ID) {
			out.Extensions = append(out.Extensions, e)
			if e.Until.After(out.Closes) {
				out.Closes = e.Until
			}
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
// term's data no longer than its days of grace (TR-IC-9). A section to which the
// profile gives no window at all is always open.
func (s *Service) Check(ctx context.Context, section string, t gate.Target) error {
	windows, err := s.Section(ctx, section, t.Type)
	if err != nil || len(windows) == 0 {
		return err
	}
	var next, last *Window
	for i := range windows {
		switch w := &windows[i]; w.State {
		case Open:
			return nil
		case Upcoming:
			if next == nil {
				next = w
			}
		case Closed:
			if last == nil || w.Closes.After(last.Closes) {
				last = w
			}
		}
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	return closed(m.Profile, section, last, next)
}

func closed(p *profile.Profile, section string, last, next *Window) error {
	sec := p.Section(section)
	law := sec.Source
	f := fault.New(fault.Locked, "window.never_open")
	switch {
	case last != nil && next != nil:
		f = fault.New(fault.Locked, "window.closed_until").With("Closed", last.Closes).With("Opens", next.OpensAt())
	case last != nil:
		f = fault.New(fault.Locked, "window.closed_since").With("Closed", last.Closes)
	case next != nil:
		f = fault.New(fault.Locked, "window.opens_on").With("Opens", next.OpensAt())
	}
	if last != nil && last.Source != "" {
		law = last.Source
	}
	f = f.With("Section", fault.Text(sec.Name)).WithCheck("window").WithRule(p.RuleOf(law), law)
	if last != nil && last.AfterClose.By == "change_request" {
		return f.WithNext("window.next.change_request", "/calendar", nil)
	}
	return extendedBy(f, p, last)
}

// Extend holds a window open longer. Only whom the profile names for the window
// and the policy lets extend for each of the types may (TR-IC-8); a reason and an
// order are obligatory.
//
// Faults: Invalid for a missing reason, order or a day that does not lie after the
// window's end; Denied for types that another directorate oversees, and for windows
// that somebody else extends.
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
		grant, err := s.may(ctx, "create", m.Profile, w, e)
		if err != nil {
			return err
		}
		if err := e.check(w); err != nil {
			return err
		}
		c := caller.From(ctx)
		e.UID, e.GivenBy, e.GivenAs, e.GivenAt = db.NewUID(), c.AccountUID, grant.Assignment.Role, s.clock.Now()
		if err := insert(ctx, tx, e); err != nil {
			return err
		}
		if err := s.db.Notify(ctx, changed, ""); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: "create", Object: "extension", Target: e.UID, Law: grant.Source, Order: e.Order,
			Changes: []audit.Change{{Field: "window", New: e.Year + "/" + e.Window}, {Field: "until", New: e.Until}, {Field: "types", New: e.Types}, {Field: "reason", New: e.Reason}},
		})
	})
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
	types := e.Types
	if len(types) == 0 {
		types = []string{""}
	}
	for _, typ := range types {
		t := Extending(p, w, typ)
		t.UID = e.UID
		if grant, err = s.gate.Check(ctx, action, t); err != nil {
			return grant, err
		}
	}
	return grant, nil
}

func (e Extension) check(w *profile.Window) error {
	bad := fault.New(fault.Invalid, "fault.invalid")
	if e.Reason == "" {
		bad = bad.WithField("reason", "field.required", nil)
	}
	if e.Order.Number == "" {
		bad = bad.WithField("order_number", "field.required", nil)
	}
	if e.Order.Date.IsZero() {
		bad = bad.WithField("order_date", "field.required", nil)
	}
	if !e.Until.After(w.ClosesAt()) {
		bad = bad.WithField("until", "window.not_longer", fault.Args{"Closes": w.ClosesAt()})
	}
	return bad.OrNil()
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
		if e.Cancelled != nil {
			return fault.New(fault.Conflict, "window.cancelled_already")
		}
		now := s.clock.Now()
		if err := cancel(ctx, tx, uid, now); err != nil {
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
