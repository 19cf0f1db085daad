package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// What keeps somebody from their work keeps no parent from their child's data, and the reverse.
func TestKGER6c_AStopOfSomebodysWorkGoesOverToNoParent(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
	also(t, w, p, "teacher", false)
	if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	// Also where they were a parent there before.
	q := w.With("guardian", w.School)
	for _, here := range []bool{true, false} {
		also(t, w, q, "teacher", here)
	}
	if err := w.Identity.Block(district.Ctx, q.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	for role, want := range map[string]int{"guardian": 0, "teacher": 1} {
		if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND role = $3 AND stopped_at IS NOT NULL", q.ID, role); n != want {
			t.Errorf("%s, held before: %d are stopped", role, n)
		}
	}
	// And where all of it is at one school, whoever decides it: the page says so before.
	for name, by := range map[string]*webtest.Person{"a head": head, "the district": district} {
		one := w.With("teacher", w.School)
		also(t, w, one, "guardian", true)
		page := webtest.Must(w.Identity.Person(by.Ctx, one.UID))
		if !slices.Equal(page.Stops, []string{one.Appointment.UID}) || !page.Spares {
			t.Errorf("%s: the page says that it stops %v, and spares %t", name, page.Stops, page.Spares)
		}
		if err := w.Identity.Block(by.Ctx, one.UID, "an inquiry"); err != nil {
			t.Fatal(err)
		}
		now := webtest.Must(w.Identity.Person(by.Ctx, one.UID))
		if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND role = 'guardian' AND stopped_at IS NULL", one.ID); now.State == identity.Blocked || n != 1 || len(inForce(t, w, one)) != 1 {
			t.Errorf("%s: the account is %s, %d posts of a parent are open", name, now.State, n)
		}
		if f := faulttest.Of(t, w.Identity.Block(by.Ctx, one.UID, "again")); f.Key != "identity.stopped_already" {
			t.Errorf("%s, again: %+v", name, f)
		}
	}
	// Who is a parent alone is kept out by the account.
	parent := w.With("guardian", w.School)
	if page := webtest.Must(w.Identity.Person(head.Ctx, parent.UID)); page.Stops != nil || page.Spares || !page.May.Block {
		t.Errorf("a parent: %v %t", page.Stops, page.Spares)
	}
	for role, stopped := range map[string]bool{"guardian": false, "responsible_specialist": true} {
		out, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{Account: p.UID, Role: role, Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport"})
		if err == nil && out.Waiting != nil {
			_, err = w.Agree(p.Ctx, out.Waiting.UID)
		}
		if err != nil {
			t.Fatal(role, err)
		}
		if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND role = $3 AND stopped_at IS NOT NULL", p.ID, role); n > 0 != stopped {
			t.Errorf("%s: %d are stopped", role, n)
		}
	}
}

// What was decided about somebody as a parent stays there, where that has ended and they are given
// work.
func TestKGER6c_AStopOfAParentIsNotForgottenOverAPost(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("guardian", w.School)
	also(t, w, p, "guardian", false)
	if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	order := identity.Order{Number: "7", Date: w.Clock.Now()}
	give := func(role string) {
		t.Helper()
		out, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{Account: p.UID, Role: role, Unit: w.School, Order: order, IdentifiedBy: "passport"})
		if err == nil && out.Waiting != nil {
			_, err = w.Agree(p.Ctx, out.Waiting.UID)
		}
		if err != nil {
			t.Fatal(role, err)
		}
	}
	if err := w.Identity.Dismiss(head.Ctx, p.Appointment.UID, identity.End{Order: order}); err != nil {
		t.Fatal(err)
	}
	give("teacher")
	if !slices.Contains(inForce(t, w, p), w.School.Path) {
		t.Error("the teacher is kept from work")
	}
	give("guardian")
	if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND role = 'guardian' AND until IS NULL AND stopped_at IS NOT NULL", p.ID); n != 1 {
		t.Errorf("%d of the parent's are stopped", n)
	}
}

