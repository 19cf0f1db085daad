package unit

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/locale"
)

// Changed is the kind of notice that says that units of the territory, the ministry's
// offices included, were entered, changed or taken away. Institutions have one of their own
// (package registry): there are many, and nothing here remembers them.
const Changed db.Kind = "unit"

// MoveFunc is told that a subtree got a new path, within the unit of work that
// moves it: owners of tables that carry a copy of the path adjust them there.
type MoveFunc func(ctx context.Context, tx *db.Tx, from, to string) error

// Carry returns what adjusts a table that keeps the path of each row's unit in a column.
func Carry(table, column string) MoveFunc {
	sql := fmt.Sprintf("UPDATE %[1]s SET %[2]s = $4 || substr(%[2]s, $5) WHERE tenant_id = $1 AND %[2]s >= $2 AND %[2]s < $3",
		pgx.Identifier{table}.Sanitize(), pgx.Identifier{column}.Sanitize())
	return func(ctx context.Context, tx *db.Tx, from, to string) error {
		b := Below(from)
		_, err := tx.PGX().Exec(ctx, sql, tx.Tenant(), b.From, b.To, to, len(from)+1)
		return err
	}
}

// RetypeFunc is told that a unit has another type from today on, within the unit of work
// in which that becomes so: owners of tables that carry a copy of it adjust them there.
type RetypeFunc func(ctx context.Context, tx *db.Tx, id int64, typ string) error

// OnRetype registers f. Call it while wiring, before the first request.
func (t *Tree) OnRetype(f RetypeFunc) { t.onRetype = append(t.onRetype, f) }

// OnMove registers f. Call it while wiring, before the first request.
func (t *Tree) OnMove(f MoveFunc) { t.onMove = append(t.onMove, f) }

// EndFunc is told that a unit ends on another day than was entered, nil for never, within
// the unit of work that enters it.
type EndFunc func(ctx context.Context, tx *db.Tx, u Unit, until *time.Time) error

// OnEnd registers f. Call it while wiring, before the first request.
func (t *Tree) OnEnd(f EndFunc) { t.onEnd = append(t.onEnd, f) }

// ended tells who wants to know when a unit ends.
func (t *Tree) ended(ctx context.Context, tx *db.Tx, u Unit, until *time.Time) error {
	for _, f := range t.onEnd {
		if err := f(ctx, tx, u, until); err != nil {
			return err
		}
	}
	return nil
}

// Rename gives the unit a name from a day on. The day may lie in the future;
// Refresh then makes it current.
func (t *Tree) Rename(ctx context.Context, u Unit, names map[string]string, since time.Time, order string) error {
	if !named(names) {
		return fault.New(fault.Invalid, "unit.invalid").WithField("name", "field.required", nil)
	}
	value, err := json.Marshal(names)
	if err != nil {
		return err
	}
	return t.change(ctx, u, chains[NameFact], value, since, order)
}

// Retype gives the unit another type from a day on.
func (t *Tree) Retype(ctx context.Context, u Unit, typ string, since time.Time, order string) error {
	return t.change(ctx, u, chains[TypeFact], typ, since, order)
}

// Move puts the unit with everything below it under another parent from a day on.
func (t *Tree) Move(ctx context.Context, u, parent Unit, since time.Time, order string) error {
	if err := under(u, Fact{Parent: &parent, Since: day(since)}); err != nil {
		return err
	}
	return t.change(ctx, u, chains[PlaceFact], parent.ID, since, order)
}

// Recode gives the unit an official code, or with "" takes it away. A code is no
// dated fact: it is the same thing's name in another system. What a place or an office had
// before is remembered (see Elsewhen): lists of then have it.
//
// Faults: Conflict for a code that is taken, or another version.
func (t *Tree) Recode(ctx context.Context, u Unit, code string) error {
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := t.bump(ctx, tx, u); err != nil {
			return err
		}
		_, err := tx.PGX().Exec(ctx, "UPDATE unit SET code = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID, code)
		if db.IsUnique(err, "unit_code") {
			return fault.New(fault.Conflict, "unit.code_taken").WithField("code", "unit.code_taken", nil).WithCause(err)
		}
		if err != nil {
			return err
		}
		if u.Code != "" && u.Level != Institution {
			if _, err := tx.PGX().Exec(ctx, `INSERT INTO unit_code_before (tenant_id, unit_id, code, until) VALUES ($1, $2, $3, $4)
				ON CONFLICT (tenant_id, unit_id, code) DO UPDATE SET until = excluded.until`, tx.Tenant(), u.ID, u.Code, t.Today(ctx)); err != nil {
				return err
			}
		}
		u.Code = code
		return Index.Put(ctx, tx, entriesOf([]Unit{u}))
	})
}

