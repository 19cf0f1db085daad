package unit

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Coming is a unit as it will be from a day on.
type Coming struct {
	On   time.Time
	Unit Unit // type, parent and path of that day
}

// Ahead returns u as it will be by what is entered already: one for every later day on
// which its type changes, or the place of it or of what it then lies in, in order.
func (t *Tree) Ahead(ctx context.Context, u Unit) ([]Coming, error) {
	var all []Coming
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `WITH RECURSIVE up(id) AS (
				SELECT $2::bigint
				UNION
				SELECT p.parent_id FROM up CROSS JOIN LATERAL unit_places($1, up.id) p WHERE p.until IS NULL OR p.until > $3)
			SELECT since FROM unit_types($1, $2) WHERE since > $3
			UNION
			SELECT p.since FROM up CROSS JOIN LATERAL unit_places($1, up.id) p WHERE p.since > $3 ORDER BY 1`,
			tx.Tenant(), u.ID, t.Today(ctx))
		if err != nil {
			return err
		}
		days, err := pgx.CollectRows(rows, pgx.RowTo[time.Time])
		if err != nil {
			return err
		}
		all = nil
		for _, on := range days {
			then, err := asOf(ctx, tx, u, on)
			if err != nil {
				return err
			}
			all = append(all, Coming{on, then})
		}
		return nil
	})
	return all, err
}

// Till is Ahead up to a day, which counts: what u is then is the last of it; none: as today.
func (t *Tree) Till(ctx context.Context, u Unit, on time.Time) ([]Coming, error) {
	if !on.After(t.Today(ctx)) {
		return nil, nil
	}
	all, err := t.Ahead(ctx, u)
	return slices.DeleteFunc(all, func(c Coming) bool { return c.On.After(on) }), err
}

// asOf returns u with the type and the place in force on a day.
func asOf(ctx context.Context, tx *db.Tx, u Unit, on time.Time) (Unit, error) {
	rows, err := tx.PGX().Query(ctx, `WITH RECURSIVE up(id, n) AS (
			SELECT $2::bigint, 1
			UNION
			SELECT p.parent_id, n + 1 FROM up CROSS JOIN LATERAL unit_places($1, up.id) p
			WHERE p.since <= $3 AND (p.until IS NULL OR p.until > $3) AND n < 32)
		SELECT id FROM up ORDER BY n`, tx.Tenant(), u.ID, on)
	if err != nil {
		return u, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return u, err
	}
	if len(ids) > 1 {
		u.ParentID = &ids[1]
	}
	u.Path = ""
	for _, id := range slices.Backward(ids) {
		u.Path = Join(u.Path, id)
	}
	return u, ignoreNone(&u.Type)(tx.PGX().QueryRow(ctx, `SELECT type FROM unit_types($1, $2)
		WHERE since <= $3 AND (until IS NULL OR until > $3)`, tx.Tenant(), u.ID, on))
}

// Rebased returns the path of what lay at path, where it lies above or at u now; else
// path as it was.
func (u Unit) Rebased(path string) string {
	own := path[lastPart(path):]
	for _, p := range Ancestors(u.Path) {
		if p[lastPart(p):] == own {
			return p
		}
	}
	return path
}

// lastPart is where the last part of a path begins.
func lastPart(path string) int {
	for i := len(path) - 2; i >= 0; i-- {
		if path[i] == '.' {
			return i + 1
		}
	}
	return 0
}
