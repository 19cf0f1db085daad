// Package webtest is a small ministry with screens over it, for tests of screens:
// real profile, policy and PostgreSQL, real people who have accepted and signed;
// only the way in is short. It asks the fiber application itself, without a port.
package webtest

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/consent"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/gate/gatetest"
	"mektep/core/identity"
	"mektep/core/identity/door/doortest"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/notify/peer"
	"mektep/core/policy"
	"mektep/core/profile"
	"mektep/core/record/boats"
	"mektep/core/registry"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/core/web"
	"mektep/core/web/assets"
	"mektep/core/web/screen"
)

// Password is everybody's.
const Password = "kara-suu boyunda 7 terek"

// World is a ministry with a region, two districts and an institution in each.
type World struct {
	T         testing.TB
	DB        *db.DB
	Clock     *clock.Clock
	Words     *locale.Bundle
	Profile   *profile.Profile
	Policy    *policy.Snapshot
	Gate      *gate.Gate
	Trail     *audit.Trail
	Tree      *unit.Tree
	Jobs      *jobs.Jobs // not started: who needs what it does starts it
	Tenants   *tenant.Service
	Identity  *identity.Service
	Consent   *consent.Service
	Calendar  *calendar.Service
	Registry  *registry.Service
	Notify    *notify.Service
	Approvals *approval.Service
	Base      *screen.Base
	Host      string
	Ctx       context.Context // acts as the system role "test"

	Language string // that everybody who signs in reads; "en"

	Root, Region, Here, There, School, Elsewhere unit.Unit

	edge    *edge.Edge
	app     *fiber.App
	persons int
	tried   map[string]bool // addresses to which forms were sent that are refused
	sent    int             // forms that had no key of their own
}

// New returns a world with the country profile id, at nine o'clock on 2 March 2026.
// typ is the type of its two institutions.
func New(t testing.TB, id, typ string) *World {
	t.Helper()
	return Of(t, gatetest.Country(t, id), typ)
}

// Of is New with a country that was made for tests.
func Of(t testing.TB, m gate.Ministry, typ string) *World {
	t.Helper()
	id := m.Profile.ID
	w := &World{T: t, Language: "en", DB: dbtest.New(t), Clock: &clock.Clock{}, tried: map[string]bool{}, Host: id + ".localhost"}
	w.Clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	dbtest.Forgetful(t, w.DB)
	w.guard()
	w.Ctx = dbtest.Tenant(t, w.DB, id, id)
	w.Profile, w.Policy = m.Profile, m.Policy
	w.found(m.Profile)
	w.services(country{m})
	w.Root = w.unit(nil, unit.Ministry, "", "Ministry")
	w.Region = w.unit(&w.Root, unit.Region, "02", "Region")
	w.Here = w.unit(&w.Region, unit.District, "0201", "Hither")
	w.There = w.unit(&w.Region, unit.District, "0202", "Yonder")
	w.School = w.institution(w.Here, typ, w.code("100001", 0), "Hither School")
	w.Elsewhere = w.institution(w.There, typ, w.code("100002", 1), "Yonder School")
	return w
}

type country struct{ m gate.Ministry }

func (c country) Country(id string) (gate.Ministry, bool) { return c.m, id == c.m.Profile.ID }
func (c country) IDs() []string                           { return []string{c.m.Profile.ID} }

