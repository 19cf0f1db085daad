package signin_test

import (
	"testing"
	"time"

	"mektep/core/identity"
)

// On a computer that several people use, the language of the last one is none of
// the next one's business, unless it is the page before sign-in.
func TestAnAccountsLanguageWinsOverWhatAnotherPersonLeft(t *testing.T) {
	w := newWorld(t, "kg")
	first, second := w.with("learner", w.school), w.with("learner", w.school)
	says := func(lang, key string) string { return w.words.Localizer(lang).T(key) }

	b := w.browser()
	b.get("/sign-in")
	b.see(200, says("en", "signin.title")) // what the browser asks for
	b.submit("/language", "language", "ru")
	b.leads("/sign-in")
	b.get("/sign-in")
	b.see(200, says("ru", "signin.title"))

	b.signIn(first) // reads English, as their account says
	b.get("/me")
	b.see(200, says("en", "me.title"))
	b.submit("/language", "language", "ky")
	b.leads("/me")
	b.get("/me")
	b.see(200, says("ky", "me.title"))

	there := w.browser() // another computer, whose browser asks for English
	there.signIn(first)
	there.get("/me")
	there.see(200, says("ky", "me.title"))

	w.pass(13 * time.Hour)
	there.get("/me")
	there.leads("/sign-in?to=%2Fme")
	there.follow() // says what happened, in the language of who worked here
	there.see(200, says("ky", "signin.title"), says("ky", "identity.session_over"))
	there.get("/sign-in")
	there.notSee(says("ky", "identity.session_over"))

	delete(b.cookies, "mektep")
	b.get("/sign-in")
	b.see(200, says("ky", "signin.title")) // the cookie went along
	b.signIn(second)
	b.get("/me")
	b.see(200, says("en", "me.title"))
}

// Who appoints somebody says in which language they are written to: the page that the letter
// leads to speaks it as well, and so does the account from then on, unless they choose another.
func TestAnInvitationSpeaksTheLanguageOfItsLetter(t *testing.T) {
	w := newWorld(t, "kg")
	says := func(lang string) string { return w.words.Localizer(lang).T("signin.invitation.save") }
	accepted := func(chosen string, language ...string) {
		t.Helper()
		p := w.invited("teacher", w.school, func(n *identity.NewAppointment) { n.Person.Language = "ru" })
		b := w.browser() // asks for English
		if chosen != "" {
			b.get("/sign-in")
			b.submit("/language", "language", chosen)
		}
		want := "ru"
		if chosen != "" {
			want = chosen
		}
		b.get(p.link)
		b.see(200, says(want))
		b.submit(p.link, "login", "bilingual", "password", "short", "again", "short")
		b.see(422, says(want)) // still
		login := "two." + want + ".tongues"
		b.submit(p.link, append([]string{"login", login, "password", password, "again", password}, language...)...)
		b.leads("/sign-in")
		if len(language) > 0 {
			want = language[1]
		}
		p.Login = login
		there := w.browser()
		there.signIn(p)
		there.get("/me")
		there.see(200, w.words.Localizer(want).T("me.title"))
	}
	accepted("")
	accepted("ky")
	accepted("en", "language", "tr")
}
