// Package identity says who somebody is and on whose word: accounts, their
// appointments, how they are invited and told. How they come in is package door's.
//
// # People
//
// One account is one person (TR-DR-8). What a person may do follows from their
// appointments: a role at a unit, on an order, given by somebody whom the
// profile's delegation rules let give it, who noted how the person was
// identified (KG-ER-6b–d). [Service.Appoint] makes the account on the way and
// returns a one-time link; [Service.Dismiss] ends an appointment, and with the
// last one the account is blocked and its sessions end, in every process.
// [Service.Block] goes as far as whoever blocks answers for: the account, or single
// posts, which are held then and give nothing (stop.go).
// [Service.Grantable] says which roles the caller may give at a unit;
// [Service.People], [Service.Person] and [Service.Superiors] are what screens show;
// [Service.Find] finds who works elsewhere already, so that nobody gets a second
// account, and [Service.Rehearse] tries an appointment without making it.
//
// # Keys
//
// Who may have a key made for somebody is asked here: an invitation
// ([Service.Accept]), a letter with a link ([Service.ForgotPassword]), a code that a
// superior prints after identifying the person ([Service.PrintCode]).
//
// # The door
//
// [Service.Door] is the ministries' door. It asks this package what it must know of
// people (entrance.go); [Service.Resolve] turns a session token into a caller,
// [Service.ResolveToken] an API token, [Service.ResolveAccount] an account for a job.
// What a role demands before its use is asked by the gate through
// [Service.BeforeUse]; a person who has yet to set up a second factor can sign in
// and do that, and nothing else.
//
// # Operators
//
// [Operators] are the operators of the platform, with a door of their own, through
// which nothing is open without a second factor. What others do to their keys they are
// told by mail.
//
// Every method of a Service acts in the ministry that the context's caller names;
// before sign-in that is a caller with a ministry and no account. Failures are
// faults; none tells whether a login exists.
package identity

import (
	"context"
	"log/slog"
	"time"

	"github.com/alexedwards/argon2id"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity/door"
	"mektep/core/notify"
	"mektep/core/profile"
	"mektep/core/unit"
)

// resetLife is how long a link by mail to a new password is good.
const resetLife = time.Hour

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

	// Later has AnswerForgotten called with f soon after the open unit commits, by a
	// system role; nil: a forgotten password cannot be asked for by mail.
	Later func(ctx context.Context, tx *db.Tx, f Forgotten) error

	// Approvals is the second pair of eyes; nil: nobody needs one.
	Approvals *approval.Service

	// Secrets are the installation's, newest first: the first seals and hashes,
	// all of them open. At least 16 bytes each.
	Secrets [][]byte

	// Hashing is what a password's hash costs; nil: as much as package door says.
	Hashing *argon2id.Params

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
	later  func(ctx context.Context, tx *db.Tx, f Forgotten) error

	// Door is how the people of ministries come in and keep their own keys.
	Door *door.Door

	approvals *approval.Service
}

// New returns the service. It registers itself with the tree, so that a moved
// unit moves the rights held there.
func New(cfg Config) (*Service, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		db: cfg.DB, clock: cfg.Clock, gate: cfg.Gate, tree: cfg.Tree, trail: cfg.Trail,
		notify: cfg.Notify, url: cfg.URL, log: cfg.Log, later: cfg.Later,
	}
	var err error
	s.Door, err = door.OfMinistries(door.Config{DB: cfg.DB, Clock: cfg.Clock, House: s.house(), Secrets: cfg.Secrets, Hashing: cfg.Hashing})
	if err != nil {
		return nil, err
	}
	if cfg.Notify != nil {
		cfg.Notify.Under(s.Door)
	}
	cfg.Tree.OnMove(s.moved)
	cfg.Tree.OnEnd(s.unitEnds)
	if s.approvals = cfg.Approvals; s.approvals != nil {
		s.approvals.Know(approval.People{Administrators: s.administrators, Holders: s.holders, Behind: s.standBehind, Operators: s.operatorHands, Resolve: s.ResolveAccount})
		s.approvals.Register(kindAppointment, approval.Kind{
			Do: s.appointApproved, Told: s.appointTold, Offered: s.offerTold, Refused: s.appointRefused, Anew: s.appointAnew,
		})
		s.approvals.Register(kindAccount, approval.Kind{Do: s.deedApproved, Told: s.deedTold})
	}
	return s, nil
}

// moved has every process read its sessions anew: their assignments carry paths.
func (s *Service) moved(ctx context.Context, _ *db.Tx, _, _ string) error {
	return s.Door.Moved(ctx)
}

// now is the present moment as the database keeps it.
func (s *Service) now() time.Time { return s.Door.Now() }

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
