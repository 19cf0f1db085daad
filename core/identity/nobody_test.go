package identity

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity/door"
	"mektep/core/notify"
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
		"data are shown":          func(ctx context.Context) error { _, err := w.s.Mine(ctx); return err },
		"data are changed":        func(ctx context.Context) error { return w.s.ChangeOwn(ctx, Own{}) },
		"a language is set":       func(ctx context.Context) error { return w.s.SetLanguage(ctx, "ky") },
		"codes are made":          func(ctx context.Context) error { _, err := w.s.Door.NewRecoveryCodes(ctx, goodPassword); return err },
		"an address is confirmed": func(ctx context.Context) error { return w.s.ConfirmOwn(ctx, goodPassword, 1) },
		"a password is changed": func(ctx context.Context) error {
			return w.s.Door.ChangePassword(ctx, goodPassword, "mavi kapı önünde üç kedi")
		},
		"a factor is begun": func(ctx context.Context) error {
			_, err := w.s.Door.BeginSecondFactor(ctx, goodPassword, "M")
			return err
		},
		"a factor is set up": func(ctx context.Context) error {
			_, err := w.s.Door.ConfirmSecondFactor(ctx, "x", "000000")
			return err
		},
		"a factor is dropped": func(ctx context.Context) error { return w.s.Door.DropSecondFactor(ctx, goodPassword, "000000") },
		"a session is ended":  func(ctx context.Context) error { _, err := w.s.Door.EndSession(ctx, "x"); return err },
		"roles are offered":   func(ctx context.Context) error { _, err := w.s.Grantable(ctx, w.school); return err },
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

// A second factor is set up with what was begun for it: by whom it was begun, in time.
func TestASecondFactorIsSetUpWithWhatWasBegunForIt(t *testing.T) {
	w := newWorld(t)
	p, other := w.with("teacher", w.school), w.with("teacher", w.school)
	ctx := w.in(w.signIn(p))
	begun := get(w.s.Door.BeginSecondFactor(ctx, "", "M"))
	theirs := get(w.s.Door.BeginSecondFactor(w.in(w.signIn(other)), "", "M"))
	for name, ticket := range map[string]string{"none": "", "no ticket": "x", "cut off": begun.Ticket[:len(begun.Ticket)-4], "another's": theirs.Ticket} {
		_, err := w.s.Door.ConfirmSecondFactor(ctx, ticket, w.totp(theirs.Secret))
		if wants(t, err, fault.Unauthenticated, "identity.challenge_over"); t.Failed() {
			t.Error(name)
		}
	}
	w.pass(freshFor)
	_, err := w.s.Door.ConfirmSecondFactor(ctx, begun.Ticket, w.totp(begun.Secret))
	wants(t, err, fault.Unauthenticated, "identity.challenge_over")
	if n := w.count("recovery_code"); n != 0 {
		t.Errorf("%d codes are kept", n)
	}
}

// Whoever has an account already is told of another post and invited to nothing: no link
// opens what is open.
func TestWhoHasAnAccountGetsNoLinkWithAnotherPost(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	keys := w.count("account_key")
	out := get(w.s.Appoint(w.ctx, NewAppointment{Account: p.UID, Role: "teacher", Unit: w.lyceum}))
	if n := w.count("account_key"); out.Key != nil || n != keys {
		t.Errorf("invited by %v, %d keys were made", out.Key, n-keys)
	}
	items, _, err := w.inbox.Inbox(p.ctx, "")
	ok(t, err)
	if !slices.ContainsFunc(items, func(i notify.Item) bool { return i.Key == "identity.notice.your_appointment" }) {
		t.Errorf("told of %+v", items)
	}
}

// Two operators have no one login.
func TestTwoOperatorsHaveNoOneLogin(t *testing.T) {
	w := newWorld(t)
	o, command := operators(t, w)
	for i, name := range []string{"One", "Two"} {
		_, k, err := o.Create(command, name, strings.ToLower(name)+"@platform.example", "en")
		ok(t, err)
		_, err = o.Accept(context.Background(), k.Path[len(operatorLink):], Acceptance{Login: "first", Password: goodPassword})
		if i == 0 {
			ok(t, err)
			continue
		}
		wants(t, err, fault.Conflict, "identity.login_taken")
		wantsField(t, err, "login", "identity.login_taken")
	}
}

