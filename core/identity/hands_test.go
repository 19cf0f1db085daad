package identity_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"mektep/core/approval"
	"mektep/core/db"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/web/webtest"
)

// house is a ministry with three administrators whom the platform has made, so that
// nobody has had a key of theirs in hand.
type house struct {
	*webtest.World
	by, other, third *webtest.Person
}

func newHouse(t *testing.T) house {
	t.Helper()
	w := webtest.New(t, "kg", "secondary_school")
	return house{w, w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root)}
}

// as returns a context in which an account acts, with a second factor.
func (h house) as(uid string) context.Context {
	h.T.Helper()
	id := webtest.Must(h.Identity.Person(h.Ctx, uid)).ID
	exec(h.World, "UPDATE account SET totp_sealed = '\\x00', totp_at = $3 WHERE tenant_id = $1 AND id = $2", id, h.Clock.Now())
	return h.As(id)
}

// changesOwn has somebody change their own data as they stand now.
func (h house) changesOwn(ctx context.Context, o identity.Own) error {
	h.T.Helper()
	o.Version = webtest.Must(h.Identity.Mine(ctx)).Version
	return h.Identity.ChangeOwn(ctx, o)
}

// invites has somebody give a new person a role alone.
func (h house) invites(ctx context.Context, role, email string) identity.Appointed {
	h.T.Helper()
	out, err := h.Identity.Appoint(ctx, identity.NewAppointment{Person: stranger(email), AnotherPerson: true, Role: role, Unit: h.Root, IdentifiedBy: "passport", Order: h.order()})
	if err != nil || out.Key == nil {
		h.T.Fatalf("%+v %v", out, err)
	}
	return out
}

func stranger(email string) identity.Person {
	return identity.Person{Family: "Куурчак", Given: "Биринчи", Email: email}
}

func (h house) order() identity.Order {
	return identity.Order{Number: "1", Date: h.Clock.Now().AddDate(0, 0, -1)}
}

// opens follows a link, as whoever has it does.
func (h house) opens(link string) {
	h.T.Helper()
	h.logins(link, "kuurchak."+strings.ToLower(strings.Trim(webtest.Secret(link)[:6], "_-")))
}

func (h house) logins(link, login string) {
	h.T.Helper()
	if _, err := h.Identity.Accept(h.Nobody(), webtest.Secret(link), identity.Acceptance{Login: login + "x", Password: "жакшы узун сырсөз 7"}); err != nil {
		h.T.Fatal(err)
	}
}

// letter is the link of the last letter that waits for an address.
func (h house) letter(address string) (url string) {
	h.T.Helper()
	err := h.DB.Tenant(h.Ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, `SELECT url FROM mail_outbox WHERE tenant_id = $1 AND address = $2 AND button_key LIKE 'identity.mail.%' ORDER BY id DESC LIMIT 1`, tx.Tenant(), address).Scan(&url)
	})
	if err != nil {
		h.T.Fatalf("no letter: %v", err)
	}
	plain, err := h.Identity.Door.Unseal(url, "letter", db.TenantOf(h.Ctx))
	if err != nil {
		h.T.Fatal(err)
	}
	return string(plain)
}

// asks has somebody ask for an auditor and returns the request.
func (h house) asks(ctx context.Context) approval.Request {
	h.T.Helper()
	p := stranger("")
	p.Given += strings.Repeat("а", h.Count("approval WHERE tenant_id = $1")) // the same is asked for once
	out, err := h.Identity.Appoint(ctx, identity.NewAppointment{Person: p, AnotherPerson: true, Role: "auditor", Unit: h.Root, IdentifiedBy: "passport"})
	if err != nil || out.Waiting == nil {
		h.T.Fatalf("%+v %v", out, err)
	}
	return *out.Waiting
}

// promotes makes an account an administrator with two administrators' word.
func (h house) promotes(uid string) {
	h.T.Helper()
	h.promotesBy(uid, h.by, h.other)
}

