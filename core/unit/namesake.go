package unit

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/locale"
)

// Namesakes are two units of one level that lie in the same place on the same day and
// bear the same name in some language: a list that names them means either.
type Namesakes struct {
	One, Other Unit      // as the rows say today; One is the older
	Names      [2]string // as each bears it
	Place      int64     // id of the unit above
	From       time.Time // the first day of it that is not over
}

// Pair tells two namesakes from others.
func (n Namesakes) Pair() [2]int64 { return [2]int64{n.One.ID, n.Other.ID} }

// called is a unit with a name and a place, from a day on until another.
type called struct {
	unit   Unit
	place  int64
	names  map[string]string
	since  time.Time
	until  *time.Time
	folded map[string]string // names by how they are compared
	order  []string          // of folded: that of the ministry's language first
}

// Namesakes returns all of the territory and the offices, today or on a day to come.
// Names are compared as search compares them.
func (t *Tree) Namesakes(ctx context.Context) ([]Namesakes, error) {
	all, err := t.called(ctx)
	if err != nil {
		return nil, err
	}
	type key struct {
		place int64
		level string
		name  string
	}
	known := map[key][]called{}
	seen := map[[2]int64]bool{}
	var out []Namesakes
	for _, c := range all {
		for _, folded := range c.order {
			name := c.folded[folded]
			k := key{c.place, c.unit.Level, folded}
			for _, o := range known[k] {
				n := Namesakes{One: o.unit, Other: c.unit, Names: [2]string{o.folded[folded], name}, Place: c.place, From: later(o.since, c.since)}
				if o.unit.ID == c.unit.ID || seen[n.Pair()] || o.until != nil && !n.From.Before(*o.until) || c.until != nil && !n.From.Before(*c.until) {
					continue
				}
				seen[n.Pair()] = true
				out = append(out, n)
			}
			known[k] = append(known[k], c)
		}
	}
	return out, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// called reads what everything is called where, from today on, the oldest first.
func (t *Tree) called(ctx context.Context) ([]called, error) {
	var all []called
	main := t.language(ctx)
	b := &pgx.Batch{}
	b.Queue("SELECT "+columns+`, p.parent_id, n.name, greatest(n.since, p.since, $2::date), least(n.until, p.until, u.until)
		FROM unit u CROSS JOIN LATERAL unit_names(u.tenant_id, u.id) n CROSS JOIN LATERAL unit_places(u.tenant_id, u.id) p
		WHERE u.tenant_id = $1 AND u.level NOT IN ('ministry', 'institution')
		AND (u.until IS NULL OR u.until > greatest(n.since, p.since, $2)) AND (n.until IS NULL OR n.until > greatest(p.since, $2)) AND (p.until IS NULL OR p.until > greatest(n.since, $2))
		ORDER BY u.id`, db.TenantOf(ctx), t.Today(ctx)).Query(func(rows pgx.Rows) error {
		all = nil
		for rows.Next() {
			c := called{folded: map[string]string{}}
			var err error
			if c.unit, err = Scan(rows, &c.place, &c.names, &c.since, &c.until); err != nil {
				return err
			}
			// Of names that read alike in several languages the ministry's stands for them.
			tags := slices.Sorted(maps.Keys(c.names))
			if _, there := c.names[main]; there {
				tags = slices.Insert(slices.DeleteFunc(tags, func(tag string) bool { return tag == main }), 0, main)
			}
			for _, tag := range tags {
				folded := locale.Fold(c.names[tag])
				if _, there := c.folded[folded]; !there {
					c.folded[folded], c.order = c.names[tag], append(c.order, folded)
				}
			}
			all = append(all, c)
		}
		return rows.Err()
	})
	return all, t.db.Read(ctx, b)
}
