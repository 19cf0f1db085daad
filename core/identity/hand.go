package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
)

// Whoever has had a key of an account in hand may be acting as its owner, who cannot
// tell (TR-IC-1). So hands are noted, for every role and for good: of whom a link or a
// code was shown to, of who typed the address to which its letters go, and of who has or
// had the mailbox to which one went: an account of the ministry or an operator of the platform. Two accounts behind which the same
// hands stand are one person's word ([approval.Behind]).
//
// A hand on a key is over once the account is opened with a newer one, made by another
// person in whose hands it then lies: nobody clears their own. A password that the
// owner changes, or asks for by mail, ends none, since the hand could have done the
// same. A hand on an address ends when somebody else enters another one.
//
// Where two people act, the letter goes to the person and the link is shown to neither;
// then only who typed the address has a hand. Who agreed has seen the address; who
// typed it keeps the hand even where an operator has co-signed, who cannot know whose
// the address is, and has a hand as well.
//
// An address that its owner entered makes them a reader of that mailbox only once they have
// shown to read it (unread.go). Who may be acting as a reader comes into the account, not into the
// mailbox: anybody could make accounts up for others who confirm them, and be behind them all.
//
// When hands end, what was asked for meanwhile in the account's name is void: its owner
// asks again. Otherwise whoever acted as them could agree to it afterwards.

// Why a hand is on an account.
const (
	handShown   = "shown"   // the link or code itself
	handLetter  = "letter"  // it went to an address that they had typed
	handMailbox = "mailbox" // it went to a mailbox that is or was theirs
	handAddress = "address" // they typed the address
)

// hand is somebody who may be acting as another: one of the two is set.
type hand struct {
	account  int64
	operator string
}

// hands are those of whoever acts: who asked, an operator who has co-signed, and, where
// they come to see what is made, who agreed.
func hands(ctx context.Context, agreed bool) []hand {
	var out []hand
	operator := approval.Operator(ctx)
	if operator != "" {
		out = append(out, hand{operator: operator})
	}
	if c := caller.From(ctx); c.SignedIn() {
		out = append(out, hand{account: c.Account})
	}
	if other := approval.Agreed(ctx); other != 0 && agreed {
		out = append(out, hand{account: other})
	}
	return out
}

// twoActed reports whether what is done has a second person's word: then the key is
// for its owner alone, and goes by mail where that is possible.
func twoActed(ctx context.Context) bool {
	return approval.Performing(ctx) || approval.Operator(ctx) != ""
}

// noteKey remembers in whose hands a new key of an account lies: shown to those who
// act, mailed to an address that somebody may have typed, or both. Older hands are over
// once it is used, if others than its owner made it.
func (s *Service) noteKey(ctx context.Context, tx *db.Tx, a Account, key string, shown, mailed bool) error {
	if shown {
		for _, h := range hands(ctx, true) {
			if err := s.noteHand(ctx, tx, a, h, handShown, key, false); err != nil {
				return err
			}
		}
	}
	if mailed {
		if err := s.noteMailed(ctx, tx, a, key, shown); err != nil {
			return err
		}
		if err := s.noteReaders(ctx, tx, a, key); err != nil {
			return err
		}
		if _, err := tx.PGX().Exec(ctx, `INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, key_uid, at)
			SELECT DISTINCT tenant_id, account_id, by_account, by_operator, $3, $4, $5::timestamptz FROM account_hand
			WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL AND address = sha256(convert_to($6, 'UTF8'))`,
			tx.Tenant(), a.ID, handLetter, key, s.now(), a.Email); err != nil {
			return err
		}
	}
	if c := caller.From(ctx); !c.SignedIn() && approval.Operator(ctx) == "" || c.SignedIn() && c.Account == a.ID {
		return nil // a letter that anybody may ask for, or the platform's own doing
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE account_hand SET replaced_by = $3 WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL AND address IS NULL AND key_uid <> $3`,
		tx.Tenant(), a.ID, key)
	return err
}

// noteReaders notes the hands of those who have the mailbox to which a key goes, or had
// it, and not by their own word alone: they may be reading it still. That they give it up later frees nobody. An address
// that honestly became another's costs these two a third person's word.
func (s *Service) noteReaders(ctx context.Context, tx *db.Tx, a Account, key string) error {
	found, err := s.readers(ctx, tx, a.ID, a.Email)
	if err != nil {
		return err
	}
	for _, r := range found {
		if r.unread {
			continue
		}
		if err := s.insertHand(ctx, tx, a, hand{account: r.account}, handMailbox, key, false); err != nil {
			return err
		}
	}
	return nil
}

// reader is an account with the mailbox of an address.
type reader struct {
	account int64
	former  bool      // it had it
	until   time.Time // until when; zero: it has it, or that is not known
	unread  bool      // it never was more than what its owner entered (unread.go)
}

// readers are the accounts but one that have the mailbox of an address, or had it.
func (s *Service) readers(ctx context.Context, tx *db.Tx, but int64, address string) ([]reader, error) {
	if address == "" {
		return nil, nil
	}
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT ON (id) id, former, until, bool_and(unread) OVER (PARTITION BY id) FROM (
			SELECT id, false AS former, NULL::timestamptz AS until, address_unread AS unread FROM account WHERE tenant_id = $1 AND mailbox = mailbox($3) AND mailbox <> ''
			UNION ALL
			SELECT account_id, true, until, unread FROM account_former WHERE tenant_id = $1 AND digest IN (sha256(convert_to($3, 'UTF8')), sha256(convert_to(mailbox($3), 'UTF8')))) r
		WHERE id <> $2 ORDER BY id, former, until DESC NULLS LAST`, tx.Tenant(), but, address)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (r reader, err error) {
		var until *time.Time
		if err = row.Scan(&r.account, &r.former, &until, &r.unread); until != nil {
			r.until = clock.Day(s.local(ctx, *until))
		}
		return r, err
	})
}

