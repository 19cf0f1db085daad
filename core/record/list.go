package record

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/search"
	"mektep/core/unit"
)

// State says which records of a day a list shows.
type State string

// The states.
const (
	Open   State = "open" // the usual
	Closed State = "closed"
	All    State = "all"
)

// Page sizes of List, and where it stops counting what was searched for.
const (
	pageSize  = 50
	maxPage   = 200
	mostCount = 1000
)

// Query says which records a list or an export shows. Its zero value is all
// that are open today. It may stand in a URL: it names no person.
type Query struct {
	Words  string    `json:"words,omitempty"`  // as typed
	Under  string    `json:"under,omitempty"`  // public id of a unit: it and everything below
	Types  []string  `json:"types,omitempty"`  // ids of types; any of them
	Group  string    `json:"group,omitempty"`  // id of a type group
	State  State     `json:"state,omitempty"`  // empty: Open
	On     time.Time `json:"on,omitzero"`      // the day of State; zero: today
	Filter []Filter  `json:"filter,omitempty"` // all of them hold
	After  string    `json:"-"`                // Page.Next of the page before
	Before string    `json:"-"`                // Page.Previous of the page after
	Limit  int       `json:"-"`                // 50 when zero, at most 200
}

// Filter is a condition on a field that the profile declares filterable. Texts,
// codes, yes and no ("true", "false") are compared with Any; numbers and days
// (2006-01-02) lie from From to To, both included, an empty end being open.
type Filter struct {
	Field string   `json:"field"`
	Any   []string `json:"any,omitempty"`
	From  string   `json:"from,omitempty"`
	To    string   `json:"to,omitempty"`
}

// Item is one line of the list.
type Item struct {
	Head
	District, Region *Place // nil where there is none
}

// Place is a unit above a record.
type Place struct {
	UID  string
	Name map[string]string
	sort string // as the ministry's language sorts it
}

// Page is a part of the list.
type Page struct {
	Items          []Item
	Next, Previous string // cursors; empty at the ends
	Total          int    // of the whole list
	More           bool   // there are more than Total: counting stopped there
	Corrected      map[string]string
}

// Filters returns the fields that lists can be filtered by and
// that the caller may see, in the order of the profile.
func (rs *Records) Filters(ctx context.Context) ([]*profile.Field, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	var fields []*profile.Field
	for _, f := range rs.Of(m.Profile).FieldsAt(rs.tree.Today(ctx)) {
		if !f.Filter {
			continue
		}
		if rs.gate.May(ctx, "view", f.Group().Object()) {
			fields = append(fields, f)
		}
	}
	return fields, nil
}

// List returns the records that the caller may view and q asks for, by name
// in the ministry's main language, a page at a time. A page without words costs
// one round trip; words cost one more, to be understood.
//
// Faults: Invalid for a filter or cursor that is none, NotFound for an unknown
// unit in Under; the gate's, when the caller may view no record at all.
func (rs *Records) List(ctx context.Context, q Query) (Page, error) {
	sel, err := rs.Select(ctx, "view", q)
	if err != nil {
		return Page{}, rs.gate.Refused(ctx, err)
	}
	if q.Limit <= 0 {
		q.Limit = pageSize
	}
	q.Limit = min(q.Limit, maxPage)
	at, err := parseCursor(q.After, q.Before)
	if err == nil {
		err = rs.sorted(ctx, &at)
	}
	if err != nil {
		return Page{}, err
	}
	page, err := rs.page(ctx, sel, at, q.Limit)
	if err != nil {
		return Page{}, err
	}
	if len(page.Items) > 0 { // that somebody is called so elsewhere is not said
		page.Corrected = sel.words.Corrected
	}
	return page, rs.unname(ctx, page.Items)
}

// titles are the scopes in which the caller may see what records are called, besides where
// they see the records.
func (rs *Records) titles(ctx context.Context, p *profile.Profile) ([]gate.Scope, error) {
	var scopes []gate.Scope
	for _, g := range rs.titleGroups(p) {
		s, err := rs.gate.Scope(ctx, "view", g.Object())
		if err != nil && fault.KindOf(err) != fault.Denied {
			return nil, err
		}
		scopes = append(scopes, s)
	}
	return scopes, nil
}

