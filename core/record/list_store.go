package record

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/profile"
	"mektep/core/unit"
)

// lengths are numbers that are remembered until the register changes.
type lengths struct {
	totals  *db.Cache[string, total]   // lengths of lists
	tallies *db.Cache[string, []Tally] // Counts
}

// How many lengths of lists and counts are remembered, and how long at most.
const (
	totalsKept  = 2000
	talliesKept = 500
	lengthsLife = 5 * time.Minute
	// What the records of a whole ministry lack is looked up in each of them, and changes
	// with every save somewhere: the number may be so old.
	gapsLife = time.Minute
)

// lengthsOf are forgotten when records come, go, move or become something else, when what
// they lie in does, and on further notices.
func (rs *Records) lengthsOf(life time.Duration, also ...db.Kind) lengths {
	also = append(also, unit.Changed)
	return lengths{
		totals:  db.NewCache[string, total](rs.db, rs.changed, totalsKept, life, also...),
		tallies: db.NewCache[string, []Tally](rs.db, rs.changed, talliesKept, life, also...),
	}
}

// lengths are those that hold until what the selection asks for changes.
func (rs *Records) lengths(sel Selection) lengths {
	switch {
	case sel.all:
		return rs.ofGaps
	case sel.valued:
		return rs.ofValues
	}
	return rs.ofRecords
}

// total is the length of a list.
type total struct {
	n    int
	more bool
}

// key names the conditions with their arguments; empty where they have no JSON form.
func (c *conditions) key() string {
	args, err := json.Marshal(c.args[1:])
	if err != nil {
		return ""
	}
	return string(args) + c.sql.String()
}

// rareValues is how many values may meet a condition for a list to start from
// those. Where more do, some are soon met in the order of the list. The planner is
// not left to guess: its statistics may be older than an import.
const rareValues = 5000

// rarest returns which condition fewest values meet, -1 when all are common. How
// many there are is remembered until the register changes.
func (rs *Records) rarest(ctx context.Context, conds []valueCondition) (int, error) {
	counts, keys := make([]int, len(conds)), make([]string, len(conds))
	b := &pgx.Batch{}
	asked := rs.ofValues.totals.Asked(ctx)
	for k, v := range conds {
		c := conditions{args: []any{db.TenantOf(ctx)}}
		c.add("SELECT count(*) FROM (SELECT 1 FROM "+rs.values()+" v WHERE v.tenant_id = $1"+v.sql+" LIMIT ?) v", append(slices.Clone(v.args), rareValues+1)...)
		keys[k] = c.key()
		if known, ok := rs.ofValues.totals.Peek(ctx, keys[k]); ok {
			counts[k] = known.n
			continue
		}
		b.Queue(c.sql.String(), c.args...).QueryRow(func(r pgx.Row) error {
			err := r.Scan(&counts[k])
			if err == nil {
				rs.ofValues.totals.Put(ctx, asked, keys[k], total{n: counts[k]})
			}
			return err
		})
	}
	if b.Len() > 0 {
		if err := rs.db.Read(ctx, b); err != nil {
			return -1, err
		}
	}
	best := -1
	for k, n := range counts {
		if n <= rareValues && (best < 0 || n < counts[best]) {
			best = k
		}
	}
	return best, nil
}

// condition is the whole WHERE clause. Where it starts from few records, the lists'
// own indexes are kept out of the choice.
func (rs *Records) condition(sel Selection) string {
	hide := ""
	if sel.rare {
		hide = " || ''"
	}
	return "u.tenant_id = $1" + strings.ReplaceAll(rs.reg.Standing, "#", hide) + sel.where
}

