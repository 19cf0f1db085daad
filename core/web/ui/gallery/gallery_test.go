package gallery

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"mektep/core/locale"
	"mektep/core/web/assets"
	"mektep/core/web/browsertest"
	"mektep/core/web/ui"
	"mektep/locales"
)

// policy is the content policy that every page must live with.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxFirstView is the most that a first view may send, in bytes, all together.
const maxFirstView = 60_000

func view(t testing.TB, words *locale.Bundle, files *assets.Bundle, lang, theme string) *ui.View {
	t.Helper()
	s := func(w say) string { return w[lang] }
	v := &ui.View{
		L: words.Localizer(lang), Assets: files, Path: "/institutions", Theme: theme, ThemeURL: "/theme", LanguageURL: "/language", Here: "/institutions", CSRF: "token",
		Ministry: ui.Ministry{Name: s(ministry), ThemeURL: "/theme.css"},
		Person:   &ui.Person{Name: s(person), Role: s(role), URL: "#me", RightsURL: "#rights", SignOut: "/out"},
		Units:    []ui.Unit{{Value: "1", Name: s(unitName), Role: s(unitRole), Current: true, URL: "/unit"}, {Value: "2", Name: s(school), Role: s(head), URL: "/unit"}},
		Search:   ui.Search{URL: "/list", Label: s(findSchool)},
		InboxURL: "#inbox", Unread: 3, Notice: s(demo),
		Contact: []ui.Link{{Text: "+996 312 00 00 00", URL: "tel:+996312000000", Icon: ui.GlyphPhone}, {Text: s(contact), Icon: ui.GlyphClock}},
		Legal:   []ui.Link{{Text: s(privacy), URL: "#p"}, {Text: s(measures), URL: "#m"}}, Version: "1.4.0",
	}
	for i, p := range []struct {
		word say
		icon ui.Glyph
	}{{home, ui.GlyphHome}, {institutions, ui.GlyphSchool}, {people, ui.GlyphPeople}, {year, ui.GlyphCalendar}, {requests, ui.GlyphRequest}, {statistics, ui.GlyphChart}, {admin, ui.GlyphSettings}} {
		n := 0
		if i == 4 {
			n = 7
		}
		v.Nav = append(v.Nav, ui.Place{Text: s(p.word), Icon: p.icon, URL: fmt.Sprintf("#nav%d", i), Current: i == 1, Count: n})
	}
	for _, l := range words.Languages() {
		v.Languages = append(v.Languages, ui.Language{Tag: l.Tag, Name: l.Name, Current: l.Tag == lang})
	}
	return v
}

