package identity

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity/door"
)

func TestInvitationIsUsedOnceHoweverManyTry(t *testing.T) {
	w := newWorld(t)
	a := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	link := a.Key.Path[len(invitePath):]
	open := get(w.s.OpenKey(w.anonymous(), link))
	if !open.Invitation || open.Proposed == "" || open.Name == "" {
		t.Errorf("opened: %+v", open)
	}
	var used atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			_, err := w.s.Accept(w.anonymous(), link, Acceptance{Login: "login" + string(rune('a'+i)), Password: goodPassword})
			switch {
			case err == nil:
				used.Add(1)
			case fault.KindOf(err) != fault.NotFound:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if used.Load() != 1 {
		t.Fatalf("used %d times", used.Load())
	}
	_, err := w.s.OpenKey(w.anonymous(), link)
	wants(t, err, fault.NotFound, "identity.key_over")
}

func TestInvitationExpiresIsRenewedAndCancelled(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	a := get(w.s.Appoint(head.ctx, w.appointment("teacher", w.school)))
	w.pass(time.Duration(w.profile.Limit("invitation_days", w.clock.Now()))*24*time.Hour + time.Minute)
	_, err := w.s.OpenKey(w.anonymous(), a.Key.Path[len(invitePath):])
	wants(t, err, fault.NotFound, "identity.key_over")

	first := get(w.s.Reinvite(head.ctx, a.Account.UID))
	second := get(w.s.Reinvite(head.ctx, a.Account.UID))
	_, err = w.s.OpenKey(w.anonymous(), first.Path[len(invitePath):])
	wants(t, err, fault.NotFound, "")
	get(w.s.OpenKey(w.anonymous(), second.Path[len(invitePath):]))

	stranger := w.with("head", w.lyceum)
	_, err = w.s.Reinvite(stranger.ctx, a.Account.UID)
	wants(t, err, fault.Denied, "")
	ok(t, w.s.CancelInvitation(head.ctx, a.Account.UID))
	_, err = w.s.OpenKey(w.anonymous(), second.Path[len(invitePath):])
	wants(t, err, fault.NotFound, "")
}

func TestInvitationOfABlockedPersonIsDead(t *testing.T) {
	w := newWorld(t)
	a := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	ok(t, w.s.Block(w.ctx, a.Account.UID, "a mistake"))
	_, err := w.s.Accept(w.anonymous(), a.Key.Path[len(invitePath):], Acceptance{Login: "asan", Password: goodPassword})
	wants(t, err, fault.NotFound, "")
}

func TestTakenLoginLeavesTheLinkGood(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	a := get(w.s.Appoint(w.ctx, w.appointment("teacher", w.school)))
	link := a.Key.Path[len(invitePath):]
	_, err := w.s.Accept(w.anonymous(), link, Acceptance{Login: strings.ToUpper(p.Login), Password: goodPassword})
	wants(t, err, fault.Conflict, "identity.login_taken")
	_, err = w.s.Accept(w.anonymous(), link, Acceptance{Login: "Aigül", Password: "123"})
	wantsField(t, err, "password", "identity.password_short")
	login := get(w.s.Accept(w.anonymous(), link, Acceptance{Login: "Aigül", Password: goodPassword}))
	if login != "aigul" {
		t.Errorf("login %q", login)
	}
}

func TestForgottenPasswordByMailTellsNobodyWhoExists(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Person.Email = "asan@mektep.example"
	p := w.accepted(get(w.s.Appoint(w.ctx, n)))
	mails := w.count("mail_outbox")
	for _, who := range []string{"nobody", "nobody@mektep.example", p.Login, "ASAN@mektep.example"} {
		ok(t, w.forgot(who, home))
	}
	if n := w.count("mail_outbox") - mails; n != 2 {
		t.Errorf("%d letters", n)
	}
	// A mailbox is not flooded, by login and by address together; who asks is not told.
	ok(t, w.forgot(p.Login, abroad))
	ok(t, w.forgot("asan@mektep.example", abroad))
	if n := w.count("mail_outbox") - mails; n != 3 {
		t.Errorf("%d letters", n)
	}
}

// Somebody and nobody are answered alike, however often, and whatever becomes of
// the letter: the brake is not taken back with what fails.
func TestForgettingSaysTheSameOfSomebodyAndOfNobody(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Person.Email = "asan@mektep.example"
	p := w.accepted(get(w.s.Appoint(w.ctx, n)))
	answers := func(typed, from string) (out []string) {
		for range 6 {
			err := w.forgot(typed, netip.MustParseAddr(from))
			out = append(out, answer(err))
		}
		return out
	}
	nobody := answers("nobody", "10.1.1.1")
	for i, typed := range []string{p.Login, "asan@mektep.example"} {
		if got := answers(typed, fmt.Sprintf("10.1.2.%d", i)); !slices.Equal(got, nobody) {
			t.Errorf("%q is answered %v, nobody %v", typed, got, nobody)
		}
	}
	if !strings.Contains(nobody[5], "wait") {
		t.Errorf("never slowed down: %v", nobody)
	}

	w.pass(48 * time.Hour)
	w.s.later = func(context.Context, *db.Tx, Forgotten) error { return errors.New("the queue is gone") }
	for _, typed := range []string{p.Login, "nobody"} {
		var last error
		for range 6 {
			last = w.forgot(typed, abroad)
		}
		wants(t, last, fault.TooMany, "")
	}
}

// answer is what somebody who asks reads.
func answer(err error) string {
	if err == nil {
		return "on its way"
	}
	return faulttest.Key(err)
}

func TestWhoHasNotOpenedTheAccountIsSentTheInvitation(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Person.Email = "asan@mektep.example"
	a := get(w.s.Appoint(w.ctx, n))
	mails := w.count("(SELECT * FROM mail_outbox WHERE subject_key = 'identity.mail.invite.subject') m")
	ok(t, w.forgot("asan@mektep.example", home))
	if n := w.count("(SELECT * FROM mail_outbox WHERE subject_key = 'identity.mail.invite.subject') m"); n != mails+1 {
		t.Errorf("%d letters", n-mails)
	}
	// The link on paper stays good: anybody may have asked.
	w.accepted(a)
}

// An invitation that went to a mistyped address opens nothing once the address has been
// put right, and another one goes there; one that was cancelled does not come back by it.
func TestTRIC1_AnInvitationFollowsTheAddress(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Person.Email = "typo@wrong.example"
	a := get(w.s.Appoint(w.ctx, n))
	secret := a.Key.Path[len(invitePath):]
	right := n.Person
	right.Email = "asan@mektep.example"
	there := "(SELECT * FROM mail_outbox WHERE subject_key = 'identity.mail.invite.subject' AND address = 'asan@mektep.example') m"
	ok(t, w.s.Correct(w.ctx, a.Account.UID, a.Account.Version, right))
	_, err := w.s.OpenKey(w.anonymous(), secret)
	wants(t, err, fault.NotFound, "")
	_, err = w.s.Accept(w.anonymous(), secret, Acceptance{Login: "a.stranger", Password: goodPassword})
	wants(t, err, fault.NotFound, "")
	if n := w.count(there); n != 1 {
		t.Errorf("%d invitations went to the right address", n)
	}
	now := get(w.s.Person(w.ctx, a.Account.UID))
	ok(t, w.s.CancelInvitation(w.ctx, now.UID))
	right.Email = "asan2@mektep.example"
	ok(t, w.s.Correct(w.ctx, now.UID, now.Version, right))
	if p := get(w.s.Person(w.ctx, now.UID)); p.Invitation != nil {
		t.Error("an invitation that was cancelled is open again")
	}
}

func TestAnotherAddressIsToldToTheOldOne(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Person.Email = "asan@mektep.example"
	p := w.accepted(get(w.s.Appoint(w.ctx, n)))
	ok(t, w.forgot(p.Login, home))
	wants(t, w.changesOwn(w.in(w.signIn(p)), Own{Email: "thief@mektep.example", Language: "ru"}), fault.Invalid, "identity.invalid")
	wants(t, w.changesOwn(w.in(w.signIn(p)), Own{Email: "", Language: "ru", Password: "wrong"}), fault.Invalid, "identity.invalid")
	mails, links, notices := w.count("mail_outbox"), w.count("(SELECT * FROM account_key WHERE purpose = 'reset' AND revoked_at IS NULL) k"), w.count("notice")
	ctx := w.in(w.signIn(p))
	ok(t, w.changesOwn(ctx, Own{Email: "thief@mektep.example", Language: "ru", Password: goodPassword}))
	if n := w.count("(SELECT * FROM mail_outbox WHERE subject_key = 'identity.mail.address.subject' AND address = 'asan@mektep.example') m"); w.count("mail_outbox") != mails+2 || n == 0 { // the new one is asked whether it is read
		t.Errorf("%d letters more", w.count("mail_outbox")-mails)
	}
	if now := w.count("(SELECT * FROM account_key WHERE purpose = 'reset' AND revoked_at IS NULL) k"); links != 1 || now != 0 {
		t.Errorf("%d links, then %d", links, now)
	}
	if now := w.count("notice"); now != notices+1 {
		t.Errorf("%d notices more", now-notices)
	}
	// What changes nothing there tells nobody.
	ok(t, w.changesOwn(ctx, Own{Email: "thief@mektep.example", Language: "ky"}))
	if w.count("mail_outbox") != mails+2 {
		t.Error("told again")
	}
}

func TestResetEndsSessionsTokensAndDevices(t *testing.T) {
	w := newWorld(t)
	head, p := w.with("head", w.school), w.with("teacher", w.school)
	s := w.signIn(p)
	w.in(s)
	tok, _, err := w.s.Door.IssueToken(w.anonymous(), door.TokenRequest{Attempt: w.attempt(p, goodPassword), Name: "a thief's"})
	ok(t, err)
	get(w.s.ResolveToken(w.ctx, caller.From(w.ctx).Tenant, tok))
	slip := get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	k := get(w.s.RedeemCode(w.anonymous(), slip.Code, door.Attempt{Login: slip.Login, Remote: home}))
	_, err = w.s.Accept(w.anonymous(), k.Path[len(resetPath):], Acceptance{Password: "another one, longer"})
	ok(t, err)
	_, err = w.s.Resolve(w.ctx, caller.From(w.ctx).Tenant, s.Token)
	wants(t, err, fault.Unauthenticated, "")
	_, err = w.s.ResolveToken(w.ctx, caller.From(w.ctx).Tenant, tok)
	wants(t, err, fault.Unauthenticated, "")
	_, err = w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))
	wants(t, err, fault.Unauthenticated, "")
	_, err = w.s.Door.SignIn(w.anonymous(), w.attempt(p, "another one, longer"))
	ok(t, err)
}

