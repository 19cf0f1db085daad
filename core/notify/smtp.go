package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// The ways to secure the connection to the mail server.
const (
	StartTLS = "starttls" // plain first, then TLS, or nothing; also when empty
	TLS      = "tls"      // TLS from the first byte
	NoTLS    = "none"     // plain: a relay on the same machine
)

// SMTP says which server takes our mail.
type SMTP struct {
	Host     string // empty: no mail
	Port     int    // 0: 587 for StartTLS, 465 for TLS, 25 for NoTLS
	Security string
	From     string // address of the sender
	User     string // empty: no sign-in
	Password string
	Timeout  time.Duration // of dialling and of each command; 0: 15 s
	TLS      *tls.Config   // nil: the machine's certificates
}

type mailer struct {
	cfg    SMTP
	client *mail.Client
}

func newMailer(cfg SMTP) (*mailer, error) {
	if cfg.Timeout <= 0 {
		cfg.Timeout = 15 * time.Second
	}
	if err := mail.NewMsg().From(cfg.From); err != nil {
		return nil, errors.New("mail: the sender's address is not valid")
	}
	options := []mail.Option{mail.WithTimeout(cfg.Timeout), mail.WithoutNoop()}
	port := map[string]int{StartTLS: 587, TLS: 465, NoTLS: 25}
	switch cfg.Security {
	case "", StartTLS:
		cfg.Security = StartTLS
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case TLS:
		options = append(options, mail.WithSSL())
	case NoTLS:
		if cfg.User != "" {
			return nil, errors.New("mail: a password is not sent over a connection without TLS")
		}
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		return nil, fmt.Errorf("mail: %q is none of %s, %s, %s", cfg.Security, StartTLS, TLS, NoTLS)
	}
	if cfg.Port == 0 {
		cfg.Port = port[cfg.Security]
	}
	options = append(options, mail.WithPort(cfg.Port))
	if cfg.TLS != nil {
		options = append(options, mail.WithTLSConfig(cfg.TLS))
	}
	if cfg.User != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(cfg.User), mail.WithPassword(cfg.Password))
	}
	client, err := mail.NewClient(cfg.Host, options...)
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return &mailer{cfg: cfg, client: client}, nil
}

// refusal is why a letter did not leave, with the server's words in so far as they
// name nobody.
type refusal struct {
	code      int
	words     string
	temporary bool
}

func (r *refusal) Error() string { return fmt.Sprintf("mail refused (%d)", r.code) }

// connection is an open session with the mail server.
type connection struct {
	client *mail.Client
	smtp   *smtp.Client
}

// connect opens a session. Whatever keeps it from opening (no network, a wrong
// password) can be mended without the letter: it is temporary.
func (m *mailer) connect(ctx context.Context) (*connection, error) {
	c, err := m.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return nil, &refusal{code: codeOf(err), words: spoken(err, ""), temporary: true}
	}
	return &connection{client: m.client, smtp: c}, nil
}

func (c *connection) close() { _ = c.client.CloseWithSMTPClient(c.smtp) }

func (c *connection) send(msg *mail.Msg, to string) error {
	err := c.client.SendWithSMTPClient(c.smtp, msg)
	if err == nil {
		return nil
	}
	// Only a server's own "never" is one: a broken connection is not.
	code := codeOf(err)
	return &refusal{code: code, words: spoken(err, to), temporary: code < 500}
}

// codeOf finds the server's answer in an error, 0 for none.
func codeOf(err error) int {
	var s *mail.SendError
	if errors.As(err, &s) && s.ErrorCode() != 0 {
		return s.ErrorCode()
	}
	var t *textproto.Error
	if errors.As(err, &t) {
		return t.Code
	}
	return 0
}

// domainOf returns the part of an address behind the @.
func domainOf(address string) string {
	return address[strings.LastIndexByte(address, '@')+1:]
}
