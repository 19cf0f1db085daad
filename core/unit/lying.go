package unit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// lying says of units u with their place p that they lie in unit $2 on day $3, or will
// later by what is entered already.
const lying = ` FROM unit_lies($1, $2) p JOIN unit u ON u.tenant_id = $1 AND u.id = p.unit_id
	WHERE (p.until IS NULL OR p.until > $3) AND (u.until IS NULL OR u.until > $3)`

// Lying is a unit that lies directly in another.
type Lying struct {
	Unit
	From  time.Time // the day from which it does, or lies where it went
	Order string    // on which it came there
}

// Below returns what lies directly in u on a day or comes to lie in it later, in the order
// of the ministry's language.
func (t *Tree) Below(ctx context.Context, u Unit, on time.Time) ([]Lying, error) {
	return t.lying(ctx, "SELECT "+columns+", p.since, p.order_ref"+lying+" ORDER BY u.level, u.sort_key, u.id", u.ID, day(on))
}

// Left returns what left u on the day it ended: it went elsewhere with the closing.
func (t *Tree) Left(ctx context.Context, u Unit) ([]Lying, error) {
	if u.Until == nil {
		return nil, nil
	}
	return t.lying(ctx, "SELECT "+columns+`, n.since, n.order_ref FROM unit_lies($1, $2) p CROSS JOIN LATERAL unit_places($1, p.unit_id) n
		JOIN unit u ON u.tenant_id = $1 AND u.id = p.unit_id
		WHERE n.since = p.until AND p.until = $3 ORDER BY u.level, u.sort_key, u.id`, u.ID, *u.Until)
}

func (t *Tree) lying(ctx context.Context, sql string, args ...any) ([]Lying, error) {
	var all []Lying
	b := &pgx.Batch{}
	b.Queue(sql, append([]any{db.TenantOf(ctx)}, args...)...).Query(func(rows pgx.Rows) error {
		all = nil
		for rows.Next() {
			var l Lying
			var err error
			if l.Unit, err = Scan(rows, &l.From, &l.Order); err != nil {
				return err
			}
			all = append(all, l)
		}
		return rows.Err()
	})
	return all, t.db.Read(ctx, b)
}

// empty refuses to let a unit end on a day while something lies in it then or later.
func (t *Tree) empty(ctx context.Context, tx *db.Tx, u Unit, until time.Time) error {
	var open int
	if err := tx.PGX().QueryRow(ctx, "SELECT count(*)"+lying, tx.Tenant(), u.ID, until).Scan(&open); err != nil || open == 0 {
		return err
	}
	return fault.New(fault.Conflict, "unit.has_open_units").With("Count", open)
}

// beforeAll refuses a day for a unit to begin on after something began in it.
func (t *Tree) beforeAll(ctx context.Context, tx *db.Tx, u Unit, since time.Time) error {
	var first *time.Time
	err := tx.PGX().QueryRow(ctx, "SELECT min(since) FROM unit_lies($1, $2)", tx.Tenant(), u.ID).Scan(&first)
	if err != nil || first == nil || !since.After(*first) {
		return err
	}
	return fault.New(fault.Invalid, "unit.invalid").WithField("since", "unit.after_below", fault.Args{"Since": *first})
}

// placed refuses to let a unit last beyond the place it lies in at its end, on the day
// end, until another one or for good.
func (l Life) placed(end time.Time, until *time.Time) error {
	for _, f := range l.Parents {
		if f.Until == nil || !f.Until.Before(end) {
			return holds(*f.Parent, f.Since, until)
		}
	}
	return nil
}

// Entered returns every unit that is not an institution as it will be by what is entered:
// with its latest name and place, today's or one to come.
func (t *Tree) Entered(ctx context.Context) ([]Unit, error) {
	var all []Unit
	b := &pgx.Batch{}
	b.Queue("SELECT "+columns+`,
			(SELECT n.name FROM unit_names(u.tenant_id, u.id) n ORDER BY n.since DESC LIMIT 1),
			(SELECT p.parent_id FROM unit_places(u.tenant_id, u.id) p ORDER BY p.since DESC LIMIT 1)
		FROM unit u WHERE u.tenant_id = $1 AND u.level <> 'institution' AND NOT u.withdrawn ORDER BY u.level, u.sort_key, u.id`, db.TenantOf(ctx)).Query(func(rows pgx.Rows) error {
		all = nil
		for rows.Next() {
			var name map[string]string
			var parent *int64
			u, err := Scan(rows, &name, &parent)
			if err != nil {
				return err
			}
			if name != nil {
				u.Name = name
			}
			if parent != nil {
				u.ParentID = parent
			}
			all = append(all, u)
		}
		return rows.Err()
	})
	return all, t.db.Read(ctx, b)
}
