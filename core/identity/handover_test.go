package identity_test

import (
	"strings"
	"testing"
	"time"

	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// handover is a school that goes from one district to another after two days, while one of the
// districts goes to another province after four.
type handover struct {
	*webtest.World
	today time.Time
	far   unit.Unit
}

func newHandover(t *testing.T, school, district, to unit.Unit, w *webtest.World) handover {
	t.Helper()
	h := handover{World: w, today: clock.Day(w.Clock.Now())}
	h.far = webtest.Must(w.Tree.Create(w.Ctx, unit.New{Parent: &w.Root, Level: unit.Region, Code: "42", Since: w.Region.Since, Name: map[string]string{w.Profile.Main(): "Konya", "en": "Konya"}}))
	if to.ID != 0 {
		must(t, w.Tree.Move(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, school.UID)), to, h.on(2), "1"))
	}
	must(t, w.Tree.Move(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, district.UID)), h.far, h.on(4), "1"))
	return h
}

func (h handover) on(days int) time.Time { return h.today.AddDate(0, 0, days) }

func (h handover) order() identity.Order {
	return identity.Order{Number: "1", Date: h.today.AddDate(0, 0, -1)}
}

func (h handover) next(err error) (*fault.Error, string) {
	h.T.Helper()
	f := faulttest.Of(h.T, err)
	if f.Next == nil || f.Law == "" || f.Kind != fault.Denied {
		h.T.Fatalf("%v %+v", err, f)
	}
	return f, h.Words.Localizer("en").Fault(f).NextText
}

// A school lies elsewhere from the day on which it goes: not from the day on which the district that
// it has left then goes as well.
func TestKGER6c_ASchoolLiesElsewhereFromItsOwnDay(t *testing.T) {
	w := webtest.New(t, "tr", "ilkokul")
	h := newHandover(t, w.School, w.Here, w.There, w)
	if ahead := webtest.Must(w.Tree.Ahead(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)))); len(ahead) != 1 || !ahead[0].On.Equal(h.on(2)) {
		t.Errorf("it becomes %+v", ahead)
	}
	f, _ := denied(t, w, w.With("district_mebbis_manager", w.Here), "head", w.School, h.on(9))
	if f.Key != "identity.may_not_give_moved" || f.Args["Day"] != h.on(2) {
		t.Errorf("%s %v", f.Key, f.Args)
	}
	// Nor is it lost to the district by which it goes on, when that goes along.
	officer := w.With("district_statistics_officer", w.Here)
	f, _ = h.next(w.Registry.Rename(officer.Ctx, w.School.UID, map[string]string{"tr": "Yeni"}, registry.Act{
		Version: webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)).Version, Since: h.on(9), Order: h.order(),
	}))
	if f.Key != "gate.then_moved" || f.Args["Day"] != h.on(2) || f.Args["On"] != h.on(9) {
		t.Errorf("%s %v", f.Key, f.Args)
	}
}

// An office that goes along has a school from the day on which it comes, not from its own.
func TestKGER6c_ADistrictHasASchoolFromTheDayItComes(t *testing.T) {
	w := webtest.New(t, "tr", "ilkokul")
	h := newHandover(t, w.Elsewhere, w.Here, w.Here, w)
	for _, p := range []*webtest.Person{w.With("district_mebbis_manager", w.Here), w.With("district_mebbis_manager", w.There)} {
		f, next := denied(t, w, p, "head", w.Elsewhere, h.on(9))
		if f.Next.Key != "gate.next.from_day" || f.Next.Args["Day"] != h.on(2) || !strings.Contains(next, "(Hither)") {
			t.Errorf("%s", next)
		}
	}
	// And whoever loses it loses it then.
	f, _ := h.next(w.Registry.Rename(w.With("district_statistics_officer", w.There).Ctx, w.Elsewhere.UID, map[string]string{"tr": "Yeni"}, registry.Act{
		Version: webtest.Must(w.Tree.Get(w.Ctx, w.Elsewhere.UID)).Version, Since: h.on(9), Order: h.order(),
	}))
	if f.Key != "gate.then_moved" || f.Args["Day"] != h.on(2) {
		t.Errorf("%s %v", f.Key, f.Args)
	}
}

// Who is named for a move may make it on all its days: not whoever is refused it by the very post.
func TestKGER6c_WhoIsNamedForAMoveMayMakeItOnItsDays(t *testing.T) {
	w := webtest.New(t, "tr", "ilkokul")
	h := newHandover(t, w.Elsewhere, w.Here, unit.Unit{}, w)
	statistics, admin := w.With("province_statistics_officer", w.Region), w.With("tenant_admin", w.Root)
	webtest.Must(w.Identity.Appoint(w.With("province_mebbis_manager", w.Region).Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Yılmaz", Given: "Ayşe"}, Role: "head", Unit: w.Elsewhere, Since: h.on(9), IdentifiedBy: "passport", Order: h.order(),
	}))
	move := func(p *webtest.Person) error {
		return w.Registry.Move(p.Ctx, w.Elsewhere.UID, w.Here.UID, registry.Act{Version: webtest.Must(w.Tree.Get(w.Ctx, w.Elsewhere.UID)).Version, Since: h.on(2), Order: h.order()})
	}
	f, next := h.next(move(statistics))
	if f.Key != "identity.move_posts" || next != "It can be done by: System administrator." {
		t.Errorf("%s: %s", f.Key, next)
	}
	must(t, move(admin))
}

// Who is named for an end after the hand-over may enter it then: not the district of today; and it is
// spoken of the day that was meant.
func TestKGER6d_WhoIsNamedForAnEndMayEnterItThen(t *testing.T) {
	w := webtest.New(t, "kg", "secondary_school")
	today := clock.Day(w.Clock.Now())
	on := func(days int) time.Time { return today.AddDate(0, 0, days) }
	h := handover{World: w, today: today}
	leaves, comes, teacher := w.With("district_officer", w.Here), w.With("district_officer", w.There), w.With("teacher", w.School)
	special := w.With("special_administrator", w.Root)
	must(t, w.Tree.Move(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)), w.There, on(4), "1"))
	out := webtest.Must(w.Identity.Appoint(special.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Кыдыргычев", Given: "Алмаз"}, Role: "head", Unit: webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)), Since: on(2), Until: on(19), IdentifiedBy: "passport", Order: h.order(),
	}))
	end := func(p *webtest.Person, day int) error {
		return w.Identity.Dismiss(p.Ctx, out.Appointment.UID, identity.End{On: on(day), Order: h.order()})
	}
	for who, p := range map[string]*webtest.Person{"leaves": leaves, "comes": comes, "teacher": teacher} {
		f, next := h.next(end(p, 11))
		if strings.Contains(next, "Hither") || !strings.Contains(next, "Special administrator") {
			t.Errorf("%s: %s", who, next)
		}
		if who == "leaves" && (f.Key != "gate.then_moved" || f.Args["On"] != on(11) || f.Args["Day"] != on(4)) {
			t.Errorf("%s %v", f.Key, f.Args)
		}
	}
	// Until it goes, it is the district's of today.
	if _, next := h.next(end(comes, 4)); !strings.Contains(next, "District or city education officer (Hither)") {
		t.Errorf("until it goes: %s", next)
	}
	must(t, end(leaves, 4))
}
