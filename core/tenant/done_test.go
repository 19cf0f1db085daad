package tenant_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/tenant"
)

// elsewhere is a ministry in a database of its own, behind a line that can be silenced.
func elsewhere(t *testing.T) (*process, *tenant.Ministry, *dbtest.Line) {
	t.Helper()
	far, line := dbtest.ConfigBehind(t)
	p := processOn(t, dbtest.Open(t, db.Config{Placements: func(context.Context, string) (string, error) { return far.ServiceDSN, nil }}), &clock.Clock{})
	plan := planKG("kg")
	plan.Placement = "far"
	m, _, err := p.tenants.Onboard(console(), plan)
	ok(t, err)
	return p, m, line
}

// What is done is answered as done, though the ministry's database does not answer; its
// waiting jobs go on when that does, without anybody asking for it.
func TestWhatIsDoneIsNotRefusedForWhatComesAfterIt(t *testing.T) {
	p, m, line := elsewhere(t)
	ran := make(chan struct{}, 8)
	j := must(jobs.New(context.Background(), p.db, jobs.Config{
		Active: p.tenants.Work, Resolve: p.people.ResolveAccount, Tenants: func(context.Context) ([]caller.Tenant, error) { return nil, nil },
		Clock: p.clock, Wait: 300 * time.Millisecond,
	}))
	j.Register("work", func(context.Context, *jobs.Run) error { ran <- struct{}{}; return nil })
	woken := errors.New("nobody tried")
	p.tenants.Use(tenant.Wiring{Wake: func(ctx context.Context) { woken = j.Wake(ctx) }})
	ok(t, p.tenants.Suspend(console(), "kg", "why"))
	ok(t, p.db.Tenant(inside(m), func(ctx context.Context, tx *db.Tx) error {
		_, err := j.Enqueue(ctx, tx, "work", nil)
		return err
	}))
	ok(t, j.Start(context.Background()))
	t.Cleanup(func() { _ = j.Stop(context.Background()) })
	line.Silence()
	ok(t, p.tenants.Resume(console(), "kg"))
	if woken == nil {
		t.Fatal("its jobs were woken, whose database does not answer")
	}
	if err := p.tenants.Resume(console(), "kg"); fault.KindOf(err) != fault.Conflict {
		t.Errorf("it was not resumed: %v", err)
	}
	line.Speak()
	select {
	case <-ran:
	case <-afterLong():
		t.Fatal("its jobs never went on")
	}
}

// A name that the ministry's own tree can't take stands nowhere.
func TestAMinistryIsRenamedWhollyOrNot(t *testing.T) {
	p, m, line := elsewhere(t)
	names := map[string]string{"ky": "Жаңы министрлик", "ru": "Новое министерство"}
	line.Silence()
	short, cancel := context.WithTimeout(console(), 2*time.Second)
	defer cancel()
	if err := p.tenants.Rename(short, "kg", names); err == nil {
		t.Error("its tree can't have taken the name")
	}
	if now := must(p.tenants.BySlug(context.Background(), "kg")); now.Name["ky"] != m.Name["ky"] {
		t.Errorf("the directory calls it %v", now.Name)
	}
	line.Speak()
	eventually(t, "it is renamed", func() bool { return p.tenants.Rename(console(), "kg", names) == nil })
	if root := must(p.tree.Root(inside(m))); root.Name["ky"] != names["ky"] {
		t.Errorf("its tree says %v", root.Name)
	}
}

// A host name that has been added is added, though the ministry can't be told at once: it
// hears of it by itself.
func TestAHostNameIsAddedBeforeTheMinistryHearsOfIt(t *testing.T) {
	p := start(t)
	m := p.onboard("kg")
	exec(t, p.db, `CREATE FUNCTION no_host() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.host = 'bilim.example' THEN RAISE 'no'; END IF; RETURN NEW; END $$`)
	exec(t, p.db, `CREATE TRIGGER no_host BEFORE INSERT ON known_host FOR EACH ROW EXECUTE FUNCTION no_host()`)
	ok(t, p.tenants.AddHost(console(), "kg", "bilim.example"))
	exec(t, p.db, `DROP TRIGGER no_host ON known_host`)
	ok(t, p.tenants.Hear(inside(m)))
	if n := number(t, p.db, "SELECT count(*) FROM known_host WHERE host = 'bilim.example'"); n != 1 {
		t.Error("it never heard of it")
	}
}

// What an operator does behind a ministry's wall is written down, or not done.
func TestWhatCannotBeWrittenDownIsNotDone(t *testing.T) {
	p := start(t)
	m, invitations, err := p.tenants.Onboard(console(), planKG("kg"))
	ok(t, err)
	waiting := must(p.tenants.Administrators(console(), "kg")).Invited
	exec(t, p.db, `ALTER TABLE platform.operator_act ADD CONSTRAINT nothing CHECK (action <> 'resend') NOT VALID`)
	for _, w := range waiting {
		if inv, err := p.tenants.Reinvite(console(), "kg", w.UID); err == nil || inv.Link != "" {
			t.Errorf("a link that is written down nowhere: %+v", inv)
		}
	}
	for i, login := range []string{"aigul", "asan"} { // those of the beginning are good still
		p.accept(m, invitations[i].Link, login)
	}
}
