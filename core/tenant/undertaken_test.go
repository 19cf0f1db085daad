package tenant_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mektep/core/caller"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/once"
	"mektep/core/tenant"
)

// behindTheWall is what operators do behind a ministry's wall: how each is prepared, and done.
var behindTheWall = map[string]func(p *process, m *tenant.Ministry) func(ctx context.Context) error{
	"invitation.resend": func(p *process, m *tenant.Ministry) func(ctx context.Context) error {
		waiting := must(p.tenants.Administrators(console(), m.Slug)).Invited[0]
		return func(ctx context.Context) error { return only(p.tenants.Reinvite(ctx, m.Slug, waiting.UID)) }
	},
	"letters.resend": func(p *process, m *tenant.Ministry) func(ctx context.Context) error {
		exec(p.t, p.db, `INSERT INTO mail_outbox (tenant_id, uid, kind, address, language, subject_key, body_key, state, next_at, created_at, ended_at)
			SELECT id, 'letter', 'x', 'who@kg.example', 'ky', 'x', 'x', 'failed', now(), now(), now() FROM platform.tenant WHERE slug = '`+m.Slug+`'`)
		return func(ctx context.Context) error { return only(p.tenants.SendAgain(ctx, m.Slug)) }
	},
	"approval.approve": func(p *process, m *tenant.Ministry) func(ctx context.Context) error {
		uid := p.waits(m)
		read := must(p.tenants.Waiting(colleague(), m.Slug))[0].Read
		return func(ctx context.Context) error { return only(p.tenants.Cosign(ctx, m.Slug, uid, read)) }
	},
	"approval.reject": func(p *process, m *tenant.Ministry) func(ctx context.Context) error {
		uid := p.waits(m)
		return func(ctx context.Context) error { return p.tenants.Decline(ctx, m.Slug, uid, "no") }
	},
	"ministry.rename": func(p *process, m *tenant.Ministry) func(ctx context.Context) error {
		return func(ctx context.Context) error { return p.tenants.Rename(ctx, m.Slug, renamed) }
	},
}

var renamed = map[string]string{"ky": "Жаңы министрлик", "ru": "Новое министерство"}

// waits is a request of a ministry that only an operator can decide.
func (p *process) waits(m *tenant.Ministry) string {
	p.t.Helper()
	first := p.accept(m, p.first[m.Slug], "aigul")
	return must(p.asks(first, identity.AdministratorRole, "second@kg.example")).Waiting.UID
}

// two are a ministry of one administrator, who has not come yet, with letters, and another one.
func (p *process) two() (m, other *tenant.Ministry) {
	p.t.Helper()
	p.first = map[string]string{}
	for _, slug := range []string{"kg", "other"} {
		plan := planKG(slug)
		plan.Admins = plan.Admins[:1]
		made, invitations, err := p.tenants.Onboard(console(), plan)
		ok(p.t, err)
		p.first[slug] = invitations[0].Link
		m, other = other, made
	}
	return m, other
}

// came is what the operators' record says came of the acts of a kind, latest first.
func (p *process) came(what string) (out []string) {
	p.t.Helper()
	command := caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "r"))
	for _, a := range must(p.operators.Acts(command, 0)) {
		if a.Object+"."+a.Action == what {
			out = append(out, strings.TrimSuffix(a.Outcome+" "+a.Reason, " "))
		}
	}
	return out
}

func (p *process) cameTo(what, when string, want ...string) {
	p.t.Helper()
	if got := p.came(what); !slices.Equal(got, want) {
		p.t.Errorf("%s: the record says %v, want %v", when, got, want)
	}
}

// dies has the connection of the platform or the ministry die while it writes a row of a table
// that answers to a condition; mends has it live again.
func (p *process) dies(table, when string) (mends func()) {
	p.t.Helper()
	exec(p.t, p.db, `CREATE OR REPLACE FUNCTION public.dies() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
		PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NEW; END $$`)
	exec(p.t, p.db, "CREATE TRIGGER dies BEFORE INSERT ON "+table+" FOR EACH ROW WHEN ("+when+") EXECUTE FUNCTION public.dies()")
	return func() { p.t.Helper(); exec(p.t, p.db, "DROP TRIGGER dies ON "+table) }
}

// later is the clock of whoever settles once nothing can be under way any more.
func (p *process) later() { p.clock.Set(time.Now().Add(time.Hour / 2)) }

