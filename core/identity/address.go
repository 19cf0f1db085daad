package identity

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Whoever typed the address of an account reads the letters that go there: with a link
// to a new password they are the account. Giving its owner a guarded role takes two
// people (TR-IC-1), and so one of them must not be left alone with the way in. Letters
// that let one in therefore stay away from an address that somebody else typed alone, as
// soon as the account has a guarded role or is about to get one, until the address is
// confirmed:
//
//   - by whoever agrees to it, being shown it: of a new account, or of a change;
//   - by somebody who may correct the account and is no one person with who typed it
//     ([Service.ConfirmAddress]);
//   - by the owner with their password ([Service.ChangeOwn]), unless somebody else has
//     had a key of the account in hand and may be the one who types it.
//
// Where a letter stays away whoever acts hands the link over, as where there is no
// address; whoever has forgotten a password asks for one who can do that. To who asks at
// the sign-in it looks the same: nobody is told which address there is. What tells
// somebody of something, and lets nobody in, goes there all the same.

// unconfirmed reports whether letters that let one in stay away from an account's address.
func (s *Service) unconfirmed(ctx context.Context, tx *db.Tx, a Account) (bool, error) {
	if typed, err := s.typedAlone(ctx, tx, a); err != nil || !typed {
		return false, err
	}
	return s.guarded(ctx, tx, a, true)
}

// typedAlone reports whether somebody else typed an account's address and nobody has
// confirmed it. What an operator typed is the platform's word.
func (s *Service) typedAlone(ctx context.Context, tx *db.Tx, a Account) (typed bool, err error) {
	if a.Email == "" {
		return false, nil
	}
	err = tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL
		AND by_account IS NOT NULL AND confirmed_at IS NULL AND address = sha256(convert_to($3, 'UTF8')))`, tx.Tenant(), a.ID, a.Email).Scan(&typed)
	return typed, err
}

// othersKeys reports whether somebody else has had a key of an account in hand: what is
// done with its password may be theirs.
func (s *Service) othersKeys(ctx context.Context, tx *db.Tx, account int64) (had bool, err error) {
	err = tx.PGX().QueryRow(ctx, `SELECT EXISTS (SELECT FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL AND address IS NULL)`,
		tx.Tenant(), account).Scan(&had)
	return had, err
}

// ConfirmAddress says that an account's address is its owner's, by somebody who may
// correct the account and has asked them by another way. It is nobody's word who typed
// the address, or who may be one person with who did (TR-IC-1). Faults: NotFound; Denied
// with the rule; Conflict when there is nothing to confirm or the account was changed.
func (s *Service) ConfirmAddress(ctx context.Context, accountUID string, version int) error {
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.lockAccount(ctx, tx, accountUID)
		if err != nil {
			return err
		}
		if err := s.over(ctx, tx, "update", "appointment", a); err != nil {
			return err
		}
		if version != a.Version {
			return fault.New(fault.Conflict, "identity.changed")
		}
		if typed, err := s.typedAlone(ctx, tx, a); err != nil || !typed {
			return orElse(err, fault.New(fault.Conflict, "identity.address_confirmed"))
		}
		if err := s.mayConfirm(ctx, tx, a); err != nil {
			return err
		}
		if err := s.confirm(ctx, tx, a); err != nil {
			return err
		}
		return s.tellOwner(ctx, tx, a.ID, "identity.notice.address_confirmed", fault.Args{"Who": caller.From(ctx).Name, "Email": a.Email})
	})
}

func orElse(err error, f *fault.Error) error {
	if err != nil {
		return err
	}
	return f
}

// mayConfirm refuses whoever may be the one who typed the address.
func (s *Service) mayConfirm(ctx context.Context, tx *db.Tx, a Account) error {
	theirs, err := s.typists(ctx, tx, a)
	if err != nil {
		return err
	}
	mine, err := s.standBehind(ctx, tx, caller.From(ctx).Account)
	if err != nil || !approval.OnePerson(mine, theirs) {
		return err
	}
	f := fault.New(fault.Denied, "identity.address_hands").WithCheck("two_people").WithOwnRule("separation_of_duties").
		With("action", "update").With("object", "account").With("uid", a.UID).WithNext("identity.next.address_other", "/people/"+a.UID, nil)
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	for i := range m.Profile.Switches {
		if sw := &m.Profile.Switches[i]; sw.ID == approval.Switch && sw.Source != "" {
			f = gate.Cite(f, m.Profile, sw.Source)
		}
	}
	return f
}

// typists are those who typed an account's address and whoever may be acting as them;
// who reads mail there is one of them.
func (s *Service) typists(ctx context.Context, tx *db.Tx, a Account) (all approval.Behind, err error) {
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT by_account FROM account_hand WHERE tenant_id = $1 AND account_id = $2 AND over_at IS NULL
		AND by_account IS NOT NULL AND address = sha256(convert_to($3, 'UTF8'))`, tx.Tenant(), a.ID, a.Email)
	if err != nil {
		return all, err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return all, err
	}
	all.Addresses = []string{a.Email}
	for _, id := range ids {
		b, err := s.standBehind(ctx, tx, id)
		if err != nil {
			return all, err
		}
		all.Accounts = append(all.Accounts, b.Accounts...)
		all.Operators = append(all.Operators, b.Operators...)
		all.Addresses = append(all.Addresses, b.Addresses...)
	}
	return all, nil
}

// confirm writes down that the account's address is its owner's.
func (s *Service) confirm(ctx context.Context, tx *db.Tx, a Account) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE account_hand SET confirmed_at = $4 WHERE tenant_id = $1 AND account_id = $2 AND confirmed_at IS NULL
		AND address = sha256(convert_to($3, 'UTF8'))`, tx.Tenant(), a.ID, a.Email, s.now())
	if err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{
		Action: "update", Object: "account", Target: a.UID, Changes: []audit.Change{{Field: "address_confirmed", New: a.Email}},
	})
}

// confirmOwn is the owner's own word for the address, once the password was typed.
func (s *Service) confirmOwn(ctx context.Context, tx *db.Tx, a Account) error {
	if typed, err := s.typedAlone(ctx, tx, a); err != nil || !typed {
		return err
	}
	if had, err := s.othersKeys(ctx, tx, a.ID); err != nil || had {
		return orElse(err, fault.New(fault.Conflict, "identity.address_keys").WithField("current", "identity.address_keys", nil).
			WithNext("identity.next.address_ask", "/me", nil))
	}
	return s.confirm(ctx, tx, a)
}
