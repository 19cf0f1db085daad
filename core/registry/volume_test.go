package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// A national list as a ministry keeps one: columns as people name them, no codes, every
// district of the country, schools of one name in one place. It is imported whole, found
// again by place, and taken back whole. How long that takes, the benchmark says.
func TestAWholeCountry(t *testing.T) {
	d := newDesk(t, "tr")
	admin := d.known(d.as("tenant_admin", d.root))
	ankara := d.byCode["06"]
	var list strings.Builder
	list.WriteString("Kurum Adı;Kurum Türü;İl;İlçe;Mülkiyet\n")
	rows, inAnkara := 0, 0
	for _, u := range d.byCode {
		if u.Level != unit.District {
			continue
		}
		region := regionOf(d.world, u)
		line := fmt.Sprintf("Cumhuriyet Halk Eğitimi Merkezi;Halk eğitimi merkezi;%s;%s;resmî\n", region.Name["tr"], u.Name["tr"])
		list.WriteString(line)
		rows++
		if region.ID == ankara.ID {
			list.WriteString(line) // another one of the same name
			rows, inAnkara = rows+1, inAnkara+2
		}
	}
	i := d.upload(admin, "ulke.csv", list.String())
	targets := make([]string, len(i.Columns))
	for k, c := range i.Columns {
		targets[k] = c.Target
	}
	if slices.Contains(targets, "") {
		t.Fatalf("a column was not understood: %+v", i.Columns)
	}
	i, err := d.t.Match(admin, i.UID, i.Version, targets, transfer.Options{Since: time.Date(2017, 1, 10, 0, 0, 0, 0, time.UTC), Twins: true})
	ok(t, err)
	i, run := d.step(admin, i, d.t.Preview)
	if run.State != jobs.Done || i.Counts.New != rows || rows < 500 {
		found, _, _ := d.t.Findings(admin, i.UID, 0)
		t.Fatalf("of %d rows: %s %v %+v %+v", rows, run.State, run.Fault, i.Counts, found[:min(3, len(found))])
	}
	if i, run = d.step(admin, i, d.t.Apply); run.State != jobs.Done {
		t.Fatal(run.Fault)
	}
	listed := func(q record.Query) int {
		p, err := d.s.List(d.ctx, q)
		ok(t, err)
		return p.Total
	}
	if n := listed(record.Query{}); n != rows {
		t.Errorf("%d are there, of %d", n, rows)
	}
	if n := listed(record.Query{Under: ankara.UID}); n != inAnkara || n == 0 {
		t.Errorf("%d are in one province, of %d", n, inAnkara)
	}
	if _, run = d.step(admin, i, d.t.Undo); run.State != jobs.Done {
		t.Fatal(run.Fault)
	}
	if n := listed(record.Query{}); n != 0 {
		t.Errorf("%d are left", n)
	}
}
