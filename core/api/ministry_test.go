package api_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"mektep/core/api"
	"mektep/core/db/dbtest"
	"mektep/core/profile"
	"mektep/core/unit"
)

// closedWindow is a window of the marks of a year, and a type of institution that
// it is for with the directorate that oversees it; the clock is set after it.
func (m *ministry) closedWindow() (w *profile.Window, typ, overseer string) {
	m.t.Helper()
	for _, win := range m.profile.Windows("grades") {
		m.clock.Set(win.ClosesAt().Add(time.Minute))
		for i := range m.profile.Types {
			if x := &m.profile.Types[i]; x.Overseer != "" && win.For(x.ID) {
				return win, x.ID, x.Overseer
			}
		}
	}
	m.t.Fatal("no such window")
	return nil, "", ""
}

func TestTRIC8_OnlyTheOverseeingDirectorateExtendsAWindow(t *testing.T) {
	w := newWorld(t)
	tr := w.ministries["tr"]
	win, typ, overseer := tr.closedWindow()
	directorate, err := tr.tree.Create(tr.ctx, unit.New{Parent: &tr.root, Level: unit.Directorate, Type: overseer, Code: overseer, Name: map[string]string{"tr": overseer}, Since: founded})
	must(t, err)
	officer := tr.as("directorate_officer", directorate)
	admin := tr.as("tenant_admin", tr.root)
	body := map[string]any{
		"year": "2025-2026", "window": win.ID, "types": []string{typ}, "until": w.clock.Now().Add(72 * time.Hour),
		"reason": "Heavy snow", "order": map[string]any{"number": "55", "date": "2026-01-05"},
	}
	if p := tr.ask("POST", "/api/v1/extensions", admin, body).problem(403); p.Check != "policy" {
		t.Fatalf("%+v", p)
	}
	missing := map[string]any{"year": "2025-2026", "window": win.ID, "types": []string{typ}, "until": win.ClosesAt(), "reason": ""}
	if p := tr.ask("POST", "/api/v1/extensions", officer, missing).problem(422); len(p.Errors) != 4 {
		t.Fatalf("%+v", p)
	}
	var e api.Extension
	tr.ask("POST", "/api/v1/extensions", officer, body).is(201).into(&e)
	for _, sooner := range []time.Duration{0, time.Hour} {
		shorter := maps.Clone(body)
		shorter["until"], shorter["types"] = w.clock.Now().Add(72*time.Hour-sooner), []string{typ, typ}
		p := tr.ask("POST", "/api/v1/extensions", officer, shorter).problem(422)
		if p.Rule == "" || p.Law == "" || p.Next == nil || p.Next.URL != "/calendar?year=2025-2026" || len(p.Errors) != 1 || p.Errors[0].Key != "window.not_longer_for" {
			t.Fatalf("an extension that holds nothing open longer: %+v", p)
		}
	}
	var y api.YearDetail
	tr.ask("GET", "/api/v1/years/2025-2026", officer, nil).is(200).into(&y)
	found := false
	for _, v := range y.Windows {
		if v.ID == win.ID {
			// open to some only, and shown with whom
			found = v.State == "closed" && len(v.Extensions) == 1 && v.Extensions[0].UID == e.UID && len(v.Extensions[0].Types) == 1 && v.Closes.Equal(v.Planned)
		}
	}
	if !found || len(y.Terms) == 0 || y.Provisional {
		t.Fatalf("%+v", y)
	}
	tr.ask("DELETE", "/api/v1/extensions/"+e.UID, admin, nil).problem(403)
	tr.ask("DELETE", "/api/v1/extensions/"+e.UID, officer, nil).is(204)
	tr.ask("DELETE", "/api/v1/extensions/"+e.UID, officer, nil).problem(409)
	tr.ask("DELETE", "/api/v1/extensions/nobodyknowsthis_", officer, nil).problem(404)
	var years struct{ Items []api.Year }
	if tr.ask("GET", "/api/v1/years", admin, nil).is(200).into(&years); len(years.Items) < 2 {
		t.Fatalf("%+v", years)
	}
	tr.ask("GET", "/api/v1/years/1999-2000", admin, nil).problem(404)
}

