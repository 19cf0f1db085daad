package audit_test

import (
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/db/dbtest"
)

// A block says which one it follows: in the place of that stands no other, though it holds the
// same entries and was sealed by the service itself, as in a copy that went on by itself.
func TestABlockOfAnotherBranchIsFound(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", 1, 2))
	dbtest.Settle(t, b.db)
	b.seal(1)
	b.owner(`CREATE TABLE branch AS SELECT * FROM audit_block; DELETE FROM audit_link; DELETE FROM audit_block`)
	b.clock.Set(b.clock.Now().Add(time.Hour))
	b.seal(1)
	b.record(b.ctx, write("s", 2, 3))
	dbtest.Settle(t, b.db)
	b.seal(1)
	if r := b.verify(); !r.OK() || r.Blocks != 2 {
		t.Fatalf("as it was sealed: %+v %v", r, r.Finding)
	}
	b.owner(`UPDATE audit_block b SET sealed_at = o.sealed_at, hash = o.hash, xid_bound = o.xid_bound FROM branch o WHERE o.tenant_id = b.tenant_id AND o.seq = b.seq`)
	if r := b.verify(); r.OK() || r.Finding.Damage != audit.Block || r.Finding.Block != 2 {
		t.Errorf("found %v", r.Finding)
	}
}
