package gallery

import (
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"mektep/core/web/browsertest"
)

// is waits until a condition holds in the page.
func is(t *testing.T, p *browsertest.Page, what, condition string) {
	t.Helper()
	for until := time.Now().Add(time.Minute); p.Ask("!!("+condition+")") != "true"; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(until) {
			t.Errorf("%s: does not hold: %s", what, condition)
			return
		}
	}
}

func run(p *browsertest.Page, script string) { p.Ask("(() => {" + script + "})()") }

func TestScriptHelps(t *testing.T) {
	words, files := load(t)
	p := browsertest.Open(t)
	site := server(t, words, files)
	at := func(page string, width int64) {
		p.Width(width)
		p.Go(pageURL(site, page, "tr", "light") + "&accent=1")
	}

	at("parts", browsertest.Wide)
	run(p, `document.querySelector('[data-confirm] > summary').click()`)
	is(t, p, "a question is a dialog", `document.querySelector('dialog[open] form button.btn-danger')`)
	p.Shot("script-dialog")
	run(p, `document.querySelector('dialog [data-dismiss]').click()`)
	is(t, p, "cancelling puts it back", `!document.querySelector('dialog') && document.querySelector('[data-confirm] .confirm-body')`)
	run(p, `document.dispatchEvent(new CustomEvent('toast', {detail: {tone: 'good', text: 'Kaydedildi'}}))`)
	is(t, p, "a toast is said", `document.querySelector('#toasts[aria-live] .alert.tone-good').textContent.includes('Kaydedildi')`)
	run(p, `document.querySelector('.person summary').click()`)
	p.Shot("script-person")
	run(p, `document.querySelector('.theme-choice[value=dark]').click()`)
	is(t, p, "dark is remembered", `document.documentElement.dataset.bsTheme === 'dark' && document.cookie.includes('theme=dark')`)
	run(p, `document.body.click()`)
	is(t, p, "a click elsewhere closes menus", `!document.querySelector('details.pop[open]')`)

	at("list", browsertest.Wide)
	run(p, `document.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true})), document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '/', bubbles: true}))`)
	is(t, p, "/ jumps to the search", `document.activeElement.id === 'top-search'`)
	is(t, p, "nothing ticked, nothing to do", `document.querySelector('.list-bulk .btn').disabled`)
	run(p, `document.querySelector('[data-select-all]').click()`)
	is(t, p, "all rows are ticked", `[...document.querySelectorAll('tbody .tick input')].every((b) => b.checked) && document.querySelector('.list-selected').textContent.includes('6')`)
	run(p, `const s = document.querySelector('#f-district'); s.selectedIndex = 1; window.stays = 1; s.dispatchEvent(new Event('change', {bubbles: true}))`)
	is(t, p, "the list follows a filter in place", `location.search.includes('district=') && !location.search.includes('kind=') && window.stays === 1 && document.querySelectorAll('#list').length === 1`)

	at("form", browsertest.Wide)
	is(t, p, "the summary of errors has the focus", `document.activeElement.matches('[data-focus]')`)
	run(p, `const d = document.querySelector('[data-date] input[type=date]'); d.value = '2027-03-04'; d.dispatchEvent(new Event('change', {bubbles: true}))`)
	is(t, p, "a picked day is written as the language does", `document.querySelector('#f-since').value === '04.03.2027'`)
	run(p, `window.sent = 0; document.addEventListener('submit', (e) => { if (!e.defaultPrevented) window.sent++; e.preventDefault() });
		const b = document.querySelector('form[data-guard] .btn-primary'); b.click(); b.click()`)
	is(t, p, "a second click sends nothing", `window.sent === 1 && document.querySelector('form[data-guard] .btn-primary').getAttribute('aria-busy')`)

	at("home", browsertest.Phone)
	run(p, `document.querySelector('.menu summary').click()`)
	is(t, p, "the menu opens on a phone", `document.querySelector('.menu .place').getBoundingClientRect().height >= 44`)
	p.Shot("script-menu-360")
	run(p, `document.body.click(); document.querySelector('.unit-pop summary').click()`)
	p.Shot("script-unit-360")
}

// What was typed stays where the line is lost, and is sent once it is back; what is fetched says
// that it is, and has the focus then; what happens is said to who cannot see it.
func TestALostLineTakesNothingAlong(t *testing.T) {
	words, files := load(t)
	p := browsertest.Open(t)
	site := server(t, words, files)
	p.Width(browsertest.Wide)
	p.Go(pageURL(site, "form", "tr", "light"))
	run(p, `const i = document.querySelector('form[data-guard] input[type=text]'); i.value = 'Yeni ad'; i.dispatchEvent(new Event('input', {bubbles: true}));
		window.stays = 1`)
	gone := site.Listener.Addr().String()
	site.Close()
	run(p, `document.querySelector('form[data-guard] .btn-primary').click()`)
	is(t, p, "a lost line is said", `document.querySelector('#toasts[aria-live] .alert.tone-bad')?.textContent.includes('Bağlantı yok')`)
	is(t, p, "the form stays, and can be sent", `window.stays === 1 && document.querySelector('form[data-guard] input[type=text]').value === 'Yeni ad' && !document.querySelector('form[data-sent], form [aria-busy]')`)
	back := httptest.NewUnstartedServer(site.Config.Handler)
	_ = back.Listener.Close()
	var err error
	if back.Listener, err = net.Listen("tcp", gone); err != nil {
		t.Fatal(err)
	}
	back.Start()
	t.Cleanup(back.Close)
	run(p, `window.sent = 0; document.addEventListener('submit', (e) => { if (!e.defaultPrevented) window.sent++; e.preventDefault() });
		const b = document.querySelector('form[data-guard] .btn-primary'); b.click(); b.click()`)
	is(t, p, "it is sent, once", `window.sent === 1`)
	is(t, p, "that it is sent is said", `document.querySelector('#toasts .visually-hidden')?.textContent !== '' && document.querySelector('form[data-guard] .btn-primary').getAttribute('aria-busy') === 'true'`)

	p.Go(pageURL(back, "list", "tr", "light"))
	run(p, `window.busy = 0; window.stays = 1;
		new MutationObserver((all) => all.forEach((m) => { if (m.target.getAttribute('aria-busy') === 'true') window.busy++ })).observe(document.body, {attributes: true, attributeFilter: ['aria-busy'], subtree: true});
		const s = document.querySelector('#f-district'); s.blur(); s.selectedIndex = 1; s.dispatchEvent(new Event('change', {bubbles: true}))`)
	is(t, p, "what is fetched says so", `window.busy > 0 && location.search.includes('district=') && window.stays === 1`)
	is(t, p, "and then no more, and has the focus", `!document.querySelector('[aria-busy]') && document.activeElement.id === 'list'`)
}

func TestPagesWorkWithoutScript(t *testing.T) {
	words, files := load(t)
	p := browsertest.Open(t)
	site := server(t, words, files)
	p.Scripts(false)
	p.Width(browsertest.Phone)
	p.Go(pageURL(site, "list", "ru", "light"))
	for what, condition := range map[string]string{
		"the filter has its button":          `document.querySelector('.filters-go button').offsetHeight >= 44`,
		"what needs script is not there":     `[...document.querySelectorAll('[data-print]')].every((b) => b.hidden)`,
		"the menu opens by itself":           `(document.querySelector('.menu').open = true) && document.querySelector('.menu .place').offsetHeight >= 44`,
		"the list is a form and can be sent": `!document.querySelector('.list-bulk .btn').disabled`,
	} {
		is(t, p, what, condition)
	}
}
