package identity

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mektep/core/identity/door"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

func TestSignInSaysTheSameOfEverythingWrong(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	invited := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	var answers []string
	for _, a := range []door.Attempt{
		{Login: p.Login, Password: "not the password"},
		{Login: "nobody", Password: goodPassword},
		{Login: "", Password: ""},
		{Login: invited.Account.UID, Password: ""},
		{Login: strings.Repeat("x", 10_000), Password: strings.Repeat("y", 100_000)},
	} {
		a.Remote = home
		_, err := w.s.Door.SignIn(w.anonymous(), a)
		answers = append(answers, wants(t, err, fault.Unauthenticated, "").Error())
	}
	for _, a := range answers {
		if a != answers[0] {
			t.Errorf("tells them apart: %q", answers)
		}
	}
	if n := len(w.audited(audit.Filter{Action: "sign_in", Outcome: audit.Deny})); n != len(answers) {
		t.Errorf("%d of %d attempts recorded", n, len(answers))
	}
}

func TestLoginIsFoldedAsKeyboardsWriteIt(t *testing.T) {
	const spaced = "  AYŞE.Işık "
	for typed, want := range map[string]string{spaced: "ayse.isik", "İBRAHİM": "ibrahim", "ｕｓｅｒ": "user", "Öz-gür_1": "oz-gur_1"} {
		if got := door.FoldLogin(typed); got != want {
			t.Errorf("%q → %q, want %q", typed, got, want)
		}
	}
	for _, bad := range []string{"", "ab", "-abc", "a b", "асан", "a'b--", strings.Repeat("a", 65)} {
		if door.ValidLogin(bad) {
			t.Errorf("%q is no login", bad)
		}
	}
}

func TestBlockedAccountIsToldOnlyToWhoKnowsThePassword(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	ok(t, w.s.Block(w.ctx, p.UID, "left"))
	_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, "not the password"))
	wants(t, err, fault.Unauthenticated, "identity.wrong_login")
	_, err = w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))
	wants(t, err, fault.Denied, "identity.blocked")
}

func TestStrangersSlowDownAndNeverLockAPersonOut(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	device := w.signIn(p).Device
	if device == "" {
		t.Fatal("no device cookie")
	}
	// A stranger guesses from the very network the person works in, and a crowd
	// from everywhere else.
	for i := range 12 {
		a := w.attempt(p, fmt.Sprint("guess ", i))
		_, _ = w.s.Door.SignIn(w.anonymous(), a)
	}
	var slowed bool
	for i := range 40 {
		a := w.attempt(p, "guess")
		a.Remote = netip.AddrFrom4([4]byte{10, byte(i), 1, 1})
		if _, err := w.s.Door.SignIn(w.anonymous(), a); fault.KindOf(err) == fault.TooMany {
			slowed = true
		}
	}
	if !slowed {
		t.Error("forty networks guessed one account and nobody had to wait")
	}
	_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))
	f := wants(t, err, fault.TooMany, "")
	if n, _ := f.Args["Count"].(int); n <= 0 {
		t.Errorf("does not say how long: %+v", f.Args)
	}
	a := w.attempt(p, goodPassword)
	a.Device = device
	_, err = w.s.Door.SignIn(w.anonymous(), a)
	ok(t, err)

	// Elsewhere the wait is half a minute at most, however many tried.
	w.pass(31 * time.Second)
	a = w.attempt(p, goodPassword)
	a.Remote = abroad
	_, err = w.s.Door.SignIn(w.anonymous(), a)
	ok(t, err)
}

func TestWaitingIsNotPunished(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	for range 6 {
		_, _ = w.s.Door.SignIn(w.anonymous(), w.attempt(p, "guess"))
	}
	for range 50 { // impatience counts nothing
		_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))
		wants(t, err, fault.TooMany, "identity.wait_seconds")
	}
	w.pass(6 * time.Second)
	w.signIn(p)
	// And being right forgives what went before.
	_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, "guess"))
	wants(t, err, fault.Unauthenticated, "")
}

func TestAHundredGuessesAtOnceAreAHundred(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	var judged atomic.Int32
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			if _, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, "guess")); fault.KindOf(err) == fault.Unauthenticated {
				judged.Add(1)
			}
		})
	}
	wg.Wait()
	if n := int(judged.Load()); n > 6 {
		t.Errorf("%d guesses were judged before anybody had to wait", n)
	}
}

func TestKnownDeviceIsSlowedByItself(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	device := w.signIn(p).Device
	var err error
	for range 10 {
		a := w.attempt(p, "guess")
		a.Device = device
		_, err = w.s.Door.SignIn(w.anonymous(), a)
	}
	wants(t, err, fault.TooMany, "")
	// A cookie of another account is no device of this one.
	other := w.with("teacher", w.school)
	a := w.attempt(other, goodPassword)
	a.Device = device
	o := get(w.s.Door.SignIn(w.anonymous(), a))
	if o.Session.Device == device {
		t.Error("the cookie of one person was taken over by another")
	}
}