// What was decided about a post that has ended since is lifted by who decided it, also while
// nothing has been given in its place, and also once the account is closed for want of a post.
func TestKGER6c_AStopOfAPostThatHasEndedIsLifted(t *testing.T) {
	for name, elsewhere := range map[string]bool{"who works elsewhere, too": true, "who has no post any more": false} {
		t.Run(name, func(t *testing.T) {
			w := webtest.New(t, "kg", "secondary_school")
			h := house{World: w}
			district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
			also(t, w, p, "teacher", false)
			if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
				t.Fatal(err)
			}
			order := identity.Order{Number: "7", Date: w.Clock.Now()}
			for _, a := range webtest.Must(w.Identity.Person(w.Ctx, p.UID)).Appointments {
				by := w.Ctx
				if a.Unit.ID == w.School.ID {
					by = head.Ctx
				} else if elsewhere {
					continue
				}
				if err := w.Identity.Dismiss(by, a.UID, identity.End{Order: order}); err != nil {
					t.Fatal(err)
				}
			}
			if f := faulttest.Of(t, w.Identity.Unblock(head.Ctx, p.UID)); f.Key != "identity.decided_above" {
				t.Errorf("a head lifts it: %+v", f)
			}
			if !webtest.Must(w.Identity.Person(district.Ctx, p.UID)).May.Unblock || webtest.Must(w.Identity.Person(head.Ctx, p.UID)).May.Unblock {
				t.Error("the page says something else")
			}
			resumed := h.notices(p.UID, "identity.notice.post_resumed")
			if err := w.Identity.Unblock(district.Ctx, p.UID); err != nil {
				t.Fatal(err)
			}
			if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND stopped_at IS NOT NULL", p.ID); n != 0 {
				t.Errorf("%d are stopped still", n)
			}
			if n := h.Count("audit_entry WHERE tenant_id = $1 AND action = 'unblock' AND object = 'appointment'"); n != 1 || h.notices(p.UID, "identity.notice.post_resumed") != resumed {
				t.Errorf("%d entries; they are told that they work there again: %d", n, h.notices(p.UID, "identity.notice.post_resumed")-resumed)
			}
			if slices.Contains(inForce(t, w, p), w.School.Path) {
				t.Error("they work there again")
			}
			// What is given from now on is open.
			out, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{Account: p.UID, Role: "teacher", Unit: w.School, Order: order, IdentifiedBy: "passport"})
			if err == nil && out.Waiting != nil {
				_, err = w.Agree(p.Ctx, out.Waiting.UID)
			}
			if err != nil {
				t.Fatal(err)
			}
			if n := number(w, "SELECT count(*) FROM appointment WHERE tenant_id = $1 AND account_id = $2 AND stopped_at IS NOT NULL", p.ID); n != 0 {
				t.Error("it is stopped")
			}
		})
	}
}

// Whoever keeps somebody out hears of an account that looks like theirs and is said to be another
// person's; who gives it is told before that the one that looks like it is kept out.
func TestKGER6c_WhoKeepsSomebodyOutHearsOfASecondAccount(t *testing.T) {
	for name, stopped := range map[string]bool{"blocked": false, "stopped": true} {
		t.Run(name, func(t *testing.T) {
			w := webtest.New(t, "kg", "secondary_school")
			h := house{World: w}
			district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
			if stopped {
				also(t, w, p, "teacher", false)
			}
			if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
				t.Fatal(err)
			}
			was := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
			n := identity.NewAppointment{Person: identity.Person{Family: was.Family, Given: was.Given, Email: "another@mail.example"}, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport"}
			_, err := w.Identity.Appoint(head.Ctx, n)
			f := faulttest.Of(t, err)
			if len(f.Fields) != 1 || f.Fields[0].Key != "identity.looks_like" {
				t.Fatalf("%+v", f)
			}
			if said := fmt.Sprint(w.Words.Localizer("en").Fault(f)); !strings.Contains(said, "kept out by decision") {
				t.Error(said)
			}
			if h.notices(district.UID, "identity.notice.alike_given") != 0 {
				t.Error("told of what was refused")
			}
			n.AnotherPerson = true
			if _, err := w.Identity.Appoint(head.Ctx, n); err != nil {
				t.Fatal(err)
			}
			for uid, want := range map[string]int{district.UID: 1, head.UID: 0, p.UID: 0} {
				if n := h.notices(uid, "identity.notice.alike_given"); n != want {
					t.Errorf("%s is told %d times", uid, n)
				}
			}
		})
	}
}

