package unit

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/locale"
)

// Create adds one unit. See CreateMany.
func (t *Tree) Create(ctx context.Context, n New) (Unit, error) {
	units, err := t.CreateMany(ctx, []New{n})
	if err != nil {
		return Unit{}, err
	}
	return units[0], nil
}

// CreateMany adds units in one unit of work, with their words for search: a country's list of
// institutions is one call. A faulty unit refuses all of them; the fault names
// its position as the field "n".
//
// Faults: Invalid for a missing name, a level that does not fit below its
// parent or a day before the parent's own; Conflict for a code that is taken.
// An institution that begins in a place which ends on a day to come goes on from there
// with what lies in it, where that is decided (see Onward).
func (t *Tree) CreateMany(ctx context.Context, news []New) ([]Unit, error) {
	var units []Unit
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		units = make([]Unit, 0, len(news))
		ids, err := takeIDs(ctx, tx, len(news))
		if err != nil {
			return err
		}
		places, err := t.receiving(ctx, tx, news)
		if err != nil {
			return err
		}
		goes, err := t.goingOn(ctx, tx, places)
		if err != nil {
			return err
		}
		language := t.language(ctx)
		sorter := locale.SorterOf(language)
		news := slices.Clone(news)
		for i, n := range news {
			if n.Parent != nil {
				parent, stands := places[n.Parent.ID]
				if !stands {
					return fault.New(fault.NotFound, "unit.not_found").With("n", i+1)
				}
				n.Parent, n.Onward = &parent, nil
				if n.Level == Institution {
					n.Onward = goes[parent.ID]
				}
			}
			if err := n.Check(); err != nil {
				return err.With("n", i+1)
			}
			news[i] = n
			units = append(units, n.unit(ids[i], language, sorter))
		}
		if err := insert(ctx, tx, units, news); err != nil {
			return err
		}
		return t.say(ctx, units...)
	})
	return units, err
}

// receiving reads the places in which units are to be made as they are now, and keeps
// others from closing or moving them until the unit of work ends.
func (t *Tree) receiving(ctx context.Context, tx *db.Tx, news []New) (map[int64]Unit, error) {
	var ids []int64
	for _, n := range news {
		if n.Parent != nil && !slices.Contains(ids, n.Parent.ID) {
			ids = append(ids, n.Parent.ID)
		}
	}
	rows, err := tx.PGX().Query(ctx, "SELECT "+columns+" FROM unit u WHERE u.tenant_id = $1 AND u.id = ANY($2) ORDER BY u.id FOR SHARE", tx.Tenant(), ids)
	if err != nil {
		return nil, err
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Unit, error) { return Scan(row) })
	places := make(map[int64]Unit, len(found))
	for _, u := range found {
		places[u.ID] = u
	}
	return places, err
}

