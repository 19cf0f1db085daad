package api_test

import (
	"fmt"
	"strings"
	"testing"

	"mektep/core/api"
)

func TestKGER6a_MinistryOfficerSeesCountsAndIsToldWhyNotMoreInKyrgyz(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	officer := kg.as("ministry_officer", kg.root)
	kg.ask("GET", "/api/v1/institutions/"+school.UID, officer, nil).is(200)
	var counts struct{ Items []struct{ Count int } }
	if kg.ask("GET", "/api/v1/institutions/counts?by=region", officer, nil).is(200).into(&counts); len(counts.Items) != 1 || counts.Items[0].Count != 1 {
		t.Fatalf("%+v", counts)
	}
	body := map[string]any{"fields": map[string]any{"website": "https://mektep.kg"}}
	p := kg.ask("PATCH", "/api/v1/institutions/"+school.UID, officer, body, "If-Match", `"1"`, "Accept-Language", "ky").problem(403)
	if p.Type != "/problems/denied" || p.Check != "policy" || p.Rule != "KG-ER-6a" || p.Law != "kg-78-1 §4.3" || !strings.Contains(p.LawText, "78/1") {
		t.Fatalf("%+v", p)
	}
	if p.Title != "Бул аракетке уруксат жок" || p.Next == nil || !strings.Contains(p.Next.Text, "Райондук") || p.Next.URL != "/me/rights" {
		t.Fatalf("%+v %+v", p, p.Next)
	}
	// Without a version too: who may not is told so first.
	kg.ask("PATCH", "/api/v1/institutions/"+school.UID, officer, body).problem(403)
	// The trail knows of it.
	auditor := kg.as("auditor", kg.root)
	var found struct{ Items []api.AuditEntry }
	kg.ask("POST", "/api/v1/audit/search", auditor, `{"outcome": "deny", "rule": "KG-ER-6a"}`).is(200).into(&found)
	if len(found.Items) != 2 || found.Items[0].Target != school.UID || found.Items[0].Action != "update" || found.Items[0].Check != "policy" {
		t.Fatalf("%+v", found)
	}
}

func TestKGER6c_ADistrictOfficerEditsHereAndNotElsewhere(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	here, there := kg.school(kg.here), kg.school(kg.there)
	officer := kg.as("district_officer", kg.here)
	body := map[string]any{"fields": map[string]any{"website": "https://mektep.kg"}}
	var i api.Institution
	a := kg.ask("PATCH", "/api/v1/institutions/"+here.UID, officer, body, "If-Match", `"1"`).is(200).into(&i)
	if i.Fields["website"] != "https://mektep.kg" || a.header.Get("ETag") != `"2"` || i.Version != 2 || len(i.Place) != 3 || i.Parent != kg.here.UID {
		t.Fatalf("%v %+v", a.header, i)
	}
	p := kg.ask("PATCH", "/api/v1/institutions/"+there.UID, officer, body, "If-Match", `"1"`).problem(403)
	if p.Rule == "" || p.Law == "" || p.Next == nil {
		t.Fatalf("%+v", p)
	}
	if p := kg.ask("PATCH", "/api/v1/institutions/nobodyknowsthis_", officer, body, "If-Match", `"1"`).problem(404); p.Type != "/problems/not_found" {
		t.Fatalf("%+v", p)
	}
}

func TestASaveOverAnothersSaveIsRefusedWithBothShown(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	officer := kg.as("district_officer", kg.here)
	path := "/api/v1/institutions/" + school.UID
	etag := kg.ask("GET", path, officer, nil).is(200).header.Get("ETag")
	save := func(site, match string) answer {
		headers := []string{}
		if match != "" {
			headers = append(headers, "If-Match", match)
		}
		return kg.ask("PATCH", path, officer, map[string]any{"fields": map[string]any{"website": site}}, headers...)
	}
	save("https://first.kg", etag).is(200)
	p := save("https://second.kg", etag).problem(412)
	if p.Type != "/problems/changed" || p.Version != 2 || len(p.Conflicts) != 1 || p.Conflicts[0] != (api.Conflict{Field: "website", Now: "https://first.kg", Yours: "https://second.kg"}) {
		t.Fatalf("%+v", p)
	}
	if p := save("https://third.kg", "").problem(428); p.Type != "/problems/precondition_required" {
		t.Fatalf("%+v", p)
	}
	save("https://third.kg", `"first"`).problem(428)
	save("https://third.kg", "*").problem(428)
	save("https://second.kg", fmt.Sprintf(`"%d"`, p.Version)).is(200)
}

