package signin_test

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/pquerna/otp/totp"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/consent"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/edge"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/identity/door/doortest"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/core/web"
	"mektep/core/web/assets"
	"mektep/core/web/me"
	"mektep/core/web/screen"
	"mektep/core/web/signin"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	password = "kara-suu boyunda 7 terek"
	later    = "ak-suu jeegin 9 kayyn bar"
)

var secret = []byte("an installation's secret of tests")

// world is a ministry with a district and a school, and the site over it.
type world struct {
	t        *testing.T
	db       *db.DB
	clock    *clock.Clock
	words    *locale.Bundle
	profile  *profile.Profile
	identity *identity.Service
	tenants  *tenant.Service
	inbox    *notify.Service
	app      *fiber.App
	ctx      context.Context // the system role "test"
	host     string

	root, region, district, school unit.Unit
	persons                        int
}

// country is the one profile of a world.
type country struct{ m gate.Ministry }

func (c country) Country(id string) (gate.Ministry, bool) { return c.m, id == c.m.Profile.ID }
func (c country) IDs() []string                           { return []string{c.m.Profile.ID} }

func newWorld(t *testing.T, id string) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.New(t), clock: &clock.Clock{}, host: id + ".localhost"}
	w.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	dbtest.Forgetful(t, w.db)
	w.ctx = dbtest.Tenant(t, w.db, id, id)
	m := gatetest.Country(t, id)
	w.profile = m.Profile
	w.names(m.Profile)
	w.services(country{m})
	w.root = w.unit(nil, unit.Ministry, "", "", m.Profile.Ministry)
	w.region = w.unit(&w.root, unit.Region, "", "02", profile.Text{"ky": "Чүй облусу", "ru": "Чуйская область", "en": "Chui region", "tr": "Çüy bölgesi"})
	w.district = w.unit(&w.region, unit.District, "", "0201", profile.Text{"ky": "Сокулук району", "ru": "Сокулукский район", "en": "Sokuluk district", "tr": "Sokuluk ilçesi"})
	w.school = w.unit(&w.district, unit.Institution, "secondary_school", "1001", profile.Text{"ky": "№ 3 орто мектеп", "ru": "Средняя школа № 3", "en": "Secondary school No. 3", "tr": "3 No'lu okul"})
	return w
}

// names gives the ministry the profile's name, its host and its time zone.
func (w *world) names(p *profile.Profile) {
	w.t.Helper()
	err := w.db.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		id := db.TenantOf(w.ctx)
		if _, err := tx.PGX().Exec(ctx, `UPDATE platform.tenant SET name = $2, zone = $3 WHERE id = $1`, id, map[string]string(p.Ministry), p.TimeZone); err != nil {
			return err
		}
		_, err := tx.PGX().Exec(ctx, `INSERT INTO platform.tenant_host (host, tenant_id) VALUES ($1, $2)`, w.host, id)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) services(c country) {
	w.t.Helper()
	trail := must(audit.New(w.db, w.clock, secret))
	tree := unit.NewTree(w.db, w.clock, func(ctx context.Context) string { return w.tenants.Language(ctx) })
	w.tenants = tenant.New(w.db, w.clock, tree, c)
	g := gate.New(w.db, w.clock, trail, w.tenants.Country)
	w.words = gatetest.Words(w.t, nil)
	w.inbox = must(notify.New(w.db, notify.Config{Locales: w.words, Clock: w.clock, Recipients: identity.Recipients, SMTP: notify.SMTP{Host: "mail.example", From: "no-reply@mail.example"}}))
	w.identity = must(identity.New(identity.Config{
		DB: w.db, Clock: w.clock, Gate: g, Tree: tree, Trail: trail, Notify: w.inbox, Hashing: doortest.Hashing(), Secrets: [][]byte{secret},
		URL: func(_ context.Context, path string) string { return "http://" + w.host + path },
		Later: func(ctx context.Context, _ *db.Tx, f identity.Forgotten) error {
			return w.identity.AnswerForgotten(ctx, f)
		},
	}))
	consents := consent.New(w.db, w.clock, g, trail)
	g.Set(gate.Checks{BeforeUse: func(ctx context.Context, c *caller.Caller, a caller.Assignment, demand string) error {
		if err := w.identity.BeforeUse(ctx, c, a, demand); err != nil {
			return err
		}
		return consents.BeforeUse(ctx, c, a, demand)
	}})
	e := edge.New(edge.Config{BaseHost: "localhost", Secret: secret, Clock: w.clock, PerSecond: 1000, Burst: 1000}, w.db, w.tenants, sessions{w}, w.words, nil)
	base := &screen.Base{Edge: e, Gate: g, Tenants: w.tenants, Assets: must(assets.Open()), Clock: w.clock, Version: "test", Unread: w.inbox.Unread, Speak: w.identity.SetLanguage}
	w.app = e.App(base.Fault)
	s := me.Services{Identity: w.identity, Consent: consents, Inbox: w.inbox}
	home := []screen.Route{{Method: fiber.MethodGet, Path: me.Home, Access: screen.SignedIn, Handle: func(q *screen.Request) error {
		due, err := s.Due(q)
		if err != nil {
			return err
		}
		return q.Page(homePage(q.View(), due))
	}}}
	web.Mount(w.app, base, webtest.Refusable(home, signin.Routes(base, s), me.Routes(base, s))...)
}

