package signin_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity"
)

func TestTheLandingPageSaysWhoseServiceItIs(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.browser()
	for lang, want := range map[string][]string{
		"en": {"Education Management Information System", "Sign in", "Help and contact", "+996 312 66-24-42"},
		"ky": {"Билим берүүнү башкаруунун маалыматтык системасы", "Кирүү"},
		"ru": {"Информационная система управления образованием", "Войти"},
		"tr": {"Eğitim Yönetimi Bilgi Sistemi", "Oturum aç"},
	} {
		b.lang = lang
		b.get("/")
		b.see(200, want...)
		b.get("/privacy")
		b.see(200)
		b.get("/help")
		b.see(200)
	}
	b.signIn(w.with("learner", w.school))
	b.get("/")
	b.leads("/home")
}

func TestSignInRefusalsKeepWhatWasTyped(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	b := w.browser()
	b.get("/sign-in")
	b.submit("/sign-in", "login", "", "password", "")
	b.see(422)
	b.submit("/sign-in", "login", p.Login, "password", "not the password", "shared", "1")
	b.see(401, "The login or the password is wrong.")
	if !strings.Contains(b.page.body, `value="`+p.Login+`"`) || !strings.Contains(b.page.body, " checked") {
		t.Error("what was typed is lost")
	}
	if strings.Contains(b.page.body, "not the password") {
		t.Error("the password is given back")
	}
	if b.cookies["mektep"] != "" {
		t.Error("a session without a password")
	}
	for range 8 {
		b.submit("/sign-in", "login", p.Login, "password", "not the password")
	}
	b.see(429, "Nobody has been locked out", "Forgotten password")
	if b.page.header.Get("Retry-After") == "" {
		t.Error("the page does not say when to ask again")
	}
	w.pass(15 * time.Minute)
	b.submit("/sign-in", "login", p.Login, "password", password)
	b.leads("/home")
}

func TestASecondFactorIsAskedFor(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("ministry_officer", w.root)
	key, codes := w.enrol(p)
	b := w.browser()
	b.get("/sign-in/second")
	b.leads("/sign-in")
	b.signIn(p)
	b.leads("/sign-in/second")
	if b.cookies["mektep"] != "" {
		t.Fatal("a session before the second step")
	}
	b.get("/home")
	b.leads("/sign-in?to=%2Fhome")
	b.get("/sign-in/second")
	b.see(200, "Phone not at hand?")
	b.submit("/sign-in/second", "code", "123456")
	b.see(401, "The code is wrong")
	b.submit("/sign-in/second", "code", w.totp(key))
	b.leads("/home")
	if b.cookies["step"] != "" {
		t.Error("the step is kept after it was done")
	}

	again := w.browser()
	again.signIn(p)
	again.follow()
	again.submit("/sign-in/second", "code", strings.ToLower(codes[0]))
	again.leads("/home")
	again.follow()
	again.see(200, "You signed in with a recovery code. 9 are left.")

	late := w.browser()
	late.signIn(p)
	late.follow()
	w.pass(6 * time.Minute)
	late.submit("/sign-in/second", "code", w.totp(key))
	late.leads("/sign-in")
	late.follow()
	late.see(200, "This took too long.")
}

// Whose telephone's clock is wrong is told to look at it, in their language: by no code would
// they find out, as every one is wrong.
func TestAWrongCodeSaysToLookAtTheTelephonesClock(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("ministry_officer", w.root)
	key, _ := w.enrol(p)
	for lang, says := range map[string]string{"tr": "telefonunuzun saatine", "ky": "телефонуңуздун саатын", "ru": "часы телефона", "en": "telephone’s clock"} {
		slow := w.totp(key) // by a telephone that is ten minutes behind
		w.pass(10 * time.Minute)
		b := w.browser()
		b.lang = lang
		b.signIn(p)
		b.follow()
		b.submit("/sign-in/second", "code", slow)
		b.see(401, says)
	}
}

func TestASharedComputerIsNotRemembered(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	b := w.browser()
	b.signIn(p, "shared", "1")
	b.leads("/home")
	if b.cookies["device"] != "" {
		t.Error("a shared computer is remembered")
	}
	for _, c := range b.page.header.Values("Set-Cookie") {
		if strings.HasPrefix(c, "mektep=") && strings.Contains(strings.ToLower(c), "expires") {
			t.Errorf("the session outlives the browser: %s", c)
		}
	}
	own := w.browser()
	own.signIn(p)
	if own.cookies["device"] == "" {
		t.Error("a person's own computer is not remembered")
	}
}