func TestSessionEndsByIdlenessAndByAge(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	tenant := caller.From(w.ctx).Tenant
	idle := time.Duration(w.profile.Limit("session_idle_minutes", w.clock.Now())) * time.Minute

	s := w.signIn(p)
	w.in(s)
	w.pass(idle - time.Minute)
	w.in(s) // in use: it goes on
	w.pass(idle - time.Minute)
	w.in(s)
	w.pass(idle + time.Minute)
	_, err := w.s.Resolve(context.Background(), tenant, s.Token)
	wants(t, err, fault.Unauthenticated, "identity.session_over")

	s = w.signIn(p)
	for end := w.clock.Now().Add(time.Duration(w.profile.Limit("session_max_hours", w.clock.Now())) * time.Hour); w.clock.Now().Add(10 * time.Minute).Before(end); {
		w.in(s)
		w.pass(10 * time.Minute)
	}
	w.pass(11 * time.Minute)
	_, err = w.s.Resolve(context.Background(), tenant, s.Token)
	wants(t, err, fault.Unauthenticated, "identity.session_over")
}

func TestSharedComputerEndsSoonerAndIsNotRemembered(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	a := w.attempt(p, goodPassword)
	a.Shared = true
	s := get(w.s.Door.SignIn(w.anonymous(), a)).Session
	if s.Device != "" || s.Idle != sharedIdle {
		t.Errorf("device %q, idle %v", s.Device, s.Idle)
	}
	w.in(s)
	w.pass(sharedIdle + time.Minute)
	_, err := w.s.Resolve(context.Background(), caller.From(w.ctx).Tenant, s.Token)
	wants(t, err, fault.Unauthenticated, "identity.session_over")
}

func TestTRDR8_SessionsAreListedEndedAndWatched(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	p := w.with("teacher", w.school)
	here := w.signIn(p)
	a := w.attempt(p, goodPassword)
	a.Remote, a.UserAgent = abroad, "Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile"
	there := get(w.s.Door.SignIn(w.anonymous(), a)).Session

	ctx := w.in(here)
	list := get(w.s.Door.Sessions(ctx))
	if len(list) != 2 || !list[0].Current || list[0].Device != "Firefox, Windows" || list[1].Device != "Chrome, Android" || !list[1].Elsewhere {
		t.Fatalf("listed: %+v", list)
	}
	if items, _, _ := w.inbox.Inbox(ctx, ""); len(items) == 0 || items[0].Key != "identity.notice.sharing" {
		t.Errorf("the person was not told: %+v", items)
	}
	if page := get(w.s.Person(head.ctx, p.UID)); len(page.Sharing) != 1 || len(page.Sessions) != 2 {
		t.Errorf("the superior sees %d signs, %d sessions", len(page.Sharing), len(page.Sessions))
	}
	rows, _, err := w.s.People(head.ctx, Filter{Role: "teacher"})
	ok(t, err)
	if len(rows) != 1 || !rows[0].Shared {
		t.Errorf("the list does not show it: %+v", rows)
	}

	if n := get(w.s.Door.EndSession(ctx, "")); n != 1 {
		t.Errorf("%d others ended", n)
	}
	_, err = w.s.Resolve(context.Background(), caller.From(w.ctx).Tenant, there.Token)
	wants(t, err, fault.Unauthenticated, "")
	w.in(here)
	ok(t, w.s.Door.SignOut(ctx))
	_, err = w.s.Resolve(context.Background(), caller.From(w.ctx).Tenant, here.Token)
	wants(t, err, fault.Unauthenticated, "")
}

func TestNobodyEndsAnothersSession(t *testing.T) {
	w := newWorld(t)
	p, q := w.with("teacher", w.school), w.with("teacher", w.school)
	s := w.signIn(p)
	if n := get(w.s.Door.EndSession(q.ctx, s.UID)); n != 0 {
		t.Error("ended another's session")
	}
	_, err := w.s.RevokeSessions(q.ctx, p.UID, "")
	wants(t, err, fault.Denied, "")
	w.in(s)
	head := w.with("head", w.school)
	if n := get(w.s.RevokeSessions(head.ctx, p.UID, s.UID)); n != 1 {
		t.Errorf("%d revoked", n)
	}
	// The trail names which it was.
	h, _, err := w.s.trail.Changes(w.ctx, "session", p.UID, "")
	ok(t, err)
	if len(h) != 1 || h[0].Field != "session" || string(h[0].Old) != strconv.Quote(s.UID) {
		t.Errorf("recorded: %+v", h)
	}
	_, err = w.s.Resolve(context.Background(), caller.From(w.ctx).Tenant, s.Token)
	wants(t, err, fault.Unauthenticated, "")
}

