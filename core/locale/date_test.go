package locale

import (
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
)

func TestDatesAreWrittenAsTheLanguageDoes(t *testing.T) {
	b := bundle(t)
	at := time.Date(2026, 11, 22, 18, 5, 0, 0, time.UTC) // a Sunday
	for _, c := range []struct{ tag, short, long, full, dayMonth, monthYear, withTime string }{
		{"en", "22 Nov 2026", "22 November 2026", "Sunday, 22 November 2026", "22 November", "November 2026", "22 Nov 2026, 18:05"},
		{"tr", "22.11.2026", "22 Kasım 2026", "22 Kasım 2026 Pazar", "22 Kasım", "Kasım 2026", "22.11.2026 18:05"},
		{"ky", "22.11.2026", "2026-жылдын 22-ноябры", "2026-жылдын 22-ноябры, жекшемби", "22-ноябрь", "2026-жылдын ноябры", "22.11.2026, 18:05"},
		{"ru", "22.11.2026", "22 ноября 2026 г.", "воскресенье, 22 ноября 2026 г.", "22 ноября", "ноябрь 2026 г.", "22.11.2026, 18:05"},
	} {
		l := b.Localizer(c.tag)
		for name, pair := range map[string][2]string{
			"short": {l.Date(at), c.short}, "long": {l.DateLong(at), c.long}, "full": {l.DateFull(at), c.full},
			"day and month": {l.DayMonth(at), c.dayMonth}, "month and year": {l.MonthYear(at), c.monthYear},
			"with time": {l.DateTime(at), c.withTime},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s %s: got %q, want %q", c.tag, name, pair[0], pair[1])
			}
		}
	}
	monday := time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)
	if got := b.Localizer("tr").Date(monday); got != "07.09.2026" {
		t.Errorf("leading zeros: %q", got)
	}
	if got := b.Localizer("ky").Weekday(monday); got != "дүйшөмбү" {
		t.Errorf("Monday: %q", got)
	}
}

func TestMonthsOfADate(t *testing.T) {
	b := bundle(t)
	want := map[string][12]string{
		"ru": {"1 января", "1 февраля", "1 марта", "1 апреля", "1 мая", "1 июня", "1 июля", "1 августа", "1 сентября", "1 октября", "1 ноября", "1 декабря"},
		"tr": {"1 Ocak", "1 Şubat", "1 Mart", "1 Nisan", "1 Mayıs", "1 Haziran", "1 Temmuz", "1 Ağustos", "1 Eylül", "1 Ekim", "1 Kasım", "1 Aralık"},
		"ky": {"1-январь", "1-февраль", "1-март", "1-апрель", "1-май", "1-июнь", "1-июль", "1-август", "1-сентябрь", "1-октябрь", "1-ноябрь", "1-декабрь"},
	}
	kyLong := [12]string{"январы", "февралы", "марты", "апрели", "майы", "июну", "июлу", "августу", "сентябры", "октябры", "ноябры", "декабры"}
	for m := range 12 {
		day := time.Date(2026, time.Month(m+1), 1, 0, 0, 0, 0, time.UTC)
		for tag, names := range want {
			if got := b.Localizer(tag).DayMonth(day); got != names[m] {
				t.Errorf("%s: got %q, want %q", tag, got, names[m])
			}
		}
		if got, want := b.Localizer("ky").DateLong(day), "2026-жылдын 1-"+kyLong[m]; got != want {
			t.Errorf("ky: got %q, want %q", got, want)
		}
	}
}

func TestRelative(t *testing.T) {
	b := bundle(t)
	now := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		tag  string
		t    time.Time
		want string
	}{
		{"en", now.Add(-20 * time.Second), "just now"},
		{"en", now.Add(-time.Minute), "1 minute ago"},
		{"ru", now.Add(-3 * time.Minute), "3 минуты назад"},
		{"ru", now.Add(5 * time.Hour), "через 5 часов"},
		{"tr", now.Add(-16 * time.Hour), "dün"},
		{"ky", now.Add(24 * time.Hour), "эртең"},
		{"tr", now.AddDate(0, 0, 12), "12 gün sonra"},
		{"ky", now.AddDate(0, 0, -12), "12 күн мурун"},
		{"en", now.AddDate(0, 0, -31), "1 month ago"},
		{"ru", now.AddDate(0, -11, 0), "11 месяцев назад"},
		{"ru", now.AddDate(-1, 0, 0), "1 год назад"},
		{"ru", now.AddDate(-5, 0, 0), "5 лет назад"},
		{"en", now.AddDate(-2, 0, 0), "2 years ago"},
	} {
		if got := b.Localizer(c.tag).Relative(c.t, now); got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.tag, c.t, got, c.want)
		}
	}
}

