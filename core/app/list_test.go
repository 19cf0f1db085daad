package app

import (
	"strconv"
	"testing"

	"mektep/core/web/browsertest"
)

// TestAListIsForWork opens the list of institutions on the screen of an office and on a
// telephone: a dozen rows are in sight on the one, the first record on the other.
func TestAListIsForWork(t *testing.T) {
	s := newSite(t)
	p := browsertest.Open(t)
	s.signIn(p, "tr", "istatistik")
	p.Size(1366, 768)
	for _, lang := range []string{"tr", "ky"} { // in English long types take two lines
		p.GoIn(lang, s.at("tr", "/institutions"))
		rows := p.Ask(`[...document.querySelectorAll("#list tbody tr")].filter(r => r.getBoundingClientRect().bottom <= innerHeight).length + (document.querySelector(".notice") ? 1 : 0)`)
		if n, err := strconv.Atoi(rows); err != nil || n < 12 {
			t.Errorf("%s rows are in sight in %s", rows, lang)
		}
	}
	p.Size(360, 740)
	for _, lang := range []string{"tr", "ru"} {
		p.GoIn(lang, s.at("tr", "/institutions"))
		if p.Ask(`document.querySelector("#list tbody tr").getBoundingClientRect().bottom <= innerHeight`) != "true" {
			t.Errorf("the first record is out of sight in %s", lang)
		}
	}
}
