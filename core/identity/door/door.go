// Package door is how somebody comes in and is kept out: password, second factor,
// session, API token, one-time key, and the brake on guessing any of them.
//
// One [Door] stands before the ministries, one before the platform: the same code
// on two sets of tables (realm.go). A door knows keys and accounts' numbers, and
// nothing of roles, appointments or superiors. What it must know of the house
// behind it, it asks through the functions of [House], which are set while wiring:
// package identity does that, and this package never imports it.
//
// # Coming in
//
// [Door.SignIn] takes login and password and returns an opened session, or a
// challenge for [Door.SecondStep]. Attempts are slowed down by network, by account
// and by browser, never so that a stranger could lock a person out of a browser
// they know (throttle.go). [Door.Session] and [Door.Token] say whose a token is.
// Tokens are bound to the ministry: in another one they are nobody's.
//
// # Keys
//
// Nobody ever knows another person's password. An invitation and a reset by mail
// are links ([Door.NewLink], [Door.FindKey], [Door.Accept]); a reset without mail
// is a short code ([Door.NewCode], [Door.RedeemCode]). All are kept as hashes, used
// once, and expire. Who may have one made for whom is not asked here.
//
// # One's own keys
//
// The functions with which people keep their own keys (password, second factor,
// sessions, tokens) do not pass the gate: what makes somebody ready cannot wait
// until they are. They happen once for the key of the request (package once), which is
// looked at before a password or a code is judged: a repetition is no second try. The
// brake's own counting takes no key, and is never taken back.
//
// Failures are faults; none tells whether a login exists.
package door

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/alexedwards/argon2id"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/once"
)

// Bounds that no profile changes.
const (
	sharedIdle    = 10 * time.Minute    // on a shared computer, whatever the profile allows
	seenEvery     = time.Minute         // how often a session's last use is written
	ticketLife    = 15 * time.Minute    // of the link that a printed code is exchanged for
	challengeLife = 5 * time.Minute     // between password and second factor
	freshFor      = 10 * time.Minute    // after signing in, a first second factor needs no password again
	tokenMostDays = 366                 // of an API token
	tokenName     = 100                 // characters in its name
	keysKept      = 90 * 24 * time.Hour // what is over, before it is swept away
	rememberLive  = 20_000              // sessions that a process remembers
)

// CodeLife is how long a printed code is good.
const CodeLife = 24 * time.Hour

// House is what stands behind a door: what it must be asked, set while wiring. All
// but Open, Entered and Changed are needed.
type House struct {
	// Who returns who has signed in here. Fault: Unauthenticated.
	Who func(ctx context.Context) (*caller.Caller, error)

	// Open refuses while nobody may come in at all.
	Open func(ctx context.Context) error

	// Terms are this house's.
	Terms func(ctx context.Context) (Terms, error)

	// Admit refuses an account that may not come in today, password or not.
	Admit func(ctx context.Context, tx *db.Tx, account int64) error

	// Barred says why an account that is not active may not come in, to who has its password.
	Barred func(ctx context.Context, tx *db.Tx, account int64) error

	// Assignments are what an account may act by.
	Assignments func(ctx context.Context, tx *db.Tx, account int64) ([]caller.Assignment, error)

	// Entered hears of a session just opened.
	Entered func(ctx context.Context, tx *db.Tx, c Credential, n NewSession) error

	// Changed hears that an account's keys are others now, to tell its owner.
	Changed func(ctx context.Context, tx *db.Tx, account int64, c Change) error

	// Keep refuses to let the caller go without a second factor.
	Keep func(ctx context.Context, c *caller.Caller) error

	// Own are words of the person, which a password must not hold.
	Own func(ctx context.Context, c *caller.Caller) ([]string, error)

	// Record writes into the house's trail; refusal is nil for what went well. For a
	// refusal it is called outside any unit, with a nil tx.
	Record func(ctx context.Context, tx *db.Tx, e audit.Entry, refusal error) error
}

// Change is what has become of somebody's keys.
type Change string

// The changes.
const (
	PasswordChanged Change = "password"
	SecondSet       Change = "second_set"
	SecondDropped   Change = "second_dropped"
)

func (d *Door) changed(ctx context.Context, tx *db.Tx, account int64, c Change) error {
	if d.house.Changed == nil {
		return nil
	}
	return d.house.Changed(ctx, tx, account, c)
}

// Terms are how long a session lasts, and the shortest password.
type Terms struct {
	Idle, Most time.Duration
	Least      int // characters
}

// Config is what a door stands on.
type Config struct {
	DB    *db.DB
	Clock *clock.Clock
	House House

	// Secrets are the installation's, newest first: the first seals and hashes, all
	// of them open. At least 16 bytes each.
	Secrets [][]byte

	// Hashing is what a password's hash costs; nil: the package's own.
	Hashing *argon2id.Params
}

// Door is one way in.
type Door struct {
	realm
	house    House
	db       *db.DB
	once     *once.Store
	clock    *clock.Clock
	keys     keys
	hasher   *hasher
	tries    attempts
	sessions *db.Cache[string, Live]
	tokens   *db.Cache[string, Live]
	heard    func(why string)
}