func TestPrintedCodeIsTheSuperiorsAndRecorded(t *testing.T) {
	w := newWorld(t)
	head, stranger, p := w.with("head", w.school), w.with("head", w.lyceum), w.with("teacher", w.school)
	_, err := w.s.PrintCode(stranger.ctx, p.UID, Reset{IdentifiedBy: "passport"})
	wants(t, err, fault.Denied, "")
	_, err = w.s.PrintCode(p.ctx, head.UID, Reset{IdentifiedBy: "passport"})
	wants(t, err, fault.Denied, "")
	_, err = w.s.PrintCode(head.ctx, p.UID, Reset{})
	wantsField(t, err, "identified_by", "identity.identification_required")
	slip := get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	if slip.Login != p.Login || len(slip.Code) != 8+1 || slip.Unit.UID != w.school.UID {
		t.Errorf("slip: %+v", slip)
	}
	trail := get(audit.New(w.db, w.clock, secret))
	lines, _, err := trail.Changes(w.ctx, "account", p.UID, "")
	ok(t, err)
	var seen bool
	for _, l := range lines {
		seen = seen || l.Action == "reset" && l.Field == "identified_by" && string(l.New) == `"passport"` && l.Account == head.ID
	}
	if !seen {
		t.Error("the identification was not recorded")
	}
}

