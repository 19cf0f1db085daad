package calendar_test

import (
	"slices"
	"strings"
	"testing"

	"mektep/core/calendar"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/profile"
	"mektep/core/web/webtest"
)

// What two people put in force on screen is bounded as well: a mistyped year opens no
// section for years, by a window, by the year's own end, or by a window that is left out.
func TestTRIC8_NoYearOpensWhatTheLawClosesForYears(t *testing.T) {
	w := newOffice(t)
	entry := func(d profile.Document, list, id string) map[string]any {
		for _, e := range d[list].([]any) {
			if e := e.(map[string]any); e["id"] == id {
				return e
			}
		}
		t.Fatal(list, id)
		return nil
	}
	without := func(d profile.Document, gone func(e map[string]any) bool) {
		d["windows"] = slices.DeleteFunc(d["windows"].([]any), func(e any) bool { return gone(e.(map[string]any)) })
	}
	all := func(section string) func(e map[string]any) bool {
		return func(e map[string]any) bool { return strings.HasPrefix(e["section"].(string), section) }
	}
	for name, c := range map[string]struct {
		change     func(d profile.Document)
		field, key string
	}{
		"closes two years late": {func(d profile.Document) { entry(d, "windows", "enrolment")["closes"] = "quarter_1.start + 900d" }, "closes", "year.finding.p155"},
		"a year mistyped":       {func(d profile.Document) { entry(d, "windows", "statistics_autumn")["closes"] = "2062-10-15" }, "closes", "year.finding.p155"},
		"opens years before":    {func(d profile.Document) { entry(d, "windows", "enrolment")["opens"] = "year.start - 900d" }, "opens", "year.finding.p155"},
		"of a term":             {func(d profile.Document) { entry(d, "windows", "grades_1")["closes"] = "quarter_4.end + 400d" }, "closes", "year.finding.p155"},
		"a year without end":    {func(d profile.Document) { d["end"] = "2062-08-31" }, "end", "year.finding.p156"},
		"another term":          {func(d profile.Document) { more(d) }, "windows", "year.finding.p175"},
	} {
		for door, p := range map[string]calendar.Proposal{"next": w.next(), "amended": w.change("2026-2027", nil)} {
			c.change(p.Year)
			for what, ask := range map[string]func() error{
				"review":  func() error { _, err := w.Calendar.Review(w.first.Ctx, p); return err },
				"propose": func() error { _, err := w.Calendar.Propose(w.first.Ctx, p); return err },
			} {
				f := faulttest.Of(t, ask())
				i := slices.IndexFunc(f.Fields, func(x fault.Field) bool { return x.Key == c.key && strings.HasSuffix(x.Name, c.field) })
				if f.Kind != fault.Invalid || i < 0 || f.Law == "" {
					t.Errorf("%s, %s, %s: %+v rule %q law %q", name, door, what, f, f.Rule, f.Law)
					continue
				}
				for _, l := range w.Words.Languages() {
					if s := w.Words.Localizer(l.Tag).T(f.Fields[i].Key, f.Fields[i].Args); strings.Contains(s, "{{") || strings.Contains(s, "<no value>") {
						t.Errorf("%s reads %q", l.Tag, s)
					}
				}
			}
		}
	}
	// The last window of a section, in whatever year it stands.
	for _, y := range w.profile().SchoolYears() {
		if y.ID == "2026-2027" || y.End < profile.DateOf(w.Clock.Now()) {
			continue
		}
		d := y.Document()
		without(d, all("passport_confirmation"))
		joined, _ := w.profile().Join([]profile.Document{d})
		if len(joined.Windows("passport_confirmation")) == 0 {
			t.Fatal("nothing left to try")
		}
		w.publishDirectly(t, d)
	}
	p := w.change("2026-2027", nil)
	without(p.Year, all("passport_confirmation"))
	f := faulttest.Of(t, second(w.Calendar.Propose(w.first.Ctx, p)))
	if len(f.Fields) != 1 || f.Fields[0].Name != "windows" || f.Fields[0].Key != "year.finding.p175" || !strings.Contains(w.Words.Localizer("ru").T(f.Fields[0].Key, f.Fields[0].Args), w.profile().Section("passport_confirmation").Name["ru"]) {
		t.Errorf("the last window of a section: %+v", f)
	}
	// And what lies within is taken: until the last day that the profile gives.
	_, last, _ := w.profile().Reach(w.profile().SchoolYear("2026-2027").Start, w.profile().SchoolYear("2026-2027").End)
	p = w.change("2026-2027", map[string]string{"windows.enrolment.closes": last.String()})
	webtest.Must(w.Calendar.Review(w.first.Ctx, p))
	p = w.change("2026-2027", map[string]string{"windows.enrolment.closes": last.AddDays(1).String()})
	if _, err := w.Calendar.Review(w.first.Ctx, p); err == nil {
		t.Error("a day more")
	}
}

// more adds a term of which no window tells.
func more(d profile.Document) {
	terms := d["terms"].([]any)
	e := map[string]any{}
	for k, v := range terms[len(terms)-1].(map[string]any) {
		e[k] = v
	}
	last, _ := profile.ParseDate(e["end"].(string))
	e["id"], e["start"], e["end"] = "quarter_5", last.AddDays(1).String(), last.AddDays(9).String()
	d["terms"] = append(terms, e)
}

// publishDirectly puts a year in force by two people.
func (w *office) publishDirectly(t *testing.T, d profile.Document) {
	t.Helper()
	id := d["id"].(string)
	p := w.change(id, nil)
	p.Year = d
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, p))
	if _, err := w.Agree(w.second.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
}

// Who agrees to a change of the calendar is told each thing that it changes, wherever they
// read the request: as the trail will have it, and as things stand when they read it.
func TestTRIC1_WhoAgreesToACalendarReadsEachChange(t *testing.T) {
	w := newOffice(t)
	p := w.change("2026-2027", map[string]string{"windows.enrolment.closes": "2026-11-20", "breaks.autumn.end": "2026-11-10"})
	p.Year["windows"] = slices.DeleteFunc(p.Year["windows"].([]any), func(e any) bool { return e.(map[string]any)["id"] == "statistics_autumn" })
	plan := webtest.Must(w.Calendar.Review(w.first.Ctx, p))
	r := webtest.Must(w.Calendar.Propose(w.first.Ctx, p))
	one := webtest.Must(w.Approvals.Get(w.second.Ctx, r.UID))
	var listed []fault.Phrase
	for _, x := range webtest.Must(w.Approvals.List(w.second.Ctx)) {
		if x.UID == r.UID {
			listed = x.Told()
		}
	}
	l := w.Words.Localizer("ru")
	for where, told := range map[string][]fault.Phrase{"one": one.Told(), "list": listed} {
		var lines []string
		for _, x := range told {
			s := l.T(x.Key, x.Args)
			if strings.Contains(s, "{{") || strings.Contains(s, "<no value>") || strings.Contains(s, "map[") {
				t.Errorf("reads %q", s)
			}
			lines = append(lines, s)
		}
		text := strings.Join(lines, "\n")
		for _, want := range []string{"20.11.2026", "10.11.2026", "56", "Приказ министерства", w.profile().Section("enrolment").Name["ru"], "Отчёт на начало учебного года"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing of %q in\n%s", where, want, text)
			}
		}
		n := 0
		for _, c := range plan.Changes() {
			if c.List != "amendments" {
				n++
			}
		}
		if got := strings.Count(text, "до сих пор") + strings.Count(text, "Исключается"); got != n {
			t.Errorf("%s: %d of %d changes in\n%s", where, got, n, text)
		}
	}
}