func (h house) promotesBy(uid string, asks, agrees *webtest.Person) {
	h.T.Helper()
	if _, err := h.Agree(agrees.Ctx, h.asksFor(asks, uid).UID); err != nil {
		h.T.Fatal(err)
	}
}

// asksFor has somebody ask that an account be an administrator.
func (h house) asksFor(asks *webtest.Person, uid string) approval.Request {
	h.T.Helper()
	out, err := h.Identity.Appoint(asks.Ctx, identity.NewAppointment{Account: uid, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport"})
	if err != nil || out.Waiting == nil {
		h.T.Fatalf("%+v %v", out, err)
	}
	return *out.Waiting
}

// refuses fails unless a request is refused with a key, its rule, law and next step, in
// every act by which it could be decided.
func (h house) refuses(ctx context.Context, r approval.Request, key string) {
	h.T.Helper()
	_, err := h.Agree(ctx, r.UID)
	for what, err := range map[string]error{"approves": err, "rejects": h.Approvals.Reject(ctx, r.UID, "x")} {
		f := faulttest.Of(h.T, err)
		if f.Key != key || f.Rule == "" || f.Law == "" || f.Next == nil {
			h.T.Errorf("%s: %+v, want %s", what, f, key)
			continue
		}
		for _, l := range h.Words.Languages() {
			h.Words.Localizer(l.Tag).Fault(f)
		}
	}
	for _, x := range webtest.Must(h.Approvals.List(ctx)) {
		if x.UID == r.UID && x.Decide {
			h.T.Error("they are offered to decide it all the same")
		}
	}
}

// ways are how somebody comes to have a key of another account in hand; each returns
// the public id of one that can be an administrator afterwards.
var ways = map[string]func(h house) string{
	"an invitation to an address that they typed": func(h house) string {
		out := h.invites(h.by.Ctx, "ministry_officer", "by.himself@mail.example")
		h.opens(h.letter("by.himself@mail.example"))
		return out.Account.UID
	},
	"an invitation that was shown": func(h house) string {
		out := h.invites(h.by.Ctx, "ministry_officer", "")
		h.opens(out.Key.Path)
		return out.Account.UID
	},
	"another invitation": func(h house) string {
		out := h.invites(h.Ctx, "ministry_officer", "")
		h.opens(webtest.Must(h.Identity.Reinvite(h.by.Ctx, out.Account.UID)).Path)
		return out.Account.UID
	},
	"a printed code": func(h house) string {
		p := h.With("ministry_officer", h.Root)
		if _, err := h.Identity.PrintCode(h.by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
			h.T.Fatal(err)
		}
		return p.UID
	},
	"an address that they changed": func(h house) string {
		p := webtest.Must(h.Identity.Person(h.Ctx, h.With("ministry_officer", h.Root).UID))
		if err := h.Identity.Correct(h.by.Ctx, p.UID, p.Version, identity.Person{Family: p.Family, Given: p.Given, Email: "by.himself@mail.example"}); err != nil {
			h.T.Fatal(err)
		}
		return p.UID
	},
	// Another account of theirs prints the code.
	"a puppet's hand": func(h house) string {
		puppet := h.With("ministry_officer", h.Root)
		if _, err := h.Identity.PrintCode(h.by.Ctx, puppet.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
			h.T.Fatal(err)
		}
		h.promotes(puppet.UID)
		last := h.With("ministry_officer", h.Root)
		if _, err := h.Identity.PrintCode(h.as(puppet.UID), last.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
			h.T.Fatal(err)
		}
		return last.UID
	},
}

// Whoever has had a key of an account in hand and that account are one person's word, in
// both directions and for good, whichever role it had when they had it.
func TestTRIC1_HandsOnKeysAndTheAccountAreOnePerson(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			uid := way(h)
			h.promotes(uid)
			h.Clock.Set(h.Clock.Now().AddDate(0, 0, 40)) // no time clears a hand
			puppet := h.as(uid)
			h.refuses(puppet, h.asks(h.by.Ctx), "approval.reset_by_asker")
			asked := h.asks(puppet)
			h.refuses(h.by.Ctx, asked, "approval.asker_reset_by")
			if _, err := h.Agree(h.third.Ctx, asked.UID); err != nil {
				t.Errorf("somebody who had no hand in it: %v", err)
			}
		})
	}
}

