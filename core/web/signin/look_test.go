package signin_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
	"mektep/core/web/browsertest"
	"mektep/core/web/webtest"
)

// looker opens every screen in a real browser and has axe-core judge it, once on a
// desk and once on a telephone, each time in another language and other colours.
// With MEKTEP_SHOTS set, a picture is left of each.
type looker struct {
	*browsertest.Page
	w    *world
	base string
	n    int
}

func (w *world) looker() *looker {
	w.t.Helper()
	l := &looker{Page: browsertest.Open(w.t), w: w, base: w.serve()}
	l.Go(l.base + "/help")
	return l
}

func (l *looker) at(name, path string) {
	l.w.t.Helper()
	l.n++
	for i, width := range []int64{browsertest.Wide, browsertest.Phone} {
		lang := []string{"en", "tr", "ky", "ru"}[(l.n+2*i)%4]
		theme := []string{"light", "dark"}[(l.n/4+i)%2]
		l.Width(width)
		l.Ask(fmt.Sprintf("document.cookie = 'theme=%s;path=/'", theme))
		l.GoIn(lang, l.base+path)
		l.here(fmt.Sprintf("%s-%s-%d-%s", name, lang, width, theme))
	}
}

// here judges the page that is shown.
func (l *looker) here(name string) {
	l.w.t.Helper()
	l.Accessible()
	l.Shot(name)
}

func (l *looker) says(lang, key string) string { return l.w.words.Localizer(lang).T(key) }

func TestPublicScreensAreAccessible(t *testing.T) {
	w := newWorld(t, "kg")
	l := w.looker()
	l.at("landing", "/")
	l.at("sign-in", "/sign-in")
	l.at("invitation", w.invited("district_officer", w.district).link)
	l.at("dead", "/invitation/gone")
	l.at("forgot", "/forgot")
	l.at("code", "/code")
	l.at("privacy", "/privacy")
	l.at("help", "/help")

	stepper := w.with("ministry_officer", w.root)
	w.enrol(stepper)
	l.GoIn("ky", l.base+"/sign-in")
	l.Fill("login", stepper.Login)
	l.Fill("password", "wrong")
	l.Press(l.says("ky", "signin.sign_in"))
	l.See(l.says("ky", "identity.wrong_login"))
	l.here("sign-in-refused")
	l.Fill("password", password)
	l.Press(l.says("ky", "signin.sign_in"))
	l.See(l.says("ky", "signin.second.title"))
	l.here("second-step")
	l.Quiet()
}

func TestOwnScreensAreAccessible(t *testing.T) {
	w := newWorld(t, "kg")
	l := w.looker()
	p := w.with("special_administrator", w.root)
	l.GoIn("ru", l.base+"/sign-in")
	l.Fill("login", p.Login)
	l.Fill("password", password)
	l.Press(l.says("ru", "signin.sign_in"))
	l.See(l.says("en", "me.enrol.scan")) // the account's language, from here on
	l.at("second-enrol", "/me/security/second")
	l.GoIn("ru", l.base+"/me/security/second")
	l.Fill("code", w.totp(l.Ask(`document.querySelector('[name=secret]').value`)))
	l.Press(l.says("ru", "me.enrol.confirm"))
	l.See(l.says("ru", "me.second.done"))
	l.here("recovery-codes")
	l.at("sign", "/me/undertakings/annex_1_1")
	l.GoIn("ru", l.base+"/me/undertakings/annex_1_1")
	l.Fill("agreed", "1")
	l.Fill("name", p.name)
	l.Press(l.says("ru", "me.sign.sign"))
	l.See(l.says("ru", "me.signed"))
	w.furnish(p)
	l.at("home", "/home")
	l.at("me", "/me")
	l.at("me-edit", "/me/edit")
	l.at("security", "/me/security")
	l.at("password", "/me/security/password")
	l.at("second-again", "/me/security/second")
	l.at("drop", "/me/security/drop")
	l.at("sessions", "/me/sessions")
	l.at("key-new", "/me/keys/new")
	l.at("rights", "/me/rights")
	l.at("rights-no", "/me/rights?object=enrolment&action=create#ask")
	l.at("undertakings", "/me/undertakings")
	l.at("inbox", "/inbox")
	l.Go(l.base + "/me/undertakings")
	l.at("undertaking-copy", l.Ask(`document.querySelector('tbody a').getAttribute('href')`))
	l.Quiet()
}

