package intake

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate/gatetest"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/locales"
	"mektep/profiles"
)

const institutions = "institution"

// turkey and words are read once for all runs of the fuzzer.
var (
	turkey = sync.OnceValue(func() *profile.Profile {
		p, findings := profile.Load(profiles.FS, "tr")
		if len(findings) > 0 {
			panic(findings)
		}
		return p
	})
	words = sync.OnceValue(func() *locale.Bundle {
		b, err := locale.Load(locales.FS, nil)
		if err != nil {
			panic(err)
		}
		return b
	})
	now = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
)

// A text of a number is read as its language writes it, bounded by what the field can
// hold; what could be a thousandfold of itself is asked about, never guessed.
func TestNumbersAreReadInTheirLanguage(t *testing.T) {
	field := func(id string) *profile.Field { return turkey().Register(institutions).Field(id) }
	capacity := field("capacity")
	area := *field("floor_area")
	distance := field("district_distance")
	for _, c := range []struct {
		f     *profile.Field
		langs string
		text  string
		want  any
		key   string
	}{
		{capacity, "tr", "1.000", 1000.0, ""},
		{capacity, "tr", "1.200", 1200.0, ""},
		{capacity, "tr", "1,000", nil, "field.number_ambiguous"},
		{capacity, "en", "1,000", 1000.0, ""},
		{capacity, "en", "1.000", nil, "field.number_ambiguous"},
		{capacity, "ky", "1.000", nil, "field.number_ambiguous"},
		{capacity, "ru", "1 000", 1000.0, ""},
		{capacity, "ru", "1.250", 1250.0, ""},
		{capacity, "en tr", "1.000", nil, "field.number_ambiguous"},
		{capacity, "tr", "7.5E2", 750.0, ""},
		{capacity, "tr", "750.0", 750.0, ""},
		{&area, "tr", "1.250", 1250.0, ""},
		{&area, "tr", "1.250,5", 1250.5, ""},
		{&area, "en tr", "1.250", nil, "field.number_ambiguous"},
		{&area, "ru", "12,125", 12.125, ""},
		{distance, "tr", "39.925", 39.925, ""},
		{distance, "ru", "39.925", 39.925, ""},
		{capacity, "tr", "çok", "çok", ""},
	} {
		if c.f == nil {
			t.Fatalf("no field for %s", c.text)
		}
		var langs []*locale.Localizer
		for _, tag := range strings.Fields(c.langs) {
			langs = append(langs, words().Localizer(tag))
		}
		got, key, _ := record.ReadText(c.f, c.text, langs...)
		if got != c.want || key != c.key {
			t.Errorf("%s %s %q: %v %s, not %v %s", c.f.ID, c.langs, c.text, got, key, c.want, c.key)
		}
	}
}

func TestYesAndNoInAnyLanguage(t *testing.T) {
	p := turkey()
	ramp := p.Register(institutions).Field("ramp")
	r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), Written: words().Localizer("tr"), On: now}, nil)
	column := r.Column(ramp)
	c := &column
	for want, written := range map[bool]string{
		true:  "Var,EVET,E,DOĞRU,1,x,+,есть,бар,ооба,да,yes,true,Mevcut,✓,☑",
		false: "YOK,hayır,H,YANLIŞ,0,-,нет,жок,no,false,✗,☐",
	} {
		for _, s := range strings.Split(written, ",") {
			if got, bad := r.Value(c, Said{Text: s, Kind: exchange.Words}); bad != nil || got != want {
				t.Errorf("%q: %v, %+v", s, got, bad)
			}
		}
	}
	if _, bad := r.Value(c, Said{Text: "belki", Kind: exchange.Words}); bad == nil || bad.Key != "import.row.word" || len(bad.Args["Choices"].(fault.List)) != 2 {
		t.Errorf("%+v", bad)
	}
}

// What a program wrote for a sign, a value or nothing is no text of anybody's.
func TestWhatProgramsWriteIsNoText(t *testing.T) {
	for s, found := range map[string]bool{
		"Atatürk&nbsp;Caddesi": true, "Gül &amp; Co": true, "&#304;lk": true, "{{ad}}": true, `\N`: true,
		"A & B; C": false, "R&D;x": false, "C:\\N": false, "{ad}": false, "https://okul.tr/?a=1&b=2": false,
	} {
		if bad := unreadable("address", s, exchange.Words); (bad != nil && bad.Key == "import.row.programs") != found {
			t.Errorf("%q: %+v", s, bad)
		}
	}
}

// Units as people write them are the field's own.
func TestAUnitAsPeopleWriteItIsTheFields(t *testing.T) {
	p := turkey()
	for id, units := range map[string][]string{"floor_area": {"m^2", "(m²)", "м. кв.", "кв. м", "[m2]"}, "internet_speed": {"Mb/s", "MBit/saniye", "Mbps"}} {
		for _, unit := range units {
			if !p.Register(institutions).Field(id).CountsIn(unit) {
				t.Errorf("%s: %q", id, unit)
			}
		}
	}
	if p.Register(institutions).Field("floor_area").CountsIn("dönüm") {
		t.Error("another unit is none of it")
	}
}

