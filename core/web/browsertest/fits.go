package browsertest

import (
	"fmt"
	"strconv"
)

// Fits fails the test when the page is wider than the window, and says which of
// its parts are.
func (p *Page) Fits() {
	p.t.Helper()
	p.fits("")
}

// FitsWhatever fails the test when the page is wider than a window of a desk or a
// telephone, with this content or another: it puts a long word without a gap, as an
// address, a name or a key may be one, at the end of every text that may be
// somebody's and into every field. The software's own words (buttons, menus, labels,
// heads of columns, badges, numbers and what a narrow column holds) are looked at as they are. The page is spoilt by it.
func (p *Page) FitsWhatever() {
	p.t.Helper()
	was := p.width
	for _, when := range []string{"", " when its words are long"} {
		if when != "" {
			p.Ask(stretch)
		}
		for _, width := range []int64{Wide, Phone} {
			p.Width(width)
			p.fits(when)
		}
	}
	p.Width(was)
}

func (p *Page) fits(when string) {
	p.t.Helper()
	if wide := p.wide(); wide != p.width {
		p.Shot("too-wide")
		p.t.Errorf("%s is %d px wide in a window of %d px%s:\n%s", p.Where(), wide, p.width, when, p.beyond())
	}
}

const stretch = `((word) => {
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	const texts = [];
	while (walk.nextNode()) texts.push(walk.currentNode);
	for (const t of texts) {
		const own = t.parentElement.closest('script, style, template, option, .visually-hidden, nav, button, .btn, label, legend, summary, th[scope=col], .badge, .num, td.narrow');
		if (t.data.trim() && !own) t.data += word;
	}
	for (const o of document.querySelectorAll('option')) o.text += word;
	for (const e of document.querySelectorAll('input[type=text], input[type=search], input:not([type]), textarea')) e.value += word;
	return '';
})(' Muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine')`

// beyond lists the parts that reach beyond the window and lie in no part that
// scrolls or cuts off.
func (p *Page) beyond() string {
	return p.Ask(fmt.Sprintf(`((width) => {
		const kept = (e) => {
			for (let a = e.parentElement; a && a !== document.body; a = a.parentElement) {
				if (getComputedStyle(a).overflowX !== 'visible') return true;
			}
			return false;
		};
		const named = (e) => e.tagName.toLowerCase() + (e.className && e.className.baseVal === undefined ? '.' + e.className.trim().replace(/\s+/g, '.') : '');
		return [...document.body.querySelectorAll('*')]
			.filter((e) => e.getBoundingClientRect().right > width + 0.5 && !kept(e) && e.checkVisibility())
			.map((e) => named(e.parentElement) + ' > ' + named(e) + ' ends at ' + Math.round(e.getBoundingClientRect().right) + ': ' + e.textContent.trim().replace(/\s+/g, ' ').slice(0, 60))
			.slice(0, 12).join('\n');
	})(%d)`, p.width))
}

// wide is how wide the page makes itself. A telephone's browser makes the window
// as wide as the page, so the window's own width says nothing: what counts is the
// width that was asked for.
func (p *Page) wide() int64 {
	p.t.Helper()
	px, err := strconv.ParseInt(p.Ask("Math.max(document.documentElement.scrollWidth, innerWidth)"), 10, 64)
	if err != nil {
		p.t.Fatal(err)
	}
	return px
}
