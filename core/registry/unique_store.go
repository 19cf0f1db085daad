package registry

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/profile"
)

// takeValues enters values and returns those that other records have. Somebody who is
// entering the same value at this moment is waited for.
func takeValues(ctx context.Context, tx *db.Tx, fresh []holding) ([]holding, error) {
	if len(fresh) == 0 {
		return nil, nil
	}
	fields, values, units := columnsOf(fresh)
	if _, err := tx.PGX().Exec(ctx, `INSERT INTO record_unique (tenant_id, register, field, value, unit_id)
		SELECT $1, $2, v.field, v.value, v.unit FROM unnest($3::text[], $4::text[], $5::bigint[]) AS v(field, value, unit)
		ON CONFLICT DO NOTHING`, tx.Tenant(), Institutions, fields, values, units); err != nil {
		return nil, err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT u.field, u.value, u.unit_id FROM unnest($3::text[], $4::text[], $5::bigint[]) AS v(field, value, unit)
		JOIN record_unique u ON u.tenant_id = $1 AND u.register = $2 AND u.field = v.field AND u.value = v.value
		WHERE u.unit_id <> v.unit`, tx.Tenant(), Institutions, fields, values, units)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanHolding)
}

// filledFields returns the fields that the index was filled for, sorted.
func filledFields(ctx context.Context, tx *db.Tx) ([]string, error) {
	rows, err := tx.PGX().Query(ctx, "SELECT field FROM record_unique_field WHERE tenant_id = $1 AND register = $2 ORDER BY field", tx.Tenant(), Institutions)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

func releaseValues(ctx context.Context, tx *db.Tx, gone []holding) error {
	if len(gone) == 0 {
		return nil
	}
	fields, values, units := columnsOf(gone)
	_, err := tx.PGX().Exec(ctx, `DELETE FROM record_unique u USING unnest($3::text[], $4::text[], $5::bigint[]) AS v(field, value, unit)
		WHERE u.tenant_id = $1 AND u.register = $2 AND u.field = v.field AND u.value = v.value AND u.unit_id = v.unit`,
		tx.Tenant(), Institutions, fields, values, units)
	return err
}

func columnsOf(all []holding) (fields, values []string, units []int64) {
	for _, h := range all {
		fields, values, units = append(fields, h.field), append(values, h.value), append(units, h.unit)
	}
	return fields, values, units
}

func scanHolding(r pgx.CollectableRow) (h holding, err error) {
	return h, r.Scan(&h.field, &h.value, &h.unit)
}

// fillField fills the index for a field once; whoever comes second waits and finds it filled.
func fillField(ctx context.Context, tx *db.Tx, field string) error {
	tag, err := tx.PGX().Exec(ctx, "INSERT INTO record_unique_field (tenant_id, register, field) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", tx.Tenant(), Institutions, field)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	_, err = tx.PGX().Exec(ctx, `WITH all_values AS (
			SELECT i.id, i.fields ->> $3 AS value FROM institution i WHERE i.tenant_id = $1 AND coalesce(i.fields ->> $3, '') <> ''
		), made AS (
			INSERT INTO record_unique (tenant_id, register, field, value, unit_id)
			SELECT $1, $2, $3, value, min(id) FROM all_values GROUP BY value ON CONFLICT DO NOTHING
		)
		UPDATE record_unique_field SET twins = (SELECT count(*) - count(DISTINCT value) FROM all_values)
		WHERE tenant_id = $1 AND register = $2 AND field = $3`, tx.Tenant(), Institutions, field)
	return err
}

// forgetFields lets go of fields that are unique no longer.
func forgetFields(ctx context.Context, tx *db.Tx, kept []string) error {
	if kept == nil {
		kept = []string{}
	}
	for _, table := range []string{"record_unique", "record_unique_field"} {
		if _, err := tx.PGX().Exec(ctx, "DELETE FROM "+table+" WHERE tenant_id = $1 AND register = $2 AND field <> ALL ($3)", tx.Tenant(), Institutions, kept); err != nil {
			return err
		}
	}
	return nil
}

// Twins returns how many records share a value that must be unique, by field: what was
// so before the rule, and stays until somebody mends it.
func (s *Service) Twins(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, "SELECT field FROM record_unique_field WHERE tenant_id = $1 AND register = $2 AND twins > 0", tx.Tenant(), Institutions)
		if err != nil {
			return err
		}
		fields, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, f := range fields {
			var n int
			if err := tx.PGX().QueryRow(ctx, `SELECT count(*) - count(DISTINCT i.fields ->> $2) FROM institution i
				WHERE i.tenant_id = $1 AND coalesce(i.fields ->> $2, '') <> ''`, tx.Tenant(), f).Scan(&n); err != nil {
				return err
			}
			if _, err := tx.PGX().Exec(ctx, "UPDATE record_unique_field SET twins = $4 WHERE tenant_id = $1 AND register = $2 AND field = $3", tx.Tenant(), Institutions, f, n); err != nil {
				return err
			}
			if n > 0 {
				out[f] = n
			}
		}
		return nil
	})
	return out, err
}

// takenValues reads which record has which unique value.
func (s *Service) takenValues(ctx context.Context, p *profile.Profile) (map[string]int64, error) {
	out := map[string]int64{}
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := fillUnique(ctx, tx, uniqueFields(p)); err != nil {
			return err
		}
		rows, err := tx.PGX().Query(ctx, "SELECT field, value, unit_id FROM record_unique WHERE tenant_id = $1 AND register = $2", tx.Tenant(), Institutions)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, scanHolding)
		for _, h := range all {
			out[h.key()] = h.unit
		}
		return err
	})
	return out, err
}
