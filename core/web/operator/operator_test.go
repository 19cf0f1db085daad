package operator_test

import (
	"context"
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/identity"
	"mektep/core/tenant"
)

func TestAnOperatorSetsAMinistryUp(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	b.get("/operator").want(200, "No ministry yet")
	b.get("/operator/new").want(200, "Kyrgyz", "School years")
	b.get("/operator/new?profile=kg").want(200, "Official name", "kg.mektep.example")
	b.post("/operator/new", plan...).want(200, "Check your answers", "kg.mektep.example", "One administrator")
	if all := must(s.tenants.All(context.Background())); len(all) != 0 {
		t.Fatal("the last look set it up already")
	}
	b.post("/operator/new", with(plan, "back", "1")...).want(200, `value="Билим берүү министрлиги"`)
	b.post("/operator/new", with(plan, "step", "make")...).want(200, "The ministry is open", "Бекова Айгүл", "Works once", "Not sent by e-mail")
	link := b.find(`data-copy="([^"]+)"`)
	m := must(s.tenants.BySlug(context.Background(), "kg"))
	if m.State != tenant.Active || m.Hosts[0] != "kg.mektep.example" {
		t.Fatalf("%+v", m)
	}
	b.post("/operator/new", with(plan, "step", "make")...).want(422, "taken")

	// The link opens the administrator's account on the ministry's own host, and
	// nowhere else.
	u := must(url.Parse(link))
	if u.Host != "kg.mektep.example" {
		t.Fatalf("the link leads to %s", u.Host)
	}
	s.browser("kg.mektep.example").get(u.Path).want(200, "Айгүл")
	s.browser(base).get(u.Path).want(404)

	b.get("/operator").want(200, "kg.mektep.example", "active")
	b.get("/operator/ministries/kg").want(200, "Invited administrators", "aigul@kg.example", "Set the ministry up")
	b.get("/operator/acts").want(200, "Set the ministry up", "Operator zarina")
	s.browser(base).get("/").want(200, "kg.mektep.example")
}

func TestErrorsStandAtTheFieldsAndNothingTypedIsLost(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	b.get("/operator/new?profile=kg").want(200)
	b.post("/operator/new", with(plan, "slug", "K G", "name.ru", "", "hosts", "a_b mektep.example", "admins.1.email", "nobody", "admins.2.name", "Асанов")...).
		want(422, `value="K G"`, "a_b mektep.example", `value="nobody"`, `value="Асанов"`, "The short name has 2 to 31", "is no host name", "own address")
	for _, id := range []string{"f-slug", "f-name.ru", "f-hosts", "f-admins.1.email", "f-admins.2.email"} {
		if !strings.Contains(b.page, `id="`+id+`-error"`) {
			t.Errorf("no error stands at %s", id)
		}
		if !strings.Contains(b.page, `href="#`+id+`"`) {
			t.Errorf("the summary does not lead to %s", id)
		}
	}
	if all := must(s.tenants.All(context.Background())); len(all) != 0 {
		t.Fatal("something was set up")
	}
	b.post("/operator/new", with(plan, "profile", "xx")...).want(303)
}

func TestASuspendedMinistryRestsAndReturns(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	m := s.onboard("kg")
	b.get("/operator/ministries/kg").want(200, "Suspend")
	b.post("/operator/ministries/kg/suspend", "reason", "").want(422, "Fill in this field")
	b.post("/operator/ministries/kg/suspend", "reason", "The contract is over").want(303)
	b.get("/operator/ministries/kg").want(200, "The ministry is suspended.", "The contract is over", "Resume")
	visitor := s.browser("kg.mektep.example")
	visitor.get("/sign-in").want(423).lacks("The contract is over", "password")
	b.get("/operator/ministries/kg")
	b.post("/operator/ministries/kg/invitations/x").want(423)
	b.get("/operator/ministries/kg")
	b.post("/operator/ministries/kg/suspend", "reason", "again").want(409, "The ministry is suspended")
	b.post("/operator/ministries/kg/resume").want(303)
	visitor.get("/sign-in").want(200)
	if must(s.tenants.ByID(context.Background(), m.ID)).State != tenant.Active {
		t.Fatal("it rests still")
	}
	b.get("/operator/acts").want(200, "Suspended the ministry", "Resumed the ministry", "The contract is over")
}