func render(t testing.TB, words *locale.Bundle, files *assets.Bundle, p page, lang, theme string) []byte {
	t.Helper()
	v := view(t, words, files, lang, theme)
	var b bytes.Buffer
	if err := p.show(v, func(w say) string { return w[lang] }).Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func load(t testing.TB) (*locale.Bundle, *assets.Bundle) {
	t.Helper()
	words, err := locale.Load(locales.FS, nil, locale.Strict(), locale.Log(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	files, err := assets.Open()
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	return words, files
}

func TestPagesSayEverythingInEveryLanguage(t *testing.T) {
	words, err := locale.Load(locales.FS, nil, locale.Strict(), locale.Log(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range languages {
		for _, p := range pages {
			html := render(t, words, nil, p, lang, "")
			for _, bad := range []string{" style=", "<script>", "onclick=", "⟦", "<no value>"} {
				if bytes.Contains(html, []byte(bad)) {
					t.Errorf("%s in %s contains %q", p.name, lang, bad)
				}
			}
		}
	}
}

func TestFirstViewIsSmall(t *testing.T) {
	words, files := load(t)
	weigh := func(b []byte) int {
		var z bytes.Buffer
		w := brotli.NewWriterLevel(&z, 4)
		if _, err := w.Write(b); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return z.Len()
	}
	fixed := 0
	for _, name := range []string{"app.css", "app.js", "icons.svg", "favicon.svg"} {
		f, ok := files.Get(strings.TrimPrefix(files.URL(name), assets.Prefix), "br")
		if !ok {
			t.Fatalf("%s is not built", name)
		}
		fixed += len(f.Body)
	}
	for _, p := range pages {
		html := weigh(render(t, words, files, p, "ru", ""))
		if fixed+html > maxFirstView {
			t.Errorf("%s: first view sends %d bytes, more than %d", p.name, fixed+html, maxFirstView)
		}
		t.Logf("%-9s first view %5d bytes, later views %5d", p.name, fixed+html, html)
	}
}

// server serves the gallery as the program would: same headers, same files.
func server(t *testing.T, words *locale.Bundle, files *assets.Bundle) *httptest.Server {
	t.Helper()
	theme, err := ui.NewTheme("#8c1d2f")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /assets/{name}", func(w http.ResponseWriter, r *http.Request) {
		f, ok := files.Get(r.PathValue("name"), r.Header.Get("Accept-Encoding"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", f.Type)
		w.Header().Set("Cache-Control", assets.CacheControl)
		if f.Encoding != "" {
			w.Header().Set("Content-Encoding", f.Encoding)
		}
		_, _ = w.Write(f.Body)
	})
	mux.HandleFunc("GET /theme.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		if strings.Contains(r.Referer(), "accent=1") {
			_, _ = w.Write([]byte(theme.CSS()))
		}
	})
	mux.HandleFunc("GET /{page}", func(w http.ResponseWriter, r *http.Request) {
		for _, p := range pages {
			if p.name == r.PathValue("page") {
				w.Header().Set("Content-Security-Policy", policy)
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write(render(t, words, files, p, r.URL.Query().Get("lang"), r.URL.Query().Get("theme")))
				return
			}
		}
		http.NotFound(w, r)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// targets measures what axe-core does not: what is pressed must be large enough.
const targets = `[...document.querySelectorAll('.btn,.tool,.place,.form-control,.form-select,.theme-choice,.pop-item,.tabs a,.entry,.tick-hit,.check,.node')]
	.filter((e) => { const h = e.getBoundingClientRect().height; return h > 0 && h < 43.9 && e.type !== 'date'; })
	.map((e) => e.tagName + '.' + e.className + ' ' + e.getBoundingClientRect().height).join(' | ')`

func TestPagesInTheBrowser(t *testing.T) {
	words, files := load(t)
	p := browsertest.Open(t)
	site := server(t, words, files)
	for j, lang := range languages {
		for i, page := range pages {
			theme := []string{"light", "dark"}[(i+j)%2]
			p.Width([]int64{browsertest.Wide, browsertest.Phone}[(i+j)/2%2])
			p.Go(pageURL(site, page.name, lang, theme))
			p.Accessible()
			if small := p.Ask(targets); small != "" {
				t.Errorf("%s: targets too small: %s", p.Where(), small)
			}
		}
	}
	p.Quiet()
}

func pageURL(site *httptest.Server, page, lang, theme string) string {
	return fmt.Sprintf("%s/%s?lang=%s&theme=%s", site.URL, page, lang, theme)
}

// TestPictures leaves pictures of the pages in the folder MEKTEP_SHOTS.
func TestPictures(t *testing.T) {
	if os.Getenv("MEKTEP_SHOTS") == "" {
		t.Skip("set MEKTEP_SHOTS to a folder to have the pages drawn")
	}
	only := os.Getenv("MEKTEP_SHOTS_ONLY")
	words, files := load(t)
	p := browsertest.Open(t)
	site := server(t, words, files)
	for i, page := range pages {
		for _, width := range []int64{browsertest.Wide, browsertest.Phone} {
			for k, theme := range []string{"light", "dark"} {
				lang := languages[(i+k)%len(languages)]
				name := fmt.Sprintf("%s-%s-%s-%d", page.name, lang, theme, width)
				if strings.Contains(name, only) {
					p.Width(width)
					p.Go(pageURL(site, page.name, lang, theme))
					p.Shot(name)
				}
			}
		}
	}
}
