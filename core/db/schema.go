package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// SchemaGap is how a database and this program's migrations differ. Both go by
// number; a lower one may arrive after a higher one.
type SchemaGap struct {
	Empty   bool    // nothing was ever migrated
	Missing []int64 // the program has them, the database does not: it is older
	Unknown []int64 // the database has them, the program does not: it is newer
}

// None reports that program and database belong together.
func (g SchemaGap) None() bool { return !g.Empty && len(g.Missing) == 0 && len(g.Unknown) == 0 }

// Err says in one sentence what to do; nil where nothing is.
func (g SchemaGap) Err() error {
	switch {
	case g.Empty:
		return errors.New("the database is empty: run `mektep migrate` first")
	case len(g.Unknown) > 0:
		return fmt.Errorf("the database is newer than this program: it has migration %04d, which this program does not know; start the program of its version, or restore the backup from before the update",
			g.Unknown[len(g.Unknown)-1])
	case len(g.Missing) > 0:
		return fmt.Errorf("the database is older than this program: migration %04d has not been run; run `mektep migrate`", g.Missing[0])
	}
	return nil
}

// Schema compares the database with the migrations of fsys.
func (d *DB) Schema(ctx context.Context, fsys fs.FS) (SchemaGap, error) {
	var gap SchemaGap
	err := d.Platform(ctx, func(ctx context.Context, tx *Tx) error {
		var err error
		gap, err = schemaGap(ctx, tx.pgx, fsys)
		return err
	})
	if empty(err) {
		return SchemaGap{Empty: true}, nil
	}
	return gap, err
}

// refuseOtherSchema keeps this program from a placement of another version.
func (d *DB) refuseOtherSchema(ctx context.Context, pool *pgxpool.Pool) error {
	gap, err := schemaGap(ctx, pool, d.cfg.Migrations)
	if empty(err) {
		gap, err = SchemaGap{Empty: true}, nil
	}
	if err == nil {
		err = gap.Err()
	}
	return err
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

func schemaGap(ctx context.Context, q querier, fsys fs.FS) (SchemaGap, error) {
	own, err := numbers(fsys)
	if err != nil {
		return SchemaGap{}, err
	}
	rows, err := q.Query(ctx, "SELECT version_id FROM platform.goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id")
	if err != nil {
		return SchemaGap{}, err
	}
	has, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return SchemaGap{}, err
	}
	gap := SchemaGap{Empty: len(has) == 0}
	for _, n := range own {
		if !slices.Contains(has, n) {
			gap.Missing = append(gap.Missing, n)
		}
	}
	for _, n := range has {
		if !slices.Contains(own, n) {
			gap.Unknown = append(gap.Unknown, n)
		}
	}
	return gap, nil
}

// empty reports that a database has no table of migrations, or that the service
// may not even look for it.
func empty(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000" || pg.Code == "42501")
}

// numbers are the numbers of the migrations, ascending.
func numbers(fsys fs.FS) ([]int64, error) {
	files, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	all := make([]int64, 0, len(files))
	for _, f := range files {
		head, _, _ := strings.Cut(f, "_")
		n, err := strconv.ParseInt(head, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("db: the migration %s has no number", f)
		}
		all = append(all, n)
	}
	slices.Sort(all)
	return all, nil
}

// TakesWrites reports whether the first placement is asked as one that writes: not
// a standby, not set to read only.
func (d *DB) TakesWrites(ctx context.Context) (bool, error) {
	var writes bool
	err := d.Platform(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.pgx.QueryRow(ctx, "SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'").Scan(&writes)
	})
	return writes, err
}
