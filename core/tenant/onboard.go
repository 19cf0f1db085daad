package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/once"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Step is a step of setting a ministry up. Each is written down after it was
// taken and does no harm when it is taken again.
type Step string

// The steps, in order; then nothing is left to do.
const (
	Entered Step = "entered" // its entry and hosts are in the directory
	Planned Step = "planned" // the plan lies behind its wall
	Planted Step = "planted" // its tree stands
	Invited Step = "invited" // its first administrators are
	Opened  Step = "open"    // it is active; the plan is still to be dropped
	none    Step = ""
)

// abandoned is after how long an entry without a plan is taken back: the run that
// made it has died between its first two steps.
const abandoned = 10 * time.Minute

// Onboard sets a ministry up and makes it active: its entry and hosts, its tree
// with the profile's territory and directorates, its first administrators.
//
// Nothing stays behind a plan that is refused. A ministry whose setting up was
// cut off stays preparing, invisible, and the same plan (or Continue) carries on
// where it stopped.
//
// Faults: Denied; Invalid with every faulty field; Conflict for a slug or hosts
// that are taken.
func (s *Service) Onboard(ctx context.Context, p Plan) (*Ministry, []Invitation, error) {
	if err := operator(ctx); err != nil {
		return nil, nil, err
	}
	p = p.ready()
	done, err := s.once.Done(ctx)
	if !done && err == nil { // or its short name is taken by itself
		err = s.entered(ctx, p)
	}
	if err != nil {
		return nil, nil, err
	}
	m, err := s.BySlug(ctx, p.Slug)
	if err != nil {
		return nil, nil, err
	}
	if m.Step == none && once.Replayed(ctx) { // the first click has come to its end
		return nil, nil, once.Repeated
	}
	invitations, err := s.carryOn(ctx, m, p)
	if err != nil {
		return nil, nil, err
	}
	// It is open, and the links are shown once: what fails from here on takes neither away.
	if again, err := s.BySlug(ctx, p.Slug); err == nil {
		m = again
	}
	return m, invitations, nil
}

// entered enters a plan that nothing speaks against.
func (s *Service) entered(ctx context.Context, p Plan) error {
	if err := s.check(ctx, p); err != nil {
		return err
	}
	s.othersHear(ctx, p.Slug)
	return s.enter(ctx, p)
}

// enter writes the ministry's entry, or finds the one that a cut-off run left.
func (s *Service) enter(ctx context.Context, p Plan) error {
	country, _ := s.countries.Country(p.Profile)
	return s.once.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		e, err := findEntry(ctx, tx, p.Slug, true)
		if err != nil {
			return err
		}
		if e == nil {
			if e, err = insertEntry(ctx, tx, p, country.Profile.Zone.String(), s.clock.Now()); db.IsUnique(err, "tenant_slug_key") {
				return slugTaken(p.Slug)
			}
			if err != nil {
				return err
			}
			if err := identity.RecordAct(ctx, tx, s.wiring.Trail, s.clock.Now(), act("create", p.Slug, "")); err != nil {
				return err
			}
		} else if !e.continues(p) {
			return slugTaken(p.Slug)
		}
		for _, h := range p.Hosts {
			ours, err := takeHost(ctx, tx, e.id, h)
			if err != nil {
				return err
			}
			if !ours {
				return hostTaken(h)
			}
		}
		return s.db.Notify(ctx, changed, p.Slug)
	})
}

// Continue carries every cut-off onboarding on; the server calls it at its start.
// One that cannot go on does not keep the others from it.
func (s *Service) Continue(ctx context.Context) error {
	if err := operator(ctx); err != nil {
		return err
	}
	all, err := s.All(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range all {
		if m.Step == none {
			continue
		}
		if err := s.resumeOne(ctx, m); err != nil {
			errs = append(errs, fmt.Errorf("onboarding of %s: %w", m.Slug, err))
		}
	}
	return errors.Join(errs...)
}

func (s *Service) resumeOne(ctx context.Context, m *Ministry) error {
	if _, ok := s.countries.Country(m.Profile); !ok {
		return fault.New(fault.Unavailable, "tenant.no_profile").With("Profile", m.Profile)
	}
	if m.Step == Opened {
		return s.finish(s.as(ctx, m), m)
	}
	p, found, err := s.plan(s.as(ctx, m))
	switch {
	case err != nil:
		return err
	case found:
		_, err = s.carryOn(ctx, m, p)
		return err
	case m.Step == Entered && s.clock.Now().Sub(m.StepAt) > abandoned:
		return s.forget(ctx, m)
	}
	return nil // another process is at it
}

// forget takes an entry back behind which nothing was made yet.
func (s *Service) forget(ctx context.Context, m *Ministry) error {
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		gone, err := deleteEntry(ctx, tx, m.ID)
		if err != nil || !gone {
			return err
		}
		if err := identity.RecordAct(ctx, tx, s.wiring.Trail, s.clock.Now(), act("forget", m.Slug, "")); err != nil {
			return err
		}
		return s.db.Notify(ctx, changed, m.Slug)
	})
}

