package profile

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// readmeProfile is the worked example of the page for authors, as files, with
// the real base layer below it.
func readmeProfile(t testing.TB) fstest.MapFS {
	t.Helper()
	page, err := os.ReadFile("../../profiles/README.md")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, m := range regexp.MustCompile("(?ms)^```[a-z]+ (\\S+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		fsys["example/"+m[1]] = &fstest.MapFile{Data: []byte(m[2])}
	}
	if len(fsys) < 14 {
		t.Fatalf("found only %d examples", len(fsys))
	}
	if err := copyInto(fsys, os.DirFS("../../profiles"), "_base"); err != nil {
		t.Fatal(err)
	}
	return fsys
}

// example is the page's profile, loaded.
func example(t testing.TB) *Profile {
	t.Helper()
	p, found := Load(readmeProfile(t), "example")
	if len(found) > 0 {
		t.Fatal(found)
	}
	return p
}

func on(s string) time.Time {
	t, err := parseMoment(s, time.UTC)
	if err != nil {
		panic(err)
	}
	return t
}

func TestTheExamplesOfThePageLoadAndHold(t *testing.T) {
	p := example(t)
	if failed := p.Test(); len(failed) > 0 {
		t.Fatal(failed)
	}
	if p.CaseCount() < 15 {
		t.Errorf("only %d cases", p.CaseCount())
	}
}

func TestEveryCaseCanFail(t *testing.T) {
	fsys := readmeProfile(t)
	text := string(fsys["example/cases.yaml"].Data)
	flip := strings.NewReplacer("valid: true", "valid: false", "valid: false", "valid: true", "open: true", "open: false", "open: false", "open: true",
		"exists: true", "exists: false", "exists: false", "exists: true", "allow: true", "allow: false", "allow: false", "allow: true",
		"school_day: true", "school_day: false", "school_day: false", "school_day: true", "year: none", "year: 2025-2026",
		"signer: guardian", "signer: self", "heating: field.required", "area: field.required", "boiler, boiler_checked_on: 2024-10-01}", "boiler}")
	fsys["example/cases.yaml"] = &fstest.MapFile{Data: []byte(flip.Replace(text))}
	p, found := Load(fsys, "example")
	if len(found) > 0 {
		t.Fatal(found)
	}
	lines := map[int]bool{}
	for _, f := range p.Test() {
		lines[f.Line] = true
	}
	if len(lines) != p.CaseCount() {
		t.Errorf("%d of %d turned cases fail:\n%s", len(lines), p.CaseCount(), p.Test())
	}
}

func TestLookUps(t *testing.T) {
	p := example(t)
	if p.TypeAt("secondary_school", on("2020-01-01")) != nil || p.TypeAt("secondary_school", on("2021-01-29")) == nil {
		t.Error("a type exists from its first day on")
	}
	if n := len(p.TypesAt(on("2020-01-01"))); n != 1 {
		t.Errorf("%d types in 2020", n)
	}
	if c := p.Law("ex-12 §4.4"); c == nil || c.Text("tr", "en") != "order No. 12/1, item 4.4" {
		t.Errorf("citation %v", c)
	}
	if p.Law("ex-12 §99") != nil || p.Law("ex-13") != nil {
		t.Error("a law that does not exist was found")
	}
	if r := p.Rule("EX-ER-6c"); r == nil || r.Source != "ex-12 §4.4" {
		t.Error("rule without its law")
	}
	if r := p.Role("county_officer"); !r.NeedsSecondFactor() || !slices.Equal(r.Undertakings(), []string{"annex_1_1"}) {
		t.Error("what must be true before use")
	}
	if _, text, ok := p.Undertaking("annex_1_1", "tr"); !ok || !strings.HasPrefix(text, "I shall") {
		t.Error("an undertaking falls back to the main language")
	}
	if p.Contact("support").Phone != "147" || p.Contact("parents") != nil {
		t.Error("contact points")
	}
	if f := p.Covering("learner.identity"); f == nil || f.ID != "annex_1_2" {
		t.Error("the group rests on a form")
	}
	if p.Group("learner.special_needs").Object() != "sealed.learner.special_needs" || !slices.Contains(p.Objects(), "institution.infrastructure") {
		t.Error("policy objects")
	}
	if !p.Switch("two_person_configuration") || p.Switch("public_directory") || p.Limit("session_idle_minutes", on("2026-01-01")) != 10 {
		t.Error("switches and limits")
	}
	if s := p.SectionOf("institution.infrastructure"); s == nil || s.ID != "passport" || p.SectionOf("institution.contact") != nil {
		t.Error("sections")
	}
	if p.Level("region").Name.In("tr") != "İl" || p.Level("region").Name.In("ky") != "Облус" {
		t.Error("a country's words lie over those of the base, language by language")
	}
	if y := p.Year(on("2025-12-31")); y == nil || y.As("term_2.end", on("2026-01-01")) != 20260525 || y.As("term_2.end", on("2026-03-01")) != 20260529 {
		t.Error("an amended calendar remembers what it said")
	}
	if p.Main() != "en" || p.Zone.String() != "Asia/Bishkek" || len(p.Hash) != 32 {
		t.Error("top")
	}
}

func TestWindowsAreInTheMinistrysTime(t *testing.T) {
	p := example(t)
	w := p.Windows("grades.term_1")
	if len(w) != 1 || w[0].ClosesAt().Format(time.RFC3339) != "2026-01-11T18:00:00+06:00" || w[0].ExtendedBy != "overseer" || w[0].AfterClose.By != "change_request" {
		t.Fatalf("window %+v", w)
	}
	if !w[0].Open(time.Date(2026, 1, 11, 11, 59, 0, 0, time.UTC)) || w[0].Open(time.Date(2026, 1, 11, 12, 0, 0, 0, time.UTC)) {
		t.Error("the window closes at 18:00 in Bishkek, which is 12:00 UTC")
	}
	if p.IsOpen("passport", on("2025-10-14")) || !p.IsOpen("passport", on("2025-10-13")) {
		t.Error("without a time of day a window closes as the day ends")
	}
	if p.IsOpen("nothing", on("2025-10-13")) {
		t.Error("an unknown section is never open")
	}
}
