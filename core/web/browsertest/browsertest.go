// Package browsertest drives a real Chromium for tests: pages are opened, filled
// in, pressed and looked at as a person would, and judged by axe-core. Where the
// machine has no Chromium the test is skipped with one loud line.
package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
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
	// Zoomed is a desk of 1280 pixels at four times the size, or of 640 at twice.
	Zoomed = 320
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
	if px < 500 {
		p.Size(px, 800)
		return
	}
	p.Size(px, 900)
}

// Size gives the window a width and a height in pixels; a narrow one is a telephone's.
func (p *Page) Size(width, height int64) {
	p.t.Helper()
	p.width = width
	size := chromedp.EmulateViewport(width, height)
	if width < 500 {
		size = chromedp.EmulateViewport(width, height, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulatePortrait)
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

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return string(b)
}
