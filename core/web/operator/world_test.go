package operator_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/pquerna/otp/totp"

	"mektep/core/approval"
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
	"mektep/core/identity/door/doortest"
	"mektep/core/notify"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/core/web"
	"mektep/core/web/assets"
	"mektep/core/web/me"
	"mektep/core/web/operator"
	"mektep/core/web/screen"
	"mektep/core/web/signin"
	"mektep/core/web/webtest"
	"mektep/policies"
	"mektep/profiles"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const (
	base     = "mektep.example"
	password = "kara-suu boyunda 7 terek"
)

var secret = []byte("an installation's secret of tests")

type countries map[string]gate.Ministry

func (c countries) Country(id string) (gate.Ministry, bool) { m, ok := c[id]; return m, ok }
func (c countries) IDs() []string                           { return slices.Sorted(maps.Keys(c)) }

var theWorld = sync.OnceValue(func() countries {
	all, found := profile.LoadAll(profiles.FS, nil)
	if err := found.Err(); err != nil {
		panic(err)
	}
	c := countries{}
	shelf := policy.NewShelf()
	for id, p := range all {
		e, found := policy.Load(policies.FS, gate.Vocabulary(p), nil)
		if err := found.Err(); err != nil {
			panic(err)
		}
		c[id] = gate.Ministry{Profile: p, Policy: must(shelf.Snapshot(e))}
	}
	return c
})

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// site is an installation with its ministries' sign-in and the operators' console.
type site struct {
	t         *testing.T
	db        *db.DB
	clock     *clock.Clock
	tenants   *tenant.Service
	people    *identity.Service
	operators *identity.Operators
	approvals *approval.Service
	tree      *unit.Tree
	app       *fiber.App
	sent      int // forms with a key
}

type sessions struct{ s *site }

func (x sessions) Session(ctx context.Context, token string) (*caller.Caller, error) {
	if c := caller.From(ctx); c.Tenant.ID != 0 {
		return x.s.people.Resolve(ctx, c.Tenant, token)
	}
	return x.s.operators.Resolve(ctx, token)
}

func (x sessions) Token(ctx context.Context, token string) (*caller.Caller, error) {
	return x.s.people.ResolveToken(ctx, caller.From(ctx).Tenant, token)
}

func newSite(t *testing.T) *site {
	t.Helper()
	return newSiteAt(t, base)
}

// newSiteAt is a site on another domain of its own.
func newSiteAt(t *testing.T, base string) *site {
	t.Helper()
	s := &site{t: t, db: dbtest.New(t), clock: &clock.Clock{}}
	s.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	dbtest.Forgetful(t, s.db)
	trail := must(audit.New(s.db, s.clock, secret))
	s.tree = unit.NewTree(s.db, s.clock, func(ctx context.Context) string { return s.tenants.Language(ctx) })
	s.tenants = tenant.New(s.db, s.clock, s.tree, theWorld())
	g := gate.New(s.db, s.clock, trail, s.tenants.Country)
	words := gatetest.Words(t, nil)
	inbox := must(notify.New(s.db, notify.Config{Locales: words, Clock: s.clock, Recipients: identity.Recipients, SMTP: notify.SMTP{Host: "mail.example", From: "no-reply@mail.example"}}))
	s.approvals = approval.New(approval.Config{DB: s.db, Clock: s.clock, Gate: g, Trail: trail, Notify: inbox})
	s.people = must(identity.New(identity.Config{
		DB: s.db, Clock: s.clock, Gate: g, Tree: s.tree, Trail: trail, Notify: inbox, Hashing: doortest.Hashing(), Secrets: [][]byte{secret}, Approvals: s.approvals,
	}))
	s.operators = must(identity.NewOperators(identity.OperatorsConfig{DB: s.db, Clock: s.clock, Secrets: [][]byte{secret}, Hashing: doortest.Hashing()}))
	c := consent.New(s.db, s.clock, g, trail)
	g.Set(gate.Checks{BeforeUse: s.people.BeforeUse, Open: func(ctx context.Context) error {
		m, err := s.tenants.ByID(ctx, db.TenantOf(ctx))
		if err != nil {
			return err
		}
		return m.Open()
	}})
	s.tenants.Use(tenant.Wiring{
		People: s.people, Approvals: s.approvals, Gate: g, Trail: trail, Base: base,
		Link: func(ctx context.Context, path string) string {
			return "http://" + must(s.tenants.LettersHost(ctx)) + path
		},
	})
	e := edge.New(edge.Config{BaseHost: base, Secret: secret, Clock: s.clock, PerSecond: 1e6, Burst: 1e6, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))}, s.db, s.tenants, sessions{s}, words, nil)
	b := &screen.Base{Edge: e, Gate: g, Tenants: s.tenants, Assets: must(assets.Open()), Clock: s.clock, Version: "test", Speak: func(ctx context.Context, tag string) error {
		if caller.From(ctx).Operator {
			return s.operators.SetLanguage(ctx, tag)
		}
		return s.people.SetLanguage(ctx, tag)
	}}
	s.app = e.App(b.Fault)
	own := me.Services{Identity: s.people, Consent: c, Inbox: inbox}
	web.Mount(s.app, b, signin.Routes(b, own), me.Routes(b, own), operator.Routes(b, operator.Services{Operators: s.operators}))
	return s
}

// browser keeps cookies and the last page, on one host.
type browser struct {
	s       *site
	host    string
	jar     map[string]string
	headers map[string]string
	status  int
	page    string
	to      string // where the last answer led
	header  http.Header
}

func (s *site) browser(host string) *browser {
	return &browser{s: s, host: host, jar: map[string]string{}, headers: map[string]string{"Accept-Language": "en"}}
}

