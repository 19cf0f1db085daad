package identity_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mektep/core/db/dbtest"
	"mektep/core/identity"
	"mektep/core/web/webtest"
	"mektep/migrations"
)

// madeUp has somebody make an account up at a mailbox that is nobody's yet, being shown the link;
// whose mailbox it comes to be follows it, and confirms the address with that account.
func (h house) madeUp(maker *webtest.Person, role, box string, n int) (uid string) {
	h.T.Helper()
	at := h.School
	if role != "teacher" {
		at = h.Root
	}
	out, err := h.Identity.Appoint(maker.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Куурчак", Given: fmt.Sprintf("Адам%s", string(rune('а'+n))), Email: box}, AnotherPerson: true, Role: role, Unit: at, Order: h.order(), IdentifiedBy: "passport",
	})
	if err != nil || out.Key == nil || out.Key.Path == "" {
		h.T.Fatalf("%+v %v", out, err)
	}
	h.opens(out.Key.Path)
	uid = h.find(box)
	if err := h.Identity.ReadAddress(h.as(uid), webtest.Secret(h.letter(box))); err != nil {
		h.T.Fatal(err)
	}
	return uid
}

// Who has made an account up for somebody, and has had its key in hand, reads no letters of theirs by
// that: the account does, where they have confirmed it, and is one person with whose mailbox it is.
func TestTRIC1_WhoMakesAnAccountUpBarsNobodyWhoseMailboxItHas(t *testing.T) {
	h := newHouse(t)
	head := h.With("head", h.School)
	for i, p := range []*webtest.Person{h.by, h.other} {
		box := fmt.Sprintf("admin%d@gov-new.example", i)
		uid := h.madeUp(head, "teacher", box, i)
		made := webtest.Must(h.Identity.Person(h.Ctx, uid))
		if err := h.Identity.Correct(head.Ctx, uid, made.Version, identity.Person{Family: made.Family, Given: made.Given, Email: fmt.Sprintf("moved%d@mail.example", i)}); err != nil {
			t.Fatal(err)
		}
		h.comesToRead(p, box)
		if n := number(h.World, "SELECT count(*) FROM account_hand h WHERE tenant_id = $1 AND account_id = $2 AND by_account = (SELECT id FROM account WHERE tenant_id = $1 AND uid = $3)", p.ID, uid); n == 0 {
			t.Error("the made-up account has read what went there")
		}
	}
	if _, err := h.Agree(h.other.Ctx, h.asks(h.by.Ctx).UID); err != nil {
		t.Errorf("the administrators are barred from one another: %v", err)
	}
}

// An account that somebody has made and that reads another's mailbox is the second pair of eyes of
// neither.
func TestTRIC1_AMadeUpAccountIsTheSecondOfNobodyBehindIt(t *testing.T) {
	h := newHouse(t)
	uid := h.madeUp(h.by, "ministry_officer", alias(h.other.Email), 0)
	h.asksForLetter(h.other.Email)
	h.promotesBy(uid, h.by, h.third)
	for who, p := range map[string]*webtest.Person{"its maker": h.by, "whose mailbox it has": h.other} {
		t.Run(who, func(t *testing.T) {
			for way, asks := range map[string][2]*webtest.Person{"they ask": {p, nil}, "it asks": {nil, p}} {
				by, second := h.as(uid), h.as(uid)
				if asks[0] != nil {
					by = p.Ctx
				} else {
					second = p.Ctx
				}
				if _, err := h.Agree(second, h.asks(by).UID); err == nil {
					t.Errorf("%s: the other is the second", way)
				}
			}
		})
	}
	if _, err := h.Agree(h.third.Ctx, h.asks(h.as(uid)).UID); err != nil {
		t.Errorf("a third: %v", err)
	}
}

// What was noted before of whoever stood behind a reader ends with the migration, and nothing else does.
func TestTRIC1_HandsBehindReadersEndWithTheMigration(t *testing.T) {
	h := newHouse(t)
	head, typist := h.With("head", h.School), h.With("head", h.Elsewhere)
	uid := h.madeUp(head, "teacher", "coming@mail.example", 0)
	made := webtest.Must(h.Identity.Person(h.Ctx, uid))
	if err := h.Identity.Correct(head.Ctx, uid, made.Version, identity.Person{Family: made.Family, Given: made.Given, Email: "moved@mail.example"}); err != nil {
		t.Fatal(err)
	}
	h.comesToRead(h.by, "coming@mail.example")
	for _, by := range []int64{head.ID, typist.ID} {
		exec(h.World, "INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, key_uid, at) SELECT $1, $2, "+fmt.Sprint(by)+", '', 'letter', 'k', now()", h.by.ID)
	}
	exec(h.World, "INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, address, at) SELECT $1, $2, "+fmt.Sprint(typist.ID)+", '', 'address', 'x', now()", h.by.ID)
	exec(h.World, "UPDATE account_hand SET what = 'letter' WHERE tenant_id = $1 AND what = 'mailbox' AND id >= $2", 0)
	file := webtest.Must(migrations.FS.ReadFile("0157_mailbox_hands.sql"))
	_, data, _ := strings.Cut(string(file), "-- The rows of every ministry")
	if _, err := dbtest.Super(t, h.DB).Exec(context.Background(), "-- "+data); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		by   int64
		what string
		n    int
	}{"who stood behind": {head.ID, "letter", 0}, "the reader": {made.ID, "mailbox", 1}, "who typed it": {typist.ID, "letter", 1}} {
		if n := number(h.World, "SELECT count(DISTINCT by_account) FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL AND by_account = $3 AND what = $4", h.by.ID, c.by, c.what); n != c.n {
			t.Errorf("%s: %d", name, n)
		}
	}
}

