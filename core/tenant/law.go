package tenant

import (
	"context"
	"slices"

	"mektep/core/caller"
	"mektep/core/fault"
)

// Law says which profile and policy of a country are in force, or why none are.
type Law struct {
	ID       string // of the country; empty for files that belong to none
	InForce  bool   // false: its ministries are closed
	Kept     bool   // newer files do not pass: what was in force stays so
	Version  string // of the profile
	Profile  string // hash of what the profile was read from
	Policy   string // hash of the effective policy
	Findings []string
	Notes    []string
}

// Laws says of every country which files are in force, and of every ministry's country
// that has none at all that it is missing; sorted by id.
func (s *Service) Laws(ctx context.Context) ([]Law, error) {
	var laws []Law
	if s.wiring.Laws != nil {
		laws = slices.Clone(s.wiring.Laws())
	}
	all, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		if !slices.ContainsFunc(laws, func(l Law) bool { return l.ID == m.Profile }) && !s.governed(m) {
			laws = append(laws, Law{ID: m.Profile, Findings: []string{m.Profile + "/profile.yaml:1:1: there is no such profile, and ministries run on it"}})
		}
	}
	return laws, nil
}

func (s *Service) governed(m *Ministry) bool {
	_, ok := s.countries.Country(m.Profile)
	return ok
}

// Governed refuses while no profile and policy of the ministry's country are in force:
// nobody may be told anything, or allowed anything, by files that do not pass.
func (s *Service) Governed(m *Ministry) error {
	if s.governed(m) {
		return nil
	}
	return fault.New(fault.Unavailable, "tenant.closed").WithNext("tenant.next.closed", "", nil)
}

// Closed returns how many ministries are closed by country, for who watches the machine.
func (s *Service) Closed(ctx context.Context) (map[string]int, error) {
	all, err := s.All(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, m := range all {
		if !s.governed(m) {
			out[m.Profile]++
		}
	}
	return out, nil
}

// Work returns the caller's form of a ministry for its jobs. While it is suspended or
// closed the fault is Locked: its runs wait.
func (s *Service) Work(ctx context.Context, id int32) (caller.Tenant, error) {
	m, err := s.ByID(ctx, id)
	if err != nil {
		return caller.Tenant{}, err
	}
	if err := m.Open(); err != nil {
		return m.Tenant, err
	}
	if !s.governed(m) {
		return m.Tenant, fault.New(fault.Locked, "tenant.closed").WithCheck("ministry").WithOwnRule("suspended").WithNext("tenant.next.closed", "", nil)
	}
	return m.Tenant, nil
}

// Reopened has the waiting jobs of the ministries of a country go on.
func (s *Service) Reopened(ctx context.Context, country string) error {
	all, err := s.All(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Profile == country && m.State == Active {
			s.wake(ctx, m)
		}
	}
	return nil
}
