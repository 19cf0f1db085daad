package identity

import (
	"context"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// Whoever reads the letters to an account may be acting as its owner (hand.go), and two
// accounts of one mailbox are one person's. An address says so once its owner has followed a
// link that went there and nowhere else; until then it is unread, whoever of the ministry typed
// it (what the platform enters is its own word). It takes nothing but to type it: anybody could
// make themself one person with whom they like, and a head the ministry's administrators with a
// teacher, and so with one another, also before the mailbox is theirs; no second pair of eyes
// would be left. What is another's mailbox already, nobody enters as their own. Who typed it for
// somebody has a hand on the address all the same.

// enteredAddress keeps what an account's new address, written already, says of whose mailbox
// it is, and remembers the one that it no longer has. Fault: Conflict for a mailbox that is
// another account's, where the owner enters it.
func (s *Service) enteredAddress(ctx context.Context, tx *db.Tx, a Account, was string) error {
	c := caller.From(ctx)
	own := c.SignedIn() && c.Account == a.ID
	theirs, err := anothers(ctx, tx, a)
	switch {
	case err != nil:
		return err
	case own && theirs:
		return takenMailbox()
	}
	if was != "" && approval.Mailbox(was) != approval.Mailbox(a.Email) {
		_, err := tx.PGX().Exec(ctx, `INSERT INTO account_former AS f (tenant_id, account_id, digest, until, unread)
			SELECT $1, $2, sha256(convert_to(mailbox($3), 'UTF8')), $4, address_unread FROM account WHERE tenant_id = $1 AND id = $2
			ON CONFLICT (tenant_id, account_id, digest) DO UPDATE SET until = EXCLUDED.until, unread = f.unread AND EXCLUDED.unread`, tx.Tenant(), a.ID, was, s.now())
		if err != nil {
			return err
		}
	}
	// What was theirs before by more than somebody's word is so again.
	_, err = tx.PGX().Exec(ctx, `UPDATE account a SET address_unread = $4 AND a.email <> '' AND (mailbox($3) <> a.mailbox OR a.address_unread)
			AND NOT EXISTS (SELECT FROM account_former f WHERE f.tenant_id = a.tenant_id AND f.account_id = a.id AND f.digest = sha256(convert_to(a.mailbox, 'UTF8')) AND NOT f.unread)
		WHERE a.tenant_id = $1 AND a.id = $2`, tx.Tenant(), a.ID, was, c.SignedIn() || theirs)
	return err
}

// letGo takes an address away from whoever has never shown to read it, before it is given to
// another account by somebody who may correct both: what nobody has proved keeps nobody from
// their own mailbox. To whom an invitation is on its way, it stays. Who loses it is told, on screen. Fault: Conflict where whoever gives it has
// no say over who has it, or that one has a guarded role, whose address takes two people.
func (s *Service) letGo(ctx context.Context, tx *db.Tx, to int64, address string) error {
	c := caller.From(ctx)
	if address == "" || c.SignedIn() && c.Account == to {
		return nil
	}
	var uid string
	err := tx.PGX().QueryRow(ctx, `SELECT uid FROM account WHERE tenant_id = $1 AND id <> $2 AND email = $3 AND address_unread AND state <> 'invited'`, tx.Tenant(), to, address).Scan(&uid)
	if err != nil {
		if db.NoRows(err) {
			err = nil
		}
		return err
	}
	a, err := s.lockAccount(ctx, tx, uid)
	if err != nil {
		return err
	}
	guarded, err := s.guarded(ctx, tx, a, true)
	if err != nil {
		return err
	}
	if c.SignedIn() { // the platform itself asks nobody
		err = s.over(ctx, tx, "update", "appointment", a)
	}
	switch {
	case guarded || err != nil && fault.KindOf(err) == fault.Denied:
		return takenMailbox().WithNext("identity.next.unread_address", "", nil)
	case err != nil:
		return err
	}
	id := a.ID
	gone, err := tx.PGX().Exec(ctx, `UPDATE account SET email = '', address_unread = false, version = version + 1
		WHERE tenant_id = $1 AND id = $2 AND email = $3 AND address_unread`, tx.Tenant(), id, address)
	if err != nil || gone.RowsAffected() == 0 {
		return err
	}
	if _, err := tx.PGX().Exec(ctx, `INSERT INTO account_former (tenant_id, account_id, digest, until, unread) VALUES ($1, $2, sha256(convert_to(mailbox($3), 'UTF8')), $4, true)
		ON CONFLICT (tenant_id, account_id, digest) DO UPDATE SET until = EXCLUDED.until`, tx.Tenant(), id, address, s.now()); err != nil {
		return err
	}
	if err := s.Door.RevokeKeys(ctx, tx, id, door.Reset); err != nil {
		return err
	}
	if err := s.unasked(ctx, tx, id); err != nil {
		return err
	}
	if err := s.Door.Refresh(ctx, tx, id); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, notice{to: []int64{id}, key: "identity.notice.address_given", url: "/me/edit", args: fault.Args{"Email": address, "At": s.local(ctx, s.now())}}); err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{Action: "update", Object: "account", Target: uid, Changes: []audit.Change{{Field: "email", Old: address, New: ""}}})
}