func TestPrintedCodeBearsFewTries(t *testing.T) {
	w := newWorld(t)
	head, p := w.with("head", w.school), w.with("teacher", w.school)
	slip := get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	a := door.Attempt{Login: p.Login, Remote: home}
	for i := range codeTries {
		_, err := w.s.RedeemCode(w.anonymous(), "WRONG"+string(rune('A'+i)), a)
		wants(t, err, fault.Unauthenticated, "identity.wrong_printed_code")
		w.pass(time.Minute) // whoever waits long enough has still no more tries
	}
	_, err := w.s.RedeemCode(w.anonymous(), slip.Code, a)
	wants(t, err, fault.Unauthenticated, "identity.wrong_printed_code")
}

func TestPrintedCodeIsUsedOnceAndExpires(t *testing.T) {
	w := newWorld(t)
	head, p := w.with("head", w.school), w.with("teacher", w.school)
	a := door.Attempt{Login: p.Login, Remote: home}
	slip := get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	get(w.s.RedeemCode(w.anonymous(), strings.ToLower(strings.ReplaceAll(slip.Code, "-", " ")), a))
	_, err := w.s.RedeemCode(w.anonymous(), slip.Code, a)
	wants(t, err, fault.Unauthenticated, "")

	old := get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	fresh := get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport"}))
	_, err = w.s.RedeemCode(w.anonymous(), old.Code, a)
	wants(t, err, fault.Unauthenticated, "")
	w.pass(door.CodeLife + time.Minute)
	_, err = w.s.RedeemCode(w.anonymous(), fresh.Code, a)
	wants(t, err, fault.Unauthenticated, "")
}

