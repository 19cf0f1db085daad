package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"mektep/core/exchange"
	"mektep/core/fault"
)

type line struct {
	N     int
	Cells []string
}

func read(t testing.TB, f exchange.Format, data []byte) ([]line, error) {
	t.Helper()
	var out []line
	err := f.Read(t.Context(), bytes.NewReader(data), exchange.Reading{}, func(r exchange.Row) error {
		out = append(out, line{r.Line, append([]string(nil), r.Cells...)})
		return nil
	})
	return out, err
}

func format(id string) exchange.Format {
	for _, f := range Formats() {
		if f.ID == id {
			return f
		}
	}
	panic(id)
}

var day = time.Date(2019, 9, 2, 0, 0, 0, 0, time.UTC)

func table(rows ...[]any) []exchange.Sheet {
	return []exchange.Sheet{
		{Name: "Kurumlar: [2026]", Head: []string{"Ad", "Sayı", "Alan", "Gün", "Var"}, Hidden: []string{"name", "n", "a", "d", "b"}, Rows: func(add func([]any) error) error {
			for _, r := range rows {
				if err := add(r); err != nil {
					return err
				}
			}
			return nil
		}},
		{Name: "Kodlar", Head: []string{"Kod"}, Rows: func(add func([]any) error) error { return add([]any{"x"}) }},
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	sheets := table(
		[]any{"Şehit Öğretmen \"İlkokulu\"; 2", int64(12), 3.5, day, true},
		[]any{"=cmd|'/c calc'!A1", int64(-4), nil, nil, false},
		[]any{"@SUM(1)", nil, nil, nil, nil},
		[]any{"satır\nsonu \x01", nil, nil, nil, nil},
	)
	for id, days := range map[string]string{"csv": "2019-09-02", "xlsx": "2019-09-02"} {
		t.Run(id, func(t *testing.T) {
			var b bytes.Buffer
			if err := format(id).Write(&b, sheets); err != nil {
				t.Fatal(err)
			}
			got, err := read(t, format(id), b.Bytes())
			if err != nil {
				t.Fatal(err)
			}
			yes, no := "true", "false"
			want := [][]string{
				{"Ad", "Sayı", "Alan", "Gün", "Var"},
				{"name", "n", "a", "d", "b"},
				{"Şehit Öğretmen \"İlkokulu\"; 2", "12", "3.5", days, yes},
				{"=cmd|'/c calc'!A1", "-4", "", "", no},
				{"@SUM(1)"},
				{"satır\nsonu"},
			}
			for k, w := range want {
				cells := got[k].Cells
				for len(cells) > 0 && cells[len(cells)-1] == "" {
					cells = cells[:len(cells)-1]
				}
				if d := cmp.Diff(w, cells); d != "" {
					t.Errorf("row %d: %s", k+1, d)
				}
			}
			if got[2].N != 3 {
				t.Errorf("the third row stands in line %d", got[2].N)
			}
		})
	}
}

func TestNoTextBecomesAFormula(t *testing.T) {
	dangerous := []string{"=1+1", "+90 312", "-2", "@x", "\tx", "\r=x", "＝1+1", "＋90", "－2", "＠x", " =1+1", "\u00a0＝1"}
	var rows [][]any
	for _, s := range dangerous {
		rows = append(rows, []any{s})
	}
	var b bytes.Buffer
	if err := format("csv").Write(&b, table(rows...)); err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(strings.TrimSpace(b.String()), "\r\n")[2:] {
		if first := strings.TrimSpace(strings.TrimLeft(l, `"`)); strings.ContainsAny(string([]rune(first)[:1]), "=+-@\t\r＝＋－＠") {
			t.Errorf("%q begins a formula", l)
		}
	}
	b.Reset()
	if err := format("xlsx").Write(&b, table(rows...)); err != nil {
		t.Fatal(err)
	}
	if part := unzip(t, b.Bytes(), "xl/worksheets/sheet1.xml"); bytes.Contains(part, []byte("<f>")) || !bytes.Contains(part, []byte("=1+1")) {
		t.Errorf("a formula was written: %.300s", part)
	}
}

func TestCSVDialects(t *testing.T) {
	const turkish, russian = "Ad;Tür\r\nİstanbul Işık Ortaokulu;ortaokul\r\nŞehit Öğretmen Çağrı Güneş İlkokulu;ilkokul\r\n", "Название;Тип\nШкола-гимназия № 5;школа\n"
	cp := func(m *charmap.Charmap, s string) []byte {
		out, err := m.NewEncoder().Bytes([]byte(strings.ReplaceAll(s, "№", "N")))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(strings.ReplaceAll(turkish, ";", "\t")))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want []line
	}{
		"utf-8":            {[]byte(turkish), []line{{1, []string{"Ad", "Tür"}}, {2, []string{"İstanbul Işık Ortaokulu", "ortaokul"}}, {3, []string{"Şehit Öğretmen Çağrı Güneş İlkokulu", "ilkokul"}}}},
		"with its mark":    {[]byte("\ufeff" + turkish), []line{{1, []string{"Ad", "Tür"}}, {2, []string{"İstanbul Işık Ortaokulu", "ortaokul"}}, {3, []string{"Şehit Öğretmen Çağrı Güneş İlkokulu", "ilkokul"}}}},
		"utf-16, tabs":     {wide, []line{{1, []string{"Ad", "Tür"}}, {2, []string{"İstanbul Işık Ortaokulu", "ortaokul"}}, {3, []string{"Şehit Öğretmen Çağrı Güneş İlkokulu", "ilkokul"}}}},
		"windows-1254":     {cp(charmap.Windows1254, turkish), []line{{1, []string{"Ad", "Tür"}}, {2, []string{"İstanbul Işık Ortaokulu", "ortaokul"}}, {3, []string{"Şehit Öğretmen Çağrı Güneş İlkokulu", "ilkokul"}}}},
		"windows-1251":     {cp(charmap.Windows1251, russian), []line{{1, []string{"Название", "Тип"}}, {2, []string{"Школа-гимназия N 5", "школа"}}}},
		"commas":           {[]byte("a,b\n\"x, y\",2\n"), []line{{1, []string{"a", "b"}}, {2, []string{"x, y", "2"}}}},
		"named":            {[]byte("sep=|\r\na|b;c\r\n1|2\r\n"), []line{{1, []string{"a", "b;c"}}, {2, []string{"1", "2"}}}},
		"empty lines":      {[]byte("\n\na;b\n\n;;\n1;2\n"), []line{{3, []string{"a", "b"}}, {6, []string{"1", "2"}}}},
		"several lines":    {[]byte("a;b\n\"x\ny\";2\n3;4"), []line{{1, []string{"a", "b"}}, {2, []string{"x\ny", "2"}}, {3, []string{"3", "4"}}}},
		"rows as they are": {[]byte("a;b\n1\n1;2;3\n"), []line{{1, []string{"a", "b"}}, {2, []string{"1"}}, {3, []string{"1", "2", "3"}}}},
		"nothing":          {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := read(t, format("csv"), c.data)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestALetterCutByThePortionIsWhole(t *testing.T) {
	text := "ad;x\n" + strings.Repeat("ş", sniffed) + ";1\n"
	got, err := read(t, format("csv"), []byte(text))
	if err == nil && len(got[1].Cells[0]) > maxCell {
		t.Error("a cell without bounds")
	}
	text = "ad\n" + strings.Repeat(strings.Repeat("ş", 999)+"\n", 200)
	if got, err = read(t, format("csv"), []byte(text)); err != nil || got[150].Cells[0] != strings.Repeat("ş", 999) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoTableIsRefused(t *testing.T) {
	for _, data := range [][]byte{nil, []byte("PK\x03\x04nothing"), []byte("<html>"), bytes.Repeat([]byte{0}, 100)} {
		if _, err := read(t, format("xlsx"), data); !errors.Is(err, fault.New(fault.Invalid, "import.unreadable")) {
			t.Errorf("%.10q: %v", data, err)
		}
	}
	open := []byte("a;b\n\"" + strings.Repeat("x;1\n", maxCell))
	if _, err := read(t, format("csv"), open); !errors.Is(err, fault.New(fault.Invalid, "import.unclosed")) {
		t.Errorf("a mark that nothing closes: %v", err)
	}
	stop := errors.New("stop")
	err := format("csv").Read(t.Context(), strings.NewReader("a\nb\n"), exchange.Reading{}, func(exchange.Row) error { return stop })
	if !errors.Is(err, stop) {
		t.Errorf("the taker's own error: %v", err)
	}
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a;b\n1;2\n", "\ufeffa,b\n\"x\",y", "sep=;\na;b", "\xff\xfea\x00;\x00", "İ;ş\n\xfd;\xde\n", "a\tb\n'=1\t2", "\"", "\n\n;;;\n", "sep=\n", "sep=\r"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		look, wrong := lookCSV(t.Context(), bytes.NewReader(data), exchange.Reading{})
		before := 0
		err := readCSV(t.Context(), bytes.NewReader(data), exchange.Reading{}, func(r exchange.Row) error {
			n, cells := r.Line, r.Cells
			if n <= before {
				t.Fatalf("line %d after %d", n, before)
			}
			before = n
			said := false
			for _, c := range cells {
				said = said || c != ""
				if !utf8.ValidString(c) || strings.ContainsRune(c, 0) || c != strings.TrimSpace(c) {
					t.Fatalf("cell %q", c)
				}
			}
			if !said {
				t.Fatal("a row without anything")
			}
			return nil
		})
		if err != nil && fault.KindOf(err) != fault.Invalid && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("%v", err)
		}
		// What can be proposed can be read, as it is proposed.
		if (err == nil) != (wrong == nil) {
			t.Fatalf("looked at: %v, read: %v", wrong, err)
		}
		if again := readCSV(t.Context(), bytes.NewReader(data), look.Reading, func(exchange.Row) error { return nil }); err == nil && again != nil {
			t.Fatalf("as proposed, %+v: %v", look.Reading, again)
		}
	})
}

func unzip(t *testing.T, data []byte, name string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	out, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A file is what it begins as, whatever it is called: packed, text in one of the
// encodings, or none of ours.
func TestAFormatIsRecognisedByWhatTheFileSays(t *testing.T) {
	formats := Formats()
	for start, want := range map[string]string{
		"PK\x03\x04 and more":        "xlsx",
		"name;code\nA;1":             "csv",
		"":                           "csv",
		"\xef\xbb\xbfname;code":      "csv",
		"\xff\xfen\x00a\x00\x00\x01": "csv",
		"\xfe\xff\x00n\x00a":         "csv",
		"\xe0\xe1\xe2 1251":          "csv",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00\x00\x00": "", // a workbook of before 2007
		"%PDF-1.7\n\x00\x00\x00":                           "",
	} {
		file := bytes.NewReader([]byte(start))
		f, ok, err := formats.Detect(file)
		if err != nil || ok != (want != "") || f.ID != want || file.Len() != len(start) {
			t.Errorf("%q: %s, %v, %v; %d left of %d", start, f.ID, ok, err, file.Len(), len(start))
		}
	}
	if got := formats.Accept(); got != ".xlsx,.csv,.txt" {
		t.Error(got)
	}
}
