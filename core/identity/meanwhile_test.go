package identity

import (
	"context"
	"testing"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// comesIn are the ways of coming in, each up to the moment in which a session or a token is made.
var comesIn = map[string]func(w *world, p somebody, secret string) func() error{
	"with the password": func(w *world, p somebody, _ string) func() error {
		return func() error { _, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)); return err }
	},
	"with a code": func(w *world, p somebody, secret string) func() error {
		o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
		return func() error {
			_, err := w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: w.totp(secret), Remote: home})
			return err
		}
	},
	"with a program": func(w *world, p somebody, _ string) func() error {
		return func() error {
			_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Name: "program"})
			return err
		}
	},
}

// Whoever comes in by the old password at the moment at which its owner takes the account
// back, or somebody blocks it, does not: the password was right, and is no longer.
func TestNobodyComesInByWhatIsTakenBackAtThatMoment(t *testing.T) {
	for way, comes := range comesIn {
		for _, how := range []string{"reset", "blocked"} {
			t.Run(way+", "+how, func(t *testing.T) {
				w := newWorld(t)
				p, secret := w.with("teacher", w.school), ""
				if way == "with a code" {
					secret, _ = w.enrol(p)
				}
				w.pass(time.Minute)
				come, takes := comes(w, p, secret), w.takenBack(p, how)
				open := "(SELECT tenant_id FROM session WHERE ended_at IS NULL UNION ALL SELECT tenant_id FROM api_token WHERE revoked_at IS NULL) k"
				errs := w.beside(func(ctx context.Context, tx *db.Tx) error {
					if _, err := tx.PGX().Exec(ctx, "SELECT FROM account WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tx.Tenant(), p.ID); err != nil {
						return err
					}
					return takes(ctx, tx)
				}, come)
				wants(t, errs[0], fault.Unauthenticated, "")
				if n := w.count(open); n != 0 {
					t.Errorf("%d ways in are open", n)
				}
			})
		}
	}
}

// The second step is judged by what the account is at that moment: whoever was blocked after
// the first does not come in, nor does who has no post any more.
func TestTheSecondStepIsOfTheAccountAsItIs(t *testing.T) {
	for how, c := range map[string]struct {
		change func(w *world, p somebody) error
		kind   fault.Kind
		key    string
	}{
		"blocked": {func(w *world, p somebody) error { return w.s.Block(w.ctx, p.UID, "x") }, fault.Unauthenticated, "identity.challenge_over"},
		"another password": {func(w *world, p somebody) error {
			return w.s.Door.ChangePassword(w.as(p), goodPassword, "mavi kapı önünde üç kedi")
		}, fault.Unauthenticated, "identity.challenge_over"},
		"no second factor": {func(w *world, p somebody) error {
			w.change("UPDATE account SET totp_sealed = NULL, totp_at = NULL WHERE tenant_id = $1 AND id = $2", p.ID)
			return nil
		}, fault.Unauthenticated, "identity.challenge_over"},
		"no post": {func(w *world, p somebody) error {
			w.change("UPDATE appointment SET until = since WHERE tenant_id = $1 AND account_id = $2", p.ID)
			return nil
		}, fault.Denied, "identity.no_appointment"},
	} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t)
			p := w.with("teacher", w.school)
			secret, _ := w.enrol(p)
			o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
			before := w.count("session")
			ok(t, c.change(w, p))
			_, err := w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: w.totp(secret), Remote: home})
			wants(t, err, c.kind, c.key)
			if n := w.count("session"); n != before {
				t.Errorf("%d sessions were opened", n-before)
			}
		})
	}
}