// What is done behind a ministry's wall is written down, and answered as done, though the
// platform's connection dies before its end is.
func TestWhatIsDoneIsWrittenDownWhateverThePlatformsConnectionDoes(t *testing.T) {
	for what, prepare := range behindTheWall {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			m, _ := p.two()
			do := prepare(p, m)
			mend := p.dies("platform.operator_act", "NEW.begun IS NOT NULL")
			err := do(colleague())
			if rename := what == "ministry.rename"; (err != nil) != rename { // the directory's part is lost
				t.Errorf("answered: %v", err)
			}
			p.cameTo(what, "its end is lost", "begun")
			mend()
			if what == "ministry.rename" {
				ok(t, p.tenants.Settle(inside(m)))
				p.cameTo(what, "the rest may be under way", "begun")
				p.later()
			}
			ok(t, p.tenants.Settle(inside(m)))
			p.cameTo(what, "settled", "allow")
			ok(t, p.tenants.Settle(inside(m)))
			if n := number(t, p.db, "SELECT count(*) FROM platform.operator_act WHERE begun IS NOT NULL"); n != 1 {
				t.Errorf("%d ends", n)
			}
			if what == "ministry.rename" && must(p.tenants.BySlug(context.Background(), m.Slug)).Name["ky"] != renamed["ky"] {
				t.Error("only the tree has the name")
			}
		})
	}
}

// What was begun and not done is not said to be done: nobody knows at first, and then the
// ministry's trail says nothing of it.
func TestWhatIsNotDoneIsNotWrittenDownAsDone(t *testing.T) {
	for what, prepare := range behindTheWall {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			m, _ := p.two()
			do := prepare(p, m)
			mend := p.dies("audit_entry", "NEW.action <> 'view'")
			if err := do(colleague()); fault.KindOf(err) != fault.Unavailable {
				t.Errorf("answered: %v", err)
			}
			mend()
			p.cameTo(what, "lost", "begun")
			ok(t, p.tenants.Settle(inside(m)))
			p.cameTo(what, "it may be under way", "begun")
			p.later()
			ok(t, p.tenants.Settle(inside(m)))
			p.cameTo(what, "settled", "error")
			ok(t, do(colleague()))
			p.cameTo(what, "done after all", "allow", "error")
		})
	}
}

func TestARefusedActIsWrittenDownAsRefused(t *testing.T) {
	p := start(t)
	m, _ := p.two()
	uid := p.waits(m)
	if err := only(p.cosign(console(), "kg", uid)); fault.KindOf(err) != fault.Denied {
		t.Fatal(err)
	}
	p.cameTo("approval.approve", "by who invited the asker", "deny approval.operators_hand")
	ok(t, only(p.cosign(colleague(), "kg", uid)))
	p.cameTo("approval.approve", "by another", "allow", "deny approval.operators_hand")
	if err := p.tenants.Rename(console(), "kg", nil); fault.KindOf(err) != fault.Invalid {
		t.Error(err)
	}
	p.cameTo("ministry.rename", "what nobody began")
}

