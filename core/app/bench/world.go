package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"mektep/core/app"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/profiles"
)

const (
	base     = "bench.localhost"
	slug     = "bench"
	host     = slug + "." + base
	secret   = "the benchmark's own secret, of no use elsewhere"
	login    = "bench"
	password = "seven Grey pigeons 41 wait"
	role     = "tenant_admin" // the one role of every country that sees and imports everywhere
)

// world is a ministry with an administrator who has signed in, in a database of
// its own.
type world struct {
	database
	app      *app.App
	ministry caller.Tenant
	inside   context.Context // a system role acts in the ministry
	profile  *profile.Profile
	country  string

	cookie, token string
}

// largest is the country with most districts.
func largest() string {
	best, most := "", -1
	for _, id := range app.Countries() {
		p, found := profile.Load(profiles.FS, id)
		if len(found) > 0 {
			continue
		}
		if n := len(p.AreasAt(unit.District, now())); n > most {
			best, most = id, n
		}
	}
	return best
}

func newWorld(ctx context.Context, b *build, name string) (*world, error) {
	w := &world{country: largest()}
	var err error
	if w.database, err = b.database(ctx, name, ""); err != nil {
		return nil, err
	}
	// The steps below take codes of three moments; they lie in the past.
	c := &clock.Clock{}
	c.Set(now().Add(-2 * time.Minute))
	w.app, err = app.New(ctx, app.Config{
		DSN: w.service, OwnerDSN: w.owner, MaxConns: 4, URL: "http://" + base, Secrets: []string{secret},
		Files: "file://" + b.dir, Clock: c, Log: slog.New(slog.DiscardHandler), Rate: 20, PerMinistry: 64,
	})
	if err != nil {
		return nil, err
	}
	if err := w.onboard(ctx); err != nil {
		w.app.Close()
		return nil, err
	}
	if err := w.signIn(ctx, c); err != nil {
		w.app.Close()
		return nil, fmt.Errorf("sign in: %w", err)
	}
	return w, nil
}

func (w *world) onboard(ctx context.Context) error {
	p, found := profile.Load(profiles.FS, w.country)
	if err := found.Err(); err != nil {
		return err
	}
	plan := tenant.Plan{Slug: slug, Profile: w.country, Hosts: []string{host}, Name: map[string]string{}, Admins: []tenant.Admin{{Email: "first@bench.example"}}}
	for _, tag := range p.Languages.Official {
		plan.Name[tag] = "Ministry of measurements"
	}
	m, _, err := w.app.Tenants.Onboard(caller.With(ctx, caller.System(caller.Tenant{}, "command", db.NewUID())), plan)
	if err != nil {
		return err
	}
	w.ministry = m.Tenant
	w.inside = caller.With(ctx, caller.System(m.Tenant, "demo", db.NewUID()))
	country, err := w.app.Tenants.Country(w.inside)
	w.profile = country.Profile
	return err
}

// signIn makes the account and obtains a session and a token with all that the
// country demands of it.
func (w *world) signIn(ctx context.Context, c *clock.Clock) error {
	root, err := w.app.Tree.Root(w.inside)
	if err != nil {
		return err
	}
	language := w.profile.Main()
	out, err := w.app.People.Administrator(w.inside, role, root, identity.Person{Family: "Bench", Given: "Mark", Email: "bench@bench.example", Language: language})
	if err != nil {
		return err
	}
	stranger := caller.With(ctx, &caller.Caller{Tenant: w.ministry, RequestID: "bench"})
	invitation := out.Key.Path[strings.LastIndexByte(out.Key.Path, '/')+1:]
	if _, err := w.app.People.Accept(stranger, invitation, identity.Acceptance{Login: login, Password: password, Language: language}); err != nil {
		return err
	}
	attempt := door.Attempt{Login: login, Password: password, Remote: netip.MustParseAddr("127.0.0.1"), UserAgent: "bench"}
	first, err := w.app.People.Door.SignIn(stranger, attempt)
	if err != nil {
		return err
	}
	w.cookie = first.Session.Token
	who, err := w.app.People.Resolve(ctx, w.ministry, w.cookie)
	if err != nil {
		return err
	}
	enrolment, err := w.app.People.Door.BeginSecondFactor(caller.With(ctx, who), password, "bench")
	if err != nil {
		return err
	}
	code, err := totp.GenerateCode(enrolment.Secret, c.Now())
	if err != nil {
		return err
	}
	if _, err := w.app.People.Door.ConfirmSecondFactor(caller.With(ctx, who), enrolment.Ticket, code); err != nil {
		return err
	}
	c.Set(c.Now().Add(time.Minute)) // no code is good twice
	if code, err = totp.GenerateCode(enrolment.Secret, c.Now()); err != nil {
		return err
	}
	w.token, _, err = w.app.People.Door.IssueToken(stranger, door.TokenRequest{Attempt: attempt, Code: code, Name: "bench"})
	return err
}

// serve starts the product on the world's database, as `mektep serve` runs with
// nothing but what it must be told, and no limit on how much one caller may ask.
func (w *world) serve(ctx context.Context, b *build) (*process, error) {
	return b.start(ctx, time.Minute, []string{
		"MEKTEP_DSN=" + w.service, "MEKTEP_SECRET=" + secret, "MEKTEP_URL=http://" + base, "MEKTEP_ADDR={addr}",
		"MEKTEP_FILES=file://" + b.dir, "MEKTEP_RATE=1000000",
	}, host, "/readyz", b.binary, "serve")
}

