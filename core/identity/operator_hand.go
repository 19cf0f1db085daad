package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/identity/door"
)

// An operator whose one-time link another operator was shown, or whose address that one
// typed when the link went there, may be that one (TR-IC-1), as with accounts (hand.go):
// it is noted, for good, with whoever may be acting as that other one, and ends once a
// newer key is used that somebody else made. What the command line makes lies in no
// operator's hands.

// noteKey remembers in whose hands a new key of an operator lies.
func (o *Operators) noteKey(ctx context.Context, tx *db.Tx, id int64, k *door.Key) error {
	if k.Path != "" {
		if err := o.noteHand(ctx, tx, id, handShown, k.UID); err != nil {
			return err
		}
	}
	if k.Mailed {
		if _, err := tx.PGX().Exec(ctx, `INSERT INTO platform.operator_hand (operator_id, by_operator, what, key_uid, at)
			SELECT DISTINCT operator_id, by_operator, $2, $3, $4::timestamptz FROM platform.operator_hand WHERE tenant_id = 0 AND operator_id = $1 AND what = $5`,
			id, handLetter, k.UID, o.Door.Now(), handAddress); err != nil {
			return err
		}
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE platform.operator_hand SET replaced_by = $2
		WHERE tenant_id = 0 AND operator_id = $1 AND over_at IS NULL AND what <> $3 AND key_uid <> $2`, id, k.UID, handAddress)
	return err
}

// noteHand notes the hand of the operator who acts, and of whoever may be acting as
// them at this moment.
func (o *Operators) noteHand(ctx context.Context, tx *db.Tx, id int64, what, key string) error {
	c := caller.From(ctx)
	if !c.SignedIn() {
		return nil // the command line
	}
	_, err := tx.PGX().Exec(ctx, `WITH RECURSIVE up(uid) AS (
			SELECT $2::text
			UNION
			SELECT h.by_operator FROM up JOIN platform.operator p ON p.tenant_id = 0 AND p.uid = up.uid
			JOIN platform.operator_hand h ON h.tenant_id = 0 AND h.operator_id = p.id AND h.over_at IS NULL AND h.what <> $6)
		INSERT INTO platform.operator_hand (operator_id, by_operator, what, key_uid, at)
		SELECT p.id, up.uid, $3, $4, $5::timestamptz FROM up JOIN platform.operator p ON p.tenant_id = 0 AND p.id = $1 AND p.uid <> up.uid`,
		id, c.AccountUID, what, key, o.Door.Now(), handAddress)
	return err
}

// opened ends the hands that a key has replaced, now that it has been used.
func (o *Operators) opened(ctx context.Context, tx *db.Tx, id int64, key string) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE platform.operator_hand SET over_at = $3 WHERE tenant_id = 0 AND operator_id = $1 AND over_at IS NULL AND replaced_by = $2`,
		id, key, o.Door.Now())
	return err
}

// operatorHands is approval.People.Operators. The platform's tables may lie in another
// database than the ministry's: it is asked before the ministry's unit begins.
func (s *Service) operatorHands(ctx context.Context) (all approval.Operators, err error) {
	err = s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT p.uid, h.by_operator, h.over_at IS NOT NULL
			FROM platform.operator_hand h JOIN platform.operator p ON p.tenant_id = 0 AND p.id = h.operator_id
			WHERE h.tenant_id = 0 AND h.what <> $1`, handAddress)
		if err != nil {
			return err
		}
		if all.Hands, err = pgx.CollectRows(rows, pgx.RowToStructByPos[approval.Hand]); err != nil {
			return err
		}
		if rows, err = tx.PGX().Query(ctx, `SELECT uid, email FROM platform.operator WHERE tenant_id = 0 AND email <> ''`); err != nil {
			return err
		}
		all.Address = map[string]string{}
		var uid, address string
		_, err = pgx.ForEachRow(rows, []any{&uid, &address}, func() error {
			all.Address[uid] = address
			return nil
		})
		return err
	})
	return all, err
}
