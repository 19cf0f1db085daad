package identity

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"mektep/core/identity/door"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/unit"
)

func TestKGER6b_SpecialAdministratorGivesAccessByOrderAfterIdentification(t *testing.T) {
	w := newWorld(t)
	admin := w.with("special_administrator", w.root)

	n := w.appointment("district_officer", w.chuy)
	n.Order = Order{}
	_, err := w.s.Appoint(admin.ctx, n)
	wantsField(t, err, "order.number", "identity.order_required")
	wantsField(t, err, "order.date", "identity.order_date_required")
	if f := faulttest.Of(t, err); f.Law == "" {
		t.Error("the refusal names no law")
	}

	n = w.appointment("district_officer", w.chuy)
	n.IdentifiedBy = ""
	_, err = w.s.Appoint(admin.ctx, n)
	wantsField(t, err, "identified_by", "identity.identification_required")
	n.IdentifiedBy = "AN1234567" // a number is not a kind of document
	_, err = w.s.Appoint(admin.ctx, n)
	wantsField(t, err, "identified_by", "identity.identification_unknown")

	n = w.appointment("district_officer", w.chuy)
	a := get(w.s.Appoint(admin.ctx, n))
	page := get(w.s.Person(admin.ctx, a.Account.UID))
	got := page.Appointments[0]
	if got.Order.Number != "17-к" || got.IdentifiedBy != "passport" || got.GrantedBy != admin.UID || got.GrantedAs != "special_administrator" {
		t.Errorf("recorded: %+v", got)
	}
}

func TestKGER6b_DelegationChain(t *testing.T) {
	w := newWorld(t)
	people := map[string]somebody{
		"admin":      w.with("tenant_admin", w.root),
		"special":    w.with("special_administrator", w.root),
		"ministry":   w.with("ministry_officer", w.root),
		"officer":    w.with("district_officer", w.chuy),
		"head":       w.with("head", w.school),
		"specialist": w.with("responsible_specialist", w.school),
		"teacher":    w.with("teacher", w.school),
	}
	for _, c := range []struct {
		by, role string
		at       unit.Unit
		may      bool
	}{
		{"admin", "special_administrator", w.root, true},
		{"admin", "tenant_admin", w.root, true},
		{"special", "district_officer", w.chuy, true},
		{"special", "head", w.school, true},
		{"special", "special_administrator", w.root, false},
		{"special", "tenant_admin", w.root, false},
		{"officer", "head", w.school, true},
		{"officer", "responsible_specialist", w.school, true},
		{"officer", "head", w.lyceum, false}, // another district
		{"officer", "responsible_specialist", w.lyceum, false},
		{"officer", "district_officer", w.chuy, false},
		{"officer", "special_administrator", w.root, false},
		{"head", "responsible_specialist", w.school, true},
		{"head", "teacher", w.school, true},
		{"head", "responsible_specialist", w.lyceum, false}, // another school
		{"head", "head", w.school, false},
		{"head", "district_officer", w.chuy, false},
		{"specialist", "teacher", w.school, false},
		{"specialist", "head", w.school, false},
		{"teacher", "teacher", w.school, false},
		{"ministry", "district_officer", w.chuy, false},
	} {
		t.Run(c.by+" gives "+c.role+" at "+c.at.Code, func(t *testing.T) {
			_, err := w.appoint(people[c.by].ctx, w.appointment(c.role, c.at))
			grantable := slices.ContainsFunc(get(w.s.Grantable(people[c.by].ctx, c.at)), func(g Grantable) bool { return g.Role.ID == c.role })
			if grantable != c.may {
				t.Errorf("Grantable says %v", grantable)
			}
			if c.may {
				ok(t, err)
				return
			}
			f := wants(t, err, fault.Denied, "")
			if f.Check == "" || f.Next == nil {
				t.Errorf("the refusal explains nothing: %+v", f)
			}
		})
	}
}

