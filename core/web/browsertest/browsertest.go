// Package browsertest drives a real Chromium for tests: pages are opened, filled
// in, pressed and looked at as a person would, and judged by axe-core. Where the
// machine has no Chromium the test is skipped with one loud line.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/chromedp"
)

// The two widths that every screen is looked at in, in CSS pixels.
const (
	Wide  = 1280
	Phone = 360
)

// patience is how long a page may take to show what a person waits for: the race
// detector and a machine with other work make everything slow, and what comes in
// time costs no more for it.
const patience = time.Minute

// Page is a browser window of its own: cookies are not shared between pages.
type Page struct {
	t   testing.TB
	ctx context.Context

	width int64 // of the window, as it was asked for

	mu         sync.Mutex
	complaints []string
}

// Open starts a browser, or skips the test.
func Open(t testing.TB) *Page {
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
	p := &Page{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, p.listen); err != nil {
		t.Fatal(err)
	}
	p.Width(Wide)
	return p
}

func (p *Page) listen(ev any) {
	e, ok := ev.(*log.EventEntryAdded)
	if !ok || strings.Contains(e.Entry.Text, "the server responded with a status of") {
		return // refusals are answers like others
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.complaints = append(p.complaints, e.Entry.Text+" "+e.Entry.URL)
}

// Quiet fails the test when the browser complained: a blocked style, a script
// error, a request elsewhere.
func (p *Page) Quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.complaints {
		p.t.Errorf("the browser complains: %s", c)
	}
}

// Context is the browser's, for what this package has no word for.
func (p *Page) Context() context.Context { return p.ctx }

func (p *Page) within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(p.ctx, patience)
}

// Width makes the window as wide as a desk's or a telephone's.
func (p *Page) Width(px int64) {
	p.t.Helper()
	p.width = px
	size := chromedp.EmulateViewport(px, 900)
	if px < 500 {
		size = chromedp.EmulateViewport(px, 800, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
	}
	if err := chromedp.Do(p.ctx, size); err != nil {
		p.t.Fatal(err)
	}
}

// Scripts turns JavaScript of pages off or on again.
func (p *Page) Scripts(on bool) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		p.t.Fatal(err)
	}
}

// Go opens an address.
func (p *Page) Go(url string) {
	p.t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		p.t.Fatalf("%s: %v", url, err)
	}
}

// GoIn opens an address in a language, chosen from the menu as a person does.
func (p *Page) GoIn(tag, url string) {
	p.t.Helper()
	p.Go(url)
	if p.Ask("document.documentElement.lang") == tag {
		return
	}
	choose := fmt.Sprintf(`((tag) => {
		const b = document.querySelector('button[name=language][value="' + tag + '"]');
		if (!b) return 'not there';
		%s
		press(() => b.form.requestSubmit(b));
		return 'ok';
	})(%s)`, pressed, quote(tag))
	ok := p.Ask(choose)
	if ok != "ok" { // paper has no menu: it is chosen on another page
		p.Go(p.Ask("location.origin") + "/")
		ok = p.Ask(choose)
	}
	if ok != "ok" {
		p.t.Fatalf("%s: the language %s cannot be chosen: %s", p.Where(), tag, ok)
	}
	p.settle()
	if got := p.Ask("document.documentElement.lang"); got != tag {
		p.t.Fatalf("%s speaks %s, not %s", p.Where(), got, tag)
	}
	if p.Where() != url {
		p.Go(url)
	}
}

// Ask evaluates a condition or value in the page, as text.
func (p *Page) Ask(script string) string {
	p.t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	for {
		s, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+script+")"))
		if err != nil && betweenPages(err) && ctx.Err() == nil {
			time.Sleep(50 * time.Millisecond)
			continue
		}
		if err != nil {
			p.t.Fatalf("%s: %v", script, err)
		}
		return s
	}
}