// actsAs makes accounts up, and enters an address as the own of each.
func (h house) actsAs(maker *webtest.Person, address func(n int) string) (made []*webtest.Person) {
	h.T.Helper()
	for i := range 6 {
		out, err := h.Identity.Appoint(maker.Ctx, identity.NewAppointment{
			Person: identity.Person{Family: "Куурчак", Given: "Адам" + strings.Repeat("а", i)}, AnotherPerson: true, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport",
		})
		if err != nil || out.Key == nil || out.Key.Path == "" {
			h.T.Fatalf("%+v %v", out, err)
		}
		h.logins(out.Key.Path, fmt.Sprintf("kuurchak%d", i))
		p := &webtest.Person{Account: out.Account}
		p.Ctx = h.as(p.UID)
		h.entersAs(p, address(i))
		made = append(made, p)
	}
	return made
}

func (h house) entersAs(p *webtest.Person, address string) {
	h.T.Helper()
	if err := h.changesOwn(p.Ctx, identity.Own{Email: address, Password: "жакшы узун сырсөз 7"}); err != nil {
		h.T.Fatal(err)
	}
}

// Whoever made six accounts up and enters an address as the own of each takes no letter from whose it
// is, who enters it after them.
func TestWhoHasForgottenIsWrittenToBeforeAccountsThatAnotherActsAs(t *testing.T) {
	const box = "owner@mail.example"
	h := newHouse(t)
	h.actsAs(h.With("head", h.School), func(int) string { return box })
	p := h.With("teacher", h.Elsewhere)
	h.enters(p, box)
	last := number(h.World, "SELECT max(id) FROM account_key WHERE tenant_id = $1")
	h.asksForLetter(box)
	if n := number(h.World, "SELECT count(*) FROM account_key WHERE tenant_id = $1 AND account_id = $2 AND id > $3 AND purpose = 'reset'", p.ID, last); n != 1 {
		t.Errorf("%d letters to whose it is", n)
	}
}

// Nor do they use up the letters that ask whether somebody reads there.
func TestTRIC1_WhoActsAsManyUsesUpNoLettersOfAnothers(t *testing.T) {
	h := newHouse(t)
	made := h.actsAs(h.With("head", h.School), func(n int) string { return fmt.Sprintf("owner+%d@mail.example", n) })
	for i, p := range made {
		h.entersAs(p, fmt.Sprintf("owner+%d@mail.example", i+10))
	}
	p := h.With("teacher", h.Elsewhere)
	h.enters(p, "owner@mail.example")
	if n := number(h.World, "SELECT count(*) FROM mail_outbox WHERE tenant_id = $1 AND address = $2 AND button_key = 'identity.mail.read.button'", "owner@mail.example"); n != 1 {
		t.Errorf("%d letters to whose it is", n)
	}
}

// Of two who enter the same new person at once the second is asked whether another is meant.
func TestTRDR8_TheSamePersonIsNeverEnteredTwiceAtOnce(t *testing.T) {
	h := newHouse(t)
	heads := []*webtest.Person{h.With("head", h.School), h.With("head", h.Elsewhere)}
	families := strings.Fields("Бөрүбаев Жолдошев Ниязов Төлөгөнов Эргешов Кулматов Сатаров Үсөнов Дыйканов Мырзаев Осмонов Шаршеев")
	for round := range families {
		enter := func(by *webtest.Person, at int) func() error {
			return func() error {
				n := identity.NewAppointment{Person: identity.Person{Family: families[round], Given: "Кезик"}, Role: "teacher", Unit: h.School, Order: h.order(), IdentifiedBy: "passport"}
				if at == 1 {
					n.Unit = h.Elsewhere
				}
				_, err := h.Identity.Appoint(by.Ctx, n)
				return err
			}
		}
		one, two := both(enter(heads[0], 0), enter(heads[1], 1))
		if (one == nil) == (two == nil) {
			t.Errorf("round %d: %v, %v", round, one, two)
		}
	}
}
