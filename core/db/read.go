package db

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
)

// bindRead binds the ministry and forbids writing. A pipeline up to its one Sync
// is one transaction, so the setting ends with it, whatever happens in between.
const bindRead = "select set_config('mektep.tenant',$1,true), set_config('transaction_read_only','on',true)"

// bindKnown also keeps the plans of the pipeline's statements, whatever their arguments.
const bindKnown = bindRead + ", set_config('plan_cache_mode','force_generic_plan',true)"

// Read sends the queries of b in one pipelined round trip as one read-only
// transaction of the caller's ministry, and calls what b's Query, QueryRow and
// Exec callbacks ask for. In an open unit of the same ministry it joins that. An
// error of a query or a callback ends the batch. b can be used once.
//
// ErrNoTenant and ErrOtherTenant come back before a query is sent.
func (d *DB) Read(ctx context.Context, b *pgx.Batch) error { return d.read(ctx, bindRead, b) }

// ReadKnown is Read for queries that are asked over and over and have one good plan
// whatever they ask for, a record by its id, a page in the order of an index: it is made
// once for each connection. Left to itself PostgreSQL plans them anew each time, which
// takes as long as their work.
func (d *DB) ReadKnown(ctx context.Context, b *pgx.Batch) error { return d.read(ctx, bindKnown, b) }

func (d *DB) read(ctx context.Context, bind string, b *pgx.Batch) error {
	c := caller.From(ctx)
	if c == nil || c.Tenant.ID <= 0 {
		return ErrNoTenant
	}
	if open, ok := InTx(ctx); ok {
		if open.tenant != c.Tenant.ID {
			return ErrOtherTenant
		}
		return open.pgx.SendBatch(ctx, b).Close() // the unit tells what it meant
	}
	p, err := d.placement(ctx, c.Tenant.Placement)
	if err != nil {
		return d.told(err)
	}
	bound := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, b.Len()+1)}
	bound.Queue(bind, setting(c.Tenant.ID))
	bound.QueuedQueries = append(bound.QueuedQueries, b.QueuedQueries...)
	if err := p.pool.SendBatch(ctx, bound).Close(); err != nil {
		return d.told(fmt.Errorf("db: read: %w", err))
	}
	return nil
}
