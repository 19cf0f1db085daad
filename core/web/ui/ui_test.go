package ui

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/locales"
)

func TestThemeRefusesWhatCannotBeRead(t *testing.T) {
	for accent, key := range map[string]string{
		"#ffd400": "ui.theme.contrast", "#9ec5ff": "ui.theme.contrast",
		"red": "ui.theme.invalid", "#12": "ui.theme.invalid", "": "ui.theme.invalid", "#gggggg": "ui.theme.invalid",
	} {
		if _, err := NewTheme(accent); !errors.Is(err, fault.New(fault.Invalid, key)) {
			t.Errorf("%q: got %v, want %s", accent, err, key)
		}
	}
}

func TestThemeCanBeReadInLightAndDark(t *testing.T) {
	white, surface := colour{1, 1, 1}, mustColour(t, darkSurface)
	for _, accent := range []string{"#14508c", "#8c1d2f", "#000000", "#0b6b3a", "#5b2a86"} {
		theme, err := NewTheme(accent)
		if err != nil {
			t.Fatalf("%s: %v", accent, err)
		}
		if c := contrast(mustColour(t, theme.Light), white); c < minContrast {
			t.Errorf("%s on white: %.2f", accent, c)
		}
		if c := contrast(mustColour(t, theme.Dark), surface); c < minContrast {
			t.Errorf("%s: %s on dark: %.2f", accent, theme.Dark, c)
		}
		css := theme.CSS()
		if strings.Count(css, "{") != strings.Count(css, "}") || !strings.Contains(css, "--accent:"+theme.Light) {
			t.Errorf("%s: %s", accent, css)
		}
	}
}

func mustColour(t *testing.T, s string) colour {
	t.Helper()
	c, ok := parseColour(s)
	if !ok {
		t.Fatalf("%q is no colour", s)
	}
	return c
}

func FuzzTheme(f *testing.F) {
	for _, s := range []string{"#14508c", "14508c", "#ffffff", "", "#é1122"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		theme, err := NewTheme(s)
		if err == nil && strings.ContainsAny(strings.TrimPrefix(theme.Light, "#"), "<>{};\"'") {
			t.Fatalf("%q got into the stylesheet as %q", s, theme.Light)
		}
	})
}

func TestToastFitsIntoAHeader(t *testing.T) {
	v := Toast(Good, "Өзгөртүү «сакталды» 🎓\nX: y")
	for _, r := range v {
		if r < 0x20 || r > 0x7e {
			t.Fatalf("%q holds %q", v, r)
		}
	}
	if !strings.Contains(v, `\ud83c\udf93`) {
		t.Errorf("a sign beyond the basic plane is two escapes: %s", v)
	}
}

func TestErrorsStandAtTheirFields(t *testing.T) {
	errs := Errors{{Name: "a", Text: "wrong"}, {Text: "whole form"}}
	if got := errs.On(FieldSpec{Name: "a"}); got.Error != "wrong" || got.describedBy() != "f-a-error" {
		t.Errorf("got %+v", got)
	}
	if got := errs.On(FieldSpec{Name: "b", Hint: "h"}); got.Error != "" || got.describedBy() != "f-b-hint" {
		t.Errorf("got %+v", got)
	}
}

func TestNothingLeaksFromAnInternalFault(t *testing.T) {
	e := ErrorSpecOf(&View{}, errors.New("password=secret"))
	if e.Status != 500 || e.Text != "" || e.Why != nil {
		t.Errorf("got %+v", e)
	}
}

// Each kind of fault heads its page with words of its own: only what is our fault says so.
func TestEveryKindOfFaultHasATitle(t *testing.T) {
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k := fault.Invalid; !strings.HasPrefix(k.String(), "kind_"); k++ {
		if k == fault.Accepted { // which is none
			continue
		}
		v := &View{L: words.Localizer("en")}
		if ours, got := (ErrorSpec{Status: 500}).title(v), ErrorSpecOf(v, fault.New(k, "fault.too_long")).title(v); got == ours {
			t.Errorf("%s is said to be our fault", k)
		}
	}
}

func TestQRDrawsEveryDarkModuleOnce(t *testing.T) {
	if got, want := qrPath([][]bool{{true, true, false}, {false, false, true}}), "M0 0h2v1h-2zM2 1h1v1h-1z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Айпери Токтосунова": "АТ", "İlker": "İ", "": "", "A B C": "AB"} {
		if got := initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// A moment says by which clock it is where the reader has no zone of their own.
func TestAMomentOfNobodysZoneSaysWhose(t *testing.T) {
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 29, 23, 30, 0, 0, time.FixedZone("", 3*3600))
	for _, l := range words.Languages() {
		v := View{L: words.Localizer(l.Tag)}
		if got := v.DateTime(at); !strings.Contains(got, "20:30") || !strings.HasSuffix(got, "UTC") {
			t.Errorf("%s: %q", l.Tag, got)
		}
		v.Zone = time.FixedZone("", 6*3600)
		if got := v.DateTime(at); strings.Contains(got, "UTC") || !strings.Contains(got, "02:30") {
			t.Errorf("%s: %q", l.Tag, got)
		}
	}
}

// A window says how long it stays open: the last day is called so, and no day is left of it.
func TestAWindowsLastDayIsCalledSo(t *testing.T) {
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		t.Fatal(err)
	}
	until := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	for tag, want := range map[string][3]string{
		"en": {"Open until 29 Nov 2026, last day", "Open until 29 Nov 2026, 1 day left", "Open until 29 Nov 2026, 2 days left"},
		"tr": {"29.11.2026 tarihine kadar açık, son gün", "29.11.2026 tarihine kadar açık, 1 gün kaldı", "29.11.2026 tarihine kadar açık, 2 gün kaldı"},
		"ru": {"Открыто до 29.11.2026, последний день", "Открыто до 29.11.2026, остался 1 день", "Открыто до 29.11.2026, осталось 2 дня"},
		"ky": {"Ачык, бүгүн акыркы күн: 29.11.2026", "Ачык, мөөнөтү: 29.11.2026, 1 күн калды", "Ачык, мөөнөтү: 29.11.2026, 2 күн калды"},
	} {
		v := View{L: words.Localizer(tag), Zone: time.UTC}
		for days, says := range want {
			if got := (Window{Open: true, Until: until, Days: days}).text(&v); got != says {
				t.Errorf("%s, %d days left: %q, want %q", tag, days, got, says)
			}
		}
		if got, last := (Window{Open: true, Until: until, Days: -1}).text(&v), want[0]; got != last {
			t.Errorf("%s, past its last day and open still: %q", tag, got)
		}
	}
}
