package registry_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/jobs"
	"mektep/core/record"
	"mektep/core/transfer"
)

// spreadsheet is a workbook as an office's program writes it.
func spreadsheet(t testing.TB, rows [][]any, more func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	for r, row := range rows {
		for c, cell := range row {
			at, _ := excelize.CoordinatesToCellName(c+1, r+1)
			if cell != nil {
				ok(t, f.SetCellValue("Sheet1", at, cell))
			}
		}
	}
	if more != nil {
		more(f)
	}
	var b bytes.Buffer
	ok(t, f.Write(&b))
	return b.String()
}

// found are the findings of an import as line, target, key.
func found(d *desk, i *transfer.Import) []string {
	d.world.t.Helper()
	list, _, err := d.t.Findings(d.ctx, i.UID, 0)
	ok(d.world.t, err)
	out := []string{}
	for _, f := range list {
		out = append(out, fmt.Sprintf("%d %s %s", f.Line, f.Target, f.Key))
	}
	return out
}

// schools returns the fields of every institution by its name.
func schools(t *testing.T, d *desk, id string) map[string]any {
	t.Helper()
	out := map[string]any{}
	for _, i := range list(t, d.world, d.ctx, record.Query{}).Items {
		got, err := d.s.Get(d.ctx, i.UID)
		ok(t, err)
		out[got.Name[d.profile.Main()]] = got.Fields[id]
	}
	return out
}

const trHead = "Kurum kodu;Kurum adı;Kurum türü;İl;İlçe;Mülkiyet"

func TestThousandsOfATurkishFile(t *testing.T) {
	d := newDesk(t, "tr")
	d.enter(d.ctx, "\ufeff"+trHead+";Öğrenci kontenjanı;Kapalı alan\r\n900101;Deneme Bir;İlkokul;İstanbul;Kadıköy;Resmî;1.000;1.250\r\n900102;Deneme İki;İlkokul;İstanbul;Kadıköy;Resmî;1.200;1.250,5\r\n")
	if diff := cmp.Diff(map[string]any{"Deneme Bir": 1000.0, "Deneme İki": 1200.0}, schools(t, d, "capacity")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]any{"Deneme Bir": 1250.0, "Deneme İki": 1250.5}, schools(t, d, "floor_area")); diff != "" {
		t.Error(diff)
	}
}

// What a workbook stores as a number is no text of any language.
func TestNumbersOfAWorkbookKeepTheirPoint(t *testing.T) {
	d := newDesk(t, "tr")
	d.enter(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Öğrenci kontenjanı", "Kapalı alan"},
		{900101.0, "Sayı", "İlkokul", "İstanbul", "Kadıköy", "Resmî", 1000, 12.12},
		{"900102", "Metin", "İlkokul", "İstanbul", "Kadıköy", "Resmî", "1.000", "1.250,0"},
	}, nil))
	if diff := cmp.Diff(map[string]any{"Sayı": 12.12, "Metin": 1250.0}, schools(t, d, "floor_area")); diff != "" {
		t.Error(diff)
	}
}

func TestDaysOfFiles(t *testing.T) {
	d := newDesk(t, "tr")
	var rows strings.Builder
	rows.WriteString(trHead + ";Kuruluş tarihi\n")
	for k, day := range []string{"01.09.2010 00:00:00", "01.09.2010 00:00", "2010-09-01 00:00:00", "2010-09-01T00:00:00", "1987", "41426", "43710.5", "01.09.10", "01.09.2998"} {
		fmt.Fprintf(&rows, "90017%d;Deneme %d;İlkokul;İstanbul;Kadıköy;Resmî;%s\n", k, k, day)
	}
	i := d.preview(d.ctx, rows.String())
	want := []string{"6 founded_on field.date_year", "7 founded_on field.date_figures", "8 founded_on field.date_figures", "9 founded_on field.date_short", "10 founded_on field.date_beyond"}
	if diff := cmp.Diff(want, found(d, i)); diff != "" {
		t.Error(diff)
	}
	from04 := true
	d.enter(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Kuruluş tarihi"},
		{"900180", "Eski Mac", "İlkokul", "İstanbul", "Kadıköy", "Resmî", 41426},
	}, func(f *excelize.File) {
		style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		ok(t, err)
		ok(t, f.SetCellStyle("Sheet1", "G2", "G2", style))
		ok(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &from04}))
	}))
	if got := schools(t, d, "founded_on")["Eski Mac"]; got != "2017-06-02" {
		t.Errorf("1904: %v", got)
	}
}

