package edge

import (
	"context"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/tenant"
)

const askKey = "ask"

// mendedIn is when to come back to a ministry that is closed, in seconds: somebody has
// to mend a file first.
const mendedIn = "300"

// Ask is what the edge found out about a request.
type Ask struct {
	RequestID string
	Ministry  *tenant.Ministry // nil on the base domain
	Caller    *caller.Caller   // never nil behind Enter; nobody may have signed in
	L         *locale.Localizer
	Offered   []string   // tags of the languages one may choose here
	Ended     bool       // the browser came with a session that holds no longer
	Illegible *Illegible // the form that was sent, when its page is asked for instead
	visitor   string     // random name of this browser, for form tokens before sign-in
}

// Of returns what the edge found out.
func Of(c *fiber.Ctx) *Ask {
	a, _ := c.Locals(askKey).(*Ask)
	return a
}

// Cookie names. The prefix __Host- makes browsers refuse them from a neighbour
// domain; it needs https.
func (e *Edge) cookie(name string) string {
	if e.cfg.Secure {
		return "__Host-" + name
	}
	return name
}

const (
	sessionCookie  = "mektep"
	visitorCookie  = "visitor"
	languageCookie = "language"
	flashCookie    = "flash"
	deviceCookie   = "device"
	stepCookie     = "step"
)

// Enter finds ministry, caller and language. On an unknown host, or that of a
// ministry being prepared, there is nothing.
func (e *Edge) Enter(c *fiber.Ctx) error {
	a := Of(c)
	host := tenant.Host(c.Hostname())
	ctx := c.UserContext()
	if host != e.cfg.BaseHost {
		m, err := e.tenants.ByHost(ctx, host)
		if err != nil {
			a.L = e.language(c, a, nil)
			a.Caller = &caller.Caller{RequestID: a.RequestID, Language: a.L.Tag()}
			return err
		}
		a.Ministry = m
		if err := e.tenants.Governed(m); err != nil {
			a.L = e.language(c, a, nil)
			a.Caller = &caller.Caller{RequestID: a.RequestID, Language: a.L.Tag(), Tenant: m.Tenant}
			c.Set(fiber.HeaderRetryAfter, mendedIn)
			return err
		}
	}
	a.Caller = &caller.Caller{RequestID: a.RequestID}
	if a.Ministry != nil {
		a.Caller.Tenant = a.Ministry.Tenant
	}
	ctx = caller.With(ctx, a.Caller)
	if token := c.Cookies(e.cookie(sessionCookie)); token != "" {
		found, err := e.sessions.Session(ctx, token)
		switch {
		case err == nil:
			found.RequestID = a.RequestID
			a.Caller = found
		case fault.KindOf(err) == fault.Unauthenticated:
			e.Forget(c)
			a.Ended = true
		default:
			return err
		}
	}
	a.L = e.language(c, a, a.Caller)
	a.Caller.Language = a.L.Tag()
	if a.Caller.SignedIn() && a.Caller.Token == "" && c.Cookies(e.cookie(languageCookie)) != a.L.Tag() {
		e.RememberLanguage(c, a.L.Tag()) // the page to sign in at again speaks it, too
	}
	c.SetUserContext(caller.With(ctx, a.Caller))
	return e.limited(c, a)
}

// language: what the account of whoever has signed in says; else what was chosen in
// this browser, perhaps by somebody else; else what the browser asks for. Always
// among those the ministry offers.
func (e *Edge) language(c *fiber.Ctx, a *Ask, who *caller.Caller) *locale.Localizer {
	a.Offered = e.offered(c, a)
	if who.SignedIn() && slices.Contains(a.Offered, who.Language) {
		return e.words.Localizer(who.Language)
	}
	if tag := c.Cookies(e.cookie(languageCookie)); slices.Contains(a.Offered, tag) {
		return e.words.Localizer(tag)
	}
	return e.words.Localizer(e.words.Negotiate(c.Get(fiber.HeaderAcceptLanguage), a.Offered))
}

// Tongue is the language for telling a browser what failed before it was known who asks: of
// the host's ministry, where that is known, and of what was chosen in this browser. With
// ask, the account that the request comes from is looked for.
func (e *Edge) Tongue(c *fiber.Ctx, ask bool) *locale.Localizer {
	a := Of(c)
	ctx := e.hosted(c, a)
	var who *caller.Caller
	if token := c.Cookies(e.cookie(sessionCookie)); ask && token != "" {
		who, _ = e.sessions.Session(ctx, token) // who comes with none that holds is nobody
	}
	return e.language(c, a, who)
}

