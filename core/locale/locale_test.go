package locale

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"mektep/core/fault"
	"mektep/locales"
)

// bundle loads the shipped files; a missing message or argument panics.
func bundle(t testing.TB) *Bundle {
	t.Helper()
	b, err := Load(locales.FS, nil, Strict())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLanguagesAreTheFilesFound(t *testing.T) {
	got := fmt.Sprint(bundle(t).Languages())
	if want := "[{en English} {ky Кыргызча} {ru Русский} {tr Türkçe}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPluralForms(t *testing.T) {
	b := bundle(t)
	for _, c := range []struct {
		tag   string
		count int
		want  string
	}{
		{"ru", 0, "осталось 0 дней"},
		{"ru", 1, "остался 1 день"},
		{"ru", 2, "осталось 2 дня"},
		{"ru", 4, "осталось 4 дня"},
		{"ru", 5, "осталось 5 дней"},
		{"ru", 11, "осталось 11 дней"},
		{"ru", 12, "осталось 12 дней"},
		{"ru", 14, "осталось 14 дней"},
		{"ru", 21, "остался 21 день"},
		{"ru", 22, "осталось 22 дня"},
		{"ru", 111, "осталось 111 дней"},
		{"ru", 1001, "остался 1\u00a0001 день"},
		{"en", 0, "0 days left"},
		{"en", 1, "1 day left"},
		{"en", 1234, "1,234 days left"},
		{"tr", 1, "1 gün kaldı"},
		{"tr", 1234, "1.234 gün kaldı"},
		{"ky", 1, "1 күн калды"},
		{"ky", 5, "5 күн калды"},
	} {
		if got := b.Localizer(c.tag).T("window.days_left", "Count", c.count); got != c.want {
			t.Errorf("%s %d: got %q, want %q", c.tag, c.count, got, c.want)
		}
	}
	if got := b.Localizer("ru").T("time.days", "Count", 1.5); got != "1,5 дня" {
		t.Errorf("a fraction takes the form other: got %q", got)
	}
}

func TestArguments(t *testing.T) {
	b := bundle(t)
	day := time.Date(2026, 6, 26, 0, 0, 0, 0, time.UTC)
	tr, ky := b.Localizer("tr"), b.Localizer("ky")
	if got := tr.T("window.open_until", "Date", day); got != "26.06.2026 tarihine kadar açık" {
		t.Errorf("a day: %q", got)
	}
	if got := ky.T("window.open_until", map[string]any{"Date": day.Add(18 * time.Hour)}); got != "26.06.2026, 18:00 күнүнө чейин ачык" {
		t.Errorf("a moment: %q", got)
	}
	unit := map[string]string{"ky": "Башкы башкармалык", "ru": "Главное управление"}
	if got := ky.T("window.extension", fault.Args{"Unit": unit}); got != "Мөөнөттү узартуу: Башкы башкармалык" {
		t.Errorf("a text in languages: %q", got)
	}
	list := fault.List{fault.Key("nav.home"), fault.Text(unit), 7}
	if got := ky.T("window.extension", "Unit", list); got != "Мөөнөттү узартуу: Башкы бет, Башкы башкармалык жана 7" {
		t.Errorf("a list: %q", got)
	}
	if got := tr.T("window.extension", "Unit", unit); got != "Süre uzatımı: Главное управление" {
		t.Errorf("falls back as the file says: %q", got)
	}
}

func TestMissingMessages(t *testing.T) {
	files := fstest.MapFS{
		"aa.toml": {Data: []byte("\"language.name\" = \"A\"\n\"language.fallback\" = \"bb\"\n")},
		"bb.toml": {Data: []byte("\"language.name\" = \"B\"\n\"only.here\" = \"text of b\"\n\"says.date\" = \"on {{.Date}}\"\n")},
	}
	if _, err := Load(files, nil); err == nil {
		t.Error("aa has no plural rules in CLDR and must be refused")
	}
	files["en.toml"], files["ru.toml"] = files["aa.toml"], files["bb.toml"]
	files["en.toml"].Data = []byte(strings.ReplaceAll(string(files["en.toml"].Data), "bb", "ru"))
	delete(files, "aa.toml")
	delete(files, "bb.toml")
	var logged strings.Builder
	b, err := Load(files, nil, Log(slog.New(slog.NewTextHandler(&logged, nil))))
	if err != nil {
		t.Fatal(err)
	}
	en := b.Localizer("en")
	for range 3 {
		if got := en.T("no.such", "Name", "Aiperi"); got != "⟦no.such⟧" {
			t.Errorf("got %q", got)
		}
	}
	if got := en.T("only.here"); got != "text of b" {
		t.Errorf("the fallback's text: got %q", got)
	}
	if got := b.Localizer("ru").T("says.date"); got != "on " {
		t.Errorf("a missing argument: got %q", got)
	}
	if n := b.Missing()["en no.such"]; n != 3 {
		t.Errorf("counted %d times, want 3", n)
	}
	if n := strings.Count(logged.String(), "no.such"); n != 1 {
		t.Errorf("logged %d times, want once: %s", n, logged.String())
	}
	if strings.Contains(logged.String(), "Aiperi") {
		t.Errorf("an argument reached the log: %s", logged.String())
	}
}

func TestStrictPanicsOnWhatIsMissing(t *testing.T) {
	l := bundle(t).Localizer("en")
	for name, do := range map[string]func(){
		"message":         func() { l.T("no.such") },
		"argument":        func() { l.T("common.since") },
		"plural argument": func() { l.T("time.days") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			do()
		}()
	}
}

// What has no text in the reader's language is called as the ministry calls it, before the
// language's own fallbacks and any other.
func TestTextsComeFromTheMinistryBeforeOthers(t *testing.T) {
	texts := map[string]string{"ru": "Школа", "tr": "Okul", "ky": "Мектеп"}
	for tag, want := range map[string]string{"en": "Okul", "ru": "Школа"} {
		if got := bundle(t).Localizer(tag).At("tr").Text(texts); got != want {
			t.Errorf("%s: %s", tag, got)
		}
	}
	if got := bundle(t).Localizer("en").At("tr").Text(map[string]string{"ru": "Школа"}); got != "Школа" {
		t.Error(got)
	}
}

func TestOverlay(t *testing.T) {
	overlay := fstest.MapFS{
		"tr.toml": {Data: []byte("\"action.save\" = \"Sakla\"\n")},
		"kk.toml": {Data: []byte("\"language.name\" = \"Қазақша\"\n\"language.fallback\" = \"ky ru\"\n\"action.save\" = \"Сақтау\"\n")},
	}
	b, err := Load(locales.FS, overlay, Log(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Localizer("tr").T("action.save"); got != "Sakla" {
		t.Errorf("changed message: %q", got)
	}
	if got := b.Localizer("tr").T("action.cancel"); got != "Vazgeç" {
		t.Errorf("unchanged message: %q", got)
	}
	kk := b.Localizer("kk")
	if kk.T("action.save") != "Сақтау" || kk.T("action.cancel") != "Баш тартуу" {
		t.Errorf("new language: %q, %q", kk.T("action.save"), kk.T("action.cancel"))
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"nothing":       {},
		"no name":       {"en.toml": {Data: []byte("\"a.b\" = \"c\"\n")}},
		"not TOML":      {"en.toml": {Data: []byte("= =")}},
		"no tag":        {"not a tag.toml": {Data: []byte("\"language.name\" = \"N\"\n")}},
		"template code": {"en.toml": {Data: []byte("\"language.name\" = \"N\"\n\"a.b\" = \"{{if .X}}y{{end}}\"\n")}},
	} {
		if _, err := Load(files, nil); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func TestNegotiate(t *testing.T) {
	b := bundle(t)
	for _, c := range []struct {
		accept  string
		offered []string
		want    string
	}{
		{"tr-TR,tr;q=0.9,en;q=0.8", []string{"ky", "ru", "tr"}, "tr"},
		{"ru-KG", []string{"ky", "ru"}, "ru"},
		{"de-DE,de;q=0.9", []string{"ky", "ru"}, "ky"},
		{"de,en;q=0.5", []string{"tr", "en"}, "en"},
		{"", []string{"ky", "ru"}, "ky"},
		{"en", []string{"xx", "ru"}, "ru"},
		{";;;q=", nil, "en"},
		{strings.Repeat("ru,", 1000), []string{"tr", "ru"}, "tr"},
	} {
		if got := b.Negotiate(c.accept, c.offered); got != c.want {
			t.Errorf("Negotiate(%.30q, %v) = %q, want %q", c.accept, c.offered, got, c.want)
		}
	}
	for tag, want := range map[string]string{"ru-KG": "ru", "tr_TR": "tr", "ky": "ky", "": "en", "zz": "en"} {
		if got := b.Localizer(tag).Tag(); got != want {
			t.Errorf("Localizer(%q) = %q, want %q", tag, got, want)
		}
	}
	if b.Localizer("ru") != b.Localizer("ru-KG") {
		t.Error("a language has one localizer")
	}
}

func TestDirection(t *testing.T) {
	b := bundle(t)
	if d := b.Localizer("ky").Dir(); d != "ltr" {
		t.Errorf("ky: %s", d)
	}
	files := fstest.MapFS{"ar.toml": {Data: []byte("\"language.name\" = \"العربية\"\n")}}
	arabic, err := Load(files, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := arabic.Localizer("ar").Dir(); d != "rtl" {
		t.Errorf("ar: %s", d)
	}
}

func TestTurkishCase(t *testing.T) {
	b := bundle(t)
	for _, c := range []struct{ tag, in, upper, lower, title string }{
		{"tr", "ılıca istanbul", "ILICA İSTANBUL", "ılıca istanbul", "Ilıca İstanbul"},
		{"tr", "DİYARBAKIR IĞDIR", "DİYARBAKIR IĞDIR", "diyarbakır ığdır", "Diyarbakır Iğdır"},
		{"en", "istanbul III", "ISTANBUL III", "istanbul iii", "Istanbul Iii"},
		{"ru", "ысык-көл", "ЫСЫК-КӨЛ", "ысык-көл", "Ысык-Көл"},
		{"ky", "өзгөн ҮҢ", "ӨЗГӨН ҮҢ", "өзгөн үң", "Өзгөн Үң"},
		{"tr", "ankara'da", "ANKARA'DA", "ankara'da", "Ankara'da"},
	} {
		l := b.Localizer(c.tag)
		if l.Upper(c.in) != c.upper || l.Lower(c.in) != c.lower || l.Title(c.in) != c.title {
			t.Errorf("%s %q: %q %q %q", c.tag, c.in, l.Upper(c.in), l.Lower(c.in), l.Title(c.in))
		}
	}
	if got := b.Localizer("tr").Sentence("istatistik"); got != "İstatistik" {
		t.Errorf("Sentence: %q", got)
	}
}

func TestFaultInWords(t *testing.T) {
	e := fault.New(fault.Denied, "fault.denied").WithRule("ER-6a", "law-58 art. 5").
		WithNext("fault.unavailable", "/requests/new", nil).
		WithField("birth_date", "fault.date", fault.Args{"Example": "22.11.2026"})
	law := func(ref, tag string) string {
		if ref == "law-58 art. 5" && tag == "ky" {
			return "58-мыйзам, 5-берене"
		}
		return ""
	}
	b := bundle(t)
	x := b.Localizer("ky").WithLaw(law).Fault(e)
	if x.Title != "Бул аракетке уруксат жок" || x.Rule != "ER-6a" || x.Law != "58-мыйзам, 5-берене" ||
		x.NextURL != "/requests/new" || x.NextText == "" || len(x.Fields) != 1 ||
		x.Fields[0].Text != "Күндү 22.11.2026 түрүндө жазыңыз." || x.Fields[0].Name != "birth_date" {
		t.Errorf("%+v", x)
	}
	if got := b.Localizer("tr").WithLaw(law).Fault(e).Law; got != "law-58 art. 5" {
		t.Errorf("unknown words leave the reference: %q", got)
	}
	if b.Localizer("tr").Fault(nil).Title != "" {
		t.Error("no fault, no words")
	}
}

// What is to be corrected is called as people call it; what nobody has a word for is only marked.
func TestFieldsToCorrectAreCalledByTheirNames(t *testing.T) {
	called := func(id string) map[string]string {
		if id == "fields.internet_speed" {
			return map[string]string{"en": "Internet speed", "tr": "İnternet hızı"}
		}
		return nil
	}
	for _, lang := range bundle(t).Languages() {
		l := bundle(t).Localizer(lang.Tag).WithFields(called)
		one := fault.New(fault.Invalid, "fault.invalid").WithField("fields.internet_speed", "field.decimal", nil)
		if x := l.Fault(one); !strings.Contains(x.NextText, map[string]string{"en": "Internet speed", "tr": "İnternet hızı", "ky": "Internet speed", "ru": "Internet speed"}[lang.Tag]) {
			t.Errorf("%s: %s", lang.Tag, x.NextText)
		}
		for _, next := range []string{l.Fault(one.WithField("targets.3", "field.required", nil)).NextText, bundle(t).Localizer(lang.Tag).Fault(one).NextText} {
			if next == "" || strings.Contains(next, "internet_speed") || strings.Contains(next, "targets") {
				t.Errorf("%s: %s", lang.Tag, next)
			}
		}
	}
}

func TestEveryFaultKindHasAHeading(t *testing.T) {
	for _, lang := range bundle(t).Languages() {
		for k := fault.Internal; k <= fault.Unavailable; k++ {
			if bundle(t).Localizer(lang.Tag).Fault(fault.New(k, "fault.internal")).Title == "" {
				t.Errorf("%s %v", lang.Tag, k)
			}
		}
	}
}

func TestTwoLanguagesAtOnce(t *testing.T) {
	b := bundle(t)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	want := map[string]string{}
	page := func(tag string) string {
		l := b.Localizer(tag)
		key := SortKey(tag, "Ысык-Көл")
		return l.T("action.save") + l.T("window.days_left", "Count", 3) + l.T("common.since", "Date", now) +
			l.DateFull(now) + l.Relative(now.Add(-time.Hour), now) + l.Upper("istanbul") + l.Number(12345) + key
	}
	for _, lang := range b.Languages() {
		want[lang.Tag] = page(lang.Tag)
	}
	fresh := bundle(t)
	b = fresh // nothing warmed up: the first uses race
	var wg sync.WaitGroup
	for i := range 16 {
		tag := b.Languages()[i%4].Tag
		wg.Go(func() {
			for range 50 {
				if got := page(tag); got != want[tag] {
					t.Errorf("%s: %q", tag, got)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkSimple(b *testing.B) {
	l := bundle(b).Localizer("ky")
	for b.Loop() {
		_ = l.T("action.save")
	}
}

func BenchmarkPlaceholder(b *testing.B) {
	l := bundle(b).Localizer("ky")
	for b.Loop() {
		_ = l.T("window.extension", "Unit", "x")
	}
}

func BenchmarkPlural(b *testing.B) {
	l := bundle(b).Localizer("ru")
	for b.Loop() {
		_ = l.T("window.days_left", "Count", 12)
	}
}

func BenchmarkDate(b *testing.B) {
	l := bundle(b).Localizer("ru")
	now := time.Now()
	for b.Loop() {
		_ = l.Date(now)
	}
}