// Of a day of which a cell shows the month or the year alone nobody said which day it is,
// whatever the workbook stores; in other columns it is no day either.
func TestADayOfWhichAPartIsShownWasNotSaid(t *testing.T) {
	d := newDesk(t, "tr")
	rows := [][]any{{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet", "Kuruluş tarihi", "since", "Kontenjan"}}
	formats := []string{"mmmm yyyy", "yyyy", "mmm-yy", "d mmmm", "dd.mm.yyyy"}
	for k := range formats {
		rows = append(rows, []any{fmt.Sprint(900180 + k), fmt.Sprint("Okul ", 'A'+k), "İlkokul", "İstanbul", "Kadıköy", "Resmî", 41426, 41426, 41426})
	}
	i := d.preview(d.ctx, spreadsheet(t, rows, func(f *excelize.File) {
		for k, format := range formats {
			style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			ok(t, err)
			ok(t, f.SetCellStyle("Sheet1", fmt.Sprint("G", k+2), fmt.Sprint("I", k+2), style))
		}
	}))
	want := []string{
		"2 founded_on import.row.day_partly", "2 since import.row.day_partly", "2 capacity import.row.day_here",
		"3 founded_on field.date_year", "3 since field.date_year",
		"4 founded_on import.row.day_partly", "4 since import.row.day_partly", "4 capacity import.row.day_here",
		"5 founded_on import.row.day_partly", "5 since import.row.day_partly", "5 capacity import.row.day_here",
		"6 capacity field.int",
	}
	got := found(d, i)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAnUnclosedQuotationMarkStopsTheFile(t *testing.T) {
	d := newDesk(t, "tr")
	var rows strings.Builder
	rows.WriteString(trHead + ";Not\n")
	for k := range 50 {
		note := "not"
		if k == 24 {
			note = `"eski bina`
		}
		fmt.Fprintf(&rows, "9002%02d;Deneme %d;İlkokul;İstanbul;Kadıköy;Resmî;%s\n", k, k, note)
	}
	_, err := d.t.Upload(d.ctx, "l.csv", strings.NewReader(rows.String()))
	if f := wants(t, err, fault.Invalid, "import.unclosed"); len(f.Fields) != 1 || f.Fields[0].Line != 26 {
		t.Errorf("%+v", f.Fields)
	}
}

func TestAMergedDistrictCountsForItsRows(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.enter(d.ctx, spreadsheet(t, [][]any{
		{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet"},
		{"900601", "Bir", "İlkokul", "İstanbul", "Kadıköy", "Resmî"},
		{"900602", "İki", "İlkokul", "İstanbul", nil, "Resmî"},
	}, func(f *excelize.File) { ok(t, f.MergeCell("Sheet1", "E2", "E3")) }))
	if i.Counts.New != 2 {
		t.Fatalf("%+v", i.Counts)
	}
	for _, i := range list(t, d.world, d.ctx, record.Query{}).Items {
		if i.District == nil {
			t.Errorf("%v lies under the province", i.Name)
		}
	}
}

// Errors of formulas, lost letters and what cannot be read are findings of the row,
// in names and in any other column that is matched.
func TestCellsThatSayNothing(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, trHead+";Adres\n900701;#YOK;İlkokul;İstanbul;Kadıköy;Resmî;a\n900702;Deneme;İlkokul;İstanbul;Kadıköy;Resmî;#REF!\n"+
		"900703;Та? орто;İlkokul;İstanbul;Kadıköy;Resmî;a\n900704;К?н орто;İlkokul;İstanbul;Kadıköy;Resmî;a\n900705;?;İlkokul;İstanbul;Kadıköy;Resmî;a\n"+
		"900706;\u200b;İlkokul;İstanbul;Kadıköy;Resmî;a\n900707;\"Satır\nsonu\";İlkokul;İstanbul;Kadıköy;Resmî;a\n900708;Sцрьt Okulu;İlkokul;İstanbul;Kadıköy;Resmî;a\n"+
		"900709;Ters;İlkokul;İstanbul;Kadıköy;Resmî;\u202eters\n900710;Dar;İlkokul;İstanbul;Kadıköy;Resmî;a\u200bb\n900711;Adres;İlkokul;İstanbul;Kadıköy;Resmî;Cad. ???rk\n")
	want := []string{
		"2 name import.row.broken", "3 address import.row.broken", "4 name import.row.lost", "5 name import.row.lost", "6 name field.no_letter",
		"7 name field.plain", "9 name field.alphabets",
		"10 address field.unseen", "11 address field.unseen", "12 address import.row.lost",
	}
	if diff := cmp.Diff(want, found(d, i)); diff != "" || i.Counts.New != 2 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
}

func TestLettersThatACodePageDoesNotHave(t *testing.T) {
	d := newDesk(t, "kg")
	raw, err := charmap.Windows1251.NewEncoder().Bytes([]byte("name.ky;type;district_code;ownership\r\n№ 901 Та? орто мектеби;secondary_school;" + d.profile.AreasAt("district", day(2026, 1, 1))[0].Code + ";public\r\n"))
	ok(t, err)
	i := d.preview(d.ctx, string(raw))
	if i.Options.Reading.Encoding != "windows-1251" {
		t.Errorf("%+v", i.Options.Reading)
	}
	if got := found(d, i); len(got) != 1 || !strings.HasSuffix(got[0], "import.row.lost") {
		t.Errorf("%v", got)
	}
}

// How a file is read is proposed, told and can be changed: encoding, separator,
// headings, sheet, hidden rows.
func TestHowAFileIsReadIsAPersonsToChange(t *testing.T) {
	d := newDesk(t, "tr")
	raw, err := charmap.Windows1254.NewEncoder().Bytes([]byte("T.C. DENEME VALİLİĞİ\r\n\r\nKURUM LİSTESİ;;;;;\r\n" + trHead + "\r\n900141;Söğüt Göğüş;İlkokul;İstanbul;Kadıköy;Resmî\r\n"))
	ok(t, err)
	i := d.upload(d.ctx, "l.csv", string(raw))
	if diff := cmp.Diff(exchange.Reading{Encoding: "windows-1254", Separator: ";", Heading: 4}, i.Options.Reading); diff != "" || i.Columns[1].Target != "name" {
		t.Fatalf("%s %+v", diff, i.Columns)
	}
	wrong, err := d.t.Reread(d.ctx, i.UID, i.Version, exchange.Reading{Encoding: "windows-1251", Separator: ";", Heading: 3})
	ok(t, err)
	if wrong.Columns[0].Heading != "KURUM LЭSTESЭ" || wrong.Options.Reading.Encoding != "windows-1251" {
		t.Errorf("%+v", wrong)
	}
	for _, how := range []exchange.Reading{{Encoding: "x"}, {Separator: "x"}, {Heading: 99}} {
		_, err = d.t.Reread(d.ctx, i.UID, wrong.Version, how)
		wants(t, err, fault.Invalid, "import.bad_reading")
	}
	_, err = d.t.Reread(d.ctx, i.UID, i.Version, exchange.Reading{})
	wants(t, err, fault.Conflict, "unit.changed_meanwhile")
	right, err := d.t.Reread(d.ctx, i.UID, wrong.Version, exchange.Reading{})
	ok(t, err)
	right, run := d.step(d.ctx, right, d.t.Preview)
	if run.State != jobs.Done || right.Counts != (transfer.Counts{Rows: 1, New: 1}) {
		t.Errorf("%v %+v %v", run.Fault, right.Counts, found(d, right))
	}
}

func TestTheSheetThatIsShownIsRead(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "l.xlsx", spreadsheet(t, [][]any{{"gizli"}}, func(f *excelize.File) {
		for k, name := range []string{"Merkez", "Köyler"} {
			_, err := f.NewSheet(name)
			ok(t, err)
			for c, cell := range strings.Split(trHead, ";") {
				at, _ := excelize.CoordinatesToCellName(c+1, 1)
				ok(t, f.SetCellValue(name, at, cell))
				ok(t, f.SetCellValue(name, strings.Replace(at, "1", "2", 1), []string{fmt.Sprint(900241 + k), name, "İlkokul", "İstanbul", "Kadıköy", "Resmî"}[c]))
				ok(t, f.SetCellValue(name, strings.Replace(at, "1", "3", 1), []string{fmt.Sprint(900251 + k), name + " gizli", "İlkokul", "İstanbul", "Kadıköy", "Resmî"}[c]))
			}
			ok(t, f.SetRowVisible(name, 3, false))
		}
		f.SetActiveSheet(1)
		ok(t, f.SetSheetVisible("Sheet1", false))
	}))
	if i.Options.Reading.Sheet != "Merkez" || len(i.Look.Sheets) != 3 || i.Look.Sheets[1].HiddenRows != 1 || !slices.Equal(i.Unread(), []string{"Sheet1", "Köyler"}) {
		t.Fatalf("%+v %+v", i.Options.Reading, i.Look)
	}
	i, err := d.t.Reread(d.ctx, i.UID, i.Version, exchange.Reading{Sheet: "Köyler"})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if diff := cmp.Diff([]string{"3  import.row.hidden"}, found(d, i)); diff != "" || i.Counts.New != 2 {
		t.Errorf("%+v %s", i.Counts, diff)
	}
	i, err = d.t.Reread(d.ctx, i.UID, i.Version, exchange.Reading{Sheet: "Köyler", NoHidden: true})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i.Counts != (transfer.Counts{Rows: 1, New: 1}) {
		t.Errorf("%+v", i.Counts)
	}
}

func TestWhatIsNoTableIsToBeSavedAsOne(t *testing.T) {
	d := newDesk(t, "tr")
	for _, raw := range []string{"<html><table><tr><td>Kurum kodu</td></tr></table></html>", "%PDF-1.4\nx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00"} {
		_, err := d.t.Upload(d.ctx, "liste.xls", strings.NewReader(raw))
		wants(t, err, fault.Invalid, "import.no_format")
	}
	_, err := d.t.Upload(d.ctx, "liste.xlsx", strings.NewReader("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 65500)+"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"))
	wants(t, err, fault.Invalid, "import.locked")
}

// A file in which nothing is written is said to be that, and one of headings alone too; a
// workbook is read where something is written in it.
func TestWhatHasNoRowsIsSaidToHaveNone(t *testing.T) {
	d := newDesk(t, "tr")
	var template bytes.Buffer
	ok(t, d.t.Template(d.ctx, "csv", &template))
	headings := strings.Join(strings.SplitAfter(template.String(), "\n")[:2], "")
	for key, files := range map[string][]string{
		"import.empty":         {"", "\ufeff", "\n", "\r\n\r\n", " \n\t\n", ";;;\n;;;\n", spreadsheet(t, nil, nil), spreadsheet(t, [][]any{{" ", ""}, {nil}}, nil)},
		"import.only_headings": {trHead, trHead + "\r\n", "\ufeff" + trHead + "\n\n;;;\n", "T.C. DENEME VALİLİĞİ\n\n" + trHead + "\n", headings, spreadsheet(t, [][]any{{"Kurum kodu", "Kurum adı"}}, nil)},
	} {
		for _, raw := range files {
			_, err := d.t.Upload(d.ctx, "liste.csv", strings.NewReader(raw))
			if err == nil {
				t.Fatalf("%.100q is read", raw)
			}
			if f := wants(t, err, fault.Invalid, key); len(f.Fields) != 1 || f.Fields[0].Name != "file" {
				t.Errorf("%q: %+v", raw, f.Fields)
			}
		}
	}
	i := d.upload(d.ctx, "l.xlsx", spreadsheet(t, nil, func(f *excelize.File) {
		_, err := f.NewSheet("Liste")
		ok(t, err)
		ok(t, f.SetSheetRow("Liste", "A1", &[]any{"Kurum kodu", "Kurum adı"}))
		ok(t, f.SetSheetRow("Liste", "A2", &[]any{"900101", "A"}))
	}))
	if i.Options.Reading.Sheet != "Liste" || i.Columns[1].Target != "name" {
		t.Errorf("%+v %+v", i.Options.Reading, i.Columns)
	}
}

func TestLinesEndAsAnySystemEndsThem(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, "\ufeff"+trHead+"\r900231;Deneme;İlkokul;İstanbul;Kadıköy;Resmî\r")
	if i.Counts != (transfer.Counts{Rows: 1, New: 1}) || len(i.Columns) != 6 {
		t.Errorf("%+v", i.Counts)
	}
}

// What every institution must have and no column says is asked for before the preview;
// one value serves all rows, and changes nothing that the register has.
func TestARequiredFieldWithoutAColumnIsAskedFor(t *testing.T) {
	d := newDesk(t, "tr")
	d.school("900150", "Özel Okul", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "private"})
	i := d.upload(d.ctx, "l.csv", "Kurum adı;Kurum türü;İl;İlçe\nSahipsiz;İlkokul;İstanbul;Kadıköy\n")
	_, err := d.t.Preview(d.ctx, i.UID, i.Version)
	f := wants(t, err, fault.Invalid, "import.bad_matching")
	if len(f.Fields) != 1 || f.Fields[0].Name != "values.ownership" || f.Fields[0].Key != "import.no_value" || f.Fields[0].Args["Field"] == nil {
		t.Fatalf("%+v", f.Fields)
	}
	i = d.preview(d.ctx, "Kurum kodu;Kurum adı;Kurum türü;İl;İlçe\n900151;Sahipsiz;İlkokul;İstanbul;Kadıköy\n900150;Özel Okul;İlkokul;İstanbul;Kadıköy\n")
	if diff := cmp.Diff([]string{"2 code import.row.new_lacks"}, found(d, i)); diff != "" { // the other is known
		t.Error(diff)
	}
	targets := []string{"code", "name", "type", "region", "district"}
	for _, v := range []map[string]string{{"ownership": "belki"}, {"nonsense": "1", "ownership": "resmi"}} {
		_, err = d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Values: v})
		wants(t, err, fault.Invalid, "import.bad_matching")
	}
	none, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Values: map[string]string{"ownership": transfer.NoValue}})
	ok(t, err)
	none, _ = d.step(d.ctx, none, d.t.Preview)
	if diff := cmp.Diff([]string{"2 ownership field.required"}, found(d, none)); diff != "" {
		t.Error(diff)
	}
	i, err = d.t.Match(d.ctx, i.UID, none.Version, targets, transfer.Options{Values: map[string]string{"ownership": "Resmî"}})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i.Counts != (transfer.Counts{Rows: 2, New: 1, Unchanged: 1}) {
		t.Fatalf("%+v %v", i.Counts, found(d, i))
	}
	_, run := d.step(d.ctx, i, d.t.Apply)
	if run.State != jobs.Done {
		t.Fatal(run.Fault)
	}
	if diff := cmp.Diff(map[string]any{"Sahipsiz": "public", "Özel Okul": "private"}, schools(t, d, "ownership")); diff != "" {
		t.Error(diff)
	}
}

