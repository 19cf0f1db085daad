package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

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

// An address that nobody reads is nobody's: any number of accounts may have it unread, and
// keep it from nobody whose it is. Whoever shows to read it has it alone (proved). What somebody
// read who has left may have passed to another: it is kept from nobody either, and taken from
// them by who shows to read there now.

// enteredAddress keeps what an account's new address, written already, says of whose mailbox
// it is, and remembers the one that it no longer has. was and a.AddressUnread are as before.
// Fault: Conflict for an address that is another account's; for a mailbox that is, where the owner
// enters it.
func (s *Service) enteredAddress(ctx context.Context, tx *db.Tx, a Account, was string) error {
	c := caller.From(ctx)
	own := c.SignedIn() && c.Account == a.ID
	theirs, exactly, err := s.anothers(ctx, tx, a)
	switch {
	case err != nil:
		return err
	case exactly, own && theirs:
		return takenMailbox()
	}
	if was != "" && approval.Mailbox(was) != approval.Mailbox(a.Email) {
		if err := s.leftAddress(ctx, tx, a, was); err != nil {
			return err
		}
	}
	// Another spelling of the mailbox that they read is that mailbox, and so is one that is put back
	// before it could be anybody's. What was theirs before that may have passed to somebody else: they
	// are asked again.
	back, err := s.putBack(ctx, tx, a)
	if err != nil {
		return err
	}
	var unread bool
	err = tx.PGX().QueryRow(ctx, `UPDATE account a SET address_unread = a.email <> '' AND ((mailbox($3) <> a.mailbox OR $5) AND NOT $6 AND ($4
			OR EXISTS (SELECT FROM account x WHERE x.tenant_id = a.tenant_id AND x.id <> a.id AND x.email = a.email AND x.address_unread AND x.state <> 'blocked'))
			OR EXISTS (SELECT FROM account x WHERE x.tenant_id = a.tenant_id AND x.id <> a.id AND x.email = a.email AND NOT x.address_unread))
		WHERE a.tenant_id = $1 AND a.id = $2 RETURNING a.address_unread`, tx.Tenant(), a.ID, was, c.SignedIn() || theirs, a.AddressUnread, back).Scan(&unread)
	if err != nil || unread || a.Email == "" {
		return err
	}
	return s.proved(ctx, tx, a)
}

// putBackFor is how long after it was another an address is taken for a slip that is put right.
const putBackFor = 24 * time.Hour

