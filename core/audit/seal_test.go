package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

// sealed fills the trail with n entries of one value each and seals them in
// blocks of their own, so that tampering has a before and an after.
func (b *bench) sealed(n int) []int64 {
	b.t.Helper()
	for i := range n {
		b.record(b.ctx, write(fmt.Sprintf("s%d", i), i, i+1))
		b.seal(1)
	}
	return b.ids()
}

func TestVerifyOfAWholeTrail(t *testing.T) {
	b := newBench(t)
	if r := b.verify(); !r.OK() || r.Head.Block != 0 {
		t.Fatalf("an empty trail: %+v", r)
	}
	b.sealed(3)
	head, err := b.trail.Head(b.sys)
	if err != nil || head.Block != 3 || head.Entries != 3 || head.Tenant != "one" {
		t.Fatalf("%+v %v", head, err)
	}
	b.record(b.ctx, write("s", 1, 2), audit.Entry{Action: "read", Object: "learner", Fields: []string{"phone", "address"}})
	if r := b.verify(head); !r.OK() || r.Blocks != 3 || r.Entries != 3 || r.Unsealed != 2 || r.Head != head {
		t.Fatalf("%+v %v", r, r.Finding)
	}
	b.seal(2)
	if r := b.verify(head); !r.OK() || r.Blocks < 4 || r.Entries != 5 || r.Unsealed != 0 {
		t.Fatalf("%+v %v", r, r.Finding)
	}
}

func TestSealSplitsLongRunsIntoBlocks(t *testing.T) {
	b := newBench(t)
	entries := make([]audit.Entry, 2345)
	for i := range entries {
		entries[i] = write("s", i, nil)
	}
	b.record(b.ctx, entries...)
	b.seal(len(entries))
	if r := b.verify(); !r.OK() || r.Blocks != 3 || r.Entries != len(entries) || r.Unsealed != 0 {
		t.Fatalf("%+v %v", r, r.Finding)
	}
	if n, err := b.trail.Seal(b.sys); n != 0 || err != nil {
		t.Fatalf("sealed %d again, %v", n, err)
	}
}

