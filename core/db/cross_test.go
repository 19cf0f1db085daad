package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// attack is one statement by ministry b against ministry a's row of a table. It
// returns how many of a's rows it saw or changed; a refusal by the wall or by
// missing rights is what it hopes for.
type attack struct {
	name string
	run  func(ctx context.Context, tx *db.Tx, tab *table, a, b int32) (int64, error)
}

// counted makes an attack of a query that returns one number.
func counted(name, query string) attack {
	return attack{name, func(ctx context.Context, tx *db.Tx, tab *table, a, b int32) (n int64, err error) {
		return n, tx.PGX().QueryRow(ctx, fill(query, tab, a, b)).Scan(&n)
	}}
}

// changed makes an attack of a statement that should touch no row.
func changed(name, statement string) attack {
	return attack{name, func(ctx context.Context, tx *db.Tx, tab *table, a, b int32) (int64, error) {
		tag, err := tx.PGX().Exec(ctx, fill(statement, tab, a, b))
		return tag.RowsAffected(), err
	}}
}

func fill(query string, tab *table, a, b int32) string {
	names := make([]string, len(tab.columns)) // but what is generated
	for i, c := range tab.columns {
		names[i] = pgx.Identifier{c.name}.Sanitize()
	}
	return strings.NewReplacer("{t}", tab.quoted(), "{c}", strings.Join(append([]string{""}, names...), ", "), "$a", fmt.Sprint(a), "$b", fmt.Sprint(b)).Replace(query)
}

// mustFail makes an attack whose success alone is a hole.
func mustFail(at attack) attack {
	return attack{at.name, func(ctx context.Context, tx *db.Tx, tab *table, a, b int32) (int64, error) {
		_, err := at.run(ctx, tx, tab, a, b)
		if err == nil {
			return 0, errors.New("it went through")
		}
		return 0, err
	}}
}

func attacks() []attack {
	return []attack{
		counted("select", "SELECT count(*) FROM {t} WHERE tenant_id = $a"),
		counted("select all", "SELECT count(*) FROM {t} WHERE tenant_id <> $b OR tenant_id IS NULL"),
		counted("select or", "SELECT count(*) FILTER (WHERE tenant_id <> $b) FROM {t} WHERE tenant_id = $b OR tenant_id = $a OR true"),
		counted("self join", "SELECT count(*) FROM {t} x CROSS JOIN {t} y WHERE x.tenant_id = $a OR y.tenant_id = $a"),
		counted("outer join", "SELECT count(x.tenant_id) FROM (VALUES ($a)) v (t) LEFT JOIN {t} x ON x.tenant_id = v.t"),
		counted("exists", "SELECT CASE WHEN EXISTS (SELECT FROM {t} WHERE tenant_id = $a) THEN 1 ELSE 0 END"),
		counted("with", "WITH x AS MATERIALIZED (SELECT * FROM {t}) SELECT count(*) FROM x WHERE tenant_id = $a"),
		counted("union", "SELECT count(*) FROM (SELECT tenant_id FROM {t} UNION ALL SELECT tenant_id FROM {t}) x WHERE tenant_id = $a"),
		counted("row as text", "SELECT count(*) FROM {t} x WHERE x::text LIKE '($a,%'"),
		counted("statistics", "SELECT count(*) FROM pg_stats WHERE format('%I.%I', schemaname, tablename)::regclass = '{t}'::regclass"),
		// An operator that fails on a's row must not get to see it.
		counted("leak by error", "SELECT count(*) FROM {t} WHERE 1 / (tenant_id - $a) = 7"),
		{"gorm or", func(_ context.Context, tx *db.Tx, tab *table, a, b int32) (int64, error) {
			var rows []map[string]any
			err := tx.Gorm().Table(tab.quoted()).Where("tenant_id = ?", b).Or("tenant_id = ?", a).Or("true").Find(&rows).Error
			var n int64
			for _, r := range rows {
				if r["tenant_id"] != b {
					n++
				}
			}
			return n, err
		}},
		{"gorm raw", func(_ context.Context, tx *db.Tx, tab *table, a, b int32) (n int64, err error) {
			return n, tx.Gorm().Raw(fill("SELECT count(*) FROM {t} WHERE tenant_id = ?", tab, a, b), a).Scan(&n).Error
		}},
		{"copy out", func(ctx context.Context, tx *db.Tx, tab *table, a, b int32) (int64, error) {
			var out bytes.Buffer
			_, err := tx.PGX().Conn().PgConn().CopyTo(ctx, &out, fill("COPY (SELECT tenant_id FROM {t}) TO STDOUT", tab, a, b))
			if err == nil && !tab.parent {
				_, err = tx.PGX().Conn().PgConn().CopyTo(ctx, &out, fill("COPY {t} (tenant_id) TO STDOUT", tab, a, b))
			}
			return int64(strings.Count("\n"+out.String(), fmt.Sprintf("\n%d\n", a))), err
		}},
		mustFail(attack{"copy in", func(ctx context.Context, tx *db.Tx, tab *table, a, _ int32) (int64, error) {
			return tx.PGX().CopyFrom(ctx, pgx.Identifier{"public", tab.name}, []string{"tenant_id"}, pgx.CopyFromRows([][]any{{a}}))
		}}),
		mustFail(attack{"insert", func(ctx context.Context, tx *db.Tx, tab *table, a, _ int32) (int64, error) {
			tag, err := tx.PGX().Exec(ctx, tab.insert(a))
			return tag.RowsAffected(), err
		}}),
		mustFail(attack{"upsert", func(ctx context.Context, tx *db.Tx, tab *table, a, _ int32) (int64, error) {
			tag, err := tx.PGX().Exec(ctx, tab.insert(a)+" ON CONFLICT DO NOTHING")
			return tag.RowsAffected(), err
		}}),
		mustFail(changed("insert from select", "INSERT INTO {t} (tenant_id{c}) SELECT $a{c} FROM {t} x")),
		mustFail(changed("move a row there", "UPDATE {t} SET tenant_id = $a WHERE tenant_id = $b")),
		changed("take a row from there", "UPDATE {t} SET tenant_id = $b WHERE tenant_id = $a"),
		changed("update from a join", "UPDATE {t} x SET tenant_id = x.tenant_id FROM {t} y WHERE x.tenant_id = $a OR y.tenant_id = $a"),
		changed("merge", "MERGE INTO {t} x USING (VALUES ($a)) v (t) ON x.tenant_id = v.t WHEN MATCHED THEN DELETE"),
		changed("delete", "DELETE FROM {t} WHERE tenant_id = $a"),
		changed("delete using", "DELETE FROM {t} x USING {t} y WHERE y.tenant_id = $a"),
		counted("lock", "SELECT count(*) FROM (SELECT FROM {t} WHERE tenant_id = $a FOR UPDATE) x"),
		mustFail(changed("truncate", "TRUNCATE {t}")),
		mustFail(changed("take the wall down", "ALTER TABLE {t} DISABLE ROW LEVEL SECURITY")),
	}
}

