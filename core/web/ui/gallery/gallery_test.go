package gallery

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"

	"mektep/core/locale"
	"mektep/core/web/assets"
	"mektep/core/web/ui"
	"mektep/locales"
)

const axePath = "../../assets/node_modules/axe-core/axe.min.js"

// policy is the content policy that every page must live with.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// maxFirstView is the most that a first view may send, in bytes, all together.
const maxFirstView = 60_000

func view(t testing.TB, words *locale.Bundle, files *assets.Bundle, lang, theme string) *ui.View {
	t.Helper()
	s := func(w say) string { return w[lang] }
	v := &ui.View{
		L: words.Localizer(lang), Assets: files, Path: "/institutions", Theme: theme, ThemeURL: "/theme", CSRF: "token",
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
		v.Languages = append(v.Languages, ui.Language{Tag: l.Tag, Name: l.Name, URL: "?lang=" + l.Tag, Current: l.Tag == lang})
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

// browser starts a headless Chromium, or skips the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("SKIPPED: NO CHROMIUM ON THIS MACHINE, THE PAGES WERE NOT LOOKED AT (apt install chromium)")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// probe measures what axe-core does not: width, targets.
const probe = `(() => {
	const out = [];
	const root = document.scrollingElement;
	if (root.scrollWidth > innerWidth) {
		const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.tabs,.is-wide,.visually-hidden'));
		out.push('wider than the window: ' + wide.slice(0, 4).map((e) => e.tagName + '.' + e.getAttribute('class')).join(', '));
	}
	for (const e of document.querySelectorAll('.btn,.tool,.place,.form-control,.form-select,.theme-choice,.pop-item,.tabs a,.entry,.tick-hit,.check,.node')) {
		const r = e.getBoundingClientRect();
		if (r.height > 0 && r.height < 43.9 && e.type !== 'date') out.push('target too small: ' + e.tagName + '.' + e.className + ' ' + r.height);
	}
	return out;
})()`

type finding struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func TestPagesInTheBrowser(t *testing.T) {
	words, files := load(t)
	ctx := browser(t)
	axe, err := os.ReadFile(axePath)
	if err != nil {
		t.Skip("SKIPPED: AXE-CORE IS NOT INSTALLED (make assets)")
	}
	var mu sync.Mutex
	var complaints []string
	if err := chromedp.Listen(ctx, func(ev any) {
		if e, ok := ev.(*log.EventEntryAdded); ok {
			mu.Lock()
			defer mu.Unlock()
			complaints = append(complaints, e.Entry.Text)
		}
	}); err != nil {
		t.Fatal(err)
	}
	site := server(t, words, files)
	for j, lang := range languages {
		for i, p := range pages {
			theme := []string{"light", "dark"}[(i+j)%2]
			width := []int64{1280, 360}[(i+j)/2%2]
			t.Run(fmt.Sprintf("%s/%s/%s/%d", p.name, lang, theme, width), func(t *testing.T) {
				look(ctx, t, fmt.Sprintf("%s/%s?lang=%s&theme=%s", site.URL, p.name, lang, theme), width, string(axe))
			})
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for _, c := range complaints {
		t.Errorf("the browser complains: %s", c)
	}
}

const runAxe = `axe.run(document, {
	resultTypes: ['violations'],
	runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}).then((r) => JSON.stringify(r.violations))`

func open(ctx context.Context, t *testing.T, url string, width int64) {
	t.Helper()
	size := chromedp.EmulateViewport(width, 900)
	if width < 500 {
		size = chromedp.EmulateViewport(width, 800, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	if err := chromedp.Do(ctx, size, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
}

func look(ctx context.Context, t *testing.T, url string, width int64, axe string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	open(ctx, t, url, width)
	measured, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](probe))
	if err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axe)); err != nil {
		t.Fatal(err)
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range measured {
		t.Error(m)
	}
	var found []finding
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		for _, n := range f.Nodes {
			t.Errorf("axe %s: %s\n%s\n%s", f.ID, f.Help, n.HTML, n.Summary)
		}
	}
}

// TestPictures leaves pictures of the pages in the folder MEKTEP_SHOTS.
func TestPictures(t *testing.T) {
	folder := os.Getenv("MEKTEP_SHOTS")
	if folder == "" {
		t.Skip("set MEKTEP_SHOTS to a folder to have the pages drawn")
	}
	only := os.Getenv("MEKTEP_SHOTS_ONLY")
	words, files := load(t)
	ctx := browser(t)
	site := server(t, words, files)
	for i, p := range pages {
		for _, width := range []int64{1280, 360} {
			for k, theme := range []string{"light", "dark"} {
				lang := languages[(i+k)%len(languages)]
				name := fmt.Sprintf("%s-%s-%s-%d.png", p.name, lang, theme, width)
				if !strings.Contains(name, only) {
					continue
				}
				open(ctx, t, fmt.Sprintf("%s/%s?lang=%s&theme=%s", site.URL, p.name, lang, theme), width)
				png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(folder, name), png, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