func TestHostsAndFrontPageOfAMinistry(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	s.onboard("kg")
	s.onboard("other")
	b.get("/operator/ministries/other")
	b.post("/operator/ministries/other/hosts", "host", "other.example").want(303)
	b.get("/operator/ministries/kg")
	b.post("/operator/ministries/kg/hosts", "host", "other.example").want(422, "leads to another ministry", `value="other.example"`)
	b.post("/operator/ministries/kg/hosts", "host", "edu.example").want(303)
	s.browser("edu.example").get("/").want(200)
	b.get("/operator/ministries/kg").want(200, "edu.example")
	b.post("/operator/ministries/kg/hosts/remove", "host", "kg.mektep.example").want(303)
	s.browser("kg.mektep.example").get("/").want(404)
	b.get("/operator/ministries/kg")
	b.post("/operator/ministries/kg/hosts/remove", "host", "edu.example").want(409, "only address")
	s.browser(base).get("/").want(200, "edu.example")
	b.post("/operator/ministries/kg/listed", "listed", "0").want(303)
	s.browser(base).get("/").want(200, "other.mektep.example").lacks("edu.example")
	b.get("/operator/ministries/none").want(404)
}

func TestTheOperatorCosignsAndInvitesAnew(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	m := s.onboard("kg")
	uid := must(s.tenants.Administrators(consoleCaller(), "kg")).Invited[0].UID
	b.get("/operator/ministries/kg").want(200, "Invited administrators")
	b.post("/operator/ministries/kg/invitations/"+uid).want(200, "New one-time link")
	first := s.accept(m, b.find(`data-copy="([^"]+)"`), "aigul")
	b.get("/operator/ministries/kg").want(200).lacks("Invited administrators", "aigul@kg.example")
	b.post("/operator/ministries/kg/invitations/" + uid).want(404)

	out, err := s.people.Appoint(first, identity.NewAppointment{
		Person: identity.Person{Family: "Токтогулов", Given: "Жеңиш", Email: "second@kg.example"}, Role: identity.AdministratorRole,
		Unit: must(s.tree.Root(first)), IdentifiedBy: "passport",
	})
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	b.get("/operator/ministries/kg").want(200, "Waits for your co-signature", "Токтогулов", "second@kg.example", "Айгүл", "Another operator must decide: one whose own link").
		lacks("/approvals/" + out.Waiting.UID + "/approve")
	for _, act := range []string{"approve", "decline"} {
		b.post("/operator/ministries/kg/approvals/"+out.Waiting.UID+"/"+act, "note", "x").want(403, "You have had a key", "Another operator must decide: one whose own link")
	}
	b = s.operator("colleague") // who has had no key of who asks
	b.get("/operator/ministries/kg").want(200, "Waits for your co-signature", "Токтогулов", "Айгүл").lacks("Another operator must decide: one whose own link")
	b.post("/operator/ministries/kg/approvals/"+out.Waiting.UID+"/decline", "note", "").want(422, "Fill in this field")
	b.get("/operator/ministries/kg")
	b.post("/operator/ministries/kg/approvals/"+out.Waiting.UID+"/approve").want(200, "Co-signed", "Жеңиш")
	s.accept(m, b.find(`data-copy="([^"]+)"`), "zhenish")
	b.get("/operator/ministries/kg").want(200).lacks("Waits for your co-signature")
	b.post("/operator/ministries/kg/approvals/" + out.Waiting.UID + "/approve").want(409)
	b.get("/operator/acts").want(200, "Co-signed a request of the ministry", "Refused: Co-signed a request", "Refused: Declined a request")

	// Whose end is lost is shown as what it is, until its ministry's trail says it.
	super := dbtest.Super(t, s.db)
	for sql, said := range map[string]string{
		"DELETE FROM platform.operator_act WHERE begun IS NOT NULL AND action = 'approve'":                        "Begun, its end is not known: Co-signed",
		"UPDATE platform.operator_act SET outcome = 'error' WHERE begun IS NOT NULL AND action = 'reject'":        "Not done: Declined",
		"UPDATE platform.operator_act SET outcome = 'repeated' WHERE begun IS NOT NULL AND object = 'invitation'": "Sent again, was done before: Made a new link",
	} {
		if _, err := super.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
		for _, at := range []string{"/operator/acts", "/operator/ministries/kg"} {
			b.get(at).want(200, said)
		}
	}
}