// One word of a file for a place is explained once for all its rows, within the region that
// they name; what only adds, leaves out or shortens the kind of place is understood without.
func TestAWordForAPlaceIsExplainedOnce(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.preview(d.ctx, trHead+"\n900151;A;İlkokul;İstanbul İli;Kadıköy ilçesi;Resmî\n900152;B;İlkokul;İstanbul;Kadiköy Merkezi;Resmî\n900153;C;İlkokul;İstanbul;Kadiköy Merkezi;Resmî\n900154;D;İlkokul;Atlantis;;Resmî\n"+
		"900155;E;İlkokul;Ankara;Merkez;Resmî\n900156;F;İlkokul;Samsun;Merkez;Resmî\n900157;G;İlkokul;;Kadiköy Merkezi;Resmî\n900158;H;İlkokul;Ankara;Kadıköy;Resmî\n")
	type asked struct {
		level, word, in, region string
		rows                    int
	}
	var got []asked
	for _, w := range i.Unplaced {
		got = append(got, asked{w.Level, w.Word, w.In, w.InName["tr"], w.Rows})
	}
	want := []asked{
		{"district", "Kadiköy Merkezi", "34", "İstanbul", 2},
		{"region", "Atlantis", "", "", 1},
		{"district", "Merkez", "06", "Ankara", 1},
		{"district", "Merkez", "55", "Samsun", 1},
		{"district", "Kadiköy Merkezi", "", "", 1},
		{"district", "Kadıköy", "06", "Ankara", 1},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(asked{})); diff != "" {
		t.Fatal(diff)
	}
	targets := []string{"code", "name", "type", "region", "district", "ownership"}
	for _, wrong := range []transfer.PlaceWord{
		{Level: "region", Word: "Atlantis", Place: "Lemurya"},
		{Level: "district", Word: "Merkez", In: "Lemurya", Place: "1231"},
		{Level: "district", Word: "Merkez", In: "Samsun", Place: "1231"}, // Çankaya lies in Ankara
	} {
		_, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{wrong}})
		if f := wants(t, err, fault.Invalid, "import.bad_matching"); len(f.Fields) == 0 || f.Fields[0].Name != "places.0" {
			t.Error(f.Fields)
		}
	}
	i, err := d.t.Match(d.ctx, i.UID, i.Version, targets, transfer.Options{Places: []transfer.PlaceWord{
		{Level: "district", Word: "kadıköy merkezi", Place: "1421"},
		{Level: "region", Word: "Atlantis", Place: "Ankara"},
		{Level: "district", Word: "Merkez", In: "06", Place: "Çankaya"},
		{Level: "district", Word: "merkez", In: "Samsun", Place: "Atakum"},
		{Level: "district", Word: "Kadıköy", In: "Ankara", Place: "Çankaya"},
	}})
	ok(t, err)
	i, _ = d.step(d.ctx, i, d.t.Preview)
	if i.Counts.New != 8 || len(i.Unplaced) != 0 {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}