func takeIDs(ctx context.Context, tx *db.Tx, n int) ([]int64, error) {
	rows, err := tx.PGX().Query(ctx, "SELECT nextval('unit_id_seq') FROM generate_series(1, $1)", n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// below says which levels may stand directly below a level.
var below = map[string][]string{
	"":          {Ministry},
	Ministry:    {Directorate, Region, District, Institution},
	Directorate: {Institution},
	Region:      {District, Institution},
	District:    {District, Institution},
}

// Check says what keeps a unit from being made where and when it is to be: what CreateMany
// refuses, for whoever must know before. The place above is judged as it was read.
func (n New) Check() *fault.Error {
	bad := fault.New(fault.Invalid, "unit.invalid")
	parentLevel := ""
	if n.Parent != nil {
		parentLevel = n.Parent.Level
		if n.Since.Before(n.Parent.Since) {
			bad = bad.WithField("since", "unit.before_parent", fault.Args{"Since": n.Parent.Since})
		}
		if n.Parent.Until != nil && (len(n.Onward) == 0 || !n.Since.Before(*n.Parent.Until)) { // what begins in it would outlast it
			bad = bad.WithField("parent", "unit.place_closed", fault.Args{"Until": *n.Parent.Until, "Since": n.Since})
		}
	}
	if !slices.Contains(below[parentLevel], n.Level) {
		bad = bad.WithField("level", "unit.wrong_level", fault.Args{"Level": n.Level, "Parent": parentLevel})
	}
	if !named(n.Name) {
		bad = bad.WithField("name", "field.required", nil)
	}
	if len(bad.Fields) == 0 {
		return nil
	}
	return bad
}

func named(names map[string]string) bool {
	for _, s := range names {
		if s != "" {
			return true
		}
	}
	return false
}

func (n New) unit(id int64, language string, sorter *locale.Sorter) Unit {
	u := Unit{
		ID: id, UID: db.NewUID(), Level: n.Level, Type: n.Type, Name: maps.Clone(n.Name), Code: n.Code,
		Since: clock.Day(n.Since), Version: 1, SortKey: sortKey(sorter, language, n.Name),
	}
	if n.Parent != nil {
		u.ParentID = &n.Parent.ID
		u.Path = Join(n.Parent.Path, id)
	} else {
		u.Path = Join("", id)
	}
	return u
}

// sortKey orders by the name in the ministry's main language, or, where it has
// none, by the first that there is.
func sortKey(sorter *locale.Sorter, language string, names map[string]string) string {
	if s := names[language]; s != "" {
		return sorter.Key(s)
	}
	for _, tag := range slices.Sorted(maps.Keys(names)) {
		if names[tag] != "" {
			return sorter.Key(names[tag])
		}
	}
	return ""
}

func insert(ctx context.Context, tx *db.Tx, units []Unit, news []New) error {
	tenant := tx.Tenant()
	names := make([]string, len(units))
	for i, u := range units {
		raw, err := json.Marshal(u.Name)
		if err != nil {
			return err
		}
		names[i] = string(raw)
	}
	_, err := tx.InsertMany(ctx, "unit", []db.Column{
		{Name: "tenant_id", Type: "int"},
		{Name: "id", Type: "bigint"},
		{Name: "uid", Type: "text"},
		{Name: "parent_id", Type: "bigint"},
		{Name: "path", Type: "text"},
		{Name: "level", Type: "text"},
		{Name: "type", Type: "text"},
		{Name: "name", Type: "jsonb"},
		{Name: "code", Type: "text"},
		{Name: "sort_key", Type: "text"},
		{Name: "since", Type: "date"},
		{Name: "order_ref", Type: "text"},
		{Name: "words", Type: "text"},
	}, len(units), "", func(i int, dst []any) {
		u := units[i]
		copy(dst, []any{tenant, u.ID, u.UID, nilIfRoot(u.ParentID), u.Path, u.Level, u.Type, names[i], u.Code, u.SortKey, u.Since, news[i].Order, entryOf(u).Words()})
	})
	if db.IsUnique(err, "unit_code") {
		return fault.New(fault.Conflict, "unit.code_taken").WithField("code", "unit.code_taken", nil).WithCause(err)
	}
	if err != nil {
		return err
	}
	if err := goOn(ctx, tx, units, news); err != nil {
		return err
	}
	return Index.Add(ctx, tx, entriesOf(units))
}

func nilIfRoot(id *int64) any {
	if id == nil {
		return nil
	}
	return *id
}

// RemoveMany deletes units that nothing refers to yet: the undo of an import.
// It fails with fault Conflict when something does.
func (t *Tree) RemoveMany(ctx context.Context, ids []int64) error {
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := Index.Remove(ctx, tx, ids...); err != nil {
			return err
		}
		var removed []Unit
		rows, err := tx.PGX().Query(ctx, "DELETE FROM unit WHERE tenant_id = $1 AND id = ANY($2) RETURNING level", tx.Tenant(), ids)
		if err == nil {
			removed, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (u Unit, err error) { return u, r.Scan(&u.Level) })
		}
		if db.IsForeignKey(err) {
			return fault.New(fault.Conflict, "unit.in_use").WithCause(err)
		}
		if err != nil {
			return err
		}
		return t.say(ctx, removed...)
	})
}

func day(t time.Time) time.Time { return clock.Day(t) }
