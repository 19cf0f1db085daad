package record

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/profile"
)

// uniques is the table whose index says no, whoever writes at the same time.
func (rs *Records) uniques() string { return rs.reg.ID + "_unique" }

// takeValues enters values and returns those that other records have. Somebody who is
// entering the same value at this moment is waited for.
func (rs *Records) takeValues(ctx context.Context, tx *db.Tx, fresh []holding) ([]holding, error) {
	if len(fresh) == 0 {
		return nil, nil
	}
	fields, values, ids := columnsOf(fresh)
	if _, err := tx.PGX().Exec(ctx, `INSERT INTO `+rs.uniques()+` (tenant_id, field, value, id)
		SELECT $1, v.field, v.value, v.id FROM unnest($2::text[], $3::text[], $4::bigint[]) AS v(field, value, id)
		ON CONFLICT DO NOTHING`, tx.Tenant(), fields, values, ids); err != nil {
		return nil, err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT u.field, u.value, u.id FROM unnest($2::text[], $3::text[], $4::bigint[]) AS v(field, value, id)
		JOIN `+rs.uniques()+` u ON u.tenant_id = $1 AND u.field = v.field AND u.value = v.value
		WHERE u.id <> v.id`, tx.Tenant(), fields, values, ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanHolding)
}

func (rs *Records) releaseValues(ctx context.Context, tx *db.Tx, gone []holding) error {
	if len(gone) == 0 {
		return nil
	}
	fields, values, ids := columnsOf(gone)
	_, err := tx.PGX().Exec(ctx, `DELETE FROM `+rs.uniques()+` u USING unnest($2::text[], $3::text[], $4::bigint[]) AS v(field, value, id)
		WHERE u.tenant_id = $1 AND u.field = v.field AND u.value = v.value AND u.id = v.id`, tx.Tenant(), fields, values, ids)
	return err
}

// Release lets go of values of unique fields: values[k] of fields[k], which ids[k] has. Whoever
// calls it saves those records too in the same unit of work, or takes it back.
func (rs *Records) Release(ctx context.Context, tx *db.Tx, fields, values []string, ids []int64) error {
	gone := make([]holding, len(ids))
	for k := range ids {
		gone[k] = holding{fields[k], values[k], ids[k]}
	}
	return rs.releaseValues(ctx, tx, gone)
}

// ReleaseAll lets go of all unique values of records, as Release does: saving them enters what
// they are to have.
func (rs *Records) ReleaseAll(ctx context.Context, tx *db.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.PGX().Exec(ctx, "DELETE FROM "+rs.uniques()+" WHERE tenant_id = $1 AND id = ANY($2)", tx.Tenant(), ids)
	return err
}

func columnsOf(all []holding) (fields, values []string, ids []int64) {
	for _, h := range all {
		fields, values, ids = append(fields, h.field), append(values, h.value), append(ids, h.id)
	}
	return fields, values, ids
}

func scanHolding(r pgx.CollectableRow) (h holding, err error) {
	return h, r.Scan(&h.field, &h.value, &h.id)
}

// filledFields returns the fields that the table was filled for, sorted.
func (rs *Records) filledFields(ctx context.Context, tx *db.Tx) ([]string, error) {
	rows, err := tx.PGX().Query(ctx, "SELECT field FROM record_unique_field WHERE tenant_id = $1 AND register = $2 ORDER BY field", tx.Tenant(), rs.reg.ID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// fillField fills the table for a field once; whoever comes second waits and finds it filled.
func (rs *Records) fillField(ctx context.Context, tx *db.Tx, field string) error {
	tag, err := tx.PGX().Exec(ctx, "INSERT INTO record_unique_field (tenant_id, register, field) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", tx.Tenant(), rs.reg.ID, field)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	_, err = tx.PGX().Exec(ctx, `WITH all_values AS (
			SELECT i.id, i.fields ->> $3 AS value FROM `+rs.reg.ID+` i WHERE i.tenant_id = $1 AND coalesce(i.fields ->> $3, '') <> ''
		), made AS (
			INSERT INTO `+rs.uniques()+` (tenant_id, field, value, id)
			SELECT $1, $3, value, min(id) FROM all_values GROUP BY value ON CONFLICT DO NOTHING
		)
		UPDATE record_unique_field SET twins = (SELECT count(*) - count(DISTINCT value) FROM all_values)
		WHERE tenant_id = $1 AND register = $2 AND field = $3`, tx.Tenant(), rs.reg.ID, field)
	return err
}

// forgetFields lets go of fields that are unique no longer.
func (rs *Records) forgetFields(ctx context.Context, tx *db.Tx, kept []string) error {
	if kept == nil {
		kept = []string{}
	}
	if _, err := tx.PGX().Exec(ctx, "DELETE FROM "+rs.uniques()+" WHERE tenant_id = $1 AND field <> ALL ($2)", tx.Tenant(), kept); err != nil {
		return err
	}
	_, err := tx.PGX().Exec(ctx, "DELETE FROM record_unique_field WHERE tenant_id = $1 AND register = $2 AND field <> ALL ($3)", tx.Tenant(), rs.reg.ID, kept)
	return err
}

// Twins returns how many records share a value that must be unique, by field: what was
// so before the rule, and stays until somebody mends it.
func (rs *Records) Twins(ctx context.Context) (map[string]int, error) {
	out := map[string]int{}
	err := rs.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, "SELECT field FROM record_unique_field WHERE tenant_id = $1 AND register = $2 AND twins > 0", tx.Tenant(), rs.reg.ID)
		if err != nil {
			return err
		}
		fields, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, f := range fields {
			var n int
			if err := tx.PGX().QueryRow(ctx, `SELECT count(*) - count(DISTINCT i.fields ->> $2) FROM `+rs.reg.ID+` i
				WHERE i.tenant_id = $1 AND coalesce(i.fields ->> $2, '') <> ''`, tx.Tenant(), f).Scan(&n); err != nil {
				return err
			}
			if _, err := tx.PGX().Exec(ctx, "UPDATE record_unique_field SET twins = $4 WHERE tenant_id = $1 AND register = $2 AND field = $3", tx.Tenant(), rs.reg.ID, f, n); err != nil {
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

// Holders tells which record has which of some values of unique fields ([Held]): values[k]
// is one of fields[k].
func (rs *Records) Holders(ctx context.Context, p *profile.Profile, fields, values []string) (map[string]int64, error) {
	out := map[string]int64{}
	if len(fields) == 0 {
		return out, nil
	}
	err := rs.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := rs.fillUnique(ctx, tx, rs.UniqueFields(p)); err != nil {
			return err
		}
		rows, err := tx.PGX().Query(ctx, `SELECT u.field, u.value, u.id FROM unnest($2::text[], $3::text[]) AS v(field, value)
			JOIN `+rs.uniques()+` u ON u.tenant_id = $1 AND u.field = v.field AND u.value = v.value`, tx.Tenant(), fields, values)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, scanHolding)
		for _, h := range all {
			out[h.key()] = h.id
		}
		return err
	})
	return out, err
}
