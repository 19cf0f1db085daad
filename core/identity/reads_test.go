package identity_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door/doortest"
	"mektep/core/notify"
	"mektep/core/web/webtest"
	"mektep/migrations"
)

// reading is how it stands with the letter that asks somebody whether they read there.
func (h house) reading(p *webtest.Person) identity.Reading {
	h.T.Helper()
	return webtest.Must(h.Identity.Mine(p.Ctx)).Reading
}

// void fails unless a link asks nothing any more, and lets nobody in.
func (h house) void(what, secret string) {
	h.T.Helper()
	_, _, err := h.Identity.OpenAddress(h.Nobody(), secret)
	if fault.KindOf(err) != fault.NotFound {
		h.T.Errorf("%s, opened: %v", what, err)
	}
	if err := h.Identity.ReadAddress(h.Nobody(), secret); fault.KindOf(err) != fault.NotFound {
		h.T.Errorf("%s, followed: %v", what, err)
	}
}

// Whoever enters an address is written to there, and has shown to read there once they follow
// the link, signed in with that account; looking at it shows nothing, it lets nobody in, and
// whoever else follows it says nothing of the account: a head could have written the mailbox
// of an administrator, who would confirm it, into a teacher's.
func TestTRIC1_WhoEntersAnAddressIsAskedThere(t *testing.T) {
	h := newHouse(t)
	stranger := h.With("teacher", h.School)
	for _, name := range []string{"one", "another"} {
		p := h.With("teacher", h.School)
		if h.reading(p).Asked {
			t.Fatalf("%s: asked before anything was entered", name)
		}
		address, was := strings.ReplaceAll(name, " ", ".")+"@mail.example", p.Email
		h.enters(p, address)
		if r := h.reading(p); !r.Asked || r.At.IsZero() || !r.Until.After(r.At) {
			t.Fatalf("%s: %+v", name, r)
		}
		if n := h.Count("mail_outbox WHERE tenant_id = $1 AND address = '" + was + "' AND subject_key = 'identity.mail.address.subject'"); n != 1 {
			t.Errorf("%s: the old address was told %d times", name, n)
		}
		secret := webtest.Secret(h.letter(address))
		if _, err := h.Identity.OpenKey(h.Nobody(), secret); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: it opens the account: %v", name, err)
		}
		if _, err := h.Identity.Accept(h.Nobody(), secret, identity.Acceptance{Password: "кат окуган адам 12"}); fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: it sets a password: %v", name, err)
		}
		for range 2 {
			other := h.With("teacher", h.School)
			for who, c := range map[*webtest.Person]bool{p: false, other: true} {
				if _, anothers, err := h.Identity.OpenAddress(who.Ctx, secret); err != nil || anothers != c {
					t.Errorf("of another account: %t, not %t (%v)", anothers, c, err)
				}
			}
			if _, _, err := h.Identity.OpenAddress(h.Nobody(), secret); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if !h.reading(p).Asked {
			t.Errorf("%s: a look was taken for a word", name)
		}
		for by, kind := range map[context.Context]fault.Kind{h.Nobody(): fault.Unauthenticated, stranger.Ctx: fault.Conflict} {
			if err := h.Identity.ReadAddress(by, secret); faulttest.Of(t, err).Kind != kind || !h.reading(p).Asked {
				t.Errorf("%s: followed by another: %v", name, err)
			}
		}
		if err := h.Identity.ReadAddress(p.Ctx, secret); err != nil {
			t.Fatal(err)
		}
		if h.reading(p).Asked {
			t.Errorf("%s: not believed", name)
		}
		h.void(name+", twice", secret)
		if err := h.Identity.AskWhetherRead(p.Ctx); faulttest.Of(t, err).Kind != fault.Conflict {
			t.Errorf("%s, asked for what is confirmed: %v", name, err)
		}
	}
}

