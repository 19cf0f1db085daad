package db

import (
	"context"
	"encoding/json"
	"fmt"
)

// Mirror copies a ministry's line of the directory into its placement, where the
// foreign keys of its tables look for it. The first placement's line stays the
// one that counts. Nothing happens for a ministry of the first placement.
func (d *DB) Mirror(ctx context.Context, tenant int32, placement string) error {
	if placement == "" {
		return nil
	}
	var line json.RawMessage
	err := d.Platform(ctx, func(ctx context.Context, tx *Tx) error {
		return tx.pgx.QueryRow(ctx, "SELECT to_jsonb(t) FROM platform.tenant t WHERE id = $1", tenant).Scan(&line)
	})
	if err != nil {
		return fmt.Errorf("db: read the directory: %w", err)
	}
	err = d.unit(ctx, 0, placement, func(ctx context.Context, tx *Tx) error {
		_, err := tx.pgx.Exec(ctx, `INSERT INTO platform.tenant
			SELECT (jsonb_populate_record(NULL::platform.tenant, $1)).* ON CONFLICT (id) DO NOTHING`, line)
		return err
	})
	if err != nil {
		return fmt.Errorf("db: copy a line of the directory: %w", err)
	}
	return nil
}

// Reach connects to a placement, or says why it cannot: before anything is begun
// that would need it.
func (d *DB) Reach(ctx context.Context, placement string) error {
	_, err := d.placement(ctx, placement)
	return err
}
