package webtest

import (
	"net"
	"time"
)

// Serve answers on a port of this machine, and returns where; localhost's names lead there.
func (w *World) Serve() string {
	w.T.Helper()
	l := Must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { _ = w.app.Listener(l) }()
	w.T.Cleanup(func() { _ = w.app.ShutdownWithTimeout(5 * time.Second) })
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://" + w.Host + ":" + port
}

// Cookie is the session of a person as a browser keeps it.
func (p *Person) Cookie() string { return "mektep=" + p.token }