// The preview says with which institution of the register a row was met.
func TestARowNamesWhatItWasMetWith(t *testing.T) {
	d := newDesk(t, "tr")
	coded := d.school("900150", "Kodlu Okul", "ilkokul", d.byCode["1421"], map[string]any{"ownership": "private"})
	first := d.enter(d.ctx, "name;type;district_code;ownership\nKodsuz Okul;ilkokul;1421;resmi\nİkinci Okul;ilkokul;1421;resmi\n")
	if first.Counts.New != 2 {
		t.Fatalf("%+v", first.Counts)
	}
	i := d.preview(d.ctx, "code;name;type;district_code;ownership\n900150;Kodlu Okul;ilkokul;1421;resmi\n900151;KODSUZ OKUL;ilkokul;1421;resmi\n;İkinci okul;ilkokul;1421;resmi\n;KODLU OKUL;ilkokul;1421;resmi\n")
	met, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Matches, 0)
	ok(t, err)
	twins, _, err := d.t.FindingsOf(d.ctx, i.UID, transfer.Duplicates, 0)
	ok(t, err)
	if len(met) != 3 || met[0].Line != 2 || met[0].Record != coded.UID || met[1].Line != 3 || met[2].Line != 4 || len(twins) != 1 || twins[0].Record == "" {
		t.Fatalf("%+v %+v", met, twins)
	}
	for _, f := range append(met[1:], twins...) {
		u, err := d.s.Get(d.ctx, f.Record)
		ok(t, err)
		if name := u.Name["tr"]; name != map[int]string{3: "Kodsuz Okul", 4: "İkinci Okul", 5: "Kodlu Okul"}[f.Line] {
			t.Errorf("line %d was met with %s", f.Line, name)
		}
	}
}

