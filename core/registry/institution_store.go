package registry

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// read reads one institution, in one round trip; the units above it are remembered.
func (s *Service) read(ctx context.Context, uid string) (Institution, error) {
	var i Institution
	tenant := db.TenantOf(ctx)
	found := false
	b := &pgx.Batch{}
	b.Queue("SELECT "+unit.Columns()+`, i.fields FROM unit u JOIN institution i ON i.tenant_id = u.tenant_id AND i.id = u.id
		WHERE u.tenant_id = $1 AND u.uid = $2`, tenant, uid).QueryRow(func(r pgx.Row) error {
		var raw []byte
		u, err := unit.Scan(r, &raw)
		if db.NoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		i.Unit = u
		i.Fields, err = decode(raw)
		return err
	})
	if err := s.db.ReadKnown(ctx, b); err != nil {
		return i, err
	}
	if !found {
		return i, fault.New(fault.NotFound, "institution.not_found")
	}
	way, err := s.tree.Way(ctx, i.Unit)
	if err != nil {
		return i, err
	}
	i.Place = slices.DeleteFunc(way, func(u unit.Unit) bool { return u.ID == i.ID })
	return i, nil
}

// store writes the passports of new units and the values they are filtered by.
func (s *Service) store(ctx context.Context, tx *db.Tx, p *profile.Profile, units []unit.Unit, fields []map[string]any) error {
	raws := make([]string, len(units))
	var values []value
	var own []holding
	for i, u := range units {
		own = append(own, holdings(p, u.ID, fields[i])...)
		raw, err := json.Marshal(fields[i])
		if err != nil {
			return err
		}
		raws[i] = string(raw)
		values = append(values, filterable(p, u.ID, fields[i])...)
	}
	tenant := tx.Tenant()
	_, err := tx.InsertMany(ctx, "institution", []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "id", Type: "bigint"}, {Name: "fields", Type: "jsonb"}},
		len(units), "", func(i int, dst []any) { dst[0], dst[1], dst[2] = tenant, units[i].ID, raws[i] })
	if err != nil {
		return err
	}
	if err := storeValues(ctx, tx, values); err != nil {
		return err
	}
	if err := s.claim(ctx, tx, p, own, nil); err != nil {
		return err
	}
	return s.db.Notify(ctx, changed, "")
}

// value is one row of the side table.
type value struct {
	unit  int64
	field string
	text  string
	num   int64
}

func storeValues(ctx context.Context, tx *db.Tx, values []value) error {
	tenant := tx.Tenant()
	_, err := tx.InsertMany(ctx, "institution_value", []db.Column{
		{Name: "tenant_id", Type: "int"},
		{Name: "unit_id", Type: "bigint"},
		{Name: "field", Type: "text"},
		{Name: "text_value", Type: "text"},
		{Name: "int_value", Type: "bigint"},
	}, len(values), "ON CONFLICT DO NOTHING", func(i int, dst []any) {
		v := values[i]
		dst[0], dst[1], dst[2], dst[3], dst[4] = tenant, v.unit, v.field, v.text, v.num
	})
	return err
}

// filterable returns the side-table rows of a passport: those fields that the
// profile lets lists be filtered by.
func filterable(p *profile.Profile, unitID int64, fields map[string]any) []value {
	var out []value
	r := p.Register(Institutions)
	for id, v := range fields {
		f := r.Field(id)
		if f == nil || !f.Filter {
			continue
		}
		switch x := v.(type) {
		case string:
			out = append(out, value{unit: unitID, field: id, text: x})
		case bool:
			out = append(out, value{unit: unitID, field: id, text: yesNo(x)})
		case int64:
			out = append(out, value{unit: unitID, field: id, num: x})
		case float64:
			out = append(out, value{unit: unitID, field: id, num: int64(math.Round(x))})
		case profile.Date:
			out = append(out, value{unit: unitID, field: id, num: dayNumber(x)})
		case []string:
			for _, code := range x {
				out = append(out, value{unit: unitID, field: id, text: code})
			}
		}
	}
	return out
}

func yesNo(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// save replaces the passport of an institution and its filter values; the
// unit's version rises, so that a save over another's is seen.
func (s *Service) save(ctx context.Context, tx *db.Tx, p *profile.Profile, u unit.Unit, version int, fields map[string]any) error {
	tag, err := tx.PGX().Exec(ctx, "UPDATE unit SET version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $3", tx.Tenant(), u.ID, version)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return errStale
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	before, _, err := locked(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	if err := s.claim(ctx, tx, p, holdings(p, u.ID, fields), holdings(p, u.ID, before)); err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue("UPDATE institution SET fields = $3 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID, string(raw))
	b.Queue("DELETE FROM institution_value WHERE tenant_id = $1 AND unit_id = $2", tx.Tenant(), u.ID)
	if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
		return err
	}
	if err := storeValues(ctx, tx, filterable(p, u.ID, fields)); err != nil {
		return err
	}
	return s.db.Notify(ctx, valued, "")
}

// locked reads the passport as it stands, and holds it until the unit of work ends.
func locked(ctx context.Context, tx *db.Tx, id int64) (map[string]any, int, error) {
	var raw []byte
	var version int
	err := tx.PGX().QueryRow(ctx, `SELECT i.fields, u.version FROM unit u JOIN institution i ON i.tenant_id = u.tenant_id AND i.id = u.id
		WHERE u.tenant_id = $1 AND u.id = $2 FOR UPDATE OF u`, tx.Tenant(), id).Scan(&raw, &version)
	if db.NoRows(err) {
		return nil, 0, fault.New(fault.NotFound, "institution.not_found")
	}
	if err != nil {
		return nil, 0, err
	}
	fields, err := decode(raw)
	return fields, version, err
}

func until(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.Format(time.DateOnly)
}