// A sign that a format writes beside a number says more of it than the number, as a word does:
// 14+ is no 14. What any count has says nothing.
func TestASignBesideANumberIsTold(t *testing.T) {
	p := turkey()
	r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), On: now}, nil)
	c := r.Column(p.Register(institutions).Field("classrooms"))
	for told, all := range map[bool][]string{true: {"+", "~", "bin"}, false: {"adet", " derslik", ""}} {
		for _, beside := range all {
			if got := r.besides(&c, "14", beside, exchange.Formed); (got != nil) != told {
				t.Errorf("%q: %+v", beside, got)
			}
		}
	}
}

// A number that a cell does not show is taken and told; where a word stands instead of it,
// somebody is asked.
func TestANumberThatIsNotShownIsTold(t *testing.T) {
	p := turkey()
	r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), On: now}, []Column{{Target: "classrooms"}, {Target: "ramp"}, {Target: "short_name"}})
	for k, c := range []struct {
		kind       exchange.Kind
		text, word string
		key        string
		warn       bool
	}{{exchange.Unshown, "0", "", "import.row.unshown", true}, {exchange.Unshown, "1", "Yok", "import.row.shown_instead", false}, {exchange.Number, "0", "", "import.row.text_number", false}} {
		row := exchange.Row{Cells: make([]string, 3), Kinds: make([]exchange.Kind, 3), Beside: make([]string, 3)}
		row.Cells[k], row.Kinds[k], row.Beside[k] = c.text, c.kind, c.word
		x, empty := r.Cell(&r.Columns()[k], row)
		if empty || x.Bad == nil || x.Bad.Key != c.key || x.Bad.Warn != c.warn {
			t.Errorf("%+v: %+v", c, x)
		}
	}
}

// What a number is shown as is what it says where it says nothing else itself; a number with what its
// field counts in is that number.
func TestACellSaysWhatIsSeenOfIt(t *testing.T) {
	p := turkey()
	r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), On: now}, []Column{{Target: "ramp"}, {Target: "land_area"}, {Target: "classrooms"}})
	if err := r.Prove("", "", func(s string) string { return s }, func(func(exchange.Row) error) error { return nil }); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at          int
		kind        exchange.Kind
		text, shown string
		want        any
		key         string
	}{
		{0, exchange.Unshown, "1", "Var", true, ""},
		{0, exchange.Unshown, "1", "✓", true, ""},
		{0, exchange.Unshown, "0", "Yok", false, ""},
		{0, exchange.Unshown, "5", "Evet", true, ""},
		{0, exchange.Unshown, "1", "H", nil, "import.row.shown_instead"},
		{0, exchange.Unshown, "1", "belki", nil, "import.row.shown_instead"},
		{1, exchange.Words, "1200 m²", "", 1200.0, ""},
		{1, exchange.Words, "1.200,5 m2", "", 1200.5, ""},
		{1, exchange.Words, "2 dönüm", "", "2 dönüm", ""},
		{2, exchange.Words, "12 adet", "", int64(12), ""},
		{2, exchange.Words, "12 öğrenci", "", int64(12), ""},
		{2, exchange.Words, "12 masa", "", "12 masa", ""},
	} {
		row := exchange.Row{Cells: make([]string, 3), Kinds: make([]exchange.Kind, 3), Beside: make([]string, 3)}
		row.Cells[c.at], row.Kinds[c.at], row.Beside[c.at] = c.text, c.kind, c.shown
		col := &r.Columns()[c.at]
		x, _ := r.Cell(col, row)
		bad := x.Bad
		var v any
		if bad == nil {
			v, bad = r.Value(col, x)
		}
		if bad != nil && bad.Key != c.key || bad == nil && (c.key != "" || fmt.Sprint(v) != fmt.Sprint(c.want)) {
			t.Errorf("%+v: %v %+v", c, v, bad)
		}
	}
}

func TestCodesAsProgramsSpoilThem(t *testing.T) {
	six := func(s string) bool { return len(s) == 6 && OnlyFigures(s) }
	for said, want := range map[string]string{"751941": "751941", "751941.0": "751941", "751941,00": "751941", "51941": "051941", "941.0": "000941", "41": "41", "A1": "A1"} {
		if got, key := JudgedCode(said, six); got != want || key != "" {
			t.Errorf("%s: %s %s", said, got, key)
		}
	}
	for _, said := range []string{"7.5E5", "7,51941E+05", "1E5"} {
		if _, key := JudgedCode(said, six); key != "import.row.exponent" {
			t.Errorf("%s: %s", said, key)
		}
	}
}

// Of a short list all is shown, whatever was written.
func TestAShortListIsShownAsItIs(t *testing.T) {
	short := Choices{fault.Text{"tr": "Resmî"}, fault.Text{"tr": "Özel"}}
	if near, what := short.Near("devlet"); what != WholeList || len(near) != 2 {
		t.Errorf("%v %v", near, what)
	}
}

