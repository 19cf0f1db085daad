package once

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"

	"mektep/core/db"
)

// Answer is what was answered to the request that took a key first.
type Answer struct {
	Status   int
	Location string
	Header   map[string][]string // what the answer says besides, an ETag above all
	Body     []byte
}

// packed marks a body that its headers lie before: no page and no JSON begins so. One that
// was kept by an older version of the program has none.
const packed = 0

// pack puts the headers before the body, so that both are sealed as one.
func (a Answer) pack() ([]byte, error) {
	head, err := json.Marshal(a.Header)
	if err != nil {
		return nil, err
	}
	out := binary.AppendUvarint([]byte{packed}, uint64(len(head)))
	return append(append(out, head...), a.Body...), nil
}

func (a *Answer) unpack(kept []byte) error {
	if len(kept) == 0 || kept[0] != packed {
		a.Body = kept
		return nil
	}
	length, n := binary.Uvarint(kept[1:])
	rest := kept[1+max(n, 0):]
	if n <= 0 || length > uint64(len(rest)) {
		return errors.New("once: an answer that can't be read")
	}
	a.Body = rest[length:]
	return json.Unmarshal(rest[:length], &a.Header)
}

// Answered keeps the answer beside the key, for repetitions. Without a key, or
// when no unit of work took it, it does nothing. What is lost here can be answered
// again from what the unit of work kept.
func Answered(ctx context.Context, a Answer) error {
	r := of(ctx)
	if r == nil || !r.taken {
		return nil
	}
	kept, err := a.pack()
	if err != nil {
		return err
	}
	return r.at.unit(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "UPDATE "+r.at.table+" SET status = $4, location = $5, body = $6, result = NULL WHERE tenant_id = $1 AND owner = $2 AND key = $3",
			tx.Tenant(), r.owner, r.Name, a.Status, a.Location, r.seal(kept))
		return err
	})
}

// FirstAnswer returns the answer that was kept for the request's key and what it asks
// for; where no unit of work has looked at the key, it lies in s. ok is false, without an
// error, when nobody has done that with the key yet; the error is Repeated when it has
// been done and the answer cannot be had any more.
func (s *Store) FirstAnswer(ctx context.Context) (a Answer, ok bool, err error) {
	r := of(ctx)
	if r == nil {
		return a, false, nil
	}
	at := r.at
	if at == nil {
		at = s.in(ctx)
	}
	var status *int
	var location *string
	var body, content []byte
	err = at.unit(func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT content, status, location, body FROM "+at.table+" WHERE tenant_id = $1 AND owner = $2 AND key = $3",
			tx.Tenant(), r.owner, r.Name).Scan(&content, &status, &location, &body)
	})
	switch {
	case db.NoRows(err), err == nil && !r.asks(content):
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
	kept, err := r.open(body)
	if err == nil {
		err = a.unpack(kept)
	}
	if err != nil {
		return Answer{}, false, Repeated // sealed with a secret that is no longer in force: it was done, and that is said
	}
	return a, true, nil
}
