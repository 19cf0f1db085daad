package edge

import (
	"errors"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/once"
)

// Bounds of a write key, in characters.
const (
	LeastKey = 8
	MostKey  = 128
)

// mostKept is how long an answer may be that is kept for repetitions, in bytes.
const mostKept = 64 << 10

const (
	keyHeader = "Idempotency-Key"
	keyField  = "_key"
	replayed  = "Idempotent-Replayed"
)

// keyed refuses a write key that could not be kept, named as the request names it.
func keyed(key, name string) error {
	plain := !strings.ContainsFunc(key, func(r rune) bool { return r < '!' || r > '~' })
	if key == "" || len(key) >= LeastKey && len(key) <= MostKey && plain {
		return nil
	}
	return fault.New(fault.Invalid, "fault.key").WithField(name, "api.field.key", fault.Args{"Min": LeastKey, "Max": MostKey})
}

// Once makes a form or an API write happen at most once: the field "_key" or the
// header Idempotency-Key names it. A repetition gets the first answer again; the
// same name for something else is refused. An operator's lies on the platform.
func (e *Edge) Once(c *fiber.Ctx) error {
	switch c.Method() {
	case fiber.MethodGet, fiber.MethodHead, fiber.MethodOptions:
		return c.Next()
	}
	key, name := c.Get(keyHeader), keyHeader
	if key == "" {
		key, name = posted(c, keyField), keyField
	}
	if err := keyed(key, name); err != nil {
		return err
	}
	store := e.keys(c)
	if key == "" || store == nil {
		return c.Next()
	}
	box, err := e.sign.aead()
	if err != nil {
		return err
	}
	ctx := once.With(c.UserContext(), once.Key{Name: key, Content: e.content(c), Box: box})
	c.SetUserContext(ctx)
	before := said(c)
	err = c.Next()
	if again, why := e.again(c, store, before, err); again {
		return why
	}
	if err != nil {
		return err
	}
	if once.Replayed(ctx) {
		c.Set(replayed, "true")
	}
	// Only what succeeded is kept: a form refused for a mistake is sent again, mended.
	if status := c.Response().StatusCode(); status < 400 {
		body := c.Response().Body()
		if len(body) > mostKept {
			return nil // a repetition is answered anew
		}
		kept := once.Answer{Status: status, Location: string(c.Response().Header.Peek(fiber.HeaderLocation)), Header: since(c, before), Body: append([]byte(nil), body...)}
		if err := once.Answered(ctx, kept); err != nil { // it is done; whoever asks again is answered anew
			e.cfg.Log.WarnContext(ctx, "the answer of a write could not be kept", "error", err)
		}
	}
	return nil
}

// said are the headers of the answer so far.
func said(c *fiber.Ctx) map[string][]string {
	all := map[string][]string{}
	for k, v := range c.Response().Header.All() {
		all[string(k)] = append(all[string(k)], string(v))
	}
	return all
}

// since are the headers that the handler has set: whoever repeats the request is told them
// too. What belongs to one answer only is no part of them, nor a cookie: nothing keeps one.
func since(c *fiber.Ctx, before map[string][]string) map[string][]string {
	set := said(c)
	for name, values := range set {
		switch name {
		case fiber.HeaderSetCookie, fiber.HeaderContentLength, fiber.HeaderLocation, fiber.HeaderDate, fiber.HeaderXRequestID, replayed:
			delete(set, name)
		default:
			if slices.Equal(values, before[name]) {
				delete(set, name)
			}
		}
	}
	return set
}

// keys is where the keys of a request lie: nowhere for whoever has not signed in on the
// platform, where there is no caller they could belong to.
func (e *Edge) keys(c *fiber.Ctx) *once.Store {
	switch {
	case Of(c).Ministry != nil:
		return e.ministryKeys
	case caller.From(c.UserContext()).SignedIn():
		return e.platformKeys
	}
	return nil
}

// again answers a request that repeats one that was done: with the first answer, or that
// it has been done where that cannot be had any more. What the handler made of it is
// dropped: a form shown again, or that what was closed by the first is closed. It does so
// too for a key that belongs to something else, and then says that.
func (e *Edge) again(c *fiber.Ctx, s *once.Store, before map[string][]string, failed error) (bool, error) {
	ctx := c.UserContext()
	stopped := once.Stopped(ctx)
	if stopped != nil && !errors.Is(stopped, once.Repeated) {
		c.Response().ResetBody() // the form may stand there, with the key that cannot be used
		return true, stopped
	}
	if stopped == nil && (once.Took(ctx) || !refused(c, failed)) {
		return false, nil // it repeats nothing; or it is what it says
	}
	a, ok, err := s.FirstAnswer(ctx)
	if !ok {
		if stopped == nil && !errors.Is(err, once.Repeated) {
			return false, nil // nothing was done with the key: what was refused is refused
		}
		c.Response().ResetBody()
		return true, errors.Join(once.Repeated, err)
	}
	c.Response().ResetBody()
	for name := range since(c, before) {
		c.Response().Header.Del(name)
	}
	if a.Location != "" {
		c.Set(fiber.HeaderLocation, a.Location)
	}
	if c.Get("HX-Request") != "" && a.Location != "" {
		c.Set("HX-Redirect", a.Location)
	}
	for name, values := range a.Header {
		if strings.HasPrefix(strings.ToLower(name), "hx-") && c.Get("HX-Request") == "" {
			continue // for a script that isn't there this time
		}
		c.Response().Header.Del(name)
		for _, v := range values {
			c.Response().Header.Add(name, v)
		}
	}
	c.Set(replayed, "true")
	return true, c.Status(a.Status).Send(a.Body)
}

// refused reports whether a write ended in a refusal before any unit of work looked at
// its key: as a repetition does whose first try has changed what it is judged by.
func refused(c *fiber.Ctx, err error) bool {
	if err == nil {
		status := c.Response().StatusCode()
		return status >= fiber.StatusBadRequest && status < fiber.StatusInternalServerError
	}
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Denied, fault.Locked, fault.Conflict, fault.NotFound:
		return true
	}
	return false
}
