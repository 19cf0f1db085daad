package tenant

import (
	"context"

	"mektep/core/approval"
	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/identity"
	"mektep/core/notify"
)

// Letters counts the letters of a ministry that have not left; mail reports whether any
// can. An operator sees numbers and not whom they are to. Faults: Denied; NotFound.
func (s *Service) Letters(ctx context.Context, slug string) (n notify.Outbox, mail bool, err error) {
	_, inside, err := s.enterAs(ctx, slug)
	if err != nil || s.wiring.Letters == nil {
		return n, false, err
	}
	n, err = s.wiring.Letters.Outbox(inside)
	return n, s.wiring.Letters.HasMail(), err
}

// SendAgain has the letters of a ministry that could not be sent tried anew, once what
// was in the way is mended, and returns how many. Faults: Denied; NotFound; Locked while
// it is suspended; Unavailable without a mail server.
func (s *Service) SendAgain(ctx context.Context, slug string) (int, error) {
	m, inside, err := s.enterAs(ctx, slug)
	if err != nil {
		return 0, err
	}
	if err := m.Open(); err != nil || s.wiring.Letters == nil {
		return 0, err
	}
	n := 0
	err = s.recorded(ctx, inside, m, identity.Act{Action: "resend", Object: "letters", Ministry: m.Slug}, func(inside context.Context) error {
		n, err = s.sendAgain(inside)
		return err
	})
	return n, err
}

// sendAgain does it, and says so in the ministry's own trail.
func (s *Service) sendAgain(inside context.Context) (n int, err error) {
	err = s.behind.Unit(inside, func(ctx context.Context, tx *db.Tx) (err error) {
		if n, err = s.wiring.Letters.Again(ctx); err != nil || n == 0 || s.wiring.Trail == nil {
			return err
		}
		return s.wiring.Trail.Record(ctx, tx, audit.Entry{Action: "resend", Object: settings.Object, Changes: []audit.Change{{Field: "operator", New: approval.Operator(ctx)}}})
	}, &n)
	return n, err
}