func TestVerifyNamesWhatWasTamperedWith(t *testing.T) {
	for name, c := range map[string]struct {
		tamper func(ids []int64) []string
		damage audit.Damage
		block  int
		entry  int // index of the entry; -1: none
		says   string
	}{
		"update": {func(ids []int64) []string {
			return []string{fmt.Sprintf("UPDATE audit_entry SET account_id = 1 WHERE id = %d", ids[1])}
		}, audit.Changed, 2, 1, "entry %d in block 2: was changed after it was sealed"},
		"update of the digest": {func(ids []int64) []string {
			return []string{fmt.Sprintf(`UPDATE audit_entry SET digest = '\x00' WHERE id = %d`, ids[1])}
		}, audit.Changed, 2, 1, "was changed"},
		"field names": {func(ids []int64) []string {
			return []string{fmt.Sprintf("UPDATE audit_entry SET fields = '{}' WHERE id = %d", ids[3])}
		}, audit.Changed, 4, 3, "was changed"},
		"delete": {func(ids []int64) []string {
			return []string{fmt.Sprintf("DELETE FROM audit_entry WHERE id = %d", ids[2])}
		}, audit.Missing, 3, 2, "entry %d in block 3: is missing"},
		"delete with its place": {func(ids []int64) []string {
			return []string{
				fmt.Sprintf("DELETE FROM audit_entry WHERE id = %d", ids[2]),
				fmt.Sprintf("DELETE FROM audit_link WHERE id = %d", ids[2]),
			}
		}, audit.Link, 3, -1, "block 3: the list of its entries was altered"},
		"insert in the middle": {func(ids []int64) []string {
			return []string{fmt.Sprintf(`INSERT INTO audit_entry (tenant_id, id, uid, at, xid, action, object, outcome, key_id, digest)
				SELECT tenant_id, 1000, 'forged', at, xid, 'update', 'institution', 'allow', key_id, digest FROM audit_entry WHERE id = %d`, ids[2])}
		}, audit.Inserted, 0, -2, "entry 1000, not sealed: was inserted"},
		"a genuine copy in the middle": {func(ids []int64) []string {
			return []string{
				fmt.Sprintf(`CREATE TEMP TABLE c AS SELECT * FROM audit_entry WHERE id = %d; UPDATE c SET id = 1000, changes = 0;
				INSERT INTO audit_entry SELECT * FROM c`, ids[2]),
			}
		}, audit.Inserted, 0, -2, "entry 1000"},
		"swap": {func(ids []int64) []string {
			// The same contents under exchanged numbers: each is genuine, neither stands where it was.
			return []string{
				"ALTER TABLE change_value DROP CONSTRAINT change_value_tenant_id_entry_id_fkey",
				fmt.Sprintf("UPDATE audit_entry SET id = -1 WHERE id = %d", ids[1]),
				fmt.Sprintf("UPDATE audit_entry SET id = %d WHERE id = %d", ids[1], ids[2]),
				fmt.Sprintf("UPDATE audit_entry SET id = %d WHERE id = -1", ids[2]),
				"ALTER TABLE change_value DISABLE TRIGGER USER", "DROP INDEX change_value_entry",
				fmt.Sprintf("UPDATE change_value SET entry_id = CASE entry_id WHEN %[1]d THEN %[2]d ELSE %[1]d END WHERE entry_id IN (%[1]d, %[2]d)", ids[1], ids[2]),
			}
		}, audit.Reordered, 2, 1, "stands in another's place"},
		"value changed": {func(ids []int64) []string {
			return []string{"ALTER TABLE change_value DISABLE TRIGGER USER", fmt.Sprintf("UPDATE change_value SET new = '99' WHERE entry_id = %d", ids[1])}
		}, audit.Value, 2, 1, `field "name"`},
		"value removed": {func(ids []int64) []string {
			return []string{fmt.Sprintf("DELETE FROM change_value WHERE entry_id = %d", ids[1])}
		}, audit.Value, 2, 1, "recorded value"},
		"value erased without an act": {func(ids []int64) []string {
			return []string{fmt.Sprintf("UPDATE change_value SET old = NULL, new = NULL, salt = NULL, erased_at = now(), erased_by = %d WHERE entry_id = %d", ids[0], ids[1])}
		}, audit.Value, 2, 1, "without an erasure"},
		"block altered": {func([]int64) []string {
			return []string{"UPDATE audit_block SET sealed_at = sealed_at + interval '1 day' WHERE seq = 2"}
		}, audit.Block, 2, -1, "block 2: the block was altered"},
		"block removed": {func([]int64) []string {
			return []string{"DELETE FROM audit_block WHERE seq = 3"}
		}, audit.NoBlock, 3, -1, "block 3: is missing from the chain"},
		"blocks exchanged": {func([]int64) []string {
			return []string{
				"DROP INDEX audit_block_seq, audit_link_place",
				"UPDATE audit_block SET seq = 5 - seq WHERE seq IN (2, 3)", "UPDATE audit_link SET seq = 5 - seq WHERE seq IN (2, 3)",
			}
		}, audit.Block, 2, -1, "block 2"},
		"a place altered": {func([]int64) []string {
			return []string{`UPDATE audit_link SET digest = '\x00' WHERE seq = 4`}
		}, audit.Link, 4, -1, "block 4: the list of its entries was altered"},
		"the end cut off": {func(ids []int64) []string {
			return []string{
				"DELETE FROM audit_block WHERE seq = 4", "DELETE FROM audit_link WHERE seq = 4",
				fmt.Sprintf("DELETE FROM audit_entry WHERE id = %d", ids[3]),
			}
		}, audit.NoBlock, 4, -1, "block 4: is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			ids := b.sealed(4)
			head, err := b.trail.Head(b.sys)
			if err != nil {
				t.Fatal(err)
			}
			b.owner(c.tamper(ids)...)
			f := b.verify(head).Finding
			if f == nil {
				t.Fatal("not noticed")
			}
			if f.Damage != c.damage || f.Block != c.block {
				t.Errorf("found %+v", *f)
			}
			switch {
			case c.entry == -1 && f.Entry != 0, c.entry == -2 && f.Entry != 1000, c.entry >= 0 && f.Entry != ids[c.entry]:
				t.Errorf("found entry %d of %v", f.Entry, ids)
			}
			want := c.says
			if strings.Contains(want, "%d") {
				want = fmt.Sprintf(want, f.Entry)
			}
			if !strings.Contains(f.String(), want) {
				t.Errorf("says %q, want %q", f, want)
			}
			if e := f.Fault(); e.Kind != fault.Conflict || e.Key != "audit.broken."+string(c.damage) {
				t.Errorf("fault %v", e)
			}
		})
	}
}

