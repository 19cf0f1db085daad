package tenant_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/fault/faulttest"
	"mektep/core/identity"
	"mektep/core/jobs"
	"mektep/core/tenant"
)

// second is another process on the same database, with connections of its own.
func (p *process) second(cfg db.Config) *process {
	p.t.Helper()
	d := must(db.Open(context.Background(), cfg))
	p.t.Cleanup(d.Close)
	d.Listen(context.Background())
	return processOn(p.t, d, p.clock)
}

func TestSuspendingStopsSignInAndWritesInEveryProcess(t *testing.T) {
	cfg := dbtest.Config(t)
	d := must(db.Open(context.Background(), cfg))
	t.Cleanup(d.Close)
	d.Listen(context.Background())
	p := processOn(t, d, &clock.Clock{})
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	admin := p.accept(m, invitations[0].Link, "aigul")
	other := p.second(cfg)
	if _, err := other.signIn(m, "aigul"); err != nil {
		t.Fatalf("before: %v", err)
	}
	write := func(p *process) error {
		_, err := p.people.Appoint(admin, identity.NewAppointment{Person: identity.Person{Family: "Асанов"}, Role: "special_administrator", Unit: must(p.tree.Root(admin))})
		return err
	}
	if err := write(other); fault.KindOf(err) == fault.Locked {
		t.Fatalf("before: %v", err)
	}

	ok(t, p.tenants.Suspend(console(), "kg", "Контракт бүттү"))
	for name, each := range map[string]*process{"this process": p, "another process": other} {
		eventually(t, "suspension in "+name, func() bool {
			m := must(each.tenants.BySlug(context.Background(), "kg"))
			return m.State == tenant.Suspended
		})
		if _, err := each.signIn(m, "aigul"); fault.KindOf(err) != fault.Locked {
			t.Errorf("%s signs in: %v", name, err)
		}
		if err := write(each); fault.KindOf(err) != fault.Locked {
			t.Errorf("%s writes: %v", name, err)
		}
		if _, err := each.tenants.Active(context.Background(), m.ID); fault.KindOf(err) != fault.Locked {
			t.Errorf("%s runs jobs: %v", name, err)
		}
		if _, err := each.people.Accept(anonymous(m), "x", identity.Acceptance{}); fault.KindOf(err) != fault.Locked {
			t.Errorf("%s accepts invitations: %v", name, err)
		}
		if _, err := each.tenants.Reinvite(console(), "kg", "x"); fault.KindOf(err) != fault.Locked {
			t.Errorf("%s invites: %v", name, err)
		}
	}
	if m := must(other.tenants.BySlug(context.Background(), "kg")); m.Why != "Контракт бүттү" || m.SuspendedAt == nil {
		t.Errorf("why is not kept: %+v", m)
	}
	if n := owned(t, cfg, "SELECT count(*) FROM account"); n == 0 {
		t.Error("its data is gone")
	}

	ok(t, p.tenants.Resume(console(), "kg"))
	if !slices.Equal(p.woken, []string{"kg"}) {
		t.Error("its jobs were not woken")
	}
	for name, each := range map[string]*process{"this process": p, "another process": other} {
		eventually(t, "resumption in "+name, func() bool { return must(each.tenants.BySlug(context.Background(), "kg")).State == tenant.Active })
		if _, err := each.signIn(m, "aigul"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheJobsOfASuspendedMinistryWait(t *testing.T) {
	p := start(t)
	m := p.onboard("kg")
	ran := make(chan struct{}, 8)
	j := must(jobs.New(context.Background(), p.db, jobs.Config{
		Active: func(ctx context.Context, id int32) (caller.Tenant, error) {
			m, err := p.tenants.ByID(ctx, id)
			if err != nil {
				return caller.Tenant{}, err
			}
			return m.Tenant, m.Open()
		},
		Resolve: p.people.ResolveAccount,
		Tenants: func(context.Context) ([]caller.Tenant, error) { return nil, nil },
		Clock:   p.clock, Wait: jobsWait,
	}))
	j.Register("work", func(context.Context, *jobs.Run) error { ran <- struct{}{}; return nil })
	p.tenants.Use(tenant.Wiring{Wake: func(ctx context.Context) { ok(t, j.Wake(ctx)) }})
	ok(t, p.tenants.Suspend(console(), "kg", "why"))
	ok(t, p.db.Tenant(inside(m), func(ctx context.Context, tx *db.Tx) error {
		_, err := j.Enqueue(ctx, tx, "work", nil)
		return err
	}))
	ok(t, j.Start(context.Background()))
	t.Cleanup(func() { _ = j.Stop(context.Background()) })
	select {
	case <-ran:
		t.Fatal("it ran")
	case <-afterAWhile():
	}
	ok(t, p.tenants.Resume(console(), "kg"))
	select {
	case <-ran:
	case <-afterLong():
		t.Fatal("it did not go on")
	}
}

func TestSuspendAndResumeAreRefusedWhereTheyMakeNoSense(t *testing.T) {
	p := start(t)
	m := p.onboard("kg")
	if err := p.tenants.Suspend(console(), "kg", " "); !slices.Equal(faulty(err), []string{"reason"}) {
		t.Errorf("without a reason: %v", err)
	}
	if err := p.tenants.Resume(console(), "kg"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("resume an active one: %v", err)
	}
	if err := p.tenants.Suspend(console(), "no-such", "x"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("an unknown one: %v", err)
	}
	for who, ctx := range nobodies(m) {
		for what, err := range map[string]error{
			"suspends": p.tenants.Suspend(ctx, "kg", "x"), "resumes": p.tenants.Resume(ctx, "kg"),
			"adds a host": p.tenants.AddHost(ctx, "kg", "x.example"), "removes a host": p.tenants.RemoveHost(ctx, "kg", "kg.mektep.example"),
			"lists": p.tenants.List(ctx, "kg", false), "declines": p.tenants.Decline(ctx, "kg", "x", "y"),
		} {
			if fault.KindOf(err) != fault.Denied {
				t.Errorf("%s %s: %v", who, what, err)
			}
		}
		if _, err := p.tenants.Sizes(ctx); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s sees sizes: %v", who, err)
		}
		if _, err := p.tenants.Administrators(ctx, "kg"); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s sees administrators: %v", who, err)
		}
		if _, err := p.tenants.Reinvite(ctx, "kg", "x"); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s invites: %v", who, err)
		}
		if _, err := p.tenants.Waiting(ctx, "kg"); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s sees what waits: %v", who, err)
		}
		if _, err := p.cosign(ctx, "kg", "x"); fault.KindOf(err) != fault.Denied {
			t.Errorf("%s co-signs: %v", who, err)
		}
	}
}

