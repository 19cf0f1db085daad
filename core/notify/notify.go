// Package notify tells people that something has happened: in an inbox on screen,
// which everybody has, and by mail, where a mail server is configured and the
// person has an address.
//
// Both are written in the sender's unit of work: when that rolls back, nobody was
// told. A notice is a message key with arguments and is put into words when it is
// read. Mail waits in an outbox behind the tenant wall until [Service.Deliver]
// hands it to the server, outside any transaction.
package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/once"
)

// pageSize is how many notices a page of the inbox has.
const pageSize = 30

// mostUnread is where counting unread notices stops: beyond it the number tells
// nothing and costs.
const mostUnread = 100

// Notice is what people are told.
type Notice struct {
	Kind string     // what it is about, for filtering: a word such as "appointment"
	Key  string     // message key of the text
	Args fault.Args // plain values; a time keeps its zone
	Link string     // path of the screen to go to; empty for none
	Mail bool       // by mail too, to those who have an address, where mail is configured
}

// Item is a notice in somebody's inbox.
type Item struct {
	UID  string
	Kind string
	Key  string
	Args fault.Args
	Link string
	At   time.Time
	Read bool
}

// Recipient is where an account's mail goes and in which language.
type Recipient struct {
	Account  int64
	Address  string // empty: no mail
	Language string // empty: the ministry's own
	Name     string
	Screen   string // path of the screen about them
}

// Head is by what a reader can tell that a letter is the ministry's: whom to ring, and
// the address that stays.
type Head struct {
	Name    string // the ministry's, as the mail's sender
	Address string // of its site
	Help    string // whom to ask, in one line; empty: nobody is named
	ReplyTo string // where answers are read; empty: nowhere
}

// Config says what this package cannot know by itself.
type Config struct {
	Locales *locale.Bundle
	SMTP    SMTP // the zero value: no mail

	// Recipients finds the addresses of accounts, in the open unit. Without it
	// notices never go by mail.
	Recipients func(ctx context.Context, tx *db.Tx, accounts []int64) ([]Recipient, error)
	// Head is what a letter says of who sends it, in a language; may be nil.
	Head func(ctx context.Context, language string) Head
	// Language is the ministry's own, for readers who have chosen none; nil: the first
	// there is.
	Language func(ctx context.Context) string
	// Ended hears, in the unit that writes it down, what became of a letter to one of the
	// platform's own accounts; may be nil.
	Ended func(ctx context.Context, tx *db.Tx, account int64, s State) error
	// URL turns a path into the address of the screen in the caller's ministry;
	// without it notices by mail have no button.
	URL func(ctx context.Context, path string) string
	// Queued is called in the unit that put mail into the outbox, to have Deliver
	// called soon after it commits: as the system role Postman; may be nil.
	Queued func(ctx context.Context, tx *db.Tx) error

	Clock *clock.Clock // nil: the real one
	Log   *slog.Logger // nil: nothing is logged
}

// Service sends and shows notices.
type Service struct {
	db     *db.DB
	once   *once.Store
	cfg    Config
	clock  *clock.Clock
	log    *slog.Logger
	mailer *mailer // nil: no mail
	sealer Sealer
	unread *db.Cache[string, int]
}

// Sealer keeps what lies in the database from whoever reads the database, a copy of it or
// its backups: what was closed for a purpose, in a ministry, is opened for the same alone.
type Sealer interface {
	Seal(plain []byte, purpose string, tenant int32) string
	Unseal(sealed, purpose string, tenant int32) ([]byte, error)
}

// Under gives the service what closes the links of letters that wait: they are keys, which
// lie nowhere else but as hashes. Set while wiring; without it no letter has a link.
func (s *Service) Under(k Sealer) { s.sealer = k }

// sealedLink is the purpose of links in the outbox.
const sealedLink = "letter"

// told is the kind of notice that an account was told something, or has read it: its key
// is the account's mailbox.
const told db.Kind = "told"

// How many accounts' unread numbers are remembered, and how long at most.
const (
	unreadKept = 20_000
	unreadLife = 5 * time.Minute
)

func mailbox(account int64) string { return strconv.FormatInt(account, 10) }