func TestOperatorsKeepOneAnotherInOrder(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	b.get("/operator/people").want(200, "Operator zarina", "you")
	b.get("/operator/people/new").want(200)
	b.post("/operator/people/new", "name", "", "email", "x", "language", "ky").want(422, `value="x"`)
	b.post("/operator/people/new", "name", "Azamat", "email", "a.azamat@mektep.example", "language", "ky").want(200, "Operator invited", "http://mektep.example/operator/invitation/")
	b.get("/operator/people/new").want(200)
	b.post("/operator/people/new", "name", "Azamat", "email", "a.azamat@mektep.example", "language", "ky").want(422, "belongs to another account")
	if n := len(must(s.operators.List(s.command()))); n != 2 {
		t.Errorf("a second click made operators: %d", n)
	}
	other := s.operator("azamat")
	other.get("/operator").want(200)
	var zarina, azamat string
	for _, p := range must(s.operators.List(s.command())) {
		switch p.Login {
		case "zarina":
			zarina = p.UID
		case "azamat":
			azamat = p.UID
		}
	}
	b.get("/operator/people")
	b.post("/operator/people/" + zarina + "/block").want(403)
	b.get("/operator/people")
	b.post("/operator/people/"+azamat+"/relink").want(200, "New one-time link")
	b.get("/operator/people")
	b.post("/operator/people/" + azamat + "/block").want(303)
	other.get("/operator").want(303)
	b.get("/operator/acts").want(200, "Blocked an operator", "Invited an operator")
}

func TestNothingIsOpenToAnOperatorWithoutASecondFactor(t *testing.T) {
	s := newSite(t)
	s.onboard("kg")
	_, key, err := s.operators.Create(s.command(), "Half", "", "en")
	if err != nil {
		t.Fatal(err)
	}
	b := s.browser(base)
	b.get(key.Path)
	b.post(key.Path, "login", "half", "password", "short", "again", "other").want(422, "not the same")
	b.post(key.Path, "login", "half", "password", password, "again", password).want(303)
	b.get(key.Path).want(404)
	b.get("/sign-in")
	b.post("/sign-in", "login", "half", "password", "wrong words here 5").want(401)
	b.post("/sign-in", "login", "half", "password", password).want(303)
	for _, path := range []string{"/operator", "/operator/new", "/operator/ministries/kg", "/operator/people", "/operator/people/new", "/operator/acts"} {
		if b.get(path).want(303); b.to != "/operator/security/second" {
			t.Errorf("%s leads to %s", path, b.to)
		}
	}
	b.get("/operator/security/second")
	for _, path := range []string{"/operator/new", "/operator/ministries/kg/suspend", "/operator/ministries/kg/hosts", "/operator/people/new"} {
		b.post(path, "reason", "x", "host", "x.example").want(403)
		b.get("/operator/security/second")
	}
	if must(s.tenants.BySlug(context.Background(), "kg")).State != tenant.Active {
		t.Fatal("it was suspended")
	}
	b.post("/operator/security/confirm", "ticket", b.find(`name="ticket"[^>]*value="([^"]+)"`), "secret", b.find(`name="secret"[^>]*value="([^"]+)"`),
		"uri", b.find(`name="uri"[^>]*value="([^"]+)"`), "code", "000000").want(422)
	b.confirm().want(200)
	b.get("/operator").want(200)
	b.post("/sign-out").want(303)
	if b.get("/operator").want(303); !strings.HasPrefix(b.to, "/sign-in") {
		t.Fatalf("signed out, one is led to %s", b.to)
	}
}

