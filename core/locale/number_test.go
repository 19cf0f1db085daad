package locale

import (
	"math"
	"testing"
)

func TestNumbersAreWrittenAsTheLanguageDoes(t *testing.T) {
	b := bundle(t)
	for _, c := range []struct{ tag, whole, decimal, percent, size string }{
		{"en", "1,234,567", "-1,234.50", "12.5%", "1.5\u00a0MB"},
		{"tr", "1.234.567", "-1.234,50", "%12,5", "1,5\u00a0MB"},
		{"ky", "1\u00a0234\u00a0567", "-1\u00a0234,50", "12,5%", "1,5\u00a0МБ"},
		{"ru", "1\u00a0234\u00a0567", "-1\u00a0234,50", "12,5\u00a0%", "1,5\u00a0МБ"},
	} {
		l := b.Localizer(c.tag)
		for got, want := range map[string]string{
			l.Number(1234567): c.whole, l.Decimal(-1234.5, 2): c.decimal,
			l.Percent(0.125, 1): c.percent, l.FileSize(1_500_000): c.size,
		} {
			if got != want {
				t.Errorf("%s: got %q, want %q", c.tag, got, want)
			}
		}
	}
	en := b.Localizer("en")
	for got, want := range map[string]string{
		en.Number(0): "0", en.Number(-5): "-5", en.Number(999): "999", en.Number(1000): "1,000", en.Number(math.MinInt64): "-9,223,372,036,854,775,808",
		en.Decimal(0.1, -1): "0.1", en.Decimal(-0.001, 2): "0.00", en.Decimal(1000, -1): "1,000", en.Decimal(math.NaN(), -1): "–",
		en.FileSize(999): "999\u00a0B", en.FileSize(25_400): "25\u00a0kB", en.FileSize(2_000_000_000): "2\u00a0GB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNumbersAsPeopleTypeThem(t *testing.T) {
	b := bundle(t)
	for _, c := range []struct {
		tag, typed string
		want       float64
	}{
		{"tr", "1.234,5", 1234.5},
		{"tr", "1234,5", 1234.5},
		{"tr", "1.500", 1500},
		{"tr", "1.5", 1.5},
		{"tr", "1,500", 1.5},
		{"tr", "1,234.5", 1234.5},
		{"tr", "0.500", 0.5},
		{"tr", "-12", -12},
		{"tr", "1.234.567", 1234567},
		{"ru", "1 234 567,89", 1234567.89},
		{"ru", "1\u00a0234,5", 1234.5},
		{"ru", "1.500", 1.5},
		{"ru", "−3", -3},
		{"ky", "12,5", 12.5},
		{"ky", "+7", 7},
		{"ky", "1\u202f234", 1234},
		{"en", "1,234.5", 1234.5},
		{"en", "1,500", 1500},
		{"en", "1.500", 1.5},
		{"en", "1'234", 1234},
		{"en", " 42 ", 42},
	} {
		if got, err := b.Localizer(c.tag).ParseNumber(c.typed); err != nil || got != c.want {
			t.Errorf("%s %q: got %v, %v; want %v", c.tag, c.typed, got, err, c.want)
		}
	}
	for _, typed := range []string{"", "-", ".", "1.", ",5", "1..2", "1,2,3", "12 34", "1 23", "1e5", "0x10", "NaN", "Inf", "1.2.3,4,5", "1,234,5", "5 okul", "--5", "1 .5", "1.23.4", " .1", "1234 567"} {
		if got, err := b.Localizer("tr").ParseNumber(typed); err == nil {
			t.Errorf("%q was read as %v", typed, got)
		}
	}
	if n, err := b.Localizer("tr").ParseInteger("76.000"); err != nil || n != 76000 {
		t.Errorf("got %d, %v", n, err)
	}
	for _, typed := range []string{"1,5", "99999999999999999999", "x"} {
		if n, err := b.Localizer("tr").ParseInteger(typed); err == nil {
			t.Errorf("%q was read as %d", typed, n)
		}
	}
}

func TestLists(t *testing.T) {
	b := bundle(t)
	for tag, want := range map[string]string{"en": "a, b and c", "tr": "a, b ve c", "ky": "a, b жана c", "ru": "a, b и c"} {
		if got := b.Localizer(tag).List([]string{"a", "b", "c"}); got != want {
			t.Errorf("%s: %q", tag, got)
		}
	}
	l := b.Localizer("tr")
	if l.List(nil) != "" || l.List([]string{"a"}) != "a" || l.List([]string{"a", "b"}) != "a ve b" {
		t.Error("short lists")
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"1.234,5", "1 234", "-0,5", "1,2,3", "−7", "1'000'000.25"} {
		f.Add(s)
	}
	b := bundle(f)
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range b.Languages() {
			l := b.Localizer(lang.Tag)
			x, err := l.ParseNumber(s)
			if err != nil {
				continue
			}
			if math.IsNaN(x) || math.IsInf(x, 0) {
				t.Fatalf("%q: %v", s, x)
			}
			if math.Abs(x) > 1e15 {
				continue
			}
			back, err := l.ParseNumber(l.Decimal(x, 3))
			if err != nil || math.Abs(back-x) > 0.0006 {
				t.Fatalf("%s %q: %v does not come back: %v, %v", lang.Tag, s, x, back, err)
			}
		}
	})
}
