package identity_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// Of every post that a country says one person holds, a second holder is asked about before
// there are two; a hand-over by its days is none, and a post of many asks nothing.
func TestKGER6c_ASecondHolderOfOnePersonsPostIsAskedAbout(t *testing.T) {
	for _, country := range []string{"kg", "tr"} {
		w := webtest.New(t, country, map[string]string{"kg": "secondary_school", "tr": "ilkokul"}[country])
		sole := 0
		for i := range w.Profile.Roles {
			r := &w.Profile.Roles[i]
			if r.Level != "institution" || len(r.GrantedBy) == 0 || r.Guarded || len(r.Institutions) > 0 {
				continue
			}
			giver := w.With(r.GrantedBy[0].Role, at(w, r.GrantedBy[0].Role))
			post := func(n int, since, until time.Time, second bool) error {
				a := identity.NewAppointment{
					Person: identity.Person{Family: "Асанов" + r.ID[:2] + strings.Repeat("а", n), Given: strings.Repeat("Ж", n+1)}, Role: r.ID, Unit: w.School,
					Since: since, Until: until, AnotherPerson: true, IdentifiedBy: "passport", Order: teacherHere(w, "").Order,
				}
				if second {
					_, asked := w.Identity.Rehearse(giver.Ctx, a)
					a.SecondHolder = webtest.Mark(asked)
				}
				_, tried := w.Identity.Rehearse(giver.Ctx, a)
				_, err := w.Identity.Appoint(giver.Ctx, a)
				if fault.KindOf(tried) != fault.KindOf(err) {
					t.Errorf("%s %s: rehearsed %v, done %v", country, r.ID, tried, err)
				}
				return err
			}
			today := w.Clock.Now().Truncate(24 * time.Hour)
			handed := today.AddDate(0, 2, 0)
			done(t, post(1, time.Time{}, handed, false))
			err := post(2, time.Time{}, time.Time{}, false)
			if !r.OneHolder {
				if err != nil {
					t.Errorf("%s %s: %v", country, r.ID, err)
				}
				continue
			}
			sole++
			f := faulttest.Of(t, err)
			if len(f.Fields) != 1 || f.Fields[0].Name != "second_holder" || f.Fields[0].Key != "identity.second_holder" {
				t.Fatalf("%s %s: %+v", country, r.ID, err)
			}
			if said := w.Words.Localizer("en").T(f.Fields[0].Key, f.Fields[0].Args); !strings.Contains(said, "Асанов") {
				t.Errorf("it does not say who: %s", said)
			}
			done(t, post(3, handed, time.Time{}, false)) // handed over by its days
			if err := post(4, handed.AddDate(0, 0, -1), handed, false); err == nil {
				t.Errorf("%s %s: a day with two was not asked about", country, r.ID)
			}
			done(t, post(4, handed.AddDate(0, 0, -1), handed, true))
			done(t, post(5, time.Time{}, time.Time{}, true))
		}
		if sole == 0 {
			t.Errorf("%s has no post of one person", country)
		}
	}
}

func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("%v %+v", err, faulttest.Fields(err))
	}
}

// at is the unit of the world's school chain where a role is held.
func at(w *webtest.World, role string) unit.Unit {
	switch w.Profile.Role(role).Level {
	case unit.Institution:
		return w.School
	case unit.District:
		return w.Here
	case unit.Region:
		return w.Region
	}
	return w.Root
}

// Who has been given the post since it was asked is said to whoever agrees, and nothing is
// given; a second one that was meant is told of.
func TestKGER6c_ASecondHolderSinceItWasAskedIsToldToWhoAgrees(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	officer, who := w.With("district_officer", w.Here), w.With("teacher", w.Elsewhere)
	n := teacherHere(w, who.UID)
	n.Role = "head"
	out, err := w.Identity.Appoint(officer.Ctx, n)
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	head := w.With("head", w.School)
	_, err = w.Agree(who.Ctx, out.Waiting.UID)
	if f := faulttest.Of(t, err); f.Kind != fault.Conflict || !strings.Contains(w.Words.Localizer("en").Fault(f).Reason, "one person") {
		t.Errorf("%+v", err)
	}
	if held := webtest.Must(w.Identity.Mine(who.Ctx)).Appointments; len(held) != 1 {
		t.Errorf("%+v", held)
	}
	done(t, w.Approvals.Cancel(officer.Ctx, out.Waiting.UID))
	_, err = w.Identity.Rehearse(officer.Ctx, n)
	n.SecondHolder = webtest.Mark(err)
	out, err = w.Identity.Appoint(officer.Ctx, n)
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	// What is said is true at the moment of reading, of whoever holds the post then.
	said := func() []fault.Phrase { return besides(webtest.Must(w.Approvals.List(who.Ctx))[0]) }
	if told := said(); len(told) != 1 || told[0].Key != "approval.told.second_holder" || strings.Contains(w.Words.Localizer("en").T(told[0].Key, told[0].Args), head.Name) {
		t.Errorf("told %+v", told)
	}
	third := w.With("head", w.School)
	if told := said(); len(told) != 1 || told[0].Key != approval.Overtaken {
		t.Errorf("somebody has come, and told is %+v", told)
	}
	for _, p := range []*webtest.Person{third, head} {
		done(t, w.Identity.Dismiss(w.Ctx, p.Appointment.UID, identity.End{}))
	}
	if told := said(); len(told) != 0 {
		t.Errorf("nobody is left, and told is %+v", told)
	}
	if _, err := w.Agree(who.Ctx, out.Waiting.UID); err != nil {
		t.Error(err)
	}
}