func TestFieldsAreJudgedByTheProfile(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	officer := kg.as("district_officer", kg.here)
	p := kg.ask("PATCH", "/api/v1/institutions/"+school.UID, officer, `{"fields": {"website": "no address", "helipad": true}}`, "If-Match", `"1"`).problem(422)
	if len(p.Errors) != 1 || p.Errors[0].Field != "fields.helipad" || p.Errors[0].Key != "field.unknown" {
		t.Fatalf("%+v", p)
	}
	p = kg.ask("PATCH", "/api/v1/institutions/"+school.UID, officer, `{"fields": {"website": "no address"}}`, "If-Match", `"1"`).problem(422)
	if len(p.Errors) != 1 || p.Errors[0].Field != "fields.website" || p.Errors[0].Message == "" {
		t.Fatalf("%+v", p)
	}
	var i api.Institution
	kg.ask("PATCH", "/api/v1/institutions/"+school.UID, officer, `{"fields": {"website": "https://a.kg"}}`, "If-Match", `"1"`).is(200)
	if kg.ask("PATCH", "/api/v1/institutions/"+school.UID, officer, `{"fields": {"website": null}}`, "If-Match", `"2"`).is(200).into(&i); i.Fields["website"] != nil {
		t.Fatalf("%+v", i)
	}
}

// entered is what creates an institution.
func (m *ministry) entered(parent string) map[string]any {
	m.schools++
	names := map[string]string{}
	for _, tag := range m.profile.Languages.Official {
		names[tag] = "Jangy mektep"
	}
	return map[string]any{
		"parent": parent, "type": m.typ(), "name": names, "code": m.code(m.schools), "since": "2020-09-01",
		"order": map[string]any{"number": "12", "date": "2020-08-01"}, "fields": map[string]any{"ownership": m.profile.ItemsAt("ownership", on)[0].Code},
	}
}

func TestAWriteIsDoneOnceHoweverOftenItIsSent(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t)
		m := w.ministries[country]
		admin := m.as("tenant_admin", m.root)
		body := m.entered(m.here.UID)
		a := m.ask("POST", "/api/v1/institutions", admin, body, "Idempotency-Key", "key-number-one").is(201)
		b := m.ask("POST", "/api/v1/institutions", admin, body, "Idempotency-Key", "key-number-one").is(201)
		if string(a.body) != string(b.body) || a.header.Get("Location") == "" || a.header.Get("Location") != b.header.Get("Location") ||
			b.header.Get("Idempotent-Replayed") != "true" || b.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%s: %v %s", country, b.header, b.body)
		}
		var i api.Institution
		m.ask("GET", a.header.Get("Location"), admin, nil).is(200).into(&i)
		if i.Parent != m.here.UID || i.Name[m.profile.Main()] != "Jangy mektep" || i.Since != "2020-09-01" || i.Version != 1 {
			t.Fatalf("%s: %+v", country, i)
		}
		if p := m.ask("POST", "/api/v1/institutions", admin, body, "Idempotency-Key", "key-number-two").problem(409); p.Type != "/problems/conflict" {
			t.Fatalf("%s: %+v", country, p)
		}
		for _, k := range []string{"short", strings.Repeat("x", 129), "мектеп-мектеп"} {
			if p := m.ask("POST", "/api/v1/institutions", admin, body, "Idempotency-Key", k).problem(422); p.Errors[0].Field != "Idempotency-Key" {
				t.Fatalf("%s: %+v", country, p)
			}
		}
		// A key is one request's: with anything else it does nothing, and says so.
		other := m.entered(m.here.UID)
		other["code"] = m.code(m.schools + 1)
		p := m.ask("POST", "/api/v1/institutions", admin, other, "Idempotency-Key", "key-number-one").problem(409)
		if p.Next == nil || p.Next.Text == "" {
			t.Fatalf("%s: a key reused for another school: %+v", country, p)
		}
		m.ask("POST", "/api/v1/institutions/"+i.UID+"/reopen", admin, map[string]any{"since": "2021-01-01"}, "Idempotency-Key", "key-number-one").problem(409)
		// A mistake is not remembered under its key: it is sent again, mended.
		body["code"], body["type"] = m.entered("")["code"], "castle"
		m.ask("POST", "/api/v1/institutions", admin, body, "Idempotency-Key", "key-number-three").problem(422)
		body["type"], body["same_name"] = m.typ(), true // another one of that name
		m.ask("POST", "/api/v1/institutions", admin, body, "Idempotency-Key", "key-number-three").is(201)
	}
}

