package identity_test

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/identity/door"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/webtest"
)

// closing is a school that closes, and how its closing is entered and taken back.
type closing struct {
	house
	on time.Time
}

func (c closing) version() int { return webtest.Must(c.Tree.Get(c.Ctx, c.School.UID)).Version }

func (c closing) act() registry.Act {
	return registry.Act{Version: c.version(), Since: c.on, Order: audit.Order{Number: "5", Date: c.Clock.Now().AddDate(0, 0, -1)}}
}

func (c closing) closes() {
	c.T.Helper()
	if err := c.Registry.Close(c.Ctx, c.School.UID, nil, c.act()); err != nil {
		c.T.Fatal(err)
	}
}

// held enters that somebody holds, held or will hold an office of the ministry: from so many days
// after today until so many, 0 for without end.
func (c closing) held(p *webtest.Person, role string, since, until int) {
	c.T.Helper()
	today := clock.Day(c.Clock.Now())
	var end *time.Time
	if until != 0 {
		day := today.AddDate(0, 0, until)
		end = &day
	}
	exec(c.World, "INSERT INTO appointment (tenant_id, uid, account_id, role, unit_id, since, until, granted_at) VALUES ($1, $3, $2, $4, $5, $6, $7, now())",
		p.ID, fmt.Sprintf("%s-%d", p.UID[:8], since), role, c.Root.ID, today.AddDate(0, 0, since), end)
}

// backs are the ways in which a unit that has ended, or will, comes back.
var backs = map[string]func(c closing, ctx context.Context) error{
	"reopened": func(c closing, ctx context.Context) error {
		a := c.act()
		a.Since = clock.Day(c.Clock.Now())
		return c.Registry.Reopen(ctx, c.School.UID, a)
	},
	"put off": func(c closing, ctx context.Context) error {
		return c.Registry.Correct(ctx, c.School.UID, registry.Correction{
			Slip:  registry.Slip{Fact: unit.ClosingFact, On: c.on, Version: c.version(), Reason: "a slip"},
			Since: c.on.AddDate(0, 1, 0),
		})
	},
	"by the tree": func(c closing, ctx context.Context) error {
		return c.Tree.Reopen(ctx, webtest.Must(c.Tree.Get(ctx, c.School.UID)))
	},
}

func newClosing(t *testing.T) closing {
	t.Helper()
	w := webtest.New(t, "kg", "secondary_school")
	return closing{house{World: w}, clock.Day(w.Clock.Now())}
}

// A post that comes back with its unit is held to what a post given is held to: nobody gets by a
// closing taken back what they could not be given beside what they hold.
func TestKGER7c_AUnitThatComesBackGivesNobodyWhatExcludesWhatTheyHold(t *testing.T) {
	for name, back := range backs {
		for _, days := range []int{0, 3} {
			c := newClosing(t)
			c.on = c.on.AddDate(0, 0, days)
			special, head, other := c.With("special_administrator", c.Root), c.With("head", c.School), c.With("teacher", c.School)
			c.closes()
			given, err := c.Identity.Appoint(special.Ctx, identity.NewAppointment{
				Account: head.UID, Role: "district_officer", Unit: c.There, Since: c.on, IdentifiedBy: "passport", Order: c.order(),
			})
			if err != nil {
				t.Fatal(err)
			}
			for who, ctx := range map[string]context.Context{"special": special.Ctx, "system": c.Ctx} {
				err := back(c, ctx)
				f := faulttest.Of(t, err)
				if f.Kind != fault.Denied || f.Key != "identity.back_excludes" || f.Rule == "" || f.Law == "" || f.Next == nil || f.Next.URL != "/people/"+head.UID {
					t.Fatalf("%s after %d days by %s: %v", name, days, who, err)
				}
				if f.Args["Name"] != head.Name {
					t.Errorf("%s is called %v", head.Name, f.Args["Name"])
				}
			}
			shown := c.Count("audit_entry WHERE tenant_id = $1 AND action = 'view' AND object = 'account' AND 'name' = ANY(fields) AND account_uid = '" + special.UID + "' AND target_uid = '" + head.UID + "'")
			if name != "by the tree" && shown != 1 { // below the gate nothing is recorded
				t.Errorf("%s: nobody writes down whose name was told", name)
			}
			// What is said is true: one of the two ended, it comes back, and the other's post with it.
			ends := given.Appointment.UID
			if days == 0 {
				ends = head.Appointment.UID
			}
			if err := c.Identity.Dismiss(special.Ctx, ends, identity.End{On: c.on, Order: c.order()}); err != nil {
				t.Fatalf("%s after %d days: %v", name, days, err)
			}
			if err := back(c, special.Ctx); err != nil {
				t.Fatalf("%s after %d days, with one post: %v", name, days, err)
			}
			if got := caller.From(c.As(other.ID)).Assignments; len(got) != 1 {
				t.Errorf("%s: who holds nothing else got back %v", name, got)
			}
		}
	}
}

