// Package once makes a write happen at most once. The request brings a key; the unit of
// work that writes takes it, and keeps beside it whatever its answer needs, sealed, until
// the answer itself is kept there. Who sends the same again gets the first answer.
//
// Keys lie where the work is done: behind the wall of a ministry, or, for operators, on
// the platform ([OfMinistries], [OfPlatform]). The gate's unit of work takes them, and so
// does that of whoever stands below the gate and writes for people. What must not be
// taken back with the work (a try that was counted) is done in units that take no key.
package once

import (
	"bytes"
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
)

// life is how long a write key is remembered: longer than any retry.
const life = 48 * time.Hour

type contextKey struct{}

// Key is the write key of a request.
type Key struct {
	Name    string      // as the request gives it; empty for none
	Content []byte      // digest of what is asked for with it: the key with another content is refused as reused; nil: nobody said
	Box     cipher.AEAD // what is kept beside the key is sealed with it: an answer may hold a name, or a link that is shown once
}

// request is the write key within a request. The first unit of work that writes
// takes it; later ones belong to the same request.
type request struct {
	Key
	owner    string // whose key: nobody else's answers to it; empty while nobody has signed in
	realm    string
	taken    bool
	stopped  error // why the unit of work was not done: Repeated, or reused
	replayed bool

	at *place // where the key was taken or found: an operator's may lie in the ministry where the work was done
}

// place is where keys lie for whoever acts in a context.
type place struct {
	table string
	unit  func(fn func(ctx context.Context, tx *db.Tx) error) error
}

// With returns a context whose first unit of work happens at most once for the
// caller and the key. A key without a name changes nothing.
func With(ctx context.Context, k Key) context.Context {
	if k.Name == "" {
		return ctx
	}
	r := &request{Key: k}
	if c := caller.From(ctx); c != nil {
		r.realm = c.Tenant.Slug
		if c.AccountUID != "" {
			r.owner = c.AccountUID
		}
	}
	return context.WithValue(ctx, contextKey{}, r)
}

// Without returns a context whose work takes no key: of what ends the session or token
// that the key would belong to, and of what nobody may be given a second time.
func Without(ctx context.Context) context.Context {
	return context.WithValue(ctx, contextKey{}, (*request)(nil))
}

func of(ctx context.Context) *request {
	r, _ := ctx.Value(contextKey{}).(*request)
	return r
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
	if r := of(ctx); r != nil {
		return r.stopped
	}
	return nil
}

// Replayed reports whether a request did nothing because one with its key had done
// it, and is answered from what that one found out.
func Replayed(ctx context.Context) bool {
	r := of(ctx)
	return r != nil && r.replayed
}

// Store keeps keys. It is safe for concurrent use.
type Store struct {
	unit  func(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error) error
	clock *clock.Clock
	table string
	few   bool // few enough to be swept by whoever takes one
}

// OfMinistries keeps keys behind the wall of the ministry that acts.
func OfMinistries(d *db.DB, c *clock.Clock) *Store {
	return &Store{unit: d.Tenant, clock: c, table: "write_key"}
}

// OfPlatform keeps the keys of operators.
func OfPlatform(d *db.DB, c *clock.Clock) *Store {
	return &Store{unit: d.Platform, clock: c, table: "platform.write_key", few: true}
}

// Unit runs fn as one unit of work: at most once for the request's key, if it has one.
// results point at whatever fn finds out and the answer needs; it is kept beside the key
// in the same unit. A request that repeats one whose answer was lost gets results filled
// from there and goes on to answer, as the first did; one whose answer was kept ends with
// Repeated. A repetition waits while the first is at work.
func (s *Store) Unit(ctx context.Context, fn func(ctx context.Context, tx *db.Tx) error, results ...any) error {
	r := of(ctx)
	if _, nested := db.InTx(ctx); nested || r == nil || r.taken {
		return s.unit(ctx, fn)
	}
	here := s.in(ctx)
	return s.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return s.take(ctx, tx, r, here, fn, results) })
}

// in is where keys of the store lie in a context in which no unit is open.
func (s *Store) in(ctx context.Context) *place {
	return &place{s.table, func(fn func(ctx context.Context, tx *db.Tx) error) error { return s.unit(ctx, fn) }}
}

