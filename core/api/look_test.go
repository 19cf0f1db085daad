package api_test

import (
	"net"
	"strings"
	"testing"

	"mektep/core/web/browsertest"
)

func TestTheDocumentationIsReadByEverybody(t *testing.T) {
	p := browsertest.Open(t)
	w := newWorld(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	go func() { _ = w.app.Listener(listener) }()
	t.Cleanup(func() { _ = w.app.Shutdown() })
	_, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err)
	for _, width := range []int64{browsertest.Wide, browsertest.Phone} {
		p.Width(width)
		p.Go("http://kg.localhost:" + port + "/api/v1/docs")
		p.Ask(`document.querySelectorAll('details').forEach(d => d.open = true)`)
		p.See("/institutions/{uid}")
		p.See("If-Match")
		p.Accessible()
		if wide := p.Ask(`String(document.documentElement.scrollWidth > innerWidth)`); wide != "false" {
			t.Errorf("at %d the page is wider than the window", width)
		}
	}
	if elsewhere := p.Ask(`performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin)).join(' ')`); strings.TrimSpace(elsewhere) != "" {
		t.Errorf("loaded from elsewhere: %s", elsewhere)
	}
	p.Quiet()
}