// That somebody is kept out is nobody's business who may not see them.
func TestWhoMayNotSeeAnAccountIsNotToldThatItIsKeptOut(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, p := w.With("head", w.School), w.With("teacher", w.Elsewhere)
	if err := w.Identity.Block(w.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	was := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
	_, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: was.Family, Given: was.Given}, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport",
	})
	f := faulttest.Of(t, err)
	if said := fmt.Sprint(w.Words.Localizer("en").Fault(f)); len(f.Fields) != 1 || strings.Contains(said, "kept out by decision") || !strings.Contains(said, "may not see") {
		t.Error(said)
	}
}

// Nor is it said by calling an account like that one afterwards, nor unsaid by ending the post that
// was stopped; and whoever may not see the new account hears nothing of it.
func TestKGER6c_WhoKeepsSomebodyOutHearsOfItHoweverItComes(t *testing.T) {
	order := func(w *webtest.World) identity.Order { return identity.Order{Number: "7", Date: w.Clock.Now()} }
	invite := func(w *webtest.World, by *webtest.Person, p identity.Person, at unit.Unit) identity.Appointed {
		return webtest.Must(w.Identity.Appoint(by.Ctx, identity.NewAppointment{Person: p, AnotherPerson: true, Role: "teacher", Unit: at, Order: order(w), IdentifiedBy: "passport"}))
	}
	for name, c := range map[string]struct {
		do   func(w *webtest.World, head *webtest.Person, was identity.PersonPage)
		told int
	}{
		"by renaming": {func(w *webtest.World, head *webtest.Person, was identity.PersonPage) {
			a := invite(w, head, identity.Person{Family: "Тыныбеков", Given: "Чубак"}, w.School).Account
			if err := w.Identity.Correct(head.Ctx, a.UID, a.Version, identity.Person{Family: was.Family, Given: was.Given}); err != nil {
				w.T.Fatal(err)
			}
		}, 1},
		"by another telephone": {func(w *webtest.World, head *webtest.Person, was identity.PersonPage) {
			a := invite(w, head, identity.Person{Family: "Тыныбеков", Given: "Чубак"}, w.School).Account
			if err := w.Identity.Correct(head.Ctx, a.UID, a.Version, identity.Person{Family: a.Family, Given: a.Given, Email: "another@mail.example"}); err != nil {
				w.T.Fatal(err)
			}
		}, 0},
		"once the post has ended": {func(w *webtest.World, head *webtest.Person, was identity.PersonPage) {
			for _, a := range was.Appointments {
				if a.Unit.ID == w.School.ID {
					if err := w.Identity.Dismiss(head.Ctx, a.UID, identity.End{Order: order(w)}); err != nil {
						w.T.Fatal(err)
					}
				}
			}
			invite(w, head, identity.Person{Family: was.Family, Given: was.Given}, w.School)
		}, 1},
		"as the sixth of that name": {func(w *webtest.World, head *webtest.Person, was identity.PersonPage) {
			for k := range 6 {
				exec(w, "UPDATE account SET name = '"+was.Name+"', family = '"+was.Family+"', given = '"+was.Given+"' WHERE tenant_id = $1 AND id = $2", w.With("teacher", w.Elsewhere).ID)
				exec(w, "INSERT INTO account_word (tenant_id, account_id, word) SELECT a.tenant_id, b.id, a.word FROM account_word a JOIN account b ON b.tenant_id = a.tenant_id WHERE a.tenant_id = $1 AND b.id >= $2 AND b.family = '"+was.Family+"' AND a.account_id = (SELECT id FROM account WHERE uid = '"+was.UID+"') ON CONFLICT DO NOTHING", k)
			}
			invite(w, head, identity.Person{Family: was.Family, Given: was.Given}, w.School)
		}, 1},
		"with an account made elsewhere": {func(w *webtest.World, head *webtest.Person, was identity.PersonPage) {
			p := w.With("teacher", w.Elsewhere)
			now := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
			if err := w.Identity.Correct(w.Ctx, p.UID, now.Version, identity.Person{Family: was.Family, Given: was.Given}); err != nil {
				w.T.Fatal(err)
			}
			out := webtest.Must(w.Identity.Appoint(head.Ctx, identity.NewAppointment{Account: p.UID, Role: "teacher", Unit: w.School, Order: order(w), IdentifiedBy: "passport"}))
			if _, err := w.Agree(p.Ctx, out.Waiting.UID); err != nil {
				w.T.Fatal(err)
			}
		}, 1},
		"elsewhere": {func(w *webtest.World, _ *webtest.Person, was identity.PersonPage) {
			invite(w, w.With("head", w.Elsewhere), identity.Person{Family: was.Family, Given: was.Given}, w.Elsewhere)
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := webtest.New(t, "kg", "secondary_school")
			h := house{World: w}
			district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
			also(t, w, p, "teacher", false)
			if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
				t.Fatal(err)
			}
			c.do(w, head, webtest.Must(w.Identity.Person(w.Ctx, p.UID)))
			if n := h.notices(district.UID, "identity.notice.alike_given") + h.notices(district.UID, "identity.notice.alike_renamed") + h.notices(district.UID, "identity.notice.alike_appointed"); n != c.told {
				t.Errorf("told %d times", n)
			}
			if n := h.notices(district.UID, "identity.notice.alike_appointed"); n > 0 != (name == "with an account made elsewhere") {
				t.Errorf("told %d times of an account that was there", n)
			}
			if n := h.notices(district.UID, "identity.notice.alike_renamed"); n > 0 != (name == "by renaming") {
				t.Errorf("told %d times of another name", n)
			}
		})
	}
}