func TestStrangersAndMinistriesReachNoConsole(t *testing.T) {
	s := newSite(t)
	m := s.onboard("kg")
	for _, path := range []string{"/operator", "/operator/new", "/operator/ministries/kg", "/operator/people", "/operator/acts", "/operator/security"} {
		if b := s.browser(base).get(path).want(303); !strings.HasPrefix(b.to, "/sign-in") {
			t.Errorf("a stranger at %s is led to %s", path, b.to)
		}
		s.browser("kg.mektep.example").get(path).want(404)
	}
	// A session of a ministry is nobody on the platform's domain, and one of an
	// operator is nobody in a ministry.
	o := s.operator("zarina")
	inMinistry := s.browser("kg.mektep.example")
	inMinistry.jar = maps.Clone(o.jar)
	if inMinistry.get("/me").want(303); !strings.HasPrefix(inMinistry.to, "/sign-in") {
		t.Fatalf("an operator is somebody in a ministry: %s", inMinistry.to)
	}
	b := s.signedIn(m, "aigul")
	b.get("/me").want(200)
	onBase := s.browser(base)
	onBase.jar = maps.Clone(b.jar)
	if onBase.get("/operator").want(303); !strings.HasPrefix(onBase.to, "/sign-in") {
		t.Fatal("an administrator of a ministry is an operator")
	}
}

func TestASessionOfOneMinistryIsNobodyInAnother(t *testing.T) {
	s := newSite(t)
	one := s.onboard("kg")
	s.onboard("other")
	b := s.signedIn(one, "aigul")
	b.get("/me").want(200)
	abroad := s.browser("other.mektep.example")
	for k, v := range b.jar {
		abroad.jar[k] = v
	}
	if abroad.get("/me").want(303); !strings.HasPrefix(abroad.to, "/sign-in") {
		t.Fatalf("she is somebody abroad: %s", abroad.to)
	}
	// A form of one ministry is none in another either.
	abroad.jar = maps.Clone(b.jar)
	abroad.page = b.get("/me").page
	abroad.post("/sign-out").want(403)
	b.get("/me").want(200)
}

func TestAForgedHostGainsNothing(t *testing.T) {
	s := newSite(t)
	one := s.onboard("kg")
	s.onboard("other")
	b := s.signedIn(one, "aigul")
	for name, value := range map[string]string{
		"X-Forwarded-Host": "other.mektep.example", "X-Host": "other.mektep.example", "Forwarded": "host=other.mektep.example",
		"X-Original-Host": "other.mektep.example", "X-HTTP-Host-Override": "other.mektep.example",
	} {
		b.headers = map[string]string{"Accept-Language": "en", name: value}
		b.get("/me").want(200, "Айгүл")
		stranger := s.browser("kg.mektep.example")
		stranger.headers[name] = base
		stranger.get("/operator").want(404)
	}
	// The host is in the caller's hand: whatever it says, the session decides who they are.
	for _, host := range []string{"other.mektep.example", "OTHER.mektep.example.", "other.mektep.example:99", "kg.mektep.example.evil.example", "evil.example", "127.0.0.1"} {
		abroad := s.browser(host)
		for k, v := range b.jar {
			abroad.jar[k] = v
		}
		abroad.get("/me")
		if abroad.status == 200 || strings.Contains(abroad.page, "Айгүл") {
			t.Errorf("%s: status %d", host, abroad.status)
		}
	}
	// Addresses of the page follow no forged host: an invitation's link is made of
	// the directory's.
	o := s.operator("zarina")
	o.headers["X-Forwarded-Host"] = "evil.example"
	o.get("/operator/ministries/kg").want(200).lacks("evil.example")
}

func TestTheConsoleSpeaksFourLanguages(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	s.onboard("kg")
	for lang, word := range map[string]string{"tr": "Bakanlıklar", "ky": "Министрликтер", "ru": "Министерства", "en": "Ministries"} {
		b.post("/language", "language", lang).want(303) // kept in the account, which wins over the browser
		b.get("/operator").want(200, word)
		for _, path := range []string{"/", "/operator/new", "/operator/new?profile=kg", "/operator/new?profile=tr", "/operator/ministries/kg", "/operator/people", "/operator/people/new", "/operator/acts", "/operator/security", "/operator/security/second", "/operator/security/password"} {
			b.get(path).want(200).lacks("⟦")
		}
	}
}

// onboard sets a ministry up with one administrator, at the command line.
func (s *site) onboard(slug string) *tenant.Ministry {
	s.t.Helper()
	return s.onboardAt(slug, base)
}

