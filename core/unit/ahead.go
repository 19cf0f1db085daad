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
		then, err := asOf(ctx, tx, slices.Repeat([]Unit{u}, len(days)), days)
		all = nil
		was := u
		for i, u := range then {
			if u.Type != was.Type || u.Path != was.Path { // else what happens then is another's, in which u lies no more
				all = append(all, Coming{days[i], u})
			}
			was = u
		}
		return err
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

// Unsettled returns the ids of the units that lie elsewhere, or are of another type, on a later day by
// what is entered already.
func (t *Tree) Unsettled(ctx context.Context) ([]int64, error) {
	var ids []int64
	b := &pgx.Batch{}
	b.Queue(`SELECT unit_id FROM unit_parent WHERE tenant_id = $1 AND since > $2 UNION SELECT unit_id FROM unit_type WHERE tenant_id = $1 AND since > $2 ORDER BY 1`,
		db.TenantOf(ctx), t.Today(ctx)).Query(func(rows pgx.Rows) (err error) {
		ids, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		return err
	})
	return ids, t.db.Read(ctx, b)
}

// Then returns units as they are on days, each on its own, by what is entered already.
func (t *Tree) Then(ctx context.Context, all []Unit, days []time.Time) (out []Unit, err error) {
	err = t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		out, err = asOf(ctx, tx, all, days)
		return err
	})
	return out, err
}

// asOf returns units with the type and the place in force on a day, each on its own.
func asOf(ctx context.Context, tx *db.Tx, all []Unit, days []time.Time) ([]Unit, error) {
	if len(all) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(all))
	for i, u := range all {
		ids[i] = u.ID
	}
	rows, err := tx.PGX().Query(ctx, `WITH RECURSIVE want AS (SELECT w.id, w.day, w.n FROM unnest($2::bigint[], $3::date[]) WITH ORDINALITY w(id, day, n)),
		up(n, day, id, steps) AS (
			SELECT n, day, id, 1 FROM want
			UNION ALL
			SELECT up.n, up.day, p.parent_id, up.steps + 1 FROM up CROSS JOIN LATERAL unit_places($1, up.id) p
			WHERE p.since <= up.day AND (p.until IS NULL OR p.until > up.day) AND up.steps < 32)
		SELECT (SELECT array_agg(up.id ORDER BY up.steps) FROM up WHERE up.n = w.n),
			coalesce((SELECT y.type FROM unit_types($1, w.id) y WHERE y.since <= w.day AND (y.until IS NULL OR y.until > w.day)), '')
		FROM want w ORDER BY w.n`, tx.Tenant(), ids, days)
	if err != nil {
		return nil, err
	}
	out := slices.Clone(all)
	var way []int64
	var typ string
	n := 0
	_, err = pgx.ForEachRow(rows, []any{&way, &typ}, func() error {
		u := &out[n]
		n++
		if typ != "" {
			u.Type = typ
		}
		if len(way) > 1 {
			u.ParentID = &way[1]
		}
		u.Path = ""
		for _, id := range slices.Backward(way) {
			u.Path = Join(u.Path, id)
		}
		way = nil
		return nil
	})
	return out, err
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

// Course is what of a unit's life to come decides what it may do when: its type and its end.
type Course struct {
	Type  string
	Turns []Turn     // by what is entered, in order
	Until *time.Time // the first day on which it no longer exists
}

// Turn is a later day from which a unit is of another type.
type Turn struct {
	On   time.Time
	Type string
}

// Within is the course of what lies in the unit, and exists until a day itself; nil: without end.
func (c Course) Within(until *time.Time) Course {
	if until != nil && (c.Until == nil || until.Before(*c.Until)) {
		c.Until = until
	}
	return c
}

// Courses returns the courses of units by id; of what there is not, none.
func (t *Tree) Courses(ctx context.Context, ids ...int64) (map[int64]Course, error) {
	out := make(map[int64]Course, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	b := &pgx.Batch{}
	b.Queue(`SELECT u.id, u.type, u.until, y.since, y.type FROM unit u
		LEFT JOIN LATERAL (SELECT since, type FROM unit_types($1, u.id) WHERE since > $3) y ON true
		WHERE u.tenant_id = $1 AND u.id = ANY($2) ORDER BY u.id, y.since`, db.TenantOf(ctx), ids, t.Today(ctx)).Query(func(rows pgx.Rows) error {
		var id int64
		var c Course
		var on *time.Time
		var typ *string
		_, err := pgx.ForEachRow(rows, []any{&id, &c.Type, &c.Until, &on, &typ}, func() error {
			if known, is := out[id]; is {
				c = known
			} else {
				c.Turns = nil
			}
			if on != nil {
				c.Turns = append(c.Turns, Turn{*on, *typ})
			}
			out[id] = c
			return nil
		})
		return err
	})
	return out, t.db.Read(ctx, b)
}
