package institutions_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/edge"
	"mektep/core/exchange/xlsx"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/identity"
	"mektep/core/identity/door/doortest"
	"mektep/core/jobs"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/tenant"
	"mektep/core/transfer"
	"mektep/core/unit"
	"mektep/core/web"
	"mektep/core/web/assets"
	"mektep/core/web/institutions"
	"mektep/core/web/screen"
	"mektep/core/web/webtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	secret  = []byte("an installation's secret of tests")
	founded = time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC)
)

// world is a ministry with two districts in two regions, a school in each, and
// the screens over it. People are known by the cookie of their session alone.
type world struct {
	posts    int // that are held wherever something ends
	t        *testing.T
	db       *db.DB
	clock    *clock.Clock
	profile  *profile.Profile
	registry *registry.Service
	tree     *unit.Tree
	app      *fiber.App
	ctx      context.Context // the system role "test"
	host     string
	people   map[string]*caller.Caller
	tried    map[string]bool // addresses to which forms were sent that are refused
	sent     int             // forms that had no key of their own

	root            unit.Unit
	regions         [2]unit.Unit
	districts       [2]unit.Unit
	school, further registry.Institution
}

type country struct{ m gate.Ministry }

func (c country) Country(id string) (gate.Ministry, bool) { return c.m, id == c.m.Profile.ID }
func (c country) IDs() []string                           { return []string{c.m.Profile.ID} }

type sessions struct{ w *world }

func (s sessions) Session(_ context.Context, token string) (*caller.Caller, error) {
	if c := s.w.people[token]; c != nil {
		same := *c
		return &same, nil
	}
	return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
}

func (s sessions) Token(ctx context.Context, token string) (*caller.Caller, error) {
	return s.Session(ctx, token)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func newWorld(t *testing.T, id string) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.New(t), clock: &clock.Clock{}, host: id + ".localhost", people: map[string]*caller.Caller{}, tried: map[string]bool{}}
	w.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	dbtest.Forgetful(t, w.db)
	w.ctx = dbtest.Tenant(t, w.db, id, id)
	m := gatetest.Country(t, id)
	p := m.Profile
	w.profile = p
	err := w.db.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		tenant := db.TenantOf(w.ctx)
		if _, err := tx.PGX().Exec(ctx, `UPDATE platform.tenant SET name = $2, zone = $3 WHERE id = $1`, tenant, map[string]string(p.Ministry), p.TimeZone); err != nil {
			return err
		}
		_, err := tx.PGX().Exec(ctx, `INSERT INTO platform.tenant_host (host, tenant_id) VALUES ($1, $2)`, w.host, tenant)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.services(country{m})
	w.plant()
	return w
}

func (w *world) services(c country) {
	w.t.Helper()
	trail := must(audit.New(w.db, w.clock, secret))
	var tenants *tenant.Service
	w.tree = unit.NewTree(w.db, w.clock, func(ctx context.Context) string { return tenants.Language(ctx) })
	tenants = tenant.New(w.db, w.clock, w.tree, c)
	g := gate.New(w.db, w.clock, trail, tenants.Country)
	words := gatetest.Words(w.t, nil)
	inbox := must(notify.New(w.db, notify.Config{Locales: words, Clock: w.clock, Recipients: identity.Recipients, SMTP: notify.SMTP{Host: "mail.example", From: "no-reply@mail.example"}}))
	people := must(identity.New(identity.Config{
		DB: w.db, Clock: w.clock, Gate: g, Tree: w.tree, Trail: trail, Notify: inbox, Hashing: doortest.Hashing(), Secrets: [][]byte{secret},
		URL: func(_ context.Context, path string) string { return path },
	}))
	cal := calendar.New(w.db, w.clock, g, trail, w.tree)
	g.Set(gate.Checks{Window: cal.Check, Way: w.tree.Way, PostsEnd: func(context.Context, unit.Unit, time.Time) (int, error) { return w.posts, nil }})
	w.registry = registry.New(w.db, w.clock, g, trail, w.tree)
	at := caller.From(w.ctx).Tenant
	queue := must(jobs.New(context.Background(), w.db, jobs.Config{
		Active:  func(context.Context, int32) (caller.Tenant, error) { return at, nil },
		Tenants: func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{at}, nil },
		Resolve: func(_ context.Context, _ caller.Tenant, account int64) (*caller.Caller, error) {
			for _, c := range w.people {
				if c.Account == account {
					return c, nil
				}
			}
			return nil, fault.New(fault.Denied, "job.nobody")
		},
		Clock: w.clock, Workers: 2, Retry: func(int) time.Duration { return 10 * time.Millisecond },
	}))
	files := must(jobs.OpenFiles(context.Background(), (&url.URL{Scheme: "file", Path: w.t.TempDir(), RawQuery: "metadata=skip&no_tmp_dir=true"}).String()))
	transfer := registry.NewTransfer(w.registry, transfer.Config{Jobs: queue, Files: files, Words: words, Formats: xlsx.Formats(), Notify: inbox})
	if err := queue.Start(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_ = queue.Stop(ctx)
		_ = files.Close()
	})
	ed := edge.New(edge.Config{BaseHost: "localhost", Secret: secret, Clock: w.clock, PerSecond: 1000, Burst: 1000}, w.db, tenants, sessions{w}, words, nil)
	base := &screen.Base{Edge: ed, Gate: g, Tenants: tenants, Assets: must(assets.Open()), Clock: w.clock, Version: "test"}
	w.app = ed.App(base.Fault)
	web.Mount(w.app, base, webtest.Refusable(institutions.Routes(base, institutions.Services{
		DB: w.db, Registry: w.registry, Transfer: transfer, Tree: w.tree, Calendar: cal, Identity: people, Jobs: queue,
	}))...)
}

