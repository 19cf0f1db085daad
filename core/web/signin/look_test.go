package signin_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/notify"
	"mektep/core/web/browsertest"
)

// Every screen of the two packages is looked at by axe-core in a real browser, on
// a desk and on a telephone. With MEKTEP_SHOTS set, a picture is left of each in
// every language, light and dark.
func TestScreensAreAccessible(t *testing.T) {
	w := newWorld(t, "kg")
	page := browsertest.Open(t)
	base := w.serve()
	shots := os.Getenv("MEKTEP_SHOTS") != ""
	langs, widths, themes := []string{"en", "tr", "ky", "ru"}, []int64{browsertest.Wide, browsertest.Phone}, []string{"light", "dark"}
	n := 0
	look := func(name, path string) {
		t.Helper()
		n++
		for i, lang := range langs {
			for j, width := range widths {
				for k, theme := range themes {
					if !shots && (j != k || (n+2*j)%len(langs) != i) {
						continue // each screen twice: another language, width and theme
					}
					if shots && k == 1 && i != n%len(langs) {
						continue
					}
					page.Width(width)
					page.Go(base + "/language/" + lang + "?to=" + url.QueryEscape(path))
					page.Ask(fmt.Sprintf("document.documentElement.dataset.bsTheme = %q", theme))
					page.Accessible()
					page.Shot(fmt.Sprintf("%s-%s-%d-%s", name, lang, width, theme))
				}
			}
		}
	}

	invited := w.invited("district_officer", w.district)
	look("landing", "/")
	look("sign-in", "/sign-in")
	look("invitation", invited.link)
	look("dead", "/invitation/gone")
	look("forgot", "/forgot")
	look("code", "/code")
	look("privacy", "/privacy")
	look("help", "/help")

	officer := w.with("special_administrator", w.root)
	page.Go(base + "/sign-in")
	page.Fill("login", officer.Login)
	page.Fill("password", "wrong")
	page.Press(w.words.Localizer("ru").T("signin.sign_in"))
	page.Accessible()
	page.Shot("sign-in-refused")
	page.Fill("password", password)
	page.Press(w.words.Localizer("ru").T("signin.sign_in"))
	look("second-enrol", "/me/security/second")
	key := page.Ask(`document.querySelector('[name=secret]').value`)
	w.clock.Set(w.clock.Now().Add(time.Second))
	page.Fill("code", w.totp(key))
	page.Press(w.words.Localizer("ru").T("me.enrol.confirm"))
	page.Accessible()
	page.Shot("recovery-codes")
	look("sign", "/me/undertakings/annex_1_1")
	page.Fill("agree", "1")
	page.Fill("name", officer.name)
	page.Press(w.words.Localizer("ru").T("me.sign.sign"))
	w.furnish(officer)
	look("me", "/me")
	look("me-edit", "/me/edit")
	look("security", "/me/security")
	look("password", "/me/security/password")
	look("second-again", "/me/security/second")
	look("drop", "/me/security/drop")
	look("sessions", "/me/sessions")
	look("key-new", "/me/keys/new")
	look("rights", "/me/rights")
	look("rights-no", "/me/rights?object=enrolment&action=create#ask")
	look("undertakings", "/me/undertakings")
	look("inbox", "/inbox")
	page.Go(base + "/me/undertakings")
	look("undertaking-copy", page.Ask(`document.querySelector('td a').getAttribute('href')`))
	page.Quiet()

	stepper := w.with("ministry_officer", w.root)
	w.enrol(stepper)
	other := browsertest.Open(t)
	other.Go(base + "/language/ky?to=/sign-in")
	other.Fill("login", stepper.Login)
	other.Fill("password", password)
	other.Press(w.words.Localizer("ky").T("signin.sign_in"))
	other.Accessible()
	other.Shot("second-step")
	other.Quiet()
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