// found gives the ministry its name, host and time zone.
func (w *World) found(p *profile.Profile) {
	w.T.Helper()
	err := w.DB.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		id := db.TenantOf(w.Ctx)
		if _, err := tx.PGX().Exec(ctx, `UPDATE platform.tenant SET name = $2, zone = $3 WHERE id = $1`, id, map[string]string(p.Ministry), p.TimeZone); err != nil {
			return err
		}
		_, err := tx.PGX().Exec(ctx, `INSERT INTO platform.tenant_host (host, tenant_id) VALUES ($1, $2)`, w.Host, id)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

func (w *World) services(c country) {
	w.T.Helper()
	secret := []byte("an installation's secret of tests")
	w.Trail = Must(audit.New(w.DB, w.Clock, secret))
	w.Tree = unit.NewTree(w.DB, w.Clock, func(ctx context.Context) string { return w.Tenants.Language(ctx) })
	w.Tenants = tenant.New(w.DB, w.Clock, w.Tree, c)
	w.Gate = gate.New(w.DB, w.Clock, w.Trail, func(ctx context.Context) (gate.Ministry, error) { return w.Calendar.Ministry(ctx) })
	w.Words = gatetest.Words(w.T, boats.Words)
	w.post()
	w.Approvals = approval.New(approval.Config{DB: w.DB, Clock: w.Clock, Gate: w.Gate, Trail: w.Trail, Notify: w.Notify})
	w.Identity = Must(identity.New(identity.Config{
		DB: w.DB, Clock: w.Clock, Gate: w.Gate, Tree: w.Tree, Trail: w.Trail, Notify: w.Notify, Hashing: doortest.Hashing(), Secrets: [][]byte{secret}, Approvals: w.Approvals,
		URL: w.link, Later: func(ctx context.Context, tx *db.Tx, f identity.Forgotten) error {
			return w.Identity.AnswerForgotten(ctx, f)
		},
	}))
	w.Consent = consent.New(w.DB, w.Clock, w.Gate, w.Trail)
	w.Calendar = calendar.New(w.DB, w.Clock, w.Gate, w.Trail, w.Tree)
	w.Calendar.Over(w.Tenants.Country)
	w.Calendar.Second(w.Approvals)
	w.Registry = registry.New(w.DB, w.Clock, w.Gate, w.Trail, w.Tree)
	w.Registry.Second(w.Approvals)
	w.Registry.OnTurn(w.Calendar.Turned)
	w.Gate.Set(gate.Checks{
		BeforeUse: func(ctx context.Context, c *caller.Caller, a caller.Assignment, demand string) error {
			if err := w.Identity.BeforeUse(ctx, c, a, demand); err != nil {
				return err
			}
			return w.Consent.BeforeUse(ctx, c, a, demand)
		},
		Window: w.Calendar.Check, Retyped: w.Identity.Retyped, Moved: w.Identity.Moved, Posts: w.Identity.Posts, PostsEnd: w.Identity.PostsEnd, PostsBack: w.Identity.PostsBack, Seat: w.Tree.Seat, Way: w.Tree.Way, Whom: identity.Whom, Vacant: w.Identity.Vacant,
	})
	w.Tenants.Use(tenant.Wiring{People: w.Identity, Approvals: w.Approvals, Gate: w.Gate, Trail: w.Trail})
	w.edge = edge.New(edge.Config{
		BaseHost: "localhost", Secret: secret, Clock: w.Clock, PerSecond: 10_000, Burst: 10_000, Log: slog.New(slog.DiscardHandler),
	}, w.DB, w.Tenants, sessions{w}, w.Words, nil)
	w.Base = &screen.Base{
		Edge: w.edge, Gate: w.Gate, Tenants: w.Tenants, Assets: Must(assets.Open()), Clock: w.Clock, Version: "test", Unread: w.Notify.Unread,
	}
}

// post is mail as an installation has it: a server, here one that keeps what it is
// given, and a queue that carries it, which no test need run to see what waits.
func (w *World) post() {
	w.T.Helper()
	server := Must(peer.Start(peer.Config{}))
	w.T.Cleanup(server.Close)
	w.Jobs = Must(jobs.New(context.Background(), w.DB, jobs.Config{
		Active: func(context.Context, int32) (caller.Tenant, error) { return caller.From(w.Ctx).Tenant, nil },
		Resolve: func(ctx context.Context, t caller.Tenant, account int64) (*caller.Caller, error) {
			return w.Identity.ResolveAccount(ctx, t, account)
		},
		Tenants: func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{caller.From(w.Ctx).Tenant}, nil },
		Clock:   w.Clock, Log: slog.New(slog.DiscardHandler),
	}))
	w.Jobs.Register(notify.Postman, func(ctx context.Context, _ *jobs.Run) error { return w.Notify.Drain(ctx) })
	w.Notify = Must(notify.New(w.DB, notify.Config{
		Locales: w.Words, Clock: w.Clock, Recipients: identity.Recipients, URL: w.link,
		SMTP: notify.SMTP{Host: "127.0.0.1", Port: server.Port(), Security: notify.NoTLS, From: "noreply@mektep.test"},
		Queued: func(ctx context.Context, tx *db.Tx) error {
			_, err := w.Jobs.Enqueue(ctx, tx, notify.Postman, nil)
			return err
		},
	}))
}

func (w *World) link(_ context.Context, path string) string { return "http://" + w.Host + path }

// Nobody is a context of the ministry in which nobody has signed in.
func (w *World) Nobody() context.Context {
	return caller.With(context.Background(), &caller.Caller{Tenant: caller.From(w.Ctx).Tenant})
}