// plant makes the ministry, two real districts of two real regions, and schools.
func (w *world) plant() {
	w.t.Helper()
	on := w.clock.Now()
	create := func(parent *unit.Unit, level, code string, name map[string]string) unit.Unit {
		return must(w.tree.Create(w.ctx, unit.New{Parent: parent, Level: level, Code: code, Name: name, Since: founded.AddDate(-100, 0, 0)}))
	}
	w.root = create(nil, unit.Ministry, "", w.profile.Ministry)
	n := 0
	for _, d := range w.profile.AreasAt(unit.District, on) {
		r := w.profile.AreaAt(d.Parent, on)
		if n == 2 || r == nil || r.Level != unit.Region || n == 1 && r.Code == w.regions[0].Code {
			continue
		}
		w.regions[n] = create(&w.root, unit.Region, r.Code, r.Name)
		w.districts[n] = create(&w.regions[n], unit.District, d.Code, d.Name)
		n++
	}
	w.school = w.enter("700112", "Күн мектеби", w.districts[0])
	w.further = w.enter("700113", "Ай мектеби", w.districts[1])
}

func (w *world) enter(code, name string, under unit.Unit) registry.Institution {
	w.t.Helper()
	i, err := w.registry.Create(w.ctx, registry.Entry{
		SameName: true,
		Parent:   under.UID, Type: "secondary_school", Name: map[string]string{"ky": name, "ru": name}, Code: code, Since: founded,
		Fields: map[string]any{"ownership": "public"}, Order: audit.Order{Number: "1", Date: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)},
	})
	if err != nil {
		w.t.Fatalf("%v %+v", err, faulttest.Of(w.t, err).Fields)
	}
	return i
}

// browser keeps cookies and sends forms as a browser without JavaScript does.
type browser struct {
	*world
	cookies map[string]string
	page    answer
}

type answer struct {
	status         int
	body, location string
	header         http.Header
}

// as is the browser of somebody who holds a role at a unit and reads English.
func (w *world) as(role string, u unit.Unit) *browser {
	w.t.Helper()
	c := *caller.From(w.ctx)
	n := int64(len(w.people) + 1)
	dbtest.Accounts(w.t, w.db, w.ctx, map[int64]string{100 + n: role + strconv.FormatInt(n, 10)})
	c.System, c.Account, c.AccountUID, c.Session, c.SecondFactor, c.Name, c.Language = "", 100+n, "account-"+role, "session", true, "Asan", "en"
	c.Assignments = []caller.Assignment{{ID: n, Role: role, UnitID: u.ID, UnitUID: u.UID, UnitPath: u.Path, UnitLevel: u.Level, UnitCode: u.Code, Since: founded}}
	w.people[role+u.UID] = &c
	return &browser{world: w, cookies: map[string]string{"mektep": role + u.UID}}
}