func TestRevokedInOneProcessRevokedInAll(t *testing.T) {
	cfg := dbtest.Config(t)
	open := func() *db.DB {
		d, err := db.Open(context.Background(), cfg)
		ok(t, err)
		ctx, stop := context.WithCancel(context.Background())
		listens, once := make(chan struct{}), sync.Once{}
		d.OnChange("listening", func(int32, string) { once.Do(func() { close(listens) }) }) // all is forgotten when it begins
		d.Listen(ctx)
		t.Cleanup(func() { stop(); d.Close() })
		<-listens
		return d
	}
	pieces := load(t)
	w := worldOn(t, open(), "chui", pieces)
	p := w.with("teacher", w.school)
	tenant := caller.From(w.ctx).Tenant
	otherWorld := &world{t: t, db: open(), clock: w.clock}
	other := otherWorld.service(pieces)

	for _, c := range []struct {
		name string
		end  func(s *door.Opened) error
	}{
		{"sign-out", func(s *door.Opened) error { return w.s.Door.SignOut(w.in(s)) }},
		{"block", func(*door.Opened) error { return w.s.Block(w.ctx, p.UID, "left") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := w.signIn(p)
			get(other.Resolve(context.Background(), tenant, s.Token)) // remembered there
			ok(t, c.end(s))
			deadline := time.Now().Add(20 * time.Second) // far less than a session is remembered for
			for {
				_, err := other.Resolve(context.Background(), tenant, s.Token)
				if errors.Is(err, fault.New(fault.Unauthenticated, "identity.session_over")) {
					return
				}
				if time.Now().After(deadline) {
					t.Fatal("the other process still lets it in")
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
}

func TestSessionOfOneMinistryIsNobodyInAnother(t *testing.T) {
	d := dbtest.New(t)
	pieces := load(t)
	one, two := worldOn(t, d, "one", pieces), worldOn(t, d, "two", pieces)
	p := one.with("teacher", one.school)
	q := two.with("teacher", two.school)
	s := one.signIn(p)
	one.in(s)
	_, err := two.s.Resolve(context.Background(), caller.From(two.ctx).Tenant, s.Token)
	wants(t, err, fault.Unauthenticated, "identity.session_over")
	_, err = one.s.Resolve(context.Background(), caller.From(two.ctx).Tenant, s.Token) // even by the same process, which remembers it
	wants(t, err, fault.Unauthenticated, "identity.session_over")

	tok, _, err := one.s.Door.IssueToken(one.anonymous(), door.TokenRequest{Attempt: one.attempt(p, goodPassword), Name: "x"})
	ok(t, err)
	_, err = two.s.ResolveToken(context.Background(), caller.From(two.ctx).Tenant, tok)
	wants(t, err, fault.Unauthenticated, "")

	_, err = two.s.Door.SignIn(two.anonymous(), one.attempt(p, goodPassword))
	wants(t, err, fault.Unauthenticated, "identity.wrong_login")
	_, err = two.s.Person(q.ctx, p.UID)
	wants(t, err, fault.NotFound, "")

	secret, _ := one.enrol(p)
	o := get(one.s.Door.SignIn(one.anonymous(), one.attempt(p, goodPassword)))
	_, err = two.s.Door.SecondStep(two.anonymous(), door.Second{Challenge: o.Challenge, Code: one.totp(secret), Remote: home})
	wants(t, err, fault.Unauthenticated, "identity.challenge_over")
}

func TestAPITokens(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	tenant := caller.From(w.ctx).Tenant
	_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, "guess"), Name: "x"})
	wants(t, err, fault.Unauthenticated, "")
	_, _, err = w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword)})
	wantsField(t, err, "name", "identity.token_name")
	tok, info, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Name: "reports", Days: 10})
	ok(t, err)
	c := get(w.s.ResolveToken(context.Background(), tenant, tok))
	if c.Account != p.ID || c.Token != info.UID || c.Session != "" || len(c.Assignments) != 1 {
		t.Errorf("resolved: %+v", c)
	}
	if _, err := w.s.Resolve(context.Background(), tenant, tok); err == nil {
		t.Error("an API token opened a session")
	}
	if list := get(w.s.Door.Tokens(p.ctx)); len(list) != 1 || list[0].Name != "reports" {
		t.Errorf("listed: %+v", list)
	}
	other := w.with("teacher", w.school)
	wants(t, w.s.Door.RevokeToken(other.ctx, info.UID), fault.NotFound, "")
	ok(t, w.s.Door.RevokeToken(p.ctx, info.UID))
	_, err = w.s.ResolveToken(context.Background(), tenant, tok)
	wants(t, err, fault.Unauthenticated, "identity.token_over")

	tok, _, err = w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Name: "reports", Days: 10})
	ok(t, err)
	get(w.s.ResolveToken(context.Background(), tenant, tok))
	w.pass(11 * 24 * time.Hour)
	_, err = w.s.ResolveToken(context.Background(), tenant, tok)
	wants(t, err, fault.Unauthenticated, "identity.token_over")
}