func (s *Service) as(ctx context.Context, m *Ministry) context.Context {
	requestID := ""
	if c := caller.From(ctx); c != nil {
		requestID = c.RequestID
		// The command line is somebody's, too, whom nobody knows by name: what it types or is
		// shown lies in its hands as in an operator's.
		ctx = approval.ByOperator(ctx, actor(ctx))
	}
	return caller.With(ctx, caller.System(m.Tenant, "platform", requestID))
}

// carryOn takes the remaining steps. Each finds out for itself whether it was
// taken, so that a crash between any two of them does no harm.
func (s *Service) carryOn(ctx context.Context, m *Ministry, p Plan) ([]Invitation, error) {
	inside := s.as(ctx, m)
	country, _ := s.countries.Country(p.Profile)
	// Where its tables are, their foreign keys look for its line of the directory.
	if err := s.db.Mirror(ctx, m.ID, m.Placement); err != nil {
		return nil, err
	}
	if err := s.keep(inside, p); err != nil {
		return nil, err
	}
	if err := s.took(ctx, m, Planned); err != nil {
		return nil, err
	}
	root, err := s.plant(inside, country.Profile, p)
	if err != nil {
		return nil, err
	}
	if err := s.took(ctx, m, Planted); err != nil {
		return nil, err
	}
	var invitations []Invitation
	for _, a := range p.Admins {
		inv, err := s.inviteFirst(inside, root, a)
		if err != nil {
			return nil, err
		}
		invitations = append(invitations, inv)
	}
	if err := s.took(ctx, m, Invited); err != nil {
		return nil, err
	}
	if err := s.took(ctx, m, Opened); err != nil {
		return nil, err
	}
	// What is left is tidying up, which the next start does where it fails now.
	_ = s.finish(inside, m)
	return invitations, nil
}

// finish drops the plan, which names people, counts the ministry and closes its
// setting up.
func (s *Service) finish(inside context.Context, m *Ministry) error {
	if err := s.db.Tenant(inside, dropPlan); err != nil {
		return err
	}
	if err := s.Count(inside); err != nil {
		return err
	}
	return s.took(inside, m, none)
}

// took writes a step down.
func (s *Service) took(ctx context.Context, m *Ministry, step Step) error {
	return s.db.Platform(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := setStep(ctx, tx, m.ID, step, s.clock.Now()); err != nil {
			return err
		}
		return s.db.Notify(ctx, changed, m.Slug)
	})
}

// keep stores the plan behind the wall; a run with another plan must not mix in.
func (s *Service) keep(ctx context.Context, p Plan) error {
	return s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		kept, err := keepPlan(ctx, tx, p)
		if err == nil && !kept.equal(p) {
			err = slugTaken(p.Slug)
		}
		if err == nil {
			err = s.meet(ctx, tx)
		}
		return gone(err)
	})
}

func (s *Service) plan(ctx context.Context) (p Plan, found bool, err error) {
	err = s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err = readPlan(ctx, tx)
		return err
	})
	if db.NoRows(err) {
		return p, false, nil
	}
	return p, err == nil, err
}

// inviteFirst invites one administrator, one run after another.
func (s *Service) inviteFirst(ctx context.Context, root unit.Unit, a Admin) (Invitation, error) {
	var inv Invitation
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := readPlan(ctx, tx); err != nil { // the lock of this onboarding
			return gone(err)
		}
		var err error
		inv, err = s.invite(ctx, root, a)
		return err
	})
	return inv, err
}

// gone turns a plan that another run has dropped, having finished, into a fault.
func gone(err error) error {
	if db.NoRows(err) {
		return fault.New(fault.Conflict, "tenant.set_up_elsewhere")
	}
	return err
}

// invite makes the account of a first administrator at the ministry's root, or
// issues the link anew to one who has not accepted yet.
func (s *Service) invite(ctx context.Context, root unit.Unit, a Admin) (Invitation, error) {
	if s.wiring.People == nil {
		return Invitation{Admin: a}, nil
	}
	out, err := s.wiring.People.Administrator(ctx, identity.AdministratorRole, root, a.person())
	if err != nil || out.Key == nil {
		return Invitation{Admin: a}, err
	}
	link := ""
	if out.Key.Path != "" {
		link = s.link(ctx, out.Key.Path)
	}
	return Invitation{Admin: a, Link: link, Mailed: out.Key.Mailed, Expires: out.Key.Expires}, nil
}

// plant makes the tree: the ministry, its directorates, its territory. It is one
// unit of work, so that it stands whole or not at all.
func (s *Service) plant(ctx context.Context, p *profile.Profile, plan Plan) (unit.Unit, error) {
	var root unit.Unit
	err := s.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		if _, err := readPlan(ctx, tx); err != nil {
			return gone(err)
		}
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