// send sends a request; a form that succeeds is sent again, see webtest.Again.
func (b *browser) send(method, path, kind string, body []byte) {
	b.t.Helper()
	b.sent++
	key := fmt.Sprintf("sent-as-number-%d", b.sent)
	if m := keyPattern.FindSubmatch(body); m != nil {
		key = string(m[1]) + string(m[2]) // of a form, or of a form with a file
	}
	ask := func(cookies map[string]string) *webtest.Answer {
		return b.ask(method, path, kind, key, body, cookies)
	}
	if kind == "application/x-www-form-urlencoded" && !b.tried[path] {
		b.tried[path] = true
		b.keeps(path, key, body)
	}
	var a *webtest.Answer
	if method == http.MethodGet {
		a = ask(b.cookies)
	} else {
		a = webtest.Again(b.t, b.db, path, key, func(again bool) *webtest.Answer {
			if again {
				return ask(maps.Clone(b.cookies))
			}
			return ask(b.cookies)
		})
	}
	b.page = answer{status: a.Status, body: a.Body, location: a.Location, header: a.Header}
}

// keeps sends a form in every way in which it is refused, see webtest.Keeps.
func (b *browser) keeps(path, key string, body []byte) {
	b.t.Helper()
	const kind = "application/x-www-form-urlencoded"
	webtest.Illegible(b.t, path, must(url.ParseQuery(string(body))), func(path string, form url.Values) *webtest.Answer {
		if form == nil {
			return b.ask(http.MethodGet, path, "", "", nil, maps.Clone(b.cookies))
		}
		return b.ask(http.MethodPost, path, kind, key, []byte(form.Encode()), maps.Clone(b.cookies))
	})
	// After the session's end it is kept until after sign-in, as any other.
	if form := must(url.ParseQuery(string(body))); form.Get("name.ky") != "" {
		form.Set("name.ky", form.Get("name.ky")+"\u202e")
		a := b.ask(http.MethodPost, path, kind, key, []byte(form.Encode()), map[string]string{"mektep": "over"})
		if to := must(url.Parse(a.Location)); to.Path != "/sign-in" || !strings.Contains(to.Query().Get("to"), "_kept=") {
			b.t.Errorf("%s with what no text has, after the session ended, was answered %d to %q", path, a.Status, a.Location)
		}
	}
	webtest.Keeps(b.t, path, must(url.ParseQuery(string(body))), webtest.Sender{
		Refused: func(how string) *webtest.Answer {
			return b.ask(http.MethodPost, path, kind, key, body, maps.Clone(b.cookies), webtest.Refuse, how)
		},
		Ended: func() *webtest.Answer {
			return b.ask(http.MethodPost, path, kind, key, body, map[string]string{"mektep": "over"})
		},
		Get: func(to string) *webtest.Answer {
			return b.ask(http.MethodGet, to, "", "", nil, maps.Clone(b.cookies))
		},
	})
}

func (b *browser) ask(method, path, kind, key string, body []byte, cookies map[string]string, headers ...string) *webtest.Answer {
	b.t.Helper()
	r := must(http.NewRequest(method, "http://"+b.host+path, bytes.NewReader(body)))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Header.Set("Accept-Language", "en")
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Idempotency-Key", key)
	}
	for k, v := range cookies {
		r.AddCookie(&http.Cookie{Name: k, Value: v})
	}
	resp, err := b.app.Test(r, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	for _, c := range resp.Cookies() {
		cookies[c.Name] = c.Value
		if c.Value == "" {
			delete(cookies, c.Name)
		}
	}
	return &webtest.Answer{Status: resp.StatusCode, Body: string(must(io.ReadAll(resp.Body))), Location: resp.Header.Get("Location"), Header: resp.Header}
}

func (b *browser) get(path string) *browser {
	b.t.Helper()
	b.send(http.MethodGet, path, "", nil)
	return b
}

func (b *browser) follow() *browser {
	b.t.Helper()
	if b.page.status != http.StatusSeeOther {
		b.t.Fatalf("no redirect but %d: %s", b.page.status, read(b.page.body))
	}
	to, _, _ := strings.Cut(b.page.location, "#")
	return b.get(to)
}