// Two accounts of which the same person has had keys are that person's.
func TestTRIC1_TwoAccountsInTheSameHandsAreOne(t *testing.T) {
	h := newHouse(t)
	one, two := ways["a printed code"](h), ways["an invitation that was shown"](h)
	h.promotes(one)
	h.promotes(two)
	h.refuses(h.as(two), h.asks(h.as(one)), "approval.same_hands")
}

// Whom a request is about does not decide it through another account either.
func TestTRIC1_WhomItConcernsDecidesThroughNoPuppet(t *testing.T) {
	h := newHouse(t)
	uid := ways["a printed code"](h)
	h.promotes(uid)
	r := waits(t, "Block", h.Identity.Block(h.other.Ctx, h.by.UID, "кетти"))
	h.refuses(h.by.Ctx, r, "approval.not_concerned")
	h.refuses(h.as(uid), r, "approval.through_concerned")
}

// What two people do reaches the person alone, where there is an address; who asked and
// typed it has a hand, and who agreed has none.
func TestTRIC1_WhoAgreesIsShownNoLinkThatCouldGoByMail(t *testing.T) {
	h := newHouse(t)
	out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: stranger("new@mail.example"), Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport"})
	if err != nil || out.Waiting == nil {
		t.Fatal(err)
	}
	for _, l := range h.Words.Languages() {
		if said := h.Words.Localizer(l.Tag).T(out.Waiting.Key, out.Waiting.Args); !strings.Contains(said, "new@mail.example") {
			t.Errorf("%s: who agrees is not shown the address: %s", l.Tag, said)
		}
	}
	done, err := h.Agree(h.other.Ctx, out.Waiting.UID)
	if err != nil || done.Link != "" || !done.Mailed {
		t.Fatalf("%+v %v", done, err)
	}
	h.opens(h.letter("new@mail.example"))
	uid := h.find("new@mail.example")
	h.refuses(h.as(uid), h.asks(h.by.Ctx), "approval.reset_by_asker")
	if _, err := h.Agree(h.as(uid), h.asks(h.other.Ctx).UID); err != nil {
		t.Errorf("who agreed had the link nowhere: %v", err)
	}

	// Without an address whoever agrees has to hand it over: a hand.
	h = newHouse(t)
	out, err = h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Person: stranger(""), Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport"})
	if err != nil {
		t.Fatal(err)
	}
	if done, err = h.Agree(h.other.Ctx, out.Waiting.UID); err != nil || done.Link == "" {
		t.Fatalf("%+v %v", done, err)
	}
	h.logins(done.Link, "mailless")
	rows, _, err := h.Identity.People(h.Ctx, identity.Filter{Words: "Куурчак"})
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	h.refuses(h.as(rows[0].UID), h.asks(h.other.Ctx), "approval.reset_by_asker")
	h.refuses(h.other.Ctx, h.asks(h.as(rows[0].UID)), "approval.asker_reset_by")
}

func (h house) find(address string) string {
	h.T.Helper()
	return webtest.Must(h.Identity.Find(h.Ctx, h.Root, address)).UID
}