func TestTheTrailIsForAuditors(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	auditor, admin := kg.as("auditor", kg.root), kg.as("tenant_admin", kg.root)
	kg.ask("POST", "/api/v1/institutions", admin, kg.entered(kg.here.UID)).is(201)
	type list struct {
		Items []api.AuditEntry
		Next  string
	}
	var l, more list
	kg.ask("POST", "/api/v1/audit/search", auditor, map[string]any{"account": kg.tokens[admin].AccountUID, "object": "institution", "unit": kg.here.UID}).is(200).into(&l)
	if len(l.Items) != 1 || l.Items[0].Action != "create" || l.Items[0].Session != admin || l.Items[0].Order.Number != "12" {
		t.Fatalf("%+v", l)
	}
	if kg.ask("POST", "/api/v1/audit/search", auditor, `{"action": "view", "object": "audit"}`).is(200).into(&l); len(l.Items) != 2 {
		t.Fatalf("looking was not recorded: %+v", l)
	}
	kg.ask("POST", "/api/v1/audit/search", auditor, `{"limit": 1}`).is(200).into(&l)
	if kg.ask("POST", "/api/v1/audit/search", auditor, map[string]any{"limit": 1, "after": l.Next}).is(200).into(&more); l.Next == "" || len(more.Items) != 1 {
		t.Fatalf("%+v %+v", l, more)
	}
	for _, body := range []string{`{"after": "x"}`, `{"unit": "x"}`, `{"outcome": "maybe"}`, `{"from": "yesterday"}`} {
		kg.ask("POST", "/api/v1/audit/search", auditor, body).problem(422)
	}
	if p := kg.ask("POST", "/api/v1/audit/search", auditor, `{"from": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}`).problem(422); p.Errors[0].Field != "until" {
		t.Errorf("%+v", p)
	}
	for field, word := range map[string]string{"object": "instituton", "action": "creat", "rule": "KG-ER-99", "system": "nobody", "target": "zzz"} {
		p := kg.ask("POST", "/api/v1/audit/search", auditor, map[string]any{field: word}).problem(422)
		if len(p.Errors) != 1 || p.Errors[0].Field != field || p.Next == nil || strings.Contains(p.Next.Text, "saved") || field == "rule" && !strings.Contains(p.Errors[0].Message, "platform §administration") || field == "object" && !strings.Contains(p.Errors[0].Message, "institution") {
			t.Errorf("%s: %+v", field, p)
		}
	}
	for _, body := range []string{`{"object": "enrolment"}`, `{"action": "sign_in"}`, `{"rule": "KG-ER-6a"}`, `{"rule": "platform §administration"}`, `{"rule": "kg-78-1 §5.6"}`, `{"object": "institution.general"}`} {
		kg.ask("POST", "/api/v1/audit/search", auditor, body).is(200)
	}
	for _, c := range [][2]string{{"POST", "/audit/search"}, {"GET", "/audit/head"}, {"POST", "/audit/verify"}} {
		if p := kg.ask(c[0], "/api/v1"+c[1], admin, "{}").problem(403); p.Check != "policy" || p.Next == nil {
			t.Errorf("%v: %+v", c, p)
		}
	}
	dbtest.Settle(t, w.db)
	_, err := w.trail.Seal(kg.ctx)
	must(t, err)
	var head api.AuditHead
	if kg.ask("GET", "/api/v1/audit/head", auditor, nil).is(200).into(&head); head.Block == 0 || head.Hash == "" || head.Tenant != "kg" {
		t.Fatalf("%+v", head)
	}
	line, err := json.Marshal(head)
	must(t, err)
	var report struct {
		Whole   bool
		Entries int
		Finding string
	}
	if kg.ask("POST", "/api/v1/audit/verify", auditor, map[string]any{"heads": string(line)}).is(200).into(&report); !report.Whole || report.Entries == 0 {
		t.Fatalf("%+v", report)
	}
	head.Block += 5
	line, _ = json.Marshal(head)
	if kg.ask("POST", "/api/v1/audit/verify", auditor, map[string]any{"heads": string(line)}).is(200).into(&report); report.Whole || report.Finding == "" {
		t.Fatalf("%+v", report)
	}
	kg.ask("POST", "/api/v1/audit/verify", auditor, `{"heads": "no head"}`).problem(422)
}

func TestTheProfileIsPublicAndCached(t *testing.T) {
	w := newWorld(t)
	for _, country := range []string{"kg", "tr"} {
		m := w.ministries[country]
		var c api.Country
		a := m.ask("GET", "/api/v1/profile", "", nil).is(200).into(&c)
		if c.ID != country || len(c.Levels) == 0 || c.Hash != m.profile.Hash || len(c.Official) == 0 {
			t.Fatalf("%+v", c)
		}
		m.ask("GET", "/api/v1/profile", "", nil, "If-None-Match", a.header.Get("ETag")).is(304)
		for path, least := range map[string]int{"types": 10, "type-groups": 3, "roles": 5, "laws": 5, "rules": 5, "books/institution_types": 10, "books/territory": 40} {
			var l struct{ Items []map[string]any }
			if m.ask("GET", "/api/v1/profile/"+path, "", nil).is(200).into(&l); len(l.Items) < least {
				t.Errorf("%s %s: %d", country, path, len(l.Items))
			}
		}
		m.ask("GET", "/api/v1/profile/books/nothing", "", nil).problem(404)
		m.ask("GET", "/api/v1/profile/registers/nothing/schema", "", nil).problem(404)
		m.schemaJudges()
	}
}

