package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// A type that a district enters, puts right or takes back for its own days goes on when the
// institution is another district's: it puts no post that begins there under others, nor takes it
// from those whose it is.
func TestKGER6c_ATypeOfOwnDaysMovesNoPostOfDaysThatAreAnothers(t *testing.T) {
	const lyceum = "professional_lyceum"
	for name, x := range map[string]struct {
		first string // the type from the day before the move, by whoever stands over both
		do    func(c closing, ctx context.Context, on time.Time) error
		whose bool // the post is the coming district's before it is done
	}{
		"another type": {"", func(c closing, ctx context.Context, on time.Time) error {
			return c.Registry.Retype(ctx, c.School.UID, lyceum, c.since(on))
		}, true},
		"taken back": {lyceum, func(c closing, ctx context.Context, on time.Time) error {
			return c.Registry.Withdraw(ctx, c.School.UID, c.slip(on))
		}, false},
		"put right": {lyceum, func(c closing, ctx context.Context, on time.Time) error {
			return c.Registry.Correct(ctx, c.School.UID, registry.Correction{Slip: c.slip(on), Type: "school_gymnasium"})
		}, false},
	} {
		for _, held := range []bool{true, false} {
			c := newClosing(t)
			on, turn := c.on.AddDate(0, 0, 3), c.on.AddDate(0, 0, 5)
			special, leaves, comes := c.With("special_administrator", c.Root), c.With("district_officer", c.Here), c.With("district_officer", c.There)
			if x.first != "" {
				must(t, c.Registry.Retype(c.Ctx, c.School.UID, x.first, c.since(on)))
			}
			must(t, c.Registry.Move(c.Ctx, c.School.UID, c.There.UID, c.since(turn)))
			uid := ""
			if held {
				given := webtest.Must(c.Identity.Appoint(special.Ctx, identity.NewAppointment{
					Person: identity.Person{Family: "Токтосунов", Given: "Асан"}, Role: "head", Unit: webtest.Must(c.Tree.Get(c.Ctx, c.School.UID)),
					Since: turn, IdentifiedBy: "passport", Order: c.order(),
				}))
				uid = given.Account.UID
			}
			stands := func() bool {
				_, err := c.Identity.Reinvite(comes.Ctx, uid)
				if err != nil && fault.KindOf(err) != fault.Denied {
					t.Fatal(err)
				}
				return err == nil
			}
			if held && stands() != x.whose {
				t.Fatalf("%s: the coming district stands over the post: %v", name, !x.whose)
			}
			err := x.do(c, leaves.Ctx, on)
			if !held { // the type of what is nobody's post is the district's
				if err != nil {
					t.Errorf("%s, without a post: %v", name, err)
				}
				continue
			}
			f := faulttest.Of(t, err)
			if f.Kind != fault.Denied || f.Key != "identity.retype_posts" || f.Rule != "KG-ER-6c" || f.Law == "" || f.Next == nil || f.Next.Key != "gate.next.ask_role" {
				t.Errorf("%s: %v, %+v", name, err, f)
			}
			if stands() != x.whose {
				t.Errorf("%s: the post has passed to others", name)
			}
			if err := x.do(c, special.Ctx, on); err != nil {
				t.Errorf("%s, by who stands over it before and after: %v", name, err)
			}
		}
	}
}