// betweenPages: the page that was asked has just made room for the next one.
func betweenPages(err error) bool {
	for _, said := range []string{"Execution context was destroyed", "Cannot find context", "navigated or closed"} {
		if strings.Contains(err.Error(), said) {
			return true
		}
	}
	return false
}

// soon evaluates a script until it finds what it looks for: a page's address may
// be shown before its fields are.
func (p *Page) soon(script string) string {
	p.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		if said := p.Ask(script); said != "not there" || time.Now().After(until) {
			return said
		}
	}
}

// Where returns the address of the page.
func (p *Page) Where() string { return p.Ask("location.href") }

// Text returns what a person can read on the page.
func (p *Page) Text() string { return p.Ask("document.body ? document.body.innerText : ''") }

// See waits until the page shows a text; capitals and kinds of blank do not count.
func (p *Page) See(text string) {
	p.t.Helper()
	if !p.waits(text, true) {
		p.Shot("failed")
		p.t.Fatalf("%s does not show %q; it shows:\n%s", p.Where(), text, p.Text())
	}
}

// NotSee fails when the page shows a text.
func (p *Page) NotSee(text string) {
	p.t.Helper()
	if strings.Contains(plain(p.Text()), plain(text)) {
		p.t.Errorf("%s shows %q", p.Where(), text)
	}
}

func plain(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

func (p *Page) waits(text string, want bool) bool {
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		if strings.Contains(plain(p.Text()), plain(text)) == want {
			return true
		}
	}
	return false
}

// Fill writes into the field of a name, picks an option of it or ticks it.
func (p *Page) Fill(name, value string) {
	p.t.Helper()
	ok := p.soon(fmt.Sprintf(`((name, value) => {
		const all = [...document.querySelectorAll('[name="' + CSS.escape(name) + '"]')].filter((e) => e.type !== 'hidden');
		if (!all.length) return 'not there';
		const fire = (e) => { for (const k of ['input', 'change']) e.dispatchEvent(new Event(k, {bubbles: true})); };
		if (all[0].type === 'radio' || all[0].type === 'checkbox') {
			const e = all.find((e) => e.value === value);
			if (!e) return 'no such choice';
			e.checked = true; fire(e);
			return 'ok';
		}
		const e = all[0];
		if (e.tagName === 'SELECT') {
			const o = [...e.options].find((o) => o.value === value || o.text.trim() === value);
			if (!o) return 'no such option: ' + [...e.options].map((o) => o.value).join(' ');
			e.value = o.value; fire(e);
			return 'ok';
		}
		e.value = value; fire(e);
		return 'ok';
	})(%s, %s)`, quote(name), quote(value)))
	if ok != "ok" {
		p.Shot("failed")
		p.t.Fatalf("%s: field %q: %s", p.Where(), name, ok)
	}
}

// Upload puts a file into the file field of a name.
func (p *Page) Upload(name, path string) {
	p.t.Helper()
	ctx, cancel := p.within()
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.SetUploadFiles(`input[type="file"][name="`+name+`"]`, []string{path})); err != nil {
		p.t.Fatalf("file field %q: %v", name, err)
	}
}

// Press presses the button or link with a text, and waits for the page that comes.
func (p *Page) Press(text string) {
	p.t.Helper()
	ok := p.Ask(fmt.Sprintf(`((text) => {
		const plain = (s) => s.replace(/\s+/g, ' ').trim().toLowerCase();
		const seen = (e) => e.getClientRects().length > 0;
		const all = [...document.querySelectorAll('button, a[href], input[type=submit], summary')].filter(seen);
		const name = (e) => plain(e.innerText || e.value || e.getAttribute('aria-label') || '');
		const e = all.find((e) => name(e) === plain(text)) || all.find((e) => name(e).startsWith(plain(text)));
		if (!e) return 'there are: ' + all.map(name).join(' | ');
		%s
		press(() => e.click());
		return 'ok';
	})(%s)`, pressed, quote(text)))
	if ok != "ok" {
		p.Shot("failed")
		p.t.Fatalf("%s: nothing to press called %q; %s", p.Where(), text, ok)
	}
	p.settle()
}

