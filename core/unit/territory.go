package unit

import (
	"context"
	"iter"
	"slices"
	"time"

	"mektep/core/db"
)

// territory is what the process remembers of a ministry: every unit that is no
// institution. There are a thousand of them in a large country, every page names some,
// and they change a few times a year. Inside a unit of work nothing is remembered: it
// reads what it holds.
type territory struct {
	all   []Unit // parents first, in the order of the ministry's language
	byUID map[string]int
	byID  map[int64]int
	below map[int64][]int // by the parent's id, as Children orders them
}

// How many ministries' territories are remembered, and how long at most: a notice ([Changed])
// drops one as soon as it changes.
const (
	territoriesKept = 64
	territoryLife   = time.Minute
)

func newTerritory(units []Unit) *territory {
	t := &territory{all: units, byUID: make(map[string]int, len(units)), byID: make(map[int64]int, len(units)), below: map[int64][]int{}}
	for i, u := range units {
		t.byUID[u.UID], t.byID[u.ID] = i, i
		if u.ParentID != nil {
			t.below[*u.ParentID] = append(t.below[*u.ParentID], i)
		}
	}
	return t
}

// children are the units directly below one, by level and the language's order.
func (t *territory) children(parent int64) []Unit {
	out := make([]Unit, 0, len(t.below[parent]))
	for _, i := range t.below[parent] {
		out = append(out, t.all[i])
	}
	slices.SortStableFunc(out, func(a, b Unit) int {
		switch {
		case a.Level < b.Level:
			return -1
		case a.Level > b.Level:
			return 1
		}
		return 0
	})
	return out
}

// remembered returns the territory of the ministry that acts in ctx; nil inside a unit of
// work.
func (t *Tree) remembered(ctx context.Context) (*territory, error) {
	if _, open := db.InTx(ctx); open {
		return nil, nil //nolint:nilnil // there is none, and that is no fault
	}
	places, err := t.Places(ctx)
	return places.of, err
}

// Get returns the unit with a public id; fault NotFound where there is none in
// this ministry.
func (t *Tree) Get(ctx context.Context, uid string) (Unit, error) {
	known, err := t.remembered(ctx)
	if err != nil {
		return Unit{}, err
	}
	if known != nil {
		if i, ok := known.byUID[uid]; ok {
			return known.all[i], nil
		}
	}
	return t.one(ctx, "uid = ?", uid)
}

// ByID returns the unit with an internal id.
func (t *Tree) ByID(ctx context.Context, id int64) (Unit, error) {
	known, err := t.remembered(ctx)
	if err != nil {
		return Unit{}, err
	}
	if known != nil {
		if i, ok := known.byID[id]; ok {
			return known.all[i], nil
		}
	}
	return t.one(ctx, "id = ?", id)
}

// Root returns the ministry itself.
func (t *Tree) Root(ctx context.Context) (Unit, error) {
	known, err := t.remembered(ctx)
	if err != nil {
		return Unit{}, err
	}
	if known != nil && len(known.all) > 0 && known.all[0].ParentID == nil {
		return known.all[0], nil
	}
	return t.one(ctx, "parent_id IS NULL")
}

// Children returns the units directly below a parent, in the order of the
// ministry's language. Institutions are left out: there may be thousands, and
// they have a paged list of their own (package registry).
func (t *Tree) Children(ctx context.Context, parent int64) ([]Unit, error) {
	known, err := t.remembered(ctx)
	if err != nil || known != nil {
		if err != nil {
			return nil, err
		}
		return known.children(parent), nil
	}
	return t.many(ctx, "level, sort_key, id", "parent_id = ? AND level <> 'institution' AND NOT withdrawn", parent)
}

// Territory returns every unit that is not an institution, parents first; none that was
// taken back.
func (t *Tree) Territory(ctx context.Context) ([]Unit, error) {
	known, err := t.remembered(ctx)
	if err != nil || known != nil {
		if err != nil {
			return nil, err
		}
		return slices.Clone(known.all), nil
	}
	return t.readTerritory(ctx)
}

// Places are the units of a territory by id: all that institutions lie in.
type Places struct{ of *territory }

// ByID returns a place; nil: it is none.
func (p Places) ByID(id int64) *Unit {
	if i, is := p.of.byID[id]; is {
		return &p.of.all[i]
	}
	return nil
}

// All passes each place, parents first.
func (p Places) All() iter.Seq[*Unit] {
	return func(yield func(*Unit) bool) {
		for i := range p.of.all {
			if !yield(&p.of.all[i]) {
				return
			}
		}
	}
}

// Places returns the territory to look things up in, not to be changed: as it is remembered, also
// inside a unit of work, unless that has changed it itself.
func (t *Tree) Places(ctx context.Context) (Places, error) {
	read := func(ctx context.Context) (*territory, error) {
		units, err := t.readTerritory(ctx)
		if err != nil {
			return nil, err
		}
		return newTerritory(units), nil
	}
	if db.Told(ctx, Changed) {
		of, err := read(ctx)
		return Places{of}, err
	}
	of, err := t.known.Get(ctx, "", read)
	return Places{of}, err
}

func (t *Tree) readTerritory(ctx context.Context) ([]Unit, error) {
	return t.many(ctx, "array_position(ARRAY['ministry','directorate','region','district'], level), sort_key, id", "level <> 'institution' AND NOT withdrawn")
}

// ByIDs returns the units with the given ids, by id.
func (t *Tree) ByIDs(ctx context.Context, ids []int64) (map[int64]Unit, error) {
	known, err := t.remembered(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]Unit, len(ids))
	if known != nil {
		unknown := ids[:0:0]
		for _, id := range ids {
			if i, ok := known.byID[id]; ok {
				byID[id] = known.all[i]
			} else if !slices.Contains(unknown, id) {
				unknown = append(unknown, id)
			}
		}
		ids = unknown
	}
	if len(ids) == 0 {
		return byID, nil
	}
	units, err := t.many(ctx, "id", "id IN ?", ids)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		byID[u.ID] = u
	}
	return byID, nil
}
