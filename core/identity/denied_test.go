package identity

import (
	"context"
	"net/netip"
	"testing"

	"mektep/core/fault"
	"mektep/core/identity/door"
)

// What is about others is for whom it is: nobody finds, counts or asks about people without
// a right to, whether or not there is anybody.
func TestNobodyLearnsOfOthersWithoutARight(t *testing.T) {
	w := newWorld(t)
	p, q := w.with("teacher", w.school), w.with("teacher", w.school)
	for name, do := range map[string]func(ctx context.Context) error{
		"somebody is looked for":  func(ctx context.Context) error { _, err := w.s.Find(ctx, w.school, q.Login); return err },
		"nobody is looked for":    func(ctx context.Context) error { _, err := w.s.Find(ctx, w.school, "nobody"); return err },
		"who stands above others": func(ctx context.Context) error { _, err := w.s.Superiors(ctx, q.UID); return err },
		"how many hold what":      func(ctx context.Context) error { _, err := w.s.Holders(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) {
			if err := do(p.ctx); fault.KindOf(err) != fault.Denied {
				t.Errorf("a teacher: %v", err)
			}
			if err := do(w.anonymous()); fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("nobody: %v", err)
			}
		})
	}
	for name, do := range map[string]func(ctx context.Context) error{
		"people are listed":  func(ctx context.Context) error { _, _, err := w.s.People(ctx, Filter{}); return err },
		"people are counted": func(ctx context.Context) error { _, err := w.s.Count(ctx, Filter{}); return err },
		"a person is shown":  func(ctx context.Context) error { _, err := w.s.Person(ctx, q.UID); return err },
		"keys are shown":     func(ctx context.Context) error { _, err := w.s.Security(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) { wants(t, do(w.anonymous()), fault.Unauthenticated, "") })
	}
	get(w.s.Superiors(p.ctx, p.UID)) // of oneself everybody may ask
}

// Operators are made, shut out and given links by operators and by nobody else.
func TestOnlyAnOperatorDoesSomethingToOthers(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	p, _, err := o.Create(command, "Op", "op@platform.example", "en")
	ok(t, err)
	admin := w.with("tenant_admin", w.root)
	for name, do := range map[string]func(ctx context.Context) error{
		"made": func(ctx context.Context) error {
			_, _, err := o.Create(ctx, "X", "x@platform.example", "en")
			return err
		},
		"shut out":     func(ctx context.Context) error { return o.Block(ctx, p.UID) },
		"given a link": func(ctx context.Context) error { _, err := o.Relink(ctx, p.UID); return err },
		"listed":       func(ctx context.Context) error { _, err := o.List(ctx); return err },
	} {
		for _, ctx := range []context.Context{context.Background(), w.anonymous(), admin.ctx, w.ctx} {
			if err := do(ctx); fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if list := get(o.List(command)); len(list) != 1 || list[0].State != Invited {
		t.Errorf("%+v", list)
	}
}

// A program gets a token of whom the ministry lets in: nobody without a post.
func TestNoTokenIsGivenToWhoHasNoPost(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	w.change("UPDATE appointment SET until = since WHERE tenant_id = $1 AND account_id = $2", p.ID)
	_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Name: "program"})
	wants(t, err, fault.Denied, "identity.no_appointment")
	if n := w.count("api_token"); n != 0 {
		t.Errorf("%d tokens were given", n)
	}
}

// The code of a second factor is guessed nowhere: not where a program gets its token, nor
// where somebody who sits at an open session and has the password would drop the factor.
func TestTheCodeOfASecondFactorIsGuessedNowhere(t *testing.T) {
	for name, try := range map[string]func(w *world, p somebody, code string, i byte) error{
		"a token is given": func(w *world, p somebody, code string, i byte) error {
			a := w.attempt(p, goodPassword)
			a.Remote = netip.AddrFrom4([4]byte{10, i, 1, 1}) // nor from many places
			_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: a, Name: "program", Code: code})
			return err
		},
		"the factor is dropped": func(w *world, p somebody, code string, _ byte) error {
			return w.s.Door.DropSecondFactor(w.as(p), goodPassword, code)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			p := w.with("teacher", w.school)
			secret, _ := w.enrol(p)
			fits := w.totp(secret)
			wrong := string('0'+(fits[0]-'0'+1)%10) + fits[1:]
			for i := range byte(9) {
				err := try(w, p, wrong, i)
				if fault.KindOf(err) == fault.TooMany && i > 2 {
					break
				}
				if wants(t, err, fault.Unauthenticated, "identity.wrong_code"); i == 8 {
					t.Fatal("nine guesses at a moment")
				}
			}
			if err := try(w, p, fits, 9); fault.KindOf(err) != fault.TooMany {
				t.Errorf("the right one at once: %v", err)
			}
			if n := w.count("api_token"); n != 0 {
				t.Errorf("%d tokens were given", n)
			}
			if n := w.count("(SELECT tenant_id FROM account WHERE totp_sealed IS NOT NULL) k"); n != 1 {
				t.Error("the factor is gone")
			}
		})
	}
}

// Who may not change what an account says of its owner is told that, and not of an appointment, by
// the right to which that is asked.
func TestARefusedNameIsSaidToBeTheAccounts(t *testing.T) {
	w := newWorld(t)
	by, who := w.with("ministry_officer", w.root), w.with("teacher", w.school)
	f := wants(t, w.s.Correct(w.as(by), who.UID, 1, Person{Family: "Асанова", Given: "Айгүл"}), fault.Denied, "")
	if f.Args["Object"] != fault.Key("object.account") {
		t.Errorf("it is said of %v", f.Args["Object"])
	}
}
