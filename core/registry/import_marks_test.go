package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate/gatetest"
	"mektep/core/transfer"
)

// A column is read in one way: what one of its cells proves, or another of the file, holds
// for those that could be read in two. Without a proof, and with two, they are asked about,
// and a person's word settles it. More decimals than are kept are never rounded.
func TestAColumnIsReadInOneWay(t *testing.T) {
	for name, c := range map[string]struct {
		capacity, area string // cells of two rows, with a bar between
		said           string
		want           []string // findings, or capacities and areas
	}{
		"no proof":                       {"|", "1,250|7", "", []string{"2 floor_area import.row.number_two"}},
		"no proof, a point":              {"|", "1.250|7", "", []string{"2 floor_area import.row.number_two"}},
		"the same text in two columns":   {"1,250|", "|1,250", "", []string{"1250 <nil>", "<nil> 1250"}},
		"a comma proved in the column":   {"|", "1.250|12,5", "", []string{"<nil> 1250", "<nil> 12.5"}},
		"a point proved in the column":   {"|", "1.250|12.50", "", []string{"<nil> 1.25", "<nil> 12.5"}},
		"proved by both marks":           {"|", "1,250|2,250.5", "", []string{"<nil> 1250", "<nil> 2250.5"}},
		"proved by thousands twice":      {"|", "1.250|1.250.000", "", []string{"3 floor_area field.range"}},
		"proved by a leading nought":     {"|", "1,250|0,5", "", []string{"<nil> 1.25", "<nil> 0.5"}},
		"both are proved":                {"|", "1,250|12,5;12.5", "", []string{"2 floor_area import.row.number_mixed"}},
		"proved elsewhere in the file":   {"1.000|1,250.0", "1,250|7", "", []string{"1 1250", "1250 7"}},
		"a whole number against a proof": {"1,250|", "12,5|7", "", []string{"2 capacity import.row.number_two"}},
		"a person says comma":            {"|", "1,250|7", "comma", []string{"<nil> 1.25", "<nil> 7"}},
		"a person says point":            {"|", "1,250|7", "point", []string{"<nil> 1250", "<nil> 7"}},
		"a point said of commas":         {"|", "1.250,75|1.250;12,5", "point", []string{"2 floor_area import.row.number_comma", "4 floor_area import.row.number_comma"}},
		"a comma said of points":         {"|", "1250.75|1,250;12.5", "comma", []string{"2 floor_area import.row.number_point", "4 floor_area import.row.number_point"}},
		"said, and asked of nothing":     {"|", "12,5|7", "point", []string{"2 floor_area import.row.number_comma"}},
		"said of what can't be so":       {"1.250|", "|7", "point", []string{"2 capacity import.row.number_said"}},
		"both in the file, not in it":    {"1.200|950", "1998.0|12,5", "", []string{"2 capacity import.row.number_file"}},
		"a whole number as it is read":   {"1.250|", "|7", "", []string{"1250 <nil>", "<nil> 7"}},
		"more decimals than are kept":    {"|", "12,5|12,125", "", []string{"3 floor_area field.decimals"}},
		"noughts are no decimals":        {"|", "12,5|12,1300", "", []string{"<nil> 12.5", "<nil> 12.13"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "tr")
			var rows strings.Builder
			rows.WriteString(trHead + ";Öğrenci kontenjanı;Kapalı alan\n")
			caps := strings.Split(c.capacity, "|")
			var areas []string
			for k, cell := range strings.Split(c.area, "|") {
				for n, one := range strings.Split(cell, ";") {
					capacity := ""
					if n == 0 {
						capacity = caps[k]
					}
					areas = append(areas, one)
					fmt.Fprintf(&rows, "90010%d;D%d;İlkokul;İstanbul;Kadıköy;Resmî;%s;%s\n", len(areas), len(areas), capacity, one)
				}
			}
			i := d.upload(d.ctx, "list.csv", rows.String())
			targets := make([]string, len(i.Columns))
			for k := range i.Columns {
				targets[k] = i.Columns[k].Target
			}
			i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Decimal: c.said})
			ok(t, err)
			i, _ = d.step(d.ctx, i, d.t.Preview)
			got := found(d, i)
			if len(got) == 0 {
				if i, _ = d.step(d.ctx, i, d.t.Apply); i.State != transfer.Applied {
					t.Fatalf("%s %v", i.State, told(d, d.ctx, i))
				}
				capacity, area := schools(t, d, "capacity"), schools(t, d, "floor_area")
				for k := range areas {
					got = append(got, fmt.Sprint(capacity[fmt.Sprintf("D%d", k+1)], area[fmt.Sprintf("D%d", k+1)]))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s%s", rows.String(), diff)
			}
		})
	}
}

// What programs add to a number that they count in twos is none of its decimals; what
// somebody wrote is, by whatever door it comes.
func TestMoreDecimalsThanAreKeptAreNeverRounded(t *testing.T) {
	d := newDesk(t, "tr")
	d.enter(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Kapalı alan"},
		{"900101", "A", "İlkokul", "İstanbul", "Kadıköy", "Resmî", 12.130000000000001},
		{"900102", "B", "İlkokul", "İstanbul", "Kadıköy", "Resmî", 0.1 + 0.2},
	}, nil))
	if diff := cmp.Diff(map[string]any{"A": 12.13, "B": 0.3}, schools(t, d, "floor_area")); diff != "" {
		t.Error(diff)
	}
	i := d.preview(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Kapalı alan"},
		{"900103", "C", "İlkokul", "İstanbul", "Kadıköy", "Resmî", 12.125},
	}, nil))
	if diff := cmp.Diff([]string{"2 floor_area field.decimals"}, found(d, i)); diff != "" {
		t.Error(diff)
	}
	x := d.school("900104", "D", "ilkokul", d.byCode["1421"], nil)
	for _, v := range []any{12.125, "12.1250001", "12,125"} {
		_, err := d.s.Update(d.ctx, x.UID, x.Version, map[string]any{"floor_area": v})
		if f := faulttest.Of(t, err); len(f.Fields) != 1 || f.Fields[0].Key != "field.decimals" && f.Fields[0].Key != "field.number_ambiguous" {
			t.Errorf("%v: %v", v, err)
		}
	}
}

