package signin_test

import (
	"regexp"
	"strings"
	"testing"
)

var (
	secretPattern = regexp.MustCompile(`name="secret" value="([A-Z2-7]+)"`)
	codePattern   = regexp.MustCompile(`<li><code>([0-9A-Z-]{14})</code></li>`)
)

func found(t *testing.T, re *regexp.Regexp, body string) string {
	t.Helper()
	m := re.FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("%s is not in: %s", re, words(body))
	}
	return m[1]
}

// The way of a district officer from the letter to the first day of work
// (KG-ER-6b, KG-ER-7a, TR-DR-8), without JavaScript.
func TestKGER7a_FirstUseLeadsFromTheInvitationToHome(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.invited("district_officer", w.district)
	b := w.browser()

	b.get(p.link)
	b.see(200, "Welcome, "+p.name, "Sokuluk district", "No. 17-к", "Invited by Ministry of Education")
	b.submit(p.link, "login", "asan.b", "password", "short", "again", "short", "language", "en")
	b.see(422, "At least")
	b.submit(p.link, "login", "asan.b", "password", password, "again", later, "language", "en")
	b.see(422, "The two passwords are not the same.")
	if strings.Contains(b.page.body, password) {
		t.Error("a password is given back with the form")
	}
	b.submit(p.link, "login", "asan.b", "password", password, "again", password, "language", "en")
	b.leads("/sign-in")
	b.follow()
	b.see(200, "Your account is open")

	b.submit("/sign-in", "login", "asan.b", "password", password)
	b.leads("/me/security/second")
	b.follow()
	b.see(200, "2. Scan the picture", "Undertaking")
	key := found(t, secretPattern, b.page.body)
	if !strings.Contains(b.page.body, `class="qr"`) {
		t.Error("no QR code")
	}
	b.submit("/me/security/second/confirm", "code", "000000")
	b.see(422, "The code is wrong")
	if found(t, secretPattern, b.page.body) != key {
		t.Error("the key changed under a wrong code")
	}
	b.submit("/me/security/second/confirm", "code", w.totp(key))
	b.see(200, "The second factor is on.", "Recovery codes")
	if n := len(codePattern.FindAllString(b.page.body, -1)); n != 10 {
		t.Errorf("%d recovery codes are shown", n)
	}
	if !strings.Contains(b.page.body, `href="/me/undertakings/annex_1_1"`) {
		t.Error("the way does not lead on to the undertaking")
	}

	b.get("/me/undertakings/annex_1_1")
	b.see(200, "confidential information", p.name)
	b.submit("/me/undertakings/annex_1_1", "name", "Somebody Else", "agreed", "1")
	b.see(422, "Write your own name")
	b.submit("/me/undertakings/annex_1_1", "name", p.name, "agreed", "")
	b.see(422, "Tick the box")
	b.submit("/me/undertakings/annex_1_1", "name", p.name, "agreed", "1")
	b.leads("/home")
	b.follow()
	b.see(200, "The undertaking has been signed.", "Print a copy")

	b.get("/me/undertakings")
	b.see(200, p.name, "Sokuluk district")
	b.get(found(t, regexp.MustCompile(`href="(/me/undertakings/annex_1_1/[^"]+)"`), b.page.body))
	b.see(200, "Купуя маалымат", p.name, "Жазуунун номери")
}

// A double click signs once.
func TestAnUndertakingIsSignedOnce(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.browser()
	p := w.with("head", w.school)
	b.signIn(p)
	b.leads("/me/undertakings/annex_1_1")
	form := b.follow()
	b.submit("/me/undertakings/annex_1_1", "name", p.name, "agreed", "1")
	b.leads("/home")
	b.page = form
	b.submit("/me/undertakings/annex_1_1", "name", p.name, "agreed", "1")
	b.leads("/home")
	if b.page.header.Get("Idempotent-Replayed") == "" {
		t.Error("the second click was not taken for one")
	}
	b.follow()
	b.get("/me/undertakings")
	if n := strings.Count(b.page.body, `href="/me/undertakings/annex_1_1/`); n != 1 {
		t.Errorf("signed %d times", n)
	}
}

// Home says what is still to be done, and the way goes on to where one wanted to go.
func TestDueAndTheWayOn(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("head", w.school)
	b := w.browser()
	b.get("/me/rights")
	b.leads("/sign-in?to=%2Fme%2Frights")
	b.follow()
	b.submit("/sign-in", "login", p.Login, "password", password)
	b.leads("/me/undertakings/annex_1_1?to=%2Fme%2Frights")
	b.get("/home")
	b.see(200, "Sign: ")
	b.get("/me/undertakings/annex_1_1?to=%2Fme%2Frights")
	b.submit("/me/undertakings/annex_1_1", "name", p.name, "agreed", "1")
	b.leads("/me/rights")
	b.get("/home")
	b.notSee("Sign: ")
}

func TestNobodyIsLedToAnotherSite(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	for _, to := range []string{"//evil.example", "https://evil.example", `/\evil.example`, "javascript:alert(1)"} {
		b := w.browser()
		b.get("/sign-in?to=" + to)
		b.submit("/sign-in", "login", p.Login, "password", password, "to", to)
		b.leads("/home")
	}
}

func TestAUsedLinkSaysWhatToDoNext(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.invited("head", w.school)
	b := w.browser()
	b.get(p.link)
	form := b.page
	b.submit(p.link, "login", "asan.x", "password", password, "again", password)
	b.leads("/sign-in")
	b.get(p.link)
	b.see(404, "This link no longer works", "Sign in", "printed code", "Help and contact")
	b.page = form
	b.submit(p.link, "login", "other", "password", later, "again", later)
	b.see(404, "This link no longer works")
	b.get("/invitation")
	b.see(200, "I have been invited", "Open the link from your letter")
	b.get("/reset/" + strings.Repeat("x", 43))
	b.see(404, "This link no longer works")
}
