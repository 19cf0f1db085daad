package identity

import (
	"context"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// Whoever and whatever there is not is told so, by every act that names it.
func TestWhoAndWhatThereIsNotIsToldSo(t *testing.T) {
	w := newWorld(t)
	tenant := caller.From(w.ctx).Tenant
	p := w.with("teacher", w.school)
	for name, c := range map[string]struct {
		do  func() error
		key string
	}{
		"a post is ended":         {func() error { return w.s.Dismiss(w.ctx, "nothing", End{}) }, "identity.no_such_appointment"},
		"somebody is looked for":  {func() error { _, err := w.s.Find(w.ctx, w.school, "nobody@mail.example"); return err }, "identity.no_account"},
		"a job acts as somebody":  {func() error { _, err := w.s.ResolveAccount(w.ctx, tenant, 1<<40); return err }, "identity.no_account"},
		"a person is shown":       {func() error { _, err := w.s.Person(w.ctx, "nobody"); return err }, "identity.no_account"},
		"an account is blocked":   {func() error { return w.s.Block(w.ctx, "nobody", "x") }, "identity.no_account"},
		"a name is corrected":     {func() error { return w.s.Correct(w.ctx, "nobody", 1, Person{Family: "A"}) }, "identity.no_account"},
		"an address is confirmed": {func() error { return w.s.ConfirmAddress(w.ctx, "nobody", 1) }, "identity.no_account"},
		"a token is ended":        {func() error { return w.s.Door.RevokeToken(p.ctx, "nothing") }, "identity.no_token"},
		"an account is held": {func() error {
			return w.held(func(ctx context.Context, tx *db.Tx) error { _, err := w.s.Door.Lock(ctx, tx, 1<<40); return err })
		}, "identity.no_account"},
		"an account is held by id": {func() error {
			return w.held(func(ctx context.Context, tx *db.Tx) error { _, err := w.s.Door.LockUID(ctx, tx, "nobody"); return err })
		}, "identity.no_account"},
	} {
		t.Run(name, func(t *testing.T) { wants(t, c.do(), fault.NotFound, c.key) })
	}
}

func (w *world) held(fn func(ctx context.Context, tx *db.Tx) error) error {
	return w.db.Tenant(w.ctx, fn)
}

// A token that is named by nothing is none: nothing is not all of them.
func TestNoNameOfATokenIsNotAllOfThem(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	w.token(p, "")
	wants(t, w.s.Door.RevokeToken(p.ctx, ""), fault.NotFound, "identity.no_token")
	if n := len(get(w.s.Door.Tokens(p.ctx))); n != 1 {
		t.Errorf("%d tokens are left of one", n)
	}
}

// What is one's own is nobody's who has not signed in.
func TestWhatIsOnesOwnIsNobodysWhoHasNotSignedIn(t *testing.T) {
	w := newWorld(t)
	for name, do := range map[string]func(ctx context.Context) error{
		"data are shown":      func(ctx context.Context) error { _, err := w.s.Mine(ctx); return err },
		"data are changed":    func(ctx context.Context) error { return w.s.ChangeOwn(ctx, Own{}) },
		"a language is set":   func(ctx context.Context) error { return w.s.SetLanguage(ctx, "ky") },
		"codes are made":      func(ctx context.Context) error { _, err := w.s.Door.NewRecoveryCodes(ctx, goodPassword); return err },
		"tokens are listed":   func(ctx context.Context) error { _, err := w.s.Door.Tokens(ctx); return err },
		"a token is ended":    func(ctx context.Context) error { return w.s.Door.RevokeToken(ctx, "x") },
		"sessions are listed": func(ctx context.Context) error { _, err := w.s.Door.Sessions(ctx); return err },
	} {
		t.Run(name, func(t *testing.T) { wants(t, do(w.anonymous()), fault.Unauthenticated, "gate.sign_in") })
	}
}

// A program's token has a name and an end.
func TestATokenHasANameAndAnEnd(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	issue := func(name string, days int) error {
		_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Name: name, Days: days})
		return err
	}
	for _, name := range []string{"", "  ", strings.Repeat("a", 101)} {
		wantsField(t, issue(name, 1), "name", "identity.token_name")
	}
	for _, days := range []int{-1, 367} {
		wantsField(t, issue("program", days), "days", "identity.token_days")
	}
	ok(t, issue("program", 366))
}