func TestKGER6b_RefusedAppointmentIsRecordedAndLeavesNothing(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	before := w.count("account")
	_, err := w.s.Appoint(head.ctx, w.appointment("head", w.school))
	wants(t, err, fault.Denied, "identity.may_not_give")
	if n := w.count("account"); n != before {
		t.Errorf("%d accounts more", n-before)
	}
	found := w.audited(audit.Filter{Object: "appointment", Outcome: audit.Deny})
	if len(found) != 1 || found[0].Account != head.ID || found[0].Action != "create" {
		t.Errorf("recorded: %+v", found)
	}
}

func TestKGER6d_HeadAppointsByOrderAndTheDistrictIsTold(t *testing.T) {
	w := newWorld(t)
	officer := w.with("district_officer", w.chuy)
	other := w.with("district_officer", w.naryn)
	head := w.with("head", w.school)
	teacher := w.with("teacher", w.school)
	ok(t, w.inbox.MarkRead(officer.ctx))

	a := get(w.s.Appoint(head.ctx, w.appointment("responsible_specialist", w.school)))
	notices, _, err := w.inbox.Inbox(officer.ctx, "")
	ok(t, err)
	if len(notices) == 0 || notices[0].Key != "identity.notice.appointed" || notices[0].Args["Order"] != "17-к" {
		t.Fatalf("the district was told: %+v", notices)
	}
	for _, p := range []somebody{other, teacher} {
		if items, _, _ := w.inbox.Inbox(p.ctx, ""); len(items) != 0 {
			t.Errorf("told somebody whom it does not concern: %+v", items)
		}
	}

	err = w.s.Dismiss(head.ctx, a.Appointment.UID, End{})
	wantsField(t, err, "order.number", "identity.order_required")
	ok(t, w.s.Dismiss(head.ctx, a.Appointment.UID, End{Order: Order{Number: "18-к", Date: w.clock.Now()}}))
	if notices, _, _ = w.inbox.Inbox(officer.ctx, ""); notices[0].Key != "identity.notice.dismissed" {
		t.Errorf("the district was not told of the dismissal: %+v", notices[0])
	}
	entries := w.audited(audit.Filter{Object: "appointment", Action: "dismiss"})
	if len(entries) != 1 || entries[0].Order.Number != "18-к" {
		t.Errorf("recorded: %+v", entries)
	}
}

func TestKGER6c_OfficerEndsAndBlocksOnlyInTheDistrict(t *testing.T) {
	w := newWorld(t)
	officer := w.with("district_officer", w.chuy)
	here, there := w.with("teacher", w.school), w.with("teacher", w.lyceum)
	order := End{Order: Order{Number: "5", Date: w.clock.Now()}}

	// The teacher was given by nobody in particular; the officer may give the head
	// who may give teachers, and so stands above.
	ok(t, w.s.Block(officer.ctx, here.UID, "left"))
	wants(t, w.s.Block(officer.ctx, there.UID, "left"), fault.Denied, "")
	wants(t, w.s.Dismiss(officer.ctx, there.appointment.UID, order), fault.Denied, "")
	wants(t, w.s.Block(officer.ctx, officer.UID, "myself"), fault.Denied, "identity.not_yourself")

	ok(t, w.s.Unblock(officer.ctx, here.UID))
	ok(t, w.s.Dismiss(officer.ctx, here.appointment.UID, order))
}

func TestHeadCannotTakeOverAnOfficerWhoTeachesAtTheSchool(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	officer := w.with("district_officer", w.naryn)
	_, err := w.s.Appoint(w.ctx, NewAppointment{Account: officer.UID, Role: "teacher", Unit: w.school})
	ok(t, err)
	ok(t, w.s.Block(head.ctx, officer.UID, "not at my school")) // stops the school's post
	if c := caller.From(w.as(officer)); len(c.Assignments) != 1 || c.Assignments[0].UnitPath != w.naryn.Path {
		t.Errorf("the officer is left with %v", c.Assignments)
	}
	_, err = w.s.PrintCode(head.ctx, officer.UID, Reset{IdentifiedBy: "passport"})
	wants(t, err, fault.Denied, "")
}

