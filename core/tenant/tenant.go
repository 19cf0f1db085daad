// Package tenant owns the directory of ministries: which there are, which host
// names lead to them, on which country profile they run, and how one comes to
// be ([Service.Onboard]), rests ([Service.Suspend]) and returns ([Service.Resume]).
//
// The directory is small and asked on every request, so each process holds it
// whole and reads it anew when it changes. Operators of the platform see names
// and sizes here and nothing behind a ministry's wall, with two exceptions that
// they cannot do without: the first administrators whom they invited themselves,
// until those have accepted, and what waits for a second administrator while the
// ministry has none. Whatever an operator does here stands in the platform's
// trail (identity.Acts).
package tenant

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/notify"
	"mektep/core/once"
	"mektep/core/profile"
	"mektep/core/unit"
)

// State is where a ministry is in its life.
type State string

// The states of a ministry.
const (
	Preparing State = "preparing" // being set up; its hosts answer as if it did not exist
	Active    State = "active"
	Suspended State = "suspended" // data stays; nobody signs in, nothing is written, jobs wait
)

// Ministry is an entry of the directory.
type Ministry struct {
	caller.Tenant
	Name        map[string]string
	State       State
	Hosts       []string // as they were entered
	Accent      string   // #rrggbb, or empty for the profile's own
	Crest       []byte   // PNG or SVG; nil: none
	Listed      bool     // the platform's front page leads to it
	Created     time.Time
	ActivatedAt *time.Time
	SuspendedAt *time.Time
	Why         string    // why it rests, as the operator wrote it; empty unless suspended
	Step        Step      // the last step of its setting up; empty when nothing is left to do
	StepAt      time.Time // when that was taken
}

// Service is the directory. Its zero value is not usable; see New.
type Service struct {
	db        *db.DB
	once      *once.Store // of what is done on the platform
	behind    *once.Store // of what is done where a ministry's tables are
	clock     *clock.Clock
	tree      *unit.Tree
	countries Countries
	wiring    Wiring

	known known
	lanes sync.Map                 // by ministry: a chan struct{}, held by whoever acts on it for an operator
	shown *db.Cache[string, Leads] // where letters lead, for showing it
}

// Wiring is what only the whole installation knows. A part that is missing is
// left out: no invitations, no second word.
type Wiring struct {
	People    *identity.Service
	Approvals *approval.Service
	Gate      *gate.Gate
	Trail     *audit.Trail
	Letters   *notify.Service
	// Link turns a path into an address on a host of the ministry that acts in ctx.
	Link func(ctx context.Context, path string) string
	// Wake has the waiting jobs of a resumed ministry go on at once, where it can.
	Wake func(ctx context.Context)
	// Laws says of every country which files are in force.
	Laws func() []Law
	// Base is the platform's own host name: no ministry may take it.
	Base string
}

// Use gives the service its wiring, before the first call.
func (s *Service) Use(w Wiring) {
	s.wiring = w
	if w.Approvals != nil {
		w.Approvals.Register(KindLetters, approval.Kind{Do: s.lettersApproved})
	}
}

// Countries gives the profile and the policy of a country profile's id.
type Countries interface {
	Country(id string) (gate.Ministry, bool)
	IDs() []string
}

// directory is one reading of the tables; nobody changes it.
type directory struct {
	readAt time.Time
	byID   map[int32]*Ministry
	byHost map[string]*Ministry
	sorted []*Ministry
}

// New returns the directory over d.
func New(d *db.DB, c *clock.Clock, tree *unit.Tree, countries Countries) *Service {
	s := &Service{
		db: d, once: once.OfPlatform(d, c), behind: once.OfMinistries(d, c), clock: c, tree: tree, countries: countries,
		shown: db.NewCache[string, Leads](d, kindLetters, 1024, believed, changed),
	}
	d.OnChange(changed, func(int32, string) { s.known.forget() })
	return s
}

func (s *Service) directory(ctx context.Context) (*directory, error) { return s.known.get(ctx, s.read) }