func TestVerifyNeedsTheHeadToNoticeARewrittenChain(t *testing.T) {
	b := newBench(t)
	b.sealed(2)
	head, err := b.trail.Head(b.sys)
	if err != nil {
		t.Fatal(err)
	}
	// Who has the secret too can write the chain anew, but not the exported head.
	b.owner("DELETE FROM audit_block", "DELETE FROM audit_link", "DELETE FROM audit_entry")
	b.sealed(2)
	if r := b.verify(); !r.OK() {
		t.Fatalf("the new chain is whole in itself: %v", r.Finding)
	}
	if r := b.verify(head); r.OK() || r.Finding.Damage != audit.HeadLost {
		t.Fatalf("%+v", r.Finding)
	}
}

func TestSealLeavesForgedEntriesOut(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", 1, 2))
	b.owner(`INSERT INTO audit_entry (tenant_id, uid, at, action, object, outcome, key_id, digest)
		SELECT tenant_id, 'forged', at, 'update', 'institution', 'allow', key_id, digest FROM audit_entry`)
	b.record(b.ctx, write("s", 2, 3))
	b.seal(2)
	f := b.verify().Finding
	if f == nil || f.Damage != audit.Inserted || f.Entry != b.ids()[1] {
		t.Fatalf("%v", f)
	}
}

// holdHorizon keeps a transaction of somebody else's running until the test ends: what is
// written from now on is not sealed before. Any other test on the server can do that.
func (b *bench) holdHorizon() {
	b.t.Helper()
	conn := dbtest.Owner(b.t, b.db)
	if _, err := conn.Exec(context.Background(), "BEGIN; SELECT pg_current_xact_id()"); err != nil {
		b.t.Fatal(err)
	}
}

// A copy of a genuine entry is as genuine as that, and was never written: it does not become
// part of the chain, whenever it was made, and is named wherever it stands.
func TestACopyOfAnEntryIsFoundWheneverItWasMade(t *testing.T) {
	copyOf := func(id int64, as int) string {
		return fmt.Sprintf(`CREATE TEMP TABLE c AS SELECT * FROM audit_entry WHERE id = %[1]d; UPDATE c SET id = %[2]d, xid = pg_current_xact_id(); INSERT INTO audit_entry SELECT * FROM c; DROP TABLE c;
			CREATE TEMP TABLE v AS SELECT * FROM change_value WHERE entry_id = %[1]d; UPDATE v SET entry_id = %[2]d, id = id + 100000; INSERT INTO change_value SELECT * FROM v; DROP TABLE v`, id, as)
	}
	for name, before := range map[string]func(b *bench){
		"of one that is sealed":           func(b *bench) { b.seal(2) },
		"of one that is not sealed":       func(*bench) {},
		"of one that can't be sealed yet": func(*bench) {},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			if name == "of one that can't be sealed yet" {
				b.holdHorizon()
			}
			b.record(b.ctx, write("s", 1, 2))
			b.record(b.ctx, write("s", 2, 3))
			ids := b.ids()
			before(b)
			b.owner(copyOf(ids[0], 1000))
			b.clock.Set(b.clock.Now().Add(time.Hour))
			b.record(b.ctx, write("s", 3, 4))
			sealed, err := b.trail.Seal(b.sys)
			if err != nil || sealed > 3 {
				t.Errorf("sealed %d, %v", sealed, err)
			}
			r := b.verify()
			if r.OK() || r.Finding.Damage != audit.Inserted || r.Finding.Entry != 1000 || r.Finding.Block != 0 {
				t.Errorf("%v", r.Finding)
			}
			// Nor where somebody has sealed it.
			b.owner("INSERT INTO audit_link (tenant_id, id, seq, position, digest) SELECT tenant_id, 1000, 99, 1, digest FROM audit_entry WHERE id = 1000")
			if r := b.verify(); r.OK() || r.Finding.Entry != 1000 {
				t.Errorf("sealed by another: %v", r.Finding)
			}
		})
	}
}