// refused reports the wall's own refusals: missing rights or a policy (42501), and
// COPY FROM, which row-level security does not allow at all (0A000).
func refused(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && (e.Code == "42501" || e.Code == "0A000")
}

// try runs an attack in a unit of b's and says what came of it; empty: nothing.
func try(ctx context.Context, d *db.DB, at attack, tab *table, a, b int32) string {
	var n int64
	err := d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = at.run(ctx, tx, tab, a, b)
		return err
	})
	switch {
	case n != 0:
		return fmt.Sprintf("reached %d rows", n)
	case err != nil && !refused(err):
		return err.Error()
	}
	return ""
}

// For every tenant table, present and future, and every kind of statement: one
// ministry sees and changes nothing of another.
func TestNoStatementReachesAnotherMinistry(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	ctxA, ctxB := dbtest.Tenant(t, d, "aa", "xx"), dbtest.Tenant(t, d, "bb", "xx")
	a, b := db.TenantOf(ctxA), db.TenantOf(ctxB)
	super := dbtest.Super(t, d)
	var tables []*table
	for _, tab := range tenantTables(t, super) {
		if tab.partition || tab.seed(t, super, a, b) {
			tables = append(tables, tab)
		}
	}
	if _, err := super.Exec(context.Background(), "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	before := digests(t, super, tables, a)
	for _, tab := range tables {
		if !tab.partition && !strings.HasPrefix(before[tab.name], "1 ") {
			t.Fatalf("%s: ministry a has no row to be seen", tab.name)
		}
		if own := try(ctxB, d, counted("own", "SELECT count(*) FROM {t} WHERE tenant_id = $b"), tab, a, b); own != "reached 1 rows" && !tab.partition {
			t.Errorf("%s: ministry b does not see its own row: %s", tab.name, own)
		}
		for _, at := range attacks() {
			if tab.partition && tab.row == nil && (at.name == "insert" || at.name == "upsert") {
				continue
			}
			if hole := try(ctxB, d, at, tab, a, b); hole != "" {
				t.Errorf("%s: %s: %s", tab.name, at.name, hole)
			}
		}
		unharmed(t, super, tables, a, before, "attacks on "+tab.name)
	}
	// Everything b may delete, with whatever follows from it by foreign keys.
	for _, tab := range tables {
		_ = d.Tenant(ctxB, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.PGX().Exec(ctx, "DELETE FROM "+tab.quoted())
			return err
		})
		unharmed(t, super, tables, a, before, "a deletion in "+tab.name)
	}
}

