package tenant_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/tenant"
	"mektep/core/unit"
)

func TestOnboardingSetsAMinistryUp(t *testing.T) {
	p := start(t)
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	if m.State != tenant.Active || m.Step != "" || m.ActivatedAt == nil || !slices.Equal(m.Hosts, []string{"kg.mektep.example"}) {
		t.Fatalf("the ministry is %+v", m)
	}
	if found := must(p.tenants.ByHost(context.Background(), "KG.mektep.example:8443")); found.ID != m.ID {
		t.Fatal("its host leads elsewhere")
	}
	if len(invitations) != 2 || invitations[0].Link == "" || invitations[1].Link == "" || invitations[0].Link == invitations[1].Link {
		t.Fatalf("invitations: %+v", invitations)
	}
	regions := number(t, p.db, "SELECT count(*) FROM unit WHERE tenant_id = $1 AND level = $2", m.ID, unit.Region)
	want := len(world()["kg"].Profile.AreasAt(unit.Region, p.clock.Now()))
	if regions != want || want == 0 {
		t.Fatalf("%d regions, the profile has %d", regions, want)
	}
	if n := number(t, p.db, "SELECT count(*) FROM onboarding"); n != 0 {
		t.Fatal("the plan, which names people, is still kept")
	}
	size := must(p.tenants.Sizes(console()))[m.ID]
	if size.Accounts != 2 || size.Units < int64(want) {
		t.Fatalf("it was not counted: %+v", size)
	}
	ctx := p.accept(m, invitations[0].Link, "aigul")
	if _, _, err := p.people.People(ctx, identity.Filter{}); err != nil {
		t.Fatalf("the first administrator cannot work: %v", err)
	}
	if n := number(t, p.db, "SELECT count(*) FROM platform.operator_act WHERE action = 'create' AND ministry = 'kg' AND operator = 'operator-one'"); n != 1 {
		t.Fatal("it is not recorded who set the ministry up")
	}
}

