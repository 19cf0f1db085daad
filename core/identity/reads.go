package identity

import (
	"context"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
)

// An address that somebody enters is unread until its owner has shown to read what goes there
// (unread.go). So a letter with a one-time link goes there at once, and again when they ask:
// whoever follows it and says so, signed in with that account, reads there. It opens nothing
// else, and is void once the address is another.

const (
	addressPath   = "/address/"
	addressLetter = "identity.mail.read"
	// addressLife is how long such a link is good: it lets nobody in.
	addressLife = 3 * 24 * time.Hour
)

// Reading is what there is to know of a letter that asks whether an address is read.
type Reading struct {
	Never bool      // the address is not confirmed, and can't be: no letters are sent
	Asked bool      // the address is not confirmed, and letters can be sent
	At    time.Time // when the letter went that is still good; zero: none is on its way
	Until time.Time
}

// reading looks up how it stands with the letter to an account's address.
func (s *Service) reading(ctx context.Context, tx *db.Tx, a Account) (r Reading, err error) {
	if a.Email == "" || a.State != Active || s.url == nil || !s.notify.HasMail() {
		r.Never = a.AddressUnread && !s.notify.HasMail()
		return r, nil
	}
	err = tx.PGX().QueryRow(ctx, `SELECT a.address_unread, coalesce(k.created_at, 'epoch'), coalesce(k.expires_at, 'epoch') FROM account a
		LEFT JOIN LATERAL (SELECT created_at, expires_at FROM account_key WHERE tenant_id = a.tenant_id AND account_id = a.id AND purpose = $3
			AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $4 ORDER BY id DESC LIMIT 1) k ON true
		WHERE a.tenant_id = $1 AND a.id = $2`, tx.Tenant(), a.ID, door.Address, s.now()).Scan(&r.Asked, &r.At, &r.Until)
	if r.At.Unix() == 0 {
		r.At, r.Until = time.Time{}, time.Time{}
	}
	return r, err
}

// askWhetherRead writes to an account's address, where a letter may go there and
// none went too lately; sent reports whether one goes.
func (s *Service) askWhetherRead(ctx context.Context, tx *db.Tx, a Account) (sent bool, err error) {
	if r, err := s.reading(ctx, tx, a); err != nil || !r.Asked {
		return false, err
	}
	if held, err := s.unconfirmed(ctx, tx, a); err != nil || held {
		return false, err
	}
	var hands []int64
	if err := tx.PGX().QueryRow(ctx, `SELECT coalesce(array_agg(DISTINCT h.by_account), '{}') FROM account_hand h JOIN account ON account.tenant_id = h.tenant_id AND account.id = h.account_id
		WHERE h.tenant_id = $1 AND h.account_id = $2 AND `+handed, tx.Tenant(), a.ID).Scan(&hands); err != nil {
		return false, err
	}
	if may, err := s.Door.MayAskAt(ctx, tx, a.ID, approval.Mailbox(a.Email), hands...); err != nil || !may {
		return false, err
	}
	if err := s.unasked(ctx, tx, a.ID); err != nil {
		return false, err
	}
	k, err := s.Door.NewLink(ctx, tx, a.ID, door.Address, s.now().Add(addressLife), false)
	if err != nil {
		return false, err
	}
	if sent, err = s.mail(ctx, tx, a, addressLetter, addressPath+k.Path, k.Expires); err != nil {
		return false, err
	}
	if !sent { // the address is none after all
		return false, s.unasked(ctx, tx, a.ID)
	}
	if err := s.noteMailed(ctx, tx, a, k.UID, false); err != nil {
		return false, err
	}
	return true, s.trail.Record(ctx, tx, audit.Entry{Action: "create", Object: "invitation", Target: k.UID, Reason: string(door.Address), Account: a.ID, AccountUID: a.UID})
}

// nothingToConfirm refuses to confirm an address, with why there is nothing to do about it.
func (s *Service) nothingToConfirm(a Account) *fault.Error {
	if a.AddressUnread && !s.notify.HasMail() {
		return fault.New(fault.Conflict, "identity.address_no_mail")
	}
	return fault.New(fault.Conflict, "identity.address_confirmed")
}

// unasked voids the letters that ask whether an account's address is read.
func (s *Service) unasked(ctx context.Context, tx *db.Tx, account int64) error {
	if err := s.Door.RevokeKeys(ctx, tx, account, door.Address); err != nil {
		return err
	}
	return s.notify.Withdraw(ctx, tx, account, addressLetter+".subject")
}

// AskWhetherRead sends the letter to the caller's own address again; the one before is void.
// Faults: Conflict where nothing is to be confirmed; TooMany when letters went too lately, to
// them or to that mailbox.
func (s *Service) AskWhetherRead(ctx context.Context) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.lockAccount(ctx, tx, c.AccountUID)
		if err != nil {
			return err
		}
		r, err := s.reading(ctx, tx, a)
		if err != nil {
			return err
		}
		held, err := s.unconfirmed(ctx, tx, a)
		if err != nil {
			return err
		}
		if !r.Asked || held {
			return s.nothingToConfirm(a)
		}
		sent, err := s.askWhetherRead(ctx, tx, a)
		if err == nil && !sent {
			err = fault.New(fault.TooMany, "identity.letters_often")
		}
		return err
	})
}

// OpenAddress looks at the link of such a letter without using it up, and returns until when it
// is good, and whether it is about another account than the caller's. Fault: NotFound for one that
// is wrong, used, void or over, without saying which.
func (s *Service) OpenAddress(ctx context.Context, secret string) (until time.Time, anothers bool, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := s.Door.FindAddress(ctx, tx, secret)
		c := caller.From(ctx)
		until, anothers = k.Expires, c.SignedIn() && c.Account != k.Account
		return err
	})
	return until, anothers, err
}

// ReadAddress uses the link up, signed in with the account that the address is of: who has both
// reads the letters that go there. Whoever only reads them says nothing of whose account it is -
// anybody could have an address of theirs written into another's.
//
// Faults: NotFound as of OpenAddress; Unauthenticated; Conflict for another's account.
func (s *Service) ReadAddress(ctx context.Context, secret string) error {
	if err := s.gate.Open(ctx); err != nil {
		return err
	}
	if done, err := s.gate.Done(ctx); done || err != nil {
		return err
	}
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		k, err := s.Door.FindAddress(ctx, tx, secret)
		if err != nil {
			return err
		}
		switch c := caller.From(ctx); {
		case !c.SignedIn():
			return fault.New(fault.Unauthenticated, "identity.address_sign_in").WithNext("identity.next.sign_in", "/sign-in", nil)
		case c.Account != k.Account:
			return fault.New(fault.Conflict, "identity.address_anothers")
		}
		if k, err = s.Door.UseAddress(ctx, tx, k.Account, secret); err != nil {
			return err
		}
		a, err := s.accountByID(ctx, tx, k.Account)
		if err != nil {
			return err
		}
		if err := s.wentTo(ctx, tx, a, k.UID); err != nil {
			return err
		}
		if err := s.readsThere(ctx, tx, a, k.UID); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "accept", Object: "invitation", Target: k.UID, Reason: string(door.Address)})
	})
}

// wentTo refuses a link that went to an address which the account has no more.
func (s *Service) wentTo(ctx context.Context, tx *db.Tx, a Account, key string) error {
	var same bool
	err := tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM account_key WHERE tenant_id = $1 AND uid = $2 AND mailed_to = sha256(convert_to($3, 'UTF8')))`, tx.Tenant(), key, a.Email).Scan(&same)
	if err == nil && !same {
		err = door.DeadKey()
	}
	return err
}
