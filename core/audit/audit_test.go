package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/db/dbtest"
	"mektep/core/fault"
)

const secret = "a secret of the tests' own"

// bench is a ministry with its trail and a person in it.
type bench struct {
	t     *testing.T
	db    *db.DB
	trail *audit.Trail
	clock *clock.Clock
	sys   context.Context // the system role "test"
	ctx   context.Context // account 7
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, db: dbtest.New(t), clock: &clock.Clock{}}
	var err error
	if b.trail, err = audit.New(b.db, b.clock, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	b.sys = dbtest.Tenant(t, b.db, "one", "test")
	b.ctx = b.as(7)
	return b
}

func (b *bench) as(account int64) context.Context {
	return dbtest.As(b.sys, caller.Caller{Account: account, AccountUID: "uid", Session: "session", RequestID: "request"})
}

// record appends entries in a unit of their own.
func (b *bench) record(ctx context.Context, entries ...audit.Entry) {
	b.t.Helper()
	err := b.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return b.trail.Record(ctx, tx, entries...) })
	if err != nil {
		b.t.Fatal(err)
	}
}

// write is an ordinary write of one field.
func write(target string, from, to any) audit.Entry {
	return audit.Entry{
		Action: "update", Object: "institution", Target: target, UnitPath: "1.5.",
		Changes: []audit.Change{{Field: "name", Old: from, New: to}},
	}
}

// seal seals until n entries have been sealed. Transactions of other tests on the
// same server may hold the horizon back for a moment.
func (b *bench) seal(n int) {
	b.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for sealed := 0; sealed < n; {
		k, err := b.trail.Seal(b.sys)
		if err != nil {
			b.t.Fatal(err)
		}
		if sealed += k; sealed < n {
			if time.Now().After(deadline) {
				b.t.Fatalf("sealed %d of %d", sealed, n)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

func (b *bench) verify(heads ...audit.Head) audit.Report {
	b.t.Helper()
	r, err := b.trail.Verify(b.sys, heads...)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// owner runs statements as the tables' owner inside the ministry: an attacker who
// has the database but not the secret.
func (b *bench) owner(statements ...string) {
	b.t.Helper()
	conn := dbtest.Owner(b.t, b.db)
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "SELECT set_config('mektep.tenant', $1, false)", "1"); err != nil {
		b.t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			b.t.Fatalf("%s: %v", s, err)
		}
	}
}

// ids returns the numbers of all entries in order.
func (b *bench) ids() []int64 {
	b.t.Helper()
	var ids []int64
	batch := &pgx.Batch{}
	batch.Queue("SELECT id FROM audit_entry WHERE tenant_id = $1 ORDER BY id", db.TenantOf(b.sys)).Query(func(rows pgx.Rows) error {
		var err error
		ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	if err := b.db.Read(b.sys, batch); err != nil {
		b.t.Fatal(err)
	}
	return ids
}

func TestRecordSaysWhoFromTheContext(t *testing.T) {
	b := newBench(t)
	e := write("school", "Old", "New")
	e.Order = audit.Order{Number: "78/1", Date: time.Date(2026, 1, 29, 15, 0, 0, 0, time.UTC)}
	e.Account, e.AccountUID = 99, "somebody else" // counts only when nobody has signed in
	b.record(b.ctx, e)
	got, next, err := b.trail.Search(b.sys, audit.Filter{}, "")
	if err != nil || len(got) != 1 || next != "" {
		t.Fatalf("got %d entries, %q, %v", len(got), next, err)
	}
	r := got[0]
	if r.Account != 7 || r.AccountUID != "uid" || r.Session != "session" || r.RequestID != "request" || r.Outcome != audit.Allow {
		t.Errorf("who: %+v", r)
	}
	if r.Order.Number != "78/1" || r.Order.Date.Format(time.DateOnly) != "2026-01-29" || len(r.Fields) != 1 || r.Fields[0] != "name" {
		t.Errorf("what: %+v", r)
	}
}

func TestRecordNamesTheAccountOfASignIn(t *testing.T) {
	b := newBench(t)
	nobody := dbtest.As(b.sys, caller.Caller{RequestID: "r"})
	b.record(nobody, audit.Entry{Action: "sign_in", Object: "account", Account: 12, AccountUID: "a12"})
	got, _, err := b.trail.Search(b.sys, audit.Filter{Account: 12}, "")
	if err != nil || len(got) != 1 {
		t.Fatalf("got %v %v", got, err)
	}
}

func TestRecordVanishesWithItsUnit(t *testing.T) {
	b := newBench(t)
	stop := errors.New("stop")
	err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := b.trail.Record(ctx, tx, write("s", 1, 2)); err != nil {
			t.Fatal(err)
		}
		return stop
	})
	if !errors.Is(err, stop) || len(b.ids()) != 0 {
		t.Fatalf("%v, %d entries", err, len(b.ids()))
	}
}

func TestRecordRefusesDefects(t *testing.T) {
	b := newBench(t)
	for name, e := range map[string]audit.Entry{
		"no action":     {Object: "o"},
		"no object":     {Action: "a"},
		"no field":      {Action: "a", Object: "o", Changes: []audit.Change{{New: 1}}},
		"odd field":     {Action: "a", Object: "o", Fields: []string{"a\x1fb"}},
		"field twice":   {Action: "a", Object: "o", Changes: []audit.Change{{Field: "f", New: 1}, {Field: "f", New: 2}}},
		"no JSON value": {Action: "a", Object: "o", Changes: []audit.Change{{Field: "f", New: func() {}}}},
	} {
		err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error { return b.trail.Record(ctx, tx, e) })
		if err == nil {
			t.Errorf("%s: recorded", name)
		}
	}
	if _, err := audit.New(b.db, b.clock); err == nil {
		t.Error("a trail without a secret")
	}
	if _, err := audit.New(b.db, b.clock, []byte("short")); err == nil {
		t.Error("a trail with a guessable secret")
	}
}

func TestRefusalStaysWhenTheUnitIsRolledBack(t *testing.T) {
	b := newBench(t)
	denied := fault.New(fault.Denied, "gate.not_yours").WithCheck("policy").WithRule("KG-ER-6a", "kg-78-1 §4.1")
	err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := b.trail.Record(ctx, tx, write("s", 1, 2)); err != nil {
			t.Fatal(err)
		}
		// Inside the unit that is about to fail: the refusal must not go down with it.
		if err := b.trail.Refusal(ctx, denied, audit.Entry{Action: "update", Object: "institution", Target: "s", UnitPath: "1.5."}); err != nil {
			t.Fatal(err)
		}
		return denied
	})
	if !errors.Is(err, denied) {
		t.Fatal(err)
	}
	got, _, err := b.trail.Search(b.sys, audit.Filter{Outcome: audit.Deny}, "")
	if err != nil || len(got) != 1 || len(b.ids()) != 1 {
		t.Fatalf("%v %v", got, err)
	}
	if r := got[0]; r.Rule != "KG-ER-6a" || r.Law != "kg-78-1 §4.1" || r.Check != "policy" || r.Reason != "gate.not_yours" || r.Account != 7 {
		t.Errorf("%+v", r)
	}
}