// schemaJudges: the schema of the register accepts what the register accepts.
func (m *ministry) schemaJudges() {
	m.t.Helper()
	a := m.ask("GET", "/api/v1/profile/registers/institution/schema?language=tr", "", nil).is(200)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.body))
	must(m.t, err)
	c := jsonschema.NewCompiler()
	must(m.t, c.AddResource("register.json", doc))
	s, err := c.Compile("register.json")
	must(m.t, err)
	own := m.profile.ItemsAt("ownership", on)[0].Code
	if err := s.Validate(map[string]any{"ownership": own}); err != nil {
		m.t.Errorf("%s: %v", m.slug, err)
	}
	for _, bad := range []map[string]any{{"ownership": "nobody's"}, {"helipad": true}, {"website": 7}} {
		if s.Validate(bad) == nil {
			m.t.Errorf("%s: %v passes", m.slug, bad)
		}
	}
	var o struct {
		Properties map[string]struct {
			Title string
			Group string `json:"x-group"`
		}
	}
	a.into(&o)
	if o.Properties["website"].Title == "" || o.Properties["website"].Group == "" {
		m.t.Errorf("%s: %+v", m.slug, o.Properties["website"])
	}
}

func TestOnesOwnJobsOnly(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	kg.school(kg.here)
	reader, other := kg.as("ministry_officer", kg.root), kg.as("special_administrator", kg.root)
	var j api.Job
	a := kg.ask("POST", "/api/v1/institutions/export", reader, `{"format": "csv", "state": "all"}`).is(202).into(&j)
	if j.State != "queued" || a.header.Get("Location") != "/api/v1/jobs/"+j.UID {
		t.Fatalf("%+v", j)
	}
	if p := kg.ask("POST", "/api/v1/institutions/export", other, `{}`).problem(403); p.Check != "policy" {
		t.Fatalf("%+v", p)
	}
	kg.ask("POST", "/api/v1/institutions/export", reader, `{"format": "pdf"}`).problem(422)
	kg.ask("GET", "/api/v1/jobs/"+j.UID+"/file", reader, nil).problem(404) // not yet
	kg.ask("GET", "/api/v1/jobs/"+j.UID, other, nil).problem(404)
	kg.ask("DELETE", "/api/v1/jobs/"+j.UID, other, nil).problem(404)
	var l struct{ Items []api.Job }
	if kg.ask("GET", "/api/v1/jobs", reader, nil).is(200).into(&l); len(l.Items) != 1 {
		t.Fatalf("%+v", l)
	}
	if kg.ask("GET", "/api/v1/jobs", other, nil).is(200).into(&l); len(l.Items) != 0 {
		t.Fatalf("%+v", l)
	}
	kg.ask("GET", "/api/v1/jobs?after=!", other, nil).problem(422)
	kg.ask("DELETE", "/api/v1/jobs/"+j.UID, reader, nil).is(204)
	kg.ask("DELETE", "/api/v1/jobs/"+j.UID, reader, nil).problem(409)
	if kg.ask("GET", "/api/v1/jobs/"+j.UID, reader, nil).is(200).into(&j); j.State != "cancelled" {
		t.Fatalf("%+v", j)
	}
}

// A school year is proposed and decided by programs as on screen: by two people.
func TestTRIC8_ASchoolYearIsProposedAndDecidedByTwoPeople(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	first, second := kg.as("ministry_officer", kg.root), kg.as("ministry_officer", kg.root)
	head := kg.as("head", kg.school(kg.here).Unit)
	var plan api.YearPlan
	kg.ask("GET", "/api/v1/years/2026-2027/plan", head, nil).is(200).into(&plan)
	kg.ask("GET", "/api/v1/years/1999-2000/plan", head, nil).problem(404)
	for _, b := range plan.Year["breaks"].([]any) {
		if b := b.(map[string]any); b["id"] == "autumn" {
			b["end"] = "2026-11-07"
		}
	}
	body := map[string]any{"year": plan.Year, "of": plan.Of, "order": map[string]any{"number": "55", "date": "2026-03-01"}}
	if p := kg.ask("POST", "/api/v1/years", head, body).problem(403); p.Check != "policy" || p.Law == "" {
		t.Fatalf("%+v", p)
	}
	plan.Year["end"] = "2025-01-01"
	if p := kg.ask("POST", "/api/v1/years", first, body).problem(422); len(p.Errors) == 0 {
		t.Fatalf("%+v", p)
	}
	plan.Year["end"] = "2027-08-31"
	var out struct{ Waiting api.Approval }
	kg.ask("POST", "/api/v1/years", first, body).is(202).into(&out)
	r := out.Waiting
	kg.ask("POST", "/api/v1/years", second, body).problem(409)
	kg.approve(r.UID, first).problem(403)
	kg.approve(r.UID, head).problem(403)
	kg.ask("POST", "/api/v1/approvals/"+r.UID+"/approve", second, map[string]any{}).problem(422)
	kg.ask("POST", "/api/v1/approvals/"+r.UID+"/approve", second, map[string]any{"read": "0"}).problem(409)
	kg.approve(r.UID, second).is(200)
	var y api.YearDetail
	kg.ask("GET", "/api/v1/years/2026-2027", head, nil).is(200).into(&y)
	if y.Breaks[0].End != "2026-11-07" {
		t.Errorf("%+v", y.Breaks[0])
	}
	body["of"] = plan.Of
	kg.ask("POST", "/api/v1/years", first, body).problem(409)
}