// entry is one made-up institution.
type entry struct {
	code, name, typ, district string // district: its code
	fields                    map[string]any
}

var (
	firstWords  = []string{"Sunrise", "Cedar", "Poplar", "River", "Mountain", "Spring", "Falcon", "Orchard", "Harvest", "Lantern", "Meadow", "Granite", "Silver", "Amber", "Willow", "Juniper", "Beacon", "Valley", "Garden", "Bridge"}
	secondWords = []string{"North", "South", "Old", "New", "Upper", "Lower", "Central", "Station", "Market", "Lake", "Hill", "Forest", "Harbour", "Mill", "Castle"}
)

// entries makes n institutions as the profile allows them: codes that its
// identifier takes, types that may stand in a district, fields that may be
// imported and are neither free text nor conditional.
func entries(p *profile.Profile, n int) []entry {
	rnd := rand.New(rand.NewPCG(76, 1))
	on := clock.Day(now())
	var types []*profile.Type
	for _, t := range p.TypesAt(on) {
		for _, parent := range p.ParentsOf(t) {
			if parent == unit.District {
				types = append(types, t)
			}
		}
	}
	districts := p.AreasAt(unit.District, on)
	codes := p.Identifier("institution_code")
	out := make([]entry, 0, n)
	for c := 100_000; len(out) < n; c++ {
		code := fmt.Sprint(c)
		if codes != nil && codes.Check(code) != nil {
			if c > 100*n {
				return out // the country's codes are of another kind
			}
			continue
		}
		t := types[rnd.IntN(len(types))]
		e := entry{code: code, typ: t.ID, district: districts[rnd.IntN(len(districts))].Code, fields: fields(p, t, rnd)}
		e.name = fmt.Sprintf("%s %s %s No %d", firstWords[rnd.IntN(len(firstWords))], secondWords[rnd.IntN(len(secondWords))], t.Name[p.Main()], 1+rnd.IntN(90))
		out = append(out, e)
	}
	return out
}

// mostFields bounds the fields of an entry: a national list has a few columns.
const mostFields = 6

// fields fills in what an institution of a type can be said to be.
func fields(p *profile.Profile, t *profile.Type, rnd *rand.Rand) map[string]any {
	on := clock.Day(now())
	out := map[string]any{}
	for _, f := range p.Register(registry.Institutions).FieldsAt(on) {
		if len(out) == mostFields {
			break
		}
		if f.DerivedExpr != "" || f.WhenExpr != "" || f.CheckExpr != "" || f.Unique {
			continue
		}
		switch f.Type.Kind {
		case profile.KindReference:
			if items := p.ItemsAt(f.Type.Target, on); len(items) > 0 {
				out[f.ID] = items[rnd.IntN(len(items))].Code
			}
		case profile.KindInt, profile.KindYear:
			least := 1.0
			if f.Min != nil {
				least = *f.Min
			}
			most := least + 500
			if f.Max != nil {
				most = min(most, *f.Max)
			}
			out[f.ID] = int64(least) + rnd.Int64N(int64(most-least)+1)
		}
	}
	values, faults := p.ValidateRecord(registry.Institutions, with(out, t.ID), on)
	for _, f := range faults { // a field that this type does not have, or that depends on another
		delete(values, f.Name)
	}
	return values
}

func with(fields map[string]any, typ string) map[string]any {
	r := map[string]any{"type": typ, "level": unit.District}
	for k, v := range fields {
		r[k] = v
	}
	return r
}

// seed enters the entries past the register's door: how they come in is another
// section's matter.
func (w *world) seed(ctx context.Context, all []entry) error {
	districts := map[string]*unit.Unit{}
	territory, err := w.app.Tree.Territory(w.inside)
	if err != nil {
		return err
	}
	for i := range territory {
		if territory[i].Level == unit.District {
			districts[territory[i].Code] = &territory[i]
		}
	}
	since := clock.Day(now()).AddDate(-1, 0, 0)
	err = w.app.DB.Tenant(w.inside, func(ctx context.Context, tx *db.Tx) error {
		news := make([]unit.New, 0, len(all))
		kept := make([]string, 0, len(all))
		for _, e := range all {
			d := districts[e.district]
			if d == nil {
				return fmt.Errorf("the territory has no district %s", e.district)
			}
			news = append(news, unit.New{
				Parent: d, Level: unit.Institution, Type: e.typ, Name: map[string]string{w.profile.Main(): e.name}, Code: e.code, Since: latest(since, d.Since),
			})
			kept = append(kept, jsonOf(e.fields))
		}
		units, err := w.app.Tree.CreateMany(ctx, news)
		if err != nil {
			return err
		}
		_, err = tx.InsertMany(ctx, "institution", []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "id", Type: "bigint"}, {Name: "fields", Type: "jsonb"}},
			len(units), "", func(i int, dst []any) { dst[0], dst[1], dst[2] = tx.Tenant(), units[i].ID, kept[i] })
		return err
	})
	if err != nil {
		return err
	}
	return execute(ctx, w.super, "VACUUM (ANALYZE)") // as a server's autovacuum does in its first minutes
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