// A cover that stands first is not taken for the list: the sheet is, that has its headings.
func TestTheSheetWithKnownHeadingsIsProposed(t *testing.T) {
	d := newDesk(t, "tr")
	i := d.upload(d.ctx, "list.xlsx", spreadsheet(t, [][]any{{"İl Millî Eğitim Müdürlüğü"}, {"2026 kurum listesi"}}, func(f *excelize.File) {
		for _, name := range []string{"Notlar", "Liste"} {
			_, err := f.NewSheet(name)
			ok(t, err)
		}
		ok(t, f.SetSheetRow("Notlar", "A1", &[]any{"bir"}))
		ok(t, f.SetSheetRow("Liste", "A1", &[]any{"Kurum kodu", "Kurum adı", "Kurum türü", "İl", "İlçe", "Mülkiyet"}))
		ok(t, f.SetSheetRow("Liste", "A2", &[]any{"900101", "A", "İlkokul", "İstanbul", "Kadıköy", "Resmî"}))
	}))
	if i.Options.Reading.Sheet != "Liste" {
		t.Errorf("%+v", i.Options.Reading)
	}
	if i, _ = d.step(d.ctx, i, d.t.Preview); i.Counts != (transfer.Counts{Rows: 1, New: 1}) {
		t.Errorf("%+v %v", i.Counts, found(d, i))
	}
}

