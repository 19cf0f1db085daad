package record

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/search"
	"mektep/core/unit"
)

// Selection is a query understood: conditions on a record of the table u, with their
// arguments, of which the first is the ministry.
type Selection struct {
	where  string
	args   []any
	words  search.Words
	rare   bool   // where starts from ids of few records
	valued bool   // it asks for values of fields, which change more often than the register's numbers
	all    bool   // it asks all records of the ministry for what they lack
	key    string // names the selection within the ministry; empty: not worth remembering
}

// Select turns q into conditions, within what the caller may do by action.
func (rs *Records) Select(ctx context.Context, action string, q Query) (Selection, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return Selection{}, err
	}
	scope, err := rs.gate.Scope(ctx, action, rs.reg.ID)
	if err != nil {
		return Selection{}, err
	}
	c := conditions{args: []any{db.TenantOf(ctx)}, today: rs.tree.Today(ctx)}
	c.state(q)
	if err := rs.under(ctx, &c, q.Under); err != nil {
		return Selection{}, err
	}
	c.types(m.Profile, q)
	sel := Selection{}
	if q.Words != "" {
		if sel.words, err = rs.finder.Understand(ctx, q.Words); err != nil {
			return sel, err
		}
		c.sql.WriteString(sel.words.SQL("u", &c.args))
		titles, err := rs.titles(ctx, m.Profile)
		if err != nil {
			return sel, err
		}
		for _, sc := range titles {
			c.sql.WriteString(rs.scoped(ctx, sc, &c.args))
		}
	}
	sel.rare = sel.words.Rare()
	sel.valued = len(q.Filter) > 0
	scopes, err := rs.filters(ctx, m.Profile, &c, q.Filter, &sel.rare)
	if err != nil {
		return sel, err
	}
	if q.Gaps {
		if err := rs.gappy(ctx, m.Profile, &c, &sel, scope); err != nil {
			return sel, err
		}
	}
	for _, sc := range append(scopes, scope) {
		c.sql.WriteString(rs.scoped(ctx, sc, &c.args))
	}
	if q.Words == "" {
		sel.key = c.key()
	}
	sel.where, sel.args = c.sql.String(), c.args
	return sel, nil
}

// filters adds the conditions on fields and returns where their groups may be seen.
// Unless started says that the query starts from something rare already, it starts
// from the rarest filter, if one is.
func (rs *Records) filters(ctx context.Context, p *profile.Profile, c *conditions, filters []Filter, started *bool) ([]gate.Scope, error) {
	var scopes []gate.Scope
	var conds []valueCondition
	for _, f := range filters {
		field := rs.Of(p).Field(f.Field)
		if field == nil || !field.Filter {
			return nil, badFilter(f.Field)
		}
		seen, err := rs.gate.Scope(ctx, "view", field.Group().Object())
		if err != nil {
			return nil, err
		}
		scopes = append(scopes, seen)
		v, err := valuesOf(field, f)
		if err != nil {
			return nil, err
		}
		if v.sql != "" {
			conds = append(conds, v)
		}
	}
	start := -1
	if !*started {
		var err error
		if start, err = rs.rarest(ctx, conds); err != nil {
			return nil, err
		}
		*started = start >= 0
	}
	for k, v := range conds {
		if k == start {
			c.add(" AND u.id = ANY (ARRAY(SELECT v.id FROM "+rs.values()+" v WHERE v.tenant_id = $1"+v.sql+"))", v.args...)
		} else {
			c.add(rs.has(v), v.args...)
		}
	}
	return scopes, nil
}

func (rs *Records) under(ctx context.Context, c *conditions, uid string) error {
	if uid == "" {
		return nil
	}
	u, err := rs.tree.Get(ctx, uid)
	if err != nil {
		return err
	}
	b := unit.Below(u.Path)
	c.add(" AND u.path >= ? AND u.path < ?", b.From, b.To)
	return nil
}

func badFilter(field string) error {
	return fault.New(fault.Invalid, "record.bad_filter").WithField(field, "record.bad_filter", nil)
}

