package screen

import (
	"cmp"
	"slices"

	"mektep/core/locale"
	"mektep/core/unit"
)

// InOrder are units in the order of the reader's language, level by level as they come: the
// database has them in that of the ministry's own. Given ones stay as they are, for they may be
// remembered for everybody.
func (q *Request) InOrder(units []unit.Unit) []unit.Unit {
	if p := q.Profile(); p == nil || p.Main() == q.L.Tag() || len(units) < 2 {
		return units
	}
	type keyed struct {
		unit.Unit
		run int
		key string
	}
	sorter := locale.SorterOf(q.L.Tag())
	all := make([]keyed, len(units))
	for i, u := range units {
		all[i] = keyed{Unit: u, key: sorter.Key(q.Text(u.Name))}
		if i > 0 {
			all[i].run = all[i-1].run
			if units[i-1].Level != u.Level {
				all[i].run++
			}
		}
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.key, b.key)) })
	out := make([]unit.Unit, len(all))
	for i, k := range all {
		out[i] = k.Unit
	}
	return out
}
