package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/calendar"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/consent"
	"mektep/core/db"
	"mektep/core/exchange/xlsx"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/registry"
	"mektep/core/tenant"
	"mektep/core/transfer"
	"mektep/core/unit"
	"mektep/migrations"
)

// App is a running installation: its services and its HTTP application.
type App struct {
	Config    Config
	Log       *slog.Logger
	Clock     *clock.Clock
	DB        *db.DB
	Words     *locale.Bundle
	Trail     *audit.Trail
	Gate      *gate.Gate
	Tree      *unit.Tree
	Tenants   *tenant.Service
	Notify    *notify.Service
	Approvals *approval.Service
	People    *identity.Service
	Operators *identity.Operators
	Calendar  *calendar.Service
	Consent   *consent.Service
	Registry  *registry.Service
	Transfer  *transfer.Service
	Jobs      *jobs.Jobs
	Files     *jobs.Files
	HTTP      *fiber.App

	base      *url.URL
	countries *countries
	unknown   atomic.Pointer[map[string][]string] // by country: see compare
	spoken    wordsRead
	reload    sync.Mutex // one reading of the files at a time
	heads     *audit.Heads
	watch     *watch
	checked   struct { // when the schema was compared last, and what came of it
		sync.Mutex
		at  time.Time
		err error
	}
	readiness struct { // as /readyz said last
		sync.Mutex
		why string
	}
	ready chan struct{} // closed when the server answers
	post  postman
}

// New opens the database and ties the parts together. Nothing listens and no job
// runs until Run.
func New(ctx context.Context, cfg Config) (*App, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	a := &App{Config: cfg, Log: cfg.logger(), Clock: cfg.Clock, watch: newWatch(), ready: make(chan struct{}), post: make(postman, 1)}
	if a.Clock == nil {
		a.Clock = &clock.Clock{}
	}
	var err error
	if a.base, err = url.Parse(cfg.URL); err != nil {
		return nil, err
	}
	a.countries = &countries{judged: cfg.Judged, clock: a.Clock}
	if cfg.Judged == nil {
		a.countries.judged = NewJudged()
	}
	if err = a.governed(ctx, true); err != nil {
		return nil, err
	}
	if err := a.patiently(ctx, a.open); err != nil {
		return nil, err
	}
	if err := a.patiently(ctx, a.belong); err != nil {
		a.Close()
		return nil, err
	}
	if err := a.services(ctx); err != nil {
		a.Close()
		return nil, err
	}
	if a.HTTP, err = a.http(); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	placements := a.Config.placements()
	var err error
	a.DB, err = db.Open(ctx, db.Config{
		ServiceDSN: a.Config.DSN, OwnerDSN: a.Config.OwnerDSN, MaxConns: a.Config.MaxConns,
		Pooler: a.Config.Pooler, ListenDSN: a.Config.ListenDSN, Log: a.Log,
		Migrations: migrations.FS,
		Placements: func(_ context.Context, name string) (string, error) {
			if dsn, ok := placements[name]; ok {
				return dsn, nil
			}
			return "", fmt.Errorf("no database is named %q in MEKTEP_PLACEMENTS", name)
		},
	})
	return err
}