// unname takes the names of those records away of which the caller may not see what they
// are called.
func (rs *Records) unname(ctx context.Context, items []Item) error {
	if len(rs.reg.Title) == 0 || len(items) == 0 {
		return nil
	}
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	scopes, err := rs.titles(ctx, m.Profile)
	if err != nil {
		return err
	}
	named, err := rs.within(ctx, items, scopes)
	if err != nil {
		return err
	}
	for k := range items {
		if !named[items[k].ID] {
			items[k].Name, items[k].SortKey = nil, ""
		}
	}
	return nil
}

// Selection is a query understood: conditions on a record of the table u, with their
// arguments, of which the first is the ministry.
type Selection struct {
	where  string
	args   []any
	words  search.Words
	rare   bool   // where starts from ids of few records
	valued bool   // it asks for values of fields, which change more often than the register's numbers
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
		if sel.words, err = rs.reg.Index.Understand(ctx, rs.db, q.Words); err != nil {
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
			c.add(" AND u.id = ANY (ARRAY(SELECT v.id FROM "+rs.values()+" v WHERE v.tenant_id = $1"+v.byValue()+"))", v.args...)
		} else {
			c.add(" AND (SELECT true FROM "+rs.values()+" v WHERE v.tenant_id = $1 AND v.id = u.id"+v.byUnit()+" LIMIT 1)", v.args...)
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

// valueCondition is a condition on the side table v.
type valueCondition struct {
	sql  string // every ? becomes a parameter; # stands behind columns of the index by value
	args []any
}

// byValue is the condition for a search by value, byUnit for one of a unit's own
// values: there a column in an expression leaves only the index by unit to choose
// (see search.Words.SQL).
func (v valueCondition) byValue() string { return strings.ReplaceAll(v.sql, "#", "") }
func (v valueCondition) byUnit() string  { return strings.ReplaceAll(v.sql, "#", " || ''") }

func valuesOf(f *profile.Field, v Filter) (valueCondition, error) {
	if f.Type.Kind.Index() == profile.ByNumbers {
		from, to, ok := bounds(f, v)
		if !ok {
			return valueCondition{}, badFilter(f.ID)
		}
		return valueCondition{" AND v.field# = ? AND v.int_value >= ? AND v.int_value <= ?", []any{f.ID, from, to}}, nil
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
	return valueCondition{" AND v.field# = ? AND v.text_value# = ANY(?)", []any{f.ID, values}}, nil
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

// cursor is a place in the list: before or after a record.
type cursor struct {
	back  bool
	sort  string
	id    int64
	total int // of the list, as its first page counted
	more  bool
}

func (c cursor) first() bool { return c.id == 0 }

// String writes a cursor: id, total (negative: at least so many), sort key.
func (c cursor) String() string {
	n := c.total
	if c.more {
		n = -n
	}
	return strconv.FormatInt(c.id, 36) + "." + strconv.Itoa(n) + "." + c.sort
}

func badCursor(name string) error {
	return fault.New(fault.Invalid, "record.bad_cursor").WithField(name, "record.bad_cursor", nil)
}

func parseCursor(after, before string) (cursor, error) {
	text, name := after, "after"
	if text == "" {
		text, name = before, "before"
	}
	if text == "" {
		return cursor{}, nil
	}
	bad := badCursor(name)
	parts := strings.SplitN(text, ".", 3)
	if len(parts) != 3 || len(text) > 4000 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return cursor{}, bad
	}
	c := cursor{back: after == "", sort: parts[2]}
	var err error
	if c.id, err = strconv.ParseInt(parts[0], 36, 64); err != nil || c.id <= 0 {
		return cursor{}, bad
	}
	if c.total, err = strconv.Atoi(parts[1]); err != nil || c.total > 1<<31 || c.total < -1<<31 {
		return cursor{}, bad
	}
	if c.total < 0 {
		c.total, c.more = -c.total, true
	}
	return c, nil
}
