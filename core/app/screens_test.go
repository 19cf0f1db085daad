package app

import (
	"fmt"
	"strings"
	"testing"

	"mektep/core/web/browsertest"
)

// TestEveryScreenIsAccessible opens the screens of people of different roles, in
// four languages, wide and narrow, light and dark: no violation that axe-core
// knows, nothing wider than the window in any language and whatever people write,
// no complaint of the browser.
func TestEveryScreenIsAccessible(t *testing.T) {
	s := newSite(t)
	common := []string{"/home", "/me", "/me/security", "/me/sessions", "/me/rights", "/inbox", "/calendar", "/help", "/privacy"}
	for i, who := range []struct {
		ministry, login string
		name            string // to sign the undertaking with, which the role demands before use
		paths           []string
	}{
		{"kg", "special", "Атайынов Чыңгыз", append([]string{"/institutions", "/people", "/people/new", "/units", "/institutions/new", "/institutions/import"}, common...)},
		{"tr", "istatistik", "", append([]string{"/institutions", "/institutions/import", "/units"}, common...)},
		{"tr", "denetci", "", []string{"/audit", "/home"}},
		{"kg", "ministry", "", []string{"/home", "/institutions", "/calendar/new", "/approvals", "/calendar"}},
		{"tr", "admin", "", []string{"/settings", "/calendar/2026-2027/amend", "/approvals", "/calendar", "/units", "/units/new", "/units/proposals", "/units/*", "/units/*/act/rename", "/units/*/act/close", "/units/*/act/merge", "/units/*/act/move", "/units/*/correct"}},
	} {
		t.Run(who.ministry+"/"+who.login, func(t *testing.T) {
			s := *s
			s.t = t
			p := browsertest.Open(t)
			s.signIn(p, who.ministry, who.login)
			if who.name != "" {
				p.Go(s.at(who.ministry, "/me/undertakings/annex_1_1"))
				sign(p, who.name)
			}
			for k, path := range who.paths {
				if before, after, some := strings.Cut(path, "*"); some { // the first that its list leads to
					p.GoIn("en", s.at(who.ministry, strings.TrimSuffix(before, "/")))
					path = before + strings.Trim(p.Ask(`document.querySelector('.tree a[href^="`+before+`"]').getAttribute("href").split("/")[2]`), `"`) + after
				}
				lang := []string{"tr", "ky", "ru", "en"}[(i+k)%4]
				p.Width([]int64{browsertest.Wide, browsertest.Phone}[k%2])
				p.Ask(fmt.Sprintf(`(document.cookie = "theme=%s; path=/")`, []string{"light", "dark"}[(k/2)%2]))
				p.GoIn(lang, s.at(who.ministry, path))
				if got := p.Where(); !strings.HasSuffix(got, path) {
					t.Errorf("%s led to %s", path, got)
				}
				if p.Ask(`document.querySelector(".error-page") !== null`) == "true" {
					t.Errorf("%s is refused: %s", path, p.Ask(`document.querySelector(".error-page").innerText`))
				}
				p.Shot(strings.NewReplacer("/", "_").Replace(fmt.Sprintf("%s_%s%s_%s", who.ministry, who.login, path, lang)))
				p.Accessible()
				p.FitsWhatever()
				for _, other := range []string{"tr", "ky", "ru", "en"} {
					if other != lang { // it is there
						p.GoIn(other, s.at(who.ministry, path))
						p.FitsWhatever()
					}
				}
			}
			p.Quiet()
		})
	}
	for key := range s.Words.Missing() {
		t.Errorf("no message %s", key)
	}
}
