package identity

import (
	"context"
	"slices"

	"mektep/core/db"
)

// Mine is what people see of their own account.
type Mine struct {
	Account
	Appointments []Appointment // all of them, those in force first
	Held         bool          // letters that let one in stay away from the address (address.go)
	Reading      Reading       // whether it is asked if they read what goes to their address (reads.go)
	Holding      Holding       // where Held: what there is to do about it
}

// Mine returns the caller's own account. It passes no gate, for the reason that
// the package doc gives, and is no read of personal data that the trail records:
// everybody may look at themselves.
func (s *Service) Mine(ctx context.Context) (Mine, error) {
	c, err := me(ctx)
	if err != nil {
		return Mine{}, err
	}
	var m Mine
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if m.Account, err = s.accountByID(ctx, tx, c.Account); err != nil {
			return err
		}
		if m.Appointments, err = appointments(ctx, tx, c.Account); err != nil {
			return err
		}
		if m.Reading, err = s.reading(ctx, tx, m.Account); err != nil {
			return err
		}
		if m.Held, err = s.unconfirmed(ctx, tx, m.Account); err != nil || !m.Held {
			return err
		}
		m.Holding, err = s.holding(ctx, tx, m.Account)
		return err
	})
	return m, err
}

// heldOrToCome are an account's appointments that have not ended.
func (s *Service) heldOrToCome(ctx context.Context, tx *db.Tx, account int64) ([]Appointment, error) {
	all, err := appointments(ctx, tx, account)
	today := s.today(ctx)
	return slices.DeleteFunc(all, func(a Appointment) bool { return !a.HoldsFrom(today) }), err
}
