package identity

import (
	"context"
	"strings"
	"testing"

	"mektep/core/db"
	"mektep/core/fault/faulttest"
)

// opens lets somebody who is invited choose a login.
func (w *world) opens(a Appointed, login string) error {
	w.t.Helper()
	_, err := w.s.Accept(w.anonymous(), strings.TrimPrefix(a.Key.Path, invitePath), Acceptance{Login: login, Password: goodPassword})
	return err
}

func (w *world) invited(address string) Appointed {
	w.t.Helper()
	n := w.appointment("teacher", w.school)
	n.Person.Email = address
	return get(w.s.Appoint(w.ctx, n))
}

func (w *world) change(sql string, args ...any) {
	w.t.Helper()
	ok(w.t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, sql, append([]any{tx.Tenant()}, args...)...)
		return err
	}))
}

// One person is not taken for another: a login that looks like an address is its owner's,
// whether that is somebody's address today or only tomorrow.
func TestALoginThatLooksLikeAnAddressIsOnesOwn(t *testing.T) {
	w := newWorld(t)
	w.invited("aibek@kg.example")
	puppet := w.invited("puppet@evil.example")
	for _, login := range []string{"aibek@kg.example", "AIBEK@kg.example", "nobodys@kg.example", "puppet@evil.example.org", "puppet+1@evil.example", "@puppet"} {
		if f := faulttest.Of(t, w.opens(puppet, login)); len(f.Fields) != 1 || f.Fields[0].Name != "login" {
			t.Errorf("%s: %v", login, f)
		}
	}
	ok(t, w.opens(puppet, "Puppet@EVIL.example"))
	ok(t, w.opens(w.invited(""), "a+b_c.d-e"))
	if err := w.opens(w.invited(""), "a@b.example"); err == nil {
		t.Error("somebody without an address has one as their login")
	}
	o, command := operators(t, w)
	_, k, err := o.Create(command, "Op Erator", "op@mektep.example", "en")
	ok(t, err)
	accepts := func(login string) error {
		_, err := o.Accept(context.Background(), k.Path[strings.LastIndexByte(k.Path, '/')+1:], Acceptance{Login: login, Password: goodPassword})
		return err
	}
	wantsField(t, accepts("other@mektep.example"), "login", "identity.login_address")
	ok(t, accepts("op@mektep.example"))
}

// An address that was typed is looked for as an address first, whatever order the rows lie in.
func TestAnAddressIsLookedForBeforeALogin(t *testing.T) {
	w := newWorld(t)
	const address = "aibek@kg.example"
	puppet, aibek := w.invited("puppet@evil.example"), w.invited(address)
	ok(t, w.opens(puppet, "puppet"))
	ok(t, w.opens(aibek, "aibek"))
	w.change("UPDATE account SET login = $2 WHERE tenant_id = $1 AND login = 'puppet'", address) // as older ones may be
	for _, touched := range []string{"aibek@kg.example", "puppet@evil.example", "aibek@kg.example"} {
		w.change("UPDATE account SET version = version + 1 WHERE tenant_id = $1 AND email = $2", touched)
		a := get(w.s.Find(w.ctx, w.school, address))
		if a.UID != aibek.Account.UID {
			t.Errorf("after a change of %s the address is %s's", touched, a.Name)
		}
		w.change("DELETE FROM mail_outbox WHERE tenant_id = $1")
		w.change("DELETE FROM sign_in_throttle WHERE tenant_id = $1")
		ok(t, w.forgot(address, home))
		var to string
		ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT coalesce(string_agg(address, ' ' ORDER BY address), '') FROM mail_outbox WHERE tenant_id = $1", tx.Tenant()).Scan(&to)
		}))
		if to != address+" puppet@evil.example" { // each where they read, about their own account
			t.Errorf("after a change of %s the letters go to %q", touched, to)
		}
	}
}

// What somebody signs in with keeps the address from nobody: the mailbox may be another's by now.
func TestAnAddressThatSomebodySignsInWithIsWhoseMailboxItIs(t *testing.T) {
	w := newWorld(t)
	const address = "director@school.example"
	first := w.invited(address)
	ok(t, w.opens(first, address))
	ok(t, w.s.Correct(w.ctx, first.Account.UID, get(w.s.Person(w.ctx, first.Account.UID)).Version, Person{Family: first.Account.Family, Given: first.Account.Given, Email: "moved@kg.example"}))
	second := w.with("teacher", w.school)
	ok(t, w.changesOwn(w.in(w.signIn(second)), Own{Email: address, Password: goodPassword}))
}

// An address is kept as it can be written to, or refused: what is kept and can't be read
// again would hold up every change of the account.
func TestAnAddressThatIsKeptCanBeWrittenTo(t *testing.T) {
	for _, s := range []string{`"a b"@x.example`, `"a,b"@x.example`, `"a\"b"@x.example`, `"<a>"@x.example`, `"a@b"@x.example`, `"a..b"@x.example`, `"(c)"@x.example`, `" "@x.example`, `""@x.example`, `"a\\"@x.example`, `"a."@x.example`} {
		if kept, valid := email(s); valid {
			t.Errorf("%s is kept as %s", s, kept)
		}
	}
	for s, want := range map[string]string{`"ab"@x.example`: "ab@x.example", "A.B+c@X.example": "a.b+c@x.example", "o'neil@x.example": "o'neil@x.example", "İrem@OKUL.example": "irem@okul.example", "İREM@GMAİL.example": "irem@gmail.example"} {
		kept, valid := email(s)
		if again, still := email(kept); !valid || kept != want || again != kept || !still {
			t.Errorf("%s is kept as %s, which is %s", s, kept, again)
		}
	}
}

// A letter that can't be written keeps nobody from what it is about, whoever it is to.
func TestALetterThatCannotBeWrittenUndoesNothing(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	w.change("UPDATE account SET email = 'a b@x.example' WHERE tenant_id = $1 AND id = $2", p.ID) // as older ones may be
	ctx := w.in(w.signIn(p))
	ok(t, w.changesOwn(ctx, Own{Email: "right@x.example", Password: goodPassword}))
	w.change("UPDATE account SET email = 'a b@x.example' WHERE tenant_id = $1 AND id = $2", p.ID)
	ok(t, w.s.Correct(w.ctx, p.UID, get(w.s.Person(w.ctx, p.UID)).Version, Person{Family: "Оң", Given: "Ат", Email: "other@x.example"}))
	i := w.invited("x@x.example")
	w.change("UPDATE account SET email = 'a b@x.example' WHERE tenant_id = $1 AND id = $2", i.Account.ID)
	if k := get(w.s.Reinvite(w.ctx, i.Account.UID)); k.Mailed || k.Path == "" {
		t.Errorf("nobody has the link: %+v", k)
	}
	o, command := operators(t, w)
	op, _, err := o.Create(command, "Op Erator", "op@mektep.example", "en")
	ok(t, err)
	ok(t, w.db.Platform(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE platform.operator SET email = 'a b@op.example'")
		return err
	}))
	o.Write(w.inbox)
	ok(t, o.Block(command, op.UID))
}
