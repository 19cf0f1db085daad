package app

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"mektep/core/web/browsertest"
)

// looker is somebody whose screens are looked at.
type looker struct {
	ministry, login string
	name            string // to sign the undertaking with, which the role demands before use
	paths           []string
}

// looked are the screens that TestEveryScreenIsAccessible opens, by who opens them.
func looked() []looker {
	common := []string{"/home", "/me", "/me/security", "/me/sessions", "/me/rights", "/inbox", "/calendar", "/help", "/privacy"}
	return []looker{
		{"kg", "special", "Атайынов Чыңгыз", append([]string{"/institutions", "/people", "/people/new", "/units", "/institutions/new", "/institutions/import"}, common...)},
		{"tr", "istatistik", "", append([]string{"/institutions", "/institutions/import", "/units"}, common...)},
		{"tr", "denetci", "", []string{"/audit", "/home"}},
		{"kg", "ministry", "", []string{"/home", "/institutions", "/calendar/new", "/approvals", "/calendar"}},
		{"tr", "admin", "", []string{"/settings", "/calendar/2026-2027/amend", "/approvals", "/calendar", "/units", "/units/new", "/units/proposals", "/units/*", "/units/*/act/rename", "/units/*/act/close", "/units/*/act/merge", "/units/*/act/move", "/units/*/correct"}},
	}
}

// TestEveryScreenIsAccessible opens the screens of people of different roles, in
// four languages, wide and narrow, light and dark: no violation that axe-core
// knows, nothing wider than the window in any language and whatever people write,
// no complaint of the browser.
func TestEveryScreenIsAccessible(t *testing.T) {
	s := newSite(t)
	for i, who := range looked() {
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

// Every screen of the route table is looked at, or is one of those that nobody looks at yet; they may
// only become fewer.
func TestEveryScreenIsLookedAt(t *testing.T) {
	s := newStillSite(t) // one that starts still mounts its routes
	var seen []string
	for _, r := range s.routes(t) {
		if r.method != http.MethodGet || strings.HasPrefix(r.path, "/api/") {
			continue
		}
		is := false
		for _, who := range looked() {
			is = is || slices.ContainsFunc(who.paths, func(path string) bool { return leads(r.path, path) })
		}
		listed := slices.Contains(notLooked, r.path)
		if seen = append(seen, r.path); !is && !listed {
			t.Errorf("nobody looks at %s", r.path)
		} else if is && listed {
			t.Errorf("%s is looked at by now: take it off the list", r.path)
		}
	}
	for _, path := range notLooked {
		if !slices.Contains(seen, path) {
			t.Errorf("there is no screen %s: take it off the list", path)
		}
	}
}

// leads reports whether an address is one of a route's.
func leads(route, path string) bool {
	a, b := strings.Split(route, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], ":") {
			return false
		}
	}
	return true
}

// notLooked are screens, files and links that TestEveryScreenIsAccessible doesn't open.
var notLooked = []string{
	"/",
	"/address/:secret",
	"/assets/:file",
	"/audit/:id",
	"/audit/chain",
	"/audit/head",
	"/audit/person",
	"/audit/verify/:uid",
	"/calendar/:year/:window/extend",
	"/code",
	"/crest",
	"/forgot",
	"/healthz",
	"/institutions/:uid/act/:act",
	"/institutions/:uid/correct",
	"/institutions/:uid/correct/:fact/:on",
	"/institutions/:uid/edit/:group",
	"/institutions/:uid/history",
	"/institutions/:uid/print",
	"/institutions/:uid/withdraw/:fact/:on",
	"/institutions/columns",
	"/institutions/import/:uid",
	"/institutions/import/:uid/findings/:format",
	"/institutions/import/template/:format",
	"/institutions/several",
	"/institutions/views",
	"/invitation/:secret?",
	"/jobs/:uid",
	"/jobs/:uid/file",
	"/me/address",
	"/me/edit",
	"/me/keys/new",
	"/me/security/codes",
	"/me/security/drop",
	"/me/security/password",
	"/me/security/second",
	"/me/undertakings",
	"/me/undertakings/:id",
	"/me/undertakings/:id/:uid",
	"/metrics",
	"/operator",
	"/operator/acts",
	"/operator/invitation/:secret",
	"/operator/ministries/:slug",
	"/operator/ministries/:slug/name",
	"/operator/new",
	"/operator/people",
	"/operator/people/new",
	"/operator/security",
	"/operator/security/password",
	"/operator/security/second",
	"/people/:uid/block",
	"/people/:uid/edit",
	"/people/:uid/end/:appointment",
	"/people/:uid/history",
	"/people/:uid/reset",
	"/people/:uid/slip",
	"/people/:uid/undertakings/:undertaking",
	"/people/new/done",
	"/people/new/slip",
	"/readyz",
	"/reset/:secret?",
	"/sign-in",
	"/sign-in/second",
	"/stay",
	"/theme.css",
	"/units/:uid/correct/:fact/:on",
	"/units/:uid/withdraw/:fact/:on",
	"/units/proposals/:id/accept",
	"/version",
}