// Refused has fn hear of each refused attempt to come in, and why: "wait" (slowed
// down), "wrong", "denied". Set it while wiring.
func (d *Door) Refused(fn func(why string)) { d.heard = fn }

// OfMinistries returns the door to the ministries: which one, the caller in each
// context says.
func OfMinistries(cfg Config) (*Door, error) {
	d, err := newDoor(cfg, ministryRealm(cfg.DB), once.OfMinistries(cfg.DB, cfg.Clock))
	if err != nil {
		return nil, err
	}
	d.sessions = db.NewCache[string, Live](cfg.DB, kindSession, rememberLive, seenEvery)
	d.tokens = db.NewCache[string, Live](cfg.DB, kindToken, rememberLive, seenEvery)
	return d, nil
}

// OfPlatform returns the operators' door. It has no API tokens, and remembers
// nothing: operators are few, and what ends a session must end it now.
func OfPlatform(cfg Config) (*Door, error) {
	return newDoor(cfg, platformRealm(cfg.DB), once.OfPlatform(cfg.DB, cfg.Clock))
}

func newDoor(cfg Config, r realm, o *once.Store) (*Door, error) {
	k, err := newKeys(cfg.Secrets)
	if err != nil {
		return nil, err
	}
	params := hashParams
	if cfg.Hashing != nil {
		params = *cfg.Hashing
	}
	return &Door{
		realm: r, house: cfg.House, db: cfg.DB, once: o, clock: cfg.Clock, keys: k,
		hasher: newHasher(params), tries: attempts{realm: r, keys: k},
	}, nil
}

// What is recorded of coming in.
const (
	actSignIn  = "sign_in"
	actSecond  = "second_factor"
	actRedeem  = "redeem"
	actSignOut = "sign_out"
)

// Attempt is a try to sign in, as the edge saw it.
type Attempt struct {
	Login     string
	Password  string
	Device    string     // the device cookie, empty where there is none
	Remote    netip.Addr // of the person, not of a proxy
	UserAgent string
	Shared    bool // others use this computer: shorter idle time, no device cookie
}

// Second is the second step of a sign-in.
type Second struct {
	Challenge string // from Outcome
	Code      string // of the authenticator, or a recovery code
	Device    string
	Remote    netip.Addr
	UserAgent string
}

// Outcome of a first step: an open session, or a challenge.
type Outcome struct {
	Session   *Opened
	Challenge string // not empty: ask for the second factor and call SecondStep within five minutes
}

// Opened is a session just opened. The tokens are shown here and never again.
type Opened struct {
	Token        string // for the session cookie
	Device       string // for the device cookie; empty on a shared computer
	UID          string
	Expires      time.Time
	Idle         time.Duration
	Language     string // the person's; empty: not chosen yet
	SecondFactor bool
	RecoveryLeft int // recovery codes left, when one was just used; otherwise -1
}

// Now is the present moment as the database keeps it.
func (d *Door) Now() time.Time { return d.clock.Now().Truncate(time.Microsecond) }

// Moved has every process read its sessions and tokens anew: what people may act by
// has changed as a whole.
func (d *Door) Moved(ctx context.Context) error {
	if err := d.db.Notify(ctx, kindSession, ""); err != nil {
		return err
	}
	return d.db.Notify(ctx, kindToken, "")
}

// wrong is the one answer to whatever does not fit: it tells nobody what exists.
func wrong() *fault.Error { return fault.New(fault.Unauthenticated, "identity.wrong_login") }

// refused records a refusal and returns it. What failed to be recorded is told
// instead: an attempt that leaves no trace must not be answered as if it had.
// "Wait" is not recorded: the failures that led to it are, and a flood of
// attempts must not become a flood of rows.
func (d *Door) refused(ctx context.Context, what string, c Credential, err error) error {
	d.hear(err)
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Denied:
		e := audit.Entry{Action: what, Object: "session", Account: c.ID, AccountUID: c.UID}
		if rerr := d.house.Record(ctx, nil, e, err); rerr != nil {
			return fault.Wrap(rerr, "record a refused sign-in")
		}
	}
	return err
}

func (d *Door) hear(err error) {
	if d.heard == nil {
		return
	}
	switch fault.KindOf(err) {
	case fault.Unauthenticated:
		d.heard("wrong")
	case fault.Denied:
		d.heard("denied")
	case fault.TooMany:
		d.heard("wait")
	default:
	}
}

// record writes what went well.
func (d *Door) record(ctx context.Context, tx *db.Tx, e audit.Entry) error {
	return d.house.Record(ctx, tx, e, nil)
}

// personalised records that somebody changed a key of their own.
func (d *Door) personalised(ctx context.Context, tx *db.Tx, c *caller.Caller, what string) error {
	return d.record(ctx, tx, audit.Entry{Action: "personalise", Object: d.object(), Target: c.AccountUID, Fields: []string{what}})
}

