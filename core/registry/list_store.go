package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/profile"
	"mektep/core/unit"
)

// changed is the kind of notice that the number of institutions may have changed, or what
// they are or where; valued, that values of fields have.
const (
	changed db.Kind = "institutions"
	valued  db.Kind = "institution_values"
)

// lengths are numbers that are remembered until the register changes.
type lengths struct {
	totals  *db.Cache[string, total]   // lengths of lists
	tallies *db.Cache[string, []Tally] // Counts
}

// lengthsOf are forgotten when records come, go, move or become something else, and when
// what they lie in does.
func lengthsOf(d *db.DB) lengths {
	return lengths{
		totals:  db.NewCache[string, total](d, changed, totalsKept, lengthsLife, unit.Changed),
		tallies: db.NewCache[string, []Tally](d, changed, talliesKept, lengthsLife, unit.Changed),
	}
}

// lengthsByValue are forgotten when a field's value changes as well.
func lengthsByValue(d *db.DB) lengths {
	return lengths{
		totals:  db.NewCache[string, total](d, changed, totalsKept, lengthsLife, unit.Changed, valued),
		tallies: db.NewCache[string, []Tally](d, changed, talliesKept, lengthsLife, unit.Changed, valued),
	}
}

// lengths are those that hold until what the selection asks for changes.
func (s *Service) lengths(sel selection) lengths {
	if sel.valued {
		return s.ofValues
	}
	return s.ofRecords
}

// total is the length of a list.
type total struct {
	n    int
	more bool
}