func TestSignOut(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.browser()
	b.signIn(w.with("learner", w.school))
	b.get("/me")
	b.see(200)
	token := b.cookies["mektep"]
	b.submit("/sign-out")
	b.leads("/")
	b.follow()
	b.see(200, "You have signed out.")
	b.cookies["mektep"] = token
	b.get("/me")
	b.leads("/sign-in?to=%2Fme")
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	b := w.browser()
	b.get("/sign-in")
	b.submit("/sign-in", "login", p.Login, "password", password, "_csrf", "forged")
	b.see(403)
	if b.cookies["mektep"] != "" {
		t.Error("a forged form opened a session")
	}
}

// Whoever asks learns nothing about who has an account.
func TestForgottenPasswordAnswersAlike(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	var shown []string
	for _, who := range []string{p.Login, "nobody.at.all", p.Email} {
		b := w.browser()
		b.get("/forgot")
		b.see(200, "Without mail: a printed code")
		b.submit("/forgot", "who", who)
		b.see(200, "a letter is on its way")
		shown = append(shown, words(b.page.body))
	}
	if shown[0] != shown[1] || shown[1] != shown[2] {
		t.Error("the answers differ")
	}
}

func TestAPrintedCodeOpensTheWayBack(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	slip, err := w.identity.PrintCode(w.ctx, p.UID, identity.Reset{IdentifiedBy: "passport"})
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.get("/code")
	b.submit("/code", "login", p.Login, "code", "AAAA-2222")
	b.see(401, "The login or the code is wrong")
	b.submit("/code", "login", p.Login, "code", strings.ToLower(slip.Code))
	if !strings.HasPrefix(b.page.location, "/reset/") {
		t.Fatalf("led to %q", b.page.location)
	}
	path := b.page.location
	b.follow()
	b.see(200, "New password", p.name)
	b.submit(path, "password", later, "again", later)
	b.leads("/sign-in")
	b.follow()
	b.see(200, "Your new password is saved.")
	b.submit("/sign-in", "login", p.Login, "password", password)
	b.see(401)
	b.submit("/sign-in", "login", p.Login, "password", later)
	b.leads("/home")
}

func TestASuspendedMinistryLetsNobodyIn(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	in, out := w.browser(), w.browser()
	in.signIn(p)
	in.get("/me")
	out.get("/sign-in")
	form := out.page
	if err := w.tenants.Suspend(caller.With(context.Background(), caller.System(caller.Tenant{}, "test", "")), "kg", "the ministry asked for it"); err != nil {
		t.Fatal(err)
	}
	out.get("/")
	out.see(423, "The service rests for now", "Your data is safe", "Help and contact")
	out.get("/sign-in")
	out.see(423, "The service rests for now")
	out.page = form
	out.submit("/sign-in", "login", p.Login, "password", password)
	if out.page.status != 423 || out.cookies["mektep"] != "" {
		t.Errorf("a suspended ministry answered %d", out.page.status)
	}
	in.submit("/sign-out") // but out everybody comes
	in.leads("/")
}

// A blocked person learns so only with the right password.
func TestABlockedAccountSaysSoToItsOwnerOnly(t *testing.T) {
	w := newWorld(t, "kg")
	p := w.with("learner", w.school)
	err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `UPDATE account SET state = 'blocked', blocked_why = 'decision' WHERE tenant_id = $1 AND uid = $2`, tx.Tenant(), p.UID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	b.signIn(p)
	b.see(403, "This account is blocked.", "The account can be opened again by: ", "Special administrator")
	b.submit("/sign-in", "login", p.Login, "password", "something else")
	b.see(401, "The login or the password is wrong.")
	b.notSee("blocked")
}

// What belongs into a form counts nowhere else: an address lies in histories and logs.
func TestTheFormsMarkCountsInTheBodyOnly(t *testing.T) {
	w := newWorld(t, "kg")
	b := w.browser()
	b.get("/sign-in")
	token := found(t, regexp.MustCompile(`name="_csrf" value="([^"]+)"`), b.page.body)
	if a := b.send(http.MethodPost, "/sign-in?_csrf="+url.QueryEscape(token), url.Values{"login": {"x"}}); a.status != http.StatusForbidden {
		t.Errorf("from the address: %d", a.status)
	}
	if a := b.send(http.MethodPost, "/sign-in", url.Values{"login": {"x"}, "_csrf": {token}}); a.status == http.StatusForbidden {
		t.Errorf("from the form: %d", a.status)
	}
}
