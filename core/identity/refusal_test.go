package identity

import (
	"slices"
	"testing"
	"time"

	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/unit"
)

// says fails unless a refusal names the rule, with a law, and whom to ask for this
// very person and target.
func (w *world) says(f *fault.Error, rule, next string, roles ...string) {
	w.t.Helper()
	if f.Check == "" || f.Rule != rule || f.Law == "" {
		w.t.Errorf("check %q, rule %q by %q; want %q", f.Check, f.Rule, f.Law, rule)
	}
	if f.Next == nil || f.Next.Key != next {
		w.t.Errorf("next step %+v, want %s", f.Next, next)
		return
	}
	var want fault.List
	for _, r := range roles {
		want = append(want, fault.Text(w.profile.Role(r).Name))
	}
	got, _ := f.Next.Args["Roles"].(fault.List)
	if !slices.EqualFunc(got, want, func(a, b any) bool { return a.(fault.Text)["en"] == b.(fault.Text)["en"] }) {
		w.t.Errorf("sent to %v, want %v", got, roles)
	}
}

// What a refusal says follows from the grant that is missing and from whom it is about.
func TestRefusalsToAppointAreTrueForTheTarget(t *testing.T) {
	w := newWorld(t)
	college := w.unit(&w.chuy, unit.Institution, "professional_lyceum", "2001")
	admin, special := w.with("tenant_admin", w.root), w.with("special_administrator", w.root)
	officer, head := w.with("district_officer", w.chuy), w.with("head", w.school)
	for _, c := range []struct {
		name, role string
		by         somebody
		at         unit.Unit
		key, rule  string
		roles      []string
	}{
		{"a district officer for a professional lyceum", "head", officer, college, "identity.may_not_give", "KG-ER-6c", []string{"special_administrator"}},
		{"a district officer for another district", "head", officer, w.lyceum, "gate.elsewhere", "KG-ER-6c", []string{"district_officer", "special_administrator"}},
		{"a head for the own school", "head", head, w.school, "identity.may_not_give", "KG-ER-6c", []string{"district_officer", "special_administrator"}},
		{"a special administrator for administrators", "tenant_admin", special, w.root, "identity.may_not_give", "platform §administration", []string{"tenant_admin"}},
		{"an administrator for teachers", "teacher", admin, w.school, "identity.may_not_give", "KG-ER-6d", []string{"head"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := w.s.Appoint(c.by.ctx, w.appointment(c.role, c.at))
			w.says(wants(t, err, fault.Denied, c.key), c.rule, "gate.next.ask_role", c.roles...)
		})
	}
}

func TestRefusalsAboutOneselfAndAboveOneself(t *testing.T) {
	w := newWorld(t)
	admin, special := w.with("tenant_admin", w.root), w.with("special_administrator", w.root)
	officer, head := w.with("district_officer", w.chuy), w.with("head", w.school)

	w.says(wants(t, w.s.Block(officer.ctx, officer.UID, "leave"), fault.Denied, "identity.not_yourself"),
		"platform §not_oneself", "gate.next.ask_other", "special_administrator", "tenant_admin")
	self := w.appointment("tenant_admin", w.root)
	self.Person, self.Account = Person{}, admin.UID
	f := wants(t, get2(w.s.Appoint(admin.ctx, self)), fault.Denied, "identity.not_yourself")
	w.says(f, "platform §not_oneself", "gate.next.ask_other", "tenant_admin")
	w.says(wants(t, w.s.Dismiss(head.ctx, head.appointment.UID, End{}), fault.Denied, "identity.not_yourself"),
		"platform §not_oneself", "gate.next.ask_other", "district_officer", "special_administrator", "tenant_admin")

	// Who is above an administrator is no district officer, whoever asks.
	w.says(wants(t, w.s.Block(head.ctx, admin.UID, "leave"), fault.Denied, "gate.elsewhere"), "KG-ER-6d", "gate.next.ask_role", "tenant_admin")
	w.says(wants(t, w.s.Block(special.ctx, admin.UID, "leave"), fault.Denied, "identity.not_superior"),
		"platform §administration", "gate.next.ask_role", "tenant_admin")

	two := w.appointment("auditor", w.root)
	two.Person, two.Account = Person{}, special.UID
	f = wants(t, get2(w.s.Appoint(admin.ctx, two)), fault.Denied, "identity.roles_exclude")
	w.says(f, "platform §separation_of_duties", "identity.next.one_role")
}