func TestInstitutionsAreListedFilteredAndPaged(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	for range 5 {
		kg.school(kg.here)
	}
	kg.school(kg.there)
	reader := kg.as("ministry_officer", kg.root)
	type list struct {
		Items          []api.InstitutionItem
		Total          int
		Next, Previous string
	}
	var first, second, back list
	a := kg.ask("GET", "/api/v1/institutions?limit=4&under="+kg.regions[0].UID, reader, nil).is(200).into(&first)
	if len(first.Items) != 4 || first.Total != 5 || first.Next == "" || first.Previous != "" || first.Items[0].District == nil || first.Items[0].Region.UID != kg.regions[0].UID {
		t.Fatalf("%+v", first)
	}
	next, rel, _ := strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">; rel=")
	if rel != `"next"` {
		t.Fatalf("Link: %v", a.header["Link"])
	}
	a = kg.ask("GET", next, reader, nil).is(200).into(&second)
	if len(second.Items) != 1 || second.Next != "" || second.Total != 5 || second.Items[0].UID == first.Items[3].UID {
		t.Fatalf("%+v", second)
	}
	prev, _, _ := strings.Cut(strings.TrimPrefix(a.header.Get("Link"), "<"), ">")
	if kg.ask("GET", prev, reader, nil).is(200).into(&back); len(back.Items) != 4 || back.Items[0].UID != first.Items[0].UID {
		t.Fatalf("%+v", back)
	}
	for query, want := range map[string]int{
		"q=mekteb+3": 1, "type=" + kg.typ(): 6, "state=closed": 0, "state=all": 6,
		"on=1999-01-01": 0, "filter=ownership:" + kg.profile.ItemsAt("ownership", on)[0].Code: 6,
		"filter=ownership:nothing": 0,
	} {
		var l list
		if kg.ask("GET", "/api/v1/institutions?"+query, reader, nil).is(200).into(&l); len(l.Items) != want {
			t.Errorf("%s: %d", query, len(l.Items))
		}
	}
	for _, query := range []string{"filter=ownership", "filter=helipad:1", "after=x", "on=2026-02-30", "filtr=x", "type=nothing", "type=" + kg.typ() + "&type=nothing", "group=nothing"} {
		if p := kg.ask("GET", "/api/v1/institutions?"+query, reader, nil).problem(422); p.Type != "/problems/invalid" {
			t.Errorf("%s: %+v", query, p)
		}
	}
	kg.ask("GET", "/api/v1/institutions/counts?by=helipad", reader, nil).problem(422)
	teacher := kg.as("teacher", kg.school(kg.here).Unit)
	if p := kg.ask("GET", "/api/v1/institutions/counts", teacher, nil).problem(403); p.Check == "" || p.Next == nil {
		t.Errorf("%+v", p)
	}
}

