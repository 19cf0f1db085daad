package db_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/db/dbtest"
)

// walked are tables of which a foreign key's check may walk a part: it is small.
var walked = map[string]string{
	"platform.operator": "a handful of people",
	"unit_name":         "one unit's names",
	"unit_type":         "one unit's types",
	"unit_parent":       "one unit's places",
}

// TestAForeignKeyIsCheckedByItsKey: what a foreign key's check is planned as on
// tables that the database has not looked at yet is what an import runs with, for
// every row. Another index that holds the columns too would be walked from one end
// of a ministry to the other.
func TestAForeignKeyIsCheckedByItsKey(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn := dbtest.Super(t, dbtest.New(t))
	rows, err := conn.Query(ctx, `SELECT DISTINCT confrelid::regclass::text, conindid::regclass::text,
			(SELECT array_agg(format('%I', a.attname)::text ORDER BY k.n) FROM unnest(confkey) WITH ORDINALITY AS k(attnum, n)
			 JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.attnum),
			(SELECT array_agg(format_type(a.atttypid, NULL) ORDER BY k.n) FROM unnest(confkey) WITH ORDINALITY AS k(attnum, n)
			 JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = k.attnum)
		FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	type target struct {
		table, index   string
		columns, types []string
	}
	targets, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (target, error) {
		var k target
		err := r.Scan(&k.table, &k.index, &k.columns, &k.types)
		return k, err
	})
	if err != nil || len(targets) < 5 {
		t.Fatalf("%d keys, %v", len(targets), err)
	}
	if _, err := conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan"); err != nil {
		t.Fatal(err)
	}
	for n, k := range targets {
		where, nulls := make([]string, len(k.columns)), make([]string, len(k.columns))
		for i, c := range k.columns {
			where[i], nulls[i] = fmt.Sprintf("%s = $%d", c, i+1), "NULL"
		}
		name := fmt.Sprintf("check_%d", n)
		// As the database itself writes it.
		sql := fmt.Sprintf("PREPARE %s(%s) AS SELECT 1 FROM ONLY %s x WHERE %s FOR KEY SHARE OF x", name, strings.Join(k.types, ", "), k.table, strings.Join(where, " AND "))
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
		var raw []byte
		explain := fmt.Sprintf("EXPLAIN (FORMAT JSON) EXECUTE %s(%s)", name, strings.Join(nulls, ", "))
		if err := conn.QueryRow(ctx, explain, pgx.QueryExecModeSimpleProtocol).Scan(&raw); err != nil {
			t.Fatal(err)
		}
		if index := `"Index Name": "` + k.index[strings.LastIndexByte(k.index, '.')+1:] + `"`; !strings.Contains(string(raw), index) && walked[k.table] == "" {
			t.Errorf("a key to %s (%s) is not checked by %s:\n%s", k.table, strings.Join(k.columns, ", "), k.index, raw)
		}
	}
}