func TestRefusalOutlivesACancelledRequest(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(b.ctx)
	cancel()
	if err := b.trail.Refusal(ctx, errors.New("broken"), audit.Entry{Action: "read", Object: "institution"}); err != nil {
		t.Fatal(err)
	}
	got, _, err := b.trail.Search(b.sys, audit.Filter{Outcome: audit.Error}, "")
	if err != nil || len(got) != 1 || got[0].Reason != "fault.internal" {
		t.Fatalf("%v %v", got, err)
	}
	if err := b.trail.Refusal(b.ctx, nil, audit.Entry{}); err != nil {
		t.Fatal("nothing was refused", err)
	}
}

func TestSearchFiltersAndPages(t *testing.T) {
	b := newBench(t)
	day := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for i := range 7 {
		e := write("s", i, i+1)
		e.At, e.Rule = day.Add(time.Duration(i)*time.Hour), "R"
		e.UnitPath = []string{"1.5.", "1.5.a.", "1.5z.", "1.6."}[i%4]
		b.record(b.as(int64(1+i%2)), e)
	}
	for name, c := range map[string]struct {
		f    audit.Filter
		want int
	}{
		"all":       {audit.Filter{}, 7},
		"account":   {audit.Filter{Account: 1}, 4},
		"nobody":    {audit.Filter{System: "test"}, 0},
		"subtree":   {audit.Filter{Subtree: "1.5."}, 4}, // "1.5z." is a neighbour, not a child
		"object":    {audit.Filter{Object: "learner"}, 0},
		"action":    {audit.Filter{Action: "update", Target: "s", Rule: "R"}, 7},
		"from":      {audit.Filter{From: day.Add(5 * time.Hour)}, 2},
		"until":     {audit.Filter{Until: day.Add(5 * time.Hour)}, 5},
		"refusals":  {audit.Filter{Outcome: audit.Deny}, 0},
		"other day": {audit.Filter{From: day.AddDate(0, 0, 1)}, 0},
	} {
		c.f.Limit = 3
		var last time.Time
		n, after := 0, ""
		for pages := 0; ; pages++ {
			got, next, err := b.trail.Search(b.sys, c.f, after)
			if err != nil || pages > 5 {
				t.Fatalf("%s: %v, %d pages", name, err, pages)
			}
			for _, r := range got {
				if !last.IsZero() && !r.At.Before(last) {
					t.Errorf("%s: not newest first", name)
				}
				last = r.At
			}
			if n += len(got); next == "" {
				break
			}
			after = next
		}
		if n != c.want {
			t.Errorf("%s: %d, want %d", name, n, c.want)
		}
	}
	if _, _, err := b.trail.Search(b.sys, audit.Filter{}, "nonsense"); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a cursor of nonsense: %v", err)
	}
}

