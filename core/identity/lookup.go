package identity

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity/door"
	"mektep/core/unit"

	"github.com/jackc/pgx/v5"
)

// errRehearsed ends the unit of a rehearsal.
var errRehearsed = errors.New("identity: rehearsed")

// Rehearse does everything that Appoint would do and takes it back: for the page
// on which somebody reads once more what they are about to sign. Faults as of
// Appoint; a refusal is recorded as one. Nobody is told, and no link is returned.
func (s *Service) Rehearse(ctx context.Context, n NewAppointment) (Appointed, error) {
	var out Appointed
	err := s.gate.Look(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		before, err := s.before(ctx, tx, n)
		if err != nil {
			return err
		}
		if out, err = s.appoint(ctx, tx, n); err != nil {
			return err
		}
		out.Offer, out.Second, out.Taken = before.Offer, before.Second, before.Taken
		if n.Account != "" {
			out.Account = before.Account
		}
		return errRehearsed
	})
	if !errors.Is(err, errRehearsed) {
		return Appointed{}, s.likenessShown(ctx, err)
	}
	out.Key = nil
	if out.Beside, err = s.besideShown(ctx, out.beside); err != nil {
		return Appointed{}, err
	}
	return out, nil
}

// before is what an appointment would wait for and take away, and its person as the
// caller may see them, all of it as it is without the appointment.
func (s *Service) before(ctx context.Context, tx *db.Tx, n NewAppointment) (out Appointed, err error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return out, err
	}
	if s.approvals != nil {
		if out.Second, err = s.givesGuarded(ctx, tx, m, n); err != nil {
			return out, err
		}
		needed, err := s.approvals.Needed(ctx)
		if out.Second = out.Second && needed; err != nil {
			return out, err
		}
	}
	if n.Account == "" {
		return out, nil
	}
	a, err := s.accountByUID(ctx, tx, n.Account)
	if err != nil {
		return out, err
	}
	if out.Offer, err = s.needsOwnYes(ctx, tx, a); err != nil {
		return out, err
	}
	if out.Taken, err = s.taken(ctx, tx, m, a, n); out.Offer { // theirs to read
		out.Taken = nil
	}
	if err != nil {
		return out, err
	}
	out.Account, err = s.shown(ctx, tx, a)
	return out, err
}

// Find returns the account with exactly this login or e-mail address: for
// appointing somebody who works elsewhere already. Only who may appoint at u may
// ask, and the question is recorded. An address that its owner has not shown to read names
// nobody: anybody could enter another's, and be given what is meant for them.
//
// Faults: Denied; NotFound; Conflict for such an address.
func (s *Service) Find(ctx context.Context, u unit.Unit, typed string) (Account, error) {
	var a Account
	err := s.gate.Look(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := s.gate.Check(ctx, "create", appointmentAt(u)); err != nil {
			return err
		}
		all, sure, err := s.named(ctx, tx, strings.TrimSpace(typed))
		switch {
		case err != nil:
			return err
		case len(all) == 0:
			return fault.New(fault.NotFound, "identity.no_account")
		case !sure:
			return fault.New(fault.Conflict, "identity.address_names_nobody").WithField("known", "identity.address_names_nobody", nil).
				WithNext(s.nextUnnamed(), "", nil)
		}
		a = all[0]
		if a, err = s.shown(ctx, tx, a); err != nil {
			return err
		}
		return s.trail.Record(ctx, tx, audit.Entry{Action: "view", Object: "account", Target: a.UID, UnitPath: u.Path, Fields: []string{"name"}})
	})
	return a, err
}

// named returns the account that was typed for sure: by its login, or by the address that its owner
// has shown to read, unless they have left and somebody else has entered it. What looks like an address
// is none of somebody's logins.
func (s *Service) named(ctx context.Context, tx *db.Tx, typed string) (all []Account, sure bool, err error) {
	if !strings.ContainsAny(typed, atSigns) {
		err = signsInWith(tx, typed, &all)
		return all, true, err
	}
	all, valid, err := withAddress(ctx, tx, typed, 1)
	switch {
	case err != nil || !valid:
		return nil, false, err
	case len(all) == 0: // there may be somebody, whom it does not name
		err = signsInWith(tx, typed, &all)
		return all, false, err
	case !caller.From(ctx).SignedIn():
		return all, true, nil
	}
	var reads []Account // one at most
	if err := accounts(tx).Where("email = ? AND NOT address_unread", all[0].Email).Find(&reads).Error; err != nil || len(reads) == 0 {
		return all, false, err
	}
	sure, err = s.calledSo(ctx, tx, reads[0])
	return reads, sure, err
}

// calledSo reports whether their address names somebody who has shown to read it. Of who has left, it
// may have passed to whoever has entered it since; what another has typed for whomever they like, or may
// have entered as them, takes nobody's name, for those who may see who they are and that they have left.
func (s *Service) calledSo(ctx context.Context, tx *db.Tx, a Account) (bool, error) {
	if serves, err := s.serves(ctx, tx, a.ID); err != nil || serves {
		return serves, err
	}
	var claimed, entered bool
	err := tx.PGX().QueryRow(ctx, `SELECT count(*) > 0, coalesce(bool_or(NOT EXISTS (SELECT FROM account_hand h WHERE `+handed+` AND (h.address IS NULL OR h.confirmed_at IS NULL))), false)
		FROM account WHERE tenant_id = $1 AND id <> $2 AND email = $3 AND state <> 'blocked'`, tx.Tenant(), a.ID, a.Email).Scan(&claimed, &entered)
	if err != nil || entered {
		return false, err
	}
	if !claimed {
		return true, nil
	}
	seen, _, err := s.sees(ctx, tx, a, false)
	return seen, err
}

