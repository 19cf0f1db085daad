package identity_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/gate/gatetest"
	"mektep/core/identity"
	"mektep/core/profile"
	"mektep/core/web/webtest"
)

// teacherHere asks to make somebody a teacher at the school.
func teacherHere(w *webtest.World, account string) identity.NewAppointment {
	return identity.NewAppointment{
		Account: account, Role: "teacher", Unit: w.School, IdentifiedBy: "passport",
		Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)},
	}
}

// A head puts nobody into the own school who works elsewhere, whatever they are, before
// they have said yes themselves; nor does the answer give away how they sign in.
func TestKGER6d_WhoWorksElsewhereSaysYesThemself(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, other := w.With("head", w.School), w.With("head", w.Elsewhere)
	for _, role := range []string{"ministry_officer", "special_administrator", "tenant_admin", "auditor", "district_officer", "teacher", "head"} {
		at := map[string]*webtest.Person{}
		switch role {
		case "district_officer":
			at[role] = w.With(role, w.There)
		case "teacher", "head":
			at[role] = w.With(role, w.Elsewhere)
		default:
			at[role] = w.With(role, w.Root)
		}
		who := at[role]
		rehearsed, err := w.Identity.Rehearse(head.Ctx, teacherHere(w, who.UID))
		if faulttest.Key(err) == "identity.roles_exclude" {
			continue // the limits forbid it anyway
		}
		out, asked := w.Identity.Appoint(head.Ctx, teacherHere(w, who.UID))
		if w.Profile.Role(role).Guarded { // a second administrator first
			out.Waiting = agreed(t, w, who, out.Waiting)
		}
		if err != nil || asked != nil || !rehearsed.Offer || out.Waiting == nil || !out.Waiting.Offer {
			t.Fatalf("%s: %+v %v %v", role, out, err, asked)
		}
		for _, a := range []identity.Account{rehearsed.Account, out.Account} {
			if a.Family != "" || a.Given != "" || a.Login != "" || a.Email != "" || a.SecondSince != nil || a.SignedInAt != nil {
				t.Errorf("%s: gives away %+v", role, a)
			}
		}
		told(t, w, who, "approval.notice.offered")
		for name, p := range map[string]*webtest.Person{"who asked": head, "another head": other, "an administrator": w.With("tenant_admin", w.Root)} {
			want := map[string]string{
				"who asked": "approval.not_yourself", "an administrator": "approval.theirs_to_accept",
				"another head": "approval.theirs_to_accept", // to whom the request is not shown: without a name
			}[name]
			for _, err := range []error{only(w.Agree(p.Ctx, out.Waiting.UID)), w.Approvals.Reject(p.Ctx, out.Waiting.UID, "x")} {
				if f := faulttest.Of(t, err); f.Key != want || f.Rule == "" && f.Law == "" || f.Next == nil {
					t.Errorf("%s: %s: %v", role, name, err)
				}
			}
		}
		if n := webtest.Must(w.Approvals.Decidable(who.Ctx)); n != 1 {
			t.Errorf("%s: %d wait for them", role, n)
		}
		if n := len(webtest.Must(w.Identity.Mine(who.Ctx)).Appointments); n != 1 {
			t.Fatalf("%s: %d appointments", role, n)
		}
		if _, err := w.Agree(who.Ctx, out.Waiting.UID); err != nil {
			t.Fatalf("%s: %v", role, err)
		}
		if n := len(webtest.Must(w.Identity.Mine(who.Ctx)).Appointments); n != 2 {
			t.Errorf("%s: %d appointments after their yes", role, n)
		}
		hidden(t, w, head.Ctx, role, who.UID)
	}
}