// A link is void after its time, after the next one, once the address is another, once it was
// given back, and of an account that is blocked; and it speaks for its own account alone.
func TestTRIC1_AnotherAddressIsAnotherLetter(t *testing.T) {
	h := newHouse(t)
	p, other := h.With("teacher", h.School), h.With("teacher", h.School)
	was := p.Email
	h.enters(p, "one@mail.example")
	one := webtest.Secret(h.letter("one@mail.example"))
	h.enters(other, "other@mail.example")
	if err := h.Identity.ReadAddress(p.Ctx, webtest.Secret(h.letter("other@mail.example"))); faulttest.Of(t, err).Kind != fault.Conflict {
		t.Fatal(err)
	}
	if err := h.Identity.ReadAddress(other.Ctx, webtest.Secret(h.letter("other@mail.example"))); err != nil {
		t.Fatal(err)
	}
	if !h.reading(p).Asked || h.reading(other).Asked {
		t.Error("another account's link speaks for who follows it")
	}
	h.enters(p, "two@mail.example")
	h.void("of the address before", one)
	dbtest.LetPass(t, h.DB, 48*time.Hour)
	two := webtest.Secret(h.letter("two@mail.example"))
	if err := h.Identity.AskWhetherRead(p.Ctx); err != nil {
		t.Fatal(err)
	}
	h.void("of the letter before", two)
	three := webtest.Secret(h.letter("two@mail.example"))
	h.Clock.Set(h.Clock.Now().AddDate(0, 0, 4))
	dbtest.LetPass(t, h.DB, 96*time.Hour)
	h.void("after its time", three)
	if r := h.reading(p); !r.Asked || !r.At.IsZero() {
		t.Errorf("after its time: %+v", r)
	}
	if err := h.Identity.AskWhetherRead(p.Ctx); err != nil {
		t.Fatal(err)
	}
	four := webtest.Secret(h.letter("two@mail.example"))
	h.enters(p, was) // somebody else's by now, maybe
	h.void("given back", four)
	if !h.reading(p).Asked {
		t.Error("not asked for what was theirs before")
	}
	dbtest.LetPass(t, h.DB, 96*time.Hour)
	h.enters(p, "five@mail.example")
	five := webtest.Secret(h.letter("five@mail.example"))
	if err := h.Identity.Block(h.Ctx, p.UID, "ill"); err != nil {
		t.Fatal(err)
	}
	h.void("blocked", five)
}

// Letters are not sent without end, neither to one who asks for them nor to one mailbox; and
// two who follow one link at once are one.
func TestTRIC1_LettersToAnAddressAreBraked(t *testing.T) {
	h := newHouse(t)
	p := h.With("teacher", h.School)
	h.enters(p, "mine@mail.example")
	asked := 0
	for range 4 {
		err := h.Identity.AskWhetherRead(p.Ctx)
		if err == nil {
			asked++
			continue
		}
		if f := faulttest.Of(t, err); f.Kind != fault.TooMany || f.Key != "identity.letters_often" {
			t.Fatalf("%+v", f)
		}
	}
	if asked > 2 {
		t.Errorf("%d more letters at once", asked)
	}
	secret := webtest.Secret(h.letter("mine@mail.example"))
	h.void("another's guess", strings.Repeat("x", len(secret)))
	var both sync.WaitGroup
	var errs [2]error
	for k := range errs {
		both.Go(func() { errs[k] = h.Identity.ReadAddress(p.Ctx, secret) })
	}
	both.Wait()
	if (errs[0] == nil) == (errs[1] == nil) || h.reading(p).Asked {
		t.Errorf("two at once: %v, %v", errs[0], errs[1])
	}
}

// A few who say that a mailbox is theirs do not use up the letters that its owner needs; many do not
// fill it either.
func TestTRIC1_AFewWhoSayAMailboxIsTheirsKeepNoLetterFromItsOwner(t *testing.T) {
	h := newHouse(t)
	const box = "mine@mail.example"
	letters := func() int { return h.Count("mail_outbox WHERE tenant_id = $1 AND address = '" + box + "'") }
	for range 3 {
		p := h.With("teacher", h.Elsewhere)
		h.enters(p, box)
		for range 3 {
			if err := h.Identity.AskWhetherRead(p.Ctx); err != nil && fault.KindOf(err) != fault.TooMany {
				t.Fatal(err)
			}
		}
	}
	before := letters()
	h.enters(h.by, box)
	if n := letters() - before; n != 1 {
		t.Fatalf("%d letters to its owner, after %d to others", n, before)
	}
	for range 12 {
		h.enters(h.With("teacher", h.Elsewhere), box)
	}
	if n := letters(); n > before+4 {
		t.Errorf("%d letters to one mailbox", n)
	}
}

// Nor does somebody who types it for all whom they may correct.
func TestTRIC1_WhoTypesAMailboxForManyKeepsNoLetterFromItsOwner(t *testing.T) {
	h := newHouse(t)
	head := h.With("head", h.School)
	for k := range 12 {
		h.typesFor(head, h.With("teacher", h.School), fmt.Sprintf("mine+%d@mail.example", k))
	}
	if n := h.Count("mail_outbox WHERE tenant_id = $1 AND address LIKE 'mine+%' AND subject_key = 'identity.mail.read.subject'"); n == 0 || n > 3 {
		t.Errorf("%d letters by one hand", n)
	}
	h.enters(h.by, "mine@mail.example")
	if n := h.Count("mail_outbox WHERE tenant_id = $1 AND address = 'mine@mail.example'"); n != 1 {
		t.Errorf("%d letters to its owner", n)
	}
}

