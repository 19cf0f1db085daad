package signin_test

import (
	"context"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mektep/core/db"
)

// kept counts what is kept of forms.
func (w *world) kept() (n int) {
	w.t.Helper()
	err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM kept_form WHERE tenant_id = $1", tx.Tenant()).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// back is where the last answer leads after sign-in.
func (b *browser) back() string {
	b.t.Helper()
	u := must(url.Parse(b.page.location))
	if to := u.Query().Get("to"); b.page.status == 303 && u.Path == "/sign-in" && to != "" {
		return to
	}
	b.t.Fatalf("not led to sign-in but %d to %q: %s", b.page.status, b.page.location, words(b.page.body))
	return ""
}

const (
	phone  = "0555 98 76 54"
	hushed = "never-to-be-shown 7"
)

// typed opens the form of one's own data and sends it.
func (b *browser) typed() *answer {
	return b.submit("/me/edit", "email", "typed@mail.example", "phone", phone, "current", hushed)
}

// A form whose session has ended leads to sign-in, and then holds what was typed: for that
// person, whatever the browser says of itself; nobody else sees it, and nothing that is
// secret is kept.
func TestAFormWhoseSessionEndedIsFilledAgain(t *testing.T) {
	w := newWorld(t, "kg")
	other, _ := w.working("head")
	for name, from := range map[string]map[string]string{
		"an old browser": nil, "a browser": {"Origin": "http://" + w.host, "Sec-Fetch-Site": "same-origin"},
	} {
		b, p := w.working("head")
		b.from = from
		b.get("/me/edit")
		delete(b.cookies, "mektep")
		b.typed()
		to := b.back()
		if strings.Contains(to, "0555") || strings.Contains(to, "typed") {
			t.Errorf("%s: what was typed stands in an address: %s", name, to)
		}
		b.follow()
		b.see(200, "What you typed is kept")
		b.notSee(phone)
		other.get(to)
		other.see(200)
		other.notSee(phone)
		if strings.Contains(other.page.body, phone) || strings.Contains(other.page.body, "typed@") {
			t.Errorf("%s: somebody else's form is filled with it", name)
		}
		b.submit("/sign-in", "login", p.Login, "password", password)
		b.leads(to)
		b.follow()
		b.see(200, phone, "typed@mail.example", "holds again")
		for _, want := range []string{`value="` + phone + `"`, `value="typed@mail.example"`} {
			if !strings.Contains(b.page.body, want) {
				t.Errorf("%s: the form does not hold %s", name, want)
			}
		}
		if strings.Contains(b.page.body, hushed) {
			t.Errorf("%s: a password was kept", name)
		}
		b.submit("/me/edit", "current", "wrong once")
		b.see(422)
		b.submit("/me/edit", "email", p.Login+"@mail.example", "current", password)
		b.leads("/me")
		if n := w.kept(); n != 0 {
			t.Errorf("%s: %d forms are kept after they were done", name, n)
		}
	}
}

// A page on which somebody types asks for the session to go on, and is led nowhere.
func TestWhoTypesIsThere(t *testing.T) {
	w := newWorld(t, "kg")
	b, _ := w.working("head")
	left := func() string {
		b.get("/me/edit")
		return regexp.MustCompile(`data-left="(\d+)"`).FindString(b.page.body)
	}
	if got := left(); got != `data-left="900"` {
		t.Errorf("a session of 15 minutes lasts %s", got)
	}
	w.pass(10 * time.Minute)
	b.get("/stay")
	b.see(204)
	if got := b.page.header.Get("X-Session-Left"); got != "900" {
		t.Errorf("it lasts %q", got)
	}
	w.pass(10 * time.Minute) // which it would not have survived
	if got := left(); got != `data-left="900"` {
		t.Errorf("it lasts %s", got)
	}
	w.pass(16 * time.Minute)
	b.get("/stay")
	b.see(401)
	if b.page.location != "" {
		t.Errorf("a page is led to %s", b.page.location)
	}
}

// A page that is refused holds no form: what was typed stands there to be copied, and
// nothing says that a form holds it.
func TestWhatWasTypedStandsOnAPageWithoutItsForm(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	b.get("/me/edit")
	delete(b.cookies, "mektep")
	b.typed()
	to := must(url.Parse(b.back()))
	b.follow()
	b.submit("/sign-in", "login", p.Login, "password", password)
	b.get("/institutions/none?" + to.RawQuery)
	b.see(404, phone, "typed@mail.example", "You can copy it from here")
	b.notSee("holds again")
	b.get(to.RequestURI())
	b.see(200, "holds again")
}

// What is kept is sealed, bounded in number, and goes by itself.
func TestWhatIsKeptOfFormsIsBounded(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	b.get("/me/edit")
	form, signedIn := b.page, maps.Clone(b.cookies)
	to := ""
	for range 9 {
		b.page = form
		delete(b.cookies, "mektep")
		b.typed()
		to = b.back()
	}
	if n := w.kept(); n != 5 {
		t.Errorf("%d forms of one account are kept", n)
	}
	err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		var n int
		err := tx.PGX().QueryRow(ctx, "SELECT count(*) FROM kept_form WHERE tenant_id = $1 AND position($2::bytea IN body) > 0", tx.Tenant(), []byte(phone)).Scan(&n)
		if n > 0 {
			t.Error("what was typed lies open")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.cookies = signedIn
	b.get(to)
	b.see(200, phone)
	w.pass(13 * time.Hour)
	b.signIn(p)
	b.get(to)
	b.see(200)
	b.notSee(phone)
	b.page = form
	w.pass(6 * 24 * time.Hour) // nobody knows any more whose form it is
	delete(b.cookies, "mektep")
	b.typed()
	b.see(401, phone, "Sign in")
}

// A form that was opened before one signed in anew is shown with what was typed, and can be
// sent again; under somebody else's sign-in it shows nothing, and is kept for its owner.
func TestAFormOfAnotherSignIn(t *testing.T) {
	w := newWorld(t, "kg")
	b, p := w.working("head")
	b.from = map[string]string{"Origin": "http://" + w.host}
	b.get("/me/keys/new")
	form := b.page
	b.get("/me/edit")
	mine := b.page
	delete(b.cookies, "mektep")
	b.signIn(p)
	b.page = mine
	b.typed()
	b.see(403, phone, "typed@mail.example", "Nothing of this was saved")
	if strings.Contains(b.page.body, hushed) {
		t.Error("a password is shown")
	}
	b.page = form
	b.submit("/me/keys/new", "name", "a key for the import")
	b.see(403, "a key for the import")

	other, _ := w.working("head")
	b.cookies = other.cookies
	b.page = mine
	b.typed()
	b.see(403, "another account")
	b.notSee(phone)
	link := found(t, linkPattern, b.page.body)
	b.get(unescape(link))
	b.submit("/sign-in", "login", p.Login, "password", password)
	b.follow()
	b.see(200, phone)
}

// A page of sign-in that stood open signs in: after the browser forgot it, and while
// somebody signed in beside it. A form of another site does not, and shows nothing.
func TestASignInPageThatStoodOpenSignsIn(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	b := w.browser()
	b.from = map[string]string{"Sec-Fetch-Site": "same-origin"}
	b.get("/sign-in")
	open := b.page
	clear(b.cookies)
	b.submit("/sign-in", "login", p.Login, "password", password)
	if b.page.status != 303 || b.cookies["mektep"] == "" {
		t.Fatalf("%d: %s", b.page.status, words(b.page.body))
	}
	b.page = open
	b.submit("/sign-in", "login", p.Login, "password", password)
	if b.page.status != 303 {
		t.Errorf("beside a session: %d: %s", b.page.status, words(b.page.body))
	}
	for _, from := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}} {
		b.cookies, b.page, b.from = map[string]string{}, open, from
		b.submit("/sign-in", "login", p.Login, "password", password)
		b.see(403)
		b.notSee(p.Login)
		if b.cookies["mektep"] != "" {
			t.Errorf("%v: a form of another site opened a session", from)
		}
	}
}
