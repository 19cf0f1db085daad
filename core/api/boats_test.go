package api_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mektep/core/api"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/record"
	"mektep/core/record/boats"
	"mektep/core/transfer"
)

// harbour is a ministry of the country made for tests, with a register that the program
// does not have.
func harbour(t *testing.T) (m *ministry, school string) {
	t.Helper()
	w := in(t, false, countries{"zz": boats.Ministry(t)})
	_, err := dbtest.Super(t, w.db).Exec(context.Background(), boats.Tables)
	must(t, err)
	of := record.New(boats.Register(), w.db, w.clock, w.gate, w.trail, w.tree)
	w.deps.Registers = []api.Register{{Records: of, Path: "/boats", One: "boat", Many: "boats", Lists: w.lists(of, transfer.Plain{Records: of, Tree: w.tree})}}
	w.mountWith(w.deps)
	m = w.ministries["zz"]
	return m, m.school(m.here).UID
}

func (m *ministry) boat(token, school string, fields map[string]any) (b api.Record, tag string) {
	m.t.Helper()
	a := m.ask("POST", "/api/v1/boats", token, map[string]any{"parent": school, "since": "2026-02-01", "fields": fields}).is(http.StatusCreated)
	a.into(&b)
	return b, a.header.Get("ETag")
}

// Entering, reading, lists, counts, changing and history come from the register's data.
func TestARegisterGetsItsOperations(t *testing.T) {
	m, school := harbour(t)
	inspector := m.as("inspector", m.regions[0])
	p := m.ask("POST", "/api/v1/boats", inspector, map[string]any{"parent": school, "since": "2026-02-01", "fields": map[string]any{"called": "Martin", "seats": 12}}).problem(422)
	if keys := strings.Join(problemOf{p}.keys(), "; "); keys != "fields.seats field.range" {
		t.Error(keys)
	}
	b, tag := m.boat(inspector, school, map[string]any{"called": "Martin", "seats": "6", "risk": "flood"})
	if b.Name["en"] != "Martin" || b.Fields["seats"] != 6.0 || b.Parent != school || len(b.Groups) != 2 {
		t.Errorf("%+v", b)
	}
	m.boat(inspector, school, map[string]any{"called": "Gannet", "seats": 2})
	at := "/api/v1/boats/" + b.UID
	m.ask("PATCH", at, inspector, map[string]any{"fields": map[string]any{"hull": "TR 17"}}).is(http.StatusPreconditionRequired)
	m.ask("PATCH", at, inspector, map[string]any{"fields": map[string]any{"hull": "TR 17"}}, "If-Match", tag).is(200)
	m.ask("PATCH", at, inspector, map[string]any{"fields": map[string]any{"hull": "TR 18"}}, "If-Match", tag).is(http.StatusPreconditionFailed)
	var list struct {
		Items []api.RecordItem
		Total int
	}
	m.ask("GET", "/api/v1/boats?filter=seats:5..9", inspector, nil).is(200).into(&list)
	if list.Total != 1 || list.Items[0].UID != b.UID || list.Items[0].District.UID != m.here.UID {
		t.Errorf("%+v", list)
	}
	m.ask("GET", "/api/v1/boats?q=gan&limit=1", inspector, nil).is(200).into(&list)
	if list.Total != 1 || list.Items[0].Name["en"] != "Gannet" {
		t.Errorf("%+v", list)
	}
	m.ask("GET", "/api/v1/boats?incomplete=true", inspector, nil).is(200).into(&list)
	if list.Total != 0 {
		t.Errorf("nothing is missing, and yet: %+v", list)
	}
	var counts struct{ Items []struct{ Value string } }
	m.ask("GET", "/api/v1/boats/counts?by=risk", inspector, nil).is(200).into(&counts)
	if len(counts.Items) != 2 {
		t.Errorf("%+v", counts)
	}
	if h := string(m.ask("GET", at+"/history", inspector, nil).is(200).body); !strings.Contains(h, `"hull"`) || !strings.Contains(h, "TR 17") {
		t.Error(h)
	}
	d := string(m.ask("GET", "/api/v1/openapi.json", "", nil).is(200).body)
	for _, op := range []string{"list_boats", "count_boats", "get_boat", "boat_history", "create_boat", "update_boat", "preview_boat_changes", "update_boats", "export_boats", "upload_boat_import", "apply_boat_import", "list_boat_import_findings"} {
		if !strings.Contains(d, `"operationId":"`+op+`"`) {
			t.Errorf("the description has no %s", op)
		}
	}
}

