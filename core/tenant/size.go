package tenant

import (
	"context"
	"time"

	"mektep/core/db"
)

// Size is what an operator may know of a ministry's data: how much there is.
type Size struct {
	Institutions, Accounts, Units int64
	CountedAt                     time.Time
}

// Sizes returns the last counts by ministry. Fault: Denied.
func (s *Service) Sizes(ctx context.Context) (map[int32]Size, error) {
	if err := operator(ctx); err != nil {
		return nil, err
	}
	var all map[int32]Size
	err := s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = sizes(ctx, tx)
		return err
	})
	return all, err
}

// Count counts the ministry that acts in ctx, behind its wall, and carries only
// the sums out. A job calls it regularly, onboarding and imports at their end.
func (s *Service) Count(ctx context.Context) error {
	var z Size
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		z, err = count(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	z.CountedAt = s.clock.Now()
	id := db.TenantOf(ctx)
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error { return keepSize(ctx, tx, id, z) })
}