// anothers reports whether an address is, but for how it is written, another account's mailbox.
// What nobody has shown to read is nobody's yet.
func anothers(ctx context.Context, tx *db.Tx, a Account) (theirs bool, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM account WHERE tenant_id = $1 AND id <> $2 AND mailbox = mailbox($3) AND mailbox <> '' AND NOT address_unread AND state <> 'blocked')`,
		tx.Tenant(), a.ID, a.Email).Scan(&theirs)
	return theirs, err
}

// noOperators refuses an operator's mailbox to who enters it as their own: they would bar that
// operator from every request that they have a part in. It is asked outside the ministry's unit.
func (s *Service) noOperators(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	all, err := s.operatorHands(ctx)
	if err != nil {
		return err
	}
	for _, x := range all.Address {
		if approval.Mailbox(x) == approval.Mailbox(address) {
			return takenMailbox()
		}
	}
	return nil
}

func takenMailbox() *fault.Error {
	return fault.New(fault.Conflict, "identity.email_taken").WithField("email", "identity.email_taken", nil)
}

// noteMailed remembers that a key went to an account's address and was shown to nobody: who
// uses it reads there.
func (s *Service) noteMailed(ctx context.Context, tx *db.Tx, a Account, key string, shown bool) error {
	if shown {
		return nil
	}
	_, err := tx.PGX().Exec(ctx, `UPDATE account_key SET mailed_to = sha256(convert_to($3, 'UTF8')) WHERE tenant_id = $1 AND uid = $2`, tx.Tenant(), key, a.Email)
	return err
}

// readsThere notes that whoever has used a key reads the letters to the account's address,
// where it came from there: keys of others that went to that mailbox may be theirs too.
func (s *Service) readsThere(ctx context.Context, tx *db.Tx, a Account, key string) error {
	shown, err := tx.PGX().Exec(ctx, `UPDATE account a SET address_unread = false WHERE a.tenant_id = $1 AND a.id = $2 AND a.address_unread
		AND EXISTS (SELECT FROM account_key k WHERE k.tenant_id = a.tenant_id AND k.uid = $3 AND k.mailed_to = sha256(convert_to(a.email, 'UTF8')))`, tx.Tenant(), a.ID, key)
	if err != nil || shown.RowsAffected() == 0 {
		return err
	}
	others, err := s.readers(ctx, tx, a.ID, a.Email)
	if err != nil {
		return err
	}
	for _, r := range others {
		if r.former || r.unread {
			continue
		}
		// Who had a hand on the account before did not follow the letter.
		if err := s.insertHand(ctx, tx, Account{ID: r.account}, hand{account: a.ID}, handLetter, key, false); err != nil {
			return err
		}
	}
	return nil
}
