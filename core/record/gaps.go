package record

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// noCode stands among a record's gaps for its code.
const noCode = "."

// gaps are the groups in which something is missing that must stand in a record, as the
// table keeps them: a space around each.
func (rs *Records) gaps(p *profile.Profile, h Head, level string, fields map[string]any, on time.Time) string {
	c := rs.lacks(p, h, level, fields, on, func(string) bool { return true })
	var names []string
	if c.NoCode {
		names = append(names, noCode)
	}
	for _, f := range c.Missing {
		if id := f.Group().ID; !slices.Contains(names, id) {
			names = append(names, id)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return " " + strings.Join(names, " ") + " "
}

// gappy adds the condition that something is missing in a record which the caller may see
// there, within a scope.
func (rs *Records) gappy(ctx context.Context, p *profile.Profile, c *conditions, sel *Selection, scope gate.Scope) error {
	scopes, err := rs.groupScopes(ctx)
	if err != nil {
		return err
	}
	sel.valued, sel.all = true, scope.All && !slices.ContainsFunc(scopes, func(s groupScope) bool { return !s.seen.All })
	lacks := []string{}
	if rs.reg.Code != "" && p.Identifier(rs.reg.Code) != nil { // whoever sees a record sees its code
		c.args = append(c.args, " "+noCode+" ")
		lacks = append(lacks, "strpos(g.gaps, "+c.last()+") > 0")
	}
	for _, s := range scopes {
		c.args = append(c.args, " "+s.ID+" ")
		lacks = append(lacks, "strpos(g.gaps, "+c.last()+") > 0"+rs.scoped(ctx, s.seen, &c.args))
	}
	if len(lacks) == 0 {
		c.sql.WriteString(" AND false")
		return nil
	}
	if !sel.rare {
		few, err := rs.fewGaps(ctx)
		if err != nil {
			return err
		}
		if sel.rare = few; few {
			c.sql.WriteString(" AND u.id = ANY (ARRAY(SELECT g.id FROM " + rs.reg.ID + " g WHERE g.tenant_id = $1 AND g.gaps <> ''))")
		}
	}
	c.sql.WriteString(" AND (SELECT true FROM " + rs.reg.ID + " g WHERE g.tenant_id = $1 AND g.id = u.id AND (" + strings.Join(lacks, " OR ") + ") LIMIT 1)")
	return nil
}

// fewGaps reports whether a list of what lacks something starts from those records. It is
// remembered: home asks each time, and it only says how to look.
func (rs *Records) fewGaps(ctx context.Context) (bool, error) {
	const key = "gaps"
	n, known := rs.ofGaps.totals.Peek(ctx, key)
	if known {
		return n.n <= rareValues, nil
	}
	b, asked := &pgx.Batch{}, rs.ofGaps.totals.Asked(ctx)
	b.Queue("SELECT count(*) FROM (SELECT 1 FROM "+rs.reg.ID+" WHERE tenant_id = $1 AND gaps <> '' LIMIT $2) g", db.TenantOf(ctx), rareValues+1).
		QueryRow(func(r pgx.Row) error { return r.Scan(&n.n) })
	if err := rs.db.Read(ctx, b); err != nil {
		return false, err
	}
	rs.ofGaps.totals.Put(ctx, asked, key, n)
	return n.n <= rareValues, nil
}

// Incomplete returns in how many of the records that the caller may view something is
// missing that they may see there, and how many those are (KG-ER-7c).
//
// Faults: the gate's, when the caller may view no record at all.
func (rs *Records) Incomplete(ctx context.Context) (incomplete, of int, err error) {
	for _, ask := range []struct {
		q    Query
		into *int
	}{{Query{Gaps: true}, &incomplete}, {Query{}, &of}} {
		sel, err := rs.Select(ctx, "view", ask.q)
		if err != nil {
			return 0, 0, rs.gate.Refused(ctx, err)
		}
		var n total
		if !rs.remembered(ctx, sel, &n) {
			b := &pgx.Batch{}
			rs.count(ctx, sel, b, &n)
			if err := rs.db.Read(ctx, b); err != nil {
				return 0, 0, err
			}
		}
		*ask.into = n.n
	}
	return incomplete, of, nil
}

// reckonedAtOnce is how many records are held at a time while their gaps are reckoned.
const reckonedAtOnce = 500

// Reckon finds out anew what every record lacks, when it was last done for another profile
// or on another day: what must stand in a record may have changed, though nobody saved it.
func (rs *Records) Reckon(ctx context.Context) error {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	now := m.Profile.Hash + " " + rs.tree.Today(ctx).Format(time.DateOnly)
	was, err := rs.reckoned(ctx)
	if err != nil || was == now || rs.Of(m.Profile) == nil {
		return err
	}
	for last, more := int64(0), true; more; {
		err := rs.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			ids, err := rs.idsAfter(ctx, tx, last)
			if err != nil {
				return err
			}
			if more = len(ids) > 0; more {
				last = ids[len(ids)-1]
			}
			return rs.reckon(ctx, tx, m.Profile, ids)
		})
		if err != nil {
			return err
		}
	}
	return rs.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.PGX().Exec(ctx, `INSERT INTO register_reckoned (tenant_id, register, reckoned) VALUES ($1, $2, $3)
			ON CONFLICT (tenant_id, register) DO UPDATE SET reckoned = excluded.reckoned`, tx.Tenant(), rs.reg.ID, now)
		return err
	})
}

