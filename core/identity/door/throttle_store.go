package door

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
)

// charge is one counter that an attempt counts against.
type charge struct {
	kind  string
	key   []byte
	until time.Time // set by debit: how long this attempt, should it fail, closes the way
}

// attempts counts failed attempts, for all processes, in the realm's own table.
type attempts struct {
	realm
	keys keys
}

// debit counts an attempt as failed before it is tried, so that a hundred at the
// same moment are a hundred, and refuses it while one of its counters says
// "wait". A refused attempt counts nothing: waiting people are not punished for
// being impatient, and nobody can keep a counter closed by knocking on it.
//
// The counters belong to all processes, so they go by the clock of the database.
// Should that be put right, nobody waits longer than a counter ever lets wait, and
// a counter without failures too many lets nobody wait at all.
func (a attempts) debit(ctx context.Context, tx *db.Tx, charges []charge) error {
	// One order for everybody, so that two attempts never wait for each other in a ring.
	slices.SortFunc(charges, func(x, y charge) int {
		return cmp.Or(strings.Compare(x.kind, y.kind), bytes.Compare(x.key, y.key))
	})
	rows, now, err := a.lock(ctx, tx, charges)
	if err != nil {
		return err
	}
	var wait time.Duration
	for i, r := range rows {
		wait = max(wait, paces[charges[i].kind].wait(r, now))
	}
	if wait > 0 {
		return tooSoon(wait)
	}
	failures := make([]int32, len(charges))
	until := make([]time.Time, len(charges))
	for i, r := range rows {
		p := paces[charges[i].kind]
		n := p.after(r.failures, r.last, now)
		failures[i] = int32(n) //nolint:gosec // small
		until[i] = now.Add(p.delay(n))
		charges[i].until = until[i]
	}
	kinds, keys := split(charges)
	_, err = tx.PGX().Exec(ctx, a.sql(`UPDATE {throttle} t SET failures = n.failures, last_at = $2, until = n.until
		FROM unnest($3::text[], $4::bytea[], $5::int[], $6::timestamptz[]) AS n (kind, key, failures, until)
		WHERE t.tenant_id = $1 AND t.kind = n.kind AND t.key = n.key`), tx.Tenant(), now, kinds, keys, failures, until)
	return err
}

type counter struct {
	failures    int
	last, until time.Time
}

// lock makes sure that every counter exists, holds it until the unit ends, and
// returns the database's time from then.
func (a attempts) lock(ctx context.Context, tx *db.Tx, charges []charge) ([]counter, time.Time, error) {
	kinds, keys := split(charges)
	rows, err := tx.PGX().Query(ctx, a.sql(`INSERT INTO {throttle} AS t (tenant_id, kind, key, last_at, until)
		SELECT $1, n.kind, n.key, now(), now() FROM unnest($2::text[], $3::bytea[]) AS n (kind, key)
		ON CONFLICT (tenant_id, kind, key) DO UPDATE SET kind = excluded.kind
		RETURNING t.kind, t.key, t.failures, t.last_at, t.until, clock_timestamp()`), tx.Tenant(), kinds, keys)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer rows.Close()
	var now time.Time
	out := make([]counter, len(charges))
	for rows.Next() {
		var kind string
		var key []byte
		var c counter
		if err := rows.Scan(&kind, &key, &c.failures, &c.last, &c.until, &now); err != nil {
			return nil, time.Time{}, err
		}
		for i := range charges {
			if charges[i].kind == kind && bytes.Equal(charges[i].key, key) {
				out[i] = c
			}
		}
	}
	return out, now, rows.Err()
}

func split(charges []charge) (kinds []string, keys [][]byte) {
	for _, c := range charges {
		kinds, keys = append(kinds, c.kind), append(keys, c.key)
	}
	return kinds, keys
}

// credit takes back what debit counted, because the attempt was right after all.
// What only the person themself can have caused is forgotten altogether; of what
// others share, this attempt alone.
func (a attempts) credit(ctx context.Context, tx *db.Tx, charges []charge) error {
	for _, c := range charges {
		if c.kind != "pair" && c.kind != "device" && c.kind != "second" {
			if err := a.uncount(ctx, tx, c); err != nil {
				return err
			}
			continue
		}
		_, err := tx.PGX().Exec(ctx, a.sql(`DELETE FROM {throttle} WHERE tenant_id = $1 AND kind = $2 AND key = $3`), tx.Tenant(), c.kind, c.key)
		if err != nil {
			return err
		}
	}
	return nil
}

// uncount takes one attempt back.
func (a attempts) uncount(ctx context.Context, tx *db.Tx, charges ...charge) error {
	for _, c := range charges {
		_, err := tx.PGX().Exec(ctx, a.sql(`UPDATE {throttle} SET failures = greatest(failures - 1, 0), until = CASE WHEN until = $4 THEN now() ELSE until END
			WHERE tenant_id = $1 AND kind = $2 AND key = $3`), tx.Tenant(), c.kind, c.key, c.until)
		if err != nil {
			return err
		}
	}
	return nil
}

// tooSoon tells how long to wait, in whole seconds or minutes.
func tooSoon(wait time.Duration) *fault.Error {
	told := fault.New(fault.TooMany, "identity.wait_minutes").WithWait(int((wait + time.Second - 1) / time.Second))
	if wait <= 90*time.Second {
		told.Key = "identity.wait_seconds"
		return told.With("Count", int((wait+time.Second-1)/time.Second))
	}
	return told.With("Count", int((wait+time.Minute-1)/time.Minute))
}

// sweepAttempts drops counters that nobody needs any more: no pace lets wait, or remembers
// a failure, for so long.
func (a attempts) sweepAttempts(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, a.sql(`DELETE FROM {throttle} WHERE tenant_id = $1 AND last_at < now() - interval '48 hours'`), tx.Tenant())
	return err
}