func TestARefusedPlanNamesEveryFaultAndLeavesNothing(t *testing.T) {
	p := start(t)
	p.onboard("first")
	ok(t, p.tenants.AddHost(console(), "first", "edu.example"))
	before := number(t, p.db, "SELECT (SELECT count(*) FROM platform.tenant) + (SELECT count(*) FROM platform.tenant_host) + (SELECT count(*) FROM unit) + (SELECT count(*) FROM account) + (SELECT count(*) FROM platform.operator_act)")
	bad := func(change func(*tenant.Plan)) tenant.Plan {
		pl := planKG("second")
		change(&pl)
		return pl
	}
	for name, c := range map[string]struct {
		plan tenant.Plan
		want []string
		kind fault.Kind
	}{
		"slug":                 {bad(func(p *tenant.Plan) { p.Slug = "Ünlü" }), []string{"slug"}, fault.Invalid},
		"slug taken":           {bad(func(p *tenant.Plan) { p.Slug, p.Hosts = "first", []string{"second.example"} }), []string{"slug"}, fault.Conflict},
		"profile":              {bad(func(p *tenant.Plan) { p.Profile = "xx" }), []string{"profile"}, fault.Invalid},
		"host taken":           {bad(func(p *tenant.Plan) { p.Hosts = []string{"second.example", "EDU.example"} }), []string{"hosts"}, fault.Conflict},
		"host":                 {bad(func(p *tenant.Plan) { p.Hosts = []string{"a b", "x_y.example"} }), []string{"hosts"}, fault.Invalid},
		"the platform's host":  {bad(func(p *tenant.Plan) { p.Hosts = []string{"mektep.example"} }), []string{"hosts"}, fault.Invalid},
		"no host":              {bad(func(p *tenant.Plan) { p.Hosts = nil }), []string{"hosts"}, fault.Invalid},
		"a name missing":       {bad(func(p *tenant.Plan) { delete(p.Name, "ru") }), []string{"name.ru"}, fault.Invalid},
		"e-mail":               {bad(func(p *tenant.Plan) { p.Admins[1].Email = "Asan <asan@x.example>" }), []string{"admins.2.email"}, fault.Invalid},
		"no e-mail":            {bad(func(p *tenant.Plan) { p.Admins[0].Email = "" }), []string{"admins.1.email"}, fault.Invalid},
		"of no country":        {bad(func(p *tenant.Plan) { p.Profile, p.Admins[0].Email = "xx", "x" }), []string{"admins.1.email", "profile"}, fault.Invalid},
		"same administrator":   {bad(func(p *tenant.Plan) { p.Admins[1].Email = p.Admins[0].Email }), []string{"admins.2.email"}, fault.Invalid},
		"administrator's name": {bad(func(p *tenant.Plan) { p.Admins[0].Name = "R2D2 <x>" }), []string{"admins.1.name"}, fault.Invalid},
		"language":             {bad(func(p *tenant.Plan) { p.Admins[0].Language = "fr" }), []string{"admins.1.language"}, fault.Invalid},
		"no administrator":     {bad(func(p *tenant.Plan) { p.Admins = nil }), []string{"admins"}, fault.Invalid},
		"three administrators": {bad(func(p *tenant.Plan) { p.Admins = append(p.Admins, tenant.Admin{Email: "c@x.example"}) }), []string{"admins"}, fault.Invalid},
		"placement":            {bad(func(p *tenant.Plan) { p.Placement = "moon" }), []string{"placement"}, fault.Invalid},
		"everything": {
			tenant.Plan{Slug: "1", Profile: "kg", Name: map[string]string{"ky": "Министрлик"}, Hosts: []string{"first.mektep.example", "-"}, Admins: []tenant.Admin{{Email: "x"}}},
			[]string{"admins.1.email", "hosts", "name.ru", "slug"},
			fault.Invalid,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := p.tenants.Check(console(), c.plan); !slices.Equal(faulty(err), c.want) {
				t.Errorf("Check names %v, want %v", faulty(err), c.want)
			}
			m, _, err := p.tenants.Onboard(console(), c.plan)
			if m != nil || fault.KindOf(err) != c.kind || !slices.Equal(faulty(err), c.want) {
				t.Fatalf("got %v naming %v, want %v naming %v", err, faulty(err), c.kind, c.want)
			}
			after := number(t, p.db, "SELECT (SELECT count(*) FROM platform.tenant) + (SELECT count(*) FROM platform.tenant_host) + (SELECT count(*) FROM unit) + (SELECT count(*) FROM account) + (SELECT count(*) FROM platform.operator_act)")
			if after != before {
				t.Fatal("something stayed behind")
			}
		})
	}
	if err := p.tenants.Check(console(), planKG("second")); err != nil {
		t.Fatalf("a good plan is refused: %v", err)
	}
}

// dies makes the n-th write of a kind fail, as if the process had been killed
// before it, and returns how to undo that.
func dies(t *testing.T, d *db.DB, table, event, when string) func() {
	t.Helper()
	exec(t, d, fmt.Sprintf(`CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''killed''; END';
		CREATE TRIGGER dies BEFORE %s ON %s FOR EACH ROW %s EXECUTE FUNCTION dies()`, event, table, when))
	return func() { exec(t, d, fmt.Sprintf("DROP TRIGGER dies ON %s; DROP FUNCTION dies()", table)) }
}

// cuts are all the places between two writes at which an onboarding can be cut off.
// Where it is open already, what is left is tidying up.
var cuts = []struct {
	name, table, event, when string
	open                     bool
}{
	{"before the entry", "platform.tenant", "INSERT", "", false},
	{"before the plan", "onboarding", "INSERT", "", false},
	{"after the plan", "platform.tenant", "UPDATE", "WHEN (NEW.step = 'planned')", false},
	{"before the tree", "unit", "INSERT", "WHEN (NEW.level = 'ministry')", false},
	{"in the middle of the tree", "unit", "INSERT", "WHEN (NEW.level = 'district')", false},
	{"after the tree", "platform.tenant", "UPDATE", "WHEN (NEW.step = 'planted')", false},
	{"before the first administrator", "account", "INSERT", "", false},
	{"before the second administrator", "account", "INSERT", "WHEN (NEW.email LIKE 'asan@%')", false},
	{"after the administrators", "platform.tenant", "UPDATE", "WHEN (NEW.step = 'invited')", false},
	{"before it is active", "platform.tenant", "UPDATE", "WHEN (NEW.step = 'open')", false},
	{"before the plan is dropped", "onboarding", "DELETE", "", true},
	{"before it is counted", "platform.tenant_size", "INSERT", "", true},
	{"before the end", "platform.tenant", "UPDATE", "WHEN (NEW.step = '')", true},
}