// reckoned says for which profile and day it was done last.
func (rs *Records) reckoned(ctx context.Context) (was string, err error) {
	b := &pgx.Batch{}
	b.Queue("SELECT reckoned FROM register_reckoned WHERE tenant_id = $1 AND register = $2", db.TenantOf(ctx), rs.reg.ID).
		QueryRow(func(r pgx.Row) error { return r.Scan(&was) })
	if err := rs.db.Read(ctx, b); err != nil && !db.NoRows(err) {
		return "", err
	}
	return was, nil
}

func (rs *Records) idsAfter(ctx context.Context, tx *db.Tx, last int64) ([]int64, error) {
	rows, err := tx.PGX().Query(ctx, "SELECT id FROM "+rs.reg.ID+" WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3", tx.Tenant(), last, reckonedAtOnce)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// reckon writes down what records lack, those of which it is something else than before.
func (rs *Records) reckon(ctx context.Context, tx *db.Tx, p *profile.Profile, ids []int64) error {
	records, err := rs.ByIDs(ctx, ids, true)
	if err != nil {
		return err
	}
	on := rs.tree.Today(ctx)
	ids, all := make([]int64, 0, len(records)), make([]string, 0, len(records))
	for id, r := range records {
		level, err := rs.levelAbove(ctx, r.Head)
		if err != nil {
			return err
		}
		ids, all = append(ids, id), append(all, rs.gaps(p, r.Head, level, r.Fields, on))
	}
	tag, err := tx.PGX().Exec(ctx, "UPDATE "+rs.reg.ID+" r SET gaps = n.gaps FROM unnest($2::bigint[], $3::text[]) AS n(id, gaps) WHERE r.tenant_id = $1 AND r.id = n.id AND r.gaps <> n.gaps", tx.Tenant(), ids, all)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return rs.db.Notify(ctx, rs.valued, "")
}

// retyped reckons what the records of a unit lack that became something else.
func (rs *Records) retyped(ctx context.Context, tx *db.Tx, id int64, _ string) error {
	return rs.reckonOf(ctx, tx, id)
}

// moved reckons what the records of a unit lack that lies in another place now.
func (rs *Records) moved(ctx context.Context, tx *db.Tx, _, to string) error {
	ids := unit.IDs(to)
	if len(ids) == 0 {
		return nil
	}
	return rs.reckonOf(ctx, tx, ids[len(ids)-1])
}

// reckonOf reckons what the records of a unit lack, or the unit where it is one.
func (rs *Records) reckonOf(ctx context.Context, tx *db.Tx, id int64) error {
	m, err := rs.gate.Ministry(ctx)
	if err != nil || rs.Of(m.Profile) == nil {
		return err
	}
	of := "parent_id"
	if rs.reg.Heads != "" {
		of = "id"
	}
	rows, err := tx.PGX().Query(ctx, "SELECT u.id FROM "+rs.reg.heads()+" u WHERE u.tenant_id = $1 AND u."+of+" = $2"+strings.ReplaceAll(rs.reg.Standing, "#", ""), tx.Tenant(), id)
	if err != nil {
		return err
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil || len(ids) == 0 {
		return err
	}
	return rs.reckon(ctx, tx, m.Profile, ids)
}

// levelAbove is the level of the unit that a record lies in.
func (rs *Records) levelAbove(ctx context.Context, h Head) (string, error) {
	if h.ParentID == nil {
		return "", nil
	}
	found, err := rs.tree.ByIDs(ctx, []int64{*h.ParentID})
	if err != nil {
		return "", err
	}
	u, there := found[*h.ParentID]
	if !there {
		return "", fault.New(fault.NotFound, "unit.not_found")
	}
	return u.Level, nil
}
