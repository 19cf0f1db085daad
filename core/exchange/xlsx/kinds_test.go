package xlsx

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	wide "golang.org/x/text/encoding/unicode"

	"mektep/core/exchange"
	"mektep/core/fault/faulttest"
)

func rowsOf(t testing.TB, id string, how exchange.Reading, data []byte) ([]exchange.Row, error) {
	t.Helper()
	var out []exchange.Row
	err := format(id).Read(t.Context(), bytes.NewReader(data), how, func(r exchange.Row) error {
		r.Cells, r.Kinds = append([]string(nil), r.Cells...), append([]exchange.Kind(nil), r.Kinds...)
		out = append(out, r)
		return nil
	})
	return out, err
}

// bookOf is a workbook that a program of the offices writes.
func bookOf(t testing.TB, fill func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func set(t testing.TB, f *excelize.File, sheet, cell string, v any) {
	t.Helper()
	if err := f.SetCellValue(sheet, cell, v); err != nil {
		t.Fatal(err)
	}
}

// What a cell is stored as is told: its text alone does not say it.
func TestACellSaysWhatItIs(t *testing.T) {
	raw := workbook(t, "<si><t>1.000</t></si><si><r><t>bir</t></r><r><t xml:space=\"preserve\"> iki</t></r><rPh><t>x</t></rPh></si>", func(w io.Writer) {
		_, _ = io.WriteString(w, `<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>12.125</v></c><c r="C2"><v>7.5E5</v></c><c r="D2"><v>0.30000000000000004</v></c>`+
			`<c r="E2" t="b"><v>1</v></c><c r="F2" t="e"><v>#N/A</v></c><c r="G2"><f>A1</f></c><c r="H2" t="str"><f>A1</f><v></v></c><c r="I2" t="inlineStr"><is><t>a_x000D_b</t></is></c>`+
			`<c r="J2" t="s"><v>1</v></c><c r="K2" t="d"><v>2010-09-01</v></c><c r="M2"><v>751941.0</v></c><c r="N2" t="s"><v></v></c></row>`)
	})
	got, err := rowsOf(t, "xlsx", exchange.Reading{}, raw)
	if err != nil {
		t.Fatal(err)
	}
	want := []exchange.Row{{
		Line: 2, Cells: []string{"1.000", "12.125", "750000", "0.3", "true", "#N/A", "", "", "a\rb", "bir iki", "2010-09-01", "", "751941"},
		Kinds: []exchange.Kind{0, exchange.Number, exchange.Number, exchange.Number, exchange.Truth, exchange.Broken, exchange.Unsaid, 0, 0, 0, exchange.Day, 0, exchange.Number},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDaysAreThoseOfTheWorkbook(t *testing.T) {
	for _, c := range []struct {
		from04 bool
		style  excelize.Style
		value  float64
		want   string
		kind   exchange.Kind
	}{
		{true, excelize.Style{NumFmt: 14}, 41426, "2017-06-02", exchange.Day},
		{false, excelize.Style{NumFmt: 14}, 41426, "2013-06-01", exchange.Day},
		{false, excelize.Style{NumFmt: 14}, 1, "1900-01-01", exchange.Day},
		{false, excelize.Style{NumFmt: 14}, 59, "1900-02-28", exchange.Day},
		{false, excelize.Style{NumFmt: 14}, 60, "60", exchange.Number}, // there was no such day
		{false, excelize.Style{NumFmt: 14}, 61, "1900-03-01", exchange.Day},
		{false, excelize.Style{NumFmt: 14}, 0, "0", exchange.Number},
		{false, excelize.Style{NumFmt: 14}, -304, "1899-03-01", exchange.Day}, // as only those write that count backwards
		{false, excelize.Style{NumFmt: 22}, -303.75, "1899-03-01 06:00:00", exchange.Day},
		{false, excelize.Style{NumFmt: 14}, -693594, "-693594", exchange.Number},
		{false, excelize.Style{NumFmt: 22}, 41426.5, "2013-06-01 12:00:00", exchange.Day},
		{false, excelize.Style{NumFmt: 0}, 1987, "1987", exchange.Number},
		{false, excelize.Style{CustomNumFmt: ref(`[$-41F]d mmmm yyyy;@`)}, 41426, "2013-06-01", exchange.Day},
		{false, excelize.Style{CustomNumFmt: ref(`mmm\-yy`)}, 41426, "06.2013", exchange.Partly}, // which day, nobody said
		{false, excelize.Style{CustomNumFmt: ref(`mmmm yyyy`)}, 41426, "06.2013", exchange.Partly},
		{false, excelize.Style{CustomNumFmt: ref(`[$-41F]mmmm\ yyyy;@`)}, 41426, "06.2013", exchange.Partly},
		{false, excelize.Style{CustomNumFmt: ref(`mm/yy`)}, 41426, "06.2013", exchange.Partly},
		{false, excelize.Style{NumFmt: 17}, 41426, "06.2013", exchange.Partly},
		{false, excelize.Style{NumFmt: 16}, 41426, "01.06", exchange.Partly},
		{false, excelize.Style{CustomNumFmt: ref(`d mmmm`)}, 41426, "01.06", exchange.Partly},
		{false, excelize.Style{CustomNumFmt: ref(`mmmm`)}, 41426, "06", exchange.Partly},
		{false, excelize.Style{CustomNumFmt: ref(`yyyy`)}, 41426, "2013-06-01", exchange.Year},
		{false, excelize.Style{CustomNumFmt: ref(`yyyy"г."`)}, 41426, "2013-06-01", exchange.Year},
		{false, excelize.Style{CustomNumFmt: ref(`[$-41F]yyyy;@`)}, 41426, "2013-06-01", exchange.Year},
		{false, excelize.Style{CustomNumFmt: ref(`yy`)}, 41426, "2013-06-01", exchange.Year},
		{false, excelize.Style{CustomNumFmt: ref(`mmm d, yyyy`)}, 41426, "2013-06-01", exchange.Day},
		{false, excelize.Style{CustomNumFmt: ref(`dd.mm.yyyy hh:mm`)}, 41426, "2013-06-01", exchange.Day},
		{false, excelize.Style{CustomNumFmt: ref(`0 "gündem"`)}, 41426, "41426", exchange.Formed},
		{false, excelize.Style{CustomNumFmt: ref(`[Red]#,##0.00`)}, 41426, "41426", exchange.Formed},
		{false, excelize.Style{NumFmt: 20}, 0.5, "12:00", exchange.Clock},
		{false, excelize.Style{NumFmt: 46}, 1.25, "30:00", exchange.Clock},
		{false, excelize.Style{CustomNumFmt: ref(`[h]:mm`)}, 0.5, "12:00", exchange.Clock},
		{false, excelize.Style{CustomNumFmt: ref(`000`)}, 7, "007", exchange.Number}, // the same number, as it is shown
		{false, excelize.Style{CustomNumFmt: ref(`00000`)}, 6100, "06100", exchange.Number},
		{false, excelize.Style{CustomNumFmt: ref(`000`)}, 7.5, "7.5", exchange.Formed},
		{false, excelize.Style{CustomNumFmt: ref(`000\-00`)}, 1207, "1207", exchange.Formed},
		{false, excelize.Style{CustomNumFmt: ref(`0\ `)}, 7, "7", exchange.Number},
		{false, excelize.Style{NumFmt: 1}, 7, "7", exchange.Number},
		{false, excelize.Style{NumFmt: 3}, 350, "350", exchange.Number},
		{false, excelize.Style{NumFmt: 3}, 1250, "1250", exchange.Formed},
		{false, excelize.Style{NumFmt: 4}, 1234.5, "1234.5", exchange.Formed},
	} {
		raw := bookOf(t, func(f *excelize.File) {
			style, err := f.NewStyle(&c.style)
			if err == nil {
				err = f.SetCellStyle("Sheet1", "A1", "A1", style)
			}
			if err == nil {
				err = f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &c.from04})
			}
			if err != nil {
				t.Fatal(err)
			}
			set(t, f, "Sheet1", "A1", c.value)
		})
		got, err := rowsOf(t, "xlsx", exchange.Reading{}, raw)
		if err != nil || len(got) != 1 || got[0].Cells[0] != c.want || got[0].Kind(0) != c.kind {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}

// Of the first two months of 1900 programs count the days differently.
func TestDaysOfAProgramThatKnowsTheCalendar(t *testing.T) {
	for value, want := range map[float64]string{-304: "1899-03-01", 0: "1899-12-30", 2: "1900-01-01", 16: "1900-01-15", 60: "1900-02-28", 61: "1900-03-01", 41426: "2013-06-01"} {
		raw := bookOf(t, func(f *excelize.File) {
			style, err := f.NewStyle(&excelize.Style{NumFmt: 14})
			if err == nil {
				err = f.SetCellStyle("Sheet1", "A1", "A1", style)
			}
			if err == nil {
				err = f.SetAppProps(&excelize.AppProperties{Application: "LibreOffice/7.4.7.2$Linux_X86_64"})
			}
			if err != nil {
				t.Fatal(err)
			}
			set(t, f, "Sheet1", "A1", value)
		})
		got, err := rowsOf(t, "xlsx", exchange.Reading{}, raw)
		if err != nil || len(got) != 1 || got[0].Cells[0] != want || got[0].Kind(0) != exchange.Day {
			t.Errorf("%v: %+v, %v", value, got, err)
		}
	}
}

func ref(s string) *string { return &s }

// A merged cell counts for the rows it covers, and makes no row of its own.
func TestMergedCellsCountForTheirRows(t *testing.T) {
	raw := bookOf(t, func(f *excelize.File) {
		for cell, v := range map[string]string{"A1": "Başlık", "A2": "Altındağ", "B2": "a", "B3": "b", "B5": "c", "A5": "Çankaya", "B6": "d"} {
			set(t, f, "Sheet1", cell, v)
		}
		for _, m := range [][2]string{{"A1", "B1"}, {"A2", "A4"}, {"A5", "A6"}} {
			if err := f.MergeCell("Sheet1", m[0], m[1]); err != nil {
				t.Fatal(err)
			}
		}
	})
	got, err := read(t, format("xlsx"), raw)
	want := []line{{1, []string{"Başlık"}}, {2, []string{"Altındağ", "a"}}, {3, []string{"Altındağ", "b"}}, {5, []string{"Çankaya", "c"}}, {6, []string{"Çankaya", "d"}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestSheetsAndHiddenRowsAreToldAndChosen(t *testing.T) {
	raw := bookOf(t, func(f *excelize.File) {
		set(t, f, "Sheet1", "A1", "gizli")
		if err := f.SetColVisible("Sheet1", "B:C", false); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"Merkez", "Köyler"} {
			if _, err := f.NewSheet(name); err != nil {
				t.Fatal(err)
			}
			set(t, f, name, "A1", name)
			set(t, f, name, "A2", "x")
		}
		f.SetActiveSheet(1)
		if err := errs(f.SetRowVisible("Merkez", 2, false), f.SetSheetVisible("Sheet1", false)); err != nil {
			t.Fatal(err)
		}
	})
	look, err := format("xlsx").Look(t.Context(), bytes.NewReader(raw), exchange.Reading{})
	want := []exchange.SheetLook{{Name: "Sheet1", Hidden: true, Rows: 1, HiddenColumns: []int{2, 3}}, {Name: "Merkez", Rows: 2, HiddenRows: 1}, {Name: "Köyler", Rows: 2}}
	if d := cmp.Diff(want, look.Sheets); d != "" || err != nil || look.Reading.Sheet != "Merkez" {
		t.Errorf("%v %s %+v", err, d, look.Reading)
	}
	for how, want := range map[exchange.Reading]string{
		{}: "Merkez,x*", {NoHidden: true}: "Merkez", {Sheet: "Köyler"}: "Köyler,x", {Sheet: "Sheet1"}: "gizli",
	} {
		rows, err := rowsOf(t, "xlsx", how, raw)
		var got []string
		for _, r := range rows {
			mark := ""
			if r.Hidden {
				mark = "*"
			}
			got = append(got, r.Cells[0]+mark)
		}
		if s := strings.Join(got, ","); s != want || err != nil {
			t.Errorf("%+v: %s, %v", how, s, err)
		}
	}
	if _, err := rowsOf(t, "xlsx", exchange.Reading{Sheet: "Yok"}, raw); faulttest.Key(err) != "import.bad_reading" {
		t.Error(err)
	}
}

func errs(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

// A quotation mark that nothing closes is named where it stands, wherever the next one
// comes; one that belongs to the text, or holds a text of several lines, is read.
func TestAQuotationMarkThatNothingCloses(t *testing.T) {
	const head = "kod;ad;not;yer\n1;a;x;y\n"
	for text, line := range map[string]int{
		head + "2;b;\"eski;y\n3;c;z;y\n4;d;z;y\n":                3,
		head + "2;b;\"eski;y\n3;c;z;y\n4;d;18\";y\n5;e;z;y\n":    3,
		head + "2;b;\"eski;y\n3;c;\"z;y\n4;d;z;y\n5;e;\"z\";y\n": 3,
		head + "2;b;z;\"y\n3;c;\"z;y\n":                          3,
		head + "2;b;z;y\n\"3;c;z;y":                              4,
	} {
		_, err := rowsOf(t, "csv", exchange.Reading{}, []byte(text))
		if f := faulttest.Of(t, err); f.Key != "import.unclosed" || len(f.Fields) == 0 || f.Fields[0].Line != line {
			t.Errorf("%q: %v", text, err)
		}
	}
	for text, want := range map[string]string{
		head + `2;b;"Mustafa "Kemal" okulu";y`:           `Mustafa "Kemal" okulu`,
		head + "2;b;\"bir\niki; üç\";y":                  "bir\niki; üç",
		head + `2;b;"a ""b"" c";y`:                       `a "b" c`,
		head + `2;b;5" boru;y`:                           `5" boru`,
		head + "2;b;\"bir\r\niki\";y":                    "bir\niki",
		strings.ReplaceAll(head, "\n", "\r") + "2;b;c;y": "c",
	} {
		rows, err := rowsOf(t, "csv", exchange.Reading{}, []byte(text))
		if err != nil || len(rows) != 3 || rows[2].Cells[2] != want {
			t.Errorf("%q: %+v, %v", text, rows, err)
		}
	}
}

// Words of one alphabet speak for a code page, mixed ones against it: also in lists
// whose names have many letters beyond ASCII, one after another.
func TestCodePagesAreToldApart(t *testing.T) {
	dos := map[rune]byte{}
	for k, r := range dosTurkish().letters {
		dos[r] = byte(0x80 + k)
	}
	dosTR := func(s string) []byte {
		var out []byte
		for _, r := range s {
			if r < 0x80 {
				out = append(out, byte(r))
			} else {
				out = append(out, dos[r])
			}
		}
		return out
	}
	in := func(m *charmap.Charmap) func(string) []byte {
		return func(s string) []byte {
			b, err := m.NewEncoder().Bytes([]byte(s))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	unmarked := func(order wide.Endianness) func(string) []byte {
		return func(s string) []byte {
			b, err := wide.UTF16(order, wide.IgnoreBOM).NewEncoder().Bytes([]byte(s))
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	macTR := func(s string) []byte {
		letters := macTurkish().letters
		var out []byte
		for _, r := range s {
			k := slices.Index(letters[:], r)
			switch {
			case r < 0x80:
				out = append(out, byte(r))
			case k >= 0:
				out = append(out, byte(0x80+k))
			default:
				t.Fatal(string(r))
			}
		}
		return out
	}
	const russian = "Название;Тип\nУчебно-воспитательный комплекс;школа\nШКОЛА;ДС\n"
	for _, c := range []struct {
		id, text string
		write    func(string) []byte
	}{
		{"windows-1254", "Kurum adı;İl;İlçe\nSöğüt Göğüş İlkokulu;Bilecik;Söğüt\nÇüngüş Öğütçü Ortaokulu;Diyarbakır;Çüngüş\n", in(charmap.Windows1254)},
		{"windows-1254", "code;name\n1;Söğüt Gürış Okulu\n", in(charmap.Windows1254)},
		{"windows-1254", "name\nMihalıççık\nBeytüşşebap\nYığılca\nKüçükçekmece\nÜÇ ÖĞÜT\n", in(charmap.Windows1254)},
		{"windows-1251", russian, in(charmap.Windows1251)},
		{"ibm866", russian, in(charmap.CodePage866)},
		{"koi8-r", russian, in(charmap.KOI8R)},
		{"ibm857", "Kurum adı;İl\nSöğüt Göğüş İlkokulu;Bilecik\nŞehit Çağrı Işık Okulu;Iğdır\n", dosTR},
		{"mac-turkish", "Kurum adı;İl\rSöğüt Göğüş İlkokulu;Bilecik\rŞehit Çağrı Işık Okulu;Iğdır\r", macTR},
		{"mac-cyrillic", strings.ReplaceAll(russian, "\n", "\r"), in(charmap.MacintoshCyrillic)},
		{"utf-16le", "Ad;Tür\nİstanbul;okul\n", unmarked(wide.LittleEndian)},
		{"utf-16be", "Название;Тип\nШкола 5;школа\n", unmarked(wide.BigEndian)},
		{"utf-8", russian, func(s string) []byte { return []byte(s) }},
	} {
		raw := c.write(c.text)
		if f, ok, err := Formats().Detect(bytes.NewReader(raw)); !ok || f.ID != "csv" || err != nil {
			t.Errorf("%s: %v %v", c.id, f.ID, err)
		}
		look, err := format("csv").Look(t.Context(), bytes.NewReader(raw), exchange.Reading{})
		if err != nil || look.Reading.Encoding != c.id {
			t.Errorf("%q was read as %s, %v", c.text, look.Reading.Encoding, err)
		}
		rows, err := rowsOf(t, "csv", exchange.Reading{Encoding: c.id}, raw)
		first, _, _ := strings.Cut(strings.ReplaceAll(c.text, "\r", "\n"), "\n")
		if err != nil || strings.Join(rows[0].Cells, ";") != first {
			t.Errorf("%s: %+v, %v", c.id, rows, err)
		}
	}
	if _, err := rowsOf(t, "csv", exchange.Reading{Encoding: "ebcdic"}, []byte("a;b")); faulttest.Of(t, err).Key != "import.bad_reading" {
		t.Error(err)
	}
}

func TestTheSeparatorIsTheOneThatMakesATable(t *testing.T) {
	for text, want := range map[string]string{
		"LİSTE\n\nad;alan\na;1,5\nb;2,5\n":             ";",
		"ad,alan\n\"a; b\",1\n\"c; d\",2\n":            ",",
		"ad\talan\na, b\t1\nc\t2\n":                    "\t",
		"T.C.;;\nKURUM LİSTESİ;;\nkod;ad;tür\n1;a;b\n": ";",
		"ad|tür\na|b\n":                                "|",
	} {
		look, err := format("csv").Look(t.Context(), strings.NewReader(text), exchange.Reading{})
		if err != nil || look.Reading.Separator != want {
			t.Errorf("%q: %q, %v", text, look.Reading.Separator, err)
		}
	}
}

// What other programs write under the names of tables is no table of ours, and is
// said to be none when it comes.
func TestForeignFilesAreNoTables(t *testing.T) {
	for _, start := range []string{
		"<html><table><tr><td>a</td></tr></table>", "\ufeff<!DOCTYPE html>", " \r\n<?xml version=\"1.0\"?><Workbook>", "<TABLE>", "{\\rtf1", "%PDF-1.7\nabc", "MIME-Version: 1.0",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "{\"a\":1}",
	} {
		if f, ok, err := Formats().Detect(strings.NewReader(start)); ok || err != nil {
			t.Errorf("%q is taken for %s, %v", start, f.ID, err)
		}
	}
	_, err := rowsOf(t, "xlsx", exchange.Reading{}, zipped(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet"))
	if faulttest.Of(t, err).Key != "import.no_format" {
		t.Error(err)
	}
}

func TestBrokenCellsOfEveryLanguageAreKnown(t *testing.T) {
	for _, s := range []string{"#N/A", "#YOK", "#REF!", "#BAŞV!", "#DIV/0!", "#SAYI/0!", "#ЗНАЧ!", "#ССЫЛКА!", "#ДЕЛ/0!", "#ИМЯ?", "#AD?", "#Н/Д", "#####", "#NAME?", "#VALUE!", "#VALUE", "#ЖОК", "#DEĞER", "Err:502", "Err:508", "Hata:502", "Ошибка:511"} {
		rows, err := rowsOf(t, "csv", exchange.Reading{}, []byte("a;"+s))
		if err != nil || rows[0].Kind(1) != exchange.Broken || rows[0].Kind(0) != exchange.Words {
			t.Errorf("%s: %+v, %v", s, rows, err)
		}
	}
	for _, s := range []string{"#5 okul", "# 1", "#", "No #7", "#okul", "#OKUL", "Sınıf: 502", "Er:50"} {
		if exchange.IsBroken(s) {
			t.Errorf("%s is a text", s)
		}
	}
}

// Rows of a text are counted as spreadsheets count them: a cell of several lines, as people
// write addresses, shifts no number of those below it.
func TestACellOfSeveralLinesShiftsNoRow(t *testing.T) {
	got, err := rowsOf(t, "csv", exchange.Reading{}, []byte("ad;yeri;tür\r\nBir;\"Cad. 1\nKat 2\r\nAnkara\";x\r\n\r\nÜç;\"bir\niki\";y\r\nDört;;z\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []int
	for _, r := range got {
		lines = append(lines, r.Line)
	}
	if d := cmp.Diff([]int{1, 2, 4, 5}, lines); d != "" {
		t.Error(d)
	}
}

// What a cell shows beside its figures is told: 3 that is shown as 3 bin is no 3 to whoever
// wrote it. What a number below nothing and nothing itself are usually written as is none of it.
func TestWhatACellShowsBesideItsFiguresIsTold(t *testing.T) {
	for _, c := range []struct {
		format string
		value  float64
		want   string
	}{
		{`0 "bin"`, 3, "bin"},
		{`0.0" milyon"`, 3, "milyon"},
		{`0\k`, 3, "k"},
		{`0"x1000"`, 3, "x1000"},
		{`0"00"`, 3, "00"},
		{`"12"0`, 3, "12"},
		{`-0`, 3, "-"},
		{`~0`, 3, "~"},
		{`"en az "0`, 3, "en az"},
		{`General" bin"`, 3, "bin"},
		{`@" bin"`, 3, "bin"},
		{`(0)`, 3, "()"},
		{`0;0" bin"`, -3, "bin"},
		{`0;-0;0"00"`, 0, "00"},
		{`[<10]0;0"000"`, 12, "000"},
		{`[$₺-41F]#,##0`, 3, "₺"},
		{`000\-00`, 1207, "-"},
		{`#,##0`, 1250, ""},
		{`#\ ##0.00`, 1250, ""},
		{`0.00E+00`, 1250, ""},
		{`# ?/?`, 1.5, ""},
		{`[Red]0`, 3, ""},
		{`_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-`, 0, ""},
		{`_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-`, -3, ""},
		{`#,##0_);(#,##0)`, -3, ""},
		{`0;[Red]-0`, -3, ""},
		{`General`, 3, ""},
	} {
		got, err := formattedAs(t, c.format, c.value)
		if err != nil || len(got) != 1 || got[0].Shown(1) != c.want || c.want != "" && got[0].Kind(1) != exchange.Formed {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}

// formattedAs reads a row whose second cell is a number of a format.
func formattedAs(t *testing.T, format string, value float64) ([]exchange.Row, error) {
	t.Helper()
	raw := bookOf(t, func(f *excelize.File) {
		style, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err == nil {
			err = f.SetCellStyle("Sheet1", "B1", "B1", style)
		}
		if err != nil {
			t.Fatal(err)
		}
		set(t, f, "Sheet1", "A1", "a")
		set(t, f, "Sheet1", "B1", value)
	})
	return rowsOf(t, "xlsx", exchange.Reading{}, raw)
}

// A number that the file shows nothing of, or a word instead, is told from one that is seen.
func TestANumberThatIsNotShownIsTold(t *testing.T) {
	for _, c := range []struct {
		format string
		value  float64
		kind   exchange.Kind
		shown  string
	}{
		{`0;-0;;@`, 0, exchange.Unshown, ""},
		{`0;-0;;@`, 3, exchange.Number, ""},
		{`#`, 0, exchange.Unshown, ""},
		{`#,###`, 0, exchange.Unshown, ""},
		{`0;;0`, -3, exchange.Unshown, ""},
		{`;;;`, 12, exchange.Unshown, ""},
		{`"Yok";;"Var"`, 1, exchange.Unshown, "Yok"},
		{`"Yok";;"Var"`, 0, exchange.Unshown, "Var"},
		{`0%;;`, 0, exchange.Unshown, ""},
		{`[>=1000]0"+";0`, 1500, exchange.Formed, "+"},
		{`[>=1000]0"+";0`, 15, exchange.Formed, ""},
		{`[=1]"H";"E"`, 1, exchange.Unshown, "H"},
		{`[=1]"H";"E"`, 0, exchange.Unshown, "E"},
		{`[=0]"";General`, 0, exchange.Unshown, ""},
		{`[=0]"";General`, 7, exchange.Number, ""},
		{`[>=1000]#,##0;[<0]"eksi";0`, -2, exchange.Unshown, "eksi"},
		{`[>=1000]#,##0;[<0]"eksi";0`, 12, exchange.Formed, ""},
		{`[Red]0;[Blue]-0`, 5, exchange.Number, ""},
		{`_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-`, 0, exchange.Formed, ""}, // a stroke is how nothing is written
		{`General;;`, 5, exchange.Number, ""},
		{`#.##`, 0.5, exchange.Formed, ""},
	} {
		got, err := formattedAs(t, c.format, c.value)
		if err != nil || len(got) != 1 || got[0].Kind(1) != c.kind || got[0].Shown(1) != c.shown {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
	zeros := false
	raw := bookOf(t, func(f *excelize.File) {
		if err := f.SetSheetView("Sheet1", 0, &excelize.ViewOptions{ShowZeros: &zeros}); err != nil {
			t.Fatal(err)
		}
		set(t, f, "Sheet1", "A1", 7)
		set(t, f, "Sheet1", "B1", 0)
	})
	got, err := rowsOf(t, "xlsx", exchange.Reading{}, raw)
	if err != nil || len(got) != 1 || got[0].Kind(0) != exchange.Number || got[0].Kind(1) != exchange.Unshown {
		t.Errorf("zeros that the sheet does not show: %+v, %v", got, err)
	}
}
