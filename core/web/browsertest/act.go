package browsertest

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chromedp/chromedp"
)

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
// is done with only when it was pressed, asks nothing of the server any more and is not being
// left for a while; what a
// press changes within it (a dialog, a part fetched by script) is waited for by See.
func (p *Page) settle() {
	var stays time.Time
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(30 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, 3*time.Second)
		state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(document.querySelector('form[data-asking]') ? 'asks' : window.__pressed || 'new') + ' ' + document.readyState`))
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
