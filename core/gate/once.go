package gate

import (
	"bytes"
	"context"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// keyLife is how long a write key is remembered: longer than any retry.
const keyLife = 48 * time.Hour

type onceKey struct{}

// once is the write key of a request. The first unit of work of the request
// takes it; later ones belong to the same request.
type once struct {
	key     string
	content []byte // digest of what is asked for with it; nil when nobody said
	taken   bool
	reused  bool
}

// WithKey returns a context whose first unit of work happens at most once for
// this caller and key. An empty key changes nothing. content is a digest of what
// is asked for: the key with another content is refused as reused, not repeated.
func WithKey(ctx context.Context, key string, content []byte) context.Context {
	if key == "" {
		return ctx
	}
	return context.WithValue(ctx, onceKey{}, &once{key: key, content: content})
}

// Repeated is the fault of a unit of work whose key was taken before: what it
// would do has been done.
var Repeated = fault.New(fault.Conflict, "gate.repeated")

// reused is the fault of a unit of work whose key was taken for something else:
// what it would do has not been done.
var reused = fault.New(fault.Conflict, "gate.reused").WithNext("gate.next.reused", "", nil)

// Reused returns the fault of a request whose key was found to belong to another
// one, whatever its handler made of it; nil of every other request.
func Reused(ctx context.Context) error {
	if o, _ := ctx.Value(onceKey{}).(*once); o == nil || !o.reused {
		return nil
	}
	return reused
}

// Answer is what was answered to the request that took a key first.
type Answer struct {
	Status   int
	Location string
	Body     []byte
}

func owner(c *caller.Caller) string {
	if c.AccountUID != "" {
		return c.AccountUID
	}
	return "nobody"
}

// take takes the request's key within tx. When another request took it and has
// committed, this one is a repetition; while it has not, this one waits.
func (g *Gate) take(ctx context.Context, tx *db.Tx) error {
	o, _ := ctx.Value(onceKey{}).(*once)
	if o == nil || o.taken {
		return nil
	}
	tag, err := tx.PGX().Exec(ctx, `INSERT INTO write_key (tenant_id, owner, key, content, taken_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, owner, key) DO NOTHING`, tx.Tenant(), owner(caller.From(ctx)), o.key, o.content, g.clock.Now())
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return g.sentBefore(ctx, tx, o)
	}
	db.AfterCommit(ctx, func() { o.taken = true })
	return nil
}

// sentBefore tells a repetition from a key that was given to something else.
func (g *Gate) sentBefore(ctx context.Context, tx *db.Tx, o *once) error {
	var content []byte
	err := tx.PGX().QueryRow(ctx, "SELECT content FROM write_key WHERE tenant_id = $1 AND owner = $2 AND key = $3",
		tx.Tenant(), owner(caller.From(ctx)), o.key).Scan(&content)
	if err != nil {
		return err
	}
	if content != nil && o.content != nil && !bytes.Equal(content, o.content) {
		o.reused = true
		return reused
	}
	return Repeated
}

// Answered keeps the answer beside the key, for repetitions. Without a key, or
// when no unit of work took it, it does nothing.
func (g *Gate) Answered(ctx context.Context, a Answer) error {
	o, _ := ctx.Value(onceKey{}).(*once)
	if o == nil || !o.taken {
		return nil
	}
	return g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE write_key SET status = $4, location = $5, body = $6 WHERE tenant_id = $1 AND owner = $2 AND key = $3",
			tx.Tenant(), owner(caller.From(ctx)), o.key, a.Status, a.Location, a.Body)
		return err
	})
}

// FirstAnswer returns the answer that was kept for the request's key, waiting a
// moment for the one that is being given. ok is false when there is none: the
// first request did its work and was cut off before it could answer.
func (g *Gate) FirstAnswer(ctx context.Context) (a Answer, ok bool, err error) {
	o, _ := ctx.Value(onceKey{}).(*once)
	if o == nil {
		return a, false, nil
	}
	for range 10 {
		var status *int
		var location *string
		err = g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			return tx.PGX().QueryRow(ctx, "SELECT status, location, body FROM write_key WHERE tenant_id = $1 AND owner = $2 AND key = $3",
				tx.Tenant(), owner(caller.From(ctx)), o.key).Scan(&status, &location, &a.Body)
		})
		if err != nil && !db.NoRows(err) {
			return a, false, err
		}
		if status != nil {
			a.Status = *status
			if location != nil {
				a.Location = *location
			}
			return a, true, nil
		}
		select {
		case <-ctx.Done():
			return a, false, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return a, false, nil
}

// ForgetKeys deletes keys that nobody will repeat any more; a daily job calls it.
func (g *Gate) ForgetKeys(ctx context.Context) error {
	return g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "DELETE FROM write_key WHERE tenant_id = $1 AND taken_at < $2", tx.Tenant(), g.clock.Now().Add(-keyLife))
		return err
	})
}
