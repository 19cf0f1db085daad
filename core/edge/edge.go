// Package edge is what happens to every request before a handler sees it and
// after it has answered, for screens and API alike: which ministry the host
// names, who the caller is, which language they read, how much they may ask for,
// and how a fault becomes a status.
//
// Like screens and API it knows fiber; nothing below it does. Strings of a
// request are copied (fiber's Immutable), and what goes downwards is always the
// UserContext.
package edge

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/once"
	"mektep/core/tenant"
)

// Config is what the edge is told while wiring.
type Config struct {
	BaseHost string // the platform's own domain: landing page, operators' console
	Secure   bool   // the site is reached by https: cookies say so, HSTS is sent
	Proxies  []string
	// Proxies are the addresses of reverse proxies whose X-Forwarded-… headers are
	// believed; without any, none is.

	Timeout     time.Duration // of a request; 0 means 30 s
	BodyLimit   int           // of a file, in bytes; 0 means 32 MiB. Elsewhere than at Uploads 1 MiB
	Uploads     []string      // paths to which files are sent
	PerSecond   float64       // requests a second and caller; 0 means 20
	Burst       int           // 0 means 60
	PerMinistry int           // requests of one ministry at the same time; 0 means 64

	Secret []byte // keys of cookies and form tokens are derived from it
	Log    *slog.Logger
	Clock  *clock.Clock
}

// Sessions finds who stands behind a cookie or a token. The context holds a
// caller with the ministry (or with none, on the base domain) and nobody in it.
type Sessions interface {
	Session(ctx context.Context, token string) (*caller.Caller, error)
	Token(ctx context.Context, token string) (*caller.Caller, error)
}

// Edge holds what all requests share.
type Edge struct {
	cfg      Config
	db       *db.DB
	tenants  *tenant.Service
	sessions Sessions
	words    *locale.Bundle
	sign     signer
	limits   *limits
	proxies  []netip.Prefix
	heads    sync.Map // *fasthttp.RequestHeader → *keptHead, of requests that are still being sent
	swept    atomic.Int64
	seen     Observer
	standsOn func(form map[string][]string, wrong *fault.Error) (page string)

	ministryKeys, platformKeys *once.Store // write keys
}

// Observer is told of every answered request, for the metrics.
type Observer func(ministry, route string, method string, status int, took time.Duration)

// New returns the edge.
func New(cfg Config, d *db.DB, tenants *tenant.Service, sessions Sessions, words *locale.Bundle, seen Observer) *Edge {
	if cfg.Timeout == 0 {
		cfg.Timeout = 30 * time.Second
	}
	if cfg.BodyLimit == 0 {
		cfg.BodyLimit = MostFile
	}
	if cfg.PerSecond == 0 {
		cfg.PerSecond, cfg.Burst = 20, 60
	}
	if cfg.PerMinistry == 0 {
		cfg.PerMinistry = 64
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Edge{
		cfg: cfg, db: d, tenants: tenants, sessions: sessions, words: words,
		sign: newSigner(cfg.Secret), limits: newLimits(cfg), proxies: proxies(cfg.Proxies), seen: seen,
		ministryKeys: once.OfMinistries(d, cfg.Clock), platformKeys: once.OfPlatform(d, cfg.Clock),
	}
}

// App returns a fiber application with the middlewares that every request
// passes. onFault turns what handlers return into an answer.
func (e *Edge) App(onFault fiber.ErrorHandler) *fiber.App {
	app := fiber.New(fiber.Config{
		AppName:               "mektep",
		DisableStartupMessage: true,
		Immutable:             true,
		BodyLimit:             e.cfg.BodyLimit,
		// Read where it is looked at, and refused there like any other: the server itself answers what
		// it cannot read before there is a request.
		DisablePreParseMultipartForm: true,
		ReadTimeout:                  e.cfg.Timeout,
		WriteTimeout:                 2 * e.cfg.Timeout,
		IdleTimeout:                  2 * time.Minute,
		ReadBufferSize:               16 << 10,
		EnableTrustedProxyCheck:      true,
		TrustedProxies:               e.cfg.Proxies,
		ProxyHeader:                  fiber.HeaderXForwardedFor,
		EnableIPValidation:           true,
		ErrorHandler:                 e.Refusing(func(c *fiber.Ctx, err error) error { return onFault(c, fromFiber(err)) }),
	})
	app.Server().HeaderReceived = e.bodies
	app.Use(e.around, e.headers, e.legible)
	return app
}

// MostFile is how much a file may hold with all that is sent around it, in bytes.
const MostFile = 32 << 20

// TooLarge refuses what is longer than any file or form may be.
func TooLarge() *fault.Error {
	return fault.New(fault.TooLarge, "fault.too_large").With("File", MostFile>>20).With("Form", formLimit>>20)
}

// fromFiber turns fiber's own errors (no such route, body too large) into faults.
func fromFiber(err error) error {
	fe, ok := err.(*fiber.Error) //nolint:errorlint // fiber returns it bare
	if !ok {
		return err
	}
	switch fe.Code {
	case fiber.StatusNotFound, fiber.StatusMethodNotAllowed:
		return fault.New(fault.NotFound, "fault.no_page")
	case fiber.StatusRequestEntityTooLarge:
		return TooLarge()
	case fiber.StatusRequestTimeout:
		return fault.New(fault.Unavailable, "fault.timeout").WithWait(5)
	case fiber.StatusBadRequest, fiber.StatusUnprocessableEntity, fiber.StatusRequestHeaderFieldsTooLarge:
		return fault.New(fault.Invalid, "fault.bad_request").WithCause(err)
	}
	return fault.New(fault.Internal, "fault.internal").WithCause(err)
}

// Log returns the server's log.
func (e *Edge) Log() *slog.Logger { return e.cfg.Log }

// Words returns the languages.
func (e *Edge) Words() *locale.Bundle { return e.words }

// BaseHost returns the platform's own domain.
func (e *Edge) BaseHost() string { return e.cfg.BaseHost }