func TestStaleHashIsRenewedAtSignIn(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	w.hashing.Iterations = 2
	w.s = w.service(load(t))
	w.signIn(p)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		var hash string
		ok(t, tx.PGX().QueryRow(ctx, "SELECT password_hash FROM account WHERE tenant_id = $1 AND id = $2", tx.Tenant(), p.ID).Scan(&hash))
		if !strings.Contains(hash, "t=2") {
			t.Errorf("still %s", hash[:30])
		}
		return nil
	}))
	w.signIn(p)
}

func TestNoPlainSecretIsKept(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	s := w.signIn(p)
	secret, codes := w.enrol(p)
	_, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Code: " ", Name: "x"})
	wants(t, err, fault.Unauthenticated, "identity.code_needed")
	tok, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Code: w.totp(secret), Name: "x"})
	ok(t, err)
	super := dbtest.Super(t, w.db)
	rows, err := super.Query(context.Background(), `SELECT format('SELECT string_agg(t::text, '' '') FROM %I t', c.relname)
		FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace`)
	ok(t, err)
	var queries []string
	for rows.Next() {
		var q string
		ok(t, rows.Scan(&q))
		queries = append(queries, q)
	}
	for _, q := range queries {
		var all *string
		ok(t, super.QueryRow(context.Background(), q).Scan(&all))
		if all == nil {
			continue
		}
		for what, plain := range map[string]string{
			"password": goodPassword, "session token": s.Token, "device cookie": s.Device, "totp secret": secret,
			"recovery code": strings.ReplaceAll(codes[0], "-", ""), "api token": tok, "address": home.String(),
		} {
			if strings.Contains(*all, plain) {
				t.Errorf("the %s stands in %s", what, q)
			}
		}
	}
}

// A clock that was ahead and is put right keeps nobody out: neither ours nor the
// database's, neither by counters nor by codes that it took.
func TestAClockPutRightLocksNobodyOut(t *testing.T) {
	for _, ahead := range []time.Duration{time.Hour, 12 * 24 * time.Hour, 366 * 24 * time.Hour} {
		t.Run(ahead.String(), func(t *testing.T) {
			w := newWorld(t)
			p, other := w.with("teacher", w.school), w.with("teacher", w.school)
			secret, _ := w.enrol(p)
			right := w.clock.Now()
			w.pass(ahead)
			with := func(code string) error {
				o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
				_, err := w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: code, Remote: home})
				return err
			}
			second := func() error { return with(w.totp(secret)) }
			ok(t, second())
			for range 45 { // somebody behind the same address mistypes
				a := w.attempt(other, "guess")
				a.Login = "nobody"
				_, _ = w.s.Door.SignIn(w.anonymous(), a)
			}
			w.pass(right.Sub(w.clock.Now())) // both clocks go back

			_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(other, goodPassword))
			ok(t, err)
			fits := w.totp(secret)
			wants(t, with(string('0'+(fits[0]-'0'+1)%10)+fits[1:]), fault.Unauthenticated, "identity.wrong_code") // what was accepted ahead makes no other code fit
			ok(t, second())
			wants(t, second(), fault.Unauthenticated, "identity.wrong_code") // a code counts once all the same
		})
	}
}

func TestCountersGoByTheDatabasesClock(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	w.signIn(p)
	w.clock.Set(w.clock.Now().Add(-8 * time.Second)) // another process, a little behind
	w.signIn(p)
	for range 7 {
		_, _ = w.s.Door.SignIn(w.anonymous(), w.attempt(p, "guess"))
	}
	w.clock.Set(w.clock.Now().Add(24 * time.Hour)) // a process far ahead forgives nothing
	_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))
	wants(t, err, fault.TooMany, "")
}

func TestManyAddressesOfOneSiteAreOne(t *testing.T) {
	w := newWorld(t)
	var err error
	for i := range 60 {
		a := door.Attempt{Login: fmt.Sprintf("nobody%d", i), Password: "guess", Remote: netip.MustParseAddr(fmt.Sprintf("2001:db8:7:%x::1", i))}
		_, err = w.s.Door.SignIn(w.anonymous(), a)
	}
	wants(t, err, fault.TooMany, "")
	_, err = w.s.Door.SignIn(w.anonymous(), door.Attempt{Login: "nobody", Password: "guess", Remote: netip.MustParseAddr("2001:db8:8::1")})
	wants(t, err, fault.Unauthenticated, "")
}
