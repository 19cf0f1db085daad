package identity

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// Whom the ministry keeps out, a school does not let in again (KG-ER-6c): a decision is lifted
// by who made it, or from no lower than it was made; not by opening the account, nor by taking
// up the post, nor by ending that and giving another in its place: the new one is stopped, too.

// levelOver is the highest level from which somebody stands over a post; the platform's own
// decisions are the ministry's.
func levelOver(p *profile.Profile, c *caller.Caller, over post) string {
	if !c.SignedIn() {
		return p.Levels[0].ID
	}
	r, level := p.Role(over.role), ""
	for _, a := range c.Assignments {
		if r != nil && len(r.GrantedBy) > 0 && !superior(p, over.rebased(a), r, over.lies()) {
			continue
		}
		if level == "" || p.Above(a.UnitLevel, level) {
			level = a.UnitLevel
		}
	}
	return level
}

// decidesFrom is the highest level from which the caller stands over somebody's posts.
func (s *Service) decidesFrom(ctx context.Context, tx *db.Tx, a Account) (string, error) {
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return "", err
	}
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return "", err
	}
	highest := ""
	for _, p := range posts {
		if l := levelOver(m.Profile, caller.From(ctx), p); l != "" && (highest == "" || m.Profile.Above(l, highest)) {
			highest = l
		}
	}
	return highest, nil
}

// liftable parts the stopped posts that the caller may have taken up again from those that
// were stopped from above, with why not. err is no refusal: then nothing is known of any.
func (s *Service) liftable(ctx context.Context, m gate.Ministry, a Account, stopped []post) (posts []post, kept, err error) {
	for _, p := range stopped {
		refused := s.fromBelow(ctx, m, a, p, p.level, p.by)
		may, err := yes(refused)
		switch {
		case err != nil:
			return nil, nil, err
		case may:
			posts = append(posts, p)
		default:
			kept = refused
		}
	}
	return posts, kept, nil
}

// keptFromAbove refuses to open an account that was blocked from above all from which the
// caller stands over its posts.
func (s *Service) keptFromAbove(ctx context.Context, tx *db.Tx, a Account) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil || a.BlockedLevel == "" {
		return err
	}
	posts, err := s.posts(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	var kept error
	for _, p := range posts {
		refused := s.fromBelow(ctx, m, a, p, a.BlockedLevel, a.BlockedBy)
		if may, err := yes(refused); err != nil || may {
			return err
		}
		kept = refused
	}
	return kept
}

// carryStop lets what stands of decisions about somebody stand over a post that is given to them
// where one of theirs is stopped, there or above: beside it, or in its place once it ends. Whoever
// may not lift it gives the new one stopped. What was decided about a post that has ended goes over
// to the new one, or is lifted with it.
func (s *Service) carryStop(ctx context.Context, tx *db.Tx, m gate.Ministry, a Account, to post) error {
	stops, err := s.stopsOver(ctx, tx, a, to)
	if err != nil {
		return err
	}
	var stands *post
	for i := range stops {
		if as(m.Profile, stops[i].role) != as(m.Profile, to.role) {
			continue // an inquiry into somebody's work keeps no parent from their child's data
		}
		may, err := yes(s.fromBelow(ctx, m, a, to, stops[i].level, stops[i].by))
		switch {
		case err != nil:
			return err
		case !may && (stands == nil || m.Profile.Above(stops[i].level, stands.level)):
			stands = &stops[i]
		}
	}
	if err := s.forgetStops(ctx, tx, a, "unit_id = $4 AND id <> $5 AND role <> ALL($6)", to.unit.ID, to.id, otherwise(m.Profile, to.role)); err != nil || stands == nil {
		return err
	}
	if _, err := tx.PGX().Exec(ctx, `UPDATE appointment SET stopped_at = $3, stopped_by = NULLIF($4, 0), stopped_note = $5, stopped_level = $6 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), to.id, s.now(), stands.by, stands.note, stands.level); err != nil {
		return err
	}
	return s.recordStop(ctx, tx, a, to, "block", audit.Change{Field: "blocked_note", New: stands.note})
}

const atWork = "work"

// as is as whom somebody holds a role: at work, or as what they are besides.
func as(p *profile.Profile, role string) string {
	if r := p.Role(role); r != nil && (r.Person == "guardian" || r.Person == "learner") {
		return r.Person
	}
	return atWork
}

// otherwise are the roles that somebody holds as something else than they hold this one as.
func otherwise(p *profile.Profile, role string) []string {
	out := []string{}
	for i := range p.Roles {
		if as(p, p.Roles[i].ID) != as(p, role) {
			out = append(out, p.Roles[i].ID)
		}
	}
	return out
}

// stopsOver are the decisions by which posts of an account are stopped at the unit of another of
// its posts, or at one above.
func (s *Service) stopsOver(ctx context.Context, tx *db.Tx, a Account, to post) ([]post, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT p.role, p.stopped_note, p.stopped_level, coalesce(p.stopped_by, 0) FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = $2 AND p.id <> $3 AND p.stopped_at IS NOT NULL AND starts_with($4, u.path) ORDER BY p.stopped_at DESC, p.id`, tx.Tenant(), a.ID, to.id, to.unit.Path)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p post, err error) {
		err = row.Scan(&p.role, &p.note, &p.level, &p.by)
		return p, err
	})
}

