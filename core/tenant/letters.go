package tenant

import (
	"context"

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
	err = s.recorded(ctx, identity.Act{Action: "resend", Object: "letters", Ministry: m.Slug}, func() error {
		n, err = s.wiring.Letters.Again(inside)
		return err
	})
	return n, err
}