// putBack reports whether an account's address is one that its owner read until a short while ago,
// and that nobody else has entered since, or read. Until a moment to come, by a clock that was ahead,
// is until nobody knows when.
func (s *Service) putBack(ctx context.Context, tx *db.Tx, a Account) (back bool, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM account_former f WHERE f.tenant_id = $1 AND f.account_id = $2
			AND f.digest = sha256(convert_to(mailbox($3), 'UTF8')) AND NOT f.unread AND f.until > $4 AND f.until <= $5
			AND NOT EXISTS (SELECT FROM account_former o WHERE o.tenant_id = $1 AND o.account_id <> $2 AND o.digest = f.digest AND NOT o.unread AND o.until >= f.until))
		AND NOT EXISTS (SELECT FROM account x WHERE x.tenant_id = $1 AND x.id <> $2 AND x.mailbox = mailbox($3) AND x.state <> 'blocked')`,
		tx.Tenant(), a.ID, a.Email, s.now().Add(-putBackFor), s.now()).Scan(&back)
	return back, err
}

// leftAddress remembers that an account's address is, or was, theirs no longer. Of one that they
// have read it keeps until when they did.
func (s *Service) leftAddress(ctx context.Context, tx *db.Tx, a Account, address string) error {
	_, err := tx.PGX().Exec(ctx, `INSERT INTO account_former AS f (tenant_id, account_id, digest, until, unread)
		VALUES ($1, $2, sha256(convert_to(mailbox($3), 'UTF8')), $4, $5)
		ON CONFLICT (tenant_id, account_id, digest) DO UPDATE SET until = CASE WHEN EXCLUDED.unread AND NOT f.unread THEN f.until ELSE EXCLUDED.until END, unread = f.unread AND EXCLUDED.unread`, tx.Tenant(), a.ID, address, s.now(), a.AddressUnread)
	return err
}

// having are the other accounts that have exactly an address.
func (s *Service) having(_ context.Context, tx *db.Tx, but int64, address string) (out []Account, err error) {
	if address == "" {
		return nil, nil
	}
	err = accounts(tx).Where("id <> ? AND email = ?", but, address).Order("id").Find(&out).Error
	return out, err
}

// whoseFirst refuses to write an address for somebody while it stands in the account of another
// whom the giver may correct as well: one of the two is a slip, or has left, and they can say which.
// Unread with whoever is not theirs to correct, it is kept from nobody; with who is blocked neither.
// Fault: Conflict with whose it is.
func (s *Service) whoseFirst(ctx context.Context, tx *db.Tx, to int64, address string) error {
	c := caller.From(ctx)
	if !c.SignedIn() || c.Account == to || approval.Performing(ctx) { // what two have agreed to nobody stops by typing
		return nil
	}
	all, err := s.having(ctx, tx, to, address)
	if err != nil {
		return err
	}
	for _, a := range all {
		key, next := "identity.email_held", "identity.next.email_unread"
		serves, err := s.serves(ctx, tx, a.ID)
		switch {
		case err != nil:
			return err
		case a.AddressUnread && a.State == Blocked:
			continue
		case a.AddressUnread:
			key = "identity.email_unread"
		case !serves:
			key, next = "identity.email_left", "identity.next.email_left"
		}
		mine, err := yes(s.over(ctx, tx, "update", "appointment", a))
		if err != nil {
			return err
		}
		if mine {
			return fault.New(fault.Conflict, key).WithField("email", key, fault.Args{"Name": a.Name, "UIDs": []string{a.UID}}).
				With("Name", a.Name).WithNext(next, "/people/"+a.UID, fault.Args{"Name": a.Name})
		}
	}
	return nil
}

// proved takes an address away from all who have it unread, or read it and have left, once it is
// somebody's who reads there: they are told, and so is whoever typed it for them. Links under way to
// it are void. Fault: Conflict where somebody else reads it who has not left.
func (s *Service) proved(ctx context.Context, tx *db.Tx, a Account) error {
	all, err := s.having(ctx, tx, a.ID, a.Email)
	if err != nil {
		return err
	}
	for _, x := range all {
		if err := s.disproved(ctx, tx, x.UID, a.Email); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) disproved(ctx context.Context, tx *db.Tx, uid, address string) error {
	a, err := s.lockAccount(ctx, tx, uid)
	if err != nil || a.Email != address {
		return err
	}
	if !a.AddressUnread {
		if serves, err := s.serves(ctx, tx, a.ID); err != nil || serves {
			return orElse(err, takenMailbox())
		}
	}
	if err := s.leftAddress(ctx, tx, a, address); err != nil {
		return err
	}
	if _, err := tx.PGX().Exec(ctx, `UPDATE account SET email = '', address_unread = false, version = version + 1 WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), a.ID); err != nil {
		return err
	}
	for _, purpose := range []door.Purpose{door.Reset, door.Invite} {
		if err := s.Door.RevokeKeys(ctx, tx, a.ID, purpose); err != nil {
			return err
		}
	}
	if err := s.unasked(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := s.tellDisproved(ctx, tx, a, address); err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{Action: "update", Object: "account", Target: uid, Changes: []audit.Change{{Field: "email", Old: address, New: ""}}})
}

