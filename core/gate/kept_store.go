package gate

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// Bounds of what is kept of forms that could not be done.
const (
	keptLife = 12 * time.Hour
	mostKept = 5         // forms of an account: the oldest goes
	keptSize = 256 << 10 // bytes of one
)

// Keep keeps what somebody typed for the account it belongs to, whoever asks: their
// sign-in may have ended. It is sealed in box, for that account alone.
func (g *Gate) Keep(ctx context.Context, box cipher.AEAD, account string, v any) (uid string, err error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	if len(plain) > keptSize {
		return "", fault.New(fault.Invalid, "fault.too_long").With("Max", keptSize)
	}
	uid = db.NewUID()
	nonce := make([]byte, box.NonceSize())
	rand.Read(nonce) //nolint:errcheck // never fails
	body := box.Seal(nonce, nonce, plain, keptFor(ctx, account, uid))
	return uid, g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `INSERT INTO kept_form (tenant_id, uid, owner, kept_at, body) VALUES ($1, $2, $3, $4, $5)`,
			tx.Tenant(), uid, account, g.clock.Now(), body)
		if err != nil {
			return err
		}
		_, err = tx.PGX().Exec(ctx, `DELETE FROM kept_form WHERE tenant_id = $1 AND owner = $2 AND uid NOT IN
			(SELECT uid FROM kept_form WHERE tenant_id = $1 AND owner = $2 ORDER BY (uid = $3) DESC, kept_at DESC LIMIT $4)`, tx.Tenant(), account, uid, mostKept)
		return err
	})
}

// Kept reads what was kept for the caller into v; false when there is none, or it is
// somebody else's.
func (g *Gate) Kept(ctx context.Context, box cipher.AEAD, uid string, v any) (bool, error) {
	account := caller.From(ctx).AccountUID
	var body []byte
	err := g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT body FROM kept_form WHERE tenant_id = $1 AND uid = $2 AND owner = $3 AND kept_at > $4",
			tx.Tenant(), uid, account, g.clock.Now().Add(-keptLife)).Scan(&body)
	})
	switch {
	case db.NoRows(err), err == nil && len(body) < box.NonceSize():
		return false, nil
	case err != nil:
		return false, err
	}
	n := box.NonceSize()
	plain, err := box.Open(nil, body[:n], body[n:], keptFor(ctx, account, uid))
	if err != nil {
		return false, nil //nolint:nilerr // sealed with a secret that is no longer in force
	}
	return true, json.Unmarshal(plain, v)
}

// Drop forgets what was kept for the caller: the form is done.
func (g *Gate) Drop(ctx context.Context, uid string) error {
	return g.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "DELETE FROM kept_form WHERE tenant_id = $1 AND uid = $2 AND owner = $3", tx.Tenant(), uid, caller.From(ctx).AccountUID)
		return err
	})
}

// keptFor is what a kept form belongs to: it opens for nobody else, and under no other name.
func keptFor(ctx context.Context, account, uid string) []byte {
	return []byte("kept form\x00" + caller.From(ctx).Tenant.Slug + "\x00" + account + "\x00" + uid)
}
