package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"testing"
	"time"

	"mektep/core/notify/peer"
)

// post is a mail server on the loopback that keeps what it is given.
type post struct {
	*peer.Peer
	t      *testing.T
	server peer.Config
}

// serve starts a mail server; security is one of this package's three.
func serve(t *testing.T, security string) *post {
	t.Helper()
	return serveWith(t, security, "", "")
}

// serveWith is serve for a server that asks for a name and a password.
func serveWith(t *testing.T, security, user, password string) *post {
	t.Helper()
	p := &post{t: t, server: peer.Config{User: user, Password: password, FromStart: security == TLS}}
	if security != NoTLS {
		p.server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate(t)}, MinVersion: tls.VersionTLS12}
	}
	var err error
	if p.Peer, err = peer.Start(p.server); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// config is what it takes to send through p.
func (p *post) config(security string) SMTP {
	cfg := SMTP{Host: "127.0.0.1", Port: p.Port(), Security: security, From: "noreply@edu.test", User: p.server.User, Password: p.server.Password, Timeout: 5 * time.Second}
	if security != NoTLS {
		roots := x509.NewCertPool()
		leaf, err := x509.ParseCertificate(p.server.TLS.Certificates[0].Certificate[0])
		if err != nil {
			p.t.Fatal(err)
		}
		roots.AddCert(leaf)
		cfg.TLS = &tls.Config{RootCAs: roots, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
	}
	return cfg
}

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
