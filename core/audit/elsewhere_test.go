package audit_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mektep/core/audit"
	"mektep/core/db/dbtest"
)

// After a move or a restore to another cluster the numbers of transactions start anew: what is
// written there and not yet sealed is no entry from before the seal.
func TestWhatIsWrittenInAnotherClusterIsNotInserted(t *testing.T) {
	const far = 9_000_000_000
	for cluster, whole := range map[string]bool{"another": true, "": false} {
		b := newBench(t)
		b.sealed(1)
		if cluster == "" { // this one's own transactions have not come so far
			if err := dbtest.Super(t, b.db).QueryRow(t.Context(), "SELECT cluster FROM audit_block").Scan(&cluster); err != nil {
				t.Fatal(err)
			}
		}
		hash, err := b.trail.HashElsewhere(b.sys, 1, cluster, far)
		if err != nil {
			t.Fatal(err)
		}
		b.owner(fmt.Sprintf(`UPDATE audit_block SET cluster = '%s', xid_bound = '%d', hash = '\x%x'`, cluster, far, hash))
		if r := b.verify(); !r.OK() {
			t.Fatalf("sealed in %s: %v", cluster, r.Finding)
		}
		b.record(b.ctx, write("s", 1, 2))
		if r := b.verify(); r.OK() != whole || whole && r.Unsealed != 1 || !whole && r.Finding.Damage != audit.Inserted {
			t.Errorf("sealed in %s: %+v %v", cluster, r, r.Finding)
		}
	}
}

// What else lies where the heads are kept, a note or a half-written copy, stops no proof.
func TestWhatIsNoFileOfHeadsStopsNoProof(t *testing.T) {
	b := newBench(t)
	folder := b.keeping()
	b.clock.Set(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	b.sealed(1)
	b.writeDown()
	for _, name := range []string{"README.txt", "2026-03-02.jsonl.part", "lost+found"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("no head"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := b.verify(); !r.OK() || r.Kept.Heads != 1 {
		t.Errorf("%+v %v", r, r.Finding)
	}
}

// Of several heads to which a chain no longer leads the earliest is named: since then it has
// been cut. A head of a chain that had not begun promises nothing, and is not counted.
func TestTheEarliestHeadThatIsMissingIsNamed(t *testing.T) {
	b := newBench(t)
	b.sealed(1)
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	var heads []audit.Head
	for n := range 9 {
		heads = append(heads, audit.Head{Tenant: "one", Block: 2 + n, Sealed: day(1 + n), Hash: "0a"})
	}
	for range 5 { // they are in no order
		if f := b.verify(heads...).Finding; f == nil || f.Damage != audit.NoBlock || f.Block != 2 || !f.At.Equal(day(1)) {
			t.Fatalf("%v", f)
		}
	}
	if r := b.verify(audit.Head{Tenant: "one", Sealed: day(1)}); !r.OK() || r.Kept.Heads != 0 || !r.Kept.Latest.IsZero() {
		t.Errorf("%+v", r.Kept)
	}
}

// The entries of a block stand in their places from the first to the last.
func TestTheListOfABlockHasNoGaps(t *testing.T) {
	for name, tamper := range map[string]string{
		"moved down": "UPDATE audit_link SET position = position + 10",
		"a gap":      "UPDATE audit_link SET position = position + 1 WHERE position > 1",
	} {
		b := newBench(t)
		b.record(b.ctx, write("s", 1, 2), write("s", 2, 3))
		dbtest.Settle(t, b.db)
		b.seal(2)
		if r := b.verify(); !r.OK() {
			t.Fatal(r.Finding)
		}
		b.owner(tamper)
		if f := b.verify().Finding; f == nil || f.Damage != audit.Link || f.Block != 1 {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

// A value is laid to the charge of an erasure, and of nothing else: not of another entry that
// says the same of it.
func TestOnlyAnErasureAnswersForAValueThatIsGone(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", "Aiperi", "Aigul"))
	var entry int64
	var digest []byte
	if err := dbtest.Super(t, b.db).QueryRow(t.Context(), "SELECT entry_id, digest FROM change_value").Scan(&entry, &digest); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %s %x\n", entry, "name", digest))
	says := map[string]any{"count": 1, "sha256": hex.EncodeToString(sum[:])}
	b.record(b.ctx, audit.Entry{Action: "update", Object: "institution", Target: "t", Changes: []audit.Change{{Field: "values", New: says}}})
	dbtest.Settle(t, b.db)
	b.seal(2)
	b.owner(fmt.Sprintf(`UPDATE change_value SET old = NULL, new = NULL, salt = NULL, erased_at = now(),
		erased_by = (SELECT max(id) FROM audit_entry) WHERE entry_id = %d`, entry))
	if f := b.verify().Finding; f == nil || f.Damage != audit.Value || f.Entry != entry {
		t.Errorf("found %v", f)
	}
}