// A list of a register's records comes and goes by its own operations, and by no other's.
func TestARegisterGetsItsListsAsFiles(t *testing.T) {
	m, _ := harbour(t)
	inspector := m.as("inspector", m.regions[0])
	code := m.school(m.here).Code
	up := m.sendFile("/api/v1/boats/imports", inspector, "boats.csv", "called;unit;seats\nMartin;"+code+";4\nTern;nowhere;2\n").is(http.StatusCreated)
	var i api.Import
	up.into(&i)
	if at := up.header.Get("Location"); !strings.HasPrefix(at, "/api/v1/boats/imports/") {
		t.Error(at)
	}
	if got := []string{i.Columns[0].Target, i.Columns[1].Target, i.Columns[2].Target}; strings.Join(got, " ") != "called unit seats" {
		t.Errorf("%v", got)
	}
	m.ask("GET", "/api/v1/imports/"+i.UID, inspector, nil).problem(404)
	m.ask("GET", "/api/v1/boats/imports/"+i.UID, inspector, nil).is(200)
	m.ask("POST", "/api/v1/boats/imports/"+i.UID+"/preview", inspector, nil, "If-Match", up.header.Get("ETag")).is(http.StatusAccepted)
	m.ask("POST", "/api/v1/boats/export", inspector, map[string]any{"format": "csv"}).is(http.StatusAccepted)
	m.ask("GET", "/api/v1/boats/imports/targets", inspector, nil).is(200)
	if s := string(m.ask("GET", "/api/v1/boats/imports/template?format=csv", inspector, nil).is(200).body); !strings.Contains(s, "Seats") {
		t.Error(s)
	}
}

// Who may not see a group, or a record, does not by any operation on it.
func TestOperationsOnARegisterKeepWhatIsHeldBack(t *testing.T) {
	m, school := harbour(t)
	inspector, clerk := m.as("inspector", m.regions[0]), m.as("clerk", m.regions[0])
	b, tag := m.boat(inspector, school, map[string]any{"called": "Martin", "seats": 6, "risk": "flood", "hull": "TR 17", "debt": 4711})
	m.boat(inspector, school, map[string]any{"called": "Gannet", "seats": 2})
	at := "/api/v1/boats/" + b.UID
	for _, path := range []string{at, at + "/history", "/api/v1/boats"} {
		if s := string(m.ask("GET", path, clerk, nil).is(200).body); strings.Contains(s, "TR 17") || strings.Contains(s, "4711") || strings.Contains(s, "flood") {
			t.Errorf("%s: %s", path, s)
		}
	}
	for _, q := range []string{"?filter=" + url.QueryEscape("debt:4711"), "/counts?by=risk", "?filter=risk:flood"} {
		m.ask("GET", "/api/v1/boats"+q, clerk, nil).problem(403)
	}
	m.ask("PATCH", at, clerk, map[string]any{"fields": map[string]any{"hull": "TR 17"}}, "If-Match", tag).problem(403)
	m.ask("POST", "/api/v1/boats", clerk, map[string]any{"parent": school, "since": "2026-02-01", "fields": map[string]any{"called": "Tern", "seats": 2, "hull": "TR 17"}}).problem(403)
	coach := m.as("coach", m.school(m.there).Unit)
	m.ask("GET", at, coach, nil).problem(403)
	must(t, m.db.Tenant(m.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "INSERT INTO boat_crew SELECT $1, id, $3 FROM boat WHERE tenant_id = $1 AND uid = $2", tx.Tenant(), b.UID, m.tokens[coach].Account)
		return err
	}))
	if s := string(m.ask("GET", at, coach, nil).is(200).body); !strings.Contains(s, "Martin") || strings.Contains(s, "TR 17") {
		t.Error(s)
	}
	var list struct{ Total int }
	m.ask("GET", "/api/v1/boats", coach, nil).is(200).into(&list)
	if list.Total != 1 {
		t.Errorf("a coach sees %d boats", list.Total)
	}
	m.ask("PATCH", at, coach, map[string]any{"fields": map[string]any{"seats": 5}}, "If-Match", tag).is(200)
}
