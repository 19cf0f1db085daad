// Package home is the page a person begins at. It answers three questions: what
// must I do, what has changed, what is due.
package home

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Services are what the page asks.
type Services struct {
	Identity *identity.Service
	Calendar *calendar.Service
	Registry *registry.Service
	Notify   *notify.Service
	Trail    *audit.Trail
	Tree     *unit.Tree
	// Approvals counts what waits for the caller's word; nil: nothing does.
	Approvals func(ctx context.Context) (int, error)
	// Offers counts what of it is offered to the caller; nil: nothing is.
	Offers func(ctx context.Context) (int, error)
	// Due returns what the caller has to do for their own account; nil: nothing.
	Due func(q *screen.Request) ([]ui.Task, error)
}

type screens struct{ Services }

// Routes are the screens of home.
func Routes(_ *screen.Base, services Services) []screen.Route {
	s := &screens{services}
	return []screen.Route{{Method: fiber.MethodGet, Path: "/home", Access: screen.SignedIn, Handle: s.home}}
}

// How far home looks, in days, and how much it shows.
const (
	soon       = 14 // a window that closes within is something to do
	ahead      = 45 // one that opens within is shown
	behind     = 14 // one that closed within is shown
	mostNotice = 4
	mostChange = 6
	mostTally  = 12
)

type page struct {
	posts   []post
	steps   []step
	todo    []ui.Task
	notices []notify.Item
	changes []change
	windows []calendar.Window
	numbers *numbers
	places  []ui.Task
}

// post is a role that the caller holds, in words.
type post struct{ role, unit string }

func (s *screens) home(q *screen.Request) error {
	var p page
	for _, part := range []func(*screen.Request, *page) error{s.who, s.firstSteps, s.due, s.differs, s.mine, s.below, s.calendarOf, s.incomplete, s.changed, s.count} {
		if err := part(q, &p); err != nil {
			return err
		}
	}
	p.places = places(q)
	return q.Page(homePage(q, p))
}

// held are the caller's appointments in force.
func held(q *screen.Request) []caller.Assignment {
	today := q.Clock.Today(q.Caller.Tenant.Zone)
	return slices.DeleteFunc(slices.Clone(q.Caller.Assignments), func(a caller.Assignment) bool {
		return a.Since.After(today) || !a.Until.IsZero() && !today.Before(a.Until)
	})
}

func (s *screens) who(q *screen.Request, p *page) error {
	var ids []int64
	for _, a := range held(q) {
		ids = append(ids, a.UnitID)
	}
	units, err := s.Tree.ByIDs(q.Context(), ids)
	if err != nil {
		return err
	}
	for _, a := range held(q) {
		x := post{role: a.Role, unit: q.Text(units[a.UnitID].Name)}
		if r := q.Profile().Role(a.Role); r != nil {
			x.role = q.Text(r.Name)
		}
		p.posts = append(p.posts, x)
	}
	return nil
}

func (s *screens) due(q *screen.Request, p *page) error {
	if s.Due != nil {
		tasks, err := s.Due(q)
		if err != nil {
			return err
		}
		p.todo = append(p.todo, tasks...)
	}
	if s.Approvals == nil {
		return nil
	}
	n, err := s.Approvals(q.Context())
	if err != nil || n == 0 {
		return noRight(err)
	}
	if s.Offers != nil {
		offers, err := s.Offers(q.Context())
		if err != nil {
			return err
		}
		if n -= offers; offers > 0 {
			p.todo = append(p.todo, ui.Task{Icon: ui.GlyphChecklist, Tone: ui.Warn, URL: "/approvals", Title: q.T("home.offers", "Count", offers), Text: q.T("home.offers.text")})
		}
	}
	if n > 0 {
		p.todo = append(p.todo, ui.Task{Icon: ui.GlyphChecklist, Tone: ui.Warn, URL: "/approvals", Title: q.T("home.approvals", "Count", n), Text: q.T("home.approvals.text")})
	}
	return nil
}

// differs tells who may change the territory that the country profile says something else.
func (s *screens) differs(q *screen.Request, p *page) error {
	n, err := s.Registry.Territory.Proposed(q.Context())
	if err != nil || n == 0 {
		return noRight(err)
	}
	p.todo = append(p.todo, ui.Task{Icon: ui.GlyphMap, Tone: ui.Info, URL: "/units/proposals", Title: q.T("units.proposals.waiting", "Count", n), Text: q.T("home.territory.text")})
	return nil
}