// withAddress are the accounts that have an address, most at most, the likeliest first: whose it is
// likeliest is who has shown to read it, and then who works with it and has entered it themself.
func withAddress(ctx context.Context, tx *db.Tx, typed string, most int) (all []Account, valid bool, err error) {
	address, valid := email(typed)
	if !valid || address == "" {
		return nil, false, nil
	}
	claim, err := claimants(ctx, tx, address)
	if err != nil {
		return nil, true, err
	}
	all, err = inOrder(tx, byTurns(claim, most))
	return all, true, err
}

// handed is what is noted of who has a hand on an account, or on its address.
const handed = `h.tenant_id = account.tenant_id AND h.account_id = account.id AND h.over_at IS NULL AND h.by_account IS NOT NULL AND h.what <> '` + handMailbox + `'
	AND (h.address IS NULL OR h.address = sha256(convert_to(account.email, 'UTF8')))`

// typedAlone is that a hand is of who typed an address which nobody has confirmed.
const typedAlone = `h.confirmed_at IS NULL AND h.address IS NOT NULL`

// nextUnnamed is what to do where an address names nobody: without letters nobody can confirm one.
func (s *Service) nextUnnamed() string {
	if !s.notify.HasMail() {
		return "identity.next.address_no_mail"
	}
	return "identity.next.address_names_nobody"
}

func signsInWith(tx *db.Tx, typed string, all *[]Account) error {
	return accounts(tx).Where("login = ? AND login <> ''", door.FoldLogin(typed)).Find(all).Error
}

// atSigns are how keyboards write what every address has.
const atSigns = "@＠﹫"

// allCalled are the accounts with an address, most at most, and the one with a login, typed by
// somebody who wants a letter: each is written to at its own address.
func allCalled(ctx context.Context, tx *db.Tx, typed string, most int) ([]Account, error) {
	all, _, err := withAddress(ctx, tx, typed, most)
	if err != nil {
		return nil, err
	}
	var signsIn []Account
	if err = signsInWith(tx, typed, &signsIn); err != nil {
		return nil, err
	}
	for _, a := range signsIn {
		if !slices.ContainsFunc(all, func(x Account) bool { return x.ID == a.ID }) {
			all = append(all, a)
		}
	}
	return all, nil
}

// MostCounted is where Count stops.
const MostCounted = 10_000

// Count returns how many accounts that the caller may see fit a filter, MostCounted
// at most. It names nobody, so nothing is recorded. Fault: Denied with the rule.
func (s *Service) Count(ctx context.Context, f Filter) (int, error) {
	scope, err := s.gate.Scope(ctx, "view", "account")
	if err != nil {
		return 0, err
	}
	var n int
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := &question{args: []any{tx.Tenant()}}
		q.text.WriteString("SELECT count(*) FROM (SELECT FROM account a WHERE a.tenant_id = $1")
		c, err := s.coming(ctx, tx, scope, f)
		if err != nil {
			return err
		}
		s.filter(ctx, q, f, scope, c)
		q.text.WriteString(" LIMIT " + q.arg(MostCounted) + ") found")
		return tx.PGX().QueryRow(ctx, q.text.String(), q.args...).Scan(&n)
	})
	return n, err
}

// NamesOf is Names for a list of what people did that has left no entry of being read yet:
// of is what was read. One's own name alone leaves none.
func (s *Service) NamesOf(ctx context.Context, uids []string, of audit.Entry) (map[string]string, error) {
	names, err := s.Names(ctx, uids)
	if err != nil {
		return nil, err
	}
	c := caller.From(ctx)
	for uid := range names {
		if uid == c.AccountUID {
			continue
		}
		of.Action, of.Fields = "view", []string{"history"}
		return names, s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error { return s.trail.Record(ctx, tx, of) })
	}
	return names, nil
}

// Names returns the names of those of the accounts that the caller may see, by
// public id: for histories. Whoever shows them records the read.
func (s *Service) Names(ctx context.Context, uids []string) (map[string]string, error) {
	names := make(map[string]string, len(uids))
	if len(uids) == 0 {
		return names, nil
	}
	scope, err := s.gate.Scope(ctx, "view", "account")
	if ok, err := yes(err); !ok || err != nil {
		return names, err
	}
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := &question{args: []any{tx.Tenant(), uids}}
		q.text.WriteString("SELECT a.uid, a.name FROM account a WHERE a.tenant_id = $1 AND a.uid = ANY($2)")
		c, err := s.coming(ctx, tx, scope, Filter{})
		if err != nil {
			return err
		}
		q.scope(ctx, scope, Filter{}, c, s.today(ctx))
		rows, err := tx.PGX().Query(ctx, q.text.String(), q.args...)
		if err != nil {
			return err
		}
		var uid, name string
		_, err = pgx.ForEachRow(rows, []any{&uid, &name}, func() error {
			names[uid] = name
			return nil
		})
		return err
	})
	return names, err
}