// What is no token is refused before anything is looked for.
func TestWhatIsNoTokenOpensNothing(t *testing.T) {
	w := newWorld(t)
	good := w.token(w.with("teacher", w.school), "")
	for _, tok := range []string{"", "x", good[:len(good)-1], good + "a", strings.ToUpper(good[:4]) + good[4:], good[:len(good)-1] + "_"} {
		_, err := w.s.ResolveToken(context.Background(), caller.From(w.ctx).Tenant, tok)
		wants(t, err, fault.Unauthenticated, "identity.token_over")
	}
}

// Codes for when the second factor is lost are of a second factor that there is.
func TestThereAreNoRecoveryCodesOfNothing(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	_, err := w.s.Door.NewRecoveryCodes(w.in(w.signIn(p)), goodPassword)
	wants(t, err, fault.Conflict, "identity.no_second_factor")
	if n := w.count("recovery_code"); n != 0 {
		t.Errorf("%d codes are kept", n)
	}
}

// The note of an end fits, and what is over ends no more.
func TestAnEndIsNotedAndHappensOnce(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	end := func(note string) error { return w.s.Dismiss(w.ctx, p.appointment.UID, End{Note: note}) }
	wantsField(t, end(strings.Repeat("ж", maxNote+1)), "note", "identity.note_long")
	ok(t, end(strings.Repeat("ж", maxNote)))
	wants(t, end(""), fault.Conflict, "identity.ended_already")
}

// An account that no post gives any use is opened by nobody, nor is one that is open.
func TestWhatIsNotBlockedIsNotOpenedAgain(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	wants(t, w.s.Unblock(w.ctx, p.UID), fault.Conflict, "identity.not_blocked")
	w.change("UPDATE appointment SET until = since WHERE tenant_id = $1 AND account_id = $2", p.ID) // nobody has swept yet
	wants(t, w.s.Unblock(w.ctx, p.UID), fault.Conflict, "identity.not_blocked")
	if now := get(w.s.Person(w.ctx, p.UID)); now.State != Active {
		t.Errorf("it is %s", now.State)
	}
}

// What is looked for is as long as a question, and a page that nobody gave is none.
func TestPeopleAreAskedForInAFewWords(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.s.People(w.ctx, Filter{Words: strings.Repeat("ж", MostWords)})
	ok(t, err)
	_, _, err = w.s.People(w.ctx, Filter{Words: strings.Repeat("ж", MostWords+1)})
	wants(t, err, fault.Invalid, "fault.too_long")
}

// Whoever opens an account reads a language that the ministry has.
func TestWhoOpensAnAccountReadsALanguageThatThereIs(t *testing.T) {
	w := newWorld(t)
	a := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	link := a.Key.Path[len(invitePath):]
	_, err := w.s.Accept(w.anonymous(), link, Acceptance{Login: "asan", Password: goodPassword, Language: "xx"})
	wantsField(t, err, "language", "identity.language_unknown")
	get(w.s.Accept(w.anonymous(), link, Acceptance{Login: "asan", Password: goodPassword, Language: "ru"}))
}

// An operator chooses a login that can be one; only who is one acts as one.
func TestAnOperatorsLoginIsOneAndNobodyElseIsAnOperator(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	_, k, err := o.Create(command, "Op", "op@platform.example", "en")
	ok(t, err)
	link := k.Path[len(operatorLink):]
	for _, login := range []string{"", "a b", "<op>", strings.Repeat("a", door.MaxLogin+1)} {
		_, err := o.Accept(context.Background(), link, Acceptance{Login: login, Password: goodPassword})
		wantsField(t, err, "login", "identity.login_refused")
	}
	login := get(o.Accept(context.Background(), link, Acceptance{Login: "first", Password: goodPassword}))
	_, err = o.Door.SignIn(context.Background(), door.Attempt{Login: login, Password: "guess", Remote: home})
	wants(t, err, fault.Unauthenticated, "identity.wrong_login")
	if acts := get(o.Acts(command, 0)); len(acts) == 0 || acts[0].Outcome != "deny" || acts[0].Reason != "identity.wrong_login" {
		t.Errorf("the platform's trail does not say what was refused: %+v", acts)
	}
	p := w.with("tenant_admin", w.root)
	for name, do := range map[string]func(ctx context.Context) error{
		"keys":     func(ctx context.Context) error { _, err := o.Door.NewRecoveryCodes(ctx, goodPassword); return err },
		"sessions": func(ctx context.Context) error { _, err := o.Door.Sessions(ctx); return err },
		"list":     func(ctx context.Context) error { _, err := o.List(ctx); return err },
	} {
		for _, ctx := range []context.Context{p.ctx, context.Background()} {
			if err := do(ctx); fault.KindOf(err) != fault.Unauthenticated {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
