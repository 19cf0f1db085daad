package identity

import (
	"context"

	"mektep/core/db"
	"mektep/core/fault"
)

// TellKeepers tells a ministry's administrators and auditors, on screen and by mail, of what
// was done to the ministry as a whole: who would notice what should not have been.
func (s *Service) TellKeepers(ctx context.Context, tx *db.Tx, key, screen string, args fault.Args) error {
	to, err := s.holders(ctx, tx, []string{AdministratorRole, AuditorRole})
	if err != nil {
		return err
	}
	args["At"] = s.local(ctx, s.now())
	return s.tell(ctx, tx, notice{to: to, key: key, url: screen, args: args, mail: true})
}
