package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/transfer"
)

// Totals and signatures below a list are no institutions: they are proposed to be left out,
// and what is left out stands against nothing.
func TestRowsThatAreNoInstitutionsCanBeLeftOut(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, trHead+";Öğrenci kontenjanı\n900101;A;İlkokul;İstanbul;Kadıköy;Resmî;100\n900102;B;;İstanbul;Kadıköy;Resmî;100\nTOPLAM;2 okul;;;;;200\nHazırlayan: A. B.;;;;;;\n")
	if diff := cmp.Diff([]int{4, 5}, i.Options.Odd); diff != "" || i.Counts.Faulty != 3 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Leave: []int{3, 4, 5}})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i.Counts != (transfer.Counts{Rows: 4, New: 1, Duplicate: 3, Findings: 3}) || len(i.Options.Odd) > 0 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
	if i, run := d.step(d.ctx, i, d.t.Apply); i.State != transfer.Applied {
		t.Errorf("%s %v", i.State, run.Fault)
	}
}

// In a list of codes and names nothing says where anything is: a total in whatever column, first or
// last, a remark and what stands behind the last code are proposed all the same; what is called so, or
// merely lacks its code, is not.
func TestTotalsAndRemarksOfAListOfCodesAreProposedToBeLeftOut(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900101", "Işık İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	d.school("900102", "Papatya İlkokulu", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "public"})
	row := "900101;Işık İlkokulu;100;2\n"
	more := "900102;Papatya İlkokulu;100;2\n"
	for tail, want := range map[string][]int{
		";GENEL TOPLAM;200;\n" + row + more:                        {2},
		row + more + ";TOPLAM;200;4\n":                             {4},
		row + more + ";;Toplam;\n":                                 {4},
		row + "; Toplam: ;100;\n" + more:                           {3},
		row + more + ";Not: veriler 30.11.2026 itibarıyladır.;;\n": {4},
		row + more + ";Düzenleyen;;\n;A. B.;Şube Müdürü;\n":        {4, 5},
		row + "TOPLAM;2 okul;200;4\n" + more:                       {3},
		row + "TOPLAM;;200;\n" + more + "ВСЕГО: 2;;400;\n":         {3, 5},
		row + more + ";Жыйынтыгы;200;4\n":                          {4},
		row + "Итого школ: 2;;200;\n" + more:                       {3},
		row + ";Total schools;200;\n" + more:                       {3},
		row + "900102;Toplam;100;2\n" + "900103;Toplam;100;2\n":    nil,
		row + ";Toplamlar Köyü İlkokulu;100;2\n" + more:            nil,
		row + ";Yeni İlkokul;100;2\n" + more:                       nil,
		row + more + ";Yeni İlkokul;100;2\n":                       nil,
		row + more + ";Yeni İlkokul;100;\n":                        nil,
	} {
		i := d.preview(d.ctx, "Kurum kodu;Kurum adı;Öğrenci kontenjanı;Kat sayısı\n"+tail)
		if diff := cmp.Diff(want, i.Options.Odd); diff != "" {
			t.Errorf("%s%s", tail, diff)
		}
	}
}

// A total is no institution though all that one needs is said in its row: it is not entered unseen. What is
// called so and has a code is one.
func TestATotalIsEnteredAsNoInstitution(t *testing.T) {
	for country, c := range map[string]struct{ head, row, total, named string }{
		"tr": {trHead, "900101;A;İlkokul;İstanbul;Kadıköy;Resmî\n", "GENEL TOPLAM;Toplam;İlkokul;İstanbul;Kadıköy;Resmî\n", "900102;Toplam;İlkokul;İstanbul;Kadıköy;Resmî\n"},
		"kg": {
			"code;name.ky;name.ru;type;district_code;ownership", "700201;Бир мектеп;Школа № 1;secondary_school;%s;public\n",
			";Жыйынтыгы;ВСЕГО;secondary_school;%s;public\n", "700202;Жыйынтык;Итог;secondary_school;%s;public\n",
		},
	} {
		d := newDesk(t, country)
		text := c.head + "\n" + c.row + c.total + c.named
		if country == "kg" {
			text = strings.ReplaceAll(text, "%s", firstDistrict(d.world).Code)
		}
		i := d.preview(d.ctx, text)
		if diff := cmp.Diff([]int{3}, i.Options.Odd); diff != "" || i.Counts.New != 2 || i.Counts.Faulty != 1 {
			t.Errorf("%s: %+v %v %s", country, i.Counts, found(d, i), diff)
		}
	}
}

