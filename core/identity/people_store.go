package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/search"
	"mektep/core/unit"
)

// Page sizes of People.
const (
	defaultPage = 50
	maxPage     = 200
	maxWords    = 6
)

// cursor is where a page of people ended. It holds a sort key, from which nobody
// reads a name at a glance, but which is personal data still: it is sealed.
type cursor struct {
	Key string `json:"k"`
	ID  int64  `json:"i"`
}

func (s *Service) cursor(tenant int32, key string, id int64) string {
	plain, _ := json.Marshal(cursor{key, id}) //nolint:errchkjson // two plain fields
	return s.Door.Seal(plain, "people", tenant)
}

func (s *Service) openCursor(tenant int32, text string) (c cursor, err error) {
	box, err := s.Door.Unseal(text, "people", tenant)
	if err == nil {
		err = json.Unmarshal(box, &c)
	}
	if err != nil {
		return c, fault.New(fault.Invalid, "identity.cursor").WithField("after", "identity.cursor", nil)
	}
	return c, nil
}

// question builds SQL with numbered arguments.
type question struct {
	text strings.Builder
	args []any
}

func (q *question) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

// within writes the condition that an appointment p at the unit u lies in the
// scope and fits the filter, today or, of one to come, on its first day.
func (q *question) within(scope gate.Scope, f Filter, c coming, today time.Time) string {
	sql := " AND (true" + scope.SQL("u", &q.args) + q.or(c.seen) + ")"
	if f.Unit != nil {
		b := unit.Below(f.Unit.Path)
		sql += " AND (u.path >= " + q.arg(b.From) + " AND u.path < " + q.arg(b.To) + q.or(c.below) + ")"
	}
	if f.Role != "" {
		t := q.arg(today)
		sql += " AND p.role = " + q.arg(f.Role) + " AND p.since <= " + t + " AND " + lastsFrom(t)
	}
	return sql
}

func (s *Service) listPeople(ctx context.Context, tx *db.Tx, f Filter, scope gate.Scope) ([]PersonRow, string, error) {
	limit := f.Limit
	if limit <= 0 {
		limit = defaultPage
	}
	limit = min(limit, maxPage)
	q := &question{args: []any{tx.Tenant()}}
	q.text.WriteString(`SELECT a.id, a.uid, a.login, a.name, a.family, a.given, a.patronymic, a.email, a.phone, a.language, a.state,
		a.blocked_why, a.blocked_note, a.totp_at, a.signed_in_at, a.created_at, a.version, ` + over(q.arg(s.today(ctx))) + `, a.sort_key FROM account a WHERE a.tenant_id = $1`)
	c, err := s.coming(ctx, tx, scope, f)
	if err != nil {
		return nil, "", err
	}
	s.filter(ctx, q, f, scope, c)
	if f.After != "" {
		last, err := s.openCursor(tx.Tenant(), f.After)
		if err != nil {
			return nil, "", err
		}
		q.text.WriteString(" AND (a.sort_key, a.id) > (" + q.arg(last.Key) + ", " + q.arg(last.ID) + ")")
	}
	q.text.WriteString(" ORDER BY a.sort_key, a.id LIMIT " + q.arg(limit+1))
	rows, err := tx.PGX().Query(ctx, q.text.String(), q.args...)
	if err != nil {
		return nil, "", err
	}
	var keys []string
	people, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (PersonRow, error) {
		var p PersonRow
		var key string
		err := row.Scan(&p.ID, &p.UID, &p.Login, &p.Name, &p.Family, &p.Given, &p.Patronymic, &p.Email, &p.Phone, &p.Language, &p.State,
			&p.BlockedWhy, &p.BlockedNote, &p.SecondSince, &p.SignedInAt, &p.CreatedAt, &p.Version, &p.Over, &key)
		keys = append(keys, key)
		return p, err
	})
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(people) > limit {
		people = people[:limit]
		next = s.cursor(tx.Tenant(), keys[limit-1], people[limit-1].ID)
	}
	return people, next, s.addPosts(ctx, tx, people, scope, c.seen)
}

