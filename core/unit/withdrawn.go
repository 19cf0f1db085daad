package unit

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Unenter takes a unit back as if it had never been entered: it exists on no day, lies
// nowhere, is found by no search, and its code is free. Whoever knows its id still finds
// what it was called. What hangs on it, whoever calls this has asked (see Hanging).
//
// Fault: Conflict for another version.
func (t *Tree) Unenter(ctx context.Context, u Unit) error {
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := t.bump(ctx, tx, u); err != nil {
			return err
		}
		b := &pgx.Batch{}
		for _, k := range []Kind{NameFact, TypeFact, PlaceFact} {
			b.Queue("DELETE FROM "+chains[k].table+" WHERE tenant_id = $1 AND unit_id = $2", tx.Tenant(), u.ID)
		}
		b.Queue("UPDATE unit SET until = since, code = '', withdrawn = true WHERE tenant_id = $1 AND id = $2", tx.Tenant(), u.ID)
		if err := tx.PGX().SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return Index.Remove(ctx, tx, u.ID)
	})
}

// Hanging returns the units that lie in u, or lay there or will, in the order of the
// ministry's language.
func (t *Tree) Hanging(ctx context.Context, u Unit) ([]Lying, error) {
	return t.lying(ctx, "SELECT DISTINCT ON (u.level, u.sort_key, u.id) "+columns+`, p.since, p.order_ref
		FROM unit_lies($1, $2) p JOIN unit u ON u.tenant_id = $1 AND u.id = p.unit_id ORDER BY u.level, u.sort_key, u.id, p.since`, u.ID)
}
