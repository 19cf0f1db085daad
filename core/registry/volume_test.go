package registry_test

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"mektep/core/db/dbtest"
	"mektep/core/jobs"
	"mektep/core/registry"
)

// listVariable names a file with a national list of institutions for
// TestAWholeCountry: columns as people name them, no institution codes.
const listVariable = "MEKTEP_TEST_LIST"

// TestAWholeCountry imports a real list, where there is one.
func TestAWholeCountry(t *testing.T) {
	path := os.Getenv(listVariable)
	if path == "" {
		t.Skip(listVariable + " is not set")
	}
	d := newDesk(t, "tr")
	admin := d.known(d.as("tenant_admin", d.root))
	f, err := os.Open(path)
	ok(t, err)
	defer f.Close()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	i, err := d.t.Upload(admin, path, f)
	ok(t, err)
	targets := make([]string, len(i.Columns))
	for k, c := range i.Columns {
		t.Logf("%q → %q", c.Heading, c.Target)
		targets[k] = c.Target
	}
	i, err = d.t.Match(admin, i.UID, i.Version, targets, registry.ImportOptions{Since: time.Date(2017, 1, 10, 0, 0, 0, 0, time.UTC), Twins: true})
	ok(t, err)
	t.Log("upload", time.Since(start))
	start = time.Now()
	i, run := d.step(admin, i, d.t.Preview)
	t.Log("preview", time.Since(start), run.State, run.Fault)
	t.Logf("%+v", i.Counts)
	found, _, err := d.t.Findings(admin, i.UID, 0)
	ok(t, err)
	for _, x := range found[:min(len(found), 15)] {
		t.Logf("%+v", x)
	}
	start = time.Now()
	i, run = d.step(admin, i, d.t.Apply)
	t.Log("apply", time.Since(start), run.State, run.Fault)
	runtime.ReadMemStats(&after)
	t.Log("memory from the system MB", (after.Sys-before.Sys)>>20, "peak heap", after.HeapSys>>20)
	if run.State != jobs.Done {
		t.FailNow()
	}
	if os.Getenv("MEKTEP_TEST_LISTS") != "" {
		t.Log("without statistics")
		trialLists(t, d)
		t.Log("with statistics")
		_, err := dbtest.Super(t, d.db).Exec(context.Background(), "ANALYZE")
		ok(t, err)
		trialLists(t, d)
	} else {
		plainCopy(t, d)
	}
	if os.Getenv("MEKTEP_TEST_UNDO") != "" {
		start = time.Now()
		i, run = d.step(admin, i, d.t.Undo)
		t.Log("undo", time.Since(start), run.State, run.Fault, i.State)
	}
}

func trialLists(t *testing.T, d *desk) {
	istanbul := d.byCode["34"]
	for name, q := range map[string]registry.Query{
		"all": {}, "under istanbul": {Under: istanbul.UID}, "under tunceli": {Under: d.byCode["62"].UID}, "type": {Types: []string{"fen_lisesi"}}, "group": {Group: "primary"},
		"private": {Filter: []registry.Filter{{Field: "ownership", Any: []string{"private"}}}}, "word": {Words: "atatürk"}, "words": {Words: "atatürk ilk"}, "rare": {Words: "galatasaray"}, "common word": {Words: "ilkokulu"}, "mistake": {Words: "galatasray"}, "closed": {State: registry.Closed},
		"word+place": {Words: "atatürk", Under: d.byCode["62"].UID},
	} {
		var p registry.Page
		best := time.Hour
		for range 12 {
			start := time.Now()
			var err error
			ctx, cancel := context.WithTimeout(d.ctx, 2*time.Second)
			p, err = d.s.List(ctx, q)
			cancel()
			if err != nil {
				t.Log(name, err)
				break
			}
			best = min(best, time.Since(start))
		}
		start := time.Now()
		q.After = p.Next
		if q.After != "" {
			_, err := d.s.List(d.ctx, q)
			ok(t, err)
		}
		t.Logf("%-16s %8s total %d more %v; next page %s %v", name, best, p.Total, p.More, time.Since(start), p.Corrected)
	}
	for _, code := range []string{"34", "62"} {
		officer := d.as("province_statistics_officer", d.byCode[code])
		start := time.Now()
		p, err := d.s.List(officer, registry.Query{})
		ok(t, err)
		first := time.Since(start)
		start = time.Now()
		_, err = d.s.List(officer, registry.Query{})
		ok(t, err)
		t.Log("scope", code, first, time.Since(start), p.Total)
	}
	for _, by := range []registry.By{registry.ByType, registry.ByRegion, registry.ByDistrict, "ownership"} {
		start := time.Now()
		c, err := d.s.Counts(d.ctx, by, registry.Query{})
		ok(t, err)
		t.Log("counts by", by, time.Since(start), len(c), c[0])
	}
}

// plainCopy copies the rows that the import left into a fresh database, table by
// table, and says how long each took.
func plainCopy(t *testing.T, d *desk) {
	other := newWorld(t, "tr")
	from, to := dbtest.Super(t, d.db), dbtest.Super(t, other.db)
	ctx := context.Background()
	var total time.Duration
	tx, err := to.Begin(ctx)
	ok(t, err)
	defer tx.Rollback(ctx)
	for _, table := range []struct{ name, where string }{
		{"unit", "level = 'institution'"},
		{"unit_name", "unit_id IN (SELECT id FROM unit WHERE level = 'institution')"},
		{"unit_type", "true"},
		{"unit_parent", "unit_id IN (SELECT id FROM unit WHERE level = 'institution')"},
		{"unit_token", "unit_id IN (SELECT id FROM unit WHERE level = 'institution')"},
		{"unit_word", "true"},
		{"unit_variant", "true"},
		{"institution", "true"},
		{"institution_value", "true"},
		{"audit_entry", "object = 'institution'"},
		{"change_value", "field = '*'"},
	} {
		var b bytes.Buffer
		tag, err := from.PgConn().CopyTo(ctx, &b, "COPY (SELECT * FROM "+table.name+" WHERE "+table.where+") TO STDOUT (FORMAT binary)")
		ok(t, err)
		if table.name == "unit_word" || table.name == "unit_variant" {
			_, err = tx.Exec(ctx, "DELETE FROM "+table.name)
			ok(t, err)
		}
		start := time.Now()
		_, err = to.PgConn().CopyFrom(ctx, &b, "COPY "+table.name+" FROM STDIN (FORMAT binary)")
		took := time.Since(start)
		ok(t, err)
		total += took
		t.Logf("copy %-18s %8d rows %6d kB %s", table.name, tag.RowsAffected(), b.Cap()>>10, took)
	}
	t.Log("copied", total)
}
