package identity

import (
	"context"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// withFactor reports whether what somebody came in by counts as opened with a second
// factor; over, whether it opens nothing any more.
func (w *world) withFactor(token string, api bool) (second, over bool) {
	w.t.Helper()
	find := w.s.Resolve
	if api {
		find = w.s.ResolveToken
	}
	c, err := find(context.Background(), caller.From(w.ctx).Tenant, token)
	if fault.KindOf(err) == fault.Unauthenticated {
		return false, true
	}
	ok(w.t, err)
	return c.SecondFactor, false
}

// enter signs somebody in with the code of an authenticator.
func (w *world) enter(p somebody, secret string) *door.Opened {
	w.t.Helper()
	w.pass(time.Minute)
	o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
	return get(w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: w.totp(secret), Remote: home}))
}

func (w *world) token(p somebody, code string) string {
	w.t.Helper()
	tok, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Code: code, Name: "program", Days: 300})
	ok(w.t, err)
	return tok
}

// What was opened by a second factor, or without one, ends with it: a role that demands one
// is not used by what a factor opened that is no more, nor is what somebody else has got hold
// of spared by the new one.
func TestWhatASecondFactorHasOpenedEndsWithIt(t *testing.T) {
	for name, change := range map[string]func(w *world, ctx context.Context, secret string){
		"dropped": func(w *world, ctx context.Context, secret string) {
			ok(w.t, w.s.Door.DropSecondFactor(ctx, goodPassword, w.totp(secret)))
		},
		"replaced": func(w *world, ctx context.Context, _ string) {
			e := get(w.s.Door.BeginSecondFactor(ctx, goodPassword, "M"))
			get(w.s.Door.ConfirmSecondFactor(ctx, e.Ticket, w.totp(e.Secret)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.with("teacher", w.school)
			plain := w.token(p, "")
			secret, _ := w.enrol(p)
			if _, over := w.withFactor(plain, true); !over {
				t.Error("a token from before the factor lives on")
			}
			w.pass(time.Minute)
			tok := w.token(p, w.totp(secret))
			there, here := w.enter(p, secret), w.enter(p, secret)
			for what, o := range map[string]*door.Opened{"there": there, "here": here} {
				if second, over := w.withFactor(o.Token, false); !second || over {
					t.Fatalf("%s: with a factor %v, over %v", what, second, over)
				}
			}
			if second, over := w.withFactor(tok, true); !second || over {
				t.Fatalf("the token: with a factor %v, over %v", second, over)
			}
			w.pass(time.Minute)
			change(w, w.in(here), secret)
			if _, over := w.withFactor(there.Token, false); !over {
				t.Error("another session lives on")
			}
			if second, over := w.withFactor(tok, true); !over || second {
				t.Errorf("the token: with a factor %v, over %v", second, over)
			}
			if second, over := w.withFactor(here.Token, false); over || second != (name == "replaced") {
				t.Errorf("this session: with a factor %v, over %v", second, over)
			}
		})
	}
}

// Whatever the tables say, nothing counts as opened by a factor that the account has not.
func TestNoFactorCountsThatTheAccountHasNot(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	secret, _ := w.enrol(p)
	w.pass(time.Minute)
	tok := w.token(p, w.totp(secret))
	o := w.enter(p, secret)
	forget := func(set string) {
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, "UPDATE account SET "+set+" WHERE tenant_id = $1 AND id = $2", tx.Tenant(), p.ID)
			return err
		}))
		w.pass(2 * time.Minute) // longer than anything is remembered
	}
	forget("totp_at = totp_at + interval '1 day'")
	if second, _ := w.withFactor(tok, true); second {
		t.Error("a token from before the factor that the account has counts as obtained by it")
	}
	forget("totp_sealed = NULL, totp_at = NULL, totp_step = 0")
	if second, _ := w.withFactor(tok, true); second {
		t.Error("the token")
	}
	if second, _ := w.withFactor(o.Token, false); second {
		t.Error("the session")
	}
}

// A factor that was begun before another one was set up does not take its place.
func TestAFactorIsSetUpOnlyInPlaceOfTheOneItWasBegunFor(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	ctx := w.in(w.signIn(p))
	first, second := get(w.s.Door.BeginSecondFactor(ctx, "", "M")), get(w.s.Door.BeginSecondFactor(ctx, "", "M"))
	get(w.s.Door.ConfirmSecondFactor(ctx, first.Ticket, w.totp(first.Secret)))
	_, err := w.s.Door.ConfirmSecondFactor(ctx, second.Ticket, w.totp(second.Secret))
	wants(t, err, fault.Unauthenticated, "identity.challenge_over")
}