func TestChangesShowTheHistoryOfEveryField(t *testing.T) {
	b := newBench(t)
	whole := audit.Entry{Action: "create", Object: "institution", Target: "s", Changes: []audit.Change{
		{Field: audit.Whole, New: map[string]any{"name": "Нарын №1", "code": 12, "closed": nil}},
	}}
	b.record(b.ctx, whole)
	e := write("s", "Нарын №1", "Нарын №2")
	e.Changes = append(e.Changes, audit.Change{Field: "code", Old: 12, New: nil})
	e.Order.Number = "14"
	b.record(b.as(8), e)
	b.record(b.ctx, write("other", 1, 2))
	lines, next, err := b.trail.Changes(b.sys, "institution", "s", "")
	if err != nil || next != "" {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, l.Field+":"+string(l.Old)+">"+string(l.New)+" "+l.Order.Number)
	}
	want := `code:12> 14|name:"Нарын №1">"Нарын №2" 14|code:>12 |name:>"Нарын №1" `
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if lines[0].Account != 8 || lines[2].Account != 7 {
		t.Error("who is lost")
	}
}

func TestChangesPageByWholeActs(t *testing.T) {
	b := newBench(t)
	var entries []audit.Entry
	for i := range 120 {
		e := write("s", i, i+1)
		e.Changes = append(e.Changes, audit.Change{Field: "code", New: i})
		entries = append(entries, e)
	}
	b.record(b.ctx, entries...)
	seen := map[int64]int{}
	for after, pages := "", 0; ; pages++ {
		lines, next, err := b.trail.Changes(b.sys, "institution", "s", after)
		if err != nil || pages > 5 {
			t.Fatal(err, pages)
		}
		for _, l := range lines {
			seen[l.ID]++
		}
		if after = next; next == "" {
			break
		}
	}
	if len(seen) != 120 {
		t.Fatalf("%d acts", len(seen))
	}
	for id, n := range seen {
		if n != 2 {
			t.Fatalf("act %d has %d lines", id, n)
		}
	}
}

func TestTrailIsWalledByMinistry(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", 1, 2))
	b.seal(1)
	other := dbtest.Tenant(t, b.db, "two", "test")
	if got, _, err := b.trail.Search(other, audit.Filter{}, ""); err != nil || len(got) != 0 {
		t.Errorf("another ministry's entries: %v %v", got, err)
	}
	if got, _, err := b.trail.Changes(other, "institution", "s", ""); err != nil || len(got) != 0 {
		t.Errorf("another ministry's values: %v %v", got, err)
	}
	if r, err := b.trail.Verify(other); err != nil || r.Entries+r.Unsealed+r.Blocks != 0 {
		t.Errorf("another ministry's chain: %+v %v", r, err)
	}
	if _, err := b.trail.Seal(context.Background()); err == nil {
		t.Error("sealed for nobody")
	}
}

func TestServiceRoleCannotAlterTheTrail(t *testing.T) {
	b := newBench(t)
	b.record(b.ctx, write("s", 1, 2))
	b.seal(1)
	for _, sql := range []string{
		"UPDATE audit_entry SET account_id = 1 WHERE tenant_id = 1",
		"DELETE FROM audit_entry WHERE tenant_id = 1",
		"TRUNCATE audit_entry",
		"UPDATE audit_block SET entries = 2 WHERE tenant_id = 1",
		"DELETE FROM audit_block WHERE tenant_id = 1",
		"UPDATE audit_link SET position = 2 WHERE tenant_id = 1",
		"DELETE FROM audit_link WHERE tenant_id = 1",
		"DELETE FROM change_value WHERE tenant_id = 1",
		"UPDATE change_value SET digest = '' WHERE tenant_id = 1",
		"UPDATE change_value SET new = '3' WHERE tenant_id = 1",              // anything but an erasure
		"UPDATE change_value SET old = NULL, new = NULL WHERE tenant_id = 1", // an erasure that does not say so
	} {
		err := b.db.Tenant(b.ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, sql)
			return err
		})
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