// Whoever keeps somebody out hears that the account is called otherwise: another would look like
// theirs no longer.
func TestKGER6c_WhoKeepsSomebodyOutHearsOfAnotherName(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, head, p := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
	if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		person identity.Person
		told   int
	}{{identity.Person{Family: "Тыныбеков", Given: "Чубак"}, 1}, {identity.Person{Family: "Тыныбеков", Given: "Чубак", Email: "new@mail.example"}, 1}} {
		now := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
		if err := w.Identity.Correct(head.Ctx, p.UID, now.Version, c.person); err != nil {
			t.Fatal(err)
		}
		if n := h.notices(district.UID, "identity.notice.kept_renamed"); n != c.told {
			t.Errorf("%+v: told %d times", c.person, n)
		}
	}
}

// And that another account has come to be reached where the one of somebody who is kept out is, by
// whoever enters it.
func TestKGER6c_WhoKeepsSomebodyOutHearsOfTheirMailbox(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, head, p, other, third := w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School), w.With("teacher", w.School), w.With("teacher", w.School)
	h.comesToRead(p, "kept@mail.example")
	if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	h.enters(other, "kept@mail.example")
	if n := h.notices(district.UID, "identity.notice.alike_renamed"); n != 1 {
		t.Errorf("entered as their own: told %d times", n)
	}
	h.typesFor(head, third, "kept+7@mail.example")
	if n := h.notices(district.UID, "identity.notice.alike_renamed"); n != 2 {
		t.Errorf("typed in another spelling: told %d times", n)
	}
	h.typesFor(head, third, "elsewhere@mail.example")
	if n := h.notices(district.UID, "identity.notice.alike_renamed"); n != 2 {
		t.Errorf("of another address: told %d times", n)
	}
}

