package registry

import (
	"context"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"mektep/core/fault"
	"mektep/core/profile"
)

// By is what Counts counts by. A filterable field of words counts too, by its id.
type By string

// What every ministry can count by.
const (
	ByType     By = "type"
	ByRegion   By = "region"
	ByDistrict By = "district"
)

// Tally is one number.
type Tally struct {
	Value string // id of a type, code of a field's entry; public id of a unit; empty: none
	Place *Place // of a region or district
	Count int
}

// Counts returns how many institutions of q there are by something, the largest
// first: numbers, for those who may see numbers (KG-ER-6a), whether or not they
// may see what is counted.
//
// Faults: Invalid for what cannot be counted by; the gate's.
func (s *Service) Counts(ctx context.Context, by By, q Query) ([]Tally, error) {
	sel, err := s.selection(ctx, "aggregate", q)
	if err != nil {
		return nil, s.gate.Refused(ctx, err)
	}
	m, err := s.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	sql, args := "", slices.Clip(sel.args)
	const from = " FROM unit u "
	where := " WHERE " + sel.condition()
	switch by {
	case ByType:
		sql = "SELECT u.type, NULL::jsonb, count(*)" + from + where + " GROUP BY 1 ORDER BY 3 DESC, 1"
	case ByRegion, ByDistrict:
		// The nearest unit of the level above: districts may lie in one another, so
		// up to three steps, from each parent once.
		args = append(args, string(by))
		sql = `SELECT coalesce(a.uid, ''), a.name, c.n FROM (
			SELECT CASE $` + strconv.Itoa(len(args)) + ` WHEN p.level THEN p.id WHEN g.level THEN g.id WHEN h.level THEN h.id END AS id, sum(u.n)::bigint AS n
			FROM (SELECT u.parent_id, count(*) AS n` + from + where + ` GROUP BY 1) u` + itemPlaces + ` GROUP BY 1) c
			LEFT JOIN unit a ON a.tenant_id = $1 AND a.id = c.id ORDER BY c.n DESC, a.sort_key`
	default:
		f := m.Profile.Register(Institutions).Field(string(by))
		if f == nil || !f.Filter || kept(f) != inWords {
			return nil, fault.New(fault.Invalid, "institution.bad_filter").WithField("by", "institution.bad_filter", nil)
		}
		if err := s.mayCount(ctx, f); err != nil {
			return nil, s.gate.Refused(ctx, err)
		}
		args = append(args, f.ID)
		sql = "SELECT coalesce(v.text_value, ''), NULL::jsonb, count(*)" + from +
			"LEFT JOIN LATERAL (SELECT v.text_value FROM institution_value v WHERE v.tenant_id = $1 AND v.unit_id = u.id AND v.field || '' = $" + strconv.Itoa(len(args)) + " OFFSET 0) v ON true" + where + " GROUP BY 1 ORDER BY 3 DESC, 1"
	}
	var tallies []Tally
	b := &pgx.Batch{}
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var t Tally
			var name map[string]string
			if err := rows.Scan(&t.Value, &name, &t.Count); err != nil {
				return err
			}
			if name != nil {
				t.Place = &Place{UID: t.Value, Name: name}
			}
			tallies = append(tallies, t)
		}
		return rows.Err()
	})
	return tallies, s.db.Read(ctx, b)
}

// mayCount refuses counts by a field whose group the caller may neither count nor see.
func (s *Service) mayCount(ctx context.Context, f *profile.Field) error {
	if _, err := s.gate.Scope(ctx, "view", f.Group().Object()); err == nil {
		return nil
	}
	_, err := s.gate.Scope(ctx, "aggregate", f.Group().Object())
	return err
}