func TestEqualsDoNotBlockEachOther(t *testing.T) {
	w := newWorld(t)
	one, two := w.with("head", w.school), w.with("head", w.school)
	// The policy lets a head block people at the school; the profile does not put
	// one head above the other.
	wants(t, w.s.Block(one.ctx, two.UID, "mine now"), fault.Denied, "identity.not_superior")
	wants(t, w.s.Dismiss(one.ctx, two.appointment.UID, End{Order: Order{Number: "1", Date: w.clock.Now()}}), fault.Denied, "identity.not_superior")
	_, err := w.s.PrintCode(one.ctx, two.UID, Reset{IdentifiedBy: "passport"})
	wants(t, err, fault.Denied, "identity.not_superior")
}

func TestKGER6c_TheLastAppointmentsEndEndsTheSession(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	spec := w.with("responsible_specialist", w.school)
	session := w.signIn(spec)
	tenant := caller.From(w.ctx).Tenant
	get(w.s.Resolve(context.Background(), tenant, session.Token)) // remembered

	ok(t, w.s.Dismiss(head.ctx, spec.appointment.UID, End{Order: Order{Number: "9", Date: w.clock.Now()}}))
	_, err := w.s.Resolve(context.Background(), tenant, session.Token)
	wants(t, err, fault.Unauthenticated, "identity.session_over")
	_, err = w.s.Door.SignIn(w.anonymous(), w.attempt(spec, goodPassword))
	wants(t, err, fault.Denied, "identity.no_appointment")
	_, err = w.s.ResolveAccount(context.Background(), tenant, spec.ID)
	wants(t, err, fault.Denied, "identity.no_appointment")

	// A new appointment opens the same account again.
	_, err = w.s.Appoint(head.ctx, NewAppointment{Account: spec.UID, Role: "teacher", Unit: w.school, IdentifiedBy: "passport"})
	ok(t, err)
	w.signIn(spec)
}

func TestKGER6c_OfTwoAppointmentsOneEndsAndTheAccountStays(t *testing.T) {
	w := newWorld(t)
	spec := w.with("responsible_specialist", w.school)
	second := get(w.s.Appoint(w.ctx, NewAppointment{Account: spec.UID, Role: "teacher", Unit: w.lyceum}))
	session := w.signIn(spec)
	ctx := w.in(session)
	if n := len(caller.From(ctx).Assignments); n != 2 {
		t.Fatalf("%d assignments", n)
	}
	ok(t, w.s.Dismiss(w.ctx, spec.appointment.UID, End{}))
	c := caller.From(w.in(session))
	if len(c.Assignments) != 1 || c.Assignments[0].ID != second.Appointment.ID {
		t.Fatalf("the ended appointment still counts: %+v", c.Assignments)
	}
}