// filter restricts the question to the accounts of a scope that fit a filter.
func (s *Service) filter(ctx context.Context, q *question, f Filter, scope gate.Scope, c coming) {
	q.scope(ctx, scope, f, c, s.today(ctx))
	if f.State != "" {
		q.text.WriteString(" AND CASE WHEN " + over(q.arg(s.today(ctx))) + " THEN 'blocked' ELSE a.state END = " + q.arg(f.State))
	}
	if search.Signs(f.Words) {
		q.text.WriteString(" AND false")
	}
	for i, w := range locale.Tokens(f.Words) {
		if i == maxWords {
			break
		}
		q.text.WriteString(" AND EXISTS (SELECT FROM account_word w WHERE w.tenant_id = $1 AND w.account_id = a.id AND w.word >= " +
			q.arg(w) + " AND w.word < " + q.arg(w+"\U0010FFFF") + ")")
	}
}

// scope restricts the question to accounts with an appointment that the caller
// may see, and to the caller's own.
func (q *question) scope(ctx context.Context, scope gate.Scope, f Filter, c coming, today time.Time) {
	if scope.All && f.Unit == nil && f.Role == "" {
		return
	}
	held := `EXISTS (SELECT FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = a.id` + q.within(scope, f, c, today) + `)`
	if me := caller.From(ctx); slices.Contains(scope.Relations, "self") && f.Unit == nil && f.Role == "" {
		held = "(" + held + " OR a.id = " + q.arg(me.Account) + ")"
	}
	q.text.WriteString(" AND " + held)
}