// Lock keeps others from changing an account until the unit ends, and returns what
// it signs in with. Fault: NotFound.
func (d *Door) Lock(ctx context.Context, tx *db.Tx, account int64) (Credential, error) {
	return d.byID(ctx, tx, account, true)
}

// LockUID is Lock by public id.
func (d *Door) LockUID(ctx context.Context, tx *db.Tx, uid string) (Credential, error) {
	c, err := d.credential(ctx, tx, "uid = $2 FOR NO KEY UPDATE", uid)
	if db.NoRows(err) {
		return c, fault.New(fault.NotFound, "identity.no_account")
	}
	return c, err
}

// AskedForLetter counts that somebody without a session asked for a letter, by
// where they ask from and by what they typed, in a unit of its own: what fails
// afterwards takes nothing back. Nobody is looked up, so that it says the same of
// somebody and of nobody. Fault: TooMany.
func (d *Door) AskedForLetter(ctx context.Context, from netip.Addr, typed string) error {
	return d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		return d.tries.debit(ctx, tx, []charge{
			{kind: "mail_from", key: d.keys.placeHash(tx.Tenant(), "mail_from", station(from))},
			{kind: "mail_to", key: d.keys.placeHash(tx.Tenant(), "mail_to", FoldLogin(typed))},
		})
	})
}

// Way is how somebody hears of a letter that was asked for, each with a brake of its own:
// by what stays away nobody is kept from one that goes out.
type Way string

// The ways.
const (
	ByLetter Way = "mailbox"
	Inside   Way = "inbox" // that it did not go out
)

// MayWriteTo reports whether one more letter that was asked for may go to an
// account, and counts it: a mailbox is not flooded, by whatever names it is asked
// for. Whoever asked is not told.
func (d *Door) MayWriteTo(ctx context.Context, tx *db.Tx, account int64, way Way) (bool, error) {
	err := d.tries.debit(ctx, tx, []charge{
		{kind: "mail_to", key: d.keys.placeHash(tx.Tenant(), string(way), strconv.FormatInt(account, 10))},
	})
	if fault.KindOf(err) == fault.TooMany {
		return false, nil
	}
	return err == nil, err
}

// MayAskAt is MayWriteTo for a letter that asks whether an address is read: the brake is that
// mailbox's as well, whoever enters it and however it is written, and that of each who has a hand
// on the account.
func (d *Door) MayAskAt(ctx context.Context, tx *db.Tx, account int64, mailbox string, hands ...int64) (bool, error) {
	return d.mayWriteAt(ctx, tx, "asked", "mail_at", account, mailbox, hands)
}

// MayTellAt is MayAskAt for a letter that tells of something, to an address that nobody has shown
// to read.
func (d *Door) MayTellAt(ctx context.Context, tx *db.Tx, account int64, mailbox string) (bool, error) {
	return d.mayWriteAt(ctx, tx, "told", "mail_to", account, mailbox, nil)
}

func (d *Door) mayWriteAt(ctx context.Context, tx *db.Tx, what, pace string, account int64, mailbox string, hands []int64) (bool, error) {
	charges := []charge{
		{kind: "mail_to", key: d.keys.placeHash(tx.Tenant(), what, strconv.FormatInt(account, 10))},
		{kind: pace, key: d.keys.placeHash(tx.Tenant(), what+"_at", mailbox)},
	}
	if c := caller.From(ctx); c.SignedIn() { // one hand, whomever they type it for
		hands = append(slices.Clone(hands), c.Account)
	}
	slices.Sort(hands)
	for _, by := range slices.Compact(hands) {
		if by != account {
			charges = append(charges, charge{kind: "mail_to", key: d.keys.placeHash(tx.Tenant(), what+"_by", strconv.FormatInt(by, 10), mailbox)})
		}
	}
	err := d.tries.debit(ctx, tx, charges)
	if fault.KindOf(err) == fault.TooMany {
		return false, nil
	}
	return err == nil, err
}

// Seal encrypts what is to come back from outside, e.g. a cursor, for one purpose
// in one ministry; Unseal opens it again.
func (d *Door) Seal(plain []byte, purpose string, tenant int32) string {
	return encode(d.keys.sealed(plain, purpose, tenant))
}

// Unseal opens what Seal closed for the same purpose.
func (d *Door) Unseal(text, purpose string, tenant int32) ([]byte, error) {
	box, err := decode(text)
	if err != nil {
		return nil, err
	}
	return d.keys.opened(box, purpose, tenant)
}

// Sweep removes what is long over. A daily round calls it, within its unit.
func (d *Door) Sweep(ctx context.Context, tx *db.Tx) error {
	old := d.Now().Add(-keysKept)
	tables := []string{"{session} WHERE expires_at", "{key} WHERE expires_at", "{device} WHERE seen_at"}
	if !d.platform {
		tables = append(tables, "api_token WHERE expires_at")
	}
	for _, t := range tables {
		if _, err := tx.PGX().Exec(ctx, d.sql("DELETE FROM "+t+" < $2 AND tenant_id = $1"), tx.Tenant(), old); err != nil {
			return err
		}
	}
	return d.tries.sweepAttempts(ctx, tx)
}
