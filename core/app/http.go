package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v2/middleware/compress"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mektep/core/api"
	"mektep/core/caller"
	"mektep/core/edge"
	"mektep/core/web"
	"mektep/core/web/assets"
	trail "mektep/core/web/audit"
	"mektep/core/web/home"
	"mektep/core/web/institutions"
	"mektep/core/web/me"
	"mektep/core/web/operator"
	"mektep/core/web/people"
	"mektep/core/web/screen"
	"mektep/core/web/signin"
	"mektep/core/web/year"
)

// http assembles the HTTP application: what machines ask first, then the API,
// then the screens.
func (a *App) http() (*fiber.App, error) {
	bundle, err := assets.Open()
	if err != nil {
		return nil, err
	}
	e := edge.New(edge.Config{
		BaseHost: a.base.Hostname(), Secure: a.base.Scheme == "https", Proxies: a.Config.Proxies,
		Uploads: []string{institutions.Upload, api.Prefix + "/imports"},
		Timeout: a.Config.Limit, PerSecond: a.Config.Rate, Burst: int(3 * a.Config.Rate), PerMinistry: a.Config.PerMinistry,
		Secret: []byte(a.Config.Secrets[0]), Log: a.Log, Clock: a.Clock,
	}, a.DB, a.Tenants, sessions{a}, a.Words, a.watch.seen)
	base := &screen.Base{
		Edge: e, Gate: a.Gate, Tenants: a.Tenants, Assets: bundle, Clock: a.Clock, Version: Version, Unread: a.Notify.Unread, Speak: a.speak,
	}
	if a.Config.Demo {
		base.Notice = "platform.demo"
	}
	app := e.App(base.Fault)
	app.Use(compress.New(compress.Config{Level: compress.LevelBestSpeed}))
	a.machines(app)
	api.Mount(app, e, api.Deps{
		Gate: a.Gate, Clock: a.Clock, Tenants: a.Tenants, Tree: a.Tree, Registry: a.Registry, Transfer: a.Transfer, People: a.People,
		Approvals: a.Approvals, Calendar: a.Calendar, Consent: a.Consent, Trail: a.Trail, Notify: a.Notify, Jobs: a.Jobs, Files: a.Files, Version: Version,
	})
	web.Mount(app, base, a.screens(base)...)
	return app, nil
}

// speak keeps the language that somebody chose.
func (a *App) speak(ctx context.Context, tag string) error {
	if caller.From(ctx).Operator {
		return a.Operators.SetLanguage(ctx, tag)
	}
	return a.People.SetLanguage(ctx, tag)
}

// screens are the route tables of all subjects.
func (a *App) screens(b *screen.Base) [][]screen.Route {
	own := me.Services{Identity: a.People, Consent: a.Consent, Inbox: a.Notify}
	return [][]screen.Route{
		signin.Routes(b, own),
		operator.Routes(b, operator.Services{Operators: a.Operators}),
		me.Routes(b, own),
		home.Routes(b, home.Services{
			Identity: a.People, Calendar: a.Calendar, Registry: a.Registry, Notify: a.Notify, Trail: a.Trail, Tree: a.Tree, Due: own.Due, Approvals: a.Approvals.Decidable, Offers: a.Approvals.Offers,
		}),
		people.Routes(b, people.Services{Identity: a.People, Tree: a.Tree, Consent: a.Consent, Trail: a.Trail, Approvals: a.Approvals, Detail: year.Detail(a.Calendar)}),
		year.Routes(b, a.Calendar),
		trail.Routes(b, trail.Services{Trail: a.Trail, Jobs: a.Jobs, Identity: a.People, Tree: a.Tree}),
		institutions.Routes(b, institutions.Services{
			DB: a.DB, Registry: a.Registry, Transfer: a.Transfer, Tree: a.Tree, Calendar: a.Calendar, Identity: a.People, Jobs: a.Jobs,
		}),
	}
}

// machines adds what load balancers, monitors and scripts ask, on every host.
func (a *App) machines(app *fiber.App) {
	app.Get("/healthz", func(c *fiber.Ctx) error { return c.SendString("ok\n") })
	app.Get("/readyz", func(c *fiber.Ctx) error {
		why := a.unready(c.UserContext())
		var closed map[string]int
		if why == "" {
			var err error
			if closed, err = a.Tenants.Closed(c.UserContext()); err != nil {
				why = "the database does not answer"
			}
		}
		a.sayReady(why)
		if why != "" {
			c.Set(fiber.HeaderRetryAfter, "5")
			return c.Status(fiber.StatusServiceUnavailable).SendString(why + "\n")
		}
		return c.SendString("ready\n" + closedLines(closed))
	})
	app.Get("/version", func(c *fiber.Ctx) error {
		return c.JSON(fiber.Map{"version": Version, "profiles": a.profileVersions(), "laws": a.lawHashes()})
	})
	metrics := adaptor.HTTPHandler(promhttp.HandlerFor(a.watch.registry, promhttp.HandlerOpts{}))
	app.Get("/metrics", func(c *fiber.Ctx) error {
		// Numbers are for the machine's own monitor, not for the street.
		remote, err := netip.ParseAddr(c.Context().RemoteIP().String())
		if err != nil || !remote.IsLoopback() || passedOn(c) {
			return fiber.ErrNotFound
		}
		return metrics(c)
	})
}

// passedOn reports whether a proxy, which may stand on the same machine, says that it
// asks for somebody else.
func passedOn(c *fiber.Ctx) bool {
	return slices.ContainsFunc([]string{
		fiber.HeaderXForwardedFor, fiber.HeaderXForwardedProto, fiber.HeaderForwarded, fiber.HeaderVia, "X-Real-IP",
	}, func(h string) bool { return c.Get(h) != "" })
}

func (a *App) profileVersions() map[string]string {
	v := map[string]string{}
	for _, l := range a.countries.Laws() {
		if l.InForce {
			v[l.ID] = l.Version
		}
	}
	return v
}

// lawHashes names the content of profile and policy in force, by country.
func (a *App) lawHashes() map[string]fiber.Map {
	v := map[string]fiber.Map{}
	for _, l := range a.countries.Laws() {
		if l.InForce {
			v[l.ID] = fiber.Map{"profile": l.Profile, "policy": l.Policy}
		}
	}
	return v
}

// closedLines says which countries' ministries are closed, and how many they are.
func closedLines(closed map[string]int) string {
	out := ""
	for _, id := range slices.Sorted(maps.Keys(closed)) {
		out += fmt.Sprintf("closed: %s (%d): profile or policy does not pass, see the operators' console\n", id, closed[id])
	}
	return out
}

// sessions finds who stands behind a cookie or token: people of a ministry on its
// hosts, operators on the platform's own domain.
type sessions struct{ a *App }

// Session resolves a session cookie.
func (s sessions) Session(ctx context.Context, token string) (*caller.Caller, error) {
	if c := caller.From(ctx); c.Tenant.ID != 0 {
		return s.a.People.Resolve(ctx, c.Tenant, token)
	}
	return s.a.Operators.Resolve(ctx, token)
}

// Token resolves an API token; the platform's own domain has none.
func (s sessions) Token(ctx context.Context, token string) (*caller.Caller, error) {
	return s.a.People.ResolveToken(ctx, caller.From(ctx).Tenant, token)
}

// listen opens the address, or says in a sentence why it cannot.
func listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program: stop it, or choose another address with --addr", addr)
	}
	return l, err
}