// listSQL returns the query of one page; limit is one more than the page holds,
// so that it shows whether the list goes on. counted adds the length of the list to each row.
func (rs *Records) listSQL(sel Selection, at cursor, limit int, counted bool) (string, []any) {
	c := conditions{args: slices.Clip(sel.args)}
	columns := headColumns
	if counted { // of those that are met, only what puts them in order is kept
		columns = "u.id, count(*) OVER () AS n"
	}
	c.sql.WriteString("SELECT " + columns + " FROM " + rs.reg.heads() + " u WHERE " + rs.condition(sel))
	order, back := " ORDER BY u.sort_key, u.id", " ORDER BY u.sort_key DESC, u.id DESC"
	switch {
	case at.first():
		back = order
	case at.back:
		c.add(" AND (u.sort_key, u.id) < (?, ?)", at.sort, at.id)
	default:
		c.add(" AND (u.sort_key, u.id) > (?, ?)", at.sort, at.id)
		back = order
	}
	// As a number in the text: of an unknown limit the planner expects a tenth of the table.
	c.sql.WriteString(back + " LIMIT " + strconv.Itoa(limit))
	if counted {
		return "SELECT " + headColumns + ", h.n FROM (" + c.sql.String() + ") h JOIN " + rs.reg.heads() + " u ON u.tenant_id = $1 AND u.id = h.id" + back, c.args
	}
	return c.sql.String(), c.args
}

// page reads a page and, on the first one, the length of the list, in one round trip.
func (rs *Records) page(ctx context.Context, sel Selection, at cursor, limit int) (Page, error) {
	b := &pgx.Batch{}
	count, asked := total{at.total, at.more}, rs.lengths(sel).totals.Asked(ctx)
	var more []any
	ask := at.first() && !rs.remembered(ctx, sel, &count)
	if ask && sel.rare { // all are met for the order's sake
		more = []any{&count.n}
	}
	sql, args := rs.listSQL(sel, at, limit+1, more != nil)
	var items []Item
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		if items, err = scanItems(rows, limit+1, more...); err == nil && more != nil {
			rs.counted(ctx, sel, asked, &count)
		}
		return err
	})
	if ask && more == nil {
		rs.count(ctx, sel, b, &count)
	}
	if err := rs.db.ReadKnown(ctx, b); err != nil {
		return Page{}, err
	}
	if at.back {
		slices.Reverse(items)
	}
	goesOn := len(items) > limit
	if goesOn && at.back {
		items = items[1:]
	} else if goesOn {
		items = items[:limit]
	}
	switch {
	case !at.first():
	case !goesOn:
		count = total{n: len(items)}
	case !count.more && count.n <= limit: // what was remembered has been overtaken
		again := &pgx.Batch{}
		rs.count(ctx, sel, again, &count)
		if err := rs.db.Read(ctx, again); err != nil {
			return Page{}, err
		}
	}
	if err := rs.placeItems(ctx, items); err != nil {
		return Page{}, err
	}
	page := Page{Items: items, Total: count.n, More: count.more}
	if len(items) == 0 {
		return page, nil
	}
	place := func(i Item) string {
		c := cursor{sort: i.SortKey, id: i.ID, total: count.n, more: count.more}
		if len(rs.reg.Title) > 0 { // what a record is called is not everybody's
			c.sort = ""
		}
		return c.String()
	}
	if goesOn || at.back {
		page.Next = place(items[len(items)-1])
	}
	if !at.first() && (goesOn || !at.back) {
		page.Previous = place(items[0])
	}
	return page, nil
}

// remembered fills in how long the list is, where that is known.
func (rs *Records) remembered(ctx context.Context, sel Selection, into *total) bool {
	if sel.key == "" {
		return false
	}
	known, ok := rs.lengths(sel).totals.Peek(ctx, sel.key)
	if ok {
		*into = known
	}
	return ok
}

// counted takes note of how long the list is: without words it is exact, and remembered
// until the register changes; with words nobody reads on from some length.
func (rs *Records) counted(ctx context.Context, sel Selection, asked db.Asked, n *total) {
	switch {
	case sel.key != "":
		rs.lengths(sel).totals.Put(ctx, asked, sel.key, *n)
	case n.n > mostCount:
		*n = total{mostCount, true}
	}
}

