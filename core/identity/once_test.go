package identity

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/once"
)

// sent returns a context of a form with a key, as the edge makes one.
func sent(ctx context.Context, key, content string) context.Context {
	box := get(cipher.NewGCM(get(aes.NewCipher([]byte("0123456789abcdef")))))
	return once.With(ctx, once.Key{Name: key, Content: []byte(content), Box: box})
}

// ownWrite is something people do to their own keys by a form.
type ownWrite struct {
	name   string
	do     func(d *door.Door, ctx context.Context) (any, error) // what it answers with
	counts string                                               // what is there once more after it was done
}

// ownWrites are all of them, for a person with a second factor whose code is given.
func ownWrites(code string, a door.Attempt) []ownWrite {
	return []ownWrite{
		{"an access key", func(d *door.Door, ctx context.Context) (any, error) {
			token, _, err := d.IssueToken(ctx, door.TokenRequest{Attempt: a, Code: code, Name: "reports"})
			return token, err
		}, "SELECT count(*) FROM api_token WHERE tenant_id = $1"},
		{"recovery codes", func(d *door.Door, ctx context.Context) (any, error) {
			codes, err := d.NewRecoveryCodes(ctx, goodPassword)
			return fmt.Sprint(codes), err
		}, "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND action = 'personalise'"},
		{"the password", func(d *door.Door, ctx context.Context) (any, error) {
			return "", d.ChangePassword(ctx, goodPassword, "kyrk kyz dastany 40 bet")
		}, "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND action = 'personalise'"},
		{"no second factor", func(d *door.Door, ctx context.Context) (any, error) {
			return "", d.DropSecondFactor(ctx, goodPassword, code)
		}, "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND action = 'personalise'"},
	}
}

// asksSecond opens a session of somebody with a second factor.
func (w *world) asksSecond(p somebody, secret string) context.Context {
	w.t.Helper()
	o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
	in := get(w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: w.totp(secret), Remote: home}))
	w.pass(time.Minute)
	return w.in(in)
}

// What people do to their own keys happens once for the key of its form, and a repetition
// is answered as the first was: it is judged by no password and no code that the first
// has used up, and counts as no failed try. Also the second of two at the same moment.
func TestOnesOwnKeysAreChangedOnceForAForm(t *testing.T) {
	for i := range ownWrites("", door.Attempt{}) {
		for _, together := range []bool{false, true} {
			w := newWorld(t)
			p := w.with("teacher", w.school)
			secret, _ := w.enrol(p)
			ctx := w.asksSecond(p, secret)
			x := ownWrites(w.totp(secret), w.attempt(p, goodPassword))[i]
			count := func() (n int) {
				ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
					return tx.PGX().QueryRow(ctx, x.counts, tx.Tenant()).Scan(&n)
				}))
				return n
			}
			before := count()
			answers, errs := make([]any, 3), make([]error, 3)
			var wg sync.WaitGroup
			for k := range answers {
				send := func() { answers[k], errs[k] = x.do(w.s.Door, sent(ctx, "key-of-one-form", "asked")) }
				if together {
					wg.Go(send)
				} else {
					send()
				}
			}
			wg.Wait()
			done := 0
			for k, err := range errs {
				switch {
				case err == nil:
					done++
				case !errors.Is(err, once.Repeated): // it was judged after the first had used up what it is judged by
					t.Errorf("%s, together %v: %v", x.name, together, err)
				}
				if err == nil && answers[k] != answers[slices.Index(errs, nil)] {
					t.Errorf("%s, together %v: answered %q and %q", x.name, together, answers[0], answers[k])
				}
			}
			if n := count() - before; n != 1 || done == 0 || !together && done != 3 {
				t.Errorf("%s, together %v: done %d times, answered %d times", x.name, together, n, done)
			}
			if n := w.failures(); n != 0 {
				t.Errorf("%s, together %v: %d tries are counted", x.name, together, n)
			}
			_, err := x.do(w.s.Door, sent(ctx, "key-of-one-form", "something else"))
			wants(t, err, fault.Conflict, "gate.reused")
		}
	}
}

// failures counts the failed tries that are remembered.
func (w *world) failures() (n int) {
	w.t.Helper()
	ok(w.t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT coalesce(sum(failures), 0) FROM sign_in_throttle WHERE tenant_id = $1", tx.Tenant()).Scan(&n)
	}))
	return n
}

