package operator_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mektep/core/identity"
	"mektep/core/web/browsertest"
)

// serve answers on a port of this machine; localhost's names lead here.
func (s *site) serve() (at func(host, path string) string) {
	s.t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = s.app.Listener(l) }()
	s.t.Cleanup(func() { _ = s.app.ShutdownWithTimeout(5 * time.Second) })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return func(host, path string) string { return "http://" + host + ":" + port + path }
}

// look judges the page that is shown: on a desk, or in dark on a telephone.
func look(p *browsertest.Page, name string, width int64) {
	theme := "light"
	if width == browsertest.Phone {
		theme = "dark"
	}
	p.Width(width)
	p.Ask(`(document.documentElement.dataset.bsTheme = "` + theme + `", "")`)
	time.Sleep(250 * time.Millisecond) // colours change softly
	p.Accessible()
	p.Shot(name + "-" + theme)
	p.Width(browsertest.Wide)
}

func TestAnOperatorOnboardsAMinistryInABrowser(t *testing.T) {
	p := browsertest.Open(t)
	s := newSiteAt(t, "localhost")
	at := s.serve()
	s.onboardAt("kg", "localhost")
	_, key, err := s.operators.Create(s.command(), "Зарина Асанова", "zarina@mektep.example", "ky")
	if err != nil {
		t.Fatal(err)
	}
	p.GoIn("en", at("localhost", key.Path))
	look(p, "invitation", browsertest.Wide)
	p.Fill("login", "zarina")
	p.Fill("password", password)
	p.Fill("again", password)
	p.Submit("again")
	look(p, "sign-in", browsertest.Phone)
	p.Fill("login", "zarina")
	p.Fill("password", password)
	p.Submit("password")
	look(p, "second-factor", browsertest.Wide)
	p.Fill("code", must(totp.GenerateCode(p.Find(`name="secret"[^>]*value="([^"]+)"`), s.clock.Now())))
	p.Submit("code")
	look(p, "recovery-codes", browsertest.Phone)

	// A third ministry, as fast as a person can type.
	p.Go(at("localhost", "/operator"))
	look(p, "ministries", browsertest.Wide)
	began := time.Now()
	p.Press("Add a ministry")
	look(p, "new-country", browsertest.Phone)
	p.Press("Choose Türkiye")
	p.Fill("slug", "t r")
	p.Fill("admins.1.email", "ayse@meb.example")
	p.Submit("slug")
	p.See("The short name has")
	look(p, "new-errors", browsertest.Wide)
	p.Fill("slug", "meb")
	p.Fill("admins.1.name", "Yılmaz Ayşe")
	look(p, "new-details", browsertest.Phone)
	p.Submit("slug")
	p.See("meb.localhost")
	look(p, "new-review", browsertest.Wide)
	p.Submit("step")
	p.See("The ministry is open")
	look(p, "new-made", browsertest.Phone)
	if took := time.Since(began); took > time.Minute {
		t.Logf("it took %s, the looking included", took)
	}
	p.Go(at("meb.localhost", "/"))
	p.See("Ministry of National Education")

	// The ministry's only administrator asks for a second one; the operator co-signs.
	m := must(s.tenants.BySlug(context.Background(), "kg"))
	again := must(s.tenants.Reinvite(consoleCaller(), "kg", must(s.tenants.Administrators(consoleCaller(), "kg")).Invited[0].UID))
	first := s.accept(m, again.Link, "aigul")
	if _, err := s.people.Appoint(first, identity.NewAppointment{
		Person: identity.Person{Family: "Токтогулов", Given: "Жеңиш", Email: "second@kg.example"}, Role: identity.AdministratorRole,
		Unit: must(s.tree.Root(first)), IdentifiedBy: "passport",
	}); err != nil {
		t.Fatal(err)
	}
	p.Go(at("localhost", "/operator/ministries/kg"))
	p.See("Waits for your co-signature")
	look(p, "ministry-waiting", browsertest.Wide)
	p.Press("Co-sign")
	p.See("Co-sign this request?")
	p.Shot("ministry-cosign")
	p.Ask(`(document.querySelector('form[action$="/approve"]').requestSubmit(), "")`)
	p.See("Co-signed and carried out")
	look(p, "ministry-cosigned", browsertest.Phone)

	p.Go(at("localhost", "/operator/ministries/meb"))
	p.Press("Suspend")
	p.See("Nobody there can sign in")
	p.Fill("reason", "The contract is over")
	p.Submit("reason")
	p.See("The ministry is suspended")
	look(p, "ministry-suspended", browsertest.Wide)
	p.Go(at("meb.localhost", "/sign-in"))
	p.Shot("suspended-sign-in")

	for i, page := range []struct{ name, path string }{
		{"landing", "/"},
		{"ministries", "/operator"},
		{"country", "/operator/new"},
		{"details", "/operator/new?profile=kg"},
		{"ministry", "/operator/ministries/kg"},
		{"operators", "/operator/people"},
		{"operator-new", "/operator/people/new"},
		{"acts", "/operator/acts"},
		{"security", "/operator/security"},
	} {
		for k, lang := range []string{"tr", "ky", "ru", "en"} {
			p.GoIn(lang, at("localhost", page.path))
			if width := []int64{browsertest.Wide, browsertest.Phone}[(i+k)%2]; k%2 == i%2 {
				look(p, page.name+"-"+lang, width)
			}
			p.FitsWhatever()
		}
	}
	p.Quiet()
}
