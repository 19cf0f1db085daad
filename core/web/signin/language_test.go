package signin_test

import (
	"testing"
	"time"
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