// A key of somebody else, and one sent by nobody, answer for nothing: a wrong password
// stays wrong, and counts.
func TestAKeyAnswersForNobodyElsesPassword(t *testing.T) {
	w := newWorld(t)
	p, q := w.with("teacher", w.school), w.with("teacher", w.school)
	ask := func(ctx context.Context, by somebody, password, content string) (string, error) {
		token, _, err := w.s.Door.IssueToken(sent(ctx, "key-of-one-form", content), door.TokenRequest{Attempt: w.attempt(by, password), Name: "reports"})
		return token, err
	}
	first := get(ask(w.in(w.signIn(p)), p, goodPassword, "asked"))
	if again := get(ask(w.in(w.signIn(p)), p, goodPassword, "asked")); again != first {
		t.Errorf("sent again from another session, another key: %q", again)
	}
	if other := get(ask(w.in(w.signIn(q)), q, goodPassword, "asked")); other == first {
		t.Error("somebody else got the first one's key")
	}
	_, err := ask(w.in(w.signIn(q)), p, "a guess of the password", "another")
	wants(t, err, fault.Conflict, "gate.reused")

	stranger := get(ask(w.anonymous(), p, goodPassword, "asked"))
	if again := get(ask(w.anonymous(), p, goodPassword, "asked")); stranger == first || again == stranger {
		t.Errorf("a token was kept for a program that has not signed in: %q and %q", stranger, again)
	}
	_, err = ask(w.anonymous(), p, "a guess of the password", "asked")
	wants(t, err, fault.Unauthenticated, "identity.wrong_login")
	if w.failures() == 0 {
		t.Error("a guess with a known key is not counted")
	}
}

// Operators' forms happen once as well, though no ministry keeps their keys.
func TestWhatOperatorsSendHappensOnce(t *testing.T) {
	w := newWorld(t)
	o := get(NewOperators(OperatorsConfig{DB: w.db, Clock: w.clock, Secrets: [][]byte{[]byte("an installation's secret of tests")}, Hashing: w.hashing}))
	command := caller.With(context.Background(), caller.System(caller.Tenant{}, "command", ""))
	first, key, err := o.Create(command, "Бекова Айгүл", "", "ky")
	ok(t, err)
	login := get(o.Accept(command, key.Path[len(operatorLink):], Acceptance{Login: "bekova", Password: "ak-suu jeegin 9 kayyn bar"}))
	in := get(o.Door.SignIn(command, door.Attempt{Login: login, Password: "ak-suu jeegin 9 kayyn bar", Remote: netip.MustParseAddr("10.0.0.9")}))
	c := get(o.Resolve(context.Background(), in.Session.Token))
	c.SecondFactor = true
	ctx := caller.With(context.Background(), c)

	var wg sync.WaitGroup
	made := make([]Operator, 3)
	links := make([]string, 3)
	for i := range made {
		wg.Go(func() {
			p, k, err := o.Create(sent(ctx, "key-of-one-form", "create"), "Асанов Бек", "bek@mail.example", "ky")
			if err != nil {
				t.Error(err)
				return
			}
			made[i], links[i] = p, k.Path
		})
	}
	wg.Wait()
	if made[0].UID == "" || made[0] != made[1] || made[1] != made[2] || links[0] != links[1] || links[1] != links[2] || len(get(o.List(command))) != 2 {
		t.Errorf("made %+v with %v", made, links)
	}
	again := get(o.Relink(sent(ctx, "key-of-another", "relink"), made[0].UID))
	if once := get(o.Relink(sent(ctx, "key-of-another", "relink"), made[0].UID)); once.Path != again.Path {
		t.Error("a second click on a new link made another")
	}
	wants(t, o.Block(sent(ctx, "key-of-another", "block"), made[0].UID), fault.Conflict, "gate.reused")
	wants(t, o.Block(ctx, first.UID), fault.Denied, "identity.not_yourself")
	if err := w.db.Platform(command, func(ctx context.Context, tx *db.Tx) error {
		var old int
		w.clock.Set(w.clock.Now().Add(49 * time.Hour))
		if err := o.once.Forget(ctx, tx); err != nil {
			return err
		}
		err := tx.PGX().QueryRow(ctx, "SELECT count(*) FROM platform.write_key").Scan(&old)
		if old != 0 {
			t.Errorf("%d keys are kept for ever", old)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