var (
	formPattern   = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	inputPattern  = regexp.MustCompile(`(?s)<input[^>]*>`)
	selectPattern = regexp.MustCompile(`(?s)<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>`)
	chosenPattern = regexp.MustCompile(`<option value="([^"]*)" selected`)
	keyPattern    = regexp.MustCompile(`(?:^|&)_key=([^&]+)|name="_key"\r\n\r\n([^\r]+)`)
	attrPattern   = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
	tagPattern    = regexp.MustCompile(`(?s)<(script|style|svg)[^>]*>.*?</(script|style|svg)>|<[^>]+>`)
)

// form are the values of the page's form that posts to action ("": to the page
// itself), as they stand.
func (b *browser) form(action string) url.Values {
	b.t.Helper()
	for _, m := range formPattern.FindAllStringSubmatch(b.page.body, -1) {
		to := ""
		if a := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(m[1]); a != nil {
			to = unescape(a[1])
		}
		if to != action || !strings.Contains(m[1], `method="post"`) {
			continue
		}
		form := url.Values{}
		for _, in := range inputPattern.FindAllString(m[2], -1) {
			attr := map[string]string{}
			for _, a := range attrPattern.FindAllStringSubmatch(in, -1) {
				attr[a[1]] = unescape(a[2])
			}
			choice := attr["type"] == "checkbox" || attr["type"] == "radio"
			if attr["name"] == "" || attr["type"] == "file" || choice && !strings.Contains(in, " checked") {
				continue
			}
			form.Add(attr["name"], attr["value"])
		}
		for _, s := range selectPattern.FindAllStringSubmatch(m[2], -1) {
			if c := chosenPattern.FindStringSubmatch(s[2]); c != nil {
				form.Set(s[1], c[1])
			}
		}
		return form
	}
	b.t.Fatalf("no form posts to %q here: %s", action, read(b.page.body))
	return nil
}

// submit fills fields of a form in and sends it to where the page is or to action.
func (b *browser) submit(page, action string, fields ...string) *browser {
	b.t.Helper()
	form := b.form(action)
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	if action == "" {
		action = page
	}
	b.send(http.MethodPost, action, "application/x-www-form-urlencoded", []byte(form.Encode()))
	return b
}

// upload sends a file with the form that posts to action.
func (b *browser) upload(action, name, content string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for k, v := range b.form(action) {
		_ = m.WriteField(k, v[0])
	}
	f := must(m.CreateFormFile("file", name))
	_ = must(io.WriteString(f, content))
	_ = m.Close()
	b.send(http.MethodPost, action, m.FormDataContentType(), body.Bytes())
	return b
}

func unescape(s string) string {
	return strings.NewReplacer("&amp;", "&", "&#34;", `"`, "&#39;", "'", "&lt;", "<", "&gt;", ">", "&#43;", "+").Replace(s)
}

// read is what can be read on a page.
func read(body string) string {
	if i := strings.Index(body, "<main"); i >= 0 {
		body = body[i:]
	}
	return strings.Join(strings.Fields(unescape(tagPattern.ReplaceAllString(body, " "))), " ")
}

// see fails unless the page answers so and shows the texts.
func (b *browser) see(status int, texts ...string) *browser {
	b.t.Helper()
	shown := read(b.page.body)
	if b.page.status != status {
		b.t.Fatalf("want %d, got %d (to %q): %s", status, b.page.status, b.page.location, shown)
	}
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			b.t.Fatalf("%q is not on the page: %s", text, shown)
		}
	}
	return b
}

func (b *browser) notSee(texts ...string) *browser {
	b.t.Helper()
	for _, text := range texts {
		if strings.Contains(read(b.page.body), text) {
			b.t.Fatalf("%q is on the page: %s", text, read(b.page.body))
		}
	}
	return b
}

// until asks for a page again until it shows a text: what somebody without script
// does with the reload link.
func (b *browser) until(path, text string) *browser {
	b.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if b.get(path); strings.Contains(read(b.page.body), text) {
			return b
		}
	}
	b.t.Fatalf("waited in vain for %q: %s", text, read(b.page.body))
	return nil
}

func at(i registry.Institution, more string) string { return "/institutions/" + i.UID + more }
