package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/url"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// errNoMail is the one value behind NoMail; faults are not changed in place.
var errNoMail = fault.New(fault.Unavailable, "notify.no_mail")

// errNoAddress is a letter to what is no address: as little can be sent as without a server.
var errNoAddress = fault.New(fault.Invalid, "notify.address")

// NoMail reports that mail could not be queued, because no mail server is configured or the
// address is none: the sender has to hand the text over in another way, and goes on with
// what the letter is about.
func NoMail(err error) bool { return errors.Is(err, errNoMail) || errors.Is(err, errNoAddress) }

// Letter is one mail to one person.
type Letter struct {
	Kind       string // what it is about, for the outbox
	To         string // address
	Language   string // of the recipient; empty: the ministry's own
	SubjectKey string
	BodyKey    string
	Args       fault.Args // of subject and body
	ButtonKey  string     // words on the button; with URL
	URL        string     // where it leads; http or https
	Expires    time.Time  // not to be sent any more from then on; zero: never
	Account    int64      // whose it is; 0: an address that is nobody's any more
}

// HasMail reports whether mail can be sent at all.
func (s *Service) HasMail() bool { return s.mailer != nil }

// Mail puts a letter into the outbox, in the open unit.
//
// Errors: a fault that NoMail recognises, with nothing queued: Unavailable without a mail
// server, Invalid for an address that is none.
func (s *Service) Mail(ctx context.Context, tx *db.Tx, l Letter) error {
	if err := s.put(ctx, tx, l); err != nil {
		return err
	}
	return s.queued(ctx, tx)
}

// queued has what was put into the outbox delivered soon after the unit commits.
func (s *Service) queued(ctx context.Context, tx *db.Tx) error {
	if s.cfg.Queued == nil {
		return nil
	}
	return s.cfg.Queued(postman(ctx), tx)
}

// put is Mail without having it delivered.
func (s *Service) put(ctx context.Context, tx *db.Tx, l Letter) error {
	if s.mailer == nil {
		return errNoMail
	}
	address, err := netmail.ParseAddress(l.To)
	if err != nil || address.Name != "" {
		return errNoAddress // without the cause, which quotes it
	}
	if u, err := url.Parse(l.URL); l.URL != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return fmt.Errorf("notify: the link of a %s letter is not a web address", l.Kind)
	}
	if l.URL != "" {
		if s.sealer == nil {
			return fmt.Errorf("notify: nothing closes the link of a %s letter", l.Kind)
		}
		l.URL = s.sealer.Seal([]byte(l.URL), sealedLink, tx.Tenant())
	}
	args, err := json.Marshal(l.Args)
	if err != nil {
		return fmt.Errorf("notify: %s: %w", l.Kind, err)
	}
	l.To = address.Address
	if l.Language == "" && s.cfg.Language != nil {
		l.Language = s.cfg.Language(ctx)
	}
	l.Language = s.cfg.Locales.Localizer(l.Language).Tag()
	var by int64
	if c := caller.From(ctx); c.SignedIn() {
		by = c.Account
	}
	return fault.Wrap(insertLetter(ctx, tx, l, by, args, s.clock.Now()), "notify: queue mail")
}

// Withdraw takes back letters of a subject to somebody that have not left yet: what they
// carry is void.
func (s *Service) Withdraw(ctx context.Context, tx *db.Tx, account int64, subject string) error {
	return fault.Wrap(withdraw(ctx, tx, account, subject, s.clock.Now()), "notify: withdraw mail")
}

// Postman is the system role that carries mail, whoever it is that writes: also
// nobody, as when somebody who has forgotten their password asks for a letter.
const Postman = "mail"

func postman(ctx context.Context) context.Context {
	c := caller.From(ctx)
	if c == nil {
		return ctx
	}
	return caller.With(ctx, caller.System(c.Tenant, Postman, c.RequestID))
}