func (b *browser) do(method, path string, form url.Values) *browser {
	b.s.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := must(http.NewRequest(method, "http://"+b.host+path, body))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range b.headers {
		r.Header.Set(k, v)
	}
	for k, v := range b.jar {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	answer, err := b.s.app.Test(r, -1)
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	for _, c := range answer.Cookies() {
		b.jar[c.Name] = c.Value
		if c.Value == "" {
			delete(b.jar, c.Name)
		}
	}
	b.header = answer.Header
	b.status, b.page, b.to = answer.StatusCode, string(must(io.ReadAll(answer.Body))), answer.Header.Get("Location")
	return b
}

func (b *browser) get(path string) *browser { b.s.t.Helper(); return b.do("GET", path, nil) }

var (
	token = regexp.MustCompile(`name="_csrf" value="([^"]+)"`)
	read  = regexp.MustCompile(`name="read" value="([^"]+)"`)
)

// post sends a form with the token of the page before.
func (b *browser) post(path string, fields ...string) *browser {
	b.s.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	if m := token.FindStringSubmatch(b.page); m != nil {
		form.Set("_csrf", m[1])
	}
	if _, its, is := strings.Cut(b.page, `action="`+path+`"`); is { // what the form says has been read
		its, _, _ = strings.Cut(its, "</form>")
		if m := read.FindStringSubmatch(its); m != nil {
			form.Set("read", m[1])
		}
	}
	if !strings.Contains(b.page, `name="_key"`) {
		return b.do("POST", path, form)
	}
	b.s.sent++
	form.Set("_key", fmt.Sprintf("sent-as-number-%d", b.s.sent))
	webtest.Again(b.s.t, b.s.db, path, form.Get("_key"), func(again bool) *webtest.Answer {
		from := b
		if again {
			other := *b
			other.jar = maps.Clone(b.jar)
			from = &other
		}
		from.do("POST", path, form)
		return &webtest.Answer{Status: from.status, Body: from.page, Location: from.to, Header: from.header}
	})
	return b
}

// want fails unless the last answer has the status and shows the texts.
func (b *browser) want(status int, texts ...string) *browser {
	b.s.t.Helper()
	if b.status != status {
		b.s.t.Fatalf("status %d, want %d (to %q):\n%s", b.status, status, b.to, excerpt(b.page))
	}
	shown := html.UnescapeString(b.page)
	for _, x := range texts {
		if !strings.Contains(shown, x) {
			b.s.t.Fatalf("the page does not show %q:\n%s", x, excerpt(b.page))
		}
	}
	return b
}

func (b *browser) lacks(texts ...string) *browser {
	b.s.t.Helper()
	for _, x := range texts {
		if strings.Contains(html.UnescapeString(b.page), x) {
			b.s.t.Fatalf("the page shows %q", x)
		}
	}
	return b
}

func (b *browser) find(pattern string) string {
	b.s.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(b.page)
	if m == nil {
		b.s.t.Fatalf("nothing on the page fits %s:\n%s", pattern, excerpt(b.page))
	}
	return html.UnescapeString(m[1])
}

var tags = regexp.MustCompile(`<[^>]*>|\s+`)

func excerpt(page string) string {
	if _, main, ok := strings.Cut(page, "<main"); ok {
		page = main
	}
	text := html.UnescapeString(tags.ReplaceAllString(page, " "))
	return strings.Join(strings.Fields(text), " ")
}

func (s *site) command() context.Context {
	return caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "test"))
}

// operator is one who has just opened their account, and the browser with which
// they signed in and set the second factor up.
func (s *site) operator(login string) *browser {
	s.t.Helper()
	_, key, err := s.operators.Create(s.command(), "Operator "+login, login+"@"+base, "en")
	if err != nil {
		s.t.Fatal(err)
	}
	b := s.browser(base)
	b.get(key.Path).want(200, "Welcome, Operator "+login)
	b.post(key.Path, "login", login, "password", password, "again", password, "language", "en").want(303)
	b.get("/sign-in").want(200)
	b.post("/sign-in", "login", login, "password", password).want(303)
	if b.to != "/operator/security/second" {
		s.t.Fatalf("without a second factor one is led to %s", b.to)
	}
	b.get(b.to).want(200, "Scan the picture")
	b.confirm().want(200, "Recovery codes")
	return b
}

// confirm types the code of the second factor that the page offers.
func (b *browser) confirm() *browser {
	b.s.t.Helper()
	secret := b.find(`name="secret"[^>]*value="([^"]+)"`)
	code := must(totp.GenerateCode(secret, b.s.clock.Now()))
	return b.post("/operator/security/confirm", "ticket", b.find(`name="ticket"[^>]*value="([^"]+)"`), "secret", secret,
		"uri", b.find(`name="uri"[^>]*value="([^"]+)"`), "code", code)
}

var plan = []string{
	"profile", "kg", "slug", "kg", "hosts", "", "name.ky", "Билим берүү министрлиги", "name.ru", "Министерство просвещения",
	"admins.1.name", "Бекова Айгүл", "admins.1.email", "aigul@kg.example", "admins.1.language", "ky",
	"admins.2.name", "", "admins.2.email", "", "admins.2.language", "ky",
}

// with replaces fields of a form.
func with(form []string, fields ...string) []string {
	out := slices.Clone(form)
next:
	for i := 0; i+1 < len(fields); i += 2 {
		for j := 0; j+1 < len(out); j += 2 {
			if out[j] == fields[i] {
				out[j+1] = fields[i+1]
				continue next
			}
		}
		out = append(out, fields[i], fields[i+1])
	}
	return out
}
