package registry_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/transfer"
)

func TestAnExportSaysWhatTheListSays(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("100001", "=Atatürk İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{
		"ownership": "public", "ramp": true, "capacity": 250, "founded_on": "1933-10-29", "phone": "+902163456789", "instruction_languages": []string{"tr", "en"}, "district_distance": 12.5,
	})
	d.school("100002", "Işık Ortaokulu", "ortaokul", d.byCode["1231"], map[string]any{"ownership": "private"})
	closed := d.school("100003", "Kapalı Lise", "fen_lisesi", d.byCode["1421"], nil)
	ok(t, d.s.Close(d.ctx, closed.UID, nil, registry.Act{Version: 1, Since: day(2020, 6, 30), Order: audit.Order{Number: "1", Date: day(2020, 1, 2)}}))
	officer := d.known(d.as("province_statistics_officer", d.byCode["34"]))

	for _, format := range []string{"csv", "xlsx"} {
		t.Run(format, func(t *testing.T) {
			f, data := d.export(officer, record.Query{State: record.All}, format)
			rows := table(t, format, data)
			if f.Rows != 2 || len(rows) != 3 || f.Name != "kurumlar-2026-03-02."+format {
				t.Fatalf("%d rows, file %s: %v", f.Rows, f.Name, rows)
			}
			cell := func(row []string, heading string) string {
				k := slices.Index(rows[0], heading)
				if k < 0 {
					t.Errorf("no column %q in %v", heading, rows[0])
					return ""
				}
				if k >= len(row) {
					return ""
				}
				return row[k]
			}
			distance := map[string]string{"csv": "12,5", "xlsx": "12.5"}[format]
			for heading, want := range map[string]string{
				"Kurum kodu": "100001", "Kurum adı": "'=Atatürk İlkokulu", "Kurum türü": "İlkokul", "İl": "İstanbul", "İlçe": "Kadıköy", "Mülkiyet": "Resmî",
				"Öğrenci kontenjanı": "250", "Rampa": "Evet", "Kuruluş tarihi": "1933-10-29", "Telefon": "+902163456789", "İlçe merkezine uzaklık (km)": distance, "Kapanış tarihi": "",
			} {
				if got := cell(rows[1], heading); got != want {
					t.Errorf("%s: %q, not %q", heading, got, want)
				}
			}
			if got := cell(rows[2], "Kurum adı"); got != "Kapalı Lise" {
				t.Errorf("%q", got)
			}
			for _, row := range rows {
				for _, c := range row {
					if c != "" && strings.ContainsAny(c[:1], "=@") {
						t.Errorf("%q opens as a formula", c)
					}
				}
			}
		})
	}
	entries := recorded(d.world, audit.Filter{Action: "export"})
	if len(entries) != 2 || entries[0].AccountUID != caller.From(officer).AccountUID || !slices.Contains(entries[0].Fields, "capacity") {
		t.Errorf("the trail: %+v", entries)
	}

	// In another language, and as far as another may see.
	c := *caller.From(d.known(d.as("contact_centre_agent", d.root)))
	_, err := d.t.Export(caller.With(context.Background(), &c), record.Query{}, "csv")
	wants(t, err, fault.Denied, "")
	_, err = d.t.Export(officer, record.Query{}, "pdf")
	wants(t, err, fault.Invalid, "import.no_format")
	run, err := d.t.Export(officer, record.Query{Words: "ataturk"}, "csv")
	ok(t, err)
	d.over(officer, run.UID)
	_, err = d.t.OpenExport(d.known(d.as("province_statistics_officer", d.byCode["34"])), run.UID)
	wants(t, err, fault.NotFound, "")
}

func TestAnExportComesBackAsAnImport(t *testing.T) {
	d := newDesk(t, "kg")
	one := d.school("", "№1 мектеп", "secondary_school", firstDistrict(d.world), map[string]any{"instruction_languages": []string{"ky", "ru"}, "address": "Көчө 1"})
	_, data := d.export(d.ctx, record.Query{}, "xlsx")
	i := d.preview(d.ctx, string(data))
	found, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(t, err)
	if i.Counts.Faulty != 0 || i.Counts.New != 0 {
		t.Errorf("%+v %+v", i.Counts, found)
	}
	_ = one
}

func TestAnExportGoesOnBeyondOnePortion(t *testing.T) {
	d := newDesk(t, "tr")
	text := "name;type;district_code;ownership\n"
	var want []string
	for n := range 2300 {
		name := fmt.Sprintf("Okul %04d", n) // letters could be almost another's
		text += name + ";ilkokul;1421;resmi\n"
		want = append(want, name)
	}
	d.enter(d.ctx, text)
	_, data := d.export(d.ctx, record.Query{}, "csv")
	var got []string
	for _, row := range table(t, "csv", data)[1:] {
		got = append(got, row[1])
	}
	if !slices.Equal(want, got) {
		t.Errorf("%d rows, not each of %d once and in order", len(got), len(want))
	}
}

// What was exported and is imported again changes nothing: in every language that can
// be asked for, in every format.
func TestWhatWasExportedChangesNothing(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("100001", "Atatürk İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{
		"ownership": "public", "ramp": true, "lift": false, "capacity": 1250, "founded_on": "1933-10-29", "phone": "+902163456789", "instruction_languages": []string{"tr", "en"},
		"district_distance": 12.5, "floor_area": 1250.13, "land_area": 12345.0, "year_built": 1987, "address": "Bahariye Cad. 1; kat 2",
	})
	d.school("100002", "Gümüşdere Ortaokulu", "ortaokul", d.byCode["1421"], map[string]any{"ownership": "private", "capacity": 1000, "floor_area": 1000.0})
	for _, lang := range []string{"tr", "en", "ru", "ky"} {
		for _, format := range []string{"csv", "xlsx"} {
			t.Run(lang+" "+format, func(t *testing.T) {
				c := *caller.From(d.ctx)
				c.Language = lang
				ctx := caller.With(d.ctx, &c)
				d.known(ctx)
				_, data := d.export(ctx, record.Query{State: record.All}, format)
				i := d.preview(ctx, string(data))
				if i.Counts != (transfer.Counts{Rows: 2, Unchanged: 2}) {
					t.Errorf("%+v %v", i.Counts, found(d, i))
				}
				out := 0
				for _, c := range i.Columns {
					if c.Target == "" {
						out++
					}
				}
				if out > 1 { // the day when it was closed is not imported
					t.Errorf("%d columns are left out: %+v", out, i.Columns)
				}
			})
		}
	}
}