// hosted finds the host's ministry, where there is one, and a context in which it is asked
// who somebody is.
func (e *Edge) hosted(c *fiber.Ctx, a *Ask) context.Context {
	if host := tenant.Host(c.Hostname()); a.Ministry == nil && host != e.cfg.BaseHost {
		a.Ministry, _ = e.tenants.ByHost(c.UserContext(), host)
	}
	nobody := &caller.Caller{RequestID: a.RequestID}
	if a.Ministry != nil {
		nobody.Tenant = a.Ministry.Tenant
	}
	return caller.With(c.UserContext(), nobody)
}

func (e *Edge) offered(c *fiber.Ctx, a *Ask) []string {
	if a.Ministry != nil {
		ctx := caller.With(c.UserContext(), &caller.Caller{Tenant: a.Ministry.Tenant})
		if country, err := e.tenants.Country(ctx); err == nil {
			return country.Profile.Languages.Offered
		}
	}
	tags := make([]string, 0, 4)
	for _, l := range e.words.Languages() {
		tags = append(tags, l.Tag)
	}
	return tags
}

// Remember sets the cookie of a session that was just opened. Without an end it is
// forgotten with the browser's window.
func (e *Edge) Remember(c *fiber.Ctx, token string, expires time.Time) {
	var life time.Duration
	if !expires.IsZero() {
		life = expires.Sub(e.cfg.Clock.Now())
	}
	e.set(c, sessionCookie, token, life, fiber.CookieSameSiteLaxMode)
}

// Forget takes the session's cookie away.
func (e *Edge) Forget(c *fiber.Ctx) {
	e.set(c, sessionCookie, "", gone, fiber.CookieSameSiteLaxMode)
}

// Device returns the name of this browser that was remembered at an earlier
// sign-in; known devices are not slowed down by others' wrong passwords.
func (e *Edge) Device(c *fiber.Ctx) string { return c.Cookies(e.cookie(deviceCookie)) }

// RememberDevice keeps the name of this browser for half a year.
func (e *Edge) RememberDevice(c *fiber.Ctx, token string) {
	e.set(c, deviceCookie, token, 180*24*time.Hour, fiber.CookieSameSiteStrictMode)
}

// RememberStep keeps what lies between the two steps of a sign-in, sealed by who
// gives it, for a few minutes; empty takes it away.
func (e *Edge) RememberStep(c *fiber.Ctx, sealed string) {
	life := 5 * time.Minute
	if sealed == "" {
		life = gone
	}
	e.set(c, stepCookie, sealed, life, fiber.CookieSameSiteStrictMode)
}

// Step returns what RememberStep keeps.
func (e *Edge) Step(c *fiber.Ctx) string { return c.Cookies(e.cookie(stepCookie)) }

// Chosen reports whether a language was chosen in this browser.
func (e *Edge) Chosen(c *fiber.Ctx) bool { return c.Cookies(e.cookie(languageCookie)) != "" }

// RememberLanguage keeps the chosen language for a year.
func (e *Edge) RememberLanguage(c *fiber.Ctx, tag string) {
	e.set(c, languageCookie, tag, 365*24*time.Hour, fiber.CookieSameSiteLaxMode)
}

// gone is the life of a cookie that is taken away.
const gone time.Duration = -1

// set sets a cookie that the browser keeps for life, or, with 0, until it is closed.
func (e *Edge) set(c *fiber.Ctx, name, value string, life time.Duration, sameSite string) {
	cookie := Lasting(life)
	cookie.Name, cookie.Value, cookie.Path = e.cookie(name), value, "/"
	cookie.HTTPOnly, cookie.Secure, cookie.SameSite = true, e.cfg.Secure, sameSite
	c.Cookie(cookie)
}

// Lasting is a cookie that lives for a time, or, with a negative one, is taken away.
// The life is counted by the browser from now: an old computer whose calendar stands
// in another year would drop what ends at a moment of ours.
func Lasting(life time.Duration) *fiber.Cookie {
	if life < 0 {
		return &fiber.Cookie{Expires: time.Unix(1, 0)}
	}
	return &fiber.Cookie{MaxAge: int(life / time.Second)}
}