func TestSealTakesLateCommitsExactlyOnce(t *testing.T) {
	b := newBench(t)
	const writers, each = 4, 30
	// One writer takes its number first and commits last.
	begun, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
			if err := b.trail.Record(ctx, tx, write("late", 1, 2)); err != nil {
				return err
			}
			close(begun)
			<-release
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-begun
	b.record(b.ctx, write("early", 1, 2))
	if n, err := b.trail.Seal(b.sys); err != nil || n != 0 {
		t.Errorf("sealed %d behind a running transaction, %v", n, err)
	}
	close(release)
	all.Wait()

	done := make(chan struct{})
	var sealers, work sync.WaitGroup
	for range 2 {
		sealers.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(2 * time.Millisecond):
					if _, err := b.trail.Seal(b.sys); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for range writers {
		work.Go(func() {
			for i := range each {
				err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
					if err := b.trail.Record(ctx, tx, write("s", i, i+1)); err != nil {
						return err
					}
					time.Sleep(time.Duration(i%5) * time.Millisecond)
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	close(done)
	sealers.Wait()
	want := writers*each + 2
	deadline := time.Now().Add(2 * time.Minute)
	for {
		if _, err := b.trail.Seal(b.sys); err != nil {
			t.Fatal(err)
		}
		r := b.verify()
		if !r.OK() {
			t.Fatal(r.Finding)
		}
		if r.Entries == want && r.Unsealed == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v, want %d", r, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestSealGoesOnInAnotherCluster(t *testing.T) {
	b := newBench(t)
	b.sealed(2)
	b.record(b.ctx, write("s", 1, 2))
	// As after a dump and restore: the blocks speak of another cluster's
	// transactions, all of them far ahead of this one's.
	b.owner("UPDATE audit_entry SET xid = '9000000000' WHERE id > 2", "DELETE FROM audit_link", "DELETE FROM audit_block",
		"UPDATE audit_entry SET xid = '8000000000' WHERE id <= 2")
	b.record(b.ctx, write("s", 2, 3))
	b.owner(`INSERT INTO audit_block (tenant_id, seq, entries, first_id, last_id, xid_bound, cluster, sealed_at, key_id, prev_hash, hash)
		VALUES (1, 1, 1, 1, 1, '8000000001', 'another', now(), 0, '', '')`,
		"INSERT INTO audit_link (tenant_id, id, seq, position, digest) SELECT 1, id, 1, id, digest FROM audit_entry WHERE id <= 2")
	b.seal(2)
	head, err := b.trail.Head(b.sys)
	if err != nil || head.Block != 2 {
		t.Fatalf("%+v %v", head, err)
	}
	b.record(b.ctx, write("s", 3, 4))
	b.seal(1)
}

func TestEraseTakesValuesAndKeepsTheChain(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", "Aiperi", "Aigul"), write("other", "Bakyt", "Azamat"))
	e := write("s", nil, nil)
	e.Changes = []audit.Change{{Field: audit.Whole, New: map[string]any{"name": "Aigul"}}, {Field: "code", New: 5}}
	b.record(b.ctx, e)
	b.seal(3)
	if _, err := b.trail.Erase(b.ctx, audit.Erasure{Law: "x"}); fault.KindOf(err) != fault.Invalid {
		t.Fatalf("an erasure of everything: %v", err)
	}
	n, err := b.trail.Erase(b.ctx, audit.Erasure{Object: "institution", Target: "s", Fields: []string{"name"}, Law: "kg-58"})
	if err != nil || n != 2 {
		t.Fatalf("erased %d, %v", n, err)
	}
	lines, _, err := b.trail.Changes(b.sys, "institution", "s", "")
	if err != nil || len(lines) != 3 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, l := range lines {
		gone := l.Field != "code"
		if gone != (l.Old == nil && l.New == nil && !l.Erased.IsZero()) || l.Account != 7 {
			t.Errorf("%+v", l)
		}
	}
	r := b.verify()
	if !r.OK() || r.Erased != 2 {
		t.Fatalf("%+v %v", r, r.Finding)
	}
	others, _, err := b.trail.Changes(b.sys, "institution", "other", "")
	if err != nil || len(others) != 1 || string(others[0].New) != `"Azamat"` {
		t.Fatalf("%+v %v", others, err)
	}
	if n, err = b.trail.Erase(b.ctx, audit.Erasure{Values: []int64{others[0].ValueID}}); err != nil || n != 1 {
		t.Fatalf("by number: %d, %v", n, err)
	}
	if n, err = b.trail.Erase(b.ctx, audit.Erasure{Values: []int64{others[0].ValueID}}); err != nil || n != 0 {
		t.Fatalf("again: %d, %v", n, err)
	}
	b.seal(3)
	if r := b.verify(); !r.OK() || r.Erased != 3 || r.Entries != 6 {
		t.Fatalf("%+v %v", r, r.Finding)
	}
	if acts, _, err := b.trail.Search(b.sys, audit.Filter{Action: audit.ActionErase}, ""); err != nil || len(acts) != 3 || acts[2].Law != "kg-58" {
		t.Fatalf("%+v %v", acts, err)
	}
}

// An erasure answers for the values that it says it took, and for no other: whoever owns the
// database lays nothing to its charge.
func TestAnErasureCoversWhatItTook(t *testing.T) {
	for name, tamper := range map[string]func(b *bench, by string){
		"another value, too": func(b *bench, by string) {
			b.owner("UPDATE change_value SET old = NULL, new = NULL, salt = NULL, erased_at = now(), erased_by = " + by + " WHERE erased_at IS NULL AND field = 'name'")
		},
		"what it said": func(b *bench, by string) {
			b.owner("ALTER TABLE change_value DISABLE TRIGGER USER", "UPDATE change_value SET new = NULL WHERE entry_id = "+by)
		},
		"none of what it took is left": func(b *bench, by string) {
			b.owner("DELETE FROM change_value WHERE erased_by = " + by)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.record(b.ctx, write("s", "Aiperi", "Aigul"), write("other", "Bakyt", "Azamat"))
			b.seal(2)
			if n, err := b.trail.Erase(b.ctx, audit.Erasure{Object: "institution", Target: "s", Law: "kg-58"}); err != nil || n != 1 {
				t.Fatalf("erased %d, %v", n, err)
			}
			// A second erasure of everything leaves what the first one says.
			if n, err := b.trail.Erase(b.ctx, audit.Erasure{Object: audit.ObjectAudit, Target: "s", Law: "kg-58"}); err != nil || n != 0 {
				t.Fatalf("erased %d of an erasure, %v", n, err)
			}
			b.seal(2)
			if r := b.verify(); !r.OK() || r.Erased != 1 {
				t.Fatalf("%+v %v", r, r.Finding)
			}
			tamper(b, "(SELECT min(id) FROM audit_entry WHERE action = 'erase')")
			if f := b.verify().Finding; f == nil || f.Damage != audit.Value {
				t.Errorf("found %+v", f)
			}
		})
	}
}

func TestVerifyAcrossSecrets(t *testing.T) {
	b := newBench(t)
	b.sealed(1)
	renewed, err := audit.New(b.db, b.clock, []byte("the next secret of the tests"), []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	old := b.trail
	b.trail = renewed
	b.sealed(1)
	if r := b.verify(); !r.OK() || r.Blocks != 2 {
		t.Fatalf("%+v %v", r, r.Finding)
	}
	b.trail = old
	if f := b.verify().Finding; f == nil || f.Damage != audit.NoKey || f.Block != 2 {
		t.Fatalf("%v", f)
	}
}

func TestEqualValuesOfTwoMinistriesHaveDifferentDigests(t *testing.T) {
	b := newBench(t)
	b.clock.Set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	two := dbtest.Tenant(t, b.db, "two", "test")
	digest := func(ctx context.Context) (s string) {
		b.record(ctx, write("s", 1, 2))
		batch := &pgx.Batch{}
		batch.Queue("SELECT encode(digest, 'hex') FROM change_value WHERE tenant_id = $1", db.TenantOf(ctx)).QueryRow(func(r pgx.Row) error { return r.Scan(&s) })
		if err := b.db.Read(ctx, batch); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if a, b := digest(b.sys), digest(two); a == b || a == "" {
		t.Fatalf("%q %q", a, b)
	}
}

func TestHeadsAreExportedAndReadBack(t *testing.T) {
	b := newBench(t)
	var file bytes.Buffer
	for range 2 {
		b.record(b.ctx, write("s", 1, 2))
		b.seal(1)
		if err := b.trail.Export(b.sys, &file); err != nil {
			t.Fatal(err)
		}
	}
	text := file.String()
	if strings.Count(text, "\n") != 2 {
		t.Fatalf("%q", text)
	}
	heads, err := audit.ReadHeads(strings.NewReader(text+`{"tenant":"two","block":1,"hash":"00"}`+"\n\n"), "one")
	if err != nil || len(heads) != 2 || heads[1].Block != 2 {
		t.Fatalf("%+v %v", heads, err)
	}
	if r := b.verify(heads...); !r.OK() {
		t.Fatal(r.Finding)
	}
	if _, err := audit.ReadHeads(strings.NewReader(text+"{}x\n"), "one"); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Fatalf("%v", err)
	}
}

func FuzzReadHeads(f *testing.F) {
	good, _ := json.Marshal(audit.Head{Tenant: "one", Block: 3, Entries: 9, Hash: "00ff"})
	f.Add(string(good))
	f.Add(`{"tenant":"one","block":1,"hash":"zz"}`)
	f.Add("\n\n{")
	f.Fuzz(func(t *testing.T, text string) {
		heads, err := audit.ReadHeads(strings.NewReader(text), "one")
		for _, h := range heads {
			if h.Tenant != "one" || h.Block < 0 || (h.Block > 0) != (h.Hash != "") {
				t.Errorf("%+v", h)
			}
		}
		if err != nil && heads != nil {
			t.Error("heads beside an error")
		}
	})
}