func TestACutOffOnboardingIsCarriedOn(t *testing.T) {
	for _, how := range []string{"the same plan", "the next start"} {
		for _, cut := range cuts {
			t.Run(how+" "+cut.name, func(t *testing.T) {
				p := start(t)
				undo := dies(t, p.db, cut.table, cut.event, cut.when)
				_, links, err := p.tenants.Onboard(console(), planKG("kg"))
				switch open := cut.open; {
				case !open && err == nil:
					t.Fatal("it was not cut off")
				case open && (err != nil || len(links) != 2 || links[0].Link == ""):
					t.Fatalf("it is open, and its links are shown once: %+v, %v", links, err)
				}
				undo()
				p = processOn(t, p.db, p.clock) // the process is a new one
				m, err := p.tenants.BySlug(context.Background(), "kg")
				if err == nil && m.State == tenant.Preparing {
					if _, err := p.tenants.ByHost(context.Background(), "kg.mektep.example"); fault.KindOf(err) != fault.NotFound {
						t.Fatalf("it can be seen before it is ready: %v", err)
					}
				}
				switch {
				case how == "the next start" && cut.name == "before the entry":
					ok(t, p.tenants.Continue(console()))
					if all := must(p.tenants.All(context.Background())); len(all) != 0 {
						t.Fatal("something came of nothing")
					}
					return
				case how == "the next start" && cut.name == "before the plan":
					// Nobody knows what it should become: it is taken back, but not at
					// once, since another process may be at it.
					ok(t, p.tenants.Continue(console()))
					if len(must(p.tenants.All(context.Background()))) != 1 {
						t.Fatal("it was taken from a process that may be at work")
					}
					p.clock.Set(time.Now().Add(time.Hour))
					ok(t, p.tenants.Continue(console()))
					if len(must(p.tenants.All(context.Background()))) != 0 || number(t, p.db, "SELECT count(*) FROM platform.tenant_host") != 0 {
						t.Fatal("the entry was not taken back")
					}
					return
				case how == "the next start":
					ok(t, p.tenants.Continue(console()))
				case m != nil && m.State == tenant.Active:
					// It is active: the same plan is a second ministry of that name.
					if _, _, err := p.tenants.Onboard(console(), planKG("kg")); !errors.Is(err, fault.New(fault.Conflict, "tenant.slug_taken")) {
						t.Fatalf("a second one of that name: %v", err)
					}
					ok(t, p.tenants.Continue(console()))
				default:
					_, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
					ok(t, err)
					if len(invitations) != 2 || invitations[0].Link == "" || invitations[1].Link == "" {
						t.Fatalf("invitations: %+v", invitations)
					}
				}
				whole(t, p)
			})
		}
	}
}

// whole checks that exactly one whole ministry stands.
func whole(t *testing.T, p *process) {
	t.Helper()
	m := must(p.tenants.ByHost(context.Background(), "kg.mektep.example"))
	if m.State != tenant.Active || m.Step != "" {
		t.Fatalf("it is %s at step %q", m.State, m.Step)
	}
	for sql, want := range map[string]int{
		"SELECT count(*) FROM platform.tenant":                                          1,
		"SELECT count(*) FROM onboarding":                                               0,
		"SELECT count(*) FROM unit WHERE parent_id IS NULL":                             1,
		"SELECT count(*) FROM account":                                                  2,
		"SELECT count(*) FROM appointment WHERE role = 'tenant_admin'":                  2,
		"SELECT count(*) FROM platform.tenant_size WHERE accounts = 2":                  1,
		"SELECT count(*) FROM platform.operator_act WHERE action = 'create'":            1,
		"SELECT count(*) FROM account_key WHERE used_at IS NULL AND revoked_at IS NULL": 2,
	} {
		if n := number(t, p.db, sql); n != want {
			t.Errorf("%s: %d, want %d", sql, n, want)
		}
	}
	districts := number(t, p.db, "SELECT count(*) FROM unit WHERE level = 'district'")
	if want := len(world()["kg"].Profile.AreasAt(unit.District, p.clock.Now())); districts != want {
		t.Errorf("%d districts, want %d", districts, want)
	}
}