func TestActsOfAnInstitutionAreDatedAndKeepTheirHistory(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school, heir := kg.school(kg.here), kg.school(kg.here)
	special := kg.as("special_administrator", kg.root)
	officer := kg.as("ministry_officer", kg.root)
	path := "/api/v1/institutions/" + school.UID
	order := map[string]any{"number": "7", "date": "2026-02-01"}
	names := map[string]string{"ky": "Жаңы ат", "ru": "Новое имя"}
	acts := []struct {
		name string
		body map[string]any
	}{
		{"rename", map[string]any{"name": names, "since": "2026-02-02", "order": order}},
		{"retype", map[string]any{"type": "primary_school", "since": "2026-02-03", "order": order}},
		{"move", map[string]any{"parent": kg.there.UID, "since": "2026-02-04", "order": order}},
		{"close", map[string]any{"successors": []string{heir.UID}, "since": "2026-02-05", "order": order}},
		{"reopen", map[string]any{"since": "2026-02-06", "order": order}},
	}
	for i, act := range acts {
		match := fmt.Sprintf(`"%d"`, i+1)
		if p := kg.ask("POST", path+"/"+act.name, officer, act.body, "If-Match", match).problem(403); p.Check != "policy" {
			t.Errorf("%s: %+v", act.name, p)
		}
		kg.ask("POST", path+"/"+act.name, special, act.body).problem(428)
		kg.ask("POST", path+"/"+act.name, special, act.body, "If-Match", `"99"`).problem(412)
		var got api.Institution
		kg.ask("POST", path+"/"+act.name, special, act.body, "If-Match", match).is(200).into(&got)
		if got.Version != i+2 {
			t.Errorf("%s: version %d", act.name, got.Version)
		}
	}
	p := kg.ask("POST", path+"/rename", special, `{"name": {}, "since": "2026-02-30"}`, "If-Match", `"6"`).problem(422)
	if got := (problemOf{p}).keys(); len(got) != 1 || got[0] != "since api.field.date" {
		t.Errorf("%q", got)
	}
	var h struct {
		Changes []api.Change
		Life    *api.Life
	}
	kg.ask("GET", path+"/history", officer, nil).is(200).into(&h)
	if len(h.Life.Names) != 2 || len(h.Life.Types) != 2 || len(h.Life.Parents) != 2 || len(h.Life.Successors) != 0 || h.Life.Names[0].Name["ky"] != "Жаңы ат" || h.Life.Names[0].Since != "2026-02-02" {
		t.Fatalf("%+v", h.Life)
	}
	if len(h.Changes) == 0 || h.Changes[0].Action != "reopen" || h.Changes[0].By == "" || h.Changes[0].Order.Number != "7" || h.Changes[0].Law == "" {
		t.Fatalf("%+v", h.Changes)
	}
	teacher := kg.as("teacher", heir.Unit)
	kg.ask("GET", path+"/history", teacher, nil).problem(403)
}

func TestADatedFactIsPutRightAndTakenBackByTheAPI(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	school := kg.school(kg.here)
	special, officer := kg.as("special_administrator", kg.root), kg.as("ministry_officer", kg.root)
	path := "/api/v1/institutions/" + school.UID
	rename := map[string]any{"name": map[string]any{"ky": "Жаңы ат", "ru": "Новое имя"}, "since": "2062-02-02", "order": map[string]any{"number": "7", "date": "2026-02-01"}}
	if got := (problemOf{kg.ask("POST", path+"/rename", special, rename, "If-Match", `"1"`).problem(422)}).keys(); len(got) != 1 || got[0] != "since institution.far_ahead" {
		t.Fatalf("%q", got)
	}
	rename["far_ahead"] = "2062-02-02"
	kg.ask("POST", path+"/rename", special, rename, "If-Match", `"1"`).is(200)
	right := map[string]any{"fact": "name", "on": "2062-02-02", "since": "2026-02-02", "reason": "Жылы жаңылыш"}
	if p := kg.ask("POST", path+"/correct", officer, right, "If-Match", `"2"`).problem(403); p.Check != "policy" {
		t.Errorf("%+v", p)
	}
	kg.ask("POST", path+"/correct", special, right).problem(428)
	kg.ask("POST", path+"/correct", special, right, "If-Match", `"1"`).problem(412)
	var got api.Institution
	if kg.ask("POST", path+"/correct", special, right, "If-Match", `"2"`).is(200).into(&got); got.Name["ky"] != "Жаңы ат" || got.Version != 3 {
		t.Fatalf("%+v", got)
	}
	back := map[string]any{"fact": "name", "on": "2026-02-02", "reason": "Аталыш өзгөргөн эмес"}
	kg.ask("POST", path+"/withdraw", special, back, "If-Match", `"2"`).problem(412)
	if kg.ask("POST", path+"/withdraw", special, back, "If-Match", `"3"`).is(200).into(&got); got.Name["ky"] != school.Name["ky"] {
		t.Fatalf("%+v", got)
	}
	var h struct{ Changes []api.Change }
	kg.ask("GET", path+"/history", officer, nil).is(200).into(&h)
	said := map[string]string{}
	for _, c := range h.Changes {
		said[c.Action+" "+c.Field] = string(c.Old) + string(c.New)
	}
	if !strings.Contains(said["withdraw name"], "Жаңы ат") || said["withdraw reason"] != `"Аталыш өзгөргөн эмес"` || said["correct holds_from"] != `"2062-02-02""2026-02-02"` {
		t.Errorf("%v", said)
	}
}

