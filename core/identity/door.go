package identity

import (
	"context"
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
)

// door is how somebody comes in: password, second factor, session. One stands
// before the ministries, one before the platform.
type door struct {
	realm
	db    *db.DB
	clock *clock.Clock
	keys  keys
	hash  *hasher
	tries attempts

	// record writes an attempt into the trail that the realm has: err nil means
	// that it succeeded. It is called outside any unit for a refusal.
	record func(ctx context.Context, tx *db.Tx, what string, c credential, session string, err error) error
}

func newDoor(d *db.DB, c *clock.Clock, k keys, r realm) door {
	return door{realm: r, db: d, clock: c, keys: k, hash: newHasher(hashParams), tries: attempts{realm: r, keys: k}}
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

// wrong is the one answer to whatever does not fit: it tells nobody what exists.
func wrong() *fault.Error { return fault.New(fault.Unauthenticated, "identity.wrong_login") }

// foldLogin is the form in which logins are kept and compared. What the keyboards
// of our languages do to Latin letters (İ ı ş ç) is undone.
func foldLogin(s string) string {
	s = strings.NewReplacer("İ", "i", "ı", "i").Replace(norm.NFKC.String(strings.TrimSpace(s)))
	s = norm.NFD.String(strings.ToLower(s))
	return strings.Map(func(r rune) rune {
		if unicode.IsMark(r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

const maxLogin = 64

// validLogin reports whether a folded login is one: Latin letters, digits and
// . _ - @ +, beginning with a letter or digit, 3 to 64 of them.
func validLogin(s string) bool {
	if len(s) < 3 || len(s) > maxLogin {
		return false
	}
	for i, r := range s {
		word := r >= 'a' && r <= 'z' || r >= '0' && r <= '9'
		if !word && (i == 0 || !strings.ContainsRune("._-@+", r)) {
			return false
		}
	}
	return true
}

// charges are the counters that an attempt on a login counts against. A browser
// that the person has signed in from before is only ever slowed by itself.
func (d door) charges(tenant int32, login string, c credential, known bool, device string, from netip.Addr) []charge {
	if known {
		return []charge{{kind: "device", key: d.keys.placeHash(tenant, "device", strconv.FormatInt(c.id, 10), device)}}
	}
	return []charge{
		{kind: "account", key: d.keys.placeHash(tenant, "account", login)},
		{kind: "pair", key: d.keys.placeHash(tenant, "pair", login, network(from))},
		{kind: "remote", key: d.keys.placeHash(tenant, "remote", station(from))},
	}
}

// tried is an attempt that has been counted and not yet judged.
type tried struct {
	cred    credential
	charges []charge
	known   bool
}

// begin counts an attempt on a login and finds the account, if there is one.
func (d door) begin(ctx context.Context, login, device string, from netip.Addr) (tried, error) {
	var t tried
	login = foldLogin(login)
	if len(login) > maxLogin {
		login = login[:maxLogin]
	}
	err := d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if t.cred, _, err = d.byLogin(ctx, tx, login); err != nil {
			return err
		}
		if t.known, err = d.knows(ctx, tx, t.cred.id, device); err != nil {
			return err
		}
		t.charges = d.charges(tx.Tenant(), login, t.cred, t.known, device, from)
		return d.tries.debit(ctx, tx, d.now(), t.charges)
	})
	return t, err
}

// password is the first step: it takes the same time whatever is wrong.
func (d door) password(ctx context.Context, a Attempt) (tried, error) {
	t, err := d.begin(ctx, a.Login, a.Device, a.Remote)
	if err != nil {
		return t, err
	}
	ok, stale, err := d.hash.matches(ctx, a.Password, t.cred.hash)
	if err != nil {
		return t, err
	}
	if !ok {
		return t, wrong()
	}
	if t.cred.state != "active" {
		return t, fault.New(fault.Denied, "identity.blocked").WithCheck("account").WithNext("identity.next.superior", "", nil)
	}
	if stale {
		err = d.renewHash(ctx, t.cred, a.Password)
	}
	return t, err
}

func (d door) renewHash(ctx context.Context, c credential, password string) error {
	hash, err := d.hash.hash(ctx, password)
	if err != nil {
		return err
	}
	return d.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return d.rehash(ctx, tx, c.id, c.hash, hash) })
}

// challenge is what lies between the two steps: sealed, so that nothing of it
// need be kept, and bound to the password, so that a change of it voids it.
type challenge struct {
	Account  int64 `json:"a"`
	Expires  int64 `json:"e"`
	Password int64 `json:"p"`
	Shared   bool  `json:"s"`
}

func (d door) challenge(tenant int32, c credential, shared bool) string {
	plain, _ := json.Marshal(challenge{c.id, d.now().Add(challengeLife).Unix(), c.passwordAt.UnixMicro(), shared}) //nolint:errchkjson // four plain fields
	return encode(d.keys.sealed(plain, "challenge", tenant))
}

func (d door) openChallenge(tenant int32, s string) (challenge, error) {
	var c challenge
	box, err := decode(s)
	if err == nil {
		box, err = d.keys.opened(box, "challenge", tenant)
	}
	if err == nil {
		err = json.Unmarshal(box, &c)
	}
	if err != nil || d.now().Unix() >= c.Expires {
		return c, fault.New(fault.Unauthenticated, "identity.challenge_over")
	}
	return c, nil
}

// second judges a code for an account. It is counted before it is tried.
func (d door) second(ctx context.Context, c challenge, typed string) (cred credential, left int, err error) {
	var charges []charge
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		charges = []charge{{kind: "second", key: d.keys.placeHash(tx.Tenant(), "second", strconv.FormatInt(c.Account, 10))}}
		return d.tries.debit(ctx, tx, d.now(), charges)
	})
	if err != nil {
		return cred, -1, err
	}
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if cred, err = d.byID(ctx, tx, c.Account, true); err != nil {
			return err
		}
		if cred.passwordAt.UnixMicro() != c.Password || cred.state != "active" || cred.totp == nil {
			return fault.New(fault.Unauthenticated, "identity.challenge_over")
		}
		if left, err = d.spend(ctx, tx, cred, typed); err != nil {
			return err
		}
		return d.tries.credit(ctx, tx, d.now(), charges)
	})
	return cred, left, err
}

