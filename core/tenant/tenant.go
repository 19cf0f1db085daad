// Package tenant owns the directory of ministries: which there are, which host
// names lead to them, on which country profile they run, and how one comes to
// be (Onboard), rests (Suspend) and returns (Resume).
//
// The directory is small and asked on every request, so each process holds it
// whole and reads it anew when it changes. Operators of the platform see names
// and sizes here and nothing behind a ministry's wall.
package tenant

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
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
	Hosts       []string // sorted
	Accent      string   // #rrggbb, or empty for the profile's own
	Crest       []byte   // PNG or SVG; nil: none
	Created     time.Time
	ActivatedAt *time.Time
	SuspendedAt *time.Time
}

// Service is the directory. Its zero value is not usable; see New.
type Service struct {
	db        *db.DB
	clock     *clock.Clock
	tree      *unit.Tree
	countries Countries
	invite    Inviter

	mu    sync.Mutex
	known *directory // nil: to be read
}

// Countries gives the profile and the policy of a country profile's id.
type Countries interface {
	Country(id string) (gate.Ministry, bool)
	IDs() []string
}

// directory is one reading of the tables; nobody changes it.
type directory struct {
	byID   map[int32]*Ministry
	byHost map[string]*Ministry
	sorted []*Ministry
}

const changed = "tenant" // the kind of notice that spreads a change

// New returns the directory over d.
func New(d *db.DB, c *clock.Clock, tree *unit.Tree, countries Countries) *Service {
	s := &Service{db: d, clock: c, tree: tree, countries: countries}
	d.OnChange(changed, func(int32, string) {
		s.mu.Lock()
		s.known = nil
		s.mu.Unlock()
	})
	return s
}

func (s *Service) directory(ctx context.Context) (*directory, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known != nil {
		return s.known, nil
	}
	d, err := s.read(context.WithoutCancel(ctx))
	if err != nil {
		return nil, fault.New(fault.Unavailable, "fault.unavailable").WithCause(err)
	}
	s.known = d
	return d, nil
}

func (s *Service) read(ctx context.Context) (*directory, error) {
	d := &directory{byID: map[int32]*Ministry{}, byHost: map[string]*Ministry{}}
	err := s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `
			SELECT t.id, t.slug, t.profile, t.placement, t.zone, t.name, t.state, t.accent, t.crest,
			       t.created_at, t.activated_at, t.suspended_at,
			       coalesce((SELECT json_agg(h.host ORDER BY h.host) FROM platform.tenant_host h WHERE h.tenant_id = t.id), '[]')
			FROM platform.tenant t ORDER BY t.slug`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var m Ministry
			var zone string
			var hosts []byte
			if err := rows.Scan(&m.ID, &m.Slug, &m.Profile, &m.Placement, &zone, &m.Name, &m.State, &m.Accent, &m.Crest,
				&m.Created, &m.ActivatedAt, &m.SuspendedAt, &hosts); err != nil {
				return err
			}
			if m.Zone, err = time.LoadLocation(zone); err != nil {
				return fmt.Errorf("ministry %s: %w", m.Slug, err)
			}
			if err := json.Unmarshal(hosts, &m.Hosts); err != nil {
				return err
			}
			d.add(&m)
		}
		return rows.Err()
	})
	return d, err
}

func (d *directory) add(m *Ministry) {
	d.byID[m.ID] = m
	d.sorted = append(d.sorted, m)
	for _, h := range m.Hosts {
		d.byHost[h] = m
	}
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
		return fault.New(fault.Locked, "tenant.suspended").WithNext("tenant.next.operator", "", nil)
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

// Language returns the main language of the ministry that acts in ctx.
func (s *Service) Language(ctx context.Context) string {
	m, err := s.Country(ctx)
	if err != nil {
		return ""
	}
	return m.Profile.Main()
}

// Host brings a host name into the directory's form: lower case, no port, no
// closing dot.
func Host(host string) string {
	host = strings.ToLower(strings.TrimSpace(host))
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.TrimSuffix(host, ".")
}

// Suspend stops sign-in and writes at once, in every process; its jobs wait and
// its data stays.
func (s *Service) Suspend(ctx context.Context, slug string) error {
	return s.turn(ctx, slug, Active, "UPDATE platform.tenant SET state = 'suspended', suspended_at = now(), changed_at = now(), version = version + 1 WHERE id = $1 AND state = $2")
}

// Resume opens a suspended ministry again.
func (s *Service) Resume(ctx context.Context, slug string) error {
	return s.turn(ctx, slug, Suspended, "UPDATE platform.tenant SET state = 'active', suspended_at = NULL, changed_at = now(), version = version + 1 WHERE id = $1 AND state = $2")
}

func (s *Service) turn(ctx context.Context, slug string, from State, sql string) error {
	if err := operator(ctx); err != nil {
		return err
	}
	m, err := s.BySlug(ctx, slug)
	if err != nil {
		return err
	}
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		tag, err := tx.PGX().Exec(ctx, sql, m.ID, from)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return fault.New(fault.Conflict, "tenant.wrong_state").With("State", fault.Key("tenant.state."+string(m.State)))
		}
		return s.db.Notify(ctx, changed, m.Slug)
	})
}

// operator refuses everybody but an operator of the platform with a second
// factor, and the command line, which acts as the system.
func operator(ctx context.Context) error {
	c := caller.From(ctx)
	if c != nil && c.Tenant.ID == 0 && (c.System != "" || (c.Operator && c.SecondFactor)) {
		return nil
	}
	return fault.New(fault.Denied, "tenant.operators_only").WithCheck("policy").WithNext("gate.next.nobody", "", nil)
}

// Size is what an operator may know of a ministry's data: how much there is.
type Size struct {
	Institutions, Accounts, Units int64
	CountedAt                     time.Time
}

// Sizes returns the last counts by ministry.
func (s *Service) Sizes(ctx context.Context) (map[int32]Size, error) {
	if err := operator(ctx); err != nil {
		return nil, err
	}
	sizes := map[int32]Size{}
	err := s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, "SELECT tenant_id, institutions, accounts, units, counted_at FROM platform.tenant_size")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id int32
			var z Size
			if err := rows.Scan(&id, &z.Institutions, &z.Accounts, &z.Units, &z.CountedAt); err != nil {
				return err
			}
			sizes[id] = z
		}
		return rows.Err()
	})
	return sizes, err
}

// Count counts the ministry that acts in ctx, behind its wall, and carries only
// the sums out. A daily job calls it, and onboarding at its end.
func (s *Service) Count(ctx context.Context) error {
	var z Size
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, `SELECT
			(SELECT count(*) FROM unit WHERE tenant_id = $1 AND level = 'institution' AND until IS NULL),
			(SELECT count(*) FROM account WHERE tenant_id = $1),
			(SELECT count(*) FROM unit WHERE tenant_id = $1 AND level <> 'institution' AND until IS NULL)`, tx.Tenant()).
			Scan(&z.Institutions, &z.Accounts, &z.Units)
	})
	if err != nil {
		return err
	}
	id := db.TenantOf(ctx)
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `
			INSERT INTO platform.tenant_size (tenant_id, institutions, accounts, units, counted_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (tenant_id) DO UPDATE SET institutions = excluded.institutions, accounts = excluded.accounts,
				units = excluded.units, counted_at = excluded.counted_at`, id, z.Institutions, z.Accounts, z.Units, s.clock.Now())
		return err
	})
}

// Languages returns the ministry's names in a stable order of language tags.
func (m *Ministry) Languages() []string { return slices.Sorted(maps.Keys(m.Name)) }
