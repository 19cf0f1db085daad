package year_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"mektep/core/web/people"
	"mektep/core/web/webtest"
	"mektep/core/web/year"
)

// keepers is a ministry whose calendar two people keep.
type keepers struct {
	*webtest.World
	first, second, head *webtest.Person
}

func newKeepers(t *testing.T, country, typ, role, other string) *keepers {
	t.Helper()
	w := &keepers{World: webtest.New(t, country, typ)}
	w.Mount(year.Routes(w.Base, w.Calendar), people.Routes(w.Base, people.Services{
		Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals, Detail: year.Detail(w.Calendar),
	}))
	at := w.Root
	if country == "tr" {
		at = w.Directorate(w.Profile.Type(typ).Overseer)
	}
	place := func(role string) *webtest.Person {
		if role == "directorate_officer" {
			return w.With(role, at)
		}
		return w.With(role, w.Root)
	}
	w.first, w.second, w.head = place(role), place(other), w.With("head", w.School)
	return w
}

var (
	control  = regexp.MustCompile(`(?s)<input[^>]*>|<textarea[^>]*>.*?</textarea>|<select[^>]*>.*?</select>`)
	attr     = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	selected = regexp.MustCompile(`<option[^>]*selected[^>]*>`)
	postForm = regexp.MustCompile(`(?s)<form class="form[ "][^>]*method="post".*?</form>`)
)

// typed is the main form of a page as a browser would send it, with some fields changed.
func typed(t *testing.T, a *webtest.Answer, changes ...string) []string {
	t.Helper()
	values, order := map[string]string{}, []string{}
	for _, c := range control.FindAllString(postForm.FindString(a.Body), -1) {
		head, rest, _ := strings.Cut(c, ">")
		at := map[string]string{}
		for _, m := range attr.FindAllStringSubmatch(head, -1) {
			at[m[1]] = html.UnescapeString(m[2])
		}
		value := at["value"]
		switch {
		case strings.HasPrefix(c, "<textarea"):
			value = html.UnescapeString(strings.TrimSuffix(rest, "</textarea>"))
		case strings.HasPrefix(c, "<select"):
			value = ""
			for _, m := range attr.FindAllStringSubmatch(selected.FindString(rest), -1) {
				if m[1] == "value" {
					value = html.UnescapeString(m[2])
				}
			}
		case at["type"] == "checkbox" && !strings.Contains(head, " checked"):
			continue
		}
		if at["name"] != "" && at["name"] != "_csrf" {
			order = append(order, at["name"])
			values[at["name"]] = value
		}
	}
	if len(order) < 20 {
		t.Fatalf("only %d fields: %v", len(order), regexp.MustCompile("<form[^>]*>").FindAllString(a.Body, -1))
	}
	for i := 0; i+1 < len(changes); i += 2 {
		if _, known := values[changes[i]]; !known {
			order = append(order, changes[i])
		}
		values[changes[i]] = changes[i+1]
	}
	var out []string
	for _, name := range order {
		out = append(out, name, values[name])
	}
	return out
}

// waiting is the public id of the one request that waits.
func (w *keepers) waiting(t *testing.T) string {
	t.Helper()
	all, err := w.Approvals.List(w.second.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.State == "waiting" {
			return r.UID
		}
	}
	t.Fatal("nothing waits")
	return ""
}

// links fails unless the page leads to each address.
func links(t *testing.T, a *webtest.Answer, urls ...string) {
	t.Helper()
	for _, u := range urls {
		if !strings.Contains(a.Body, `="`+u+`"`) {
			t.Errorf("no way to %s: %s", u, a.Text())
		}
	}
}

// The journey of an office: last year's calendar is proposed, looked over, asked for, and
// agreed to by somebody else; from then on it is in force for everybody.
func TestTRIC8_ASchoolYearIsPublishedOnScreenByTwoPeople(t *testing.T) {
	w := newKeepers(t, "kg", "secondary_school", "ministry_officer", "ministry_officer")
	links(t, w.first.Get("/calendar").Wants(t, 200, "New school year"), "/calendar/new", "/calendar/2025-2026/amend")
	w.head.Get("/calendar").Wants(t, 200).Lacks(t, "/calendar/new", "/amend")
	w.head.Get("/calendar/new").Wants(t, 403, "Ministry officer")
	w.head.Post("/calendar/new", "step", "ask").Wants(t, 403)

	form := w.first.Get("/calendar/new").Wants(t, 200, "2027–28", "Feasts that go by the moon")
	wrong := w.first.Post("/calendar/new", typed(t, form, "terms.1.start", "30 Feb 2027", "windows.1.closes", "quarter_1.end + 2d", "terms.0.name.ru", "Осень", "breaks.0.end", "1 Sep 2026")...)
	wrong.Wants(t, 422, "Give the number of the order", "not of the right form")
	for name, value := range map[string]string{"terms.1.start": "30 Feb 2027", "windows.1.closes": "quarter_1.end + 2d", "terms.0.name.ru": "Осень"} {
		if !strings.Contains(wrong.Body, `value="`+value+`"`) {
			t.Errorf("%s was lost: what was typed must stand in the form", name)
		}
	}
	wrong = w.first.Post("/calendar/new", typed(t, wrong, "terms.1.start", "8 Nov 2027", "order.number", "55", "order.date", "1 Mar 2026", "breaks.0.end", "1 Sep 2026")...)
	wrong.Wants(t, 422, "stays open longer", "These days do not fit")
	review := w.first.Post("/calendar/new", typed(t, wrong, "windows.1.closes", "quarter_1.end + 12d", "breaks.0.end", "7 Nov 2027")...)
	review.Wants(t, 200, "Nothing has been sent yet", "8 Nov 2027", "Report at the start of the year")
	if w.Count("approval") != 0 {
		t.Fatal("something was asked for before it was looked over")
	}
	// … back to the form with everything, and forth again
	again := w.first.Post("/calendar/new", typed(t, review, "step", "edit")...).Wants(t, 200, "One more term")
	review = w.first.Post("/calendar/new", typed(t, again)...).Wants(t, 200, "Nothing has been sent yet")
	w.first.Post("/calendar/new", typed(t, review)...)
	w.first.Follow().Wants(t, 200, "waits for a second person", "Publish the calendar", "2027–28", "Order 55").Lacks(t, "/approve")

	uid := w.waiting(t)
	w.first.Post("/approvals/"+uid+"/approve").Wants(t, 403)
	w.head.Post("/approvals/"+uid+"/approve").Wants(t, 403)
	w.head.Get("/calendar?year=2027-2028").Wants(t, 404)
	w.second.Get("/approvals").Wants(t, 200, "Publish the calendar", "What changes", "8 Nov 2027")
	w.second.Submit("/approvals/" + uid + "/approve")
	w.second.Follow().Wants(t, 200)
	w.head.Get("/calendar?year=2027-2028").Wants(t, 200, "School year 2027–28", "Published", "8 Nov 2027")
	if w.Count("school_year") != 1 {
		t.Error("not published once")
	}
}