func (s *Store) take(ctx context.Context, tx *db.Tx, r *request, here *place, fn func(ctx context.Context, tx *db.Tx) error, results []any) error {
	if s.few {
		if err := s.Forget(ctx, tx); err != nil {
			return err
		}
	}
	tag, err := tx.PGX().Exec(ctx, `INSERT INTO `+s.table+` (tenant_id, owner, key, content, taken_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant_id, owner, key) DO NOTHING`, tx.Tenant(), r.owner, r.Name, r.Content, s.clock.Now())
	if err != nil {
		return err
	}
	r.at = here
	db.AfterCommit(ctx, func() { r.taken = true })
	if tag.RowsAffected() == 0 {
		return s.again(ctx, tx, r, results)
	}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	found, err := json.Marshal(results)
	if err != nil {
		return err
	}
	_, err = tx.PGX().Exec(ctx, "UPDATE "+s.table+" SET result = $4 WHERE tenant_id = $1 AND owner = $2 AND key = $3",
		tx.Tenant(), r.owner, r.Name, r.seal(found))
	return err
}

// again tells a repetition from a key that was given to something else.
func (s *Store) again(ctx context.Context, tx *db.Tx, r *request, results []any) error {
	err := s.recall(ctx, tx, r, results)
	if errors.Is(err, Repeated) || errors.Is(err, reused) {
		r.stopped = err
	}
	return err
}

func (s *Store) recall(ctx context.Context, tx *db.Tx, r *request, results []any) error {
	var content, result []byte
	err := tx.PGX().QueryRow(ctx, "SELECT content, result FROM "+s.table+" WHERE tenant_id = $1 AND owner = $2 AND key = $3",
		tx.Tenant(), r.owner, r.Name).Scan(&content, &result)
	if err != nil {
		return err
	}
	if !r.asks(content) {
		return reused
	}
	if result == nil { // answered: what the answer needed is kept no longer
		return Repeated
	}
	found, err := r.open(result)
	if err != nil {
		return Repeated // sealed with a secret that is no longer in force
	}
	var kept []json.RawMessage
	if err := json.Unmarshal(found, &kept); err != nil || len(kept) != len(results) {
		return Repeated // kept by another version of the program
	}
	for i, v := range results {
		if err := json.Unmarshal(kept[i], v); err != nil {
			return err
		}
	}
	r.replayed = true
	return nil
}

// Done reports whether what the request asks for was done with its key, and fills
// results as Unit would. Whoever judges something before the unit of work that the first
// request has used up (a code, the old password) asks here first: the repetition is not
// judged, and no try is counted. Of two at the same moment both may be judged. Nobody who
// has not signed in is told. Fault: Repeated, or that the key belongs to something else.
func (s *Store) Done(ctx context.Context, results ...any) (bool, error) {
	r := of(ctx)
	if _, nested := db.InTx(ctx); nested || r == nil || r.taken || !caller.From(ctx).SignedIn() {
		return false, nil
	}
	err := s.unit(ctx, func(ctx context.Context, tx *db.Tx) error { return s.again(ctx, tx, r, results) })
	if db.NoRows(err) {
		return false, nil
	}
	r.at, r.taken = s.in(ctx), err == nil
	return r.taken, err
}

// Took reports whether this request is the one that took its key: it repeats nothing, and
// whatever it answers is its own answer.
func Took(ctx context.Context) bool {
	r := of(ctx)
	return r != nil && r.taken && !r.replayed
}

// Forget deletes keys that nobody will repeat any more, in the open unit.
func (s *Store) Forget(ctx context.Context, tx *db.Tx) error {
	// Whoever sweeps too and takes long keeps nobody waiting.
	_, err := tx.PGX().Exec(ctx, "DELETE FROM "+s.table+" WHERE tenant_id = $1 AND id IN (SELECT id FROM "+s.table+
		" WHERE tenant_id = $1 AND taken_at < $2 FOR UPDATE SKIP LOCKED)", tx.Tenant(), s.clock.Now().Add(-life))
	return err
}

// bound is what a sealed text belongs to: nobody else's key opens it.
func (r *request) bound() []byte { return []byte(r.realm + "\x00" + r.owner + "\x00" + r.Name) }

func (r *request) seal(plain []byte) []byte {
	if r.Box == nil {
		return plain
	}
	nonce := make([]byte, r.Box.NonceSize())
	rand.Read(nonce) //nolint:errcheck // never fails
	return r.Box.Seal(nonce, nonce, plain, r.bound())
}

var errSealed = errors.New("once: sealed for somebody else or with another secret")

func (r *request) open(sealed []byte) ([]byte, error) {
	if r.Box == nil {
		return sealed, nil
	}
	n := r.Box.NonceSize()
	if len(sealed) < n {
		return nil, errSealed
	}
	return r.Box.Open(nil, sealed[:n], sealed[n:], r.bound())
}

// asks reports whether the request asks for what the key was taken for.
func (r *request) asks(content []byte) bool {
	return content == nil || r.Content == nil || bytes.Equal(content, r.Content)
}
