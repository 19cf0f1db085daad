package edge

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/db"
	"mektep/core/fault"
)

// around is the outermost layer: request id, time limit, one log line, metrics,
// and a panic that becomes a fault.
func (e *Edge) around(c *fiber.Ctx) error {
	if c.Request().Header.ContentLength() == chunked {
		e.heads.Delete(&c.Request().Header)
	}
	return e.answered(c, c.Next)
}

// answered is around, with what is done of the request.
func (e *Edge) answered(c *fiber.Ctx, do func() error) (err error) {
	begun := e.cfg.Clock.Now()
	a := &Ask{RequestID: db.NewUID()}
	c.Locals(askKey, a)
	c.Set("X-Request-Id", a.RequestID)
	ctx, cancel := context.WithTimeout(context.Background(), e.cfg.Timeout-e.reserve())
	defer cancel()
	c.SetUserContext(ctx)
	e.forwarded(c)
	method := c.Method()
	if method == fiber.MethodHead {
		// Asked and answered as GET; the server keeps the body to itself. Routes and
		// checks then need no word on it. This is the first route of every method, so
		// that routing goes on behind it.
		c.Method(fiber.MethodGet)
	}

	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
		if err != nil {
			cause := err
			err = db.Fault(err) // what no unit of work has told, such as the queue's own connections
			f := fault.From(fromFiber(err))
			if f.Wait > 0 {
				c.Set(fiber.HeaderRetryAfter, strconv.Itoa(f.Wait))
			}
			// There may be no time left, and the answer needs a little.
			telling, told := context.WithTimeout(context.WithoutCancel(c.UserContext()), e.reserve()/4)
			defer told()
			c.SetUserContext(telling)
			switch {
			case fault.KindOf(fromFiber(cause)) == fault.Internal:
				e.cfg.Log.Error("request failed", "request", a.RequestID, "route", pattern(c), "error", db.Discreet(cause))
			case f.Kind == fault.Unavailable && f.Cause != nil:
				e.cfg.Log.Warn("request had to be put off", "request", a.RequestID, "route", pattern(c), "error", db.Discreet(f))
			}
			// Answer here, so that the line below logs what the client saw.
			if answered := c.App().ErrorHandler(c, err); answered != nil {
				_ = c.SendStatus(fiber.StatusInternalServerError)
				e.cfg.Log.Error("answering a fault failed", "request", a.RequestID, "error", db.Discreet(answered))
			}
			if status, ok := asAsked(cause); ok {
				c.Status(status)
			}
			err = nil
		}
		took := e.cfg.Clock.Now().Sub(begun)
		status := c.Response().StatusCode()
		ministry := ""
		if a.Ministry != nil {
			ministry = a.Ministry.Slug
		}
		route := pattern(c)
		if e.seen != nil {
			e.seen(ministry, route, method, status, took)
		}
		level := slog.LevelInfo
		switch {
		case c.Path() == "/readyz" && status == fiber.StatusServiceUnavailable:
			level = slog.LevelDebug // an answer like the other one, given every few seconds: app says when it changes
		case status >= 500:
			level = slog.LevelError
		case strings.HasPrefix(c.Path(), "/assets/") || c.Path() == "/healthz" || c.Path() == "/readyz" || c.Path() == "/metrics":
			level = slog.LevelDebug
		}
		e.cfg.Log.Log(context.Background(), level, "request", "request", a.RequestID, "ministry", ministry,
			"method", method, "route", route, "status", status, "ms", took.Milliseconds(), "bytes", length(c))
	}()
	return do()
}

// pattern is the route's pattern, never the path: a path may one day hold what it should
// not. What was refused before it came to a route has none.
func pattern(c *fiber.Ctx) string {
	if r := c.Route(); len(r.Handlers) > 0 {
		return r.Path
	}
	return ""
}

// reserve is how much of a request's time is kept for ending a unit of work and for
// telling that there was no time.
func (e *Edge) reserve() time.Duration { return min(4*time.Second, e.cfg.Timeout/3) }

// panicked makes an error of what was panicked with. Only the runtime's own words
// are kept: anything else may hold what a person typed.
func panicked(p any) error {
	if known, ok := p.(runtime.Error); ok {
		return fmt.Errorf("panic: %w\n%s", known, debug.Stack())
	}
	return fmt.Errorf("panic with %T\n%s", p, debug.Stack())
}

// length is how long the answer is, in bytes; -1 for one that is still to be read
// from where it lies: to ask for its body would hold all of it.
func length(c *fiber.Ctx) int {
	if c.Response().IsBodyStream() {
		return c.Response().Header.ContentLength()
	}
	return len(c.Response().Body())
}

// policy allows what the pages load and nothing else: no inline script or style,
// no other origin, no framing.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"

func (e *Edge) headers(c *fiber.Ctx) error {
	e.guarded(c)
	return c.Next()
}

// guarded sets the headers that every answer has.
func (e *Edge) guarded(c *fiber.Ctx) {
	c.Set("Content-Security-Policy", policy)
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Referrer-Policy", "same-origin")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
	if e.cfg.Secure {
		c.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
	// Pages show personal data: nothing is kept on a shared computer. Assets say otherwise themselves.
	c.Set(fiber.HeaderCacheControl, "no-store")
}