// forgetStops takes what was decided off posts that have ended.
func (s *Service) forgetStops(ctx context.Context, tx *db.Tx, a Account, which string, args ...any) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE appointment p SET stopped_at = NULL, stopped_by = NULL, stopped_note = '', stopped_level = ''
		WHERE tenant_id = $1 AND account_id = $2 AND NOT `+holdsFrom("$3")+` AND stopped_at IS NOT NULL AND `+which, append([]any{tx.Tenant(), a.ID, s.today(ctx)}, args...)...)
	return err
}

// fromBelow refuses to lift what was decided about a post, or its holder, at a level above all
// from which the caller stands over it.
func (s *Service) fromBelow(ctx context.Context, m gate.Ministry, a Account, p post, level string, by int64) error {
	c := caller.From(ctx)
	mine := levelOver(m.Profile, c, p)
	if level == "" || by != 0 && by == c.Account || mine != "" && !m.Profile.Above(level, mine) {
		return nil
	}
	u := p.lies()
	t := gate.Target{Object: "account", UID: a.UID, Path: u.Path, Type: u.Type, Level: u.Level}
	r := m.Profile.Role(p.role)
	f := fault.New(fault.Denied, "identity.decided_above").WithCheck("delegation").With("Level", levelName(m.Profile, level)).
		With("action", "unblock").With("object", t.Object).With("uid", t.UID).With("path", t.Path)
	t.Whom = func(x caller.Assignment) bool {
		return !m.Profile.Above(level, x.UnitLevel) && (r == nil || len(r.GrantedBy) == 0 || superior(m.Profile, p.rebased(x), r, u))
	}
	if r != nil {
		f = gate.Cite(f, m.Profile, s.lacking(m, c, r, u), t.Object, "unblock")
	}
	return s.givenBy(ctx, f, "unblock", t)
}

// mayReplace reports whether a decision made at a level is replaced by one of another. One at the
// same level or above stands: whoever decided again, from below, could lift it then. Of what was
// decided before levels were kept nobody knows.
func mayReplace(p *profile.Profile, stands, by string) bool {
	return stands == "" || by != "" && p.Above(by, stands)
}

// replaces refuses to block an account from a level, where it is blocked by a decision that stands.
func (s *Service) replaces(ctx context.Context, tx *db.Tx, a Account, level string) error {
	m, err := s.gate.Ministry(ctx)
	if err != nil || a.State != Blocked || a.BlockedWhy != ByDecision || mayReplace(m.Profile, a.BlockedLevel, level) {
		return err
	}
	var at time.Time
	if err := tx.PGX().QueryRow(ctx, `SELECT coalesce(blocked_at, created_at) FROM account WHERE tenant_id = $1 AND id = $2`, tx.Tenant(), a.ID).Scan(&at); err != nil {
		return err
	}
	return fault.New(fault.Conflict, "identity.blocked_already").With("Level", levelName(m.Profile, a.BlockedLevel)).With("At", s.local(ctx, at))
}

// tellReplaced tells whoever kept somebody out that this is decided from above now.
func (s *Service) tellReplaced(ctx context.Context, tx *db.Tx, a Account, by int64) error {
	return s.tellDecider(ctx, tx, a, by, "identity.notice.replaced")
}

func orNone(note string) any {
	if note == "" {
		return nil
	}
	return note
}

func levelName(p *profile.Profile, id string) any {
	if l := p.Level(id); l != nil {
		return fault.Text(l.Name)
	}
	return id
}

// tellLifted tells whoever kept somebody out that another lets them in again.
func (s *Service) tellLifted(ctx context.Context, tx *db.Tx, a Account, by int64) error {
	return s.tellDecider(ctx, tx, a, by, "identity.notice.lifted")
}

func (s *Service) tellDecider(ctx context.Context, tx *db.Tx, a Account, by int64, key string) error {
	c := caller.From(ctx)
	if by == 0 || by == c.Account {
		return nil
	}
	return s.tell(ctx, tx, notice{to: []int64{by}, key: key, url: "/people/" + a.UID, args: fault.Args{"Name": a.Name, "Who": c.Name, "At": s.local(ctx, s.now())}})
}