// last is the parameter of the argument added last.
func (c *conditions) last() string { return "$" + strconv.Itoa(len(c.args)) }

// conditions collects a WHERE clause; every ? becomes the next parameter.
type conditions struct {
	sql   strings.Builder
	args  []any
	today time.Time
}

func (c *conditions) add(sql string, args ...any) {
	for _, a := range args {
		c.args = append(c.args, a)
		sql = strings.Replace(sql, "?", "$"+strconv.Itoa(len(c.args)), 1)
	}
	c.sql.WriteString(sql)
}

func (c *conditions) state(q Query) {
	on := q.On
	if on.IsZero() {
		on = c.today
	}
	switch q.State {
	case All:
	case Closed:
		c.add(" AND u.until <= ?", on)
	default:
		c.add(" AND u.since <= ? AND (u.until IS NULL OR u.until > ?)", on, on)
	}
}

func (c *conditions) types(p *profile.Profile, q Query) {
	if q.Group != "" {
		ids := []string{}
		for i := range p.Types {
			if p.Types[i].Group == q.Group {
				ids = append(ids, p.Types[i].ID)
			}
		}
		c.add(" AND u.type = ANY(?)", ids)
	}
	if len(q.Types) > 0 {
		types := slices.Clone(q.Types)
		slices.Sort(types)
		c.add(" AND u.type = ANY(?)", slices.Compact(types))
	}
}

// valueCondition is a condition on the side table v, which finds the records that have a
// value; every ? becomes a parameter.
type valueCondition struct {
	sql    string
	args   []any
	number bool // it asks from where to where a number lies
}

// has is the condition that a record of the table u meets v. A value that is known is
// looked up by its whole key; for a number between two others the record says which it has.
func (rs *Records) has(v valueCondition) string {
	if v.number {
		return " AND number_of(" + rs.ownFields() + " -> ?::text) BETWEEN ? AND ?"
	}
	return " AND (SELECT true FROM " + rs.values() + " v WHERE v.tenant_id = $1" + v.sql + " AND v.id = u.id LIMIT 1)"
}

// ownFields are the fields of a record of the table u.
func (rs *Records) ownFields() string {
	if rs.reg.Heads == "" {
		return "u.fields"
	}
	return "(SELECT i.fields FROM " + rs.reg.ID + " i WHERE i.tenant_id = $1 AND i.id = u.id)"
}

func valuesOf(f *profile.Field, v Filter) (valueCondition, error) {
	if f.Type.Kind.Index() == profile.ByNumbers {
		from, to, ok := bounds(f, v)
		if !ok {
			return valueCondition{}, badFilter(f.ID)
		}
		return valueCondition{" AND v.field = ? AND v.text_value = '' AND v.int_value BETWEEN ? AND ?", []any{f.ID, from, to}, true}, nil
	}
	values := make([]string, 0, len(v.Any))
	for _, s := range v.Any {
		if f.Type.Kind == profile.KindBool {
			s = yesNo(s == "true" || s == "1" || s == "on")
		}
		values = append(values, s)
	}
	if len(values) == 0 {
		return valueCondition{}, nil
	}
	return valueCondition{" AND v.field = ? AND v.text_value = ANY(?) AND v.int_value = 0", []any{f.ID, values}, false}, nil
}

// bounds reads the ends of a range as the side table keeps them.
func bounds(f *profile.Field, v Filter) (from, to int64, ok bool) {
	from, to = -1<<62, 1<<62
	for _, end := range []struct {
		text string
		into *int64
	}{{v.From, &from}, {v.To, &to}} {
		if end.text == "" {
			continue
		}
		if f.Type.Kind == profile.KindDate {
			d, err := profile.ParseDate(end.text)
			if err != nil {
				return 0, 0, false
			}
			*end.into = dayNumber(d)
			continue
		}
		n, err := strconv.ParseInt(end.text, 10, 64)
		if err != nil {
			return 0, 0, false
		}
		*end.into = n
	}
	return from, to, true
}