// What is refused of a file says so whole, wherever it is read.
func TestARefusedFileIsToldWhole(t *testing.T) {
	d := newDesk(t, "tr")
	_, err := d.t.Upload(d.ctx, "list.csv", strings.NewReader(strings.Repeat("a;", 600)+"\n"))
	if f := faulttest.Of(t, err); f.Key != "import.too_wide" || f.Args["Columns"] == nil || len(f.Fields) == 0 || f.Fields[0].Args["Columns"] == nil {
		t.Errorf("%+v", f)
	}
	book := spreadsheet(t, [][]any{{"Kurum kodu", "Kurum adı", "Kurum türü"}, {"900101", "A", "İlkokul"}}, func(f *excelize.File) { ok(t, f.SetCellValue("Sheet1", "ZZ9", "not")) })
	_, err = d.t.Upload(d.ctx, "list.xlsx", strings.NewReader(book))
	if f := faulttest.Of(t, err); f.Key != "import.too_wide" || f.Fields[0].Args["Cell"] != "ZZ9" || f.Fields[0].Args["Value"] != "not" {
		t.Errorf("%+v", f)
	}
	_, err = d.t.Upload(d.ctx, "list.csv", strings.NewReader("\""+trHead+"\"\n\"900101;A;İlkokul;İstanbul;Kadıköy;Resmî\"\n"))
	if f := faulttest.Of(t, err); f.Key != "import.quoted_lines" {
		t.Errorf("%+v", f)
	}
}