// unharmed compares what a ministry has with what it had.
func unharmed(t *testing.T, super *pgx.Conn, tables []*table, tenant int32, before map[string]string, cause string) {
	t.Helper()
	for name, after := range digests(t, super, tables, tenant) {
		if after != before[name] {
			t.Fatalf("%s: after %s it is %q, before it was %q", name, cause, after, before[name])
		}
	}
}

// Without the wall every attack must come through, or it proves nothing.
func TestEveryAttackWorksWithoutTheWall(t *testing.T) {
	t.Parallel()
	d := withProbe(t, db.Config{})
	ctxA, ctxB := dbtest.Tenant(t, d, "aa", "xx"), dbtest.Tenant(t, d, "bb", "xx")
	a, b := db.TenantOf(ctxA), db.TenantOf(ctxB)
	super := dbtest.Super(t, d)
	var probe *table
	for _, tab := range tenantTables(t, super) {
		if tab.name == "probe" {
			probe = tab
		}
	}
	if _, err := super.Exec(context.Background(), "ALTER TABLE probe NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY; GRANT TRUNCATE ON probe TO mektep_service"); err != nil {
		t.Fatal(err)
	}
	for _, at := range attacks() {
		if at.name == "take the wall down" {
			continue // only its owner could
		}
		if _, err := super.Exec(context.Background(), "TRUNCATE probe"); err != nil {
			t.Fatal(err)
		}
		if !probe.seed(t, super, a, b) {
			return
		}
		if at.name == "insert" || at.name == "upsert" {
			probe.row["text"] = "'another'"
		}
		if at.name == "statistics" {
			if _, err := super.Exec(context.Background(), "ANALYZE probe"); err != nil {
				t.Fatal(err)
			}
		}
		if try(ctxB, d, at, probe, a, b) == "" {
			t.Errorf("%s does not notice that the wall is gone", at.name)
		}
	}
}

// digests counts and hashes a ministry's rows in each table.
func digests(t *testing.T, super *pgx.Conn, tables []*table, tenant int32) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, tab := range tables {
		var digest string
		err := super.QueryRow(context.Background(),
			fmt.Sprintf("SELECT count(*) || ' ' || coalesce(md5(string_agg(x::text, '|' ORDER BY x::text)), '') FROM %s x WHERE tenant_id = $1", tab.quoted()), tenant).Scan(&digest)
		if err != nil {
			t.Fatal(err)
		}
		all[tab.name] = digest
	}
	return all
}

// Views: whatever has a tenant_id shows one ministry's only.
func TestNoViewShowsAnotherMinistry(t *testing.T) {
	t.Parallel()
	d := withProbe(t, db.Config{})
	owner := dbtest.Owner(t, d)
	if _, err := owner.Exec(context.Background(), `
		CREATE VIEW probe_view WITH (security_invoker = true) AS SELECT * FROM probe;
		GRANT SELECT ON probe_view TO mektep_service;
		CREATE FUNCTION probe_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM probe'`); err != nil {
		t.Fatal(err)
	}
	one, two := dbtest.Tenant(t, d, "one", "xx"), dbtest.Tenant(t, d, "two", "xx")
	if err := d.Tenant(one, func(_ context.Context, tx *db.Tx) error { return insert(tx, "a") }); err != nil {
		t.Fatal(err)
	}
	for ctx, want := range map[context.Context]int{one: 1, two: 0} {
		b := &pgx.Batch{}
		for _, q := range []string{"SELECT count(*) FROM probe_view", "SELECT probe_count()"} {
			b.Queue(q).QueryRow(func(r pgx.Row) error {
				var n int
				if err := r.Scan(&n); err != nil {
					return err
				}
				if n != want {
					t.Errorf("%s: %d rows instead of %d", q, n, want)
				}
				return nil
			})
		}
		if err := d.Read(ctx, b); err != nil {
			t.Error(err)
		}
	}
}
