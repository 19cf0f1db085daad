package identity_test

import (
	"testing"
	"time"

	"mektep/core/identity"
	"mektep/core/web/webtest"
)

// Who keeps somebody out hears of the same two accounts, and of the same likeness, once a day, however
// often one of them is called otherwise and back; of a new likeness at once.
func TestKGER6c_RenamingToAndFroTellsOnceADay(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, head, kept, like := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School), w.With("teacher", w.School)
	was := webtest.Must(w.Identity.Person(w.Ctx, kept.UID))
	const phone = "0555 12 34 56"
	called := identity.Person{Family: was.Family, Given: was.Given}
	reached := called
	reached.Phone = phone
	if err := w.Identity.Correct(w.Ctx, kept.UID, was.Version, reached); err != nil {
		t.Fatal(err)
	}
	if err := w.Identity.Block(district.Ctx, kept.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	calls := func(uid string, p identity.Person) {
		t.Helper()
		if err := w.Identity.Correct(head.Ctx, uid, webtest.Must(w.Identity.Person(w.Ctx, uid)).Version, p); err != nil {
			t.Fatal(err)
		}
	}
	told := func(when, key string, want int) {
		t.Helper()
		if n := h.notices(district.UID, key); n != want {
			t.Errorf("%s: told %d times, want %d", when, n, want)
		}
	}
	own, other, third := identity.Person{Family: "Тыныбеков", Given: "Чубак"}, identity.Person{Family: "Чоробаева", Given: "Зуура"}, identity.Person{Family: "Жумалиев", Given: "Эрмек"}
	toAndFro := func(uid string, one, two identity.Person) {
		for range 6 {
			calls(uid, one)
			calls(uid, two)
		}
	}
	calls(like.UID, own)
	toAndFro(like.UID, called, own)
	told("six rounds", "identity.notice.alike_renamed", 1)
	toAndFro(like.UID, reached, own)
	told("a telephone besides", "identity.notice.alike_renamed", 2)
	toAndFro(kept.UID, other, reached)
	told("who is kept out, six rounds", "identity.notice.kept_renamed", 1)
	calls(kept.UID, third)
	told("another name", "identity.notice.kept_renamed", 2)
	third.Phone = "0700 11 22 33"
	calls(kept.UID, third)
	told("another telephone alone", "identity.notice.kept_renamed", 3)
	calls(kept.UID, identity.Person{Family: third.Family + " " + third.Given, Given: "Эрмек", Phone: third.Phone})
	calls(kept.UID, identity.Person{Family: third.Family, Given: third.Given + " Эрмек", Phone: third.Phone})
	told("the same words otherwise", "identity.notice.kept_renamed", 5)
	calls(kept.UID, reached)
	h.Clock.Set(h.Clock.Now().Add(25 * time.Hour))
	calls(like.UID, called)
	told("a day later", "identity.notice.alike_renamed", 3)
	calls(kept.UID, other)
	told("who is kept out, a day later", "identity.notice.kept_renamed", 6)
	calls(kept.UID, reached)
	right := h.Clock.Now()
	h.Clock.Set(right.Add(365 * 24 * time.Hour)) // ahead, until somebody puts it right
	toAndFro(like.UID, own, called)
	told("by a clock ahead", "identity.notice.alike_renamed", 4)
	h.Clock.Set(right)
	toAndFro(like.UID, own, called)
	told("by a clock put right", "identity.notice.alike_renamed", 5)
	h.Clock.Set(h.Clock.Now().Add(25 * time.Hour))
	if err := w.Identity.Sweep(w.Ctx); err != nil {
		t.Fatal(err)
	}
	if n := h.Count("alike_told WHERE tenant_id = $1"); n != 0 {
		t.Errorf("%d rows are kept for nothing", n)
	}
}
