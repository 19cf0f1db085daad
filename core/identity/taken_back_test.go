package identity

import (
	"context"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity/door"
)

// beside does something within a unit, and, before that commits, has other things come one
// after another as far as they can: to their end, or to where they wait.
func (w *world) beside(unit func(ctx context.Context, tx *db.Tx) error, acts ...func() error) []error {
	w.t.Helper()
	super := dbtest.Super(w.t, w.db)
	done := make([]chan error, len(acts))
	ok(w.t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := unit(ctx, tx); err != nil {
			return err
		}
		for i, act := range acts {
			done[i] = make(chan error, 1)
			go func() { done[i] <- act() }()
			for until := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
				var waiting int
				err := super.QueryRow(ctx, `SELECT count(DISTINCT l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()`).Scan(&waiting)
				if err != nil {
					return err
				}
				if len(done[i]) > 0 || waiting > i {
					break
				}
				if time.Now().After(until) {
					w.t.Fatal("neither done nor waiting")
				}
			}
		}
		return nil
	}))
	out := make([]error, len(acts))
	for i := range done {
		out[i] = <-done[i]
	}
	return out
}

// takenBack is what an owner does to an account that others are in.
func (w *world) takenBack(p somebody, how string) func(ctx context.Context, tx *db.Tx) error {
	hash := get(w.s.Door.HashPassword(w.ctx, "жаңы узун сырсөз 8"))
	return func(ctx context.Context, tx *db.Tx) error {
		if how == "blocked" {
			return w.s.shut(ctx, tx, p.Account, ByDecision, "x", "")
		}
		return w.s.Door.Accept(ctx, tx, door.Found{Account: p.ID, Purpose: door.Reset}, p.Login, hash, "")
	}
}

// By the old password nothing is done to an account at whose taking back it was compared:
// whoever is in it with that password proves it, the account is taken back, and only then
// they act. Each act by which keys or an address change is tried so.
func TestTRIC1_TheOldPasswordUndoesNoTakingBack(t *testing.T) {
	type thief struct {
		somebody
		ctx     context.Context
		secret  string
		ticket  door.Enrolment
		version int
	}
	acts := map[string]struct {
		second bool
		act    func(w *world, p thief) error
	}{
		"another password": {false, func(w *world, p thief) error {
			return w.s.Door.ChangePassword(p.ctx, goodPassword, "ууру койгон сырсөз 9")
		}},
		"another address": {false, func(w *world, p thief) error {
			return w.s.ChangeOwn(p.ctx, Own{Email: "thief@mail.example", Password: goodPassword, Version: p.version})
		}},
		"the address is confirmed": {false, func(w *world, p thief) error {
			return w.s.ConfirmOwn(p.ctx, goodPassword, p.version)
		}},
		"a second factor": {false, func(w *world, p thief) error {
			_, err := w.s.Door.ConfirmSecondFactor(p.ctx, p.ticket.Ticket, w.totp(p.ticket.Secret))
			return err
		}},
		"other recovery codes": {true, func(w *world, p thief) error {
			_, err := w.s.Door.NewRecoveryCodes(p.ctx, goodPassword)
			return err
		}},
		"no second factor": {true, func(w *world, p thief) error {
			return w.s.Door.DropSecondFactor(p.ctx, goodPassword, w.totp(p.secret))
		}},
		"a token": {false, func(w *world, p thief) error {
			_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p.somebody, goodPassword), Name: "x"})
			return err
		}},
		"a token, with the second factor": {true, func(w *world, p thief) error {
			_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p.somebody, goodPassword), Code: w.totp(p.secret), Name: "x"})
			return err
		}},
	}
	for name, a := range acts {
		for _, how := range []string{"reset", "blocked"} {
			t.Run(name+", "+how, func(t *testing.T) {
				w := newWorld(t)
				n := w.appointment("teacher", w.school)
				n.Person.Email = "asan@mektep.example"
				p := thief{somebody: w.accepted(get(w.s.Appoint(w.with("head", w.school).ctx, n)))}
				session := w.signIn(p.somebody)
				p.ctx = w.in(session)
				p.ticket = get(w.s.Door.BeginSecondFactor(p.ctx, "", "M"))
				if a.second {
					p.secret = p.ticket.Secret
					get(w.s.Door.ConfirmSecondFactor(p.ctx, p.ticket.Ticket, w.totp(p.secret)))
				}
				p.version = get(w.s.Mine(p.ctx)).Version
				w.pass(time.Minute)
				err := w.beside(w.takenBack(p.somebody, how), func() error { return a.act(w, p) })[0]
				f := faulttest.Of(t, err)
				if f.Kind != fault.Conflict && f.Kind != fault.Unauthenticated {
					t.Fatalf("it was done all the same: %v", err)
				}
				if f.Kind == fault.Conflict && (f.Key != "identity.keys_changed" || f.Next == nil || f.Next.URL != "/sign-in") {
					t.Errorf("%+v", f)
				}
				wants(t, err, f.Kind, f.Key)
				if w.count("(SELECT * FROM api_token WHERE revoked_at IS NULL) t") != 0 {
					t.Error("a token lives")
				}
			})
		}
	}
}

// The password of a session that lives on is asked for anew where the same session has
// changed it meanwhile.
func TestWhoHasChangedThePasswordMeanwhileIsAskedForTheNewOne(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	ctx := w.in(w.signIn(p))
	proof := get(w.s.Door.Prove(ctx, caller.From(ctx), goodPassword))
	w.pass(time.Minute)
	ok(t, w.s.Door.ChangePassword(ctx, goodPassword, "another one, longer"))
	err := w.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { _, err := w.s.Door.Still(ctx, tx, proof); return err })
	if f := wants(t, err, fault.Conflict, "identity.keys_changed"); f.Next == nil || f.Next.Key != "identity.next.password_again" {
		t.Errorf("%+v", f.Next)
	}
}

// A printed code that is exchanged while the account is taken back leaves no link behind.
func TestTRIC1_ACodeExchangedAtATakingBackLeavesNoLink(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	slip := get(w.s.PrintCode(w.with("head", w.school).ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	w.pass(time.Minute)
	takes := w.takenBack(p, "reset")
	errs := w.beside(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "SELECT FROM account_key WHERE tenant_id = $1 FOR UPDATE", tx.Tenant())
		return err
	}, func() error {
		_, err := w.s.RedeemCode(w.anonymous(), slip.Code, door.Attempt{Login: p.Login, Remote: home})
		return err
	}, func() error { return w.db.Tenant(w.ctx, takes) })
	ok(t, errs[0])
	ok(t, errs[1])
	if n := w.count("(SELECT * FROM account_key WHERE used_at IS NULL AND revoked_at IS NULL) k"); n != 0 {
		t.Errorf("%d links live", n)
	}
}

// A form of one's own data says which version of it was seen.
func TestOnesOwnDataAreNotSavedOverWhatNobodyHasSeen(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	ctx := w.in(w.signIn(p))
	wants(t, w.s.ChangeOwn(ctx, Own{Phone: "+996555111222", Language: "ky"}), fault.Conflict, "identity.changed")
	ok(t, w.s.ChangeOwn(ctx, Own{Phone: "+996555111222", Language: "ky", Version: get(w.s.Mine(ctx)).Version}))
}
