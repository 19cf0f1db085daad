package edge

import (
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/tenant"
)

// Bearer is Enter for programs: the host names the ministry, the Authorization
// header the caller, Accept-Language the language. Cookies count for nothing
// here, so that no page of another site can make a browser act for its owner.
// On the platform's own domain there is nothing.
func (e *Edge) Bearer(c *fiber.Ctx) error {
	a := Of(c)
	ctx := c.UserContext()
	a.Caller = &caller.Caller{RequestID: a.RequestID}
	host := tenant.Host(c.Hostname())
	m, err := e.tenants.ByHost(ctx, host)
	if err != nil || host == e.cfg.BaseHost {
		a.L = e.spoken(c, a)
		if err == nil {
			err = fault.New(fault.NotFound, "tenant.unknown")
		}
		return err
	}
	a.Ministry, a.Caller.Tenant = m, m.Tenant
	if err := e.tenants.Governed(m); err != nil {
		a.L = e.spoken(c, a)
		c.Set(fiber.HeaderRetryAfter, mendedIn)
		return err
	}
	ctx = caller.With(ctx, a.Caller)
	if header := c.Get(fiber.HeaderAuthorization); header != "" {
		found, err := e.bearer(c, header)
		if err != nil {
			a.L = e.spoken(c, a)
			// Whoever tries tokens out is a stranger, and pays as one.
			if wait := e.limits.take(stranger(c), e.cfg.Clock.Now()); wait > 0 {
				return tooMany(wait)
			}
			return err
		}
		found.RequestID = a.RequestID
		a.Caller = found
	}
	a.L = e.spoken(c, a)
	a.Caller.Language = a.L.Tag()
	c.SetUserContext(caller.With(ctx, a.Caller))
	return e.limited(c, a)
}

// bearer finds who stands behind an Authorization header.
func (e *Edge) bearer(c *fiber.Ctx, header string) (*caller.Caller, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, fault.New(fault.Unauthenticated, "api.bearer")
	}
	a := Of(c)
	return e.sessions.Token(caller.With(c.UserContext(), a.Caller), strings.TrimSpace(token))
}

// Spoken is Tongue for programs.
func (e *Edge) Spoken(c *fiber.Ctx, ask bool) *locale.Localizer {
	a := Of(c)
	ctx := e.hosted(c, a)
	if _, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " "); ask && token != "" && a.Caller == nil {
		if who, err := e.sessions.Token(ctx, strings.TrimSpace(token)); err == nil {
			return e.spoken(c, &Ask{Ministry: a.Ministry, Caller: who})
		}
	}
	return e.spoken(c, &Ask{Ministry: a.Ministry, Caller: caller.From(ctx)})
}

// spoken is the language of a program's answer: what it asks for, else what its
// owner reads, else the ministry's first.
func (e *Edge) spoken(c *fiber.Ctx, a *Ask) *locale.Localizer {
	a.Offered = e.offered(c, a)
	asked := c.Get(fiber.HeaderAcceptLanguage)
	if asked == "" && a.Caller.SignedIn() {
		asked = a.Caller.Language
	}
	if slices.Contains(a.Offered, asked) { // the usual, and a hundred times faster than to negotiate
		return e.words.Localizer(asked)
	}
	return e.words.Localizer(e.words.Negotiate(asked, a.Offered))
}