// Keys of one's own are changed with one's own password, whatever else is shown.
func TestOnesOwnKeysAreChangedWithOnesOwnPassword(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	secret, _ := w.enrol(p)
	ctx := w.as(p)
	codes := w.count("recovery_code")
	for name, do := range map[string]func() error{
		"the factor is dropped": func() error { return w.s.Door.DropSecondFactor(ctx, "guess", w.totp(secret)) },
		"codes are made anew":   func() error { _, err := w.s.Door.NewRecoveryCodes(ctx, "guess"); return err },
	} {
		t.Run(name, func(t *testing.T) { wantsField(t, do(), "current", "identity.wrong_password") })
	}
	if n := w.count("recovery_code"); n != codes {
		t.Errorf("%d codes of %d", n, codes)
	}
}

// Whoever ends a post has the right to at that moment, and not only the place above it: a
// role whose second factor was not shown ends none.
func TestKGER6c_WhoseRoleLacksItsSecondFactorEndsNoPost(t *testing.T) {
	w := newWorld(t)
	p, by := w.with("teacher", w.school), w.with("special_administrator", w.root)
	c := *caller.From(by.ctx)
	c.SecondFactor = false
	end := End{Order: Order{Number: "1", Date: w.clock.Now().AddDate(0, 0, -1)}}
	wants(t, w.s.Dismiss(caller.With(by.ctx, &c), p.appointment.UID, end), fault.Denied, "")
	ok(t, w.s.Dismiss(by.ctx, p.appointment.UID, end))
}

// An address is confirmed by who stands over its owner, and by nobody beside or below.
func TestKGER6c_AnAddressIsConfirmedFromAbove(t *testing.T) {
	w := newWorld(t)
	p, above := w.with("head", w.school), w.with("special_administrator", w.root)
	ok(t, w.s.Correct(above.ctx, p.UID, get(w.s.Person(w.ctx, p.UID)).Version, Person{Family: p.Family, Given: p.Given, Email: "typed@mail.example"}))
	version := get(w.s.Person(w.ctx, p.UID)).Version
	for name, by := range map[string]somebody{"a teacher": w.with("teacher", w.school), "a head elsewhere": w.with("head", w.lyceum), "another district's officer": w.with("district_officer", w.naryn)} {
		if err := w.s.ConfirmAddress(by.ctx, p.UID, version); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: %v", name, err)
		}
	}
	ok(t, w.s.ConfirmAddress(w.with("district_officer", w.chuy).ctx, p.UID, version))
}

// Nobody comes into a ministry that is suspended, by any way, and nobody gets a key to it.
func TestWhileAMinistryIsSuspendedNobodyComesIn(t *testing.T) {
	w := newWorld(t)
	p, q := w.with("teacher", w.school), w.with("teacher", w.school)
	secret, _ := w.enrol(p)
	begun := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
	a := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	w.gate.Set(gate.Checks{BeforeUse: w.s.BeforeUse, Open: func(context.Context) error { return fault.New(fault.Locked, "tenant.suspended") }})
	open := "(SELECT tenant_id FROM session UNION ALL SELECT tenant_id FROM api_token) k"
	before := w.count(open)
	for name, do := range map[string]func() error{
		"with the password": func() error { _, err := w.s.Door.SignIn(w.anonymous(), w.attempt(q, goodPassword)); return err },
		"with a code": func() error {
			_, err := w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: begun.Challenge, Code: w.totp(secret), Remote: home})
			return err
		},
		"with a program": func() error {
			_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(q, goodPassword), Name: "program"})
			return err
		},
		"by an invitation": func() error {
			_, err := w.s.Accept(w.anonymous(), a.Key.Path[len(invitePath):], Acceptance{Login: "asan", Password: goodPassword})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := do(); fault.KindOf(err) != fault.Locked {
				t.Error(err)
			}
		})
	}
	if n := w.count(open); n != before {
		t.Errorf("%d ways in were opened", n-before)
	}
}
