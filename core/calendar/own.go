package calendar

import (
	"context"
	"sync"

	"mektep/core/db"
	"mektep/core/gate"
	"mektep/core/profile"
)

// changedYears is the kind of notice that a ministry's own school years have changed.
const changedYears db.Kind = "school_year"

// own are the school years that a ministry has published itself, as one process holds
// them. The profile they are laid over is read anew from time to time, so the last
// joining is remembered with it.
type own struct {
	years  []profile.Document
	digest string // of all of them; empty for none

	mu           sync.Mutex
	base, joined *profile.Profile
	left         profile.Findings
}

// over lays the years over a profile.
func (o *own) over(base *profile.Profile) (*profile.Profile, profile.Findings) {
	if len(o.years) == 0 {
		return base, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.base != base {
		o.joined, o.left = base.Join(o.years)
		o.base = base
	}
	return o.joined, o.left
}

// Over tells the service where profile and policy of a ministry come from, while
// wiring: Ministry lays the ministry's own school years over them.
func (s *Service) Over(base func(ctx context.Context) (gate.Ministry, error)) { s.base = base }

// Ministry returns profile and policy of the ministry that acts in ctx, its own school
// years laid over those of the files. It is what the gate asks.
func (s *Service) Ministry(ctx context.Context) (gate.Ministry, error) {
	m, err := s.base(ctx)
	if err != nil || db.TenantOf(ctx) == 0 {
		return m, err
	}
	o, err := s.ownYears(ctx)
	if err != nil {
		return m, err
	}
	m.Profile, _ = o.over(m.Profile)
	return m, nil
}

// Left are the published years that no longer fit the profile in force, and so do not
// count: to whom may mend them, they are shown.
func (s *Service) Left(ctx context.Context) (profile.Findings, error) {
	m, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.ownYears(ctx)
	if err != nil {
		return nil, err
	}
	_, left := o.over(m.Profile)
	return left, nil
}

// Stamp names the school years that the ministry in ctx has published itself, in short;
// empty where it has none. Entries of the trail carry it.
func (s *Service) Stamp(ctx context.Context) string {
	o, err := s.ownYears(ctx)
	if err != nil || o.digest == "" {
		return ""
	}
	return o.digest[:12]
}

func (s *Service) ownYears(ctx context.Context) (*own, error) {
	return s.years.Get(ctx, "all", func(ctx context.Context) (*own, error) {
		o := &own{}
		err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			o, err = inForce(ctx, tx)
			return err
		})
		return o, err
	})
}

// fresh is the ministry as the open unit sees it, for deciding what may be published:
// what other processes are told a moment later counts here already.
func (s *Service) fresh(ctx context.Context, tx *db.Tx) (*profile.Profile, error) {
	m, err := s.base(ctx)
	if err != nil {
		return nil, err
	}
	o, err := inForce(ctx, tx)
	if err != nil {
		return nil, err
	}
	p, _ := o.over(m.Profile)
	return p, nil
}