func TestPrintedCodeTakesALostSecondFactorAwayOnlyWhenAsked(t *testing.T) {
	w := newWorld(t)
	head, p := w.with("head", w.school), w.with("teacher", w.school)
	w.enrol(p)
	for _, drop := range []bool{false, true} {
		slip := get(w.s.PrintCode(head.ctx, p.UID, Reset{IdentifiedBy: "passport", SecondFactor: drop}))
		k := get(w.s.RedeemCode(w.anonymous(), slip.Code, door.Attempt{Login: p.Login, Remote: home}))
		_, err := w.s.Accept(w.anonymous(), k.Path[len(resetPath):], Acceptance{Password: goodPassword})
		ok(t, err)
		o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
		if (o.Challenge == "") != drop {
			t.Errorf("dropped %v: challenge %q", drop, o.Challenge)
		}
	}
}

func TestSecondFactor(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	secret, _ := w.enrol(p)
	challenge := func() string {
		o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
		if o.Session != nil || o.Challenge == "" {
			t.Fatal("came in without the second factor")
		}
		return o.Challenge
	}
	step := func(challenge, code string) (*door.Opened, error) {
		return w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: challenge, Code: code, Remote: home})
	}
	_, err := step(challenge(), "000000")
	wants(t, err, fault.Unauthenticated, "identity.wrong_code")
	typed := w.totp(secret)
	o := get(step(challenge(), typed[:3]+" "+typed[3:]))
	if !caller.From(w.in(o)).SecondFactor {
		t.Error("the session does not know it")
	}
	_, err = step(challenge(), typed) // replayed within its own half minute
	wants(t, err, fault.Unauthenticated, "identity.wrong_code")
	w.pass(30 * time.Second)
	late := challenge()
	w.pass(challengeLife)
	_, err = step(late, w.totp(secret))
	wants(t, err, fault.Unauthenticated, "identity.challenge_over")
}

func TestSecondFactorCodeCountsOnceHoweverManyTry(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	secret, _ := w.enrol(p)
	o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
	typed := w.totp(secret)
	var in atomic.Int32
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if _, err := w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: typed, Remote: home}); err == nil {
				in.Add(1)
			}
		})
	}
	wg.Wait()
	if in.Load() != 1 {
		t.Errorf("one code let %d in", in.Load())
	}
}

// Of two who come with one code at the same moment one is let in, whatever kind of code it is;
// two who come with two codes that are right are both let in, and neither is told to wait.
func TestOfTwoSecondStepsAtOnceEachCodeOpensOne(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	secret, codes := w.enrol(p)
	both := func(one, other string) (in int, said []error) {
		t.Helper()
		var wg sync.WaitGroup
		said = make([]error, 2)
		challenges := [2]string{}
		for i := range challenges {
			challenges[i] = get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))).Challenge
		}
		for i, code := range []string{one, other} {
			wg.Go(func() {
				_, said[i] = w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: challenges[i], Code: code, Remote: home})
			})
		}
		wg.Wait()
		for _, err := range said {
			if err == nil {
				in++
			} else {
				wants(t, err, fault.Unauthenticated, "identity.wrong_code")
			}
		}
		return in, said
	}
	for round := range 12 {
		w.pass(time.Hour)
		code := w.totp(secret)
		if in, said := both(code, code); in != 1 {
			t.Errorf("round %d: one code of the telephone let %d in: %v", round, in, said)
		}
		if len(codes) < 3 {
			w.pass(time.Minute)
			codes = get(w.s.Door.NewRecoveryCodes(w.in(w.enter(p, secret)), goodPassword))
		}
		if in, said := both(codes[0], codes[0]); in != 1 {
			t.Errorf("round %d: one recovery code let %d in: %v", round, in, said)
		}
		if in, said := both(codes[1], codes[2]); in != 2 {
			t.Errorf("round %d: two recovery codes let %d in: %v", round, in, said)
		}
		codes = codes[3:]
	}
}