// hidden fails where any answer about an account gives away how to reach its holder or
// how they sign in.
func hidden(t *testing.T, w *webtest.World, ctx context.Context, role, uid string) {
	t.Helper()
	var all []identity.Account
	p, err := w.Identity.Person(ctx, uid)
	if err != nil || !p.Withheld || p.Sessions != nil {
		t.Errorf("%s: the page %v %v", role, p.Withheld, err)
	}
	rows, _, err := w.Identity.People(ctx, identity.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.UID == uid {
			all = append(all, r.Account)
		}
	}
	all = append(all, p.Account)
	if len(all) != 2 {
		t.Errorf("%s: %d answers", role, len(all))
	}
	for _, a := range all {
		if a.Login != "" || a.Email != "" || a.Phone != "" || a.SecondSince != nil || a.SignedInAt != nil || !a.Withheld {
			t.Errorf("%s: gives away %+v", role, a)
		}
	}
}

func only[T any](_ T, err error) error { return err }

// Somebody visible to the giver, somebody new and somebody who holds nothing any more
// wait for nobody.
func TestKGER6d_WhoIsTheGiversOwnIsAppointedAtOnce(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	head, officer := w.With("head", w.School), w.With("district_officer", w.Here)
	own, gone := w.With("responsible_specialist", w.School), w.With("teacher", w.Elsewhere)
	if err := w.Identity.Dismiss(w.Ctx, gone.Appointment.UID, identity.End{Order: identity.Order{Number: "1", Date: w.Clock.Now().AddDate(0, 0, -1)}}); err != nil {
		t.Fatal(err)
	}
	for name, who := range map[string]*webtest.Person{"one's own": own, "who left": gone} {
		out, err := w.Identity.Appoint(head.Ctx, teacherHere(w, who.UID))
		if err != nil || out.Waiting != nil || out.Account.Login == "" {
			t.Errorf("%s: %+v %v", name, out, err)
		}
	}
	_ = officer
}

// A post given elsewhere shields nobody from their own superiors, nor makes a head the
// superior of an officer (KG-ER-6c).
func TestKGER6c_APostElsewhereShieldsNobody(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	special, head := w.With("special_administrator", w.Root), w.With("head", w.School)
	teacher := w.With("teacher", w.School)
	give := func(p *webtest.Person, role string, at string) {
		t.Helper()
		u := w.Elsewhere
		if at == "here" {
			u = w.School
		}
		if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: p.UID, Role: role, Unit: u}); err != nil {
			t.Fatal(err)
		}
	}
	give(teacher, "teacher", "there")
	if err := w.Identity.Block(head.Ctx, teacher.UID, "кетти"); err != nil {
		t.Errorf("the own head blocks: %v", err)
	}
	there := w.With("head", w.Elsewhere)
	for what, err := range map[string]error{
		"unblocks": w.Identity.Unblock(there.Ctx, teacher.UID), "resets": only(w.Identity.PrintCode(there.Ctx, teacher.UID, identity.Reset{IdentifiedBy: "passport"})),
	} {
		if f := faulttest.Of(t, err); f.Kind != fault.Denied || f.Rule == "" || f.Next == nil {
			t.Errorf("a head %s somebody else's teacher: %v", what, err)
		}
	}
	if err := w.Identity.Unblock(special.Ctx, teacher.UID); err != nil {
		t.Error(err)
	}

	// An officer with a small post at a school: the school's head gets no power over
	// them, and who stands above the officer loses none.
	tr := webtest.New(t, "tr", "ilkokul")
	manager, officer := tr.With("province_mebbis_manager", tr.Region), tr.With("district_mebbis_manager", tr.Here)
	if _, err := tr.Identity.Appoint(tr.Ctx, identity.NewAppointment{Account: officer.UID, Role: "teacher", Unit: tr.Elsewhere}); err != nil {
		t.Skipf("the limits keep officers from teaching: %v", err)
	}
	principal := tr.With("head", tr.Elsewhere)
	if err := tr.Identity.Block(principal.Ctx, officer.UID, "x"); err != nil || !slices.Equal(inForce(t, tr, officer), []string{tr.Here.Path}) {
		t.Errorf("the head stops more, or less, than the post at the school: %v %v", err, inForce(t, tr, officer))
	}
	if _, err := tr.Identity.PrintCode(principal.Ctx, officer.UID, identity.Reset{IdentifiedBy: "passport"}); fault.KindOf(err) != fault.Denied {
		t.Errorf("the head resets an officer: %v", err)
	}
	if _, err := tr.Identity.PrintCode(manager.Ctx, officer.UID, identity.Reset{IdentifiedBy: "passport"}); err != nil {
		t.Errorf("the officer's superior: %v", err)
	}
}

