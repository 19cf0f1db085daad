package door

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/once"
)

// challenge is what lies between the two steps: sealed, so that nothing of it
// need be kept, and bound to the password, so that a change of it voids it.
type challenge struct {
	Account  int64 `json:"a"`
	Expires  int64 `json:"e"`
	Password int64 `json:"p"`
	Shared   bool  `json:"s"`
}

func (d *Door) challenge(tenant int32, c Credential, shared bool) string {
	plain, _ := json.Marshal(challenge{c.ID, d.Now().Add(challengeLife).Unix(), c.passwordAt.UnixMicro(), shared}) //nolint:errchkjson // four plain fields
	return encode(d.keys.sealed(plain, "challenge", tenant))
}

func (d *Door) openChallenge(tenant int32, s string) (challenge, error) {
	var c challenge
	box, err := decode(s)
	if err == nil {
		box, err = d.keys.opened(box, "challenge", tenant)
	}
	if err == nil {
		err = json.Unmarshal(box, &c)
	}
	if err != nil || d.Now().Unix() >= c.Expires {
		return c, fault.New(fault.Unauthenticated, "identity.challenge_over")
	}
	return c, nil
}

// second judges a code for an account, in a unit of its own.
func (d *Door) second(ctx context.Context, c challenge, typed string) (cred Credential, left int, err error) {
	charges, err := d.countCode(ctx, c.Account)
	if err != nil {
		return cred, -1, err
	}
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		cred, left, err = d.judge(ctx, tx, c, typed, charges)
		return err
	})
	return cred, left, err
}

// countCode counts a try of a code before it is judged.
func (d *Door) countCode(ctx context.Context, account int64) (charges []charge, err error) {
	err = d.unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		charges = []charge{{kind: "second", key: d.keys.placeHash(tx.Tenant(), "second", strconv.FormatInt(account, 10))}}
		return d.tries.debit(ctx, tx, charges)
	})
	return charges, err
}

// judge judges a code that was counted, within a unit, and spends it.
func (d *Door) judge(ctx context.Context, tx *db.Tx, c challenge, typed string, charges []charge) (cred Credential, left int, err error) {
	if cred, err = d.byID(ctx, tx, c.Account, true); err != nil {
		return cred, -1, err
	}
	if cred.passwordAt.UnixMicro() != c.Password || cred.State != active || cred.totp == nil {
		return cred, -1, fault.New(fault.Unauthenticated, "identity.challenge_over")
	}
	if left, err = d.spend(ctx, tx, cred, typed); err != nil {
		return cred, left, err
	}
	return cred, left, d.tries.credit(ctx, tx, charges)
}

// repeated takes tries back that were counted for what turned out to be done: of two
// requests with one key at the same moment the second comes as far as that.
func (d *Door) repeated(ctx context.Context, err error, charges []charge) error {
	if len(charges) == 0 || !once.Replayed(ctx) && !errors.Is(err, once.Repeated) {
		return err
	}
	return errors.Join(err, d.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return d.tries.uncount(ctx, tx, charges...) }))
}

// spend uses up a code of the authenticator or a recovery code, each once, and
// returns how many recovery codes are left when it was one of those.
func (d *Door) spend(ctx context.Context, tx *db.Tx, c Credential, typed string) (left int, err error) {
	bad := fault.New(fault.Unauthenticated, "identity.wrong_code")
	if digits := digitsOf(typed); len(digits) == totpDigits && len(typedCode(typed)) < recoveryLength {
		secret, err := d.keys.opened(c.totp, "totp", tx.Tenant(), c.UID)
		if err != nil {
			return -1, fault.Wrap(err, "open a second factor")
		}
		step, ok := totpStep(string(secret), typed, d.Now(), c.step)
		if !ok {
			return -1, bad
		}
		if ok, err = d.spendStep(ctx, tx, c.ID, step, d.Now().Unix()/totpPeriod+totpSkew); err != nil || !ok {
			return -1, orBad(err, bad)
		}
		return -1, nil
	}
	ok, err := d.spendRecovery(ctx, tx, c.ID, d.keys.oneTime(tx.Tenant(), c.ID, "recovery", typedCode(typed)), d.Now())
	if err != nil || !ok {
		return -1, orBad(err, bad)
	}
	return d.recoveryLeft(ctx, tx, c.ID)
}

func orBad(err error, bad *fault.Error) error {
	if err != nil {
		return err
	}
	return bad
}