// New returns the service.
//
// Errors: a mail server that is configured wrongly; it is not contacted.
func New(d *db.DB, cfg Config) (*Service, error) {
	s := &Service{db: d, once: once.OfMinistries(d, cfg.Clock), cfg: cfg, clock: cfg.Clock, log: cfg.Log, unread: db.NewCache[string, int](d, told, unreadKept, unreadLife)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if cfg.SMTP.Host == "" {
		return s, nil
	}
	m, err := newMailer(cfg.SMTP)
	if err != nil {
		return nil, fmt.Errorf("notify: %w", err)
	}
	s.mailer = m
	return s, nil
}

// Send puts a notice into the inbox of each account, in the sender's unit, and
// where Notice.Mail is set into the outbox besides. That mail cannot be sent is no
// error: the inbox has it.
func (s *Service) Send(ctx context.Context, tx *db.Tx, accounts []int64, n Notice) error {
	if len(accounts) == 0 {
		return nil
	}
	if n.Link != "" && (!strings.HasPrefix(n.Link, "/") || strings.HasPrefix(n.Link, "//")) {
		return fmt.Errorf("notify: the link of a %s notice is not a path", n.Kind)
	}
	args, err := json.Marshal(n.Args)
	if err != nil {
		return fmt.Errorf("notify: %s: %w", n.Kind, err)
	}
	if err := insertNotices(ctx, tx, accounts, n, args, s.clock.Now()); err != nil {
		return fault.Wrap(err, "notify: send")
	}
	if err := s.tellUnread(ctx, accounts); err != nil {
		return fault.Wrap(err, "notify: send")
	}
	if !n.Mail || s.mailer == nil || s.cfg.Recipients == nil {
		return nil
	}
	return s.mailNotice(ctx, tx, accounts, n)
}

// mailNotice queues a notice for those of accounts who have an address.
func (s *Service) mailNotice(ctx context.Context, tx *db.Tx, accounts []int64, n Notice) error {
	to, err := s.cfg.Recipients(ctx, tx, accounts)
	if err != nil {
		return fault.Wrap(err, "notify: find addresses")
	}
	put := false
	for _, r := range to {
		if r.Address == "" {
			continue
		}
		letter := Letter{
			Account: r.Account, Kind: n.Kind, To: r.Address, Language: r.Language,
			SubjectKey: about + n.Key, BodyKey: n.Key, Args: n.Args,
		}
		if n.Link != "" && s.cfg.URL != nil {
			letter.ButtonKey, letter.URL = "notify.mail.open", s.cfg.URL(ctx, n.Link)
		}
		err := s.put(ctx, tx, letter)
		if err != nil && !NoMail(err) {
			return err // an address that is none must not stop what the notice is about
		}
		put = put || err == nil
	}
	if !put {
		return nil
	}
	return s.queued(ctx, tx)
}

// Inbox returns a page of the caller's own notices, newest first. after is the
// cursor that the page before returned as next; next is empty on the last page.
//
// Errors: Unauthenticated without an account; Invalid for a cursor that is none.
func (s *Service) Inbox(ctx context.Context, after string) (items []Item, next string, err error) {
	account, err := own(ctx)
	if err != nil {
		return nil, "", err
	}
	before := int64(1<<63 - 1)
	if after != "" {
		if before, err = strconv.ParseInt(after, 36, 64); err != nil {
			return nil, "", fault.New(fault.Invalid, "notify.cursor").WithField("after", "notify.cursor", nil)
		}
	}
	b := &pgx.Batch{}
	var last int64
	queueInbox(b, db.TenantOf(ctx), account, before, pageSize+1, func(id int64, it Item) {
		if len(items) == pageSize {
			next = strconv.FormatInt(last, 36)
			return
		}
		last = id
		items = append(items, it)
	})
	if err := s.db.Read(ctx, b); err != nil {
		return nil, "", fault.Wrap(err, "notify: inbox")
	}
	return items, next, nil
}

// Unread returns how many notices the caller has not read, mostUnread at most; 0
// for who has no account. It stands on every page, and is remembered until something is
// told to the account or read by it.
func (s *Service) Unread(ctx context.Context) (int, error) {
	account, err := own(ctx)
	if err != nil {
		return 0, nil //nolint:nilerr // nobody has told them anything
	}
	n, err := s.unread.Get(ctx, mailbox(account), func(ctx context.Context) (n int, err error) {
		b := &pgx.Batch{}
		queueUnread(b, db.TenantOf(ctx), account, &n)
		return n, s.db.Read(ctx, b)
	})
	return n, fault.Wrap(err, "notify: unread")
}

// mostTold is how many accounts are named one by one when they are told something; of more
// all of the ministry are counted anew.
const mostTold = 16

func (s *Service) tellUnread(ctx context.Context, accounts []int64) error {
	if len(accounts) > mostTold {
		return s.db.Notify(ctx, told, "")
	}
	for _, a := range accounts {
		if err := s.db.Notify(ctx, told, mailbox(a)); err != nil {
			return err
		}
	}
	return nil
}

// MarkRead marks the caller's notices with these public ids as read; without any,
// all of them. Others' notices are left as they are.
func (s *Service) MarkRead(ctx context.Context, uids ...string) error {
	account, err := own(ctx)
	if err != nil {
		return err
	}
	err = s.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := markRead(ctx, tx, account, uids, s.clock.Now()); err != nil {
			return err
		}
		return s.db.Notify(ctx, told, mailbox(account))
	})
	return fault.Wrap(err, "notify: mark read")
}

// kept is how long a notice that was read and a letter that was dealt with are kept:
// long enough to answer "nobody told me" within a school year's half.
const kept = 180 * 24 * time.Hour

// Forget removes what is kept long enough.
func (s *Service) Forget(ctx context.Context) error { return s.Purge(ctx, s.clock.Now().Add(-kept)) }

// Purge removes notices read and mail dealt with before a moment.
func (s *Service) Purge(ctx context.Context, before time.Time) error {
	err := s.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return purge(ctx, tx, before) })
	return fault.Wrap(err, "notify: purge")
}

func own(ctx context.Context) (int64, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return 0, fault.New(fault.Unauthenticated, "fault.unauthenticated")
	}
	return c.Account, nil
}
