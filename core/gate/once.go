package gate

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// keyLife is how long a write key is remembered: longer than any retry.
const keyLife = 48 * time.Hour

type onceKey struct{}

// Key is the write key of a request.
type Key struct {
	Name    string      // as the request gives it; empty for none
	Content []byte      // digest of what is asked for with it: the key with another content is refused as reused; nil: nobody said
	Box     cipher.AEAD // what is kept beside the key is sealed with it: an answer may hold a name, or a link that is shown once
}

// once is the write key within a request. The first unit of work that writes
// takes it; later ones belong to the same request.
type once struct {
	Key
	taken    bool
	stopped  error // why the unit of work was not done: Repeated, or reused
	replayed bool
}

// WithKey returns a context whose first unit of work happens at most once for
// this caller and key. A key without a name changes nothing.
func WithKey(ctx context.Context, k Key) context.Context {
	if k.Name == "" {
		return ctx
	}
	return context.WithValue(ctx, onceKey{}, &once{Key: k})
}

// Repeated is the fault of a unit of work whose key was taken before: what it
// would do has been done.
var Repeated = fault.New(fault.Conflict, "gate.repeated")

// reused is the fault of a unit of work whose key was taken for something else:
// what it would do has not been done.
var reused = fault.New(fault.Conflict, "gate.reused").WithNext("gate.next.reused", "", nil)

// Stopped returns why a request did nothing because of its key, whatever its handler
// made of it: Repeated, or that the key belongs to something else. It is nil of every
// other request.
func Stopped(ctx context.Context) error {
	if o, _ := ctx.Value(onceKey{}).(*once); o != nil {
		return o.stopped
	}
	return nil
}

// Replayed reports whether a request did nothing because one with its key had done
// it, and is answered from what that one found out.
func Replayed(ctx context.Context) bool {
	o, _ := ctx.Value(onceKey{}).(*once)
	return o != nil && o.replayed
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

// once runs fn as the work of the request's key: at most once, what it found out
// kept beside the key in the same unit. A request that repeats one whose answer was
// lost gets results filled from there and goes on to answer, as the first did; one
// whose answer was kept ends with Repeated. A repetition waits while the first is at work.
func (g *Gate) once(ctx context.Context, tx *db.Tx, o *once, fn func(ctx context.Context, tx *db.Tx) error, results []any) error {
	tag, err := tx.PGX().Exec(ctx, `INSERT INTO write_key (tenant_id, owner, key, content, taken_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, owner, key) DO NOTHING`, tx.Tenant(), owner(caller.From(ctx)), o.Name, o.Content, g.clock.Now())
	if err != nil {
		return err
	}
	db.AfterCommit(ctx, func() { o.taken = true })
	if tag.RowsAffected() == 0 {
		err := g.again(ctx, tx, o, results)
		if errors.Is(err, Repeated) || errors.Is(err, reused) {
			o.stopped = err
		}
		return err
	}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	found, err := json.Marshal(results)
	if err != nil {
		return err
	}
	_, err = tx.PGX().Exec(ctx, "UPDATE write_key SET result = $4 WHERE tenant_id = $1 AND owner = $2 AND key = $3",
		tx.Tenant(), owner(caller.From(ctx)), o.Name, o.seal(ctx, found))
	return err
}

// again tells a repetition from a key that was given to something else.
func (g *Gate) again(ctx context.Context, tx *db.Tx, o *once, results []any) error {
	var content, result []byte
	var status *int
	err := tx.PGX().QueryRow(ctx, "SELECT content, status, result FROM write_key WHERE tenant_id = $1 AND owner = $2 AND key = $3",
		tx.Tenant(), owner(caller.From(ctx)), o.Name).Scan(&content, &status, &result)
	if err != nil {
		return err
	}
	if !o.asks(content) {
		return reused
	}
	if status != nil || result == nil {
		return Repeated
	}
	found, err := o.open(ctx, result)
	if err != nil {
		return Repeated // sealed with a secret that is no longer in force
	}
	var kept []json.RawMessage
	if err := json.Unmarshal(found, &kept); err != nil || len(kept) != len(results) {
		return Repeated // kept by another version of the program
	}
	for i, r := range results {
		if err := json.Unmarshal(kept[i], r); err != nil {
			return err
		}
	}
	o.replayed = true
	return nil
}

// bound is what a sealed text belongs to: nobody else's key opens it.
func (o *once) bound(ctx context.Context) []byte {
	c := caller.From(ctx)
	return []byte(c.Tenant.Slug + "\x00" + owner(c) + "\x00" + o.Name)
}

func (o *once) seal(ctx context.Context, plain []byte) []byte {
	if o.Box == nil {
		return plain
	}
	nonce := make([]byte, o.Box.NonceSize())
	rand.Read(nonce) //nolint:errcheck // never fails
	return o.Box.Seal(nonce, nonce, plain, o.bound(ctx))
}

var errSealed = errors.New("gate: sealed for somebody else or with another secret")

func (o *once) open(ctx context.Context, sealed []byte) ([]byte, error) {
	if o.Box == nil {
		return sealed, nil
	}
	n := o.Box.NonceSize()
	if len(sealed) < n {
		return nil, errSealed
	}
	return o.Box.Open(nil, sealed[:n], sealed[n:], o.bound(ctx))
}

// Answered keeps the answer beside the key, for repetitions. Without a key, or
// when no unit of work took it, it does nothing. What is lost here can be answered
// again from what the unit of work kept.
func (g *Gate) Answered(ctx context.Context, a Answer) error {
	o, _ := ctx.Value(onceKey{}).(*once)
	if o == nil || !o.taken {
		return nil
	}
	return g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE write_key SET status = $4, location = $5, body = $6, result = NULL WHERE tenant_id = $1 AND owner = $2 AND key = $3",
			tx.Tenant(), owner(caller.From(ctx)), o.Name, a.Status, a.Location, o.seal(ctx, a.Body))
		return err
	})
}

