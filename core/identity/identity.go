// Package identity says who somebody is and on whose word: accounts, their
// appointments, how they are invited, sign in and are kept out.
//
// # People
//
// One account is one person (TR-DR-8). What a person may do follows from their
// appointments: a role at a unit, on an order, given by somebody whom the
// profile's delegation rules let give it, who noted how the person was
// identified (KG-ER-6b–d). [Service.Appoint] makes the account on the way and
// returns a one-time link; [Service.Dismiss] ends an appointment, and with the
// last one the account is blocked and its sessions end, in every process.
// [Service.Grantable] says which roles the caller may give at a unit;
// [Service.People], [Service.Person] and [Service.Superiors] are what screens show;
// [Service.Find] finds who works elsewhere already, so that nobody gets a second
// account, and [Service.Rehearse] tries an appointment without making it.
//
// # Keys
//
// Nobody ever knows another person's password. An invitation and a reset by mail
// are links ([Service.OpenKey], [Service.Accept]); a reset without mail is a short
// code that a superior prints after identifying the person ([Service.PrintCode],
// [Service.RedeemCode]). All are kept as hashes, used once, and expire.
//
// # Coming in
//
// [Service.SignIn] takes login and password and returns an opened session, or a
// challenge for [Service.SecondStep]. Attempts are slowed down by network, by
// account and by browser, never so that a stranger could lock a person out of a
// browser they know (see throttle.go). [Service.Resolve] turns a session token
// into a caller, [Service.ResolveToken] an API token, [Service.ResolveAccount] an
// account for a job. Tokens are bound to the ministry: in another one they are
// nobody's.
//
// What a role demands before its use is asked by the gate through
// [Service.BeforeUse]; a person who has yet to set up a second factor can sign in
// and do that, and nothing else. The functions with which people keep their own
// keys (password, second factor, sessions, tokens) therefore do not pass the
// gate: what makes somebody ready cannot wait until they are. Everything else does.
//
// # Operators
//
// [Operators] does the same for the operators of the platform, with the same code
// on other tables: there, without a second factor nothing at all is open.
//
// Every method of a Service acts in the ministry that the context's caller names;
// before sign-in that is a caller with a ministry and no account. Failures are
// faults; none tells whether a login exists.
package identity

import (
	"context"
	"log/slog"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Bounds that no profile changes.
const (
	sharedIdle    = 10 * time.Minute // on a shared computer, whatever the profile allows
	seenEvery     = time.Minute      // how often a session's last use is written
	resetLife     = time.Hour        // of a link by mail
	ticketLife    = 15 * time.Minute // of the link that a printed code is exchanged for
	codeLife      = 24 * time.Hour   // of a printed code
	codeTries     = 8                // wrong ones before a printed code is void
	codeLength    = 8                // 39 bits
	challengeLife = 5 * time.Minute  // between password and second factor
	freshFor      = 10 * time.Minute // after signing in, a first second factor needs no password again
	tokenMostDays = 366              // of an API token
	sessionsKept  = 90 * 24 * time.Hour
	rememberLive  = 20_000 // sessions that a process remembers
)

// Config is what the service stands on. All fields but Approvals and Log are needed.
type Config struct {
	DB     *db.DB
	Clock  *clock.Clock
	Gate   *gate.Gate
	Tree   *unit.Tree
	Trail  *audit.Trail
	Notify *notify.Service

	// URL turns a path into the address of the screen in the caller's ministry,
	// for links by mail.
	URL func(ctx context.Context, path string) string

	// Approvals is the second pair of eyes; nil: nobody needs one.
	Approvals *approval.Service

	// Secrets are the installation's, newest first: the first seals and hashes,
	// all of them open. At least 16 bytes each.
	Secrets [][]byte

	Log *slog.Logger // nil: nothing is logged
}

// Service is the identity of one installation's ministries.
type Service struct {
	db     *db.DB
	clock  *clock.Clock
	gate   *gate.Gate
	tree   *unit.Tree
	trail  *audit.Trail
	notify *notify.Service
	url    func(ctx context.Context, path string) string
	log    *slog.Logger
	door   door

	approvals *approval.Service
	sessions  *db.Cache[string, live]
	tokens    *db.Cache[string, live]
}

// New returns the service. It registers itself with the tree, so that a moved
// unit moves the rights held there.
func New(cfg Config) (*Service, error) {
	k, err := newKeys(cfg.Secrets)
	if err != nil {
		return nil, err
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		db: cfg.DB, clock: cfg.Clock, gate: cfg.Gate, tree: cfg.Tree, trail: cfg.Trail,
		notify: cfg.Notify, url: cfg.URL, log: cfg.Log,
		door:     newDoor(cfg.DB, cfg.Clock, k, ministryRealm(cfg.DB)),
		sessions: db.NewCache[string, live](cfg.DB, kindSession, rememberLive, seenEvery),
		tokens:   db.NewCache[string, live](cfg.DB, kindToken, rememberLive, seenEvery),
	}
	s.door.record = s.recordSignIn
	cfg.Tree.OnMove(s.moved)
	if s.approvals = cfg.Approvals; s.approvals != nil {
		s.approvals.Know(approval.People{Approvers: s.administrators, Resolve: s.ResolveAccount})
		s.approvals.Register(kindAppointment, s.appointApproved)
	}
	return s, nil
}

// moved has every process read its sessions anew: their assignments carry paths.
func (s *Service) moved(ctx context.Context, _ *db.Tx, _, _ string) error {
	if err := s.db.Notify(ctx, kindSession, ""); err != nil {
		return err
	}
	return s.db.Notify(ctx, kindToken, "")
}

// now is the present moment as the database keeps it.
func (d door) now() time.Time { return d.clock.Now().Truncate(time.Microsecond) }

func (s *Service) now() time.Time { return s.door.now() }

// today is the present day in the ministry that acts in ctx.
func (s *Service) today(ctx context.Context) time.Time { return s.tree.Today(ctx) }

// me returns who has signed in.
func me(ctx context.Context) (*caller.Caller, error) {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return nil, fault.New(fault.Unauthenticated, "gate.sign_in")
	}
	return c, nil
}

// limit returns a number of the profile as it is today; otherwise what stands there.
func limit(p *profile.Profile, id string, today time.Time, otherwise float64) float64 {
	if v := p.Limit(id, today); v > 0 {
		return v
	}
	return otherwise
}