func (a *App) services(ctx context.Context) error {
	var err error
	if a.Trail, err = audit.New(a.DB, a.Clock, a.Config.secrets()...); err != nil {
		return err
	}
	a.Trail.Govern(a.stamp)
	a.Tree = unit.NewTree(a.DB, a.Clock, func(ctx context.Context) string { return a.Tenants.Language(ctx) })
	a.Tenants = tenant.New(a.DB, a.Clock, a.Tree, a.countries)
	a.Gate = gate.New(a.DB, a.Clock, a.Trail, func(ctx context.Context) (gate.Ministry, error) { return a.Calendar.Ministry(ctx) })
	a.Notify, err = notify.New(a.DB, notify.Config{
		Locales: a.Words, SMTP: a.Config.smtp(), Recipients: identity.Recipients,
		Head: a.head, URL: a.link, Clock: a.Clock, Log: a.Log,
		Language: func(ctx context.Context) string { return a.Tenants.Language(ctx) },
		Ended: func(ctx context.Context, tx *db.Tx, operator int64, s notify.State) error {
			return a.Operators.Told(ctx, tx, operator, s)
		},
		Queued: func(ctx context.Context, tx *db.Tx) error {
			if tx.Tenant() == 0 { // to an operator: jobs are ministries'
				db.AfterCommit(ctx, a.post.wake)
				return nil
			}
			_, err := a.Jobs.Enqueue(ctx, tx, jobMail, nil)
			return err
		},
	})
	if err != nil {
		return err
	}
	a.Approvals = approval.New(approval.Config{DB: a.DB, Clock: a.Clock, Gate: a.Gate, Trail: a.Trail, Notify: a.Notify})
	a.People, err = identity.New(identity.Config{
		DB: a.DB, Clock: a.Clock, Gate: a.Gate, Tree: a.Tree, Trail: a.Trail, Notify: a.Notify, Approvals: a.Approvals,
		URL: a.link, Secrets: a.Config.secrets(), Log: a.Log, Hashing: a.Config.Hashing,
		Later: func(ctx context.Context, tx *db.Tx, f identity.Forgotten) error {
			asker := caller.From(ctx)
			_, err := a.Jobs.Enqueue(caller.With(ctx, caller.System(asker.Tenant, jobForgotten, asker.RequestID)), tx, jobForgotten, f)
			return err
		},
	})
	if err != nil {
		return err
	}
	if a.Operators, err = identity.NewOperators(identity.OperatorsConfig{DB: a.DB, Clock: a.Clock, Secrets: a.Config.secrets(), Hashing: a.Config.Hashing}); err != nil {
		return err
	}
	a.Operators.Write(a.Notify)
	for name, d := range map[string]*door.Door{"ministry": a.People.Door, "platform": a.Operators.Door} {
		d.Refused(func(why string) { a.watch.refused.WithLabelValues(name, why).Inc() })
	}
	a.watch.registry.MustRegister(figures{a})
	a.Tree.OnMove(unit.Carry(approval.Table, "unit_path"))
	a.Calendar = calendar.New(a.DB, a.Clock, a.Gate, a.Trail, a.Tree)
	a.Calendar.Over(a.Tenants.Country)
	a.Calendar.Second(a.Approvals)
	a.Consent = consent.New(a.DB, a.Clock, a.Gate, a.Trail)
	a.Registry = registry.New(a.DB, a.Clock, a.Gate, a.Trail, a.Tree)
	a.Registry.Second(a.Approvals)
	a.Registry.OnTurn(a.Calendar.Turned)
	a.Gate.Set(gate.Checks{Open: a.open4writes, BeforeUse: a.beforeUse, Window: a.Calendar.Check, Retyped: a.People.Retyped, Moved: a.People.Moved, Posts: a.People.Posts, PostsEnd: a.People.PostsEnd, PostsBack: a.People.PostsBack, Seat: a.Tree.Seat, Way: a.Tree.Way, Whom: identity.Whom, Vacant: a.People.Vacant})
	a.Tenants.Use(tenant.Wiring{
		People: a.People, Approvals: a.Approvals, Gate: a.Gate, Trail: a.Trail, Letters: a.Notify, Link: a.link, Base: a.base.Hostname(),
		Wake: a.wake, Laws: a.laws,
	})
	if err := a.files(ctx); err != nil {
		return err
	}
	if err := a.jobs(ctx); err != nil {
		return err
	}
	a.Transfer = registry.NewTransfer(a.Registry, transfer.Config{Jobs: a.Jobs, Files: a.Files, Words: a.Words, Formats: xlsx.Formats(), Notify: a.Notify})
	return nil
}

// wake has a ministry's waiting runs look at once; where they can't be told, within a minute.
func (a *App) wake(ctx context.Context) {
	if err := a.Jobs.Wake(ctx); err != nil {
		a.Log.Warn("waiting runs could not be woken: they look again by themselves", "ministry", caller.From(ctx).Tenant.Slug, "error", db.Discreet(err))
	}
}

// open4writes refuses writes in a ministry that is suspended.
func (a *App) open4writes(ctx context.Context) error {
	m, err := a.Tenants.ByID(ctx, db.TenantOf(ctx))
	if err != nil {
		return err
	}
	return m.Open()
}

func (a *App) beforeUse(ctx context.Context, c *caller.Caller, as caller.Assignment, demand string) error {
	if err := a.People.BeforeUse(ctx, c, as, demand); err != nil {
		return err
	}
	return a.Consent.BeforeUse(ctx, c, as, demand)
}

// link is the address of a screen in the ministry that acts in ctx, on the host name that
// the ministry has for its letters, or on the platform's own domain: also where that can't
// be told, since a link that leads nowhere gives nobody a key.
func (a *App) link(ctx context.Context, path string) string {
	u := *a.base
	u.Path = ""
	if c := caller.From(ctx); c != nil && c.Tenant.ID != 0 {
		if host, err := a.Tenants.LettersHost(ctx); err == nil {
			u.Host = host
			if port := a.base.Port(); port != "" {
				u.Host += ":" + port
			}
		}
	}
	return strings.TrimSuffix(u.String(), "/") + path
}