// pressed has the page remember that something is about to be pressed, and what
// came of it: whether it was, and whether the page is being left.
const pressed = `
	window.__pressed = 'waits';
	addEventListener('beforeunload', () => { window.__pressed = 'leaves'; });
	const press = (act) => setTimeout(() => { act(); if (window.__pressed === 'waits') window.__pressed = 'stays'; }, 0);
`

// settle waits for the page that a press leads to, until it is complete. The old one
// is done with only when it was pressed and is not being left for a while; what a
// press changes within it (a dialog, a part fetched by script) is waited for by See.
func (p *Page) settle() {
	var stays time.Time
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(30 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
		state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(window.__pressed || 'new') + ' ' + document.readyState`))
		cancel()
		switch {
		case err != nil: // between two pages
		case state == "new complete":
			return
		case !strings.HasPrefix(state, "stays"):
			stays = time.Time{}
		case stays.IsZero():
			stays = time.Now()
		case time.Since(stays) > 700*time.Millisecond:
			return
		}
	}
}

// Shot leaves a picture in the folder MEKTEP_SHOTS; without it, none.
func (p *Page) Shot(name string) {
	p.t.Helper()
	folder := os.Getenv("MEKTEP_SHOTS")
	if folder == "" {
		return
	}
	ctx, cancel := p.within()
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(b)
}

// axeCore is where npm puts it.
func axeCore() string {
	_, here, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(here), "..", "assets", "node_modules", "axe-core", "axe.min.js")
}

const runAxe = `axe.run(document, {
	resultTypes: ['violations'],
	runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
}).then((r) => JSON.stringify(r.violations))`

type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

// Accessible fails for every violation that axe-core finds on the page, and when
// the page is wider than the window.
func (p *Page) Accessible() {
	p.t.Helper()
	axe, err := os.ReadFile(axeCore())
	if err != nil {
		p.t.Skip("SKIPPED: AXE-CORE IS NOT INSTALLED (make assets)")
	}
	ctx, cancel := context.WithTimeout(p.ctx, time.Minute)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
		p.t.Fatal(err)
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](runAxe, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatal(err)
	}
	var found []violation
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		p.t.Fatal(err)
	}
	for _, f := range found {
		for _, n := range f.Nodes {
			p.t.Errorf("%s: axe %s: %s\n%s\n%s", p.Where(), f.ID, f.Help, n.HTML, n.Summary)
		}
	}
	p.Fits()
}

// Submit sends the form that holds the field of a name, as its main button would,
// and waits for the page that comes.
func (p *Page) Submit(field string) {
	p.t.Helper()
	ok := p.soon(fmt.Sprintf(`((name) => {
		const e = [...document.querySelectorAll('[name="' + CSS.escape(name) + '"]')].find((e) => e.form && e.form.method === 'post');
		if (!e) return 'not there';
		const wrong = [...e.form.elements].filter((x) => x.willValidate && !x.checkValidity()).map((x) => x.name);
		if (wrong.length) return 'the browser refuses ' + wrong.join(', ');
		%s
		press(() => e.form.requestSubmit());
		return 'ok';
	})(%s)`, pressed, quote(field)))
	if ok != "ok" {
		p.Shot("failed")
		p.t.Fatalf("%s: form of %q: %s", p.Where(), field, ok)
	}
	p.settle()
}

// Find returns what a regular expression finds in the page's source, fields' values
// included; "" when it finds nothing.
func (p *Page) Find(expression string) string {
	p.t.Helper()
	return p.Ask(fmt.Sprintf(`((x) => {
		const text = document.documentElement.outerHTML + [...document.querySelectorAll('input')].map((e) => ' ' + e.value).join('');
		const m = text.match(new RegExp(x));
		return m ? m[1] ?? m[0] : '';
	})(%s)`, quote(expression)))
}