// Count counts rows of the ministry: "table" or "table WHERE tenant_id = $1 AND …".
func (w *World) Count(rows string) (n int) {
	w.T.Helper()
	if !strings.Contains(rows, "WHERE") {
		rows += " WHERE tenant_id = $1"
	}
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM "+rows, tx.Tenant()).Scan(&n)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}

// Secret is the one-time secret at the end of a link.
func Secret(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// sessions take the number of an account for a session's token: the way in has
// tests of its own.
type sessions struct{ w *World }

// Session resolves "account.session".
func (s sessions) Session(ctx context.Context, token string) (*caller.Caller, error) {
	account, session, _ := strings.Cut(token, ".")
	id, err := strconv.ParseInt(account, 10, 64)
	if err != nil {
		return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	c, err := s.w.Identity.ResolveAccount(ctx, caller.From(ctx).Tenant, id)
	if err != nil {
		return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	c.Session, c.SecondFactor, c.Language = session, true, s.w.Language
	return c, nil
}

// Token knows none.
func (s sessions) Token(context.Context, string) (*caller.Caller, error) {
	return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
}

// Mount puts screens over the world.
func (w *World) Mount(tables ...[]screen.Route) {
	w.app = w.edge.App(w.Base.Fault)
	web.Mount(w.app, w.Base, Refusable(tables...)...)
}

func (w *World) unit(parent *unit.Unit, level, code, name string) unit.Unit {
	w.T.Helper()
	u, err := w.Tree.Create(w.Ctx, unit.New{
		Parent: parent, Level: level, Code: code, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Name: w.names(name),
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return u
}

func (w *World) names(name string) map[string]string {
	names := map[string]string{}
	for _, tag := range w.Profile.Languages.Offered {
		names[tag] = name
	}
	return names
}

func (w *World) institution(parent unit.Unit, typ, code, name string) unit.Unit {
	w.T.Helper()
	i, err := w.Registry.Create(w.Ctx, registry.Entry{
		SameName: true,
		Parent:   parent.UID, Type: typ, Name: w.names(name), Code: code, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC),
		Order:  audit.Order{Number: "1", Date: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)},
		Fields: map[string]any{"ownership": w.Profile.ItemsAt("ownership", w.Clock.Now())[0].Code},
	})
	if err != nil {
		w.T.Fatalf("institution: %v %v", err, fault.From(err).Fields)
	}
	return i.Unit
}

// code is the usual code of an institution, or an example of the country's where it is none there.
func (w *World) code(usual string, n int) string {
	if id := w.Profile.Identifier("institution_code"); id != nil && id.Check(usual) != nil && n < len(id.Valid) {
		return id.Valid[n]
	}
	return usual
}

// Directorate adds a directorate of the ministry by its id in the profile.
func (w *World) Directorate(id string) unit.Unit {
	return w.unit(&w.Root, unit.Directorate, id, "Directorate "+id)
}

var (
	tags  = regexp.MustCompile(`(?s)<(script|style|svg)[^>]*>.*?</(script|style|svg)>|<[^>]+>`)
	forms = regexp.MustCompile(`(?s)<form[^>]*?method="post"[^>]*>.*?</form>`)
	input = regexp.MustCompile(`(?s)<input[^>]*type="hidden"[^>]*>`)
	box   = regexp.MustCompile(`(?s)<input[^>]*type="checkbox"[^>]*>`)
	attrs = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

// Must returns the value of a call that succeeds wherever it is not what is tested.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Mark is what answers the question that a refusal asks; empty: it asks none.
func Mark(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		for _, x := range f.Fields {
			if mark, ok := x.Args[fault.MarkArg].(string); ok {
				return mark
			}
		}
	}
	return ""
}

// Read is the mark of what a request tells somebody who may decide it; empty: it is not shown to them.
func (w *World) Read(ctx context.Context, uid string) string {
	r, err := w.Approvals.Get(ctx, uid)
	if err != nil {
		return ""
	}
	return r.Read
}

// Agree is the yes of somebody who has read a request.
func (w *World) Agree(ctx context.Context, uid string) (approval.Done, error) {
	return w.Approvals.Approve(ctx, uid, w.Read(ctx, uid))
}

// Cosign is the yes of an operator who has read a request.
func (w *World) Cosign(ctx context.Context, uid, operator string) (approval.Done, error) {
	all, _ := w.Approvals.ForOperator(approval.ByOperator(ctx, operator)) // who may not read it is refused below
	read := ""
	for _, r := range all {
		if r.UID == uid {
			read = r.Read
		}
	}
	return w.Approvals.Cosign(ctx, uid, operator, read)
}

// Appointed gives a post; where one person holds it already, it is said that there are to be two.
func (w *World) Appointed(ctx context.Context, n identity.NewAppointment) (identity.Appointed, error) {
	out, err := w.Identity.Appoint(ctx, n)
	if mark := Mark(err); mark != "" {
		n.SecondHolder = mark
		return w.Identity.Appoint(ctx, n)
	}
	return out, err
}

// Must2 is Must for a call that returns a second value nobody needs.
func Must2[T, U any](v T, _ U, err error) T { return Must(v, err) }
