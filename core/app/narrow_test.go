package app

import (
	"strings"
	"testing"

	"mektep/core/web/browsertest"
)

// At twice the size of a small desk, which is 320 pixels, nothing has to be pushed sideways to be read, in
// no language (WCAG 1.4.10).
func TestNothingIsPushedSidewaysAtTwiceTheSize(t *testing.T) {
	s := newSite(t)
	for ministry, login := range map[string]string{"kg": "special", "tr": "istatistik"} {
		p := browsertest.Open(t)
		s.signIn(p, ministry, login)
		if ministry == "kg" {
			p.Go(s.at(ministry, "/me/undertakings/annex_1_1"))
			sign(p, "Атайынов Чыңгыз")
		}
		p.GoIn("en", s.at(ministry, "/institutions"))
		p.Width(browsertest.Zoomed)
		region := p.Ask(`[...document.querySelectorAll('select[name=under] option, [name=region] option')].map((o) => o.value).find((v) => v) || ""`)
		paths := []string{"/home", "/institutions", "/institutions/import", "/calendar", "/me/rights"}
		if region = strings.Trim(region, `"`); region != "" {
			paths = append(paths, "/institutions?under="+region)
		} else if ministry == "kg" {
			t.Fatal("no region can be chosen")
		}
		for _, path := range paths {
			for _, lang := range []string{"tr", "ky", "ru", "en"} {
				p.GoIn(lang, s.at(ministry, path))
				p.Fits()
			}
		}
	}
}