// A published year is changed with its reason; what is open and would close is said
// before anybody asks, and to who decides. What came into force meanwhile is never
// overwritten.
func TestTRIC8_AnAmendmentSaysWhichRunningWindowsItCloses(t *testing.T) {
	w := newKeepers(t, "tr", "ilkokul", "tenant_admin", "directorate_officer")
	path := "/calendar/2025-2026/amend"
	form := w.first.Get(path).Wants(t, 200, "Reason")
	stale := typed(t, w.first.Get(path), "order.number", "9", "order.date", "1 Mar 2026", "note.tr", "Kar tatili", "terms.1.end", "19 Jun 2026", "breaks.2.start", "23 Mar 2026", "breaks.2.end", "27 Mar 2026")
	w.first.Post(path, typed(t, form, "windows.2.closes", "1 Mar 2026 18:00", "order.number", "9", "order.date", "1 Mar 2026")...).Wants(t, 422, "Fill in this field")
	review := w.first.Post(path, typed(t, form, "windows.2.closes", "1 Mar 2026 18:00", "order.number", "9", "order.date", "1 Mar 2026", "note.tr", "Denetim nedeniyle")...)
	review.Wants(t, 200, "Something that is open now closes at once", "closes at once")
	w.first.Post(path, typed(t, review)...)
	w.first.Follow().Wants(t, 200, "Change the calendar")
	w.first.Post(path, stale...)
	// one proposal a year waits at a time, and what was typed stays
	ask := append([]string{}, stale...)
	for i := range ask {
		if ask[i] == "step" {
			ask[i+1] = "ask"
		}
	}
	if a := w.first.Post(path, ask...).Wants(t, 409, "waits for its second person"); !strings.Contains(a.Body, `value="23 Mar 2026"`) {
		t.Error("what was typed is gone")
	}
	w.second.Get("/approvals").Wants(t, 200, "Something that is open now closes at once", "Denetim nedeniyle")
	// the centre proposes and does not agree (TR-IC-1)
	uid := w.waiting(t)
	other := w.With("tenant_admin", w.Root)
	other.Get("/approvals").Wants(t, 200, "Change the calendar").Lacks(t, "/approve")
	other.Post("/approvals/"+uid+"/approve").Wants(t, 403, "General directorate officer")
	w.second.Get("/approvals")
	w.second.Submit("/approvals/" + uid + "/approve")
	w.second.Follow().Wants(t, 200)
	w.head.Get("/calendar?year=2025-2026").Wants(t, 200, "1 Mar 2026, 18:00")

	// made from the version before: a conflict, and nothing is overwritten
	if a := w.first.Post(path, ask...).Wants(t, 409, "another version is in force"); !strings.Contains(a.Body, `value="23 Mar 2026"`) {
		t.Error("what was typed is gone")
	}
}

// Entries are added on empty lines and taken out by a tick, whatever the script does.
func TestLinesOfASchoolYearAreAddedAndTakenOut(t *testing.T) {
	w := newKeepers(t, "kg", "secondary_school", "tenant_admin", "tenant_admin")
	form := w.first.Get("/calendar/new").Wants(t, 200)
	review := w.first.Post("/calendar/new", typed(t, form, "order.number", "5", "order.date", "1 Mar 2026",
		"breaks.3.drop", "1", "holidays.8.name.ky", "Мугалимдер күнү", "holidays.8.name.ru", "День учителя", "holidays.8.start", "5 Oct 2027",
		"windows.12.section", "passport_confirmation", "windows.12.opens", "1 Feb 2028", "windows.12.closes", "1 Mar 2028 18:00", "windows.12.types", "secondary_school")...)
	review.Wants(t, 200, "5 Oct 2027", "1 Mar 2028, 18:00")
	w.first.Post("/calendar/new", typed(t, review)...)
	p, plan, wrong, err := w.Calendar.Proposed(w.second.Ctx, w.waiting(t))
	if err != nil || wrong != nil {
		t.Fatal(err, wrong)
	}
	if n := len(plan.New.Breaks); n != 3 {
		t.Errorf("%d breaks", n)
	}
	added := plan.New.Windows[len(plan.New.Windows)-1]
	if h := plan.New.Holidays[len(plan.New.Holidays)-1]; h.ID != "holiday_1" || h.Start != 20271005 || added.ID != "window_1" || added.Source != "kg-78-1 §4.5" || len(added.Types) != 1 {
		t.Errorf("%+v %+v of %v", h, added, p.Order)
	}
}