// What another's transaction holds of one ministry, on the platform or behind its wall, is in
// the way of no act on another one.
func TestWhatIsSilentKeepsNoActOnAnotherMinistryWaiting(t *testing.T) {
	for where, sql := range map[string]string{
		"its line of the directory": "SELECT FROM platform.tenant WHERE id = $1 FOR UPDATE",
		"its host names":            "SELECT FROM platform.tenant_host WHERE tenant_id = $1 FOR UPDATE",
		"its tree":                  "SELECT FROM unit WHERE tenant_id = $1 FOR UPDATE",
		"its people":                "SELECT FROM account WHERE tenant_id = $1 FOR UPDATE",
	} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			silent, m := p.two()
			acts := map[string]func(ctx context.Context) error{
				"add a host":    func(ctx context.Context) error { return p.tenants.AddHost(ctx, m.Slug, "bilim.example") },
				"remove a host": func(ctx context.Context) error { return p.tenants.RemoveHost(ctx, m.Slug, "mektep-"+m.Slug+".example") },
				"publish":       func(ctx context.Context) error { return p.tenants.List(ctx, m.Slug, true) },
				"suspend and resume": func(ctx context.Context) error {
					if err := p.tenants.Suspend(ctx, m.Slug, "why"); err != nil {
						return err
					}
					return p.tenants.Resume(ctx, m.Slug)
				},
				"rename": behindTheWall["ministry.rename"](p, m), "letters": behindTheWall["letters.resend"](p, m),
				"invitation": behindTheWall["invitation.resend"](p, m),
			}
			ok(t, p.tenants.AddHost(console(), m.Slug, "mektep-"+m.Slug+".example"))
			exec(t, p.db, "INSERT INTO platform.write_key (tenant_id, owner, key, taken_at) VALUES (0, 'somebody', 'a-key-of-long-ago', '2020-01-01')")

			tx := must(dbtest.Super(t, p.db).Begin(context.Background()))
			must(tx.Exec(context.Background(), sql, silent.ID))
			must(tx.Exec(context.Background(), "SELECT FROM platform.write_key WHERE owner = 'somebody' FOR UPDATE")) // as whoever sweeps
			var waiting sync.WaitGroup
			for range 6 { // tabs of somebody impatient
				waiting.Go(func() { _ = p.tenants.Rename(console(), silent.Slug, renamed) })
				waiting.Go(func() { _ = p.tenants.RemoveHost(console(), silent.Slug, silent.Hosts[0]) })
			}
			time.Sleep(300 * time.Millisecond)
			for _, what := range slices.Sorted(maps.Keys(acts)) {
				ctx, cancel := context.WithTimeout(once.With(colleague(), once.Key{Name: "a-key-to-" + strings.ReplaceAll(what, " ", "-")}), 4*time.Second)
				from := time.Now()
				if err := acts[what](ctx); err != nil {
					t.Errorf("%s, after %v: %v", what, time.Since(from), err)
				}
				cancel()
			}
			ok(t, tx.Rollback(context.Background()))
			waiting.Wait()
		})
	}
}

// Of two who rename a ministry at once the directory and its tree have the same one's names:
// whoever finds the directory changed since they asked the tree asks it again.
func TestTheDirectoryAndTheTreeCallAMinistryTheSame(t *testing.T) {
	p := start(t)
	m, _ := p.two()
	ctx := context.Background()
	waits := func(sql string) {
		t.Helper()
		eventually(t, sql, func() bool {
			return number(t, p.db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1", "%"+sql+"%") > 0
		})
	}
	tree, line := must(dbtest.Super(t, p.db).Begin(ctx)), must(dbtest.Super(t, p.db).Begin(ctx))
	must(tree.Exec(ctx, "SELECT FROM unit WHERE tenant_id = $1 FOR UPDATE", m.ID))
	done := make(chan error, 1)
	go func() { done <- p.tenants.Rename(console(), "kg", renamed) }()
	waits("unit") // it knows the directory's line, and not yet the tree
	must(line.Exec(ctx, "SELECT FROM platform.tenant WHERE id = $1 FOR NO KEY UPDATE", m.ID))
	ok(t, tree.Rollback(ctx))
	waits("version FROM platform.tenant") // the tree has the names, the directory not

	theirs := map[string]string{"ky": "Экинчи", "ru": "Второе"} // another process does both
	ok(t, p.tree.Rename(inside(m), must(p.tree.Root(inside(m))), theirs, p.tree.Today(inside(m)), ""))
	must(line.Exec(ctx, "UPDATE platform.tenant SET name = $2, version = version + 1 WHERE id = $1", m.ID, theirs))
	ok(t, line.Commit(ctx))
	ok(t, <-done)
	p.cameTo("ministry.rename", "both", "allow")
	if now, root := must(p.tenants.BySlug(ctx, "kg")), must(p.tree.Root(inside(m))); now.Name["ky"] != renamed["ky"] || root.Name["ky"] != renamed["ky"] {
		t.Errorf("the directory says %s, the tree %s", now.Name["ky"], root.Name["ky"])
	}
}

// What was done with a key is not done again, nor said to be.
func TestAnActThatIsSentAgainIsDoneOnce(t *testing.T) {
	for what, prepare := range behindTheWall {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := start(t)
			m, _ := p.two()
			do := prepare(p, m)
			for range 2 {
				ok(t, do(once.With(colleague(), once.Key{Name: what})))
			}
			got := p.came(what)
			if what == "ministry.rename" { // which asks before it begins
				got = append([]string{"repeated"}, got...)
			}
			if !slices.Equal(got, []string{"repeated", "allow"}) {
				t.Errorf("the record says %v", got)
			}
		})
	}
}