// A list that gives no codes ends in a total as well: where all rows say their type and place alike,
// nothing else would hold it back.
func TestATotalOfAListWithoutCodesIsNoInstitution(t *testing.T) {
	for country, totals := range map[string][]string{
		"tr": {"TOPLAM", "Genel Toplam", "Toplam: 2 okul", "ANKARA TOPLAMI", "YEKÛN"},
		"kg": {"Итого по району: 2 школы", "ВСЕГО", "Жыйынтыгы", "Райондо бардыгы: 2"},
	} {
		d := newDesk(t, country)
		all := transfer.Options{Values: map[string]string{
			"type": map[string]string{"tr": "ilkokul", "kg": "secondary_school"}[country], "ownership": "public",
			"district": firstDistrict(d.world).Name[map[string]string{"tr": "tr", "kg": "ky"}[country]],
		}}
		for _, total := range totals {
			i := d.upload(d.ctx, "list.csv", "name;capacity\nDeneme Yıldız;100\nToplamlı Güneş;100\n"+total+";200\n")
			i, err := d.t.Match(d.ctx, i.UID, i.Version, []string{"name", "capacity"}, all)
			ok(t, err)
			i, _ = d.step(d.ctx, i, d.t.Preview)
			if diff := cmp.Diff([]int{4}, i.Options.Odd); diff != "" || i.Counts.New != 2 || i.Counts.Faulty != 1 {
				t.Errorf("%s %s: %+v %v %s", country, total, i.Counts, found(d, i), diff)
			}
		}
	}
}

// Lines that are left out are those of what was read: what is read otherwise has others.
func TestLinesAreLeftOutOfWhatWasRead(t *testing.T) {
	d := newDesk(t, "tr")
	head := []any{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet"}
	i := d.upload(d.ctx, "list.xlsx", spreadsheet(t, [][]any{head, {"900101", "A", "İlkokul", "İstanbul", "Kadıköy", "Resmî"}, {"TOPLAM", "1 okul"}}, func(f *excelize.File) {
		_, err := f.NewSheet("B")
		ok(t, err)
		for r, row := range [][]any{head, {"900102", "B", "İlkokul", "İstanbul", "Kadıköy", "Resmî"}, {"900103", "C", "İlkokul", "İstanbul", "Kadıköy", "Resmî"}} {
			ok(t, f.SetSheetRow("B", fmt.Sprintf("A%d", r+1), &row))
		}
	}))
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Leave: []int{3}})
	ok(t, err)
	i, err = d.t.Reread(d.ctx, i.UID, i.Version, exchange.Reading{Sheet: "B"})
	ok(t, err)
	if i, _ = d.step(d.ctx, i, d.t.Preview); i.Counts != (transfer.Counts{Rows: 2, New: 2}) {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}

// A line that is none of the list can't be left out: whoever names it means another.
func TestOnlyLinesOfTheListAreLeftOut(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "list.csv", "LİSTE\n"+trHead+"\n900101;A;İlkokul;İstanbul;Kadıköy;Resmî\n\nTOPLAM;1 okul\n")
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	for _, c := range []struct {
		leave []int
		want  fault.List
	}{
		{[]int{5}, nil},
		{[]int{4, 5}, nil}, // an empty line within the list
		{[]int{1, 2, 5}, fault.List{"1", "2"}},
		{[]int{5, 99}, fault.List{"99"}},
		{[]int{0, -1}, fault.List{"0", "-1"}},
	} {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Leave: c.leave})
		if c.want == nil {
			ok(t, err)
			i.Version++
			continue
		}
		if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Name != "leave" || !cmp.Equal(f.Fields[0].Args["Lines"], any(c.want)) {
			t.Errorf("%v: %v", c.leave, err)
		}
	}
}
