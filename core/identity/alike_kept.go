package identity

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
)

// A second account of somebody who is kept out would let them in again on the word of who gives
// it, that it is another person. People are called alike, so the word is taken; but it is said
// that the other one is kept out, and whoever decided that hears of it and can judge for themself.

// keptOut notes on accounts that look like a person's by whose decisions they are kept out of
// all, or of a post that they hold.
func (s *Service) keptOut(ctx context.Context, tx *db.Tx, found []alike) error {
	for i := range found {
		rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT by FROM (
				SELECT coalesce(blocked_by, 0) AS by FROM account WHERE tenant_id = $1 AND uid = $2 AND state = 'blocked' AND blocked_why = $4
				UNION ALL SELECT coalesce(p.stopped_by, 0) FROM appointment p JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
					WHERE p.tenant_id = $1 AND a.uid = $2 AND p.stopped_at IS NOT NULL AND (p.until IS NULL OR p.until > $3)) kept`,
			tx.Tenant(), found[i].uid, s.today(ctx), ByDecision)
		if err != nil {
			return err
		}
		if found[i].keptBy, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return err
		}
		if len(found[i].keptBy) > 0 {
			found[i].reasons = append(found[i].reasons, KeptOut)
		}
	}
	return nil
}

// tellKept tells those who keep somebody out that an account which looks like theirs has been
// given to what is said to be another person.
func (s *Service) tellKept(ctx context.Context, tx *db.Tx, a Account, found []alike) error {
	c := caller.From(ctx)
	for _, x := range found {
		to := slices.DeleteFunc(slices.Clone(x.keptBy), func(id int64) bool { return id == 0 || id == c.Account })
		if len(to) == 0 {
			continue
		}
		err := s.tell(ctx, tx, notice{to: to, key: "identity.notice.alike_given", url: "/people/" + a.UID, mail: true, args: fault.Args{
			"Name": a.FullName(), "Other": x.name, "Who": c.Name, "At": s.local(ctx, s.now()),
		}})
		if err != nil {
			return err
		}
	}
	return nil
}