// change ends the open fact on the day before since, begins the new one, and
// makes it current when that day has come. A second change of the same day
// replaces the row that began on it; one whose day is still to come is put right
// by Amend, so that nothing goes unseen.
func (t *Tree) change(ctx context.Context, u Unit, c chain, value any, since time.Time, order string) error {
	since = day(since)
	if since.Before(u.Since) {
		return fault.New(fault.Invalid, "unit.invalid").WithField("since", "unit.before_founding", fault.Args{"Since": u.Since})
	}
	if u.Until != nil && !since.Before(*u.Until) {
		return fault.New(fault.Invalid, "unit.invalid").WithField("since", "unit.after_closing", fault.Args{"Until": *u.Until})
	}
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := t.bump(ctx, tx, u); err != nil {
			return err
		}
		var later bool
		err := tx.PGX().QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM "+c.facts+"($1, $2) WHERE since > $3 OR since = $3 AND since > $4)",
			tx.Tenant(), u.ID, since, t.Today(ctx)).Scan(&later)
		if err != nil {
			return err
		}
		if later {
			return fault.New(fault.Invalid, "unit.invalid").WithField("since", "unit.later_fact", nil)
		}
		b := &pgx.Batch{}
		c.unfold(tx, b, u.ID)
		b.Queue("DELETE FROM "+c.table+" WHERE tenant_id = $1 AND unit_id = $2 AND since = $3", tx.Tenant(), u.ID, since)
		b.Queue("UPDATE "+c.table+" SET until = $3 WHERE tenant_id = $1 AND unit_id = $2 AND until IS NULL", tx.Tenant(), u.ID, since)
		b.Queue("INSERT INTO "+c.table+" (tenant_id, unit_id, "+c.column+", since, order_ref) VALUES ($1, $2, $3, $4, $5)",
			tx.Tenant(), u.ID, value, since, order)
		if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		if since.After(t.Today(ctx)) {
			return nil
		}
		return t.refreshOne(ctx, tx, u.ID)
	})
}

// bump locks the row against a concurrent change: the version the caller saw
// must still be the one that stands.
func (t *Tree) bump(ctx context.Context, tx *db.Tx, u Unit) error {
	tag, err := tx.PGX().Exec(ctx, "UPDATE unit SET version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $3",
		tx.Tenant(), u.ID, u.Version)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return fault.New(fault.Conflict, "unit.changed_meanwhile")
	}
	return t.say(ctx, u)
}

// say tells that units changed, where it is told of any of them.
func (t *Tree) say(ctx context.Context, units ...Unit) error {
	if !slices.ContainsFunc(units, func(u Unit) bool { return u.Level != Institution }) {
		return nil
	}
	return t.db.Notify(ctx, Changed, "")
}

// Close ends the unit: the given day is the first on which it no longer exists.
// Successors are the units that took over; none is fine. What lies in it then, or
// comes to lie in it later, must be closed or moved first.
func (t *Tree) Close(ctx context.Context, u Unit, until time.Time, order string, successors ...Unit) error {
	until = day(until)
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := t.Life(ctx, u)
		if err != nil {
			return err
		}
		if err := ends(u, life, until); err != nil {
			return err
		}
		if err := t.empty(ctx, tx, u, until); err != nil {
			return err
		}
		if err := t.bump(ctx, tx, u); err != nil {
			return err
		}
		if _, err := tx.PGX().Exec(ctx, "UPDATE unit SET until = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID, until); err != nil {
			return err
		}
		for _, s := range successors {
			_, err := tx.PGX().Exec(ctx,
				"INSERT INTO unit_successor (tenant_id, unit_id, successor_id, since, order_ref) VALUES ($1, $2, $3, $4, $5)",
				tx.Tenant(), u.ID, s.ID, until, order)
			if err != nil {
				return err
			}
		}
		return t.ended(ctx, tx, u, &until)
	})
}

// Reopen takes a closing back, with its successors: the mend of a mistake.
//
// Faults: Invalid where the place it lies in has ended; Conflict for another version.
func (t *Tree) Reopen(ctx context.Context, u Unit) error {
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if u.Until == nil {
			return errNoFact
		}
		life, err := t.Life(ctx, u)
		if err != nil {
			return err
		}
		if err := life.placed(*u.Until, nil); err != nil {
			return err
		}
		if err := t.bump(ctx, tx, u); err != nil {
			return err
		}
		b := &pgx.Batch{}
		b.Queue("UPDATE unit SET until = NULL WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID)
		b.Queue("DELETE FROM unit_successor WHERE tenant_id = $1 AND unit_id = $2", tx.Tenant(), u.ID)
		if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return t.ended(ctx, tx, u, nil)
	})
}