func TestDatesAsPeopleTypeThem(t *testing.T) {
	b := bundle(t)
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, typed := range []string{
		"22.11.2026", "22/11/2026", "22-11-2026", "2026-11-22", "2026.11.22", "2026/11/22", " 22 11 2026 ", "22112026", "20261122",
		"22 Kasım 2026", "22 KASIM 2026", "22 kasim 2026", "22 Kas 2026", "22 Kasım 2026 Pazar", "22 Kasım'da 2026",
		"22 ноября 2026 г.", "22 ноября 2026", "22-ноябрь 2026", "22 нояб. 2026", "воскресенье, 22 ноября 2026 г.",
		"2026-жылдын 22-ноябры", "2026-ж. 22-ноябрь", "2026-жылдын 22-ноябры, жекшемби",
		"22.11.2026 00:00:00", "22.11.2026 0:00", "2026-11-22 00:00:00", "2026-11-22T00:00:00", "2026-11-22T00:00:00.000Z", "2026-11-22T10:30:00+03:00", "22.11.2026, 18:05",
		"22\u201111\u20112026", "2026\u201011\u201122", "22\u221211\u20132026", "22.11.2026\u200b", "\u200e22.11.2026", "\u200f22.\u206011.2026\ufeff", "22\u00a0ноября\u202f2026", "22.11.2026\u00a018:05",
		"22.XI.2026", "22/xi/2026", "22-XI-2026", "22 XI 2026 г.", "22.ХІ.2026", "2026.XI.22",
		"22 November 2026", "Nov 22, 2026", "22nd of November 2026", "November 22nd, 2026",
	} {
		for _, lang := range b.Languages() {
			got, err := b.Localizer(lang.Tag).ParseDate(typed)
			if err != nil || !got.Equal(day) {
				t.Errorf("%s %q: got %v, %v", lang.Tag, typed, got, err)
			}
		}
	}
	for _, typed := range []string{
		"", "22", "22.11", "22.11.26", "31.02.2026", "00.01.2026", "11/22/2026", "22.13.2026", "22 Foo 2026", "22 2026", "Kasım 2026",
		"2026", "22.11.2026.5", "22.11.12026", "22.11.0026", "29.02.2025", "22 Kasım Ekim 2026", "<22.11.2026>", "1.1.1", "22 ma 2026",
		"foo 22.11.2026", "22.XIII.2026", "22.IIX.2026", "22.XI.26", "31.XI.2026", "22.11.XI.2026", "22.11.2026 25:00", "10:30", "222222222222222222222222",
	} {
		if got, err := b.Localizer("tr").ParseDate(typed); err == nil {
			t.Errorf("%q was read as %v", typed, got)
		} else if e := faulttest.Of(t, err); e.Kind != fault.Invalid || b.Localizer("tr").Fault(e).Reason == "" {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if got, err := b.Localizer("tr").ParseDate("29.02.2024"); err != nil || got.Day() != 29 {
		t.Errorf("leap day: %v, %v", got, err)
	}
}

// What is written is read back, in every language and every style.
func TestWrittenDatesAreRead(t *testing.T) {
	b := bundle(t)
	for day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == 2024; day = day.AddDate(0, 0, 1) {
		for _, lang := range b.Languages() {
			l := b.Localizer(lang.Tag)
			for _, s := range []string{l.Date(day), l.DateLong(day), l.DateFull(day)} {
				if got, err := l.ParseDate(s); err != nil || !got.Equal(day) {
					t.Fatalf("%s %q: got %v, %v", lang.Tag, s, got, err)
				}
			}
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"22.11.2026", "2026-11-22", "22 Kasım 2026", "2026-жылдын 22-ноябры", "22112026", "99999999", "İ 1 2026"} {
		f.Add(s)
	}
	l := bundle(f).Localizer("ky")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := l.ParseDate(s)
		if err != nil {
			return
		}
		if y := got.Year(); y < earliestYear || y > latestYear {
			t.Fatalf("%q: %v", s, got)
		}
		if again, err := l.ParseDate(l.Date(got)); err != nil || !again.Equal(got) {
			t.Fatalf("%q: %v does not come back: %v, %v", s, got, again, err)
		}
	})
}
