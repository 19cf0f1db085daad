package year_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/db/dbtest"
	"mektep/core/unit"
	"mektep/core/web/webtest"
	"mektep/core/web/year"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func world(t *testing.T, id, typ string) *webtest.World {
	t.Helper()
	w := webtest.New(t, id, typ)
	w.Mount(year.Routes(w.Base, w.Calendar))
	return w
}

func TestYearShowsTermsHolidaysWindowsAndAmendments(t *testing.T) {
	w := world(t, "kg", "secondary_school")
	p := w.With("teacher", w.School)
	p.Get("/calendar").Wants(t, 200,
		"School year 2025–26", "Published", "Third quarter", "Winter break of class 1", "class 1 only", "Nooruz",
		"Spring break: begins", "At parents' request").Lacks(t, "/extend")
	p.Get("/calendar?year=2026-2027").Wants(t, 200, "Provisional", "This school year is provisional")
	p.Get("/calendar?year=1990-1991").Wants(t, 404)
}

func TestHalfDaysAreSaid(t *testing.T) {
	w := world(t, "tr", "ilkokul")
	w.With("teacher", w.School).Get("/calendar").Wants(t, 200, "Republic Day", "28 October from 13:00")
}

func TestTRIC8_OnlyTheOverseerExtends(t *testing.T) {
	w := world(t, "tr", "ilkokul")
	own := w.Directorate(w.Profile.Type("ilkokul").Overseer)
	other := ""
	for _, x := range w.Profile.Types {
		if x.Overseer != "" && x.Overseer != own.Code {
			other = x.ID
		}
	}
	path := "/calendar/2025-2026/passport_spring/extend"
	p := w.With("directorate_officer", own)
	p.Get("/calendar").Wants(t, 200, "Extend")
	p.Get(path).Wants(t, 200, "Extend the time", "Types of institution").Lacks(t, `value="`+other+`"`)

	p.SubmitAt(path, "until", "3 Jul 2026", "until_time", "18:00").Wants(t, 422, "Fill in this field", "Tick at least one type")
	p.Get(path)
	p.SubmitAt(path, "until", "1 Jun 2026", "reason", "late", "order.number", "7", "order.date", "2 Mar 2026", "types", "ilkokul").
		Wants(t, 422, "The new end must lie after the present one")
	p.Get(path) // with whatever else is wrong
	p.SubmitAt(path, "until", "1 Jun 2026", "types", "ilkokul").Wants(t, 422, "The new end must lie after the present one", "Fill in this field", "Give the number of the order", "Give the date of the order")
	p.Get(path)
	p.SubmitAt(path, "until", "1 Jun 2026", "reason", "late", "order.number", "7", "order.date", "yesterday", "types", "ilkokul").
		Wants(t, 422, "The new end must lie after the present one", "Enter a date")
	p.Get(path)
	p.SubmitAt(path, "until", "3 Jul 2026", "until_time", "25:99", "reason", "late", "order.number", "7", "order.date", "2 Mar 2026", "types", "ilkokul").
		Wants(t, 422, "Write the time like this", "late")
	p.Get(path)
	p.SubmitAt(path, "until", "3 Jul 2026", "until_time", "18:00", "reason", "floods", "order.number", "7", "order.date", "2 Mar 2026", "types", "ilkokul")
	p.Follow().Wants(t, 200, "Extended until 3 Jul 2026, 18:00", "floods", "General directorate officer", "Order 7 of 2 Mar 2026", "Cancel the extension")

	// What ends sooner than what was given already is refused, and said with that end.
	p.Get(path).Wants(t, 200, "Extended until 3 Jul 2026, 18:00: Primary school")
	p.SubmitAt(path, "until", "1 Jul 2026", "until_time", "18:00", "reason", "floods", "order.number", "8", "order.date", "2 Mar 2026", "types", "ilkokul").
		Wants(t, 422, "extended until 3 Jul 2026, 18:00 already for: Primary school", "cancel the extension until 3 Jul 2026, 18:00 first")

	// What another directorate oversees stays another's, whatever is sent.
	p.Post(path, "until", "3 Jul 2026", "reason", "r", "order.number", "8", "order.date", "2 Mar 2026", "types", other).Wants(t, 403)
	head := w.With("head", w.School)
	head.Get(path).Wants(t, 403, "Circular 2012/35, item 8")
	head.Post(path, "until", "3 Jul 2026", "reason", "r", "order.number", "8", "order.date", "2 Mar 2026", "types", "ilkokul").Wants(t, 403)
	head.Get("/calendar").Wants(t, 200, "floods").Lacks(t, "/cancel")

	windows, err := w.Calendar.Windows(p.Ctx, w.Profile.SchoolYear("2025-2026"), unit.Course{Type: "ilkokul"})
	if err != nil {
		t.Fatal(err)
	}
	var uid string
	for _, x := range windows {
		for _, e := range x.Extensions {
			uid = e.UID
			if got := e.Until.UTC(); !got.Equal(time.Date(2026, 7, 3, 15, 0, 0, 0, time.UTC)) {
				t.Errorf("18:00 in the ministry's clocks became %s", got)
			}
		}
	}
	cancel := "/calendar/extensions/" + uid + "/cancel"
	head.Post(cancel).Wants(t, 403)
	p.Get("/calendar")
	if a := p.Submit(cancel); a.Status != 303 {
		t.Fatalf("cancel: %d", a.Status)
	}
	if page := p.Follow(); strings.Contains(page.Text(), "floods") {
		t.Error("a cancelled extension still stands in the calendar")
	}
}