// Refresh makes facts current whose day has come; a daily job calls it. It
// returns how many units changed.
func (t *Tree) Refresh(ctx context.Context) (int, error) {
	changed := 0
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `
			SELECT u.id FROM unit_name f JOIN unit u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
			WHERE f.tenant_id = $1 AND f.since <= $2 AND (f.until IS NULL OR f.until > $2) AND f.name <> u.name
			UNION
			SELECT u.id FROM unit_type f JOIN unit u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
			WHERE f.tenant_id = $1 AND f.since <= $2 AND (f.until IS NULL OR f.until > $2) AND f.type <> u.type
			UNION
			SELECT u.id FROM unit_parent f JOIN unit u ON u.tenant_id = f.tenant_id AND u.id = f.unit_id
			WHERE f.tenant_id = $1 AND f.since <= $2 AND (f.until IS NULL OR f.until > $2) AND f.parent_id <> u.parent_id
			ORDER BY 1`,
			tx.Tenant(), t.Today(ctx))
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := t.refreshOne(ctx, tx, id); err != nil {
				return err
			}
		}
		if changed = len(ids); changed == 0 {
			return nil
		}
		return t.db.Notify(ctx, Changed, "")
	})
	return changed, err
}

// refreshOne copies today's facts of a unit into its row, and a new parent's
// path into everything below.
func (t *Tree) refreshOne(ctx context.Context, tx *db.Tx, id int64) error {
	u, err := t.ByID(ctx, id)
	if err != nil {
		return err
	}
	today := t.Today(ctx)
	const current = "($1, $2) WHERE since <= $3 AND (until IS NULL OR until > $3)"
	names, typ, parent := maps.Clone(u.Name), u.Type, u.ParentID
	b := &pgx.Batch{}
	b.Queue("SELECT name FROM unit_names"+current, tx.Tenant(), id, today).QueryRow(ignoreNone(&names))
	b.Queue("SELECT type FROM unit_types"+current, tx.Tenant(), id, today).QueryRow(ignoreNone(&typ))
	b.Queue("SELECT parent_id FROM unit_places"+current, tx.Tenant(), id, today).QueryRow(ignoreNone(&parent))
	if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	language := t.language(ctx)
	if _, err := tx.PGX().Exec(ctx, "UPDATE unit SET name = $3, type = $4, sort_key = $5 WHERE tenant_id = $1 AND id = $2",
		tx.Tenant(), id, names, typ, sortKey(locale.SorterOf(language), language, names)); err != nil {
		return err
	}
	for _, f := range t.onRetype {
		if typ == u.Type {
			break
		}
		if err := f(ctx, tx, id, typ); err != nil {
			return err
		}
	}
	if parent != nil && (u.ParentID == nil || *parent != *u.ParentID) {
		if err := t.repath(ctx, tx, u, *parent); err != nil {
			return err
		}
	}
	u.Name = names
	return Index.Put(ctx, tx, entriesOf([]Unit{u}))
}

func ignoreNone(dest any) func(pgx.Row) error {
	return func(r pgx.Row) error {
		if err := r.Scan(dest); err != nil && !db.NoRows(err) {
			return err
		}
		return nil
	}
}

func (t *Tree) repath(ctx context.Context, tx *db.Tx, u Unit, parentID int64) error {
	parent, err := t.ByID(ctx, parentID)
	if err != nil {
		return err
	}
	if strings.HasPrefix(parent.Path, u.Path) {
		return fault.New(fault.Invalid, "unit.invalid").WithField("parent", "unit.cycle", nil)
	}
	to, b := Join(parent.Path, u.ID), Below(u.Path)
	if _, err := tx.PGX().Exec(ctx, "UPDATE unit SET parent_id = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID, parentID); err != nil {
		return err
	}
	if _, err := tx.PGX().Exec(ctx,
		"UPDATE unit SET path = $4 || substr(path, $5) WHERE tenant_id = $1 AND path >= $2 AND path < $3",
		tx.Tenant(), b.From, b.To, to, len(u.Path)+1); err != nil {
		return err
	}
	for _, f := range t.onMove {
		if err := f(ctx, tx, u.Path, to); err != nil {
			return err
		}
	}
	return nil
}
