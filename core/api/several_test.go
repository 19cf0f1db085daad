package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"mektep/core/api"
)

type edits struct{ Records []api.RecordEdit }

// The same change of several records is looked at and done by programs as on the screen: all
// or none, as they were seen, and once.
func TestSeveralRecordsAreChangedAtOnceByTheAPI(t *testing.T) {
	m, school := harbour(t)
	inspector := m.as("inspector", m.regions[0])
	one, _ := m.boat(inspector, school, map[string]any{"called": "Martin", "seats": 6, "risk": "flood"})
	two, _ := m.boat(inspector, school, map[string]any{"called": "Gannet", "seats": 2, "risk": "flood"})
	const list, preview = "/api/v1/boats", "/api/v1/boats/changes"
	both := []api.Record{one, two}
	seats := func(n any) map[string]any { return map[string]any{"seats": n} }
	seen := func(versions ...int) []any {
		var out []any
		for i, b := range both {
			out = append(out, map[string]any{"uid": b.UID, "version": versions[i]})
		}
		return out
	}
	now := func(b api.Record) (r api.Record) {
		m.ask("GET", list+"/"+b.UID, inspector, nil).is(200).into(&r)
		return r
	}

	var would edits
	m.ask("POST", preview, inspector, map[string]any{"uids": []any{two.UID, one.UID, "nobody"}, "fields": seats("6")}).is(200).into(&would)
	if r := would.Records; len(r) != 2 || r[0].UID != two.UID || len(r[0].Changes) != 2 || r[0].Changes[1].Field != "worth" || string(r[0].Changes[0].Old) != "2" || string(r[0].Changes[0].New) != "6" || len(r[1].Changes) != 0 || r[1].Version != 1 {
		t.Errorf("%+v", r)
	}
	m.ask("POST", preview, inspector, map[string]any{"uids": []any{one.UID}, "fields": seats(12)}).is(200).into(&would)
	if p := would.Records[0].Problem; p == nil || p.Status != 422 || len(p.Errors) != 1 || p.Errors[0].Field != "fields.seats" {
		t.Errorf("%+v", would.Records[0])
	}
	m.ask("POST", preview, inspector, map[string]any{"uids": []any{one.UID}, "fields": map[string]any{"wings": 2}}).problem(422)
	m.ask("POST", preview, inspector, map[string]any{"uids": []any{}, "fields": seats(4)}).problem(422)

	// One that stands otherwise by now, or that cannot be so, keeps all from being saved, and is named.
	refused := []struct {
		status  int
		records []any
		fields  map[string]any
		at      string
	}{
		{http.StatusConflict, seen(1, 7), seats(4), "records.1"},
		{422, seen(1, 1), seats(12), "fields.seats"},
		{404, append(seen(1, 1), map[string]any{"uid": "nobody", "version": 1}), seats(4), "records.2"},
	}
	for _, r := range refused {
		p := m.ask("PATCH", list, inspector, map[string]any{"records": r.records, "fields": r.fields}).problem(r.status)
		if keys := strings.Join(problemOf{p}.keys(), " "); !strings.Contains(keys, r.at+" ") {
			t.Errorf("%d names %s", r.status, keys)
		}
		for _, b := range both {
			if b := now(b); b.Version != 1 {
				t.Errorf("changed by what was refused: %+v", b)
			}
		}
	}
	var done struct{ Changed int }
	body := map[string]any{"records": seen(1, 1), "fields": seats(6)}
	for range 2 { // a lost answer is asked for again
		m.ask("PATCH", list, inspector, body, "Idempotency-Key", "several-1").is(200).into(&done)
		if done.Changed != 1 {
			t.Errorf("%+v", done)
		}
	}
	if b := now(two); b.Version != 2 || b.Fields["seats"] != 6.0 {
		t.Errorf("%+v", b)
	}
}

// What somebody may not see or change they neither learn nor change by changing several.
func TestChangingSeveralByTheAPIKeepsWhatIsHeldBack(t *testing.T) {
	m, school := harbour(t)
	inspector, clerk := m.as("inspector", m.regions[0]), m.as("clerk", m.regions[0])
	b, _ := m.boat(inspector, school, map[string]any{"called": "Martin", "seats": 6, "risk": "flood", "hull": "TR 17", "debt": 4711})
	for _, fields := range []map[string]any{{"hull": "TR 17"}, {"hull": "TR 18"}, {"debt": 4711}} {
		looked := m.ask("POST", "/api/v1/boats/changes", clerk, map[string]any{"uids": []any{b.UID}, "fields": fields})
		saved := m.ask("PATCH", "/api/v1/boats", clerk, map[string]any{"records": []any{map[string]any{"uid": b.UID, "version": 1}}, "fields": fields})
		for _, a := range []answer{looked, saved} {
			if s := string(a.body); strings.Contains(s, `"old"`) || strings.Contains(s, "4711") {
				t.Errorf("%v: told %s", fields, s)
			}
		}
		var would edits
		if err := json.Unmarshal(looked.body, &would); err != nil || len(would.Records) != 1 || would.Records[0].Problem == nil || would.Records[0].Problem.Status != 403 {
			t.Errorf("%v: %s", fields, looked.body)
		}
		if p := saved.problem(403); len(p.Errors) == 0 || p.Errors[0].Field != "records.0" {
			t.Errorf("%v: %+v", fields, p)
		}
	}
}

// A district's officer changes several institutions of theirs, and none with one that is not.
func TestKGER6c_SeveralAreChangedHereAndNotElsewhereByTheAPI(t *testing.T) {
	kg := newWorld(t).ministries["kg"]
	officer, own, there := kg.as("district_officer", kg.here), kg.school(kg.here), kg.school(kg.there)
	seen := func(uids ...string) map[string]any {
		var of []any
		for _, uid := range uids {
			of = append(of, map[string]any{"uid": uid, "version": 1})
		}
		return map[string]any{"records": of, "fields": map[string]any{"floors": 2}}
	}
	p := kg.ask("PATCH", "/api/v1/institutions", officer, seen(own.UID, there.UID)).problem(403)
	if p.Rule == "" || p.Law == "" || p.Next == nil || len(p.Errors) != 1 || p.Errors[0].Field != "records.1" {
		t.Errorf("%+v", p)
	}
	kg.ask("PATCH", "/api/v1/institutions", officer, seen(own.UID)).is(200)
}
