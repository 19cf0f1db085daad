package tenant

import (
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Plan is what it takes to set a ministry up.
type Plan struct {
	Slug    string            `json:"slug"`    // short name: lower-case letters, digits, hyphens
	Profile string            `json:"profile"` // id of the country profile
	Name    map[string]string `json:"name"`    // in every official language of the profile
	Hosts   []string          `json:"hosts"`   // names that lead to it
	Admins  []Admin           `json:"admins"`  // the first one or two administrators
}

// Admin is a first administrator.
type Admin struct {
	Email    string `json:"email"`
	Name     string `json:"name"` // as written; may be empty
	Language string `json:"language"`
}

// Invitation is what the operator can hand over when no mail is configured.
type Invitation struct {
	Admin   Admin
	Link    string // path with a one-time token, on the ministry's host
	Expires time.Time
}

// Inviter makes the accounts of first administrators at the ministry's root. It
// must do nothing twice: for an administrator who exists and has not signed in
// yet it issues the link anew.
type Inviter func(ctx context.Context, root unit.Unit, a Admin) (Invitation, error)

// Invite gives the service its Inviter, while wiring.
func (s *Service) Invite(f Inviter) { s.invite = f }

var slugForm = regexp.MustCompile(`^[a-z][a-z0-9-]{1,30}$`)

var hostForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`)

// check finds every mistake of a plan at once.
func (s *Service) check(p Plan) error {
	bad := fault.New(fault.Invalid, "tenant.bad_plan")
	if !slugForm.MatchString(p.Slug) {
		bad = bad.WithField("slug", "tenant.bad_slug", nil)
	}
	country, ok := s.countries.Country(p.Profile)
	if !ok {
		var ids fault.List
		for _, id := range s.countries.IDs() {
			ids = append(ids, id)
		}
		bad = bad.WithField("profile", "tenant.unknown_profile", fault.Args{"Profiles": ids})
	} else {
		for _, tag := range country.Profile.Languages.Official {
			if strings.TrimSpace(p.Name[tag]) == "" {
				bad = bad.WithField("name."+tag, "tenant.name_required", fault.Args{"Language": fault.Key("language." + tag)})
			}
		}
	}
	if len(p.Hosts) == 0 {
		bad = bad.WithField("hosts", "field.required", nil)
	}
	for _, h := range p.Hosts {
		if !hostForm.MatchString(Host(h)) {
			bad = bad.WithField("hosts", "tenant.bad_host", fault.Args{"Host": h})
		}
	}
	if len(p.Admins) == 0 || len(p.Admins) > 2 {
		bad = bad.WithField("admins", "tenant.admins", nil)
	}
	for i, a := range p.Admins {
		if addr, err := mail.ParseAddress(a.Email); err != nil || addr.Address != a.Email {
			bad = bad.WithField(fmt.Sprintf("admins.%d", i+1), "field.email", nil)
		}
	}
	return bad.OrNil()
}

// Onboard sets a ministry up and makes it active: its entry and hosts, its tree
// with the profile's territory and directorates, its first administrators.
//
// Nothing stays behind a plan that is refused. A ministry whose setting up was
// cut off stays preparing, invisible, and the same plan (or Continue) carries on
// where it stopped.
//
// Faults: Invalid with every faulty field; Conflict for a slug or a host that is
// taken.
func (s *Service) Onboard(ctx context.Context, p Plan) (*Ministry, []Invitation, error) {
	if err := operator(ctx); err != nil {
		return nil, nil, err
	}
	for i := range p.Hosts {
		p.Hosts[i] = Host(p.Hosts[i])
	}
	slices.Sort(p.Hosts)
	p.Hosts = slices.Compact(p.Hosts)
	if err := s.check(p); err != nil {
		return nil, nil, err
	}
	if err := s.enter(ctx, p); err != nil {
		return nil, nil, err
	}
	return s.carryOn(ctx, p)
}

// enter writes the ministry's entry, or finds the one that a cut-off run left.
func (s *Service) enter(ctx context.Context, p Plan) error {
	country, _ := s.countries.Country(p.Profile)
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		var id int32
		var state State
		var prof string
		err := tx.PGX().QueryRow(ctx, "SELECT id, state, profile FROM platform.tenant WHERE slug = $1 FOR UPDATE", p.Slug).Scan(&id, &state, &prof)
		switch {
		case err == nil && state == Preparing && prof == p.Profile:
		case err == nil:
			return fault.New(fault.Conflict, "tenant.slug_taken").With("Slug", p.Slug).WithField("slug", "tenant.slug_taken", fault.Args{"Slug": p.Slug})
		case db.NoRows(err):
			err = tx.PGX().QueryRow(ctx, "INSERT INTO platform.tenant (slug, profile, name, zone) VALUES ($1, $2, $3, $4) RETURNING id",
				p.Slug, p.Profile, p.Name, country.Profile.Zone.String()).Scan(&id)
			if db.IsUnique(err, "tenant_slug_key") {
				return fault.New(fault.Conflict, "tenant.slug_taken").With("Slug", p.Slug)
			}
			if err != nil {
				return err
			}
		default:
			return err
		}
		for _, h := range p.Hosts {
			tag, err := tx.PGX().Exec(ctx, `INSERT INTO platform.tenant_host (host, tenant_id) VALUES ($1, $2)
				ON CONFLICT (host) DO UPDATE SET tenant_id = excluded.tenant_id WHERE tenant_host.tenant_id = excluded.tenant_id`, h, id)
			if err != nil {
				return err
			}
			if tag.RowsAffected() == 0 {
				return fault.New(fault.Conflict, "tenant.host_taken").With("Host", h).WithField("hosts", "tenant.host_taken", fault.Args{"Host": h})
			}
		}
		return s.db.Notify(ctx, changed, p.Slug)
	})
}

// Continue carries every cut-off onboarding on; the server calls it at its start.
func (s *Service) Continue(ctx context.Context) error {
	all, err := s.All(ctx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.State != Preparing {
			continue
		}
		p, found, err := s.plan(s.as(ctx, m))
		if err != nil {
			return err
		}
		if found {
			if _, _, err := s.carryOn(ctx, p); err != nil {
				return fmt.Errorf("onboarding of %s: %w", m.Slug, err)
			}
		}
	}
	return nil
}

func (s *Service) as(ctx context.Context, m *Ministry) context.Context {
	requestID := ""
	if c := caller.From(ctx); c != nil {
		requestID = c.RequestID
	}
	return caller.With(ctx, caller.System(m.Tenant, "onboarding", requestID))
}

func (s *Service) plan(ctx context.Context) (Plan, bool, error) {
	var p Plan
	var raw []byte
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return tx.PGX().QueryRow(ctx, "SELECT plan FROM onboarding WHERE tenant_id = $1", tx.Tenant()).Scan(&raw)
	})
	if db.NoRows(err) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	return p, true, json.Unmarshal(raw, &p)
}

// carryOn takes the remaining steps. Each finds out for itself whether it was
// taken, so that a crash between any two of them does no harm.
func (s *Service) carryOn(ctx context.Context, p Plan) (*Ministry, []Invitation, error) {
	m, err := s.BySlug(ctx, p.Slug)
	if err != nil {
		return nil, nil, err
	}
	inside := s.as(ctx, m)
	country, _ := s.countries.Country(p.Profile)
	var invitations []Invitation
	err = s.db.Tenant(inside, func(ctx context.Context, tx *db.Tx) error {
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		_, err = tx.PGX().Exec(ctx, "INSERT INTO onboarding (tenant_id, plan) VALUES ($1, $2) ON CONFLICT (tenant_id) DO UPDATE SET plan = excluded.plan", tx.Tenant(), raw)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	root, err := s.plant(inside, country.Profile, p)
	if err != nil {
		return nil, nil, err
	}
	if s.invite != nil {
		for _, a := range p.Admins {
			inv, err := s.invite(inside, root, a)
			if err != nil {
				return nil, nil, err
			}
			invitations = append(invitations, inv)
		}
	}
	if err := s.db.Tenant(inside, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, "DELETE FROM onboarding WHERE tenant_id = $1", tx.Tenant())
		return err
	}); err != nil {
		return nil, nil, err
	}
	if err := s.activate(ctx, m); err != nil {
		return nil, nil, err
	}
	if err := s.Count(inside); err != nil {
		return nil, nil, err
	}
	m, err = s.BySlug(ctx, p.Slug)
	return m, invitations, err
}

func (s *Service) activate(ctx context.Context, m *Ministry) error {
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `UPDATE platform.tenant SET state = 'active', activated_at = now(), changed_at = now(), version = version + 1
			WHERE id = $1 AND state = 'preparing'`, m.ID)
		if err != nil {
			return err
		}
		return s.db.Notify(ctx, changed, m.Slug)
	})
}

// plant makes the tree: the ministry, its directorates, its territory. It is one
// unit of work, so that it stands whole or not at all.
func (s *Service) plant(ctx context.Context, p *profile.Profile, plan Plan) (unit.Unit, error) {
	var root unit.Unit
	err := s.db.Tenant(ctx, func(ctx context.Context, _ *db.Tx) error {
		var err error
		if root, err = s.tree.Root(ctx); err == nil {
			return nil // planted by a run before this one
		}
		if fault.KindOf(err) != fault.NotFound {
			return err
		}
		today := s.tree.Today(ctx)
		long := clock.Day(time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC))
		if root, err = s.tree.Create(ctx, unit.New{Level: unit.Ministry, Name: plan.Name, Since: long}); err != nil {
			return err
		}
		var offices []unit.New
		for _, d := range p.DirectoratesAt(today) {
			offices = append(offices, unit.New{Parent: &root, Level: unit.Directorate, Type: d.Kind, Name: d.Name, Code: d.ID, Since: long})
		}
		if _, err := s.tree.CreateMany(ctx, offices); err != nil {
			return err
		}
		return s.plantTerritory(ctx, p, root, long)
	})
	return root, err
}

// plantTerritory makes the profile's territory level by level, so that parents
// stand before their children. Units that ended before today are not made: the
// ministry's own history begins with its onboarding.
func (s *Service) plantTerritory(ctx context.Context, p *profile.Profile, root unit.Unit, since time.Time) error {
	byCode := map[string]unit.Unit{"": root}
	for _, level := range []string{unit.Region, unit.District} {
		var news []unit.New
		for _, row := range p.AreasAt(level, s.tree.Today(ctx)) {
			parent, ok := byCode[row.Parent]
			if !ok {
				return fmt.Errorf("territory %s: no parent %s", row.Code, row.Parent)
			}
			news = append(news, unit.New{Parent: &parent, Level: level, Name: row.Name, Code: row.Code, Since: since})
		}
		units, err := s.tree.CreateMany(ctx, news)
		if err != nil {
			return err
		}
		for _, u := range units {
			byCode[u.Code] = u
		}
	}
	return nil
}