// tellDisproved tells whose account an address stood in, and who typed it for them.
func (s *Service) tellDisproved(ctx context.Context, tx *db.Tx, a Account, address string) error {
	args := fault.Args{"Email": address, "At": s.local(ctx, s.now())}
	if !a.AddressUnread { // it was theirs, and they have left
		return s.tell(ctx, tx, notice{to: []int64{a.ID}, key: "identity.notice.address_passed", url: "/me/edit", args: args})
	}
	if err := s.tell(ctx, tx, notice{to: []int64{a.ID}, key: "identity.notice.address_given", url: "/me/edit", args: args}); err != nil {
		return err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT by_account FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL
		AND what = '`+handAddress+`' AND by_account IS NOT NULL AND by_account <> $2 AND address = sha256(convert_to($3, 'UTF8'))`, tx.Tenant(), a.ID, address)
	if err != nil {
		return err
	}
	hands, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	typists, err := s.seeing(ctx, tx, hands, a) // and not who only may be acting as they are, and has no say over this one
	if err != nil {
		return err
	}
	if len(typists) == 0 {
		return nil
	}
	args["Name"] = a.Name
	return s.tell(ctx, tx, notice{to: typists, key: "identity.notice.address_not_theirs", url: "/people/" + a.UID, args: args})
}

// anothers reports whether an address is another account's mailbox, and exactly their address.
// What nobody has shown to read is nobody's yet, and what those read who have left nobody's any more.
func (s *Service) anothers(ctx context.Context, tx *db.Tx, a Account) (theirs, exactly bool, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT count(*) > 0, coalesce(bool_or(x.email = $3), false) FROM account x
		WHERE x.tenant_id = $1 AND x.id <> $2 AND x.mailbox = mailbox($3) AND x.mailbox <> '' AND NOT x.address_unread AND `+serving("$4"), tx.Tenant(), a.ID, a.Email, s.today(ctx)).Scan(&theirs, &exactly)
	return theirs, exactly, err
}

// serving is the condition that an account x works, and holds something that gives something, on a
// day or later.
func serving(day string) string {
	return `x.state <> 'blocked' AND EXISTS (SELECT FROM appointment p WHERE p.tenant_id = x.tenant_id AND p.account_id = x.id
		AND ` + givesFrom(day) + `)`
}

// serves reports that of one account, today.
func (s *Service) serves(ctx context.Context, tx *db.Tx, account int64) (does bool, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM account x WHERE x.tenant_id = $1 AND x.id = $2 AND `+serving("$3")+`)`, tx.Tenant(), account, s.today(ctx)).Scan(&does)
	return does, err
}

// noOperators refuses an operator's mailbox to who enters it as their own: they would bar that
// operator from every request that they have a part in. It is asked outside the ministry's unit.
func (s *Service) noOperators(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	all, err := s.operatorHands(ctx)
	if err == nil && isOperators(all, address) {
		err = takenMailbox()
	}
	return err
}

func isOperators(all approval.Operators, address string) bool {
	for _, x := range all.Address {
		if approval.Mailbox(x) == approval.Mailbox(address) {
			return true
		}
	}
	return false
}

func takenMailbox() *fault.Error {
	return fault.New(fault.Conflict, "identity.email_taken").WithField("email", "identity.email_taken", nil).WithNext("identity.next.email_taken", "", nil)
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

// askOpened asks whoever has come in by a link whether they read the letters to the account's
// address. That they have followed one says nothing of it yet: somebody may have typed their address,
// and their name, into an account that is another's, and what is sent them looks like their own.
func (s *Service) askOpened(ctx context.Context, tx *db.Tx, account int64) error {
	a, err := s.accountByID(ctx, tx, account)
	if err == nil {
		_, err = s.askWhetherRead(ctx, tx, a)
	}
	return err
}

// readsThere notes that whoever has used a key reads the letters to the account's address,
// where it came from there: keys of others that went to that mailbox may be theirs too.
func (s *Service) readsThere(ctx context.Context, tx *db.Tx, a Account, key string) error {
	var shown bool
	err := tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM account a JOIN account_key k ON k.tenant_id = a.tenant_id AND k.uid = $3 AND k.mailed_to = sha256(convert_to(a.email, 'UTF8'))
		WHERE a.tenant_id = $1 AND a.id = $2 AND a.address_unread)`, tx.Tenant(), a.ID, key).Scan(&shown)
	if err != nil || !shown {
		return err
	}
	if err := s.proved(ctx, tx, a); err != nil {
		return err
	}
	if _, err := tx.PGX().Exec(ctx, `UPDATE account SET address_unread = false WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), a.ID); err != nil {
		return taken(err)
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
		if err := s.insertHand(ctx, tx, Account{ID: r.account}, hand{account: a.ID}, handMailbox, key, false); err != nil {
			return err
		}
	}
	return nil
}