func TestHostsOfAMinistry(t *testing.T) {
	p := start(t)
	p.onboard("kg")
	p.onboard("other")
	ok(t, p.tenants.AddHost(console(), "other", "other.example"))
	ok(t, p.tenants.AddHost(console(), "kg", "EDU.example"))
	if m := must(p.tenants.ByHost(context.Background(), "edu.example")); m.Slug != "kg" {
		t.Fatalf("it leads to %s", m.Slug)
	}
	for host, kind := range map[string]fault.Kind{"": fault.Invalid, "a b": fault.Invalid, "mektep.example": fault.Invalid, "other.example": fault.Conflict} {
		if err := p.tenants.AddHost(console(), "kg", host); fault.KindOf(err) != kind || len(faulty(err)) != 1 {
			t.Errorf("%q: %v", host, err)
		}
	}
	if err := p.tenants.RemoveHost(console(), "kg", "other.mektep.example"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("another one's host: %v", err)
	}
	ok(t, p.tenants.RemoveHost(console(), "kg", "kg.mektep.example"))
	if _, err := p.tenants.ByHost(context.Background(), "kg.mektep.example"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("it still leads there: %v", err)
	}
	if err := p.tenants.RemoveHost(console(), "kg", "edu.example"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("the last one: %v", err)
	}
}

func TestLinksOfFirstAdministratorsAreIssuedAnewUntilAccepted(t *testing.T) {
	p := start(t)
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	a := must(p.tenants.Administrators(console(), "kg"))
	if len(a.Invited) != 2 || a.Working != 0 || a.Invited[0].Invited.IsZero() {
		t.Fatalf("%+v", a)
	}
	if n := number(t, p.db, "SELECT count(*) FROM audit_entry WHERE action = 'view' AND object = 'account' AND system = 'platform' AND fields @> '{name,email,operator}'"); n != 2 {
		t.Errorf("%d entries say that an operator was shown the invited administrators", n)
	}
	var aigul identity.FirstAdministrator
	for _, i := range a.Invited {
		if i.Email == "aigul@kg.example" {
			aigul = i
		}
	}
	again := must(p.tenants.Reinvite(console(), "kg", aigul.UID))
	if again.Link == "" || again.Link == invitations[0].Link {
		t.Fatalf("no new link: %+v", again)
	}
	old := invitations[0].Link[len("https://kg.mektep.example/invitation/"):]
	if _, err := p.people.OpenKey(anonymous(m), old); fault.KindOf(err) != fault.NotFound {
		t.Fatalf("the old link is still good: %v", err)
	}
	p.accept(m, again.Link, "aigul")
	if _, err := p.tenants.Reinvite(console(), "kg", aigul.UID); fault.KindOf(err) != fault.NotFound {
		t.Fatalf("a link for who has accepted: %v", err)
	}
	if a = must(p.tenants.Administrators(console(), "kg")); len(a.Invited) != 1 || a.Working != 1 {
		t.Fatalf("%+v", a)
	}
}