// An end lies on or before the one that stands: whoever may not give a role prolongs
// none by ending it later.
func TestKGER6d_AnEndProlongsNothing(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	admin := w.With("special_administrator", w.Root)
	out, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Мөөнөтов", Given: "Бакыт"}, Role: "responsible_specialist", Unit: w.School, Until: w.Clock.Now().AddDate(0, 0, 8),
	})
	if err != nil {
		t.Fatal(err)
	}
	until := out.Appointment.Until
	end := func(on time.Time) error {
		return w.Identity.Dismiss(admin.Ctx, out.Appointment.UID, identity.End{On: on, Order: identity.Order{Number: "9", Date: w.Clock.Now().AddDate(0, 0, -1)}})
	}
	for _, days := range []int{1, 30, 5000} {
		f := faulttest.Of(t, end(until.AddDate(0, 0, days)))
		if !slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == "on" && x.Key == "identity.end_later" }) {
			t.Errorf("%d days later: %+v", days, f)
			continue
		}
		for _, l := range w.Words.Languages() {
			w.Words.Localizer(l.Tag).Fault(f)
		}
	}
	for _, days := range []int{0, -1} {
		if err := end(until.AddDate(0, 0, days)); err != nil {
			t.Errorf("%d days later: %v", days, err)
		}
	}
}

// A notice of an appointment without an order speaks of none; one with an order gives
// its day.
// agreed has a second administrator agree to a request about somebody, and returns the
// offer that has become of it.
func agreed(t *testing.T, w *webtest.World, who *webtest.Person, r *approval.Request) *approval.Request {
	t.Helper()
	if r == nil || r.Offer {
		t.Fatalf("no second administrator is asked: %+v", r)
	}
	if _, err := w.Agree(w.With("tenant_admin", w.Root).Ctx, r.UID); err != nil {
		t.Fatal(err)
	}
	for _, o := range webtest.Must(w.Approvals.List(who.Ctx)) {
		if o.Offer && o.State == approval.Waiting {
			return &o
		}
	}
	t.Fatal("nothing is offered")
	return nil
}

// A guarded post yields to nobody who does not stand over it, not even where they stand over
// another post at the same level: there are countries in which administrators are not above all.
func TestTRIC1_AGuardedPostYieldsToNoPostBesideIt(t *testing.T) {
	w := webtest.Of(t, gatetest.Changed(t, "kg", func(p *profile.Profile) {
		r := p.Role("ministry_officer")
		r.GrantedBy = append(slices.Clone(r.GrantedBy), profile.Grant{Role: "special_administrator", Within: "tenant", Source: r.Source})
	}), "secondary_school")
	special, officer, admin := w.With("special_administrator", w.Root), w.With("ministry_officer", w.Root), w.With("ministry_officer", w.Root)
	if _, err := w.Identity.Appoint(w.Ctx, identity.NewAppointment{Account: admin.UID, Role: "tenant_admin", Unit: w.Root}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Identity.RevokeSessions(special.Ctx, officer.UID, ""); err != nil {
		t.Errorf("of whom they stand over: %v", err)
	}
	_, err := w.Identity.RevokeSessions(special.Ctx, admin.UID, "")
	if f := faulttest.Of(t, err); f.Kind != fault.Denied || f.Rule == "" || f.Next == nil {
		t.Errorf("an administrator's: %v", err)
	}
}
