package app

import (
	"strings"
	"testing"
	"time"

	"mektep/core/web/browsertest"
)

// Whoever goes on and comes back by the browser's own button finds a form as they left it, its days and
// times too: browsers give nothing back to a field that says that it is not to be completed.
func TestTheBackButtonBringsTheWholeFormBack(t *testing.T) {
	s := newSite(t)
	p := browsertest.Open(t)
	s.signIn(p, "tr", "tegm")
	p.GoIn("tr", s.at("tr", "/calendar/2026-2027/passport_autumn/extend"))
	for name, value := range map[string]string{"until": "15.01.2027", "until_time": "17:30", "order.number": "77-k", "order.date": "20.11.2026"} {
		p.Fill(name, value)
	}
	p.Ask(`(addEventListener("unload", () => {}), "")`) // as after sending it: no browser then keeps the page whole
	p.Go(s.at("tr", "/calendar"))
	p.Ask(`(history.back(), "")`)
	want, got := "15.01.2027 17:30 77-k 20.11.2026", ""
	for until := time.Now().Add(time.Minute); got != want && time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		got = p.Ask(`["until", "until_time", "order.number", "order.date"].map((n) => document.querySelector('[name="' + n + '"]')?.value).join(" ")`)
	}
	if got != want || !strings.HasSuffix(p.Where(), "/extend") {
		t.Errorf("%s: %q", p.Where(), got)
	}
}
