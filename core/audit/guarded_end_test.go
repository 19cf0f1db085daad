package audit_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity"
)

// The heads that are written down reach to the last entry and the last act: what was not
// sealed when they are asked for is sealed first, for ministries and operators alike.
func TestHeadsReachToWhatWasWrittenLast(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", 1, 2))
	if err := b.db.Platform(b.platform(), func(ctx context.Context, tx *db.Tx) error {
		return identity.RecordAct(ctx, tx, b.trail, b.clock.Now(), identity.Act{Action: "suspend", Object: "ministry", Target: "one", Ministry: "one"})
	}); err != nil {
		t.Fatal(err)
	}
	all := func(context.Context) ([]caller.Tenant, error) { return []caller.Tenant{caller.From(b.sys).Tenant}, nil }
	entries := map[string]int{}
	for range 600 { // what another test runs may hold the horizon back
		heads, err := b.trail.AllHeads(b.platform(), all)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range heads {
			entries[h.Tenant] = h.Entries
		}
		if entries["one"] == 1 && entries[audit.Operators] == 1 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("written down are %v", entries)
}

// An entry that claims to be older than what is sealed was put there later, however
// genuine it looks: whatever a transaction so old wrote had been sealed by then.
func TestWhatClaimsToBeOlderThanTheSealIsFound(t *testing.T) {
	b := newBench(t)
	ids := b.sealed(2)
	b.record(b.ctx, audit.Entry{Action: "read", Object: "learner", Fields: []string{"phone"}})
	if r := b.verify(); !r.OK() || r.Unsealed != 1 {
		t.Fatalf("%+v", r)
	}
	b.owner(fmt.Sprintf("UPDATE audit_entry SET xid = (SELECT min(e.xid::text::bigint)::text::xid8 FROM audit_entry e) WHERE id > %d", ids[1]))
	if f := b.verify().Finding; f == nil || f.Damage != audit.Inserted || f.Entry != b.ids()[2] {
		t.Errorf("%v", f)
	}
}