func TestOperatorActsCannotBeChanged(t *testing.T) {
	p := start(t)
	p.onboard("kg")
	for _, sql := range []string{"UPDATE platform.operator_act SET note = 'x'", "DELETE FROM platform.operator_act"} {
		err := p.db.Platform(console(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, sql)
			return err
		})
		if err == nil {
			t.Errorf("%s went through", sql)
		}
	}
}

func TestABrokenDirectoryIsUnavailableAndNothingElse(t *testing.T) {
	p := start(t)
	m := p.onboard("kg")
	ok(t, p.db.Tenant(inside(m), func(ctx context.Context, tx *db.Tx) error {
		// It is asked within a ministry's unit of work too, when it must be read anew.
		other := processOn(t, p.db, p.clock)
		if _, err := other.tenants.ByID(ctx, m.ID); err != nil {
			t.Errorf("within a unit: %v", err)
		}
		return nil
	}))
	exec(t, p.db, "ALTER TABLE platform.tenant RENAME TO away")
	fresh := processOn(t, p.db, p.clock)
	if _, err := fresh.tenants.ByHost(context.Background(), "kg.mektep.example"); !errors.Is(err, fault.New(fault.Unavailable, "")) {
		t.Fatalf("got %v", err)
	}
}

func TestAMinistryGetsOtherNames(t *testing.T) {
	p := start(t)
	m, _, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	inside := dbtest.As(context.Background(), *caller.System(m.Tenant, "test", ""))
	names := map[string]string{"ky": " Жаңы  министрлик ", "ru": "Новое министерство", "en": "New ministry"}

	for who, ctx := range map[string]context.Context{"nobody": context.Background(), "the ministry": inside} {
		if err := p.tenants.Rename(ctx, "kg", names); err == nil {
			t.Errorf("%s renamed the ministry", who)
		}
	}
	f := faulttest.Of(t, p.tenants.Rename(console(), "kg", map[string]string{"en": "New ministry"}))
	if f.Kind != fault.Invalid || len(f.Fields) == 0 || f.Fields[0].Name != "name.ky" {
		t.Errorf("without a name in an official language: %+v", f)
	}

	ok(t, p.tenants.Rename(console(), "kg", names))
	ok(t, p.tenants.Rename(console(), "kg", names)) // a second call finds nothing left to do
	m = must(p.tenants.BySlug(context.Background(), "kg"))
	root := must(p.tree.Root(inside))
	if m.Name["ky"] != "Жаңы министрлик" || root.Name["ky"] != "Жаңы министрлик" || root.Name["tr"] != "" {
		t.Errorf("the directory says %v, the tree %v", m.Name, root.Name)
	}
	acts := must(p.operators.ActsOn(console(), "kg", 0))
	if acts[0].Action != "rename" || acts[0].Object != "ministry" {
		t.Errorf("the operators' record says %+v", acts[0])
	}
	entries, _, err := must(audit.New(p.db, p.clock, secret)).Search(inside, audit.Filter{Object: "unit", Action: "rename"}, "")
	ok(t, err)
	if len(entries) != 1 || entries[0].Target != root.UID {
		t.Errorf("the ministry's own trail says %+v", entries)
	}
}

// Whatever is noted of a ministry is noted by one clock, and not by the database's beside
// it: what is compared must be comparable.
func TestEveryMomentOfAMinistryIsByOneClock(t *testing.T) {
	p := start(t)
	at := time.Date(2031, 3, 2, 9, 0, 0, 0, time.UTC)
	p.clock.Set(at)
	_, _, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	moments := func() string {
		t.Helper()
		var all string
		ok(t, dbtest.Super(t, p.db).QueryRow(context.Background(), `SELECT concat_ws(' ', slug, created_at = $1, changed_at = $1, activated_at = $1, step_at = $1, suspended_at = $1)
			FROM platform.tenant WHERE slug = 'kg'`, p.clock.Now().Truncate(time.Microsecond)).Scan(&all))
		return all
	}
	if got := moments(); got != "kg t t t t" {
		t.Errorf("opened: created, changed, activated, step are the clock's: %s", got)
	}
	for what, change := range map[string]func() error{
		"suspended": func() error { return p.tenants.Suspend(console(), "kg", "an audit") },
		"listed":    func() error { return p.tenants.List(console(), "kg", true) },
	} {
		at = at.Add(time.Hour)
		p.clock.Set(at)
		ok(t, change())
		if got := strings.Fields(moments()); len(got) < 3 || got[2] != "t" || what == "suspended" && got[5] != "t" {
			t.Errorf("%s: %v", what, got)
		}
	}
}
