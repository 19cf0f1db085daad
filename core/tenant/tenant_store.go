package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// read reads the whole directory.
func (s *Service) read(ctx context.Context) (*directory, error) {
	var all []*Ministry
	err := s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `
			SELECT t.id, t.slug, t.profile, t.placement, t.zone, t.name, t.state, t.accent, t.crest, t.listed,
			       t.created_at, t.activated_at, t.suspended_at, t.suspended_why, t.step, coalesce(t.step_at, '0001-01-01'),
			       coalesce((SELECT json_agg(h.host ORDER BY h.place) FROM platform.tenant_host h WHERE h.tenant_id = t.id), '[]')
			FROM platform.tenant t ORDER BY t.slug`)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanMinistry)
		return err
	})
	return newDirectory(all), err
}

func scanMinistry(row pgx.CollectableRow) (*Ministry, error) {
	var m Ministry
	var zone string
	var hosts []byte
	err := row.Scan(&m.ID, &m.Slug, &m.Profile, &m.Placement, &zone, &m.Name, &m.State, &m.Accent, &m.Crest, &m.Listed,
		&m.Created, &m.ActivatedAt, &m.SuspendedAt, &m.Why, &m.Step, &m.StepAt, &hosts)
	if err != nil {
		return nil, err
	}
	if m.Zone, err = time.LoadLocation(zone); err != nil {
		return nil, fmt.Errorf("ministry %s: %w", m.Slug, err)
	}
	return &m, json.Unmarshal(hosts, &m.Hosts)
}

// turn changes the state of a ministry; false when it was not in the state from.
func turn(ctx context.Context, tx *db.Tx, id int32, from, to State, why string, now time.Time) (bool, error) {
	tag, err := tx.PGX().Exec(ctx, `UPDATE platform.tenant SET state = $3, suspended_why = $4,
		  suspended_at = CASE WHEN $3 = 'suspended' THEN $5::timestamptz END, changed_at = $5, version = version + 1
		WHERE id = $1 AND state = $2`, id, from, to, why, now)
	return tag.RowsAffected() == 1, err
}

// versionOf is the version of a ministry's line, which stays until the unit ends.
func versionOf(ctx context.Context, tx *db.Tx, id int32) (version int, err error) {
	return version, tx.PGX().QueryRow(ctx, "SELECT version FROM platform.tenant WHERE id = $1 FOR NO KEY UPDATE", id).Scan(&version)
}

func setName(ctx context.Context, tx *db.Tx, id int32, names map[string]string, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, "UPDATE platform.tenant SET name = $2, changed_at = $3, version = version + 1 WHERE id = $1", id, names, now)
	return err
}

func setListed(ctx context.Context, tx *db.Tx, id int32, listed bool, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, "UPDATE platform.tenant SET listed = $2, changed_at = $3, version = version + 1 WHERE id = $1", id, listed, now)
	return err
}

// count counts what stands behind the wall of the ministry of the unit.
func count(ctx context.Context, tx *db.Tx) (z Size, err error) {
	return z, tx.PGX().QueryRow(ctx, `SELECT
		(SELECT count(*) FROM unit WHERE tenant_id = $1 AND level = 'institution' AND until IS NULL),
		(SELECT count(*) FROM account WHERE tenant_id = $1),
		(SELECT count(*) FROM unit WHERE tenant_id = $1 AND level <> 'institution' AND until IS NULL)`, tx.Tenant()).
		Scan(&z.Institutions, &z.Accounts, &z.Units)
}

func keepSize(ctx context.Context, tx *db.Tx, id int32, z Size) error {
	_, err := tx.PGX().Exec(ctx, `
		INSERT INTO platform.tenant_size (tenant_id, institutions, accounts, units, counted_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id) DO UPDATE SET institutions = excluded.institutions, accounts = excluded.accounts,
			units = excluded.units, counted_at = excluded.counted_at`, id, z.Institutions, z.Accounts, z.Units, z.CountedAt)
	return err
}

func sizes(ctx context.Context, tx *db.Tx) (map[int32]Size, error) {
	rows, err := tx.PGX().Query(ctx, "SELECT tenant_id, institutions, accounts, units, counted_at FROM platform.tenant_size")
	if err != nil {
		return nil, err
	}
	all := map[int32]Size{}
	var id int32
	var z Size
	_, err = pgx.ForEachRow(rows, []any{&id, &z.Institutions, &z.Accounts, &z.Units, &z.CountedAt}, func() error {
		all[id] = z
		return nil
	})
	return all, err
}
