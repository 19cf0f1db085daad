package db_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// seeds gives SQL values for columns whose constraints the seeder cannot satisfy
// by itself: table, column, expression.
var seeds = map[string]map[string]string{}

// column is a column that a seed may have to fill.
type column struct {
	name, kind string
	needed     bool     // NOT NULL without a default
	literals   []string // what its check constraints mention
}

// table is a tenant table and how to put a row into it.
type table struct {
	name      string
	partition bool
	parent    bool // partitioned
	columns   []column
	checks    map[string][]string // constraint: its columns
	row       map[string]string   // column: expression of a row that fits
}

var literal = regexp.MustCompile(`'((?:[^']|'')*)'::text`)

// tenantTables reads every table behind the wall from the catalogue.
func tenantTables(t *testing.T, conn *pgx.Conn) []*table {
	t.Helper()
	ctx := context.Background()
	rows, err := conn.Query(ctx, `SELECT relname::text, relispartition, relkind = 'p' FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (*table, error) {
		tab := &table{checks: map[string][]string{}}
		return tab, r.Scan(&tab.name, &tab.partition, &tab.parent)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tab := range tables {
		rows, err := conn.Query(ctx, `
			SELECT a.attname::text, format_type(coalesce(nullif(y.typbasetype, 0), a.atttypid), NULL),
			       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '',
			       (SELECT coalesce(string_agg(pg_get_constraintdef(k.oid), ' '), '') FROM pg_constraint k
			         WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND a.attnum = ANY (k.conkey))
			  FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
			 WHERE a.attrelid = ('public.' || quote_ident($1))::regclass AND a.attnum > 0 AND NOT a.attisdropped
			   AND a.attgenerated = '' AND a.attname <> 'tenant_id'`, tab.name)
		if err != nil {
			t.Fatal(err)
		}
		tab.columns, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (column, error) {
			var c column
			var checks string
			err := r.Scan(&c.name, &c.kind, &c.needed, &checks)
			for _, m := range literal.FindAllStringSubmatch(checks, -1) {
				c.literals = append(c.literals, "'"+m[1]+"'")
			}
			return c, err
		})
		if err != nil {
			t.Fatal(err)
		}
		rows, err = conn.Query(ctx, `
			SELECT k.conname::text, array_agg(a.attname::text) FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)
			 WHERE k.contype = 'c' AND k.conrelid = ('public.' || quote_ident($1))::regclass GROUP BY 1`, tab.name)
		if err != nil {
			t.Fatal(err)
		}
		var name string
		var columns []string
		if _, err := pgx.ForEachRow(rows, []any{&name, &columns}, func() error {
			tab.checks[name] = slices.Clone(columns)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return tables
}

// byType are values worth trying, the likeliest first.
var byType = map[string][]string{
	"integer": {"1", "0", "2", "100"}, "bigint": {"1", "0", "2", "100"}, "smallint": {"1", "0", "2", "100"},
	"numeric": {"1", "0", "0.5"}, "double precision": {"1", "0", "0.5"}, "real": {"1", "0", "0.5"},
	"boolean":                     {"false", "true"},
	"text":                        {"'x'", "''", "'abcdefghijklmnop'", "'1'", "'1.'", "'#000000'", "'a@b.cd'", "'2026'", "repeat('a', 32)", "repeat('a', 43)", "repeat('a', 64)", "'/x'"},
	"character varying":           {"'x'", "''"},
	"jsonb":                       {`'{"en":"x"}'`, "'{}'", "'[]'", `'["x"]'`},
	"json":                        {`'{"en":"x"}'`, "'{}'"},
	"bytea":                       {`'\x00'`, `''`, `decode(repeat('00', 16), 'hex')`, `decode(repeat('00', 32), 'hex')`, `decode(repeat('00', 64), 'hex')`},
	"date":                        {"'2026-01-01'", "'2026-12-31'", "'2000-01-01'"},
	"timestamp with time zone":    {"'2026-01-01'", "'2026-12-31'", "'2000-01-01'"},
	"timestamp without time zone": {"'2026-01-01'", "'2026-12-31'"},
	"time without time zone":      {"'08:00'", "'09:00'"},
	"interval":                    {"'1 hour'", "'1 day'"},
	"uuid":                        {"gen_random_uuid()"},
	"inet":                        {"'127.0.0.1'"},
	"daterange":                   {"'[2026-01-01,2026-02-01)'"},
	"tstzrange":                   {"'[2026-01-01,2026-02-01)'"},
	"xid8":                        {"'1'"},
	"pg_lsn":                      {"'0/0'"},
}

// values are the expressions to try for a column; "" leaves it to its default.
func (c column) values() []string {
	v := slices.Clone(byType[c.kind])
	if element, ok := strings.CutSuffix(c.kind, "[]"); ok {
		v = append(v, "'{}'")
		for _, l := range (column{kind: element, needed: true, literals: c.literals}).values() {
			v = append(v, "ARRAY["+l+"]::"+c.kind)
		}
	}
	if c.kind == "text" {
		v = slices.Concat(c.literals, v)
	}
	if !c.needed {
		v = append([]string{""}, v...)
	}
	return v
}

// insert is the statement that puts tab's row into a ministry.
func (tab *table) insert(tenant int32) string {
	names, values := []string{"tenant_id"}, []string{strconv.Itoa(int(tenant))}
	for _, name := range slices.Sorted(maps.Keys(tab.row)) {
		if tab.row[name] != "" {
			names, values = append(names, pgx.Identifier{name}.Sanitize()), append(values, tab.row[name])
		}
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", tab.quoted(), strings.Join(names, ", "), strings.Join(values, ", "))
}

func (tab *table) quoted() string { return pgx.Identifier{"public", tab.name}.Sanitize() }

// seed puts a row of tab into each ministry, past triggers and foreign keys. It
// tries values until the check constraints are content.
func (tab *table) seed(t *testing.T, super *pgx.Conn, tenants ...int32) bool {
	t.Helper()
	tab.row = map[string]string{}
	byName := map[string]column{}
	for _, c := range tab.columns {
		byName[c.name] = c
		given, isGiven := seeds[tab.name][c.name]
		switch {
		case isGiven:
			tab.row[c.name] = given
		case c.needed && len(c.values()) == 0:
			t.Errorf("table %s, column %s: no value is known for the type %s: add one to byType or seeds in core/db/seed_test.go", tab.name, c.name, c.kind)
			return false
		case c.needed:
			tab.row[c.name] = c.values()[0]
		}
	}
	random := rand.New(rand.NewSource(1))
	var err error
	for range 3000 {
		if err = tab.seedOnce(super, tenants); err == nil {
			return true
		}
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "23514" || tab.checks[e.ConstraintName] == nil {
			break
		}
		for _, name := range tab.checks[e.ConstraintName] {
			if c, ok := byName[name]; ok && seeds[tab.name][name] == "" && len(c.values()) > 0 {
				tab.row[name] = c.values()[random.Intn(len(c.values()))]
			}
		}
	}
	t.Errorf("table %s cannot be filled by itself (%v): give values that fit in seeds, core/db/seed_test.go", tab.name, err)
	return false
}

func (tab *table) seedOnce(super *pgx.Conn, tenants []int32) error {
	ctx := context.Background()
	return pgx.BeginFunc(ctx, super, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		for _, tenant := range tenants {
			if _, err := tx.Exec(ctx, tab.insert(tenant)); err != nil {
				return err
			}
		}
		return nil
	})
}
