package tenant

import (
	"context"

	"mektep/core/approval"
	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/identity"
)

// Administrators is what an operator may know of a ministry's administrators.
type Administrators struct {
	Invited []identity.FirstAdministrator // by the platform, not accepted yet
	Working int                           // can sign in
}

// Administrators returns it. Faults: Denied; NotFound.
func (s *Service) Administrators(ctx context.Context, slug string) (Administrators, error) {
	_, inside, err := s.enterAs(ctx, slug)
	if err != nil || s.wiring.People == nil {
		return Administrators{}, err
	}
	var a Administrators
	a.Invited, a.Working, err = s.wiring.People.FirstAdministrators(inside)
	return a, err
}

// Reinvite makes a new one-time link for a first administrator who has not
// accepted yet; older ones are void. Faults: Denied; NotFound; Locked while the
// ministry is suspended.
func (s *Service) Reinvite(ctx context.Context, slug, account string) (Invitation, error) {
	m, inside, err := s.enterAs(ctx, slug)
	if err != nil {
		return Invitation{}, err
	}
	if m.State == Suspended {
		return Invitation{}, m.Open()
	}
	if s.wiring.People == nil {
		return Invitation{}, unknown()
	}
	waiting, _, err := s.wiring.People.FirstAdministrators(inside)
	if err != nil {
		return Invitation{}, err
	}
	for _, w := range waiting {
		if w.UID != account {
			continue
		}
		root, err := s.tree.Root(inside)
		if err != nil {
			return Invitation{}, err
		}
		var inv Invitation
		err = s.recorded(ctx, inside, m, identity.Act{Action: "resend", Object: "invitation", Target: account, Ministry: slug}, func(inside context.Context) error {
			inv, err = s.invite(inside, root, Admin{Email: w.Email, Name: w.Name})
			return err
		})
		return inv, err
	}
	return Invitation{}, fault.New(fault.NotFound, "tenant.no_invitation")
}

// Waiting returns what waits for a second administrator while the ministry has
// none: the operator's to co-sign. Faults: Denied; NotFound.
func (s *Service) Waiting(ctx context.Context, slug string) ([]approval.Request, error) {
	_, inside, err := s.enterAs(ctx, slug)
	if err != nil || s.wiring.Approvals == nil {
		return nil, err
	}
	return s.wiring.Approvals.ForOperator(inside)
}

// Cosign agrees to such a request in the second administrator's place; read says what they have read of it. The link
// that may come of it is an address. Faults: Denied, also once the ministry has a
// second administrator; NotFound; Conflict; Locked while it is suspended.
func (s *Service) Cosign(ctx context.Context, slug, uid, read string) (approval.Done, error) {
	m, inside, err := s.openAs(ctx, slug)
	if err != nil {
		return approval.Done{}, err
	}
	var done approval.Done
	err = s.recorded(ctx, inside, m, identity.Act{Action: "approve", Object: "approval", Target: uid, Ministry: m.Slug}, func(inside context.Context) error {
		done, err = s.wiring.Approvals.Cosign(inside, uid, actor(ctx), read)
		return err
	})
	if err != nil {
		return approval.Done{}, err
	}
	if done.Link != "" {
		done.Link = s.link(inside, done.Link)
	}
	return done, nil
}

// Decline refuses such a request, with a reason for who asked. Faults as of
// Cosign; Invalid without a reason.
func (s *Service) Decline(ctx context.Context, slug, uid, reason string) error {
	m, inside, err := s.openAs(ctx, slug)
	if err != nil {
		return err
	}
	return s.recorded(ctx, inside, m, identity.Act{Action: "reject", Object: "approval", Target: uid, Ministry: m.Slug, Note: reason}, func(inside context.Context) error {
		return s.wiring.Approvals.Decline(inside, uid, actor(ctx), reason)
	})
}

// enterAs returns a context in which the platform acts in a ministry for the
// operator who asks. It never leaves this package.
func (s *Service) enterAs(ctx context.Context, slug string) (*Ministry, context.Context, error) {
	if err := operator(ctx); err != nil {
		return nil, nil, err
	}
	m, err := s.BySlug(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	return m, s.as(ctx, m), nil
}

// openAs is enterAs for what changes something.
func (s *Service) openAs(ctx context.Context, slug string) (*Ministry, context.Context, error) {
	m, inside, err := s.enterAs(ctx, slug)
	if err != nil {
		return nil, nil, err
	}
	if err := m.Open(); err != nil {
		return nil, nil, err
	}
	if s.wiring.Approvals == nil {
		return nil, nil, fault.New(fault.NotFound, "approval.unknown")
	}
	return m, inside, nil
}

// actor names who acts: an operator's public id, or the command line.
func actor(ctx context.Context) string {
	if c := caller.From(ctx); c.AccountUID != "" {
		return c.AccountUID
	}
	return "command"
}

func (s *Service) link(ctx context.Context, path string) string {
	if s.wiring.Link == nil {
		return path
	}
	return s.wiring.Link(ctx, path)
}