func (s *site) onboardAt(slug, base string) *tenant.Ministry {
	s.t.Helper()
	m, _, err := s.tenants.Onboard(s.command(), tenant.Plan{
		Slug: slug, Profile: "kg", Name: map[string]string{"ky": "Министрлик " + slug, "ru": "Министерство " + slug}, Hosts: []string{slug + "." + base},
		Admins: []tenant.Admin{{Email: "aigul@" + slug + ".example", Name: "Бекова Айгүл", Language: "ky"}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return m
}

func consoleCaller() context.Context {
	return caller.With(context.Background(), &caller.Caller{Account: 1, AccountUID: "o", Operator: true, SecondFactor: true, Session: "s"})
}

// accept follows an invitation and returns how the person acts then.
func (s *site) accept(m *tenant.Ministry, link, login string) context.Context {
	s.t.Helper()
	_, key, found := strings.Cut(link, "/invitation/")
	if !found {
		s.t.Fatalf("no invitation in %q", link)
	}
	anonymous := caller.With(context.Background(), &caller.Caller{Tenant: m.Tenant})
	if _, err := s.people.Accept(anonymous, key, identity.Acceptance{Login: login, Password: password}); err != nil {
		s.t.Fatal(err)
	}
	var id int64
	inside := caller.With(context.Background(), caller.System(m.Tenant, "test", "test"))
	if err := s.db.Tenant(inside, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.PGX().Exec(ctx, "UPDATE account SET totp_sealed = 'x', totp_at = now() WHERE tenant_id = $1 AND login = $2", tx.Tenant(), login); err != nil {
			return err
		}
		return tx.PGX().QueryRow(ctx, "SELECT id FROM account WHERE tenant_id = $1 AND login = $2", tx.Tenant(), login).Scan(&id)
	}); err != nil {
		s.t.Fatal(err)
	}
	return caller.With(context.Background(), must(s.people.ResolveAccount(context.Background(), m.Tenant, id)))
}

// signedIn is a browser in which a ministry's first administrator has signed in.
func (s *site) signedIn(m *tenant.Ministry, login string) *browser {
	s.t.Helper()
	a := must(s.tenants.Administrators(consoleCaller(), m.Slug))
	i := must(s.tenants.Reinvite(consoleCaller(), m.Slug, a.Invited[0].UID))
	path := must(url.Parse(i.Link)).Path
	b := s.browser(m.Hosts[0])
	b.get(path).want(200)
	b.post(path, "login", login, "password", password, "again", password, "language", "en").want(303)
	b.get("/sign-in").want(200)
	return b.post("/sign-in", "login", login, "password", password).want(303)
}

// A page stays what it was until it is sent, though the buffer it was rendered in
// is already another request's, perhaps of another ministry.
func TestAPageIsNotOverwrittenByTheNextOne(t *testing.T) {
	s := newSite(t)
	s.onboard("kg")
	const other = "another ministry's page "
	inner, meanwhile := s.app, fiber.New()
	meanwhile.Use(func(c *fiber.Ctx) error {
		inner.Handler()(c.Context())
		for range 8 {
			b := templ.GetBuffer()
			b.WriteString(strings.Repeat(other, 4096))
			defer templ.ReleaseBuffer(b)
		}
		return nil
	})
	s.app = meanwhile
	s.browser("kg.mektep.example").get("/").lacks(other)
	s.browser(base).get("/").lacks(other)
}

func TestAMinistryIsRenamedInTheConsole(t *testing.T) {
	s := newSite(t)
	b := s.operator("zarina")
	s.onboard("kg")
	b.get("/operator/ministries/kg").want(200, "/operator/ministries/kg/name")
	b.get("/operator/ministries/kg/name").want(200, "Change the names")
	b.post("/operator/ministries/kg/name", "name.ky", "", "name.ru", "Новое", "name.en", "New").want(422, `value="Новое"`)
	b.post("/operator/ministries/kg/name", "name.ky", "Жаңы", "name.ru", "Новое", "name.en", "New ministry").want(303)
	b.get("/operator/ministries/kg").want(200, "New ministry", "Gave the ministry other names")
	s.browser("kg.mektep.example").get("/sign-in").want(200, "New ministry")
}
