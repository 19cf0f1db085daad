package audit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity"
)

// keeping has heads written down in a folder, as the service does.
func (b *bench) keeping() (folder string) {
	b.t.Helper()
	folder = b.t.TempDir()
	h, err := audit.OpenHeads(context.Background(), "file://"+folder+"?metadata=skip", "")
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = h.Close() })
	b.trail.Keep(h)
	return folder
}

func (b *bench) writeDown() {
	b.t.Helper()
	all := func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{caller.From(b.sys).Tenant}, nil }
	if err := b.trail.Write(b.platform(), all); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) platform() context.Context {
	return caller.With(context.Background(), caller.System(caller.Tenant{}, "command", "request"))
}

// acts seals acts of operators, a block each.
func (b *bench) acts(names ...string) {
	b.t.Helper()
	for _, name := range names {
		err := b.db.Platform(b.platform(), func(ctx context.Context, tx *db.Tx) error {
			return identity.RecordAct(ctx, tx, b.trail, b.clock.Now(), identity.Act{Action: name, Object: "ministry", Target: "one", Ministry: "one"})
		})
		for n := 0; n == 0 && err == nil; { // what another test runs may hold the horizon back
			n, err = b.trail.SealOperators(b.platform())
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
}

// The owner of the database cuts off an end of a trail of any length, up to all of it,
// and lets the service write on: each is found out by what was written down elsewhere,
// and by nothing else.
func TestHowEverTheEndOfATrailIsCutOffTheHeadsTell(t *testing.T) {
	const blocks = 4
	for cut := 1; cut <= blocks; cut++ {
		for _, goesOn := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d of %d blocks, goes on %t", cut, blocks, goesOn), func(t *testing.T) {
				b := newBench(t)
				b.keeping()
				b.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
				b.sealed(blocks)
				b.acts("create", "suspend", "resume", "rename")
				b.writeDown()
				if r := b.verify(); !r.OK() || r.Kept.Heads != 1 {
					t.Fatalf("%+v %v", r, r.Finding)
				}
				b.owner(
					fmt.Sprintf("DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_link WHERE seq > %d)", blocks-cut),
					fmt.Sprintf("DELETE FROM audit_link WHERE seq > %d", blocks-cut), fmt.Sprintf("DELETE FROM audit_block WHERE seq > %d", blocks-cut),
					fmt.Sprintf("DELETE FROM platform.operator_act WHERE id IN (SELECT id FROM platform.operator_act_link WHERE seq > %d)", blocks-cut),
					fmt.Sprintf("DELETE FROM platform.operator_act_link WHERE seq > %d", blocks-cut), fmt.Sprintf("DELETE FROM platform.operator_block WHERE seq > %d", blocks-cut),
				)
				if goesOn { // and the next days' heads are written down as if nothing had been
					b.sealed(cut + 1)
					b.acts(strings.Split("create"+strings.Repeat(" rename", cut), " ")...)
					b.clock.Set(b.clock.Now().AddDate(0, 0, 1))
					b.writeDown()
				}
				if r := b.verify(); r.OK() || (r.Finding.Damage != audit.NoBlock && r.Finding.Damage != audit.HeadLost) {
					t.Errorf("the ministry's trail: %+v", r.Finding)
				}
				r, err := b.trail.VerifyOperators(b.platform())
				if err != nil || r.OK() || (r.Finding.Damage != audit.NoBlock && r.Finding.Damage != audit.HeadLost) {
					t.Errorf("the operators': %+v %v", r.Finding, err)
				}
				b.trail.Keep(nil)
				if r := b.verify(); !r.OK() || r.Kept.Heads != 0 {
					t.Errorf("without heads it should look whole and say that nothing was compared: %+v", r)
				}
			})
		}
	}
}

func TestHeadsAreWrittenDownOnceADay(t *testing.T) {
	b := newBench(t)
	folder := b.keeping()
	b.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	b.sealed(1)
	b.writeDown()
	first, err := os.ReadFile(filepath.Join(folder, "2026-03-02.jsonl"))
	if err != nil || !strings.Contains(string(first), `"tenant":"one"`) {
		t.Fatalf("%s %v", first, err)
	}
	b.sealed(1)
	b.writeDown()
	if again, _ := os.ReadFile(filepath.Join(folder, "2026-03-02.jsonl")); string(again) != string(first) {
		t.Error("what had been written down was written over")
	}
	b.clock.Set(time.Date(2026, 3, 3, 0, 0, 1, 0, time.UTC))
	b.writeDown()
	if r := b.verify(); !r.OK() || r.Kept.Heads != 2 {
		t.Errorf("%+v %v", r, r.Finding)
	}
	if names, err := b.trail.Whose(b.sys); err != nil || len(names) != 1 || names[0] != "one" {
		t.Errorf("%v %v", names, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "2026-03-04.jsonl"), []byte("{\"tenant\":\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := b.trail.Verify(b.sys); err == nil {
		t.Error("a file of heads that cannot be read was passed over")
	}
}

// A ministry whose database cannot be reached takes the guard of the trail's end from no other:
// their heads are written down, and the error names it.
func TestAMinistryThatIsSilentCostsTheOthersNoHead(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", 1, 2))
	one := caller.From(b.sys).Tenant
	all := func(context.Context) ([]caller.Tenant, error) {
		return []caller.Tenant{{ID: 99, Slug: "silent", Placement: "nowhere"}, one}, nil
	}
	for range 600 { // what another test runs may hold the horizon back
		heads, err := b.trail.AllHeads(b.platform(), all)
		if err == nil || !strings.Contains(err.Error(), "silent") {
			t.Fatalf("not named: %v", err)
		}
		if slices.ContainsFunc(heads, func(h audit.Head) bool { return h.Tenant == one.Slug && h.Entries == 1 }) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the other has no head")
}
