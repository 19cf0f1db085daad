package web_test

import (
	"testing"
	"time"

	"mektep/core/identity"
	"mektep/core/web/browsertest"
	"mektep/core/web/me"
	"mektep/core/web/people"
	"mektep/core/web/webtest"
)

// The screens on which an address is confirmed fit a desk and a telephone, whatever stands
// on them, and are accessible in light and dark, to each of their readers in four languages.
func TestTheScreensOfAnAddressFitTheirReaders(t *testing.T) {
	b := browsertest.Open(t)
	w := webtest.New(t, "kg", "secondary_school")
	w.Mount(
		people.Routes(w.Base, people.Services{Identity: w.Identity, Tree: w.Tree, Consent: w.Consent, Trail: w.Trail, Approvals: w.Approvals}),
		me.Routes(w.Base, me.Services{Identity: w.Identity, Consent: w.Consent, Inbox: w.Notify}),
	)
	at := w.Serve()
	by, p := w.With("tenant_admin", w.Root), w.With("ministry_officer", w.Root)
	page := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
	if err := w.Identity.Correct(by.Ctx, p.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given, Email: "typed@mail.example"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.Appoint(by.Ctx, identity.NewAppointment{Account: p.UID, Role: "tenant_admin", Unit: w.Root, IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	pages := []struct {
		name, path string
		reader     func() *webtest.Person
	}{
		{"me", "/me", func() *webtest.Person { return p }},
		{"me-address", "/me/address", func() *webtest.Person { return p }},
		{"alone", "/people/" + p.UID, func() *webtest.Person { return by }},
		{"typed", "/people/" + p.UID, func() *webtest.Person { w.With("tenant_admin", w.Root); return by }},
		{"other", "/people/" + p.UID, func() *webtest.Person { return w.With("tenant_admin", w.Root) }},
	}
	for i, x := range pages {
		reader := x.reader()
		b.Go(at + "/sign-in")
		b.Ask(`(document.cookie = "` + reader.Cookie() + `; path=/", "")`)
		for k, lang := range []string{"en", "tr", "ky", "ru"} {
			w.Language = lang
			b.GoIn(lang, at+x.path)
			b.See(w.Words.Localizer(lang).T(map[string]string{"me": "me.address.held", "me-address": "me.address.confirm.lead"}[x.name]+map[bool]string{true: "people.address.held"}[i > 1], "Email", "typed@mail.example"))
			for _, theme := range []string{"light", "dark"} {
				width := []int64{browsertest.Wide, browsertest.Phone}[(i+k+len(theme))%2]
				b.Width(width)
				b.Ask(`(document.documentElement.dataset.bsTheme = "` + theme + `", "")`)
				time.Sleep(250 * time.Millisecond) // colours change softly
				b.Accessible()
				b.Shot(x.name + "-" + lang + "-" + theme)
			}
			b.FitsWhatever()
			b.Width(browsertest.Wide)
		}
	}
	b.Quiet()
}