// addPosts adds what the people of a page hold, where the caller may see it, and
// all that the caller holds.
func (s *Service) addPosts(ctx context.Context, tx *db.Tx, people []PersonRow, scope gate.Scope, seen []int64) error {
	at := make(map[int64]int, len(people))
	ids := make([]int64, len(people))
	for i, p := range people {
		at[p.ID], ids[i] = i, p.ID
	}
	q := &question{args: []any{tx.Tenant(), ids, s.today(ctx)}}
	q.text.WriteString(`SELECT ` + unit.Columns() + `, p.account_id, p.role, p.since, p.until
		FROM appointment p JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id
		WHERE p.tenant_id = $1 AND p.account_id = ANY($2) AND ` + lastsFrom("$3") + `
		AND (p.account_id = ` + q.arg(caller.From(ctx).Account) + ` OR (true` + scope.SQL("u", &q.args) + q.or(seen) + `)) ORDER BY p.since, p.id`)
	rows, err := tx.PGX().Query(ctx, q.text.String(), q.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var account int64
		var p Post
		var until *time.Time
		if p.Unit, err = unit.Scan(rows, &account, &p.Role, &p.Since, &until); err != nil {
			return err
		}
		p.Until = zeroed(until)
		people[at[account]].Posts = append(people[at[account]].Posts, p)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := s.withholdRows(ctx, tx, people, at, ids, scope); err != nil {
		return err
	}
	return s.addSharing(ctx, tx, people, at, ids)
}

// withholdRows takes away what Person would withhold, of those who hold something
// elsewhere too.
func (s *Service) withholdRows(ctx context.Context, tx *db.Tx, people []PersonRow, at map[int64]int, ids []int64, scope gate.Scope) error {
	if scope.All {
		return nil
	}
	rows, err := tx.PGX().Query(ctx, `SELECT p.account_id, count(*) FROM appointment p WHERE p.tenant_id = $1 AND p.account_id = ANY($2)
		AND `+lastsFrom("$3")+` GROUP BY p.account_id ORDER BY p.account_id`, tx.Tenant(), ids, s.today(ctx))
	if err != nil {
		return err
	}
	type held struct {
		Account int64
		Posts   int
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[held])
	if err != nil {
		return err
	}
	for _, h := range all {
		p := &people[at[h.Account]]
		if h.Posts == len(p.Posts) {
			continue
		}
		if p.Account, err = s.shown(ctx, tx, p.Account); err != nil {
			return err
		}
	}
	return nil
}

// addSharing marks those with signs of sharing, where the caller may see sessions.
func (s *Service) addSharing(ctx context.Context, tx *db.Tx, people []PersonRow, at map[int64]int, ids []int64) error {
	scope, err := s.gate.Scope(ctx, "view", "session")
	if ok, err := yes(err); !ok || err != nil {
		return err
	}
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT account_id FROM sharing_sign WHERE tenant_id = $1 AND account_id = ANY($2) AND at > $3`,
		tx.Tenant(), ids, s.now().Add(-window))
	if err != nil {
		return err
	}
	var account int64
	_, err = pgx.ForEachRow(rows, []any{&account}, func() error {
		p := &people[at[account]]
		p.Shared = scope.All || slices.ContainsFunc(p.Posts, func(o Post) bool { return scope.Holds(o.Unit.Path, o.Unit.Type) })
		return nil
	})
	return err
}

const sharingSQL = "SELECT at FROM sharing_sign WHERE tenant_id = $1 AND account_id = $2 AND at > $3 ORDER BY at DESC LIMIT 20"

// sharing returns when there were signs of sharing lately, latest first.
func sharing(ctx context.Context, tx *db.Tx, account int64, now time.Time) ([]time.Time, error) {
	rows, err := tx.PGX().Query(ctx, sharingSQL, tx.Tenant(), account, now.Add(-window))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[time.Time])
}

func openInvitation(ctx context.Context, tx *db.Tx, a Account, now time.Time) (*Invitation, error) {
	if a.State != Invited {
		return nil, nil
	}
	var i Invitation
	err := tx.PGX().QueryRow(ctx, `SELECT uid, created_at, expires_at FROM account_key WHERE tenant_id = $1 AND account_id = $2
		AND purpose = 'invite' AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3 ORDER BY id DESC LIMIT 1`, tx.Tenant(), a.ID, now).
		Scan(&i.UID, &i.SentAt, &i.Expires)
	if db.NoRows(err) {
		return nil, nil
	}
	return &i, err
}

// directlyAbove finds who may give a post's role there.
func (s *Service) directlyAbove(ctx context.Context, tx *db.Tx, m gate.Ministry, p post, except int64) ([]Superior, error) {
	r, at := m.Profile.Role(p.role), p.lies()
	if r == nil {
		return nil, nil
	}
	var out []Superior
	for _, g := range r.GrantedBy {
		if len(g.Institutions) > 0 && !slices.Contains(g.Institutions, groupOf(m.Profile, at)) {
			continue
		}
		q := &question{args: []any{tx.Tenant(), g.Role, s.today(ctx), except}}
		where := ""
		switch g.Within {
		case "tenant":
		case "unit":
			where = " AND u.id = " + q.arg(at.ID)
		case "overseen":
			t := m.Profile.Type(at.Type)
			if t == nil {
				continue
			}
			where = " AND u.level = 'directorate' AND u.code = " + q.arg(t.Overseer)
		default:
			where = " AND u.id = ANY(" + q.arg(unit.IDs(at.Path)) + ")"
		}
		rows, err := tx.PGX().Query(ctx, `SELECT `+unit.Columns()+`, a.name, a.id FROM appointment p
			JOIN unit u ON u.tenant_id = p.tenant_id AND u.id = p.unit_id JOIN account a ON a.tenant_id = p.tenant_id AND a.id = p.account_id
			WHERE p.tenant_id = $1 AND p.role = $2 AND `+givesOn("$3")+` AND a.state = 'active' AND a.id <> $4`+
			where+` ORDER BY u.path DESC, a.sort_key LIMIT 10`, q.args...)
		if err != nil {
			return nil, err
		}
		found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Superior, error) {
			sup := Superior{Role: g.Role}
			var err error
			sup.Unit, err = unit.Scan(row, &sup.Name, &sup.account)
			return sup, err
		})
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

// Recipients finds the addresses of accounts, for notify.Config.
func Recipients(ctx context.Context, tx *db.Tx, ids []int64) ([]notify.Recipient, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT id, email, language, name, '/people/' || uid FROM account
		WHERE tenant_id = $1 AND id = ANY($2) AND state <> 'blocked' ORDER BY id`, tx.Tenant(), ids)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[notify.Recipient])
}