func TestAnotherPlanDoesNotMixInWithOneThatIsUnderWay(t *testing.T) {
	p := start(t)
	undo := dies(t, p.db, "unit", "INSERT", "")
	if _, _, err := p.tenants.Onboard(console(), planKG("kg")); err == nil {
		t.Fatal("it was not cut off")
	}
	undo()
	other := planKG("kg")
	other.Admins = []tenant.Admin{{Email: "mallory@x.example"}}
	if _, _, err := p.tenants.Onboard(console(), other); !errors.Is(err, fault.New(fault.Conflict, "tenant.slug_taken")) {
		t.Fatalf("another plan carried it on: %v", err)
	}
	other = planKG("kg")
	other.Profile, other.Name = "tr", map[string]string{"tr": "Bakanlık"}
	if _, _, err := p.tenants.Onboard(console(), other); !errors.Is(err, fault.New(fault.Conflict, "tenant.slug_taken")) {
		t.Fatalf("another profile carried it on: %v", err)
	}
	if n := number(t, p.db, "SELECT count(*) FROM account"); n != 0 {
		t.Fatal("somebody was invited by it")
	}
}

func TestTwoRunsOfOnePlanMakeOneMinistry(t *testing.T) {
	one := start(t)
	two := processOn(t, one.db, one.clock)
	errs := make(chan error, 2)
	for _, p := range []*process{one, two} {
		go func() {
			_, _, err := p.tenants.Onboard(console(), planKG("kg"))
			errs <- err
		}()
	}
	good := 0
	for range 2 {
		err := <-errs
		if err == nil {
			good++
		} else if fault.KindOf(err) != fault.Conflict {
			t.Errorf("the other one says %v", err)
		}
	}
	if good == 0 {
		t.Fatal("neither finished")
	}
	ok(t, one.tenants.Continue(console()))
	whole(t, one)
}

func TestAPlacementGetsItsLineOfTheDirectory(t *testing.T) {
	far := dbtest.Config(t)
	d := dbtest.Open(t, db.Config{Placements: func(_ context.Context, name string) (string, error) {
		if name != "far" {
			return "", errors.New("no such placement")
		}
		return far.ServiceDSN, nil
	}})
	p := processOn(t, d, &clock.Clock{})
	plan := planKG("kg")
	plan.Placement = "far"
	m, _, err := p.tenants.Onboard(console(), plan)
	ok(t, err)
	if n := number(t, d, "SELECT count(*) FROM unit"); n != 0 {
		t.Fatal("its tree stands in the first database")
	}
	if root, err := p.tree.Root(inside(m)); err != nil || root.ID == 0 {
		t.Fatalf("it has no tree: %v", err)
	}
	if must(p.tenants.Sizes(console()))[m.ID].Accounts != 2 {
		t.Fatal("it was not counted")
	}
}

func TestOnlyOperatorsSetMinistriesUp(t *testing.T) {
	p := start(t)
	m := p.onboard("first")
	for who, ctx := range nobodies(m) {
		if _, _, err := p.tenants.Onboard(ctx, planKG("second")); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: %v", who, err)
		}
		if err := p.tenants.Check(ctx, planKG("second")); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s checks: %v", who, err)
		}
		if err := p.tenants.Continue(ctx); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s continues: %v", who, err)
		}
	}
	if all := must(p.tenants.All(context.Background())); len(all) != 1 {
		t.Fatal("one was set up")
	}
}