func TestUnitsAreTheTerritoryAndInstitutionsTheRegisters(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := newWorld(t)
		m := w.ministries[country]
		here, there := m.school(m.here), m.school(m.there)
		admin := m.as("tenant_admin", m.root)
		var list struct{ Items []api.Unit }
		if m.ask("GET", "/api/v1/units", admin, nil).is(200).into(&list); len(list.Items) != 5 || list.Items[0].Level != "ministry" || list.Items[4].Parent == "" {
			t.Fatalf("%s: %+v", country, list)
		}
		if m.ask("GET", "/api/v1/units/"+m.root.UID+"/children", admin, nil).is(200).into(&list); len(list.Items) != 2 || list.Items[0].Parent != m.root.UID {
			t.Fatalf("%s: %+v", country, list)
		}
		var u api.UnitDetail
		a := m.ask("GET", "/api/v1/units/"+m.here.UID, admin, nil).is(200).into(&u)
		if u.Level != "district" || len(u.Place) != 2 || u.Parent != m.regions[0].UID || a.header.Get("ETag") != `"1"` {
			t.Fatalf("%s: %+v", country, u)
		}
		word := strings.Fields(m.here.Name[m.profile.Main()])[0]
		if m.ask("GET", "/api/v1/units?q="+word, admin, nil).is(200).into(&list); len(list.Items) == 0 {
			t.Fatalf("%s: %q is not found", country, word)
		}
		if m.ask("GET", "/api/v1/units?q=Mektep", admin, nil).is(200).into(&list); len(list.Items) != 0 {
			t.Fatalf("%s: institutions among the territory: %+v", country, list)
		}
		m.ask("GET", "/api/v1/units/nobodyknowsthis_", admin, nil).problem(404)
		if country == "kg" {
			teacher := m.as("teacher", here.Unit)
			m.ask("GET", "/api/v1/units/"+m.there.UID, teacher, nil).is(200)
			m.ask("GET", "/api/v1/units/"+there.UID, teacher, nil).problem(403)
		}
	}
}

func TestSomebodyLearnsWhatTheyMayDoAndWhyNot(t *testing.T) {
	w := newWorld(t)
	kg := w.ministries["kg"]
	here, there := kg.school(kg.here), kg.school(kg.there)
	officer := kg.as("district_officer", kg.here)
	var rights struct{ Items []api.Right }
	kg.ask("GET", "/api/v1/me/rights", officer, nil).is(200).into(&rights)
	found := false
	for _, r := range rights.Items {
		found = found || r.Object == "institution.general" && r.Action == "update" && r.Scope == "territory" && r.LawText != "" && r.Unit == kg.here.UID
	}
	if !found {
		t.Fatalf("%+v", rights.Items)
	}
	ask := func(unit string) (out struct {
		Allowed bool
		Role    string
		Law     string
		Refusal *api.Problem
	},
	) {
		kg.ask("POST", "/api/v1/me/explain", officer, map[string]any{"action": "update", "object": "institution", "groups": []string{"general"}, "unit": unit}).is(200).into(&out)
		return out
	}
	if v := ask(here.UID); !v.Allowed || v.Role != "district_officer" || v.Law == "" || v.Refusal != nil {
		t.Fatalf("%+v", v)
	}
	if v := ask(there.UID); v.Allowed || v.Refusal == nil || v.Refusal.Status != 403 || v.Refusal.Check != "policy" {
		t.Fatalf("%+v", v)
	}
	kg.ask("POST", "/api/v1/me/explain", officer, `{"action": "update", "object": "institution", "unit": "x"}`).problem(422)
	// What no policy knows is no question, and its words go nowhere.
	for _, body := range []string{
		`{"action": "update", "object": "Айбек"}`, `{"action": "Айбек", "object": "institution"}`, `{"action": "update", "object": "institution", "groups": ["Айбек"]}`,
	} {
		if a := kg.ask("POST", "/api/v1/me/explain", officer, body); a.status != 422 || strings.Contains(a.log, "Айбек") {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
}
