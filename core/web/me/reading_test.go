package me_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mektep/core/db"
	"mektep/core/web/me"
	"mektep/core/web/signin"
	"mektep/core/web/webtest"
)

// Who enters an address is told that a letter went there, and may ask for it again; its link
// leads to a page that names nobody, with one button, and to nowhere a second time.
func TestTRIC1_AnEnteredAddressIsConfirmedByItsLetter(t *testing.T) {
	for _, language := range []string{"en", "ru", "ky", "tr"} {
		w := webtest.New(t, "kg", "secondary_school")
		s := me.Services{Identity: w.Identity, Consent: w.Consent, Inbox: w.Notify}
		w.Mount(append(me.Routes(w.Base, s), signin.Routes(w.Base, s)...))
		p := w.With("teacher", w.School)
		say := func(key string, args ...any) string {
			m := map[string]any{}
			for k := 0; k < len(args); k += 2 {
				m[args[k].(string)] = args[k+1]
			}
			return w.Words.Localizer("en").T(key, m)
		}
		p.Get("/me/edit")
		p.Submit("/me/edit", "email", "entered@mail.example", "language", language, "current", webtest.Password).Wants(t, 303)
		begun := strings.SplitN(say("me.reading.sent", "Email", "entered@mail.example", "At", "@", "Until", "@"), "@", 2)[0]
		p.Get("/me").Wants(t, 200, say("me.reading"), begun, say("me.reading.again"))
		p.Submit("/me/address/letter").Wants(t, 303)
		p.Get("/me").Wants(t, 200, say("me.reading.asked"))
		// Who asks too often is led back.
		var often *webtest.Answer
		for n := 0; n < 10 && (often == nil || often.Status == http.StatusSeeOther); n++ {
			p.Get("/me")
			often = p.Submit("/me/address/letter")
		}
		next := say("next.identity.letters_often")
		often.Wants(t, 429, next)
		before, _, _ := strings.Cut(often.Body, next)
		if link := before[strings.LastIndex(before, "<")+1:]; !strings.HasPrefix(link, "a ") || !strings.Contains(link, `href="/me"`) || !strings.HasSuffix(strings.TrimSpace(link), ">") {
			t.Error(often.Text())
		}
		var sealed string
		if err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, `SELECT url FROM mail_outbox WHERE tenant_id = $1 AND address = 'entered@mail.example' AND language = $2 AND button_key = 'identity.mail.read.button'
				ORDER BY id DESC LIMIT 1`, tx.Tenant(), language).Scan(&sealed)
		}); err != nil {
			t.Fatal(err)
		}
		link := "/address/" + webtest.Secret(string(webtest.Must(w.Identity.Door.Unseal(sealed, "letter", db.TenantOf(w.Ctx)))))
		p.Get(link).Wants(t, 200, say("signin.address.title"), say("signin.address.lead"))
		// Who is not signed in comes back to it.
		at := webtest.Must(url.Parse(w.Serve() + link))
		asked := webtest.Must(http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:"+at.Port()+link, http.NoBody))
		asked.Host = at.Host
		out, err := http.DefaultClient.Do(asked)
		if err != nil {
			t.Fatal(err)
		}
		body := string(webtest.Must(io.ReadAll(out.Body)))
		_ = out.Body.Close()
		if out.StatusCode != http.StatusOK || !strings.Contains(body, `href="/sign-in?to=`+url.QueryEscape(link)+`"`) {
			t.Errorf("%d: %s", out.StatusCode, body)
		}
		p.Submit(link).Wants(t, 303)
		p.Get("/me").Wants(t, 200, say("signin.address.done")).Lacks(t, say("me.reading"))
		p.Get(link).Wants(t, 404, say("signin.address.dead")).Lacks(t, say("signin.dead.invited"))
	}
}
