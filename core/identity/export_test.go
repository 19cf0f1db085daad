package identity

import (
	"context"

	"mektep/core/db"
)

// AsksWhetherRead has the letter go that asks an account whether they read at their address, as
// whatever makes one go does.
func AsksWhetherRead(ctx context.Context, s *Service, uid string) (sent bool, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.lockAccount(ctx, tx, uid)
		if err == nil {
			sent, err = s.askWhetherRead(ctx, tx, a)
		}
		return err
	})
	return sent, err
}
