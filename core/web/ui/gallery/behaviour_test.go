package gallery

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// is runs a condition in the page until it holds.
func is(ctx context.Context, t *testing.T, what, condition string) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if yes {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%s: does not hold: %s", what, condition)
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func run(ctx context.Context, t *testing.T, script string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script)); err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

// picture leaves a picture where MEKTEP_SHOTS says.
func picture(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	folder := os.Getenv("MEKTEP_SHOTS")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestScriptHelps(t *testing.T) {
	words, files := load(t)
	ctx := browser(t)
	site := server(t, words, files)
	at := func(page string, width int64) {
		open(ctx, t, fmt.Sprintf("%s/%s?lang=tr&theme=light&accent=1", site.URL, page), width)
	}

	at("parts", 1280)
	run(ctx, t, `document.querySelector('[data-confirm] > summary').click()`)
	is(ctx, t, "a question is a dialog", `document.querySelector('dialog[open] form button.btn-danger')`)
	picture(ctx, t, "script-dialog.png")
	run(ctx, t, `document.querySelector('dialog [data-dismiss]').click()`)
	is(ctx, t, "cancelling puts it back", `!document.querySelector('dialog') && document.querySelector('[data-confirm] .confirm-body')`)
	run(ctx, t, `document.dispatchEvent(new CustomEvent('toast', {detail: {tone: 'good', text: 'Kaydedildi'}}))`)
	is(ctx, t, "a toast is said", `document.querySelector('#toasts[aria-live] .alert.tone-good').textContent.includes('Kaydedildi')`)
	run(ctx, t, `document.querySelector('.person summary').click()`)
	picture(ctx, t, "script-person.png")
	run(ctx, t, `document.querySelector('.theme-choice[value=dark]').click()`)
	is(ctx, t, "dark is remembered", `document.documentElement.dataset.bsTheme === 'dark' && document.cookie.includes('theme=dark')`)
	run(ctx, t, `document.body.click()`)
	is(ctx, t, "a click elsewhere closes menus", `!document.querySelector('details.pop[open]')`)

	at("list", 1280)
	run(ctx, t, `document.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true})), document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))`)
	is(ctx, t, "/ jumps to the search", `document.activeElement.id === 'top-search'`)
	is(ctx, t, "nothing ticked, nothing to do", `document.querySelector('.list-bulk .btn').disabled`)
	run(ctx, t, `document.querySelector('[data-select-all]').click()`)
	is(ctx, t, "all rows are ticked", `[...document.querySelectorAll('tbody .tick input')].every((b) => b.checked) && document.querySelector('.list-selected').textContent.includes('6')`)
	run(ctx, t, `const s = document.querySelector('#f-district'); s.value = ''; window.stays = 1; s.dispatchEvent(new Event('change', {bubbles: true}))`)
	is(ctx, t, "the list follows a filter in place", `location.search.includes('kind=') && window.stays === 1 && document.querySelectorAll('#list').length === 1`)

	at("form", 1280)
	is(ctx, t, "the summary of errors has the focus", `document.activeElement.matches('[data-focus]')`)
	run(ctx, t, `const d = document.querySelector('[data-date] input[type=date]'); d.value = '2027-03-04'; d.dispatchEvent(new Event('change', {bubbles: true}))`)
	is(ctx, t, "a picked day is written as the language does", `document.querySelector('#f-since').value === '04.03.2027'`)
	run(ctx, t, `window.sent = 0; document.addEventListener('submit', (e) => { if (!e.defaultPrevented) window.sent++; e.preventDefault() });
		const b = document.querySelector('form[data-guard] .btn-primary'); b.click(); b.click()`)
	is(ctx, t, "a second click sends nothing", `window.sent === 1 && document.querySelector('form[data-guard] .btn-primary').getAttribute('aria-busy')`)

	at("home", 360)
	run(ctx, t, `document.querySelector('.menu summary').click()`)
	is(ctx, t, "the menu opens on a phone", `document.querySelector('.menu .place').getBoundingClientRect().height >= 44`)
	picture(ctx, t, "script-menu-360.png")
	run(ctx, t, `document.body.click(); document.querySelector('.unit-pop summary').click()`)
	picture(ctx, t, "script-unit-360.png")
}

func TestPagesWorkWithoutScript(t *testing.T) {
	words, files := load(t)
	ctx := browser(t)
	site := server(t, words, files)
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	open(ctx, t, site.URL+"/list?lang=ru&theme=light", 360)
	for what, condition := range map[string]string{
		"the filter has its button":          `document.querySelector('.filters-go button').offsetHeight >= 44`,
		"what needs script is not there":     `[...document.querySelectorAll('[data-print]')].every((b) => b.hidden)`,
		"the menu opens by itself":           `(document.querySelector('.menu').open = true) && document.querySelector('.menu .place').offsetHeight >= 44`,
		"the list is a form and can be sent": `!document.querySelector('.list-bulk .btn').disabled`,
	} {
		is(ctx, t, what, condition)
	}
}