// Roles that never meet on a day keep no unit from coming back.
func TestKGER7c_AUnitComesBackForTheDaysOnWhichNothingExcludes(t *testing.T) {
	c := newClosing(t)
	c.on = c.on.AddDate(0, 0, 3)
	special, head := c.With("special_administrator", c.Root), c.With("head", c.School)
	c.closes()
	if _, err := c.Identity.Appoint(special.Ctx, identity.NewAppointment{
		Account: head.UID, Role: "district_officer", Unit: c.There, Since: c.on.AddDate(0, 1, 0), IdentifiedBy: "passport", Order: c.order(),
	}); err != nil {
		t.Fatal(err)
	}
	if err := backs["put off"](c, special.Ctx); err != nil {
		t.Errorf("until the day on which the other begins: %v", err)
	}
	c.on = c.on.AddDate(0, 1, 0)
	if err := backs["put off"](c, special.Ctx); faulttest.Key(err) != "identity.back_excludes" {
		t.Errorf("beyond the day on which the other begins: %v", err)
	}
}

func TestKGER7c_APostGivenAndAUnitThatComesBackAtOnceAreNeverBoth(t *testing.T) {
	c := newClosing(t)
	special := c.With("special_administrator", c.Root)
	for i := range 12 {
		head := c.With("head", c.School)
		c.closes()
		one, two := both(func() error {
			_, err := c.Identity.Appoint(special.Ctx, identity.NewAppointment{
				Account: head.UID, Role: "district_officer", Unit: c.There, IdentifiedBy: "passport", Order: c.order(),
			})
			return err
		}, func() error { return backs["reopened"](c, c.Ctx) })
		if (one == nil) == (two == nil) {
			t.Fatalf("round %d: %v, %v", i, one, two)
		}
		if two == nil {
			continue
		}
		if f := faulttest.Of(t, two); f.Key != "identity.back_excludes" {
			t.Fatalf("round %d: %v", i, two)
		}
		if err := c.Identity.Dismiss(c.Ctx, head.Appointment.UID, identity.End{}); err != nil {
			t.Fatal(err)
		}
		if err := backs["reopened"](c, c.Ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// Keys that were made while a post was dead are void when it comes back: whoever made them stood
// over what was left, and would hold the account of another school's head. Those of who gets nothing
// back stay good, and so does what was made before.
func TestKGER6c_KeysMadeWhileAUnitWasClosedAreVoidWhenItComesBack(t *testing.T) {
	for name, back := range backs {
		c := newClosing(t)
		here, there := c.With("head", c.School), c.With("head", c.Elsewhere)
		seen := identity.Reset{IdentifiedBy: "passport"}
		if _, err := c.Identity.Appoint(c.Ctx, identity.NewAppointment{Account: here.UID, Role: "teacher", Unit: c.Elsewhere}); err != nil {
			t.Fatal(err)
		}
		other, before := c.With("teacher", c.Elsewhere), c.With("teacher", c.School)
		if _, err := c.Identity.PrintCode(there.Ctx, here.UID, seen); faulttest.Of(t, err).Kind != fault.Denied {
			t.Fatalf("the head of the other school prints: %v", err)
		}
		codes := map[string]identity.Slip{"of before": webtest.Must(c.Identity.PrintCode(here.Ctx, before.UID, seen))}
		c.Clock.Set(c.Clock.Now().Add(16 * time.Hour))
		c.on = clock.Day(c.Clock.Now())
		c.closes()
		codes["of who gets a post back"] = webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
		codes["of another"] = webtest.Must(c.Identity.PrintCode(there.Ctx, other.UID, seen))
		if err := back(c, c.Ctx); err != nil {
			t.Fatal(err)
		}
		for whose, code := range codes {
			_, err := c.Identity.RedeemCode(c.Nobody(), code.Code, door.Attempt{Login: code.Login, Remote: netip.MustParseAddr("212.42.100.7")})
			if good := whose != "of who gets a post back"; (err == nil) != good {
				t.Errorf("%s, a code %s: %v", name, whose, err)
			}
		}
	}
}

// A key that was used while a unit was closed, and an address that was typed, by who stands over what
// was left: the post comes back stopped, and who stands over it takes it up again. What those above the
// unit did stops nothing.
func TestKGER6c_APostComesBackStoppedWhereOthersHandledItsAccount(t *testing.T) {
	seen := identity.Reset{IdentifiedBy: "passport"}
	for name, did := range map[string]struct {
		do    func(c closing, special, there, here *webtest.Person)
		stops bool
	}{
		"nothing": {func(closing, *webtest.Person, *webtest.Person, *webtest.Person) {}, false},
		"a code that was used": {func(c closing, _, there, here *webtest.Person) {
			code := webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
			webtest.Must(c.Identity.RedeemCode(c.Nobody(), code.Code, door.Attempt{Login: code.Login, Remote: netip.MustParseAddr("212.42.100.7")}))
		}, true},
		"an address": {func(c closing, _, there, here *webtest.Person) {
			a := webtest.Must(c.Identity.Person(there.Ctx, here.UID))
			if err := c.Identity.Correct(there.Ctx, here.UID, a.Version, identity.Person{Family: a.Family, Given: a.Given, Email: "mine@mail.example"}); err != nil {
				t.Fatal(err)
			}
		}, true},
		"a code of who stands above": {func(c closing, special, _, here *webtest.Person) {
			webtest.Must(c.Identity.PrintCode(special.Ctx, here.UID, seen))
		}, false},
		// Above the unit is not over its posts, and what is held is held on a day.
		"a code of who holds an office above that gives it to nobody": {func(c closing, _, there, here *webtest.Person) {
			webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
			c.held(there, "ministry_officer", -30, 0)
		}, true},
		"a code of who stood above once": {func(c closing, _, there, here *webtest.Person) {
			webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
			c.held(there, "special_administrator", -30, -1)
		}, true},
		"a code of who has come to stand above since": {func(c closing, _, there, here *webtest.Person) {
			webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
			c.held(there, "special_administrator", 1, 0)
			c.Clock.Set(c.Clock.Now().AddDate(0, 0, 2))
		}, true},
		"a code of who stood above then": {func(c closing, _, there, here *webtest.Person) {
			webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
			c.held(there, "special_administrator", -30, 1)
			c.Clock.Set(c.Clock.Now().AddDate(0, 0, 2))
		}, false},
		"a code of who stood above then, and was stopped since": {func(c closing, _, there, here *webtest.Person) {
			webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
			c.held(there, "special_administrator", -30, 0)
			exec(c.World, "UPDATE appointment SET stopped_at = $3 WHERE tenant_id = $1 AND account_id = $2 AND role = 'special_administrator'", there.ID, c.Clock.Now().Add(time.Hour))
			c.Clock.Set(c.Clock.Now().AddDate(0, 0, 2))
		}, false},
		"a code of who was stopped then": {func(c closing, _, there, here *webtest.Person) {
			webtest.Must(c.Identity.PrintCode(there.Ctx, here.UID, seen))
			c.held(there, "special_administrator", -30, 0)
			exec(c.World, "UPDATE appointment SET stopped_at = $3 WHERE tenant_id = $1 AND account_id = $2 AND role = 'special_administrator'", there.ID, c.Clock.Now().Add(-time.Hour))
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClosing(t)
			special, here, there := c.With("special_administrator", c.Root), c.With("head", c.School), c.With("head", c.Elsewhere)
			if _, err := c.Identity.Appoint(c.Ctx, identity.NewAppointment{Account: here.UID, Role: "teacher", Unit: c.Elsewhere}); err != nil {
				t.Fatal(err)
			}
			c.Clock.Set(c.Clock.Now().Add(16 * time.Hour))
			c.on = clock.Day(c.Clock.Now())
			c.closes()
			did.do(c, special, there, here)
			stood := c.Count("appointment WHERE tenant_id = $1 AND stopped_at IS NOT NULL")
			if err := backs["reopened"](c, special.Ctx); err != nil {
				t.Fatal(err)
			}
			stopped := c.Count("appointment WHERE tenant_id = $1 AND stopped_at IS NOT NULL") - stood
			if (stopped == 1) != did.stops {
				t.Errorf("%d posts are stopped", stopped)
			}
			if !did.stops {
				return
			}
			if err := c.Identity.Unblock(special.Ctx, here.UID); err != nil {
				t.Fatal(err)
			}
			if n := c.Count("appointment WHERE tenant_id = $1 AND stopped_at IS NOT NULL"); n != stood {
				t.Errorf("%d posts are stopped still", n)
			}
		})
	}
}

// With a unit the last holder of a role that only its holders give does not go: no unit ends, or ends
// sooner, that takes them along; while it is closed they count as nobody, and come back stopped they do neither.
func TestTRIC1_WithAUnitTheLastHolderDoesNotGo(t *testing.T) {
	c := newClosing(t)
	last := c.With("tenant_admin", c.Root)
	exec(c.World, "UPDATE appointment SET unit_id = $3 WHERE tenant_id = $1 AND account_id = $2", last.ID, c.School.ID)
	for _, days := range []int{0, 30} {
		c.on = clock.Day(c.Clock.Now()).AddDate(0, 0, days)
		if err := c.Registry.Close(c.Ctx, c.School.UID, nil, c.act()); faulttest.Key(err) != "identity.last_holder" {
			t.Errorf("a unit ends in %d days with the last: %v", days, err)
		}
	}
	other := c.With("tenant_admin", c.Root)
	c.closes() // in thirty days
	if err := c.Identity.Block(c.Ctx, other.UID, "an inquiry"); faulttest.Key(err) != "identity.last_holder" {
		t.Errorf("the other goes, and with the unit the last: %v", err)
	}
	// A day sooner is a day without the other, who has been given an end on the day of the closing.
	exec(c.World, "UPDATE appointment SET since = $3 WHERE tenant_id = $1 AND account_id = $2", other.ID, c.on)
	err := c.Registry.Correct(c.Ctx, c.School.UID, registry.Correction{
		Slip:  registry.Slip{Fact: unit.ClosingFact, On: c.on, Version: c.version(), Reason: "a slip"},
		Since: c.on.AddDate(0, 0, -1),
	})
	if faulttest.Key(err) != "identity.last_holder" {
		t.Errorf("the unit ends a day before the other begins: %v", err)
	}
	exec(c.World, "UPDATE appointment SET since = $3 WHERE tenant_id = $1 AND account_id = $2", other.ID, c.on.AddDate(0, 0, -60))
	c.Clock.Set(c.Clock.Now().AddDate(0, 0, 31))
	exec(c.World, "INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, key_uid, at) VALUES ($1, $2, $3, '', 'shown', 'k', $4)", last.ID, c.With("head", c.Elsewhere).ID, c.Clock.Now())
	if err := backs["reopened"](c, c.Ctx); err != nil {
		t.Fatal(err)
	}
	if n := c.Count("appointment WHERE tenant_id = $1 AND stopped_at IS NOT NULL"); n != 1 {
		t.Fatalf("%d posts come back stopped", n)
	}
	if err := c.Identity.Block(c.Ctx, other.UID, "an inquiry"); faulttest.Key(err) != "identity.last_holder" {
		t.Errorf("the other goes while the last is stopped: %v", err)
	}
	if err := c.Identity.Unblock(c.Ctx, last.UID); err != nil {
		t.Fatal(err)
	}
	if err := c.Identity.Block(c.Ctx, other.UID, "an inquiry"); err != nil {
		t.Errorf("the other goes, and there is one: %v", err)
	}
}