// mine adds what is missing in the passports of the institutions that the caller
// answers for (KG-ER-7c).
func (s *screens) mine(q *screen.Request, p *page) error {
	for _, a := range held(q) {
		if a.UnitLevel != unit.Institution || !q.Can("update", s.Registry.Target(unit.Unit{UID: a.UnitUID, Path: a.UnitPath})) {
			continue
		}
		i, err := s.Registry.Get(q.Context(), a.UnitUID)
		if refused(err) {
			continue
		}
		if err != nil {
			return err
		}
		c, err := s.Registry.Completeness(q.Context(), i)
		if err != nil {
			return err
		}
		missing := len(c.Missing)
		if c.NoCode {
			missing++
		}
		if missing > 0 {
			p.todo = append(p.todo, ui.Task{
				Icon: ui.GlyphChecklist, Tone: ui.Warn, URL: "/institutions/" + a.UnitUID,
				Title: q.T("home.passport", "Name", q.Text(i.Name)),
				Text:  q.T("home.passport.text", "Count", missing, "Required", c.Required),
			})
		}
	}
	return nil
}

// incomplete tells who looks after several institutions in how many passports something is
// missing (KG-ER-7c), and until when it can be filled in. It follows calendarOf.
func (s *screens) incomplete(q *screen.Request, p *page) error {
	n, of, err := s.Registry.Incomplete(q.Context())
	if err != nil || n == 0 || of < 2 {
		return noRight(err)
	}
	t := ui.Task{
		Icon: ui.GlyphChecklist, Tone: ui.Info, URL: "/institutions?gaps=yes",
		Title: q.T("home.incomplete", "Count", q.L.Number(int64(n)), "Of", q.L.Number(int64(of))), Text: q.T("home.incomplete.text"),
	}
	for _, w := range p.windows { // in the order in which they close
		section := q.Profile().Section(w.Section)
		if w.State == calendar.Open && section != nil && slices.ContainsFunc(section.Covers, func(o string) bool { return strings.HasPrefix(o, registry.Institutions+".") }) {
			t.When = q.View().LastMoment(w.Closes)
			break
		}
	}
	p.todo = append(p.todo, t)
	return nil
}

// below adds the invitations in the caller's care that nobody has accepted.
func (s *screens) below(q *screen.Request, p *page) error {
	if _, err := q.Gate.Scope(q.Context(), "create", "appointment"); err != nil {
		return noRight(err)
	}
	n, err := s.Identity.Count(q.Context(), identity.Filter{State: identity.Invited})
	if err != nil || n == 0 {
		return noRight(err)
	}
	p.todo = append(p.todo, ui.Task{
		Icon: ui.GlyphKey, URL: "/people?state=invited", Title: q.T("home.invited", "Count", n), Text: q.T("home.invited.text"),
	})
	return nil
}

// calendarOf adds the windows near today; those about to close in which the caller
// has something to fill in are things to do.
func (s *screens) calendarOf(q *screen.Request, p *page) error {
	now := q.Clock.Now()
	if err := s.unentered(q, p); err != nil {
		return err
	}
	courses, err := s.courses(q)
	if err != nil {
		return err
	}
	for _, y := range q.Profile().SchoolYears() {
		windows, err := s.Calendar.Windows(q.Context(), y, courses...)
		if err != nil {
			return err
		}
		for _, w := range windows {
			if near(w, now) {
				p.windows = append(p.windows, w)
			}
			if n := w.DaysLeft(now); w.State == calendar.Open && n <= soon && s.concerns(q, w) {
				left := q.T("home.closes.today")
				if n > 0 {
					left = q.T("home.closes.text", "Count", n)
				}
				if then := q.Then(w.Turn, true); then != "" {
					left = q.T("ui.window.then", "Window", left, "Then", then)
				}
				p.todo = append(p.todo, ui.Task{
					Icon: ui.GlyphClock, Tone: ui.Warn, URL: "/calendar?year=" + y.ID,
					Title: q.T("home.closes", "Name", windowName(q, w)), Text: left, When: q.View().LastMoment(w.Closes),
				})
			}
		}
	}
	slices.SortStableFunc(p.windows, func(a, b calendar.Window) int {
		if c := cmp.Compare(rank(a), rank(b)); c != 0 {
			return c
		}
		return turn(a).Compare(turn(b))
	})
	return nil
}

