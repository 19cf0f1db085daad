package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/clock"
	"mektep/core/registry"
)

// table is what an import left in one table, in COPY's binary form.
type table struct {
	name, columns, file string
	rows                int64
}

// fewest rows that make a table worth copying; below it is bookkeeping.
const fewest = 100

// transaction is the number of a transaction that begins now.
func transaction(ctx context.Context, dsn string) (int64, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close(ctx) }()
	var n int64
	err = conn.QueryRow(ctx, "SELECT pg_current_xact_id()::text::bigint").Scan(&n)
	return n, err
}

// leftRows keeps what transactions since then wrote into the ministries' tables,
// whatever tables those are, in an order that foreign keys allow.
func leftRows(ctx context.Context, dsn string, since int64, dir string) ([]table, error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	names, needs, err := tables(ctx, conn)
	if err != nil {
		return nil, err
	}
	var all []table
	for _, name := range names {
		t := table{name: name, file: filepath.Join(dir, "left."+name)}
		err := conn.QueryRow(ctx, `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
			WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`, "public."+name).Scan(&t.columns)
		if err != nil {
			return nil, err
		}
		f, err := os.Create(t.file)
		if err != nil {
			return nil, err
		}
		tag, err := conn.PgConn().CopyTo(ctx, f, fmt.Sprintf("COPY (SELECT %s FROM %s WHERE xmin::text::bigint >= %d) TO STDOUT (FORMAT binary)", t.columns, name, since))
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		t.rows = tag.RowsAffected()
		all = append(all, t)
	}
	// A small table is copied for the sake of one that points to it.
	wanted := map[string]bool{}
	for _, t := range slices.Backward(all) {
		if wanted[t.name] = wanted[t.name] || t.rows >= fewest; wanted[t.name] && t.rows > 0 {
			for _, to := range needs[t.name] {
				wanted[to] = true
			}
		}
	}
	return slices.DeleteFunc(all, func(t table) bool { return !wanted[t.name] || t.rows == 0 }), nil
}

// tables are the ministries' tables, each after those it points to, and which those are.
func tables(ctx context.Context, conn *pgx.Conn) (names []string, needs map[string][]string, err error) {
	rows, err := conn.Query(ctx, `SELECT c.relname::text, coalesce(array_agg(DISTINCT r.relname::text) FILTER (WHERE r.relname IS NOT NULL AND r.oid <> c.oid), '{}')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
		LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'f'
		LEFT JOIN pg_class r ON r.oid = k.confrelid AND r.relnamespace = c.relnamespace
		WHERE c.relkind = 'r' GROUP BY 1 ORDER BY 1`)
	if err != nil {
		return nil, nil, err
	}
	needs = map[string][]string{}
	var name string
	var to []string
	if _, err := pgx.ForEachRow(rows, []any{&name, &to}, func() error {
		needs[name] = slices.Clone(to)
		return nil
	}); err != nil {
		return nil, nil, err
	}
	for len(names) < len(needs) {
		n := len(names)
		for _, t := range slices.Sorted(maps.Keys(needs)) {
			to := needs[t]
			free := !slices.ContainsFunc(to, func(x string) bool { _, kept := needs[x]; return kept && !slices.Contains(names, x) })
			if free && !slices.Contains(names, t) {
				names = append(names, t)
			}
		}
		if len(names) == n {
			return nil, nil, errors.New("tables point to one another in a circle")
		}
	}
	return names, needs, nil
}

// plainImport is the floor: one plain program without a service, a gate or a
// trail reads the file, judges every row and copies what the product left.
func plainImport(ctx context.Context, b *build, i *imported) (time.Duration, string, error) {
	d, err := b.databaseOf(i.floor)
	if err != nil {
		return 0, "", err
	}
	conn, err := pgx.Connect(ctx, d.super)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = conn.Close(ctx) }()
	begun := now()
	if err := i.parse(); err != nil {
		return 0, "", err
	}
	var left []string
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		for _, t := range i.left {
			f, err := os.Open(t.file)
			if err != nil {
				return err
			}
			_, err = tx.Conn().PgConn().CopyFrom(ctx, f, fmt.Sprintf("COPY %s (%s) FROM STDIN (FORMAT binary)", t.name, t.columns))
			if err := errors.Join(err, f.Close()); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
			left = append(left, fmt.Sprintf("%d rows of %s", t.rows, t.name))
		}
		return nil
	})
	return now().Sub(begun), strings.Join(left, ", "), err
}

// parse reads the file and judges its rows by the country's profile.
func (i *imported) parse() error {
	f, err := os.Open(i.file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	p, on := i.world.profile, clock.Day(now())
	r := csv.NewReader(f)
	head, err := r.Read()
	if err != nil {
		return err
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		fields := map[string]any{}
		for k := 4; k < len(cells); k++ {
			if cells[k] != "" {
				fields[head[k]] = cells[k]
			}
		}
		if _, ok := registry.Code(p, cells[0]); !ok || p.TypeAt(cells[2], on) == nil || len(registry.Names(p, map[string]string{p.Main(): cells[1]})) > 0 {
			return fmt.Errorf("the row of %s is faulty", cells[0])
		}
		if _, faults := p.ValidateRecord(registry.Institutions, with(fields, cells[2]), on); len(faults) > 0 {
			return fmt.Errorf("the row of %s: %v", cells[0], faults)
		}
	}
}