func FuzzCells(f *testing.F) {
	for _, s := range []string{"evet", "29.10.1933", "43710", "43710.5", "1e9", "özel", "tr, en;xx", "-5", "12,5", "2026-02-30", "\xff"} {
		f.Add(s)
	}
	p := turkey()
	r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), Written: words().Localizer("tr"), On: now}, nil)
	var cells []ColumnReader
	for _, field := range p.Register(institutions).Fields() {
		cells = append(cells, r.Column(field))
	}
	f.Fuzz(func(t *testing.T, s string) {
		for k := range cells {
			v, bad := r.Value(&cells[k], Said{Text: s, Kind: exchange.Words})
			if bad != nil {
				continue
			}
			// Whatever a cell says, the profile gets to judge it without harm.
			p.ValidateRecord(institutions, map[string]any{cells[k].Target: v, "type": "ilkokul"}, now)
		}
	})
}

// FuzzReadText reads whatever is written into numbers, days and codes: a number is one, a
// day is a day of the calendar, and what was read is read again as the same.
func FuzzReadText(f *testing.F) {
	for _, s := range []string{"1.000", "1,5", "1 250,5", "7.5E5", "1e999", "-0", "01.09.2010 00:00", "2010-09-01T00:00:00Z", "1987", "41426", "٣", "\u00a01", "0x1p4", "NaN", "Inf", "1_000"} {
		f.Add(s)
	}
	p := turkey()
	l := words().Localizer("tr")
	var fields []*profile.Field
	for _, field := range p.Register(institutions).Fields() {
		switch field.Type.Kind {
		case profile.KindInt, profile.KindDecimal, profile.KindDate:
			fields = append(fields, field)
		}
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, field := range fields {
			v, key, _ := record.ReadText(field, s, l, words().Localizer("ru"))
			switch x := v.(type) {
			case float64:
				if math.IsNaN(x) || math.IsInf(x, 0) || key != "" {
					t.Fatalf("%q is %v (%s)", s, x, key)
				}
			case string:
				if x == s {
					continue // the profile's to judge
				}
				if _, err := time.Parse(time.DateOnly, x); err != nil {
					t.Fatalf("%q is the day %q", s, x)
				}
				if again, key, _ := record.ReadText(field, x, l); again != v || key != "" {
					t.Fatalf("%q is %q, and that %v", s, x, again)
				}
			}
		}
		figures := func(s string) bool { return len(s) == 6 && OnlyFigures(s) }
		bare := strings.Map(func(r rune) rune { // marks and blanks part the figures of a code
			if r < '0' || r > '9' {
				return -1
			}
			return r
		}, s)
		if code, key := JudgedCode(s, figures); key == "" && figures(code) && !strings.Contains(bare, strings.TrimLeft(code, "0")) {
			t.Fatalf("%q is the code %q", s, code)
		}
	})
}

// A number of somebody that a spreadsheet took the noughts from gets them back, and that is told: a
// figure may be missing anywhere.
func TestNoughtsThatAnIdentifierGetsBackAreTold(t *testing.T) {
	p := gatetest.Country(t, "kg").Profile
	r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), On: now}, []Column{{Target: "legal_inn"}})
	for said, told := range map[string]bool{"1101199012345": true, "01101199012345": false} {
		v, bad := r.Value(&r.Columns()[0], Said{Shown: said, Text: said, Kind: exchange.Number})
		if v != "01101199012345" || (bad != nil) != told || told && (bad.Key != "import.row.noughts" || !bad.Warn) {
			t.Errorf("%s: %v %+v", said, v, bad)
		}
	}
}

// A formula whose value its program did not save says nothing: it is named, and nothing is taken.
func TestAFormulaWithoutItsValueIsNamed(t *testing.T) {
	p := turkey()
	r := New(Source{Profile: p, Register: p.Register(institutions), Words: words(), On: now}, []Column{{Target: "classrooms"}, {Target: "short_name"}, {Target: "ramp"}, {Target: TargetCode}, {Target: TargetName}})
	for k := range r.Columns() {
		row := exchange.Row{Cells: make([]string, 5), Kinds: make([]exchange.Kind, 5)}
		row.Kinds[k] = exchange.Unsaid
		if x, empty := r.Cell(&r.Columns()[k], row); empty || x.Bad == nil || x.Bad.Key != "import.row.unsaid" || x.Bad.Warn {
			t.Errorf("%d: %+v", k, x)
		}
	}
}

// What stands over several columns is told from a column's own heading where people read both.
func TestAHeadingOfTwoRowsIsShownAsOne(t *testing.T) {
	for c, want := range map[*Column]string{
		{Heading: "Kurum Bilgileri Kurum Kodu", Over: "Kurum Bilgileri"}: "Kurum Bilgileri › Kurum Kodu",
		{Heading: "Kurum Kodu"}:                     "Kurum Kodu",
		{Heading: "Alan (m²)", Over: "Alan (m²)"}:   "Alan (m²)",
		{Heading: "Kurum Kodu", Over: "Başka grup"}: "Kurum Kodu",
	} {
		if got := c.Called(); got != want {
			t.Errorf("%q", got)
		}
	}
}