type sessions struct{ w *world }

func (s sessions) Session(ctx context.Context, token string) (*caller.Caller, error) {
	return s.w.identity.Resolve(ctx, caller.From(ctx).Tenant, token)
}

func (s sessions) Token(ctx context.Context, token string) (*caller.Caller, error) {
	return s.w.identity.ResolveToken(ctx, caller.From(ctx).Tenant, token)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (w *world) unit(parent *unit.Unit, level, typ, code string, name profile.Text) unit.Unit {
	w.t.Helper()
	tree := unit.NewTree(w.db, w.clock, func(context.Context) string { return w.profile.Main() })
	u, err := tree.Create(w.ctx, unit.New{Parent: parent, Level: level, Type: typ, Code: code, Name: name, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.clock.Set(w.clock.Now().Add(d))
	dbtest.LetPass(w.t, w.db, d)
}

// person is somebody with an account.
type person struct {
	identity.Account
	name string
	link string // path of the invitation
}

// invited gives a new person a role, on the system's word.
func (w *world) invited(role string, u unit.Unit, but ...func(*identity.NewAppointment)) person {
	w.t.Helper()
	w.persons++
	p := identity.Person{
		Family: "Бакытов" + string([]rune("абвгдежзиклмн")[w.persons%13]), Given: "Асан", Email: fmt.Sprintf("asan%d@mail.example", w.persons),
	}
	n := identity.NewAppointment{
		Person: p, Role: role, Unit: u, Order: identity.Order{Number: "17-к", Date: time.Date(2026, 2, 27, 0, 0, 0, 0, time.UTC)}, IdentifiedBy: "passport",
	}
	for _, b := range but {
		b(&n)
	}
	a, err := w.identity.Appoint(w.ctx, n)
	if err != nil {
		w.t.Fatal(err)
	}
	return person{Account: a.Account, name: a.Account.Name, link: a.Key.Path}
}

// with is invited and has accepted.
func (w *world) with(role string, u unit.Unit) person {
	w.t.Helper()
	p := w.invited(role, u)
	anonymous := caller.With(context.Background(), &caller.Caller{Tenant: caller.From(w.ctx).Tenant})
	login, err := w.identity.Accept(anonymous, p.link[len("/invitation/"):], identity.Acceptance{Login: fmt.Sprintf("asan.%d", w.persons), Password: password, Language: "en"})
	if err != nil {
		w.t.Fatal(err)
	}
	p.Login = login
	return p
}

// enrol gives somebody a second factor and returns its secret and recovery codes.
func (w *world) enrol(p person) (string, []string) {
	w.t.Helper()
	tenant := caller.From(w.ctx).Tenant
	anonymous := caller.With(context.Background(), &caller.Caller{Tenant: tenant})
	o := must(w.identity.Door.SignIn(anonymous, door.Attempt{Login: p.Login, Password: password, Remote: netip.MustParseAddr("10.0.0.9")}))
	c := must(w.identity.Resolve(context.Background(), tenant, o.Session.Token))
	ctx := caller.With(context.Background(), c)
	e := must(w.identity.Door.BeginSecondFactor(ctx, "", "Ministry"))
	codes := must(w.identity.Door.ConfirmSecondFactor(ctx, e.Ticket, w.totp(e.Secret)))
	must(w.identity.Door.EndSession(ctx, c.Session))
	w.pass(time.Minute)
	return e.Secret, codes
}

func (w *world) totp(secret string) string {
	w.t.Helper()
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret); err != nil {
		w.t.Fatal(err)
	}
	return must(totp.GenerateCode(secret, w.clock.Now()))
}

// browser keeps cookies and sends forms as a browser without JavaScript does.
type browser struct {
	*world
	cookies map[string]string
	lang    string
	from    map[string]string // what a browser says of where a form comes from
	page    *answer
}

type answer struct {
	status   int
	body     string
	location string
	header   http.Header
}

func (w *world) browser() *browser {
	return &browser{world: w, cookies: map[string]string{}, lang: "en"}
}

// send sends a request; a form with a key that succeeds is sent again, see webtest.Again.
func (b *browser) send(method, path string, form url.Values) *answer {
	b.t.Helper()
	if form.Get("_key") == "" {
		return b.ask(method, path, form)
	}
	webtest.Illegible(b.t, path, form, func(path string, form url.Values) *webtest.Answer {
		other, method := *b, "POST"
		if other.cookies = maps.Clone(b.cookies); form == nil {
			method = "GET"
		}
		a := other.ask(method, path, form)
		return &webtest.Answer{Status: a.status, Body: a.body, Location: a.location, Header: a.header}
	})
	var first *answer
	webtest.Again(b.t, b.db, path, form.Get("_key"), func(again bool) *webtest.Answer {
		from := b
		if again {
			other := *b
			other.cookies = maps.Clone(b.cookies)
			from = &other
		}
		a := from.ask(method, path, form)
		if !again {
			first = a
		}
		return &webtest.Answer{Status: a.status, Body: a.body, Location: a.location, Header: a.header}
	})
	return first
}

func (b *browser) ask(method, path string, form url.Values) *answer {
	b.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequest(method, "http://"+b.host+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", b.lang)
	r.Header.Set("User-Agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for k, v := range b.from {
			r.Header.Set(k, v)
		}
	}
	for k, v := range b.cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	resp, err := b.app.Test(r, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		if c.Value == "" || (!c.Expires.IsZero() && c.Expires.Before(b.clock.Now())) {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.page = &answer{status: resp.StatusCode, body: string(raw), location: resp.Header.Get("Location"), header: resp.Header}
	return b.page
}

func (b *browser) get(path string) *answer { return b.send(http.MethodGet, path, nil) }

// follow gets where the last answer leads.
func (b *browser) follow() *answer {
	b.t.Helper()
	if b.page.status != http.StatusSeeOther {
		b.t.Fatalf("no redirect but %d: %s", b.page.status, words(b.page.body))
	}
	return b.get(b.page.location)
}

var (
	formPattern  = regexp.MustCompile(`(?s)<form[^>]*?action="([^"]*)"[^>]*>(.*?)</form>`)
	inputPattern = regexp.MustCompile(`(?s)<input[^>]*>`)
	attrPattern  = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	linkPattern  = regexp.MustCompile(`href="(/sign-in\?other=1[^"]*)"`)
	tagPattern   = regexp.MustCompile(`(?s)<(script|style|svg)[^>]*>.*?</(script|style|svg)>|<[^>]+>`)
)

// submit sends the form of the page that posts to action: its hidden fields and
// the values it shows, with fields filled in.
func (b *browser) submit(action string, fields ...string) *answer {
	b.t.Helper()
	for _, m := range formPattern.FindAllStringSubmatch(b.page.body, -1) {
		if unescape(m[1]) != action {
			continue
		}
		form := url.Values{}
		for _, in := range inputPattern.FindAllString(m[2], -1) {
			attr := map[string]string{}
			for _, a := range attrPattern.FindAllStringSubmatch(in, -1) {
				attr[a[1]] = unescape(a[2])
			}
			if attr["name"] == "" || (attr["type"] == "checkbox" || attr["type"] == "radio") && !strings.Contains(in, " checked") {
				continue
			}
			form.Set(attr["name"], attr["value"])
		}
		for i := 0; i+1 < len(fields); i += 2 {
			form.Set(fields[i], fields[i+1])
		}
		return b.send(http.MethodPost, action, form)
	}
	b.t.Fatalf("no form posts to %s here: %s", action, words(b.page.body))
	return nil
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">").Replace(s)
}

// words are what can be read on a page.
func words(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	return strings.Join(strings.Fields(unescape(tagPattern.ReplaceAllString(body, " "))), " ")
}

// see fails unless the page answers so and shows the texts.
// post posts to an address with the token of the page that is shown.
func (b *browser) post(path string) *answer {
	b.t.Helper()
	token := found(b.t, regexp.MustCompile(`name="_csrf" value="([^"]+)"`), b.page.body)
	return b.send(http.MethodPost, path, url.Values{"_csrf": {token}})
}

func (b *browser) see(status int, texts ...string) {
	b.t.Helper()
	shown := words(b.page.body)
	if b.page.status != status {
		b.t.Fatalf("want %d, got %d (to %q): %s", status, b.page.status, b.page.location, shown)
	}
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			b.t.Fatalf("%q is not on the page: %s", text, shown)
		}
	}
}

// sees is not: fails when the page shows a text.
func (b *browser) notSee(text string) {
	b.t.Helper()
	if strings.Contains(words(b.page.body), text) {
		b.t.Fatalf("%q is on the page: %s", text, words(b.page.body))
	}
}

// leads fails unless the last answer leads to a path.
func (b *browser) leads(to string) {
	b.t.Helper()
	if b.page.status != http.StatusSeeOther || b.page.location != to {
		b.t.Fatalf("want to be led to %s, got %d to %q: %s", to, b.page.status, b.page.location, words(b.page.body))
	}
}

// signIn types login and password.
func (b *browser) signIn(p person, more ...string) *answer {
	b.t.Helper()
	b.get("/sign-in")
	return b.submit("/sign-in", append([]string{"login", p.Login, "password", password}, more...)...)
}

// serve lets a real browser reach the site and returns its address.
func (w *world) serve() string {
	w.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	go func() { _ = w.app.Listener(l) }()
	w.t.Cleanup(func() { _ = w.app.Shutdown() })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://" + w.host + ":" + port
}