// Who keeps several out who share a name hears of a further account once, and only of what is new.
func TestKGER6c_WhoKeepsSeveralOutHearsOfAnAccountOnce(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	district, head := w.With("district_officer", w.Here), w.With("head", w.School)
	for range 3 {
		p := w.With("teacher", w.School)
		if err := w.Identity.Correct(w.Ctx, p.UID, webtest.Must(w.Identity.Person(w.Ctx, p.UID)).Version, identity.Person{Family: "Асанова", Given: "Айгүл"}); err != nil {
			t.Fatal(err)
		}
		if err := w.Identity.Block(district.Ctx, p.UID, "an inquiry"); err != nil {
			t.Fatal(err)
		}
	}
	told := func() int {
		return h.notices(district.UID, "identity.notice.alike_given") + h.notices(district.UID, "identity.notice.alike_renamed") + h.notices(district.UID, "identity.notice.alike_appointed")
	}
	n := identity.NewAppointment{
		Person: identity.Person{Family: "Асанова", Given: "Айгүл", Email: "another@mail.example"}, AnotherPerson: true, Role: "teacher", Unit: w.School, Order: identity.Order{Number: "7", Date: w.Clock.Now()}, IdentifiedBy: "passport",
	}
	out := webtest.Must(w.Identity.Appoint(head.Ctx, n))
	if told() != 1 {
		t.Errorf("told %d times of one account", told())
	}
	// What has nothing to do with it is no news, nor is another post of who is known there.
	a := out.Account
	for k, phone := range []string{"0555 12 34 56", "0555 12 34 57", ""} {
		if err := w.Identity.Correct(head.Ctx, a.UID, a.Version+k, identity.Person{Family: "Асанова", Given: "Айгүл", Phone: phone, Email: "another@mail.example"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{Account: a.UID, Role: "guardian", Unit: w.School, Order: n.Order, IdentifiedBy: "passport"}); err != nil {
		t.Fatal(err)
	}
	if told() != 1 {
		t.Errorf("told %d times in the end", told())
	}
}

// Where whoever decided has left, those who hold the office hear of it.
func TestKGER6c_WhoHoldsTheOfficeOfWhoDecidedHearsOfASecondAccount(t *testing.T) {
	for name, leaves := range map[string]func(w *webtest.World, p *webtest.Person){
		"dismissed": func(*webtest.World, *webtest.Person) {},
		"in another district": func(w *webtest.World, p *webtest.Person) {
			if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: p.UID, Role: "district_officer", Unit: w.There}); err != nil {
				t.Fatal(err)
			}
		},
		"a parent from now on": func(w *webtest.World, p *webtest.Person) { also(t, w, p, "guardian", false) },
	} {
		t.Run(name, func(t *testing.T) { watchesOn(t, leaves) })
	}
}

func watchesOn(t *testing.T, leaves func(w *webtest.World, p *webtest.Person)) {
	w := webtest.New(t, "kg", "secondary_school")
	h := house{World: w}
	decided, next, head, p := w.With("district_officer", w.Here), w.With("district_officer", w.Here), w.With("head", w.School), w.With("teacher", w.School)
	if err := w.Identity.Block(decided.Ctx, p.UID, "an inquiry"); err != nil {
		t.Fatal(err)
	}
	order := identity.Order{Number: "7", Date: w.Clock.Now()}
	leaves(w, decided)
	if err := w.Identity.Dismiss(w.Ctx, decided.Appointment.UID, identity.End{Order: order}); err != nil {
		t.Fatal(err)
	}
	was := webtest.Must(w.Identity.Person(w.Ctx, p.UID))
	if _, err := w.Identity.Appoint(head.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: was.Family, Given: was.Given, Email: "another@mail.example"}, AnotherPerson: true, Role: "teacher", Unit: w.School, Order: order, IdentifiedBy: "passport",
	}); err != nil {
		t.Fatal(err)
	}
	for uid, want := range map[string]int{next.UID: 1, decided.UID: 0, head.UID: 0} {
		if n := h.notices(uid, "identity.notice.alike_given"); n != want {
			t.Errorf("%s: %d", uid, n)
		}
	}
	// Who holds such an office elsewhere has no say over whom that is about.
	there := w.With("district_officer", w.There)
	if _, err := w.Identity.Appoint(w.With("head", w.Elsewhere).Ctx, identity.NewAppointment{
		Person: identity.Person{Family: was.Family, Given: was.Given, Email: "third@mail.example"}, AnotherPerson: true, Role: "teacher", Unit: w.Elsewhere, Order: order, IdentifiedBy: "passport",
	}); err != nil {
		t.Fatal(err)
	}
	for _, uid := range []string{there.UID, next.UID} {
		if n := h.notices(uid, "identity.notice.alike_given"); n > 0 != (uid == next.UID) {
			t.Errorf("%s, of an account elsewhere: %d", uid, n)
		}
	}
}
