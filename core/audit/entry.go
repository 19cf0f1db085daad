package audit

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// One is a recorded entry with what it changed.
type One struct {
	Record
	Changes []FieldChange
	Said    fault.Args // arguments of the message of a refusal; nil: not kept, or erased
	Sealed  int        // number of the block it is sealed in; 0: not yet
}

// Get returns one entry of the ministry in ctx. What Search says of the gate holds
// here too. Fault: NotFound.
func (t *Trail) Get(ctx context.Context, id int64) (One, error) {
	var out One
	found := false
	tenant := db.TenantOf(ctx)
	b := &pgx.Batch{}
	b.Queue(`SELECT `+entryColumns+` FROM audit_entry e WHERE e.tenant_id = $1 AND e.id = $2`, tenant, id).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var r row
			var n int
			if err := rows.Scan(r.destinations(&n)...); err != nil {
				return err
			}
			out.Record, found = r.record(), true
		}
		return rows.Err()
	})
	b.Queue(`SELECT v.id, v.field, v.old::text, v.new::text, v.erased_at FROM change_value v WHERE v.tenant_id = $1 AND v.entry_id = $2 ORDER BY v.field`, tenant, id).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var line FieldChange
				var old, now *string
				var erased *time.Time
				if err := rows.Scan(&line.ValueID, &line.Field, &old, &now, &erased); err != nil {
					return err
				}
				line.Old, line.New = rawOrNil(old), rawOrNil(now)
				if line.Field == said && out.Outcome != Allow {
					if line.New != nil {
						if err := json.Unmarshal(line.New, &out.Said); err != nil {
							return err
						}
					}
					continue
				}
				if erased != nil {
					line.Erased = erased.UTC()
				}
				out.Changes = append(out.Changes, line.expand()...)
			}
			return rows.Err()
		})
	b.Queue(`SELECT coalesce((SELECT l.seq FROM audit_link l WHERE l.tenant_id = $1 AND l.id = $2), 0)`, tenant, id).
		QueryRow(func(r pgx.Row) error { return r.Scan(&out.Sealed) })
	if err := t.db.Read(ctx, b); err != nil {
		return One{}, fault.Wrap(err, "audit: entry "+strconv.FormatInt(id, 10))
	}
	if !found {
		return One{}, fault.New(fault.NotFound, "audit.no_entry")
	}
	for i := range out.Changes {
		out.Changes[i].Record = out.Record
	}
	return out, nil
}

// Deeds are actions that entries name besides those of the policy's catalogue: what is done
// at the door, by the system, or as a step of what the policy allows.
var Deeds = []string{
	"correct", "end", "erase", "hold_back", "redeem", "reset", "retype", "sign_in", "sign_out", "undo", "unblock", "withdraw",
}