func TestKGER6c_TwoLastAppointmentsEndedAtOnceBlock(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		p := w.with("responsible_specialist", w.school)
		second := get(w.s.Appoint(w.ctx, NewAppointment{Account: p.UID, Role: "teacher", Unit: w.lyceum}))
		var wg sync.WaitGroup
		for _, uid := range []string{p.appointment.UID, second.Appointment.UID} {
			wg.Go(func() {
				if err := w.s.Dismiss(w.ctx, uid, End{}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if page := get(w.s.Person(w.ctx, p.UID)); page.State != Blocked || page.BlockedWhy != NoAppointment {
			t.Fatalf("still %s", page.State)
		}
	}
}

func TestAppointmentEndsOnItsDayWithoutTheSweep(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Until = w.clock.Now().AddDate(0, 0, 2)
	p := w.accepted(get(w.s.Appoint(w.ctx, n)))
	tenant := caller.From(w.ctx).Tenant

	w.pass(16 * time.Hour) // the next day, at one in the night
	session := w.signIn(p)
	w.in(session)
	w.pass(24 * time.Hour)
	_, err := w.s.Door.SignIn(w.anonymous(), w.attempt(p, goodPassword))
	wants(t, err, fault.Denied, "identity.no_appointment")
	_, err = w.s.Resolve(context.Background(), tenant, session.Token)
	wants(t, err, fault.Unauthenticated, "")

	ok(t, w.s.Sweep(w.ctx))
	if page := get(w.s.Person(w.ctx, p.UID)); page.State != Blocked || page.BlockedWhy != NoAppointment {
		t.Errorf("the sweep left it %s", page.State)
	}
}

func TestSessionRememberedOverMidnightLosesItsAppointment(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Until = w.clock.Now().AddDate(0, 0, 1)
	p := w.accepted(get(w.s.Appoint(w.ctx, n)))
	w.clock.Set(time.Date(2026, 3, 2, 23, 59, 50, 0, time.UTC))
	session := w.signIn(p)
	w.in(session)
	w.pass(20 * time.Second) // too soon to be read anew
	_, err := w.s.Resolve(context.Background(), caller.From(w.ctx).Tenant, session.Token)
	wants(t, err, fault.Unauthenticated, "identity.no_appointment")
}

func TestAppointmentThatHasNotBegunGivesNothing(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Since = w.clock.Now().AddDate(0, 0, 3)
	a := get(w.s.Appoint(w.ctx, n))
	_, err := w.s.Accept(w.anonymous(), a.Key.Path[len(invitePath):], Acceptance{Login: "asan.b", Password: goodPassword})
	ok(t, err)
	_, err = w.s.Door.SignIn(w.anonymous(), door.Attempt{Login: "asan.b", Password: goodPassword, Remote: home})
	f := wants(t, err, fault.Denied, "identity.not_yet")
	if f.Args["Since"] == nil {
		t.Error("does not say when")
	}
	w.pass(3 * 24 * time.Hour)
	_, err = w.s.Door.SignIn(w.anonymous(), door.Attempt{Login: "asan.b", Password: goodPassword, Remote: home})
	ok(t, err)
}

func TestWhereAUnitStandsToAnAppointment(t *testing.T) {
	w := newWorld(t)
	of := func(u unit.Unit) caller.Assignment {
		return caller.Assignment{UnitPath: u.Path, UnitLevel: u.Level, UnitCode: u.Code}
	}
	overseer := w.profile.Type(w.school.Type).Overseer
	directorate := w.unit(&w.root, unit.Directorate, "", overseer)
	other := w.unit(&w.root, unit.Directorate, "", "another")
	for _, c := range []struct {
		relation string
		of, u    unit.Unit
		want     bool
	}{
		{"unit", w.school, w.school, true},
		{"unit", w.chuy, w.school, false},
		{"territory", w.chuy, w.school, true},
		{"", w.chuy, w.school, true}, // the default
		{"territory", w.chuy, w.lyceum, false},
		{"territory", w.school, w.chuy, false},
		{"tenant", w.school, w.lyceum, true},
		{"overseen", directorate, w.school, true},
		{"overseen", other, w.school, false},
		{"overseen", directorate, w.chuy, false},
	} {
		if got := stands(w.profile, c.relation, of(c.of), c.u); got != c.want {
			t.Errorf("%q of %s to %s: %v", c.relation, c.of.Code, c.u.Code, got)
		}
	}
}

func TestRolesThatExcludeEachOtherAreRefused(t *testing.T) {
	w := newWorld(t)
	special := w.with("special_administrator", w.root)
	officer := w.with("district_officer", w.chuy)
	n := w.appointment("head", w.school)
	n.Person, n.Account = Person{}, officer.UID
	_, err := w.s.Appoint(special.ctx, n)
	f := wants(t, err, fault.Denied, "identity.roles_exclude")
	if f.Law == "" || f.Args["One"] == nil {
		t.Errorf("explains nothing: %+v", f)
	}
}

func TestRoleBelongsWhereTheProfileSaysSo(t *testing.T) {
	w := newWorld(t)
	_, err := w.s.Appoint(w.ctx, w.appointment("head", w.chuy))
	wantsField(t, err, "role", "identity.role_not_here")
	_, err = w.s.Appoint(w.ctx, w.appointment("no_such_role", w.school))
	wantsField(t, err, "role", "identity.role_unknown")
}

func TestTheSameRoleTwiceIsRefused(t *testing.T) {
	w := newWorld(t)
	p := w.with("teacher", w.school)
	n := w.appointment("teacher", w.school)
	n.Person, n.Account = Person{}, p.UID
	_, err := w.s.Appoint(w.ctx, n)
	wants(t, err, fault.Conflict, "identity.already_appointed")
	n.Unit = w.lyceum
	_, err = w.s.Appoint(w.ctx, n)
	ok(t, err)
}

func TestNobodyAppointsOrDismissesThemself(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	n := w.appointment("teacher", w.school)
	n.Person, n.Account = Person{}, head.UID
	_, err := w.s.Appoint(head.ctx, n)
	wants(t, err, fault.Denied, "identity.not_yourself")
	err = w.s.Dismiss(head.ctx, head.appointment.UID, End{Order: Order{Number: "1", Date: w.clock.Now()}})
	wants(t, err, fault.Denied, "")
}

func TestTheLastAdministratorStays(t *testing.T) {
	w := newWorld(t)
	left := w.with("tenant_admin", w.root)
	for range 6 {
		one, two := left, w.with("tenant_admin", w.root)
		var wg sync.WaitGroup
		var failed [2]error
		for i, c := range []struct{ by, whom somebody }{{one, two}, {two, one}} {
			wg.Go(func() { failed[i] = w.s.Dismiss(c.by.ctx, c.whom.appointment.UID, End{}) })
		}
		wg.Wait()
		if (failed[0] == nil) == (failed[1] == nil) {
			t.Fatalf("of two who dismiss each other one must stay: %v, %v", failed[0], failed[1])
		}
		lost := failed[1]
		if failed[0] != nil {
			left, lost = two, failed[0]
		}
		wants(t, lost, fault.Conflict, "identity.last_holder")
	}
	wants(t, w.s.Dismiss(w.ctx, left.appointment.UID, End{}), fault.Conflict, "identity.last_holder")
	wants(t, w.s.Block(w.ctx, left.UID, "x"), fault.Conflict, "identity.last_holder")
}

func TestOnePersonOneAddress(t *testing.T) {
	w := newWorld(t)
	n := w.appointment("teacher", w.school)
	n.Person.Email = "Asan@mektep.example"
	get(w.s.Appoint(w.ctx, n))
	m := w.appointment("teacher", w.lyceum)
	m.Person.Email = "asan@MEKTEP.example"
	_, err := w.s.Appoint(w.ctx, m)
	wants(t, err, fault.Conflict, "identity.email_taken")
}

func TestMovedUnitMovesTheRights(t *testing.T) {
	w := newWorld(t)
	head := w.with("head", w.school)
	session := w.signIn(head)
	w.in(session)
	ok(t, w.db.Tenant(w.ctx, func(ctx context.Context, _ *db.Tx) error {
		return w.tree.Move(ctx, get(w.tree.Get(ctx, w.school.UID)), w.naryn, w.clock.Now(), "")
	}))
	moved := get(w.tree.Get(w.ctx, w.school.UID))
	if c := caller.From(w.in(session)); c.Assignments[0].UnitPath != moved.Path {
		t.Errorf("still at %s, the school is at %s", c.Assignments[0].UnitPath, moved.Path)
	}
}

func (w *world) count(table string) (n int) {
	w.t.Helper()
	ok(w.t, w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT count(*) FROM "+table+" WHERE tenant_id = $1", tx.Tenant()).Scan(&n)
	}))
	return n
}

func (w *world) audited(f audit.Filter) []audit.Record {
	w.t.Helper()
	trail := get(audit.New(w.db, w.clock, secret))
	list, _, err := trail.Search(w.ctx, f, "")
	ok(w.t, err)
	return list
}