// Days of a column that puts the month first somewhere are not read day first elsewhere.
func TestDaysAreReadInOneOrder(t *testing.T) {
	file := trHead + ";Kuruluş tarihi\n"
	for k, day := range []string{"9/13/1998", "03/04/1998", "05/05/1998", "1998-04-03", "25/12/1998 00:00", "9/14/1998 12:00:00 AM"} {
		file += fmt.Sprintf("90010%d;D%d;İlkokul;İstanbul;Kadıköy;Resmî;%s\n", k, k, day)
	}
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, file)
	if diff := cmp.Diff([]string{"2 founded_on import.row.month_first", "3 founded_on import.row.day_two", "7 founded_on import.row.month_first"}, found(d, i)); diff != "" {
		t.Error(diff)
	}
	targets := make([]string, len(i.Columns))
	for k := range i.Columns {
		targets[k] = i.Columns[k].Target
	}
	_, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Days: "year"})
	wants(t, err, fault.Invalid, "")
	i, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Days: "month"})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if diff := cmp.Diff([]string{"6 founded_on import.row.day_first"}, found(d, i)); diff != "" || i.Counts.Faulty != 1 {
		t.Errorf("what was said does not hold: %+v %s", i.Counts, diff)
	}
	i, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Days: "month", Leave: []int{6}})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	i, run := d.step(d.ctx, i, d.t.Apply)
	if i.State != transfer.Applied {
		t.Fatalf("%v %v", run.Fault, found(d, i))
	}
	want := map[string]any{"D0": "1998-09-13", "D1": "1998-03-04", "D2": "1998-05-05", "D3": "1998-04-03", "D5": "1998-09-14"}
	if diff := cmp.Diff(want, schools(t, d, "founded_on")); diff != "" {
		t.Error(diff)
	}
	// Where nothing puts the month first, the day comes first.
	d = newDesk(t, "tr")
	d.enter(d.ctx, trHead+";Kuruluş tarihi\n900101;E;İlkokul;İstanbul;Kadıköy;Resmî;03/04/1998\n")
	if got := schools(t, d, "founded_on")["E"]; got != "1998-04-03" {
		t.Error(got)
	}
}

// What a finding says of a number is written as its reader writes numbers; what it advises,
// as the file does.
func TestAFindingWritesNumbersAsItsReaderAndAdvisesAsTheFile(t *testing.T) {
	for _, c := range []struct{ cells, lang, want string }{
		{"1.250|7", "tr", "1250 da 1,25 da"},
		{"1.250|7", "ru", "1250 или 1,25"},
		{"1.250|7", "en", "1250 or 1.25"},
		{"12.5|900.124", "tr", "örneğin 900.12"},
		{"12,5|900,124", "en", "to 900,12 for"},
		{"2 dönüm|7", "tr", "sayıyı tek başına yazın: 2000"},
	} {
		d := newDesk(t, "tr")
		file := trHead + ";Kapalı alan\n"
		for k, cell := range strings.Split(c.cells, "|") {
			file += fmt.Sprintf("90010%d;D%d;İlkokul;İstanbul;Kadıköy;Resmî;%s\n", k, k, cell)
		}
		i := d.preview(d.ctx, file)
		list, _, err := d.t.Findings(d.ctx, i.UID, 0)
		ok(t, err)
		if len(list) != 1 {
			t.Errorf("%s: %+v", c.cells, list)
			continue
		}
		if said := gatetest.Words(t, nil).Localizer(c.lang).T(list[0].Key, list[0].Args); !strings.Contains(said, c.want) {
			t.Errorf("%s in %s: %s", c.cells, c.lang, said)
		}
	}
}

// A cell that shows the year of a day alone says that year, and no day.
func TestACellThatShowsAYearSaysThatYear(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Yapım yılı", "Kuruluş tarihi"},
		{"900101", "A", "İlkokul", "İstanbul", "Kadıköy", "Resmî", day(1998, 9, 13), nil},
		{"900102", "B", "İlkokul", "İstanbul", "Kadıköy", "Resmî", day(1998, 9, 13), day(1998, 9, 13)},
	}, func(f *excelize.File) {
		year := "yyyy"
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &year})
		ok(t, err)
		ok(t, f.SetCellStyle("Sheet1", "G2", "H3", id))
	}))
	if got := found(d, i); len(got) != 1 || got[0] != "3 founded_on field.date_year" {
		t.Fatal(got)
	}
	d.enter(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Yapım yılı"},
		{"900101", "A", "İlkokul", "İstanbul", "Kadıköy", "Resmî", day(1998, 9, 13)},
	}, func(f *excelize.File) {
		year := "yyyy"
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &year})
		ok(t, err)
		ok(t, f.SetCellStyle("Sheet1", "G2", "G2", id))
	}))
	if got := schools(t, d, "year_built")["A"]; fmt.Sprint(got) != "1998" {
		t.Error(got)
	}
}
