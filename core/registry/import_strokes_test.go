package registry_test

import (
	"strings"
	"testing"

	"mektep/core/transfer"

	"github.com/google/go-cmp/cmp"
)

// A stroke, or what else fills a cell that is empty, is nothing in every column: in those of
// the institution itself too, and in those of yes and no, where it is no only as a minus that
// stands with pluses.
func TestAStrokeIsNothingInEveryColumn(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("990008", "Işık İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public", "short_name": "Kısa"})
	d.school("990014", "Papatya İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	for _, stroke := range []string{"-", "—", "―", "---", "___", "***", "...", "…", "/", ".", "- -"} {
		list := "code;name;type;district_code;ownership;since;short_name;website;ramp;classrooms\n" +
			"990008;Işık İlkokulu;ilkokul;1421;@;@;@;@;@;12\n@;Gama Okulu;ilkokul;1421;resmi;@;@;@;Evet;@\n"
		i := d.preview(d.ctx, strings.ReplaceAll(list, "@", stroke))
		if got := found(d, i); len(got) != 0 || i.Counts.Changed != 1 || i.Counts.New != 1 {
			t.Errorf("%q: %+v %v", stroke, i.Counts, got)
		}
	}
	// Where a cell must say something, a stroke says as much as an empty one.
	list := "code;name;type;district_code;ownership;classrooms\n990008;@;@;@;@;12\n;@;@;@;@;1\n"
	if diff := cmp.Diff(found(d, d.preview(d.ctx, strings.ReplaceAll(list, "@", ""))), found(d, d.preview(d.ctx, strings.ReplaceAll(list, "@", "-")))); diff != "" {
		t.Error(diff)
	}
	d.school("990015", "Gül İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	for file, want := range map[string]string{
		"+;-":        "ramp true ramp false",
		"+;—":        "ramp true ramp false",
		"Evet;-":     "ramp true",
		"Hayır;-":    "ramp false",
		"-;-":        "",
		"-;---":      "",
		"+;Hayır;-":  "ramp true ramp false", // a word says no: the stroke is nothing
		"x;-":        "ramp true",
		"+;-;Yok":    "ramp true ramp false",
		"Evet;+;-":   "ramp true ramp true ramp false",
		"false;true": "ramp false ramp true",
	} {
		rows := "code;name;ramp\n"
		for k, s := range strings.Split(file, ";") {
			rows += []string{"990008;Işık İlkokulu;", "990014;Papatya İlkokulu;", "990015;Gül İlkokulu;"}[k] + s + "\n"
		}
		i := d.preview(d.ctx, rows)
		list, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Changes, 0)
		ok(t, err)
		var got []string
		for _, f := range list {
			got = append(got, f.Target+map[any]string{true: " true", false: " false"}[f.New])
		}
		if strings.Join(got, " ") != want || len(found(d, i)) != 0 {
			t.Errorf("%s: %v, want %s: %v", file, got, want, found(d, i))
		}
	}
}

// A mark for "as above" is no empty cell and no text: the line above is not part of the row, and a
// list that was sorted has another there.
func TestAMarkThatRepeatsTheLineAboveIsAFinding(t *testing.T) {
	d := newDesk(t, "kg")
	place := firstDistrict(d.world).Code
	for _, mark := range []string{"-//-", "--//--", "//", "〃", "- » -", "то же", "Там же", "ошол эле", "ditto"} {
		i := d.preview(d.ctx, "name;type;district_code;ownership;address\nБир;secondary_school;"+place+";public;Көчө 1\nЭки;"+mark+";"+place+";public;"+mark+"\n")
		if diff := cmp.Diff([]string{"3 type import.row.ditto", "3 address import.row.ditto"}, found(d, i)); diff != "" || i.Counts.Faulty != 1 {
			t.Errorf("%s: %+v %s", mark, i.Counts, diff)
		}
		// A place that is not read is not missing as well.
		i = d.preview(d.ctx, "name;type;district;ownership\nЭки;secondary_school;"+mark+";public\n")
		if diff := cmp.Diff([]string{"2 district import.row.ditto"}, found(d, i)); diff != "" || i.Counts.Faulty != 1 {
			t.Errorf("%s: %+v %s", mark, i.Counts, diff)
		}
	}
}