// Whoever decides about a second holder is told who holds the post at that moment, as far as they may
// see them; that they read of them is recorded.
func TestKGER6c_WhoDecidesASecondHolderIsToldBesideWhom(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	role := w.Profile.Role("special_administrator") // guarded; a country may say that one person holds it
	role.OneHolder = true
	t.Cleanup(func() { role.OneHolder = false })
	manager, other, first := w.With("tenant_admin", w.Root), w.With("tenant_admin", w.Root), w.With(role.ID, w.Root)
	n := teacherHere(w, "")
	n.Role, n.Unit, n.Person = role.ID, w.Root, identity.Person{Family: "Экинчи", Given: "Адам", Email: "ekinchi@mail.example"}
	_, err := w.Identity.Rehearse(manager.Ctx, n)
	n.SecondHolder = webtest.Mark(err)
	out, err := w.Identity.Appoint(manager.Ctx, n)
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	said := func() string {
		for _, p := range besides(webtest.Must(w.Approvals.Get(other.Ctx, out.Waiting.UID))) {
			if p.Key == "approval.told.second_holder" {
				return w.Words.Localizer("en").T(p.Key, p.Args)
			}
		}
		return ""
	}
	if got := said(); !strings.Contains(got, first.Name) {
		t.Errorf("told %q", got)
	}
	done(t, w.Identity.Dismiss(w.Ctx, first.Appointment.UID, identity.End{}))
	if got := said(); got != "" {
		t.Errorf("the first has gone, and told is %q", got)
	}
}

// That there are to be two is said of those who hold the post then: who comes to hold it
// since is asked about anew, by every way. Who goes meanwhile asks nothing.
func TestKGER6c_ASecondHolderIsMeantBesideWhomItWasSaidOf(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	officer := w.With("district_officer", w.Here)
	first := w.With("head", w.School)
	n := teacherHere(w, "")
	n.Role, n.AnotherPerson = "head", true
	n.Person = identity.Person{Family: "Экинчи", Given: "Адам"}
	asked := func(n identity.NewAppointment) string {
		t.Helper()
		_, err := w.Identity.Rehearse(officer.Ctx, n)
		_, done := w.Identity.Appoint(officer.Ctx, n)
		if webtest.Mark(err) != webtest.Mark(done) {
			t.Errorf("rehearsed %v, done %v", err, done)
		}
		return webtest.Mark(done)
	}
	mark := asked(n)
	for _, other := range []string{"1", "true", "on", mark + "0", strings.ToUpper(mark)} {
		n.SecondHolder = other
		if again := asked(n); again != mark {
			t.Errorf("%q is a yes", other)
		}
	}
	offered := teacherHere(w, w.With("teacher", w.Elsewhere).UID)
	offered.Role, offered.SecondHolder = "head", mark
	out, err := w.Identity.Appoint(officer.Ctx, offered)
	if err != nil || out.Waiting == nil {
		t.Fatalf("%+v %v", out, err)
	}
	late := w.Fresh("head", w.School)
	if n.SecondHolder = mark; asked(n) == "" {
		t.Error("said of one, it was taken for another as well")
	}
	who := w.As(out.Waiting.Concerns)
	if _, err := w.Agree(who, out.Waiting.UID); !strings.Contains(w.Words.Localizer("en").Fault(faulttest.Of(t, err)).Reason, "one person") {
		t.Errorf("an offer is accepted beside somebody of whom it was not said: %v", err)
	}
	both := asked(n)
	done(t, w.Identity.Dismiss(w.Ctx, first.Appointment.UID, identity.End{Order: n.Order}))
	n.SecondHolder = both
	tried := webtest.Must(w.Identity.Rehearse(officer.Ctx, n))
	if said := w.Words.Localizer("en").T("people.beside.holders", fault.Args{"Holders": tried.Beside}); !strings.Contains(said, late.Family) || strings.Contains(said, first.Family) {
		t.Errorf("the review says %s", said)
	}
	given := webtest.Must(w.Identity.Appoint(officer.Ctx, n))
	for p, want := range map[*webtest.Person]int{late: 1, first: 0, officer: 0} {
		got := w.Count("notice x JOIN account a ON a.tenant_id = x.tenant_id AND a.id = x.account_id WHERE x.tenant_id = $1 AND x.key = 'identity.notice.second_holder' AND a.uid = '" + p.UID + "'")
		if got != want {
			t.Errorf("%s is told %d times, want %d", p.Family, got, want)
		}
	}
	if n := w.Count("mail_outbox WHERE tenant_id = $1 AND subject_key LIKE '%' || 'identity.notice.second_holder'"); n != 1 {
		t.Errorf("%d letters", n)
	}
	entries, _, err := w.Trail.Search(w.Ctx, audit.Filter{Object: "appointment", Action: "create", Target: given.Appointment.UID}, "")
	if err != nil || len(entries) != 1 {
		t.Fatalf("%+v %v", entries, err)
	}
	if e := webtest.Must(w.Trail.Get(w.Ctx, entries[0].ID)); !slices.ContainsFunc(e.Changes, func(c audit.FieldChange) bool {
		return c.Field == "second_holder" && strings.Contains(string(c.New), late.UID)
	}) {
		t.Errorf("the entry does not say beside whom: %+v", e.Changes)
	}
}
