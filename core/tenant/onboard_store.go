package tenant

import (
	"context"
	"encoding/json"
	"maps"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// entry is a ministry's line of the directory, as onboarding finds it.
type entry struct {
	id        int32
	state     State
	profile   string
	placement string
	name      map[string]string
}

// continues reports whether p may carry on what left this entry: the same
// ministry, not yet active.
func (e *entry) continues(p Plan) bool {
	return e.state == Preparing && e.profile == p.Profile && e.placement == p.Placement && maps.Equal(e.name, p.Name)
}

// findEntry returns nil when the short name is free.
func findEntry(ctx context.Context, tx *db.Tx, slug string, lock bool) (*entry, error) {
	query := "SELECT id, state, profile, placement, name FROM platform.tenant WHERE slug = $1"
	if lock {
		query += " FOR UPDATE"
	}
	var e entry
	err := tx.PGX().QueryRow(ctx, query, slug).Scan(&e.id, &e.state, &e.profile, &e.placement, &e.name)
	if db.NoRows(err) {
		return nil, nil
	}
	return &e, err
}

func insertEntry(ctx context.Context, tx *db.Tx, p Plan, zone string, now time.Time) (*entry, error) {
	e := entry{state: Preparing, profile: p.Profile, placement: p.Placement, name: p.Name}
	err := tx.PGX().QueryRow(ctx, `INSERT INTO platform.tenant (slug, profile, placement, name, zone, step, step_at, created_at, changed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, $7, $7) RETURNING id`, p.Slug, p.Profile, p.Placement, p.Name, zone, Entered, now).Scan(&e.id)
	return &e, err
}

// deleteEntry takes an entry back unless something was made behind it meanwhile.
func deleteEntry(ctx context.Context, tx *db.Tx, id int32) (bool, error) {
	tag, err := tx.PGX().Exec(ctx, "DELETE FROM platform.tenant WHERE id = $1 AND state = 'preparing' AND step = 'entered'", id)
	return tag.RowsAffected() == 1, err
}

// foreignHosts are those of hosts that lead to a ministry of another short name.
func foreignHosts(ctx context.Context, tx *db.Tx, hosts []string, slug string) ([]string, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT h.host FROM platform.tenant_host h JOIN platform.tenant t ON t.id = h.tenant_id
		WHERE h.host = ANY($1) AND t.slug <> $2 ORDER BY h.host`, hosts, slug)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// setStep writes a step down; with Opened the ministry becomes active. Of two runs of one
// plan the slower takes no step back.
func setStep(ctx context.Context, tx *db.Tx, id int32, step Step, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE platform.tenant SET step = $2::text, step_at = $3::timestamptz, changed_at = $3, version = version + 1,
		  state = CASE WHEN $2 = 'open' AND state = 'preparing' THEN 'active' ELSE state END,
		  activated_at = CASE WHEN $2 = 'open' THEN coalesce(activated_at, $3) ELSE activated_at END
		WHERE id = $1 AND array_position(ARRAY['entered', 'planned', 'planted', 'invited', 'open', ''], step)
			< array_position(ARRAY['entered', 'planned', 'planted', 'invited', 'open', ''], $2::text)`, id, step, now)
	return err
}

// keepPlan stores a plan, unless one is there, and returns the one that is.
func keepPlan(ctx context.Context, tx *db.Tx, p Plan) (Plan, error) {
	raw, err := json.Marshal(p)
	if err != nil {
		return p, err
	}
	_, err = tx.PGX().Exec(ctx, "INSERT INTO onboarding (tenant_id, plan) VALUES ($1, $2) ON CONFLICT (tenant_id) DO NOTHING", tx.Tenant(), raw)
	if err != nil {
		return p, err
	}
	return readPlan(ctx, tx)
}

// readPlan reads the plan and keeps other runs waiting until the unit ends.
func readPlan(ctx context.Context, tx *db.Tx) (p Plan, err error) {
	var raw []byte
	if err := tx.PGX().QueryRow(ctx, "SELECT plan FROM onboarding WHERE tenant_id = $1 FOR UPDATE", tx.Tenant()).Scan(&raw); err != nil {
		return p, err
	}
	return p, json.Unmarshal(raw, &p)
}

func dropPlan(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, "DELETE FROM onboarding WHERE tenant_id = $1", tx.Tenant())
	return err
}