// FirstAnswer returns the answer that was kept for the request's key and what it asks
// for. ok is false, without an error, when nobody has done that with the key yet; the
// error is Repeated when it has been done and the answer cannot be had any more.
func (g *Gate) FirstAnswer(ctx context.Context) (a Answer, ok bool, err error) {
	o, _ := ctx.Value(onceKey{}).(*once)
	if o == nil {
		return a, false, nil
	}
	var status *int
	var location *string
	var body, content []byte
	err = g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT content, status, location, body FROM write_key WHERE tenant_id = $1 AND owner = $2 AND key = $3",
			tx.Tenant(), owner(caller.From(ctx)), o.Name).Scan(&content, &status, &location, &body)
	})
	switch {
	case db.NoRows(err), err == nil && !o.asks(content):
		return a, false, nil
	case err != nil:
		return a, false, err
	case status == nil:
		return a, false, Repeated
	}
	a.Status = *status
	if location != nil {
		a.Location = *location
	}
	if a.Body, err = o.open(ctx, body); err != nil {
		return Answer{}, false, Repeated // sealed with a secret that is no longer in force: it was done, and that is said
	}
	return a, true, nil
}

// asks reports whether the request asks for what the key was taken for.
func (o *once) asks(content []byte) bool {
	return content == nil || o.Content == nil || bytes.Equal(content, o.Content)
}

// ForgetKeys deletes keys that nobody will repeat any more, and forms that were kept for
// somebody who has not come back; a job calls it.
func (g *Gate) ForgetKeys(ctx context.Context) error {
	return g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "DELETE FROM write_key WHERE tenant_id = $1 AND taken_at < $2", tx.Tenant(), g.clock.Now().Add(-keyLife))
		if err != nil {
			return err
		}
		_, err = tx.PGX().Exec(ctx, "DELETE FROM kept_form WHERE tenant_id = $1 AND kept_at < $2", tx.Tenant(), g.clock.Now().Add(-keptLife))
		return err
	})
}