// spend uses up a code of the authenticator or a recovery code, each once, and
// returns how many recovery codes are left when it was one of those.
func (d door) spend(ctx context.Context, tx *db.Tx, c credential, typed string) (left int, err error) {
	bad := fault.New(fault.Unauthenticated, "identity.wrong_code")
	if digits := digitsOf(typed); len(digits) == totpDigits && len(typedCode(typed)) < recoveryLength {
		secret, err := d.keys.opened(c.totp, "totp", tx.Tenant(), c.uid)
		if err != nil {
			return -1, fault.Wrap(err, "open a second factor")
		}
		step, ok := totpStep(string(secret), typed, d.now(), c.step)
		if !ok {
			return -1, bad
		}
		if ok, err = d.spendStep(ctx, tx, c.id, step); err != nil || !ok {
			return -1, orBad(err, bad)
		}
		return -1, nil
	}
	ok, err := d.spendRecovery(ctx, tx, c.id, d.keys.oneTime(tx.Tenant(), c.id, "recovery", typedCode(typed)), d.now())
	if err != nil || !ok {
		return -1, orBad(err, bad)
	}
	return d.recoveryLeft(ctx, tx, c.id)
}

func orBad(err error, bad *fault.Error) error {
	if err != nil {
		return err
	}
	return bad
}

// terms are how long a session lasts.
type terms struct{ idle, most time.Duration }

// entry is a session to open for somebody who has shown who they are.
type entry struct {
	cred   credential
	second bool
	shared bool
	device string
	agent  string
	remote netip.Addr
}

// open opens a session within a unit.
func (d door) open(ctx context.Context, tx *db.Tx, e entry, t terms) (*Opened, newSession, int64, error) {
	now := d.now()
	if e.shared {
		t.idle = min(t.idle, sharedIdle)
	}
	o := &Opened{
		Token: token(), UID: db.NewUID(), Expires: now.Add(t.most), Idle: t.idle,
		Language: e.cred.language, SecondFactor: e.second, RecoveryLeft: -1,
	}
	n := newSession{
		uid: o.UID, account: e.cred.id, hash: tokenHash(tx.Tenant(), "session", o.Token), second: e.second, shared: e.shared,
		idle: t.idle, device: deviceLabel(e.agent), remote: d.keys.placeHash(tx.Tenant(), "network", network(e.remote)), now: now, expires: o.Expires,
	}
	id, err := d.insertSession(ctx, tx, n)
	if err != nil {
		return nil, n, 0, err
	}
	if !e.shared {
		if o.Device, err = d.remember(ctx, tx, e.cred.id, e.device, now); err != nil {
			return nil, n, 0, err
		}
	}
	_, err = tx.PGX().Exec(ctx, d.sql(`UPDATE {account} SET signed_in_at = $3 WHERE tenant_id = $1 AND id = $2`), tx.Tenant(), e.cred.id, now)
	return o, n, id, err
}

// refused records a refusal and returns it. What failed to be recorded is told
// instead: an attempt that leaves no trace must not be answered as if it had.
// "Wait" is not recorded: the failures that led to it are, and a flood of
// attempts must not become a flood of rows.
func (d door) refused(ctx context.Context, what string, c credential, err error) error {
	switch fault.KindOf(err) {
	case fault.Unauthenticated, fault.Denied:
		if rerr := d.record(ctx, nil, what, c, "", err); rerr != nil {
			return fault.Wrap(rerr, "record a refused sign-in")
		}
	}
	return err
}
