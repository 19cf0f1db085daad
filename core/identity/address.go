package identity

import (
	"context"
	"slices"

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
//   - by whoever agrees to it, being shown it: of a new account, of a change, or of a
//     guarded role for an account that exists, unless they may be who typed it;
//   - by somebody who may correct the account and is no one person with who typed it; where
//     nobody else is left, who typed it asks, and an operator agrees
//     ([Service.ConfirmAddress]);
//   - by the owner with their password ([Service.ConfirmOwn]), unless somebody else has
//     had a key of the account in hand and may be the one who types it.
//
// An address that the owner enters ([Service.ChangeOwn]) is the owner's, unless it is the
// mailbox of somebody who had a hand on the account: who entered it had the account in hand
// already, and nobody would be left to confirm it where one person invites everybody.
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

// Holding is what there is to do about an address to which letters do not go.
type Holding struct {
	Whom  []Superior // who may confirm it
	Keys  bool       // others have had keys of the account: the owner's password is no word for it
	Yours bool       // the caller typed it, or may be one person with who did
}

// holding looks up who may confirm an account's address.
func (s *Service) holding(ctx context.Context, tx *db.Tx, a Account) (h Holding, err error) {
	if h.Keys, err = s.othersKeys(ctx, tx, a.ID); err != nil {
		return h, err
	}
	h.Whom, err = s.confirmers(ctx, tx, a)
	return h, err
}

// confirmers are those directly above an account who are no one person with who typed its
// address: above every guarded post of it, where there are such.
func (s *Service) confirmers(ctx context.Context, tx *db.Tx, a Account) (out []Superior, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	var all []Superior
	guarded := map[int64]int{} // of how many guarded posts they are above
	most := 0
	for _, p := range posts {
		above, err := s.directlyAbove(ctx, tx, m, p, a.ID)
		if err != nil {
			return nil, err
		}
		r := m.Profile.Role(p.role)
		if r != nil && r.Guarded {
			most++
		}
		seen := map[int64]bool{}
		for _, sup := range above {
			if r.Guarded && !seen[sup.account] {
				guarded[sup.account]++
			}
			seen[sup.account] = true
		}
		all = append(all, above...)
	}
	judged := map[int64]bool{}
	for _, sup := range all {
		if judged[sup.account] || guarded[sup.account] < most {
			continue
		}
		judged[sup.account] = true
		one, err := s.oneWithTypist(ctx, tx, a, sup.account)
		if err != nil {
			return nil, err
		}
		if !one {
			out = append(out, sup)
		}
	}
	return out, nil
}

// Names are those of who may confirm it, for a message.
func (h Holding) Names() fault.List {
	out := make(fault.List, len(h.Whom))
	for i, sup := range h.Whom {
		out[i] = sup.Name
	}
	return out
}

// ConfirmAddress says that an account's address is its owner's, by somebody who may
// correct the account and has asked them by another way. It is nobody's word who typed
// the address, or who may be one person with who did (TR-IC-1); where they alone are left
// they ask, and an operator agrees: then it returns *approval.Asked. Faults: NotFound;
// Denied with the rule; Conflict when there is nothing to confirm or the account was changed.
func (s *Service) ConfirmAddress(ctx context.Context, accountUID string, version int) error {
	var waiting *approval.Request
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.lockAccount(ctx, tx, accountUID)
		if err != nil {
			return err
		}
		if a.ID == caller.From(ctx).Account && !twoActed(ctx) {
			return fault.New(fault.Denied, "identity.address_own").WithCheck("two_people").WithOwnRule("separation_of_duties").
				WithNext("identity.next.address_own", "/me/address", nil).With("action", "update").With("object", "account").With("uid", a.UID)
		}
		if err := s.overOwn(ctx, tx, a); err != nil {
			return err
		}
		if version != a.Version {
			return changed(ctx)
		}
		if typed, err := s.typedAlone(ctx, tx, a); err != nil || !typed {
			return orElse(err, fault.New(fault.Conflict, "identity.address_confirmed"))
		}
		barred, err := s.oneWithTypist(ctx, tx, a, speaks(ctx))
		if err != nil {
			return err
		}
		if barred {
			waiting, err = s.askConfirm(ctx, tx, a, version)
			return err
		}
		return s.confirm(ctx, tx, a)
	}, &waiting)
	if err == nil && waiting != nil {
		return &approval.Asked{Request: *waiting}
	}
	return err
}

func orElse(err error, f *fault.Error) error {
	if err != nil {
		return err
	}
	return f
}

// speaks is the account whose word for an address it is: whoever agreed to what is being
// done; 0 where that is an operator, whom approval has found to be another person.
func speaks(ctx context.Context) int64 {
	if twoActed(ctx) {
		return approval.Agreed(ctx)
	}
	return caller.From(ctx).Account
}

// oneWithTypist reports whether an account may be the one who typed an address.
func (s *Service) oneWithTypist(ctx context.Context, tx *db.Tx, a Account, account int64) (bool, error) {
	if account == 0 {
		return false, nil
	}
	theirs, err := s.typists(ctx, tx, a)
	if err != nil {
		return false, err
	}
	mine, err := s.standBehind(ctx, tx, account)
	return approval.OnePerson(mine, theirs), err
}