// courses are those of what the caller has to do with: the institutions they work at, by what
// is entered of them, and those that their directorate oversees, type by type. What is open for
// others only is not open to them. Whoever stands above them as well sees the calendar as it is.
func (s *screens) courses(q *screen.Request) ([]unit.Course, error) {
	var out []unit.Course
	var ids []int64
	above := false
	for _, a := range held(q) {
		switch a.UnitLevel {
		case unit.Institution:
			ids = append(ids, a.UnitID)
		case unit.Directorate:
			for _, typ := range q.Profile().OverseenBy(a.UnitCode) {
				out = append(out, unit.Course{Type: typ})
			}
		default:
			above = true
		}
	}
	at, err := s.Tree.Courses(q.Context(), ids...)
	for _, c := range at {
		out = append(out, c)
	}
	if above && len(out) > 0 {
		out = append(out, unit.Course{})
	}
	return out, err
}

// unentered tells who may enter a school year, from three months before the last one
// that is known ends, that the next is missing: from then on every section closes (TR-IC-8).
// It leads to where one proposes it, or to the proposal that waits.
func (s *screens) unentered(q *screen.Request, p *page) error {
	ends := q.Profile().CalendarEnds()
	if !q.Profile().CalendarDue(profile.DateOf(q.Clock.Today(q.Ministry.Zone))) || !q.Can("update", calendar.Target()) {
		return nil
	}
	years := q.Profile().SchoolYears()
	waits, err := s.Calendar.Waiting(q.Context(), years[len(years)-1].Next().ID)
	if err != nil {
		return err
	}
	t := ui.Task{
		Icon: ui.GlyphCalendar, Tone: ui.Warn, URL: "/calendar/new", Title: q.T("home.calendar_ends", "Day", q.View().Date(ends)),
		Text: q.T("home.calendar_ends.text", "Day", q.View().Date(ends.AddDate(0, 0, 1))),
	}
	if waits {
		t.URL, t.Text = "/approvals", q.T("home.calendar_waits")
	}
	p.todo = append(p.todo, t)
	return nil
}

func near(w calendar.Window, now time.Time) bool {
	switch w.State {
	case calendar.Open:
		return true
	case calendar.Upcoming:
		return w.OpensAt().Before(now.AddDate(0, 0, ahead))
	}
	return w.Closes.After(now.AddDate(0, 0, -behind))
}

func rank(w calendar.Window) int {
	return slices.Index([]calendar.State{calendar.Open, calendar.Upcoming, calendar.Closed}, w.State)
}

// turn is the moment at which a window next changes, or last did.
func turn(w calendar.Window) time.Time {
	if w.State == calendar.Upcoming {
		return w.OpensAt()
	}
	return w.Closes
}

// concerns reports whether the caller has anything to fill in while w is open.
func (s *screens) concerns(q *screen.Request, w calendar.Window) bool {
	section := q.Profile().Section(w.Section)
	if section == nil {
		return false
	}
	objects := section.Covers
	if len(objects) == 0 {
		objects = []string{"report"}
	}
	for _, o := range objects {
		for _, action := range []string{"update", "create"} {
			if _, err := q.Gate.Scope(q.Context(), action, o); err == nil {
				return true
			}
		}
	}
	return false
}

func refused(err error) bool {
	switch fault.KindOf(err) {
	case fault.Denied, fault.NotFound, fault.Locked:
		return err != nil
	}
	return false
}

// noRight drops a refusal: what somebody may not see is not on their home page.
func noRight(err error) error {
	if refused(err) {
		return nil
	}
	return err
}

// windowName is the window's own name, or that of the section it opens.
func windowName(q *screen.Request, w calendar.Window) string {
	if name := q.Text(w.Name); name != "" {
		return name
	}
	name := w.Section
	if s := q.Profile().Section(w.Section); s != nil {
		name = q.Text(s.Name)
	}
	if i := strings.IndexByte(w.Section, '.'); i > 0 {
		for _, t := range w.Year().Terms {
			if t.ID == w.Section[i+1:] {
				name += ": " + q.Text(t.Name)
			}
		}
	}
	return name
}
