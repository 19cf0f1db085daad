package unit

import (
	"context"
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
	var err error
	u.Name, err = Names(r.Name)
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
	var name []byte
	dest := append([]any{
		&u.ID, &u.UID, &u.ParentID, &u.Path, &u.Level, &u.Type, &name, &u.Code,
		&u.SortKey, &u.Since, &u.Until, &u.Version, &u.Withdrawn,
	}, more...)
	err := rows.Scan(dest...)
	if err == nil {
		u.Name, err = Names(name)
	}
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

// Hold returns the unit with an id as it is, and keeps others from changing it until the
// unit of work ends: what is looked at afterwards, facts of later days included, stays so.
func (t *Tree) Hold(ctx context.Context, tx *db.Tx, id int64) (Unit, error) {
	if _, err := tx.PGX().Exec(ctx, "SELECT FROM unit WHERE tenant_id = $1 AND id = $2 FOR NO KEY UPDATE", tx.Tenant(), id); err != nil {
		return Unit{}, err
	}
	return t.ByID(ctx, id)
}

// GetAll returns units by their public ids; those that are not there are not among them.
func (t *Tree) GetAll(ctx context.Context, uids []string) (map[string]Unit, error) {
	if len(uids) == 0 {
		return map[string]Unit{}, nil
	}
	units, err := t.many(ctx, "id", "uid IN ?", uids)
	all := make(map[string]Unit, len(units))
	for _, u := range units {
		all[u.UID] = u
	}
	return all, err
}

// Meant returns the units of a level that may be meant by some words: those whose official code is
// one of them, and those that may be called so. Who asks compares these by Look.
func (t *Tree) Meant(ctx context.Context, level string, words []string) ([]Unit, error) {
	called, err := t.Called(ctx, words)
	if err != nil {
		return nil, err
	}
	if len(called) == 0 {
		called = []int64{0} // no unit has it
	}
	return t.many(ctx, "id", "level = ? AND NOT withdrawn AND (code IN ? AND code <> '' OR id IN ?)", level, words, called)
}

// ByCode returns the unit of a level with an official code.
func (t *Tree) ByCode(ctx context.Context, level, code string) (Unit, error) {
	return t.one(ctx, "level = ? AND code = ?", level, code)
}

// Seat returns the unit of the ministry's centre with a code of the profile, and whether
// there is one.
func (t *Tree) Seat(ctx context.Context, code string) (Unit, bool, error) {
	u, err := t.ByCode(ctx, Directorate, code)
	if fault.KindOf(err) == fault.NotFound {
		return Unit{}, false, nil
	}
	return u, err == nil, err
}

// Way returns the units from the ministry down to u itself, root first.
func (t *Tree) Way(ctx context.Context, u Unit) ([]Unit, error) {
	ids := IDs(u.Path)
	if u.ID != 0 && len(ids) > 0 && ids[len(ids)-1] == u.ID { // it is at hand
		ids = ids[:len(ids)-1]
	} else {
		u = Unit{}
	}
	byID, err := t.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	way := make([]Unit, 0, len(ids)+1)
	for _, id := range ids {
		if a, ok := byID[id]; ok {
			way = append(way, a)
		}
	}
	if u.ID != 0 {
		way = append(way, u)
	}
	return way, nil
}