// askConfirm has an operator confirm an address where nobody is left who may; where
// somebody is, it refuses, and says who.
func (s *Service) askConfirm(ctx context.Context, tx *db.Tx, a Account, version int) (*approval.Request, error) {
	h, err := s.holding(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	held, err := s.unconfirmed(ctx, tx, a)
	if err != nil {
		return nil, err
	}
	if held && len(h.Whom) == 0 && !twoActed(ctx) {
		return s.askTwice(ctx, tx, a, deed{Act: "confirm", Account: a.UID, Version: version})
	}
	key := "identity.address_hands"
	mine, err := s.standBehind(ctx, tx, speaks(ctx))
	if err != nil {
		return nil, err
	}
	if theirs, err := s.typists(ctx, tx, a); err != nil {
		return nil, err
	} else if !share(mine.Accounts, theirs.Accounts) {
		key = "identity.address_yours"
	}
	f := fault.New(fault.Denied, key).WithCheck("two_people").WithOwnRule("separation_of_duties").
		With("action", "update").With("object", "account").With("uid", a.UID)
	switch {
	case len(h.Whom) > 0:
		f = f.WithNext("identity.next.address_other", "/people/"+a.UID, fault.Args{"Names": h.Names()})
	case h.Keys:
		f = f.WithNext("identity.next.address_another", "/people/"+a.UID, nil)
	default:
		f = f.WithNext("identity.next.address_owner", "/people/"+a.UID, nil)
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	for i := range m.Profile.Switches {
		if sw := &m.Profile.Switches[i]; sw.ID == approval.Switch && sw.Source != "" {
			f = gate.Cite(f, m.Profile, sw.Source, "approval", "approve")
		}
	}
	return nil, f
}

func share(a, b []int64) bool {
	return slices.ContainsFunc(a, func(id int64) bool { return slices.Contains(b, id) })
}

// agreedAddress confirms the address of an account for which somebody has agreed to a role,
// being shown it, unless they may be the one who typed it.
func (s *Service) agreedAddress(ctx context.Context, tx *db.Tx, a Account, n NewAppointment) error {
	if n.Account != "" && a.State == Invited && n.address != a.Email && approval.Performing(ctx) {
		return fault.New(fault.Conflict, "identity.address_moved") // the key goes where nobody has agreed to
	}
	if !twoActed(ctx) || n.address == "" || n.address != a.Email {
		return nil
	}
	if typed, err := s.typedAlone(ctx, tx, a); err != nil || !typed {
		return err
	}
	if one, err := s.oneWithTypist(ctx, tx, a, speaks(ctx)); err != nil || one {
		return err
	}
	return s.confirm(ctx, tx, a)
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

// confirm writes down that the account's address is its owner's, and tells the owner, who
// may know better, whose word it is.
func (s *Service) confirm(ctx context.Context, tx *db.Tx, a Account) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE account_hand SET confirmed_at = $4 WHERE tenant_id = $1 AND account_id = $2 AND confirmed_at IS NULL
		AND address = sha256(convert_to($3, 'UTF8'))`, tx.Tenant(), a.ID, a.Email, s.now())
	if err != nil {
		return err
	}
	key, args := "identity.notice.address_operator", fault.Args{"Email": a.Email}
	if !twoActed(ctx) {
		key, args["Who"] = "identity.notice.address_confirmed", caller.From(ctx).Name
	} else if id := approval.Agreed(ctx); id != 0 {
		by, err := s.accountByID(ctx, tx, id)
		if err != nil {
			return err
		}
		key, args["Who"] = "identity.notice.address_confirmed", by.Name
	}
	if err := s.tellOwner(ctx, tx, a.ID, key, args); err != nil {
		return err
	}
	if err := s.overtake(ctx, tx, a); err != nil {
		return err
	}
	return s.trail.Record(ctx, tx, audit.Entry{
		Action: "update", Object: "account", Target: a.UID, Changes: []audit.Change{{Field: "address_confirmed", New: a.Email}},
	})
}

// ConfirmOwn says that the caller's address is their own, with their password: an act of
// its own, on the address of that version of the account. Faults: Invalid at "current";
// TooMany; Conflict when others have had keys of the account, when there is nothing to
// confirm, or the account has changed.
func (s *Service) ConfirmOwn(ctx context.Context, password string, version int) error {
	c, err := me(ctx)
	if err != nil {
		return err
	}
	if done, err := s.gate.Done(ctx); done || err != nil {
		return err
	}
	proof, err := s.Door.Prove(ctx, c, password)
	if err != nil {
		return err
	}
	return s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.Door.Still(ctx, tx, proof); err != nil {
			return err
		}
		a, err := s.lockAccount(ctx, tx, c.AccountUID)
		if err != nil {
			return err
		}
		if version != a.Version {
			return fault.New(fault.Conflict, "identity.changed")
		}
		if typed, err := s.typedAlone(ctx, tx, a); err != nil || !typed {
			return orElse(err, s.nothingToConfirm(a))
		}
		h, err := s.holding(ctx, tx, a)
		if err != nil {
			return err
		}
		if !h.Keys {
			return s.confirm(ctx, tx, a)
		}
		f := fault.New(fault.Conflict, "identity.address_keys").WithField("current", "identity.address_keys", nil)
		if len(h.Whom) == 0 {
			return f.WithNext("identity.next.address_none", "/me/edit", nil)
		}
		return f.WithNext("identity.next.address_ask", "/me", fault.Args{"Names": h.Names()})
	})
}
