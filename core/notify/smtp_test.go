package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// post is a mail server on the loopback that keeps what it is given.
type post struct {
	t        *testing.T
	server   *smtp.Server
	port     int
	user     string // empty: nobody signs in
	password string

	mu     sync.Mutex
	mails  []mailed
	secure []bool // whether each session was encrypted
	refuse func(to string) error
}

type mailed struct {
	from, to string
	raw      []byte
}

// serve starts a mail server; security is one of this package's three.
func serve(t *testing.T, security string) *post {
	t.Helper()
	p := &post{t: t}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.port = listener.Addr().(*net.TCPAddr).Port
	p.server = smtp.NewServer(p)
	p.server.Domain = "post.test"
	p.server.AllowInsecureAuth = false
	p.server.ReadTimeout, p.server.WriteTimeout = 10*time.Second, 10*time.Second
	if security != NoTLS {
		p.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	}
	if security == TLS {
		listener = tls.NewListener(listener, p.server.TLSConfig)
	}
	go func() { _ = p.server.Serve(listener) }()
	t.Cleanup(func() { _ = p.server.Close() })
	return p
}

// config is what it takes to send through p.
func (p *post) config(security string) SMTP {
	cfg := SMTP{Host: "127.0.0.1", Port: p.port, Security: security, From: "noreply@edu.test", User: p.user, Password: p.password, Timeout: 5 * time.Second}
	if security != NoTLS {
		roots := x509.NewCertPool()
		leaf, err := x509.ParseCertificate(p.server.TLSConfig.Certificates[0].Certificate[0])
		if err != nil {
			p.t.Fatal(err)
		}
		roots.AddCert(leaf)
		cfg.TLS = &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
	}
	return cfg
}

func (p *post) got() []mailed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]mailed(nil), p.mails...)
}

func (p *post) refusing(f func(to string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = f
}

// NewSession implements smtp.Backend.
func (p *post) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &session{post: p, secure: encrypted}, nil
}

type session struct {
	post     *post
	secure   bool
	signedIn bool
	from, to string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != s.post.user || password != s.post.password {
			return errors.New("wrong password")
		}
		s.signedIn = true
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if s.post.user != "" && !s.signedIn {
		return smtp.ErrAuthRequired
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.post.mu.Lock()
	refuse := s.post.refuse
	s.post.mu.Unlock()
	if refuse != nil {
		if err := refuse(to); err != nil {
			return err
		}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.mails = append(s.post.mails, mailed{from: s.from, to: s.to, raw: raw})
	s.post.secure = append(s.post.secure, s.secure)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// certificate makes a certificate for the loopback.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, leaf, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
