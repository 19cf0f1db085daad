package edge

import (
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"mektep/core/fault"
)

// Of what is refused while it is still being sent, so much more is taken in, so that the
// answer is read before the line is cut: until nothing has come for a while.
const (
	restQuiet = 300 * time.Millisecond
	restTime  = 5 * time.Second
)

// Refusing is an application's error handler that can also answer for what the server
// refused before it came to be a request: a body that is too long, or that never came to
// its end. As far as its head is known it is answered like any other, with page and words.
func (e *Edge) Refusing(answer fiber.ErrorHandler) fiber.ErrorHandler {
	return func(c *fiber.Ctx, err error) error {
		if Of(c) != nil {
			return answer(c, err)
		}
		if e.recalled(c, err) {
			return c.App().ErrorHandler(c, err) // which may be another's
		}
		c.Set(fiber.HeaderConnection, "close")
		e.rest(c)
		if status := headed(c, err); status != 0 {
			// Nothing that can be read: there is nobody to show a page to.
			return c.SendStatus(status)
		}
		c.Request().ResetBody() // which is a part of one
		c.Request().Header.Del(fiber.HeaderContentType)
		e.guarded(c)
		return e.answered(c, func() error { return err })
	}
}

// keptHead is the head of a request that is still being sent.
type keptHead struct {
	head *fasthttp.RequestHeader
	at   time.Time
}

// remember keeps the head of a request that doesn't say how long it is: of such a one the
// server forgets whatever it has read once it grows too long. Headers are used again and
// again, by whoever comes next: what is kept of one goes as soon as another's is read into
// it, and what nobody asked for goes after a while.
func (e *Edge) remember(h *fasthttp.RequestHeader) {
	e.heads.Delete(h)
	if h.ContentLength() != chunked {
		return
	}
	now := e.cfg.Clock.Now()
	if last := e.swept.Load(); now.Sub(time.Unix(last, 0)) > e.cfg.Timeout && e.swept.CompareAndSwap(last, now.Unix()) {
		e.sweep(now)
	}
	head := &fasthttp.RequestHeader{}
	h.CopyTo(head)
	e.heads.Store(h, &keptHead{head, now})
}

// sweep forgets the heads of what must have ended long ago.
func (e *Edge) sweep(now time.Time) {
	e.heads.Range(func(h, kept any) bool {
		if k, ok := kept.(*keptHead); ok && now.Sub(k.at) > 2*e.cfg.Timeout {
			e.heads.CompareAndDelete(h, kept)
		}
		return true
	})
}

// chunked is what the server calls the length of what doesn't say it.
const chunked = -1

// recalled gives a request its head back, where the server has forgotten it. It is asked only
// of what is too long: then its head was read, and what is kept under its header is its own.
// Whoever is refused for anything else may have sent no head at all.
func (e *Edge) recalled(c *fiber.Ctx, err error) bool {
	if fault.KindOf(fromFiber(err)) != fault.TooLarge {
		return false
	}
	h := &c.Request().Header
	found, ok := e.heads.LoadAndDelete(h)
	kept, ours := found.(*keptHead)
	if !ok || !ours || len(h.Host()) > 0 {
		return false
	}
	kept.head.CopyTo(h)
	c.Request().SetRequestURIBytes(kept.head.RequestURI())
	c.Method(string(kept.head.Method()))
	c.Path(string(c.Request().URI().Path()))
	return true
}

// headed is 0 for what was refused for its body; of anything else, the status it is
// answered with.
func headed(c *fiber.Ctx, err error) int {
	if status, ok := asAsked(err); ok {
		return status
	}
	status := fault.From(fromFiber(err)).Kind.Status()
	body := status == http.StatusRequestEntityTooLarge || status == http.StatusServiceUnavailable
	if body && len(c.Request().Header.Host()) > 0 {
		return 0
	}
	return status
}

// rest takes in what is still being sent, within bounds, and keeps none of it: a line that
// is closed on bytes that nobody has read is cut, and the answer with it.
func (e *Edge) rest(c *fiber.Ctx) {
	conn := c.Context().Conn()
	if conn == nil {
		return
	}
	buf := make([]byte, 32<<10)
	for left, end := 2*e.cfg.BodyLimit, time.Now().Add(restTime); left > 0 && time.Now().Before(end); { //nolint:forbidigo // a connection's deadlines are the machine's
		if conn.SetReadDeadline(time.Now().Add(restQuiet)) != nil { //nolint:forbidigo // as above
			return
		}
		n, err := conn.Read(buf)
		if left -= n; err != nil {
			return
		}
	}
}

// Mendable reports whether a fault is the sender's to mend: it is said in the language of
// the account that it comes from, also before anybody was asked.
func Mendable(f *fault.Error) bool { return f.Kind == fault.Invalid || f.Kind == fault.TooLarge }