func (a *App) files(ctx context.Context) error {
	where := a.Config.Files
	if where == "" {
		dir := filepath.Join(os.TempDir(), "mektep-files")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		where = "file://" + dir
	}
	var err error
	if a.Files, err = jobs.OpenFiles(ctx, inPlace(where)); err != nil {
		return err
	}
	heads, folder := a.Config.AuditHeads, ""
	if heads == "" {
		heads, folder = where, "audit-heads"
	}
	if a.heads, err = audit.OpenHeads(ctx, inPlace(heads), folder); err == nil {
		a.Trail.Keep(a.heads)
	}
	return err
}

// Close ends what New opened.
func (a *App) Close() {
	if a.Files != nil {
		_ = a.Files.Close()
	}
	if a.heads != nil {
		_ = a.heads.Close()
	}
	if a.DB != nil {
		a.DB.Close()
	}
}

// Run listens, works jobs and answers until ctx ends, then takes nothing new and
// brings open requests and running jobs to their end.
func (a *App) Run(ctx context.Context) error {
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	listener, err := listen(a.Config.Addr)
	if err != nil {
		return err
	}
	hangUps := make(chan os.Signal, 1) // from here on: before anybody is told that this runs
	signal.Notify(hangUps, syscall.SIGHUP)
	defer signal.Stop(hangUps)
	a.DB.Listen(background)
	if err := a.Jobs.Start(background); err != nil {
		return errors.Join(err, listener.Close())
	}
	var beside sync.WaitGroup
	defer beside.Wait()
	defer stop()
	beside.Go(func() {
		a.Trail.KeepOperatorsSealed(a.command(background), time.Minute, func(err error) {
			a.Log.Error("what operators did could not be sealed", "error", db.Discreet(err))
		})
	})
	beside.Go(func() {
		a.Trail.KeepHeads(a.command(background), time.Hour, a.everyTenant, func(err error) {
			a.Log.Error("the ends of the audit trails could not be written down", "error", db.Discreet(err))
		})
	})
	beside.Go(func() { a.writeToOperators(a.command(background)) })
	beside.Go(func() {
		if err := a.compare(a.command(background)); err != nil && background.Err() == nil {
			a.Log.Error("profiles could not be compared with what ministries have", "error", db.Discreet(err))
		}
	})
	if err := a.Tenants.Continue(a.command(background)); err != nil {
		a.Log.Error("an onboarding could not be carried on", "error", err.Error())
	}
	failed := make(chan error, 1)
	go func() { failed <- a.HTTP.Listener(listener) }()
	a.Log.Info("ready", "addr", listener.Addr().String(), "version", Version)
	close(a.ready)
	go giveBack(background, restAfter, littleIs)
	reading, unread := context.WithCancel(ctx) // nobody needs new files any more once the end is asked for
	defer unread()
	beside.Go(func() { a.reloading(reading, hangUps) })
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	return errors.Join(err, a.end(context.WithoutCancel(ctx)))
}

// patience is what requests and jobs are each given to end in.
const patience = 30 * time.Second

// end stops requests and jobs side by side, each in its own time: a client that
// sends a byte a second must not cost a run its grace.
func (a *App) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	jobs := make(chan error, 1)
	go func() { jobs <- a.Jobs.Stop(ctx) }()
	return errors.Join(a.HTTP.ShutdownWithContext(ctx), <-jobs)
}

// reloading reads profiles, policies and language files anew at every SIGHUP.
func (a *App) reloading(ctx context.Context, asked <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			if err := a.Reload(ctx); err != nil && ctx.Err() == nil {
				a.Log.Error("the files could not be read anew: what was in force stays so", "error", err.Error())
			}
		}
	}
}

// Reload reads profiles, policies and language files anew. What passes is in force from
// the next request on; where something does not, the last good stays, country by country.
func (a *App) Reload(ctx context.Context) error {
	a.reload.Lock()
	defer a.reload.Unlock()
	closed := map[string]bool{}
	for _, l := range a.countries.Laws() {
		closed[l.ID] = !l.InForce
	}
	if err := a.governed(ctx, false); err != nil {
		return err
	}
	var errs []error
	for _, id := range a.countries.IDs() {
		if closed[id] {
			errs = append(errs, a.Tenants.Reopened(a.command(ctx), id))
		}
	}
	errs = append(errs, a.compare(a.command(ctx)))
	return errors.Join(errs...)
}

// Ready is closed when the server answers.
func (a *App) Ready() <-chan struct{} { return a.ready }

// command returns a context in which the command line acts on the platform.
func (a *App) command(ctx context.Context) context.Context {
	return caller.With(ctx, caller.System(caller.Tenant{}, "command", db.NewUID()))
}