// count adds the question how long the list is to b; with words counting stops where
// nobody reads on.
func (rs *Records) count(ctx context.Context, sel Selection, b *pgx.Batch, into *total) {
	asked := rs.lengths(sel).totals.Asked(ctx)
	sql, args := "SELECT count(*) FROM "+rs.reg.heads()+" u WHERE "+rs.condition(sel), sel.args
	if sel.key == "" {
		sql = fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s u WHERE %s LIMIT %d) u", rs.reg.heads(), rs.condition(sel), mostCount+1)
	}
	b.Queue(sql, args...).QueryRow(func(r pgx.Row) error {
		if err := r.Scan(&into.n); err != nil {
			return err
		}
		rs.counted(ctx, sel, asked, into)
		return nil
	})
}

// scanItems reads the rows of a list, and what stands behind their columns into more.
func scanItems(rows pgx.Rows, capacity int, more ...any) ([]Item, error) {
	items := make([]Item, 0, capacity)
	for rows.Next() {
		h, err := scanHead(rows, more...)
		if err != nil {
			return nil, err
		}
		items = append(items, Item{Head: h})
	}
	return items, rows.Err()
}

// placeItems names the district and the region of each item: the nearest ones above it, since
// a district may lie in a district (of a city).
func (rs *Records) placeItems(ctx context.Context, items []Item) error {
	var parents []int64
	for k := range items {
		if p := items[k].ParentID; p != nil && !slices.Contains(parents, *p) {
			parents = append(parents, *p)
		}
	}
	places, err := rs.above(ctx, parents)
	if err != nil {
		return err
	}
	for k := range items {
		if p := items[k].ParentID; p != nil {
			items[k].Unit, items[k].District, items[k].Region = places[*p].unit, places[*p].district, places[*p].region
		}
	}
	return nil
}

// placed is where what lies directly in a unit is found.
type placed struct{ unit, district, region *Place }

// above returns the nearest district and region at or above each of some units.
func (rs *Records) above(ctx context.Context, units []int64) (map[int64]placed, error) {
	out := make(map[int64]placed, len(units))
	shared := map[int64]*Place{} // neighbours in a list often lie in the same place
	ask := units
	var known map[int64]unit.Unit
	for len(ask) > 0 {
		found, err := rs.tree.ByIDs(ctx, ask)
		if err != nil {
			return nil, err
		}
		if known == nil {
			known = found
		}
		maps.Copy(known, found)
		ask = ask[:0:0]
		for _, u := range found {
			if p := u.ParentID; p != nil {
				if _, there := known[*p]; !there && !slices.Contains(ask, *p) {
					ask = append(ask, *p)
				}
			}
		}
	}
	for _, id := range units {
		var at placed
		for u, there := known[id]; there; u, there = known[*u.ParentID] {
			into := &at.district
			switch {
			case u.Level == unit.Region:
				into = &at.region
			case u.Level == unit.Institution:
				into = &at.unit
			case u.Level != unit.District:
				into = nil
			}
			if into != nil && *into == nil {
				if shared[u.ID] == nil {
					shared[u.ID] = &Place{UID: u.UID, Name: u.Name, Code: u.Code, sort: u.SortKey}
				}
				*into = shared[u.ID]
			}
			if u.ParentID == nil {
				break
			}
		}
		out[id] = at
	}
	return out, nil
}

// dayNumber is a day as the side table keeps it: days since 1970.
func dayNumber(d profile.Date) int64 { return d.Time().Unix() / 86400 }

// sorted finds out where a cursor stands that does not say it.
func (rs *Records) sorted(ctx context.Context, at *cursor) error {
	if len(rs.reg.Title) == 0 || at.first() {
		return nil
	}
	b := &pgx.Batch{}
	b.Queue("SELECT sort_key FROM "+rs.reg.heads()+" WHERE tenant_id = $1 AND id = $2", db.TenantOf(ctx), at.id).
		QueryRow(func(r pgx.Row) error { return r.Scan(&at.sort) })
	err := rs.db.Read(ctx, b)
	if db.NoRows(err) {
		return badCursor("after")
	}
	return err
}