func TestRecoveryCodesAreUsedOnce(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	_, codes := w.enrol(p)
	if len(codes) != 10 {
		t.Fatalf("%d codes", len(codes))
	}
	use := func(code string) (*door.Opened, error) {
		o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
		return w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: code, Remote: home})
	}
	if o := get(use(strings.ToLower(codes[0]))); o.RecoveryLeft != 10-1 {
		t.Errorf("%d left", o.RecoveryLeft)
	}
	_, err := use(codes[0])
	wants(t, err, fault.Unauthenticated, "identity.wrong_code")
	fresh := get(w.s.Door.NewRecoveryCodes(p.ctx, goodPassword))
	_, err = use(codes[1])
	wants(t, err, fault.Unauthenticated, "identity.wrong_code")
	get(use(fresh[0]))
}

func TestSecondFactorCodesAreSlowedDown(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	secret, _ := w.enrol(p)
	var err error
	for range 8 {
		o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
		_, err = w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: "000000", Remote: abroad})
	}
	wants(t, err, fault.TooMany, "")
	o := get(w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword)))
	_, err = w.s.Door.SecondStep(w.anonymous(), door.Second{Challenge: o.Challenge, Code: w.totp(secret), Remote: home})
	wants(t, err, fault.TooMany, "")
}

func TestRoleWithoutItsSecondFactorIsOfNoUse(t *testing.T) {
	w := newWorld(t)
	special := w.with("special_administrator", w.root)
	ctx := w.in(w.signIn(special))
	_, err := w.s.Appoint(ctx, w.appointment("district_officer", w.chuy))
	f := wants(t, err, fault.Denied, "identity.second_factor_first")
	if f.Next == nil || f.Next.URL != "/me/security" {
		t.Errorf("does not say where: %+v", f.Next)
	}
	if g := get(w.s.Grantable(ctx, w.chuy)); len(g) != 0 {
		t.Errorf("grantable: %+v", g)
	}
	e := get(w.s.Door.BeginSecondFactor(ctx, "", "M"))
	if !strings.Contains(e.URI, "otpauth://totp/M:") {
		t.Error(e.URI)
	}
	_, err = w.s.Door.ConfirmSecondFactor(ctx, e.Ticket, "000000")
	wantsField(t, err, "code", "identity.wrong_code")
	get(w.s.Door.ConfirmSecondFactor(ctx, e.Ticket, w.totp(e.Secret)))
	o := caller.From(ctx).Session
	if list := get(w.s.Door.Sessions(ctx)); len(list) != 1 || list[0].UID != o || !list[0].SecondFactor {
		t.Errorf("the session did not rise: %+v", list)
	}
	wants(t, w.s.Door.DropSecondFactor(special.ctx, goodPassword, ""), fault.Denied, "identity.second_factor_needed")
}

func TestSecondFactorNeedsThePasswordLater(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	ctx := w.in(w.signIn(p))
	w.pass(freshFor + time.Minute)
	_, err := w.s.Door.BeginSecondFactor(ctx, "", "M")
	wantsField(t, err, "current", "field.required")
	get(w.s.Door.BeginSecondFactor(ctx, goodPassword, "M"))
}

func TestChangedPasswordEndsOtherSessions(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	here, there := w.signIn(p), w.signIn(p)
	ctx := w.in(here)
	w.in(there)
	wantsField(t, w.s.Door.ChangePassword(ctx, "guess", "another one, longer"), "current", "identity.wrong_password")
	wantsField(t, w.s.Door.ChangePassword(ctx, goodPassword, "short"), "password", "identity.password_short")
	ok(t, w.s.Door.ChangePassword(ctx, goodPassword, "another one, longer"))
	w.in(here)
	_, err := w.s.Resolve(w.ctx, caller.From(w.ctx).Tenant, there.Token)
	wants(t, err, fault.Unauthenticated, "")
}