func get2[T any](_ T, err error) error { return err }

// What is asked for when a role is given is asked for by the rule by which it is given.
func TestWhatIsMissingIsSaidByItsOwnRule(t *testing.T) {
	w := newWorld(t)
	special, officer, head := w.with("special_administrator", w.root), w.with("district_officer", w.chuy), w.with("head", w.school)
	for _, c := range []struct {
		by   somebody
		role string
		at   unit.Unit
		rule string
	}{
		{special, "district_officer", w.chuy, "KG-ER-6b"},
		{special, "head", w.school, "KG-ER-6b"},
		{officer, "head", w.school, "KG-ER-6c"},
		{head, "responsible_specialist", w.school, "KG-ER-6d"},
	} {
		n := w.appointment(c.role, c.at)
		n.Order, n.IdentifiedBy = Order{}, ""
		_, err := w.s.Appoint(c.by.ctx, n)
		wantsField(t, err, "order.number", "identity.order_required")
		if f := faulttest.Of(t, err); f.Rule != c.rule || f.Law == "" {
			t.Errorf("%s without an order is refused by %q, want %s", c.role, f.Rule, c.rule)
		}
		for _, l := range strict().Languages() {
			if x := strict().Localizer(l.Tag).Fault(faulttest.Of(t, err)); x.NextText == "" {
				t.Errorf("%s: nothing is said of what to do next", l.Tag)
			}
		}
	}
	given, err := w.appoint(officer.ctx, w.appointment("head", w.school))
	ok(t, err)
	f := faulttest.Of(t, w.s.Dismiss(officer.ctx, given.Appointment.UID, End{On: w.clock.Now().Add(24 * time.Hour)}))
	if f.Rule != "KG-ER-6c" {
		t.Errorf("ended without an order: %+v", f)
	}
}

// A day that is over ends nothing, also of a post that began after it: what was typed is
// judged, not what it would become.
func TestKGER6d_APostEndsOnNoDayThatIsOver(t *testing.T) {
	w := newWorld(t)
	given, err := w.s.Appoint(w.ctx, w.appointment("teacher", w.school))
	ok(t, err)
	post := given.Appointment.UID
	for _, on := range []time.Time{w.clock.Now().AddDate(0, 0, -1), time.Date(1582, 10, 15, 0, 0, 0, 0, time.UTC), time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC)} {
		wantsField(t, w.s.Dismiss(w.ctx, post, End{On: on}), "on", "identity.end_past")
	}
	ok(t, w.s.Dismiss(w.ctx, post, End{On: w.clock.Now()}))
}

// Of a role that goes together with nothing that a person holds nobody is named who could give
// it to them: whoever may see the person is told that, and who may not, that it is asked then,
// whatever they hold.
func TestKGER6a_WhoGivesARoleIsNotNamedForWhomItExcludes(t *testing.T) {
	w := newWorld(t)
	admin, head := w.with("tenant_admin", w.root), w.with("head", w.lyceum)
	officer, teacher := w.with("ministry_officer", w.root), w.with("teacher", w.school)
	for name, c := range map[string]struct {
		by, whom somebody
		key      string
		next     string
	}{
		"excluded and seen":       {admin, officer, "identity.roles_exclude", "identity.next.one_role"},
		"not excluded and seen":   {admin, teacher, "identity.may_not_give", "gate.next.ask_role"},
		"excluded and unseen":     {head, officer, "", "identity.next.given_here"},
		"not excluded and unseen": {head, teacher, "", "identity.next.given_here"},
	} {
		for _, role := range []string{"head", "responsible_specialist"} {
			n := w.appointment(role, w.school)
			n.Person, n.Account = Person{}, c.whom.UID
			f := faulttest.Of(t, get2(w.s.Appoint(c.by.ctx, n)))
			if c.key != "" && f.Key != c.key || f.Next == nil || f.Next.Key != c.next {
				t.Errorf("%s, %s: %s, %+v", name, role, f.Key, f.Next)
			}
			for _, l := range strict().Languages() {
				strict().Localizer(l.Tag).Fault(f)
			}
		}
	}
	// of somebody new nothing is known that could exclude it
	if f := faulttest.Of(t, get2(w.s.Appoint(admin.ctx, w.appointment("head", w.school)))); f.Next == nil || f.Next.Key != "gate.next.ask_role" {
		t.Errorf("somebody new: %+v", f.Next)
	}
}