// noteHand notes a hand, and with it whoever may be acting as that person at this
// moment: they keep the key when they have lost the account.
func (s *Service) noteHand(ctx context.Context, tx *db.Tx, a Account, h hand, what, key string, confirmed bool) error {
	b := approval.Behind{Operators: []string{h.operator}}
	if h.account != 0 {
		var err error
		if b, err = s.standBehind(ctx, tx, h.account); err != nil {
			return err
		}
	}
	for _, id := range b.Accounts {
		if err := s.insertHand(ctx, tx, a, hand{account: id}, what, key, confirmed); err != nil {
			return err
		}
	}
	for _, id := range b.Operators {
		if err := s.insertHand(ctx, tx, a, hand{operator: id}, what, key, confirmed); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) insertHand(ctx context.Context, tx *db.Tx, a Account, h hand, what, key string, confirmed bool) error {
	if h.account == a.ID {
		return nil
	}
	var by *int64
	if h.account != 0 {
		by = &h.account
	}
	_, err := tx.PGX().Exec(ctx, `INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, key_uid, address, at, confirmed_at)
		VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $5 = '`+handAddress+`' THEN sha256(convert_to($7, 'UTF8')) END, $8::timestamptz, CASE WHEN $5 = '`+handAddress+`' AND $9 THEN $8::timestamptz END)`,
		tx.Tenant(), a.ID, by, h.operator, what, key, a.Email, s.now(), confirmed)
	return err
}

// noteAddress remembers who typed the address of an account. What its owner enters
// may have been entered by whoever has a hand on the account, who keeps it; letters go
// there all the same, unless it is the mailbox of one of them: whoever could enter it
// had the account already.
func (s *Service) noteAddress(ctx context.Context, tx *db.Tx, a Account, was string) error {
	if a.Email == "" {
		return nil
	}
	confirmed := twoActed(ctx) // whoever agreed has seen the address
	c := caller.From(ctx)
	own := c.SignedIn() && c.Account == a.ID
	if own {
		theirs, err := s.handsMailbox(ctx, tx, a, was)
		if err != nil {
			return err
		}
		confirmed = !theirs
	}
	for _, h := range hands(ctx, false) {
		if err := s.noteHand(ctx, tx, a, h, handAddress, "", confirmed); err != nil {
			return err
		}
	}
	if !own {
		return nil
	}
	_, err := tx.PGX().Exec(ctx, `INSERT INTO account_hand (tenant_id, account_id, by_account, by_operator, what, address, at, confirmed_at)
		SELECT DISTINCT tenant_id, account_id, by_account, by_operator, $3, sha256(convert_to($4, 'UTF8')), $5::timestamptz, CASE WHEN $7 THEN $5::timestamptz END FROM account_hand
		WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL AND (address IS NULL OR address = sha256(convert_to($6, 'UTF8')))`,
		tx.Tenant(), a.ID, handAddress, a.Email, s.now(), was, confirmed)
	return err
}

// handsMailbox reports whether the address of an account is, but for how it is written,
// one that somebody with a hand on it has or had, or typed for it unconfirmed.
func (s *Service) handsMailbox(ctx context.Context, tx *db.Tx, a Account, was string) (theirs bool, err error) {
	err = tx.PGX().QueryRow(ctx, `WITH forms AS (SELECT mailbox($3) AS box, ARRAY[sha256(convert_to($3, 'UTF8')), sha256(convert_to(mailbox($3), 'UTF8'))] AS hashed)
		SELECT EXISTS (SELECT FROM forms, account_hand h JOIN account x ON x.tenant_id = h.tenant_id AND x.id = h.by_account
			WHERE h.tenant_id = $1 AND h.account_id = $2 AND h.over_at IS NULL AND (x.email <> '' AND x.mailbox = forms.box
				OR EXISTS (SELECT FROM account_former f WHERE f.tenant_id = x.tenant_id AND f.account_id = x.id AND f.digest = ANY(forms.hashed))
				OR h.confirmed_at IS NULL AND (h.address = forms.hashed[1] OR h.address = sha256(convert_to($4, 'UTF8')) AND mailbox($4) = forms.box)))`,
		tx.Tenant(), a.ID, a.Email, was).Scan(&theirs)
	return theirs, err
}

// opened ends the hands that a key has replaced, now that it, or the code that it was
// exchanged for, has been used.
func (s *Service) opened(ctx context.Context, tx *db.Tx, account int64, key string) error {
	ended, err := tx.PGX().Exec(ctx, `UPDATE account_hand h SET over_at = $4 WHERE h.tenant_id = $1 AND h.account_id = $2 AND h.over_at IS NULL AND h.key_uid <> $3
		AND (h.replaced_by = $3 OR EXISTS (SELECT FROM account_key k WHERE k.tenant_id = h.tenant_id AND k.uid = h.replaced_by AND k.purpose = 'code' AND k.used_at IS NOT NULL))`,
		tx.Tenant(), account, key, s.now())
	if err != nil || ended.RowsAffected() == 0 || s.approvals == nil {
		return err
	}
	return s.approvals.Void(ctx, tx, account)
}

// standBehind is approval.People.Behind. Nobody stands behind an account by having a hand on one that
// only reads its letters.
func (s *Service) standBehind(ctx context.Context, tx *db.Tx, account int64) (b approval.Behind, err error) {
	rows, err := tx.PGX().Query(ctx, `WITH RECURSIVE hands(id, operator, reads) AS (
			SELECT $2::bigint, ''::text, false
			UNION
			SELECT h.by_account, h.by_operator COLLATE "default", h.what = '`+handMailbox+`' FROM hands u JOIN account_hand h ON h.tenant_id = $1 AND h.account_id = u.id
			JOIN account a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
			WHERE NOT u.reads AND h.over_at IS NULL AND (h.address IS NULL OR h.address = sha256(convert_to(a.email, 'UTF8')))),
		up AS (SELECT DISTINCT id, operator FROM hands)
		SELECT coalesce(up.id, 0), up.operator, CASE WHEN a.address_unread THEN '' ELSE coalesce(a.email, '') END,
			ARRAY(SELECT f.digest FROM account_former f WHERE f.tenant_id = $1 AND f.account_id = up.id AND NOT f.unread),
			CASE WHEN up.id = $2 THEN ARRAY(SELECT f.digest FROM account_former f WHERE f.tenant_id = $1 AND f.account_id = up.id AND f.unread
				UNION ALL SELECT sha256(convert_to(a.mailbox, 'UTF8')) WHERE a.address_unread) END FROM up LEFT JOIN account a ON a.tenant_id = $1 AND a.id = up.id`, tx.Tenant(), account)
	if err != nil {
		return b, err
	}
	var id int64
	var operator, address string
	var former, entered [][]byte
	_, err = pgx.ForEachRow(rows, []any{&id, &operator, &address, &former, &entered}, func() error {
		for _, digest := range former {
			b.Addresses = append(b.Addresses, approval.FormerAddress(digest))
		}
		for _, digest := range entered {
			b.Entered = append(b.Entered, approval.FormerAddress(digest))
		}
		if address != "" {
			b.Addresses = append(b.Addresses, address)
		}
		if operator != "" {
			b.Operators = append(b.Operators, operator)
		} else {
			b.Accounts = append(b.Accounts, id)
		}
		return nil
	})
	return b, err
}
