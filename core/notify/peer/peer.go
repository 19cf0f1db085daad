// Package peer is a mail server on the loopback that passes nothing on: it keeps
// the letters it is given, for tests to read and for the demonstration to lay into
// a folder. It is no relay and listens on this machine only.
package peer

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Config says how the server behaves; the zero value takes everything.
type Config struct {
	TLS       *tls.Config // nil: no encryption is offered
	FromStart bool        // TLS from the first byte, not by STARTTLS
	User      string      // empty: nobody signs in
	Password  string

	// Keep hears of every letter; an error is answered with "try again". nil: the
	// letters are kept for Letters.
	Keep func(l Letter) error
}

// Letter is a letter as it came.
type Letter struct {
	From, To string
	Raw      []byte
	Secure   bool // over an encrypted connection
}

// Peer is a running server.
type Peer struct {
	cfg    Config
	server *smtp.Server
	port   int

	mu      sync.Mutex
	letters []Letter
	refuse  func(to string) error
}

// Start listens on a free port of the loopback until Close.
func Start(cfg Config) (*Peer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Peer{cfg: cfg, port: listener.Addr().(*net.TCPAddr).Port}
	p.server = smtp.NewServer(p)
	p.server.Domain = "peer.localhost"
	p.server.ReadTimeout, p.server.WriteTimeout = 10*time.Second, 10*time.Second
	p.server.TLSConfig = cfg.TLS
	if cfg.FromStart {
		listener = tls.NewListener(listener, cfg.TLS)
	}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

// Port is where it listens.
func (p *Peer) Port() int { return p.port }

// Close stops it.
func (p *Peer) Close() { _ = p.server.Close() }

// Letters are those that were kept, in the order in which they came.
func (p *Peer) Letters() []Letter {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Letter(nil), p.letters...)
}

// Refuse lets f answer for each recipient; nil takes everybody again.
func (p *Peer) Refuse(f func(to string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = f
}

// NewSession implements smtp.Backend.
func (p *Peer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &session{peer: p, secure: encrypted}, nil
}

type session struct {
	peer     *Peer
	secure   bool
	signedIn bool
	from, to string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

// Auth implements smtp.AuthSession.
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.peer.cfg.User || password != s.peer.cfg.Password {
			return errors.New("wrong password")
		}
		s.signedIn = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.peer.cfg.User != "" && !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

// Rcpt implements smtp.Session.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.peer.mu.Lock()
	refuse := s.peer.refuse
	s.peer.mu.Unlock()
	if refuse != nil {
		if err := refuse(to); err != nil {
			return err
		}
	}
	s.to = to
	return nil
}

// Data implements smtp.Session.
func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	l := Letter{From: s.from, To: s.to, Raw: raw, Secure: s.secure}
	if s.peer.cfg.Keep != nil {
		return s.peer.cfg.Keep(l)
	}
	s.peer.mu.Lock()
	defer s.peer.mu.Unlock()
	s.peer.letters = append(s.peer.letters, l)
	return nil
}

// Reset implements smtp.Session.
func (s *session) Reset() {}

// Logout implements smtp.Session.
func (s *session) Logout() error { return nil }
