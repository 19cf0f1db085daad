package identity

import (
	"context"
	"time"

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
		if r != nil && len(r.GrantedBy) > 0 && !superior(p, a, r, over.unit) {
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

// carryStop lets a decision about a post that has ended since stand over the one that is given
// in its place: whoever may not lift it gives the new one stopped.
func (s *Service) carryStop(ctx context.Context, tx *db.Tx, m gate.Ministry, a Account, to post) error {
	var old post
	err := tx.PGX().QueryRow(ctx, `UPDATE appointment p SET stopped_at = NULL, stopped_by = NULL, stopped_note = '', stopped_level = '' FROM (
			SELECT id, stopped_note, stopped_level, stopped_by FROM appointment
			WHERE tenant_id = $1 AND account_id = $2 AND unit_id = $3 AND id <> $4 AND until <= $5 AND stopped_at IS NOT NULL ORDER BY stopped_at DESC LIMIT 1) o
		WHERE p.tenant_id = $1 AND p.id = o.id RETURNING o.stopped_note, o.stopped_level, coalesce(o.stopped_by, 0)`,
		tx.Tenant(), a.ID, to.unit.ID, to.id, s.today(ctx)).Scan(&old.note, &old.level, &old.by)
	if err != nil {
		if db.NoRows(err) {
			err = nil
		}
		return err
	}
	refused := s.fromBelow(ctx, m, a, to, old.level, old.by)
	if _, failed := yes(refused); failed != nil || refused == nil {
		return failed
	}
	if _, err := tx.PGX().Exec(ctx, `UPDATE appointment SET stopped_at = $3, stopped_by = NULLIF($4, 0), stopped_note = $5, stopped_level = $6 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), to.id, s.now(), old.by, old.note, old.level); err != nil {
		return err
	}
	return s.recordStop(ctx, tx, a, to, "block", audit.Change{Field: "blocked_note", New: old.note})
}

// fromBelow refuses to lift what was decided about a post, or its holder, at a level above all
// from which the caller stands over it.
func (s *Service) fromBelow(ctx context.Context, m gate.Ministry, a Account, p post, level string, by int64) error {
	c := caller.From(ctx)
	mine := levelOver(m.Profile, c, p)
	if level == "" || by != 0 && by == c.Account || mine != "" && !m.Profile.Above(level, mine) {
		return nil
	}
	t := gate.Target{Object: "account", UID: a.UID, Path: p.unit.Path, Type: p.unit.Type, Level: p.unit.Level}
	r := m.Profile.Role(p.role)
	f := fault.New(fault.Denied, "identity.decided_above").WithCheck("delegation").With("Level", levelName(m.Profile, level)).
		With("action", "unblock").With("object", t.Object).With("uid", t.UID).With("path", t.Path)
	t.Whom = func(x caller.Assignment) bool {
		return !m.Profile.Above(level, x.UnitLevel) && (r == nil || len(r.GrantedBy) == 0 || superior(m.Profile, x, r, p.unit))
	}
	if r != nil {
		f = gate.Cite(f, m.Profile, s.lacking(m, c, r, p.unit), t.Object, "unblock")
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
	return s.tell(ctx, tx, notice{to: []int64{by}, key: key, url: "/people/" + a.UID, args: fault.Args{"Name": a.FullName(), "Who": c.Name, "At": s.local(ctx, s.now())}})
}
