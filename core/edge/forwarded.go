package edge

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// proxies reads the addresses and ranges of reverse proxies; what is neither is
// nobody's.
func proxies(list []string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range list {
		s = strings.TrimSpace(s)
		if p, err := netip.ParsePrefix(s); err == nil {
			all = append(all, p.Masked())
		} else if a, err := netip.ParseAddr(s); err == nil {
			a = a.Unmap()
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return all
}

// forwarded leaves of the headers of proxies what can be believed, before anybody
// reads them. The host is what stands in Host, for a proxy that decides by it who
// may pass must not be told one name and we another. Of the addresses in
// X-Forwarded-For, of which a proxy may have added only the last, the one nearest
// to us that is no proxy of ours is the client's; whatever stands before it
// anybody can have written.
func (e *Edge) forwarded(c *fiber.Ctx) {
	h := &c.Request().Header
	h.Del(fiber.HeaderXForwardedHost)
	lines := h.PeekAll(fiber.HeaderXForwardedFor)
	if len(lines) == 0 || !c.IsProxyTrusted() {
		return
	}
	var hops []string
	for _, l := range lines {
		hops = append(hops, strings.Split(string(l), ",")...)
	}
	client, _ := netip.ParseAddr(c.Context().RemoteIP().String())
	for i := len(hops) - 1; i >= 0 && e.proxy(client); i-- {
		a, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = a
	}
	h.Del(fiber.HeaderXForwardedFor)
	h.Set(fiber.HeaderXForwardedFor, client.Unmap().WithZone("").String())
}

func (e *Edge) proxy(a netip.Addr) bool {
	for _, p := range e.proxies {
		if p.Contains(a.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// stranger is who somebody counts as who has not signed in: the address, or of the
// longer ones the part that one subscriber can't change at will.
func stranger(c *fiber.Ctx) string {
	a, err := netip.ParseAddr(c.IP())
	if err != nil {
		return "a:"
	}
	if a = a.Unmap().WithZone(""); a.Is6() {
		p, _ := a.Prefix(64) //nolint:errcheck // has 128 bits
		a = p.Addr()
	}
	return "a:" + a.String()
}

// formLimit is how much anybody may send where no file is expected, in bytes. A
// request is held whole before anyone looks who sends it.
const formLimit = 1 << 20

// bodies bounds a request by where it goes.
func (e *Edge) bodies(h *fasthttp.RequestHeader) fasthttp.RequestConfig {
	e.remember(h)
	path, _, _ := strings.Cut(string(h.RequestURI()), "?")
	for _, u := range e.cfg.Uploads {
		if strings.TrimSuffix(path, "/") == u {
			return fasthttp.RequestConfig{MaxRequestBodySize: e.cfg.BodyLimit}
		}
	}
	return fasthttp.RequestConfig{MaxRequestBodySize: min(formLimit, e.cfg.BodyLimit)}
}
