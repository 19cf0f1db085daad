package registry_test

import (
	"context"
	"testing"

	"mektep/core/audit"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

// A right over imports opens no field group: who may see that a file was brought sees
// of its cells what they may see of the records, and nothing of columns that nobody
// has said the meaning of. That somebody else's cells were shown is recorded.
func TestTRDR3_AnImportShowsOthersNoMoreThanTheRegister(t *testing.T) {
	d := newDesk(t, "tr")
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	i := d.preview(officer, "Kurum Kodu;Kurum Adı;Kurum Türü;İlçe;Mülkiyet;Telefon;Müdürün annesi\n100001;Atatürk İlkokulu;İlkokul;1421;resmi;12;Ayşe\n1x;Işık Ortaokulu;ortaokul;1421;resmi;0216 345 67 89;Fatma\n")
	for _, c := range []struct {
		who           string
		ctx           context.Context
		phone, unread bool
	}{
		{"who brought it", officer, true, true},
		{"who may see contacts", d.as("province_mebbis_manager", d.byCode["34"]), true, false},
		{"who may not", d.as("province_e_personel_officer", d.byCode["34"]), false, false}, //nolint:misspell // a role of the country
	} {
		seen, err := d.t.Import(c.ctx, i.UID)
		ok(t, err)
		listed, _, err := d.t.Imports(c.ctx, "")
		ok(t, err)
		for _, x := range []*transfer.Import{seen, listed[0]} {
			for _, column := range x.Columns {
				want := true
				switch column.Heading {
				case "Telefon":
					want = c.phone
				case "Müdürün annesi":
					want = c.unread
				}
				if (len(column.Samples) > 0) != want {
					t.Errorf("%s: samples of %q: %v", c.who, column.Heading, column.Samples)
				}
			}
		}
		found, _, err := d.t.Findings(c.ctx, i.UID, 0)
		ok(t, err)
		phone, code := false, false
		for _, f := range found {
			phone = phone || f.Value == "12"
			code = code || f.Value == "1x"
		}
		if phone != c.phone || !code {
			t.Errorf("%s: is shown %+v", c.who, found)
		}
	}
	recorded := d.entries(audit.Filter{Object: "import", Action: "view", Target: i.UID})
	if len(recorded) != 2 {
		t.Errorf("%d entries tell that others were shown the cells, want 2", len(recorded))
	}
}

// What is taken away or shown of people leaves its entry each time.
func TestTakingAFileAndReadingNamesIsRecorded(t *testing.T) {
	d := newDesk(t, "tr")
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))
	school := d.school("100001", "Atatürk İlkokulu", "ilkokul", d.byCode["1421"], nil)
	_, err := d.s.Update(officer, school.UID, school.Version, map[string]any{"capacity": 12})
	ok(t, err)

	_, err = d.s.History(officer, school.UID, "")
	ok(t, err)
	if n := len(d.entries(audit.Filter{Object: registry.Institutions, Action: "view", Target: school.UID})); n != 1 {
		t.Errorf("a history with names left %d entries", n)
	}

	run, err := d.t.Export(officer, record.Query{}, "csv")
	ok(t, err)
	run = d.over(officer, run.UID)
	for n := 1; n <= 2; n++ {
		f, err := d.t.OpenExport(officer, run.UID)
		ok(t, err)
		ok(t, f.Close())
		if got := len(d.entries(audit.Filter{Object: "export", Action: "view", Target: run.UID})); got != n {
			t.Errorf("%d downloads left %d entries", n, got)
		}
	}
}

// entries are what the trail tells to a filter.
func (d *desk) entries(f audit.Filter) []audit.Record {
	d.world.t.Helper()
	found, _, err := d.trail.Search(d.ctx, f, "")
	ok(d.world.t, err)
	return found
}
