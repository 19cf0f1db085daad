package unit_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mektep/core/db"
)

// What was entered once stands in the unit's row; a chain stands beside it from the second
// fact on, whole.
func TestFactsStandBesideAUnitFromTheSecondOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	u := w.school(t, "Bir", "100")
	beside := func(want string) {
		t.Helper()
		var have string
		if err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT concat_ws(' ', (SELECT count(*) FROM unit_name), (SELECT count(*) FROM unit_type), (SELECT count(*) FROM unit_parent))").Scan(&have)
		}); err != nil {
			t.Fatal(err)
		}
		if have != want {
			t.Errorf("%s facts beside the units, want %s", have, want)
		}
	}
	life := func() string {
		t.Helper()
		l, err := w.tree.Life(w.ctx, u)
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, f := range l.Names {
			all = append(all, fmt.Sprint(f.Name["tr"], f.Since.Year(), f.Until != nil, f.Order))
		}
		for _, f := range l.Parents {
			all = append(all, fmt.Sprint(f.Parent.Name["tr"], f.Since.Year(), f.Until != nil, f.Order))
		}
		return strings.Join(all, "; ")
	}
	is := func(want string) {
		t.Helper()
		if have := life(); have != want {
			t.Errorf("%s, want %s", have, want)
		}
	}
	fresh := func() {
		t.Helper()
		var err error
		if u, err = w.tree.Get(w.ctx, u.UID); err != nil {
			t.Fatal(err)
		}
	}
	beside("0 0 0")
	is("Bir2000 false; Merkez2000 false")
	if err := w.tree.Rename(w.ctx, u, named("İki"), day("2030-01-01"), "no. 2"); err != nil {
		t.Fatal(err)
	}
	fresh()
	beside("2 0 0")
	is("İki2030 falseno. 2; Bir2000 true; Merkez2000 false")
	if err := w.tree.Move(w.ctx, u, w.west, day("2010-01-01"), "no. 3"); err != nil {
		t.Fatal(err)
	}
	fresh()
	beside("2 0 2")
	is("İki2030 falseno. 2; Bir2000 true; Batı2010 falseno. 3; Merkez2000 true")
	if err := w.tree.Begin(w.ctx, u, day("2001-01-01")); err != nil {
		t.Fatal(err)
	}
	fresh()
	is("İki2030 falseno. 2; Bir2001 true; Batı2010 falseno. 3; Merkez2001 true")
}

// The functions that read facts are put into the query that asks, or each look would read
// the whole register.
func TestFactsAreFoundByTheirKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 3 {
		w.school(t, "Okul", "")
	}
	for _, sql := range []string{
		"SELECT * FROM unit_names($1, $2)", "SELECT * FROM unit_types($1, $2)", "SELECT * FROM unit_places($1, $2)", "SELECT * FROM unit_lies($1, $2)",
		"SELECT z.type FROM unit_lies($1, $2) q CROSS JOIN LATERAL unit_types($1, q.unit_id) z",
		"SELECT n.parent_id FROM unit_lies($1, $2) q CROSS JOIN LATERAL unit_places($1, q.unit_id) n",
		"SELECT m.name FROM unit u CROSS JOIN LATERAL unit_names(u.tenant_id, u.id) m WHERE u.tenant_id = $1 AND u.parent_id = $2",
	} {
		var plan strings.Builder
		if err := w.db.Tenant(w.ctx, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.PGX().Exec(ctx, "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"); err != nil {
				return err
			}
			rows, err := tx.PGX().Query(ctx, "EXPLAIN "+sql, tx.Tenant(), w.district.ID)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					return err
				}
				plan.WriteString(line + "\n")
			}
			return rows.Err()
		}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(plan.String(), "Function Scan") || strings.Contains(plan.String(), "Seq Scan") {
			t.Errorf("%s:\n%s", sql, plan.String())
		}
	}
}