// A type whose institutions have the same superiors is the district's on its own days.
func TestKGER6c_ATypeOfOwnDaysWithTheSameSuperiorsIsTheDistricts(t *testing.T) {
	c := newClosing(t)
	on, turn := c.on.AddDate(0, 0, 3), c.on.AddDate(0, 0, 5)
	special, leaves := c.With("special_administrator", c.Root), c.With("district_officer", c.Here)
	must(t, c.Registry.Move(c.Ctx, c.School.UID, c.There.UID, c.since(turn)))
	webtest.Must(c.Identity.Appoint(special.Ctx, identity.NewAppointment{
		Person: identity.Person{Family: "Токтосунов", Given: "Асан"}, Role: "head", Unit: webtest.Must(c.Tree.Get(c.Ctx, c.School.UID)),
		Since: turn, IdentifiedBy: "passport", Order: c.order(),
	}))
	must(t, c.Registry.Retype(leaves.Ctx, c.School.UID, "school_gymnasium", c.since(on)))
	must(t, c.Registry.Withdraw(leaves.Ctx, c.School.UID, c.slip(on)))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// since is an act that holds from a day on.
func (c closing) since(on time.Time) registry.Act {
	return registry.Act{Version: c.version(), Since: on, Order: audit.Order{Number: "5", Date: c.Clock.Now().AddDate(0, 0, -1)}}
}

// slip is a type that holds from a day on, entered by mistake.
func (c closing) slip(on time.Time) registry.Slip {
	return registry.Slip{Fact: unit.TypeFact, On: on, Version: c.version(), Reason: "a slip"}
}

// Nor does a move of one's own days, out of a district that is another province's from a day on.
func TestKGER6c_AMoveOfOwnDaysMovesNoPostOfDaysThatAreAnothers(t *testing.T) {
	for _, held := range []bool{true, false} {
		w := webtest.New(t, "tr", "ilkokul")
		on := clock.Day(w.Clock.Now()).AddDate(0, 0, 3)
		turn := on.AddDate(0, 0, 2)
		far := webtest.Must(w.Tree.Create(w.Ctx, unit.New{Parent: &w.Root, Level: unit.Region, Code: "42", Since: w.Region.Since, Name: map[string]string{w.Profile.Main(): "Konya"}}))
		province, district := w.With("province_statistics_officer", w.Region), w.With("district_mebbis_manager", w.Here)
		must(t, w.Tree.Move(w.Ctx, webtest.Must(w.Tree.Get(w.Ctx, w.Here.UID)), far, turn, "1"))
		school := func() unit.Unit { return webtest.Must(w.Tree.Get(w.Ctx, w.School.UID)) }
		act := func() registry.Act {
			return registry.Act{Version: school().Version, Since: on, Order: audit.Order{Number: "5", Date: w.Clock.Now().AddDate(0, 0, -1)}}
		}
		since := turn
		if !held { // only on days that are the province's to decide
			since = clock.Day(w.Clock.Now())
		}
		n := identity.NewAppointment{Person: identity.Person{Family: "Yılmaz", Given: "Ayşe"}, Role: "head", Unit: school(), Since: since}
		if !held {
			n.Until = turn
		}
		uid := webtest.Must(w.Identity.Appoint(w.Ctx, n)).Account.UID
		err := w.Registry.Move(province.Ctx, w.School.UID, w.There.UID, act())
		if !held {
			must(t, err)
			slip := registry.Slip{Fact: unit.PlaceFact, On: on, Version: school().Version, Reason: "a slip"}
			must(t, w.Registry.Withdraw(province.Ctx, w.School.UID, slip))
			continue
		}
		f := faulttest.Of(t, err)
		if f.Kind != fault.Denied || f.Key != "identity.move_posts" || f.Law == "" || f.Next == nil || f.Args["Day"] != turn {
			t.Fatalf("%v, %+v", err, f)
		}
		for _, l := range w.Words.Languages() {
			if x := w.Words.Localizer(l.Tag).Fault(f); x.NextText == "" || strings.Contains(x.Reason, "{{") {
				t.Errorf("%s: %+v", l.Tag, x)
			}
		}
		if next := w.Words.Localizer("en").Fault(f).NextText; next != "It can be done by: System administrator." {
			t.Error(next)
		}
		webtest.Must(w.Identity.Reinvite(district.Ctx, uid)) // stays theirs
		// Nor by taking such a move back, once whoever may has entered it.
		must(t, w.Registry.Move(w.Ctx, w.School.UID, w.There.UID, act()))
		err = w.Registry.Withdraw(province.Ctx, w.School.UID, registry.Slip{Fact: unit.PlaceFact, On: on, Version: school().Version, Reason: "a slip"})
		if f := faulttest.Of(t, err); f.Key != "identity.move_posts" {
			t.Errorf("taken back: %v", err)
		}
	}
}
