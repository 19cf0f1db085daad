package unit

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"mektep/core/db"
	"mektep/core/fault"
)

// row is the table's form of a Unit.
type row struct {
	TenantID  int32 `gorm:"primaryKey"`
	ID        int64 `gorm:"primaryKey;autoIncrement:false"`
	UID       string
	ParentID  *int64
	Path      string
	Level     string
	Type      string
	Name      []byte `gorm:"type:jsonb"`
	Code      string
	SortKey   string
	Since     time.Time
	Until     *time.Time
	Version   int
	Withdrawn bool
}

// TableName tells gorm the table.
func (row) TableName() string { return "unit" }

func (r row) unit() (Unit, error) {
	u := Unit{
		ID: r.ID, UID: r.UID, ParentID: r.ParentID, Path: r.Path, Level: r.Level, Type: r.Type,
		Code: r.Code, SortKey: r.SortKey, Since: r.Since, Until: r.Until, Version: r.Version, Withdrawn: r.Withdrawn,
	}
	err := json.Unmarshal(r.Name, &u.Name)
	return u, err
}

// columns are the ones Scan expects, in its order, of a table called u.
const columns = "u.id, u.uid, u.parent_id, u.path, u.level, u.type, u.name, u.code, u.sort_key, u.since, u.until, u.version, u.withdrawn"

// Columns lists the columns of the unit table u that Scan reads; for the queries
// of packages that join it.
func Columns() string { return columns }

// Scan reads one unit from rows that start with Columns, and further columns into more.
func Scan(rows pgx.Row, more ...any) (Unit, error) {
	var u Unit
	dest := append([]any{
		&u.ID, &u.UID, &u.ParentID, &u.Path, &u.Level, &u.Type, &u.Name, &u.Code,
		&u.SortKey, &u.Since, &u.Until, &u.Version, &u.Withdrawn,
	}, more...)
	err := rows.Scan(dest...)
	return u, err
}

func notFound(err error) error {
	if errors.Is(err, gorm.ErrRecordNotFound) || errors.Is(err, pgx.ErrNoRows) {
		return fault.New(fault.NotFound, "unit.not_found")
	}
	return err
}

// one finds a single unit by a condition on the table unit, in the open unit of
// work or in one round trip of its own.
func (t *Tree) one(ctx context.Context, where string, args ...any) (Unit, error) {
	if tx, ok := db.InTx(ctx); ok {
		var r row
		err := tx.Gorm().Where("tenant_id = ?", tx.Tenant()).Where(where, args...).Take(&r).Error
		if err != nil {
			return Unit{}, notFound(err)
		}
		return r.unit()
	}
	var u Unit
	err := t.db.Tenant(ctx, func(ctx context.Context, _ *db.Tx) error {
		var err error
		u, err = t.one(ctx, where, args...)
		return err
	})
	return u, err
}

func (t *Tree) many(ctx context.Context, order, where string, args ...any) ([]Unit, error) {
	var units []Unit
	err := t.db.Tenant(ctx, func(_ context.Context, tx *db.Tx) error {
		var rows []row
		err := tx.Gorm().Where("tenant_id = ?", tx.Tenant()).Where(where, args...).Order(order).Find(&rows).Error
		if err != nil {
			return err
		}
		units = make([]Unit, len(rows))
		for i, r := range rows {
			if units[i], err = r.unit(); err != nil {
				return err
			}
		}
		return nil
	})
	return units, err
}

// Get returns the unit with a public id; fault NotFound where there is none in
// this ministry.
func (t *Tree) Get(ctx context.Context, uid string) (Unit, error) { return t.one(ctx, "uid = ?", uid) }

// ByID returns the unit with an internal id.
func (t *Tree) ByID(ctx context.Context, id int64) (Unit, error) { return t.one(ctx, "id = ?", id) }

// Hold returns the unit with an id as it is, and keeps others from changing it until the
// unit of work ends: what is looked at afterwards, facts of later days included, stays so.
func (t *Tree) Hold(ctx context.Context, tx *db.Tx, id int64) (Unit, error) {
	if _, err := tx.PGX().Exec(ctx, "SELECT FROM unit WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tx.Tenant(), id); err != nil {
		return Unit{}, err
	}
	return t.ByID(ctx, id)
}

// ByCode returns the unit of a level with an official code.
func (t *Tree) ByCode(ctx context.Context, level, code string) (Unit, error) {
	return t.one(ctx, "level = ? AND code = ?", level, code)
}

// Root returns the ministry itself.
func (t *Tree) Root(ctx context.Context) (Unit, error) { return t.one(ctx, "parent_id IS NULL") }

// Children returns the units directly below a parent, in the order of the
// ministry's language. Institutions are left out: there may be thousands, and
// they have a paged list of their own (package registry).
func (t *Tree) Children(ctx context.Context, parent int64) ([]Unit, error) {
	return t.many(ctx, "level, sort_key, id", "parent_id = ? AND level <> 'institution' AND NOT withdrawn", parent)
}

// Territory returns every unit that is not an institution, parents first; none that was
// taken back.
func (t *Tree) Territory(ctx context.Context) ([]Unit, error) {
	return t.many(ctx, "array_position(ARRAY['ministry','directorate','region','district'], level), sort_key, id", "level <> 'institution' AND NOT withdrawn")
}

// ByIDs returns the units with the given ids, by id.
func (t *Tree) ByIDs(ctx context.Context, ids []int64) (map[int64]Unit, error) {
	units, err := t.many(ctx, "id", "id IN ?", ids)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]Unit, len(units))
	for _, u := range units {
		byID[u.ID] = u
	}
	return byID, nil
}

// Way returns the units from the ministry down to u itself, root first.
func (t *Tree) Way(ctx context.Context, u Unit) ([]Unit, error) {
	ids := IDs(u.Path)
	byID, err := t.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	way := make([]Unit, 0, len(ids))
	for _, id := range ids {
		if a, ok := byID[id]; ok {
			way = append(way, a)
		}
	}
	return way, nil
}
