package record

import (
	"context"
	"slices"
	"strconv"
	"strings"

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

// Counts returns how many records of q there are by something, the largest
// first: numbers, for those who may see numbers (KG-ER-6a), whether or not they
// may see what is counted.
//
// Faults: Invalid for what cannot be counted by; the gate's.
func (rs *Records) Counts(ctx context.Context, by By, q Query) ([]Tally, error) {
	sel, err := rs.Select(ctx, "aggregate", q)
	if err != nil {
		return nil, rs.gate.Refused(ctx, err)
	}
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	var f *profile.Field
	switch by {
	case ByType, ByRegion, ByDistrict:
	default:
		if f = rs.Of(m.Profile).Field(string(by)); f == nil || !f.Filter || f.Type.Kind.Index() != profile.ByWords {
			return nil, fault.New(fault.Invalid, "record.bad_filter").WithField("by", "record.bad_filter", nil)
		}
		if err := rs.mayCount(ctx, f); err != nil {
			return nil, rs.gate.Refused(ctx, err)
		}
		sel.valued = true
	}
	read := func(ctx context.Context) ([]Tally, error) {
		if f != nil {
			return rs.tally(ctx, rs.tallies(sel, "coalesce(v.text_value, '')",
				"LEFT JOIN "+rs.values()+" v ON v.tenant_id = $1 AND v.field = ? AND v.id = u.id", f.ID))
		}
		if by == ByType {
			return rs.tally(ctx, rs.tallies(sel, "u.type", ""))
		}
		return rs.byPlace(ctx, by, sel)
	}
	if sel.key == "" {
		return read(ctx)
	}
	return rs.lengths(sel).tallies.Get(ctx, string(by)+" "+sel.key, read)
}

// tallies is the question how many units of the selection there are of each value.
func (rs *Records) tallies(sel Selection, value, join string, args ...any) conditions {
	c := conditions{args: slices.Clip(sel.args)}
	c.sql.WriteString("SELECT " + value + ", count(*) FROM " + rs.reg.heads() + " u ")
	c.add(join, args...)
	c.sql.WriteString(" WHERE " + rs.condition(sel) + " GROUP BY 1 ORDER BY 2 DESC, 1")
	return c
}

func (rs *Records) tally(ctx context.Context, c conditions) ([]Tally, error) {
	var tallies []Tally
	b := &pgx.Batch{}
	b.Queue(c.sql.String(), c.args...).Query(func(rows pgx.Rows) error {
		var err error
		tallies, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (t Tally, err error) { return t, r.Scan(&t.Value, &t.Count) })
		return err
	})
	return tallies, rs.db.Read(ctx, b)
}

// byPlace counts by the nearest region or district above: in SQL by what each lies
// directly in, and from there as the remembered territory goes.
func (rs *Records) byPlace(ctx context.Context, by By, sel Selection) ([]Tally, error) {
	direct, err := rs.tally(ctx, rs.tallies(sel, "coalesce(u.parent_id, 0)::text", ""))
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(direct))
	for i, t := range direct {
		if ids[i], err = strconv.ParseInt(t.Value, 10, 64); err != nil {
			return nil, err
		}
	}
	at, err := rs.above(ctx, ids)
	if err != nil {
		return nil, err
	}
	sums := map[*Place]int{}
	for i, t := range direct {
		place := at[ids[i]].region
		if by == ByDistrict {
			place = at[ids[i]].district
		}
		sums[place] += t.Count
	}
	out := make([]Tally, 0, len(sums))
	for place, n := range sums {
		t := Tally{Place: place, Count: n}
		if place != nil {
			t.Value = place.UID
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Tally) int {
		switch {
		case a.Count != b.Count:
			return b.Count - a.Count
		case a.Place == nil || b.Place == nil:
			return strings.Compare(a.Value, b.Value)
		}
		return strings.Compare(a.Place.sort, b.Place.sort)
	})
	return out, nil
}

// mayCount refuses counts by a field whose group the caller may neither count nor see.
func (rs *Records) mayCount(ctx context.Context, f *profile.Field) error {
	if _, err := rs.gate.Scope(ctx, "view", f.Group().Object()); err == nil {
		return nil
	}
	_, err := rs.gate.Scope(ctx, "aggregate", f.Group().Object())
	return err
}