// furnish gives somebody what stands on their screens after a while.
func (w *world) furnish(p person) {
	w.t.Helper()
	err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `INSERT INTO sharing_sign (tenant_id, account_id, session_id, at) SELECT $1, $2, id, $3 FROM session WHERE tenant_id = $1 AND account_id = $2 LIMIT 1`,
			tx.Tenant(), p.ID, w.clock.Now().Add(-time.Hour))
		if err != nil {
			return err
		}
		for i := range 3 {
			err := w.inbox.Send(ctx, tx, []int64{p.ID}, notify.Notice{
				Kind: []string{"account", "import", "calendar"}[i], Key: "identity.notice.your_appointment", Link: "/me",
				Args: fault.Args{"Role": fault.Text(w.profile.Role("head").Name), "Unit": fault.Text(w.school.Name), "Since": w.clock.Now()},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// A form that is refused is shown with what was typed, in four languages, wide, narrow and
// dark; after sign-in it is filled again.
func TestRefusedFormsAreAccessible(t *testing.T) {
	w := newWorld(t, "kg")
	_, p := w.working("head")
	l := w.looker()
	l.GoIn("en", l.base+"/sign-in")
	l.Fill("login", p.Login)
	l.Fill("password", password)
	l.Press(l.says("en", "signin.sign_in"))
	l.See(p.name)
	refuse := func(how string) { l.Ask("document.cookie = '" + webtest.Refuse + "=" + how + ";path=/'") }
	for i, how := range []string{"busy", "closed", "changed", "denied"} {
		lang, theme := []string{"ru", "tr", "ky", "en"}[i], []string{"light", "dark"}[i%2]
		l.GoIn(lang, l.base+"/me/edit")
		l.Width([]int64{browsertest.Phone, browsertest.Wide, browsertest.Phone, browsertest.Wide}[i])
		l.Ask("document.cookie = 'theme=" + theme + ";path=/'")
		refuse(how)
		l.Go(l.base + "/me/edit")
		l.Fill("phone", phone)
		l.Fill("email", "a-very-long-address-that-somebody-has@department-of-education.example")
		l.Press(l.says(lang, "ui.save"))
		l.See(l.says(lang, "ui.typed"))
		l.See(phone)
		l.here("refused-" + how + "-" + lang + "-" + theme)
		refuse("")
	}
	l.Go(l.base + "/me/edit")
	l.Fill("phone", phone)
	w.pass(13 * time.Hour)
	l.Press(l.says("en", "ui.save"))
	l.See(l.says("en", "ui.typed.sign_in"))
	l.here("ended-sign-in")
	l.Fill("login", p.Login)
	l.Fill("password", password)
	l.Press(l.says("en", "signin.sign_in"))
	l.See(l.says("en", "ui.typed.restored"))
	if got := l.Ask(`document.querySelector('[name=phone]').value`); got != phone {
		t.Errorf("the form holds %q", got)
	}
	l.here("ended-filled-again")
}

// Before a session ends it is asked whether somebody is there: who types is, and who
// answers; then it goes on, in every window.
func TestASessionAsksBeforeItEnds(t *testing.T) {
	w := newWorld(t, "kg")
	_, p := w.working("head")
	l := w.looker()
	l.GoIn("en", l.base+"/sign-in")
	l.Fill("login", p.Login)
	l.Fill("password", password)
	l.Press(l.says("en", "signin.sign_in"))
	l.See(p.name)
	l.Go(l.base + "/me/edit")
	l.NotSee(l.says("en", "ui.ending"))
	for _, lang := range []string{"ky", "en"} {
		l.GoIn(lang, l.base+"/me/edit")
		l.Width(map[string]int64{"ky": browsertest.Phone, "en": browsertest.Wide}[lang])
		l.Ask(`(localStorage.setItem('session', String(Date.now() + 90000)), dispatchEvent(new StorageEvent('storage', {key: 'session', newValue: String(Date.now() + 90000)})), "")`)
		l.See(l.says(lang, "ui.ending.text"))
		l.here("ending-" + lang)
		l.Press(l.says(lang, "ui.ending.stay"))
		l.NotSee(l.says(lang, "ui.ending.text"))
		if left := l.Ask(`String((Number(localStorage.getItem('session')) - Date.now()) / 60000 > 10)`); left != "true" {
			t.Errorf("%s: whoever answers has not been heard", lang)
		}
	}
	w.pass(13 * time.Hour)
	l.Ask(`(dispatchEvent(new StorageEvent('storage', {key: 'session', newValue: String(Date.now() + 90000)})), "")`)
	l.Press(l.says("en", "ui.ending.stay"))
	l.See(l.says("en", "ui.ended.text"))
	l.here("ended-en")
	l.Press(l.says("en", "ui.close"))
	l.NotSee(l.says("en", "ui.ended.text"))
}