func newDirectory(all []*Ministry) *directory {
	d := &directory{byID: map[int32]*Ministry{}, byHost: map[string]*Ministry{}, sorted: all}
	for _, m := range all {
		d.byID[m.ID] = m
		for _, h := range m.Hosts {
			d.byHost[h] = m
		}
	}
	return d
}

func unknown() *fault.Error { return fault.New(fault.NotFound, "tenant.unknown") }

// ByHost returns the ministry a host name leads to. A ministry that is being
// prepared does not exist for the outside: fault NotFound, as for a strange host.
func (s *Service) ByHost(ctx context.Context, host string) (*Ministry, error) {
	d, err := s.directory(ctx)
	if err != nil {
		return nil, err
	}
	m := d.byHost[Host(host)]
	if m == nil || m.State == Preparing {
		return nil, unknown()
	}
	return m, nil
}

// ByID returns the ministry with an id, in whatever state.
func (s *Service) ByID(ctx context.Context, id int32) (*Ministry, error) {
	d, err := s.directory(ctx)
	if err != nil {
		return nil, err
	}
	if m := d.byID[id]; m != nil {
		return m, nil
	}
	return nil, unknown()
}

// BySlug returns the ministry with a short name, in whatever state.
func (s *Service) BySlug(ctx context.Context, slug string) (*Ministry, error) {
	d, err := s.directory(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range d.sorted {
		if m.Slug == slug {
			return m, nil
		}
	}
	return nil, unknown()
}

// All returns every ministry, by short name. For operators and start-up.
func (s *Service) All(ctx context.Context) ([]*Ministry, error) {
	d, err := s.directory(ctx)
	if err != nil {
		return nil, err
	}
	return slices.Clone(d.sorted), nil
}

// Active returns the caller's form of the ministry when work may go on in it;
// fault Locked while it is suspended or not yet ready. Jobs ask it.
func (s *Service) Active(ctx context.Context, id int32) (caller.Tenant, error) {
	m, err := s.ByID(ctx, id)
	if err != nil {
		return caller.Tenant{}, err
	}
	if err := m.Open(); err != nil {
		return caller.Tenant{}, err
	}
	return m.Tenant, nil
}

// Open refuses while the ministry is suspended or being prepared.
func (m *Ministry) Open() error {
	switch m.State {
	case Active:
		return nil
	case Suspended:
		return fault.New(fault.Locked, "tenant.suspended").WithCheck("ministry").WithOwnRule("suspended").WithNext("tenant.next.operator", "", nil)
	default:
		return unknown()
	}
}

// Country returns profile and policy of the ministry that acts in ctx.
func (s *Service) Country(ctx context.Context) (gate.Ministry, error) {
	c := caller.From(ctx)
	if c == nil || c.Tenant.Profile == "" {
		return gate.Ministry{}, errors.New("tenant: no ministry in the context")
	}
	m, ok := s.countries.Country(c.Tenant.Profile)
	if !ok {
		return gate.Ministry{}, fault.New(fault.Unavailable, "tenant.no_profile").With("Profile", c.Tenant.Profile)
	}
	return m, nil
}

// Profiles returns the country profiles that a ministry may be set up on, by id.
func (s *Service) Profiles() []*profile.Profile {
	var all []*profile.Profile
	for _, id := range s.countries.IDs() {
		if m, ok := s.countries.Country(id); ok {
			all = append(all, m.Profile)
		}
	}
	return all
}

// Language returns the main language of the ministry that acts in ctx.
func (s *Service) Language(ctx context.Context) string {
	m, err := s.Country(ctx)
	if err != nil {
		return ""
	}
	return m.Profile.Main()
}

// operator refuses everybody but an operator of the platform with a second
// factor, and the command line, which acts as the system.
func operator(ctx context.Context) error {
	c := caller.From(ctx)
	if c != nil && c.Tenant.ID == 0 && (c.System != "" || (c.Operator && c.SecondFactor)) {
		return nil
	}
	return approval.OperatorsOnly()
}

// Languages returns the tags in which the ministry has a name, sorted.
func (m *Ministry) Languages() []string { return slices.Sorted(maps.Keys(m.Name)) }