// Only a key that others make and hand over ends a hand: not the owner's own new
// password, nor one by letter, nor an address that the account enters itself.
func TestTRIC1_WhatTheHandCouldDoItselfEndsNoHand(t *testing.T) {
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	if _, err := h.Identity.PrintCode(h.by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	h.promotes(p.UID)
	one := func() bool {
		h.T.Helper()
		_, err := h.Agree(h.as(p.UID), h.asks(h.by.Ctx).UID)
		return faulttest.Key(err) == "approval.reset_by_asker"
	}
	if err := h.Identity.ForgotPassword(h.Nobody(), p.Email, door.Attempt{Remote: netip.MustParseAddr("212.42.100.7")}); err != nil {
		t.Fatal(err)
	}
	h.opens(h.letter(p.Email))
	if !one() {
		t.Error("a letter to the account's own address ended it")
	}
	own := identity.Own{Email: "elsewhere@mail.example", Password: "жакшы узун сырсөз 7"}
	if err := h.changesOwn(h.as(p.UID), own); err != nil {
		t.Fatal(err)
	}
	if !one() {
		t.Error("another address ended it")
	}

	// Two others give new keys, but the letter goes where the hand may have it sent.
	reset := func(asker, agrees *webtest.Person) approval.Done {
		h.T.Helper()
		_, err := h.Identity.PrintCode(asker.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"})
		done, err := h.Agree(agrees.Ctx, waits(t, "PrintCode", err).UID)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := reset(h.other, h.third); !done.Mailed || done.Link != "" {
		t.Fatalf("an address that the account entered with its password: %+v", done)
	}
	h.opens(h.letter(own.Email))
	if !one() {
		t.Error("a letter to where the hand may have it sent ended it")
	}

	// They take the address away too: the hand is off.
	page := webtest.Must(h.Identity.Person(h.Ctx, p.UID))
	r := waits(t, "Correct", h.Identity.Correct(h.other.Ctx, p.UID, page.Version, identity.Person{Family: page.Family, Given: page.Given}))
	if _, err := h.Agree(h.third.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	done := reset(h.other, h.third)
	if !one() {
		t.Error("a link that nobody has used ended it")
	}
	h.opens(done.Link)
	if one() {
		t.Error("keys from others' hands did not end it")
	}
	h.refuses(h.as(p.UID), h.asks(h.third.Ctx), "approval.reset_by_asker") // these are theirs now
}

// Who is about to get a guarded role counts already.
func TestTRIC1_WhoIsNamedInARequestIsGuarded(t *testing.T) {
	h := newHouse(t)
	p := h.With("ministry_officer", h.Root)
	out, err := h.Identity.Appoint(h.by.Ctx, identity.NewAppointment{Account: p.UID, Role: "tenant_admin", Unit: h.Root, IdentifiedBy: "passport"})
	if err != nil || out.Waiting == nil {
		t.Fatal(err)
	}
	_, err = h.Identity.PrintCode(h.by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport", SecondFactor: true})
	waits(t, "PrintCode", err)
	if err := h.Approvals.Cancel(h.by.Ctx, out.Waiting.UID); err != nil {
		t.Fatal(err)
	}
	if _, err = h.Identity.PrintCode(h.by.Ctx, p.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
		t.Errorf("nobody asks for it any more: %v", err)
	}
}

// Where everybody else is the asker's hand, an operator decides, and says so to
// everybody, to whom it concerns as well.
func TestTRIC1_WhereAllOthersAreTheAskersHandsAnOperatorDecides(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w, by: w.With("tenant_admin", w.Root), other: w.With("tenant_admin", w.Root)}
	uid := ways["a printed code"](h)
	h.promotes(uid)
	auditor := w.With("auditor", w.Root)
	_, err := w.Identity.RevokeSessions(h.by.Ctx, auditor.UID, "")
	r := waits(t, "RevokeSessions", err)
	if _, err := w.Cosign(w.Ctx, r.UID, "operator"); faulttest.Key(err) != "approval.ministry_decides" {
		t.Errorf("there is somebody: %v", err)
	}
	if err := w.Approvals.Cancel(h.by.Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	exec(w, "UPDATE account SET state = 'blocked', blocked_why = 'decision' WHERE tenant_id = $1 AND id = $2", h.other.ID)
	_, err = w.Identity.RevokeSessions(h.by.Ctx, auditor.UID, "")
	r = waits(t, "RevokeSessions", err)
	list := webtest.Must(w.Approvals.ForOperator(w.Ctx))
	if len(list) == 0 || list[0].UID != r.UID {
		t.Fatalf("operators see %v", list)
	}
	_, err = w.Agree(h.as(uid), r.UID)
	if f := faulttest.Of(t, err); f.Next == nil || f.Next.Key != "approval.next.operator" {
		t.Errorf("the next step is not true: %+v", f)
	}
	if _, err := w.Cosign(w.Ctx, r.UID, "operator"); err != nil {
		t.Fatal(err)
	}
	told(t, w, auditor, "approval.notice.cosigned")
}

func exec(w *webtest.World, sql string, args ...any) {
	w.T.Helper()
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := webtest.ByHand(ctx, tx); err != nil {
			return err
		}
		_, err := tx.PGX().Exec(ctx, sql, append([]any{tx.Tenant()}, args...)...)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// Whoever makes a key says in whose hands it lies.
func TestTRIC1_EveryKeyIsNoted(t *testing.T) {
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	makes, notes := map[string]bool{"NewLink": true, "NewCode": true}, map[string]bool{"noteKey": true, "deliver": true, "noteMailed": true}
	found := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			var made, noted bool
			ast.Inspect(fn, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok {
					made, noted = made || makes[sel.Sel.Name], noted || notes[sel.Sel.Name]
				}
				return true
			})
			if made {
				found++
			}
			if made && !noted {
				t.Errorf("%s: %s makes a key and does not note whose hands it is in", name, fn.Name.Name)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d places make keys: the test looks for them in the wrong place", found)
	}
}

// What was asked for in an account's name while somebody else had its key is void once
// its owner has it back: whoever acted as them could agree to it otherwise.
func TestTRIC1_WhatAPuppetAskedForEndsWithTheHand(t *testing.T) {
	h := newHouse(t)
	uid := ways["an invitation that was shown"](h)
	h.promotes(uid)
	asked := h.asks(h.as(uid))
	h.refuses(h.by.Ctx, asked, "approval.asker_reset_by")
	_, err := h.Identity.PrintCode(h.other.Ctx, uid, identity.Reset{IdentifiedBy: "passport"})
	done, err := h.Agree(h.third.Ctx, waits(t, "PrintCode", err).UID)
	if err != nil || done.Link == "" {
		t.Fatalf("%+v %v", done, err)
	}
	h.opens(done.Link)
	if _, err := h.Agree(h.by.Ctx, asked.UID); faulttest.Key(err) != "approval.not_waiting" {
		t.Errorf("the one whose puppet asked approves: %v", err)
	}
	mine := webtest.Must(h.Approvals.List(h.as(uid)))
	if !slices.ContainsFunc(mine, func(r approval.Request) bool { return r.UID == asked.UID && r.State == approval.Cancelled }) {
		t.Errorf("%+v", mine)
	}
	if n := number(h.World, "SELECT count(*) FROM notice n JOIN account a ON a.tenant_id = n.tenant_id AND a.id = n.account_id WHERE n.tenant_id = $1 AND a.uid = $2 AND n.key = 'approval.notice.void'", uid); n != 1 {
		t.Errorf("the owner is told %d times", n)
	}
}

// Whoever was one's own once is appointed with their own yes when they hold a post
// elsewhere now.
func TestKGER6d_WhoWasTheGiversOwnOnceSaysYesThemself(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, p := w.With("head", w.School), w.With("teacher", w.School)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: p.UID, Role: "teacher", Unit: w.Elsewhere}); err != nil {
		t.Fatal(err)
	}
	if err := w.Identity.Dismiss(w.Ctx, p.Appointment.UID, identity.End{Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)}}); err != nil {
		t.Fatal(err)
	}
	out, err := w.Identity.Appoint(head.Ctx, teacherHere(w, p.UID))
	if err != nil || out.Waiting == nil {
		t.Errorf("%+v %v", out, err)
	}
}

// number asks the ministry's own tables.
func number(w *webtest.World, sql string, args ...any) (n int) {
	w.T.Helper()
	err := w.DB.Tenant(w.Ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, sql, append([]any{tx.Tenant()}, args...)...).Scan(&n)
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return n
}
