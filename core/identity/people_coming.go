package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/gate"
	"mektep/core/unit"
)

// coming are posts that begin on a later day, when their unit lies elsewhere or is of another type
// than today: whose it is then may act on the account already (post.lies), and so must find it.
type coming struct {
	seen  []int64 // that lie in what the caller may see
	below []int64 // that lie in the place that is asked for
}

// or adds to a condition of a post p that it is one of some.
func (q *question) or(posts []int64) string {
	if len(posts) == 0 {
		return ""
	}
	return " OR p.id = ANY(" + q.arg(posts) + ")"
}

// coming finds the posts to come that a scope and a filter reach on their first day.
func (s *Service) coming(ctx context.Context, tx *db.Tx, scope gate.Scope, f Filter) (c coming, err error) {
	if scope.All && f.Unit == nil {
		return c, nil
	}
	moving, err := s.tree.Unsettled(ctx)
	if err != nil || len(moving) == 0 {
		return c, err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT `+unit.Columns()+`, p.id, p.since FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.since > $2 AND `+holdsFrom("$2")+`
		AND EXISTS (SELECT FROM unit m WHERE m.tenant_id = $1 AND m.id = ANY($3) AND starts_with(u.path, m.path)) ORDER BY p.id`, tx.Tenant(), s.today(ctx), moving)
	if err != nil {
		return c, err
	}
	var ids []int64
	var days []time.Time
	at, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (unit.Unit, error) {
		var id int64
		var since time.Time
		u, err := unit.Scan(row, &id, &since)
		ids, days = append(ids, id), append(days, since)
		return u, err
	})
	if err != nil {
		return c, err
	}
	then, err := s.tree.Then(ctx, at, days)
	for i, u := range then {
		if scope.HoldsThen(u) {
			c.seen = append(c.seen, ids[i])
		}
		if f.Unit != nil && unit.Within(u.Path, u.Rebased(f.Unit.Path)) {
			c.below = append(c.below, ids[i])
		}
	}
	return c, err
}
