package edge

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/tenant"
)

// signer makes and checks the seals of form tokens and flash cookies.
type signer struct{ form, flash, box, content []byte }

func newSigner(secret []byte) signer {
	derive := func(what string) []byte {
		key, err := hkdf.Key(sha256.New, secret, nil, "mektep edge "+what, 32)
		if err != nil { // only for an absurd length
			panic(err)
		}
		return key
	}
	return signer{form: derive("form"), flash: derive("flash"), box: derive("box"), content: derive("content")}
}

func seal(key []byte, parts ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		mac.Write([]byte(p))
		mac.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// FormToken ties a form to this session, or before sign-in to this browser.
func (e *Edge) FormToken(c *fiber.Ctx) string {
	a := Of(c)
	return seal(e.sign.form, e.formOwner(c, a), tenant.Host(c.Hostname()))
}

func (e *Edge) formOwner(c *fiber.Ctx, a *Ask) string {
	if a.Caller != nil && a.Caller.Session != "" {
		return "s:" + a.Caller.Session
	}
	if a.visitor == "" {
		if a.visitor = c.Cookies(e.cookie(visitorCookie)); len(a.visitor) != len(db.NewUID()) {
			a.visitor = db.NewUID()
			e.set(c, visitorCookie, a.visitor, 0, fiber.CookieSameSiteStrictMode)
		}
	}
	return "v:" + a.visitor
}

// Guard refuses writes that no form of ours sent: the browser must say it comes
// from this origin, and the token must be the session's. The field is "_csrf";
// scripts send it as the header X-CSRF-Token. Where nobody has signed in there is no
// session to abuse, and the browser's word is enough: so a page of sign-in that stood open
// for long still lets in, and a form whose session has ended leads to sign-in.
func (e *Edge) Guard(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	origin := From(c)
	if origin == Foreign {
		return stale
	}
	given := c.Get("X-CSRF-Token")
	if given == "" {
		given = posted(c, "_csrf")
	}
	entering := c.Path() == "/sign-in" || strings.HasPrefix(c.Path(), "/sign-in/")
	if origin == Own && (entering || !Of(c).Caller.SignedIn()) {
		return c.Next()
	}
	if !hmac.Equal([]byte(given), []byte(e.FormToken(c))) {
		return stale
	}
	return c.Next()
}

var stale = fault.New(fault.Denied, "fault.form_expired").WithCheck(StaleForm).WithOwnRule("own_forms").WithNext("fault.next.open_again", "", nil)

// StaleForm is the check that a form fails which is not of this session.
const StaleForm = "form"

// Origin is where a browser says that a request comes from.
type Origin uint8

// The origins.
const (
	Unsaid Origin = iota // an old browser, or none
	Own
	Foreign
)

// From reads where a request comes from.
func From(c *fiber.Ctx) Origin {
	said := Unsaid
	switch site := c.Get("Sec-Fetch-Site"); site {
	case "":
	case "same-origin":
		said = Own
	case "none":
	default:
		return Foreign
	}
	if origin := c.Get(fiber.HeaderOrigin); origin != "" && origin != "null" {
		if u, err := url.Parse(origin); err != nil || tenant.Host(u.Host) != tenant.Host(c.Hostname()) {
			return Foreign
		}
		said = Own
	}
	return said
}

// posted returns a field of the form that was sent. What stands in the address is none:
// it would lie in histories and in the logs of proxies.
func posted(c *fiber.Ctx, name string) string {
	if v := c.Request().PostArgs().Peek(name); v != nil {
		return string(v)
	}
	if m, err := c.MultipartForm(); err == nil && len(m.Value[name]) > 0 {
		return m.Value[name][0]
	}
	return ""
}

// Flash is one thing to be said on the next page: message keys, never data of a
// person, since it travels in a cookie.
type Flash struct {
	Good bool           `json:"g"`
	Key  string         `json:"k"`
	Args map[string]any `json:"a,omitempty"`
	URL  string         `json:"u,omitempty"` // of an action such as undo
	Act  string         `json:"t,omitempty"` // message key of that action
	At   string         `json:"w,omitempty"` // id of the part of the page that it is about
}

// Say keeps f for the next page.
func (e *Edge) Say(c *fiber.Ctx, f Flash) {
	raw, err := json.Marshal(f)
	if err != nil {
		return
	}
	value := base64.RawURLEncoding.EncodeToString(raw)
	e.set(c, flashCookie, value+"."+seal(e.sign.flash, value), time.Minute, fiber.CookieSameSiteLaxMode)
}

// Said returns what the request before wanted to say, once.
func (e *Edge) Said(c *fiber.Ctx) *Flash {
	value, mac, ok := strings.Cut(c.Cookies(e.cookie(flashCookie)), ".")
	if !ok {
		return nil
	}
	e.set(c, flashCookie, "", gone, fiber.CookieSameSiteLaxMode)
	if !hmac.Equal([]byte(mac), []byte(seal(e.sign.flash, value))) {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	var f Flash
	if json.Unmarshal(raw, &f) != nil {
		return nil
	}
	return &f
}
