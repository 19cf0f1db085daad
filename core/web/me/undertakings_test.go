package me_test

import (
	"strings"
	"testing"

	"mektep/core/consent"
	"mektep/core/db/dbtest"
	"mektep/core/web/me"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// The page of what was signed shows the words that were signed (F13), and never offers
// another language than an official one for signing.
func TestThePageShowsTheWordsThatWereSigned(t *testing.T) {
	const id = "annex_1_1"
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(me.Routes(w.Base, me.Services{Identity: w.Identity, Consent: w.Consent, Inbox: w.Notify}))
	p := w.Fresh("teacher", w.School)
	u, _, _ := w.Profile.Undertaking(id, "")
	page := p.Get("/me/undertakings/" + id).Body
	if !strings.Contains(page, `name="language" value="ky"`) || strings.Contains(page, `?in=en`) || !strings.Contains(page, `?in=ru`) {
		t.Error("the reader of another language is not offered the official ones to sign, and only those")
	}
	if _, err := w.Consent.Sign(p.Ctx, consent.Signing{ID: id, Language: "ru", Name: p.Name, Agreed: true}); err != nil {
		t.Fatal(err)
	}
	u.Renew = ""
	u.Text()["ru"], u.Text()["en"], u.Text()["ky"] = "Новые слова.", "New words.", "Жаңы сөз."
	page = p.Get("/me/undertakings/" + id).Body
	if strings.Contains(page, "New words.") || strings.Contains(page, "Новые слова.") || !strings.Contains(page, `lang="ru"`) {
		t.Error("words are shown that were never signed")
	}
	u.Renew = "wording"
	page = p.Get("/me/undertakings/" + id).Body
	if !strings.Contains(page, "New words.") || !strings.Contains(page, "Жаңы сөз.") || !strings.Contains(page, "no longer counts") {
		t.Error("the new words are not asked for, beside the earlier signature")
	}
}