func tenantOf(ctx context.Context) int32 { return db.TenantOf(ctx) }

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
func (s *Service) rarest(ctx context.Context, conds []valueCondition) (int, error) {
	counts, keys := make([]int, len(conds)), make([]string, len(conds))
	b := &pgx.Batch{}
	for k, v := range conds {
		c := conditions{args: []any{tenantOf(ctx)}}
		c.add("SELECT count(*) FROM (SELECT 1 FROM institution_value v WHERE v.tenant_id = $1"+v.byValue()+" LIMIT ?) v", append(slices.Clone(v.args), rareValues+1)...)
		keys[k] = c.key()
		if known, ok := s.ofValues.totals.Peek(ctx, keys[k]); ok {
			counts[k] = known.n
			continue
		}
		b.Queue(c.sql.String(), c.args...).QueryRow(func(r pgx.Row) error {
			err := r.Scan(&counts[k])
			if err == nil {
				s.ofValues.totals.Put(ctx, keys[k], total{n: counts[k]})
			}
			return err
		})
	}
	if b.Len() > 0 {
		if err := s.db.Read(ctx, b); err != nil {
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

// itemColumns are what List reads of an institution. The units above it are remembered
// (unit.Tree): their ids stand in its path.
const itemColumns = "u.id, u.uid, u.parent_id, u.path, u.type, u.name, u.code, u.sort_key, u.since, u.until, u.version"

// condition is the whole WHERE clause. Where it starts from few units, the lists'
// own indexes are kept out of the choice.
func (sel selection) condition() string {
	if sel.rare {
		return "u.tenant_id = $1 AND u.level || '' = 'institution'" + sel.where
	}
	return "u.tenant_id = $1 AND u.level = 'institution'" + sel.where
}

// listSQL returns the query of one page; limit is one more than the page holds,
// so that it shows whether the list goes on.
func (sel selection) listSQL(at cursor, limit int) (string, []any) {
	c := conditions{args: slices.Clip(sel.args)}
	c.sql.WriteString("SELECT " + itemColumns + " FROM unit u WHERE " + sel.condition())
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
	return c.sql.String(), c.args
}

// page reads a page and, on the first one, the length of the list, in one round trip.
func (s *Service) page(ctx context.Context, sel selection, at cursor, limit int) (Page, error) {
	b := &pgx.Batch{}
	sql, args := sel.listSQL(at, limit+1)
	var items []Item
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		items, err = scanItems(rows, limit+1)
		return err
	})
	count := total{at.total, at.more}
	if at.first() {
		s.count(ctx, sel, b, &count)
	}
	if err := s.db.ReadKnown(ctx, b); err != nil {
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
	if at.first() && !goesOn {
		count = total{n: len(items)}
	}
	if err := s.placeItems(ctx, items); err != nil {
		return Page{}, err
	}
	page := Page{Items: items, Total: count.n, More: count.more}
	if len(items) == 0 {
		return page, nil
	}
	place := func(i Item) string {
		return cursor{sort: i.SortKey, id: i.ID, total: count.n, more: count.more}.String()
	}
	if goesOn || at.back {
		page.Next = place(items[len(items)-1])
	}
	if !at.first() && (goesOn || !at.back) {
		page.Previous = place(items[0])
	}
	return page, nil
}

// count adds the question how long the list is to b. Of a list without words the
// answer is remembered until the register changes, and exact; with words counting
// stops where nobody reads on.
func (s *Service) count(ctx context.Context, sel selection, b *pgx.Batch, into *total) {
	sql, args := "SELECT count(*) FROM unit u WHERE "+sel.condition(), sel.args
	if sel.key != "" {
		if known, ok := s.lengths(sel).totals.Peek(ctx, sel.key); ok {
			*into = known
			return
		}
	} else {
		sql = fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM unit u WHERE %s LIMIT %d) u", sel.condition(), mostCount+1)
	}
	b.Queue(sql, args...).QueryRow(func(r pgx.Row) error {
		if err := r.Scan(&into.n); err != nil {
			return err
		}
		if sel.key != "" {
			s.lengths(sel).totals.Put(ctx, sel.key, *into)
		} else if into.n > mostCount {
			into.n, into.more = mostCount, true
		}
		return nil
	})
}

func scanItems(rows pgx.Rows, capacity int) ([]Item, error) {
	items := make([]Item, 0, capacity)
	for rows.Next() {
		i := Item{}
		var name []byte
		err := rows.Scan(&i.ID, &i.UID, &i.ParentID, &i.Path, &i.Type, &name, &i.Code, &i.SortKey, &i.Since, &i.Until, &i.Version)
		if err != nil {
			return nil, err
		}
		i.Level = unit.Institution
		if i.Name, err = unit.Names(name); err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, rows.Err()
}

// placeItems names the district and the region of each item: the nearest ones above it, since
// a district may lie in a district (of a city).
func (s *Service) placeItems(ctx context.Context, items []Item) error {
	var parents []int64
	for k := range items {
		if p := items[k].ParentID; p != nil && !slices.Contains(parents, *p) {
			parents = append(parents, *p)
		}
	}
	places, err := s.above(ctx, parents)
	if err != nil {
		return err
	}
	for k := range items {
		if p := items[k].ParentID; p != nil {
			items[k].District, items[k].Region = places[*p].district, places[*p].region
		}
	}
	return nil
}

// placed is where what lies directly in a unit is found.
type placed struct{ district, region *Place }

// above returns the nearest district and region at or above each of some units.
func (s *Service) above(ctx context.Context, units []int64) (map[int64]placed, error) {
	out := make(map[int64]placed, len(units))
	shared := map[int64]*Place{} // neighbours in a list often lie in the same place
	ask := units
	var known map[int64]unit.Unit
	for len(ask) > 0 {
		found, err := s.tree.ByIDs(ctx, ask)
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
			case u.Level != unit.District:
				into = nil
			}
			if into != nil && *into == nil {
				if shared[u.ID] == nil {
					shared[u.ID] = &Place{UID: u.UID, Name: u.Name, sort: u.SortKey}
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

// How the side table keeps a field's values.
const (
	inWords = iota
	inNumbers
)

// kept says in which column of the side table a field's values stand.
func kept(f *profile.Field) int {
	switch f.Type.Kind {
	case profile.KindInt, profile.KindDecimal, profile.KindDate:
		return inNumbers
	}
	return inWords
}

// dayNumber is a day as the side table keeps it: days since 1970.
func dayNumber(d profile.Date) int64 { return d.Time().Unix() / 86400 }
