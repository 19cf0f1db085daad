// Package year is the screens of the school year: terms, breaks, holidays, and when which
// part of the system can be filled in; and how a ministry proposes the next one, or a
// change to one that is in force: a form in the calendar file's own form, a look at what
// changes and which windows open or close by it, a second person's word.
package year

import (
	"context"
	"io"
	"slices"
	"time"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

type screens struct{ calendar *calendar.Service }

// Routes are the screens of the school year.
func Routes(_ *screen.Base, c *calendar.Service) []screen.Route {
	s := &screens{c}
	return []screen.Route{
		{Method: fiber.MethodGet, Path: "/calendar", Access: screen.SignedIn, Handle: s.year},
		{Method: fiber.MethodGet, Path: "/calendar/new", Access: screen.SignedIn, Handle: s.drafting},
		{Method: fiber.MethodPost, Path: "/calendar/new", Access: screen.SignedIn, Handle: s.drafted},
		{Method: fiber.MethodGet, Path: "/calendar/:year/amend", Access: screen.SignedIn, Handle: s.drafting},
		{Method: fiber.MethodPost, Path: "/calendar/:year/amend", Access: screen.SignedIn, Handle: s.drafted},
		{Method: fiber.MethodGet, Path: "/calendar/:year/:window/extend", Access: screen.SignedIn, Handle: s.extending},
		{Method: fiber.MethodPost, Path: "/calendar/:year/:window/extend", Access: screen.SignedIn, Handle: s.extend},
		{Method: fiber.MethodPost, Path: "/calendar/extensions/:uid/cancel", Access: screen.SignedIn, Handle: s.cancel},
	}
}

type page struct {
	years   []*profile.SchoolYear
	year    *profile.SchoolYear
	windows []calendar.Window
	mine    map[string]bool // windows that the caller may extend
	keeps   bool            // the caller may propose a school year
	left    profile.Findings
	own     []calendar.Edition // versions that the ministry put in force, latest first
}

// year shows one school year: the one asked for, or the one we are in, or the
// next one that begins.
func (s *screens) year(q *screen.Request) error {
	p := q.Profile()
	view := page{years: p.SchoolYears(), keeps: q.Can("update", calendar.Target())}
	if len(view.years) == 0 {
		return q.Page(noYear(q))
	}
	view.year = p.Year(today(q))
	if id := q.C.Query("year"); id != "" {
		if view.year = p.SchoolYear(id); view.year == nil {
			return fault.New(fault.NotFound, "year.unknown")
		}
	}
	if view.year == nil {
		view.year = view.years[len(view.years)-1]
	}
	var err error
	if view.windows, err = s.calendar.Windows(q.Context(), view.year); err != nil {
		return err
	}
	if view.own, err = s.calendar.Versions(q.Context(), view.year.ID); err != nil {
		return err
	}
	view.mine = map[string]bool{}
	for _, w := range view.windows {
		if types, all := extendable(q, w.Window); all || len(types) > 0 {
			view.mine[w.ID] = true
		}
	}
	if view.keeps {
		if view.left, err = s.calendar.Left(q.Context()); err != nil {
			return err
		}
	}
	return q.Page(yearPage(q, view))
}

// extendable are the types of institution for which the window counts and the
// caller may hold it open longer (TR-IC-8): each directorate its own.
func extendable(q *screen.Request, w *profile.Window) (types []*profile.Type, all bool) {
	all = q.Can("create", calendar.Extending(q.Profile(), w, ""))
	for _, t := range q.Profile().TypesAt(today(q)) {
		if w.For(t.ID) && (all || q.Can("create", calendar.Extending(q.Profile(), w, t.ID))) {
			types = append(types, t)
		}
	}
	return types, all
}

func today(q *screen.Request) time.Time { return q.Clock.Today(q.Caller.Tenant.Zone) }

// form is an extension about to be given.
type form struct {
	year   *profile.SchoolYear
	window calendar.Window
	types  []*profile.Type
	all    bool
	typed  map[string]string
	ticked []string
	errs   ui.Errors
	key    string
}

func (s *screens) form(q *screen.Request) (form, error) {
	f := form{year: q.Profile().SchoolYear(q.C.Params("year")), typed: map[string]string{}, key: screen.NewKey()}
	if f.year == nil {
		return f, fault.New(fault.NotFound, "year.unknown")
	}
	windows, err := s.calendar.Windows(q.Context(), f.year)
	if err != nil {
		return f, err
	}
	i := slices.IndexFunc(windows, func(w calendar.Window) bool { return w.ID == q.C.Params("window") })
	if i < 0 {
		return f, fault.New(fault.NotFound, "window.unknown")
	}
	f.window = windows[i]
	f.types, f.all = extendable(q, f.window.Window)
	return f, nil
}

func (s *screens) extending(q *screen.Request) error {
	f, err := s.form(q)
	if err != nil {
		return err
	}
	if len(f.types) == 0 && !f.all { // why not? The gate says it better than an empty form
		typ := ""
		if len(f.window.Types) > 0 {
			typ = f.window.Types[0]
		}
		_, err := q.Gate.Check(q.Context(), "create", calendar.Extending(q.Profile(), f.window.Window, typ))
		return q.Gate.Refused(q.Context(), err)
	}
	f.typed["until_time"] = "18:00"
	for _, t := range f.types {
		f.ticked = append(f.ticked, t.ID)
	}
	return q.Page(extendPage(q, f))
}

func (s *screens) extend(q *screen.Request) error {
	f, err := s.form(q)
	if err != nil {
		return err
	}
	in := q.Form()
	for _, name := range []string{"until", "until_time", "reason", "order.number", "order.date"} {
		f.typed[name] = in.Value(name)
	}
	f.ticked, f.key = in.All("types"), in.Key()
	e := calendar.Extension{
		Year: f.year.ID, Window: f.window.ID, Types: f.ticked, Until: until(q, in), Reason: f.typed["reason"],
		Order: audit.Order{Number: f.typed["order.number"], Date: in.Day("order.date")},
	}
	if f.all && len(f.ticked) == len(f.types) {
		e.Types = nil // for everybody, those that will yet be founded included
	}
	if !f.all && len(f.ticked) == 0 {
		in.Require("reason", "order.number", "order.date")
		in.Wrong("types", "year.types.required", nil)
		err = in.Faults()
	} else { // which has no end or no day of the order is refused with what else is wrong
		_, err = s.calendar.Extend(q.Context(), e)
		err = screen.Both(in.Faults(), err)
	}
	if err != nil {
		if errs, ok := q.Errors(err); ok {
			f.errs = errs
			return q.Render(fiber.StatusUnprocessableEntity, extendPage(q, f))
		}
		return err
	}
	return q.Done("/calendar?year="+f.year.ID, "year.extended")
}

// until is the moment that was typed: a day, and a time of it in the ministry's
// clocks. Without a time the whole day counts.
func until(q *screen.Request, f *screen.Form) time.Time {
	day := f.Day("until")
	if day.IsZero() {
		f.Require("until")
		return day
	}
	zone := q.Caller.Tenant.Zone
	if zone == nil {
		zone = time.UTC
	}
	typed := f.Value("until" + ui.TimeSuffix)
	if typed == "" {
		return time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, zone)
	}
	t, err := time.Parse("15:04", typed)
	if err != nil {
		f.Wrong("until", "year.time", nil)
		return time.Time{}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, zone)
}

func (s *screens) cancel(q *screen.Request) error {
	if err := s.calendar.Cancel(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	return q.Done("/calendar", "year.cancelled")
}

// cancellable reports whether the caller may take an extension back.
func cancellable(q *screen.Request, w *profile.Window, e calendar.Extension) bool {
	return !slices.ContainsFunc(e.Targets(q.Profile(), w), func(t gate.Target) bool { return !q.Can("cancel", t) })
}

// tools are what may be done with the year: propose the next one, amend this one, print.
func tools(q *screen.Request, p page) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		parts := []templ.Component{ui.PrintButton(q.View())}
		if p.keeps && !ended(p.year, today(q)) {
			parts = append(parts, ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("year.amend"), Icon: ui.GlyphEdit, URL: "/calendar/" + p.year.ID + "/amend"}))
		}
		for _, part := range parts {
			if err := part.Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	})
}

// newYear leads to the proposal of the next school year, for who may make it.
func newYear(q *screen.Request, p page) templ.Component {
	if !p.keeps {
		return nil
	}
	return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("year.new"), Icon: ui.GlyphAdd, Kind: ui.Primary, URL: "/calendar/new"})
}