// What was noted of addresses that superiors had typed in another spelling of somebody else's,
// before that was told apart, ends with the migration; what somebody has by their own reading,
// or had first, does not.
func TestTRIC1_HandsByTypedVariantsEndWithTheMigration(t *testing.T) {
	h := newHouse(t)
	head := h.With("head", h.School)
	people := map[string]*webtest.Person{}
	day := func() { h.Clock.Set(h.Clock.Now().AddDate(0, 0, 1)) }
	types := func(p *webtest.Person, address string) {
		t.Helper()
		day()
		now := webtest.Must(h.Identity.Person(h.Ctx, p.UID))
		if err := h.Identity.Correct(head.Ctx, p.UID, now.Version, identity.Person{Family: now.Family, Given: now.Given, Email: address}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"former", "variant", "given back", "reader"} {
		people[name] = h.With("teacher", h.School)
	}
	types(people["former"], "one+f@mail.example") // theirs before it was the administrator's
	types(people["former"], "former@mail.example")
	day()
	h.comesToHave(h.by, "one@mail.example")
	types(people["variant"], "one+v@mail.example")
	types(people["given back"], "one+g@mail.example")
	types(people["given back"], "given@mail.example")
	types(people["reader"], "one+r@mail.example")
	day()
	h.readsAt(people["reader"], "one+r@mail.example")
	exec(h.World, "UPDATE account SET address_unread = false WHERE tenant_id = $1 AND id >= $2", 0)
	exec(h.World, "UPDATE account_former SET unread = false WHERE tenant_id = $1 AND account_id >= $2", 0)
	h.asksForLetter("one@mail.example")
	// As it was noted then: whoever stood behind them as well.
	exec(h.World, "UPDATE account_hand SET what = 'letter' WHERE tenant_id = $1 AND what = 'mailbox' AND id >= $2", 0)
	exec(h.World, "INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, key_uid, at) SELECT DISTINCT tenant_id, account_id, "+fmt.Sprint(head.ID)+
		", '', what, key_uid, at FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND what = 'letter'", h.by.ID)
	standing := func() string {
		var out []string
		people["head"] = head
		for name, p := range people {
			if h.Count("account_hand h JOIN account a ON a.tenant_id = h.tenant_id AND a.id = h.by_account JOIN account o ON o.tenant_id = h.tenant_id AND o.id = h.account_id WHERE h.tenant_id = $1 AND h.over_at IS NULL AND a.uid = '"+p.UID+"' AND o.uid = '"+h.by.UID+"'") > 0 {
				out = append(out, name)
			}
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	if got := standing(); got != "former, given back, head, reader, variant" {
		t.Fatalf("noted before: %s", got)
	}
	file := webtest.Must(migrations.FS.ReadFile("0146_typed_variants.sql"))
	if _, err := dbtest.Super(t, h.DB).Exec(context.Background(), string(file)); err != nil {
		t.Fatal(err)
	}
	// The head stands behind the one who was there first, and the one who reads.
	if got := standing(); got != "former, head, reader" && got != "former, reader" {
		t.Errorf("left: %s", got)
	}
	if n := h.Count("account WHERE tenant_id = $1 AND address_unread"); n != 1 {
		t.Errorf("%d addresses typed as another's", n)
	}
	h.asksForLetter("one@mail.example")
	if got := standing(); strings.Contains(got, "variant") || strings.Contains(got, "given") {
		t.Errorf("noted anew: %s", got)
	}
}

// Where no mail leaves, nothing is promised.
func TestWithoutMailNoLetterIsPromised(t *testing.T) {
	h := newHouse(t)
	p := h.With("teacher", h.School)
	h.Identity = webtest.Must(identity.New(identity.Config{
		DB: h.DB, Clock: h.Clock, Gate: h.Gate, Tree: h.Tree, Trail: h.Trail, Hashing: doortest.Hashing(), Secrets: [][]byte{[]byte("an installation's secret of tests")},
		Notify: webtest.Must(notify.New(h.DB, notify.Config{Locales: h.Words, Clock: h.Clock, Recipients: identity.Recipients, SMTP: notify.SMTP{}})), URL: func(_ context.Context, path string) string { return path },
	}))
	exec(h.World, "UPDATE account SET email = 'typed@mail.example', address_unread = true WHERE tenant_id = $1 AND id = $2", p.ID)
	if r := h.reading(p); r.Asked || !r.Never {
		t.Errorf("a letter is promised: %+v", r)
	}
	version := webtest.Must(h.Identity.Mine(p.Ctx)).Version
	for what, err := range map[string]error{"asked for": h.Identity.AskWhetherRead(p.Ctx), "confirmed": h.Identity.ConfirmOwn(p.Ctx, webtest.Password, version)} {
		if f := faulttest.Of(t, err); f.Kind != fault.Conflict || f.Key != "identity.address_no_mail" {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Who is not named by it is sent nowhere to confirm it.
	_, err := h.Identity.Find(h.With("head", h.School).Ctx, h.School, "typed@mail.example")
	if f := faulttest.Of(t, err); f.Next == nil || f.Next.Key != "identity.next.address_no_mail" {
		t.Errorf("%+v", f)
	}
	exec(h.World, "UPDATE account SET address_unread = false WHERE tenant_id = $1 AND id = $2", p.ID)
	if r := h.reading(p); r.Never {
		t.Error("what is confirmed is said to be not")
	}
}
