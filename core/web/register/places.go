package register

import (
	"context"
	"slices"

	"mektep/core/db"
	"mektep/core/gate"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Territory is the territory of a ministry, for menus and the tree.
type Territory struct {
	Root   unit.Unit
	ByUID  map[string]unit.Unit
	Below  map[int64][]unit.Unit // regions and districts directly below, in the language's order
	Sorted []unit.Unit
	byID   map[int64]unit.Unit
}

// Places remembers the territory of each ministry.
type Places struct {
	tree  *unit.Tree
	known *db.Cache[string, *Territory]
}

// NewPlaces returns an empty memory.
func NewPlaces(d *db.DB, tree *unit.Tree) *Places {
	return &Places{tree, db.NewCache[string, *Territory](d, unit.Changed, 256, barsLife)}
}

// Of is the territory of the ministry that acts in the context, as it is today.
func (l *Places) Of(ctx context.Context) (*Territory, error) {
	return l.known.Get(ctx, "territory", func(ctx context.Context) (*Territory, error) {
		all, err := l.tree.Territory(ctx)
		if err != nil {
			return nil, err
		}
		p := &Territory{ByUID: map[string]unit.Unit{}, byID: map[int64]unit.Unit{}, Below: map[int64][]unit.Unit{}}
		today := l.tree.Today(ctx)
		for _, u := range all {
			p.ByUID[u.UID], p.byID[u.ID] = u, u
			if u.ParentID == nil {
				p.Root = u
			}
			if u.ParentID != nil && u.OpenOn(today) && Territorial(u.Level) {
				p.Below[*u.ParentID] = append(p.Below[*u.ParentID], u)
				p.Sorted = append(p.Sorted, u)
			}
		}
		return p, nil
	})
}

// Territorial reports whether units of a level are places.
func Territorial(level string) bool { return level == unit.Region || level == unit.District }

// Tops are the highest units of the territory that a scope holds: what somebody
// begins from.
func (p *Territory) Tops(scope gate.Scope) []unit.Unit {
	if scope.All {
		return p.Below[p.Root.ID]
	}
	var out []unit.Unit
	for _, u := range p.Sorted {
		if scope.Holds(u.Path, "") && (u.ParentID == nil || !scope.Holds(p.byID[*u.ParentID].Path, "")) {
			out = append(out, u)
		}
	}
	// Who oversees types of institution sees them everywhere.
	if len(scope.Types) > 0 && len(out) == 0 {
		return p.Below[p.Root.ID]
	}
	return out
}

// Way are the regions and districts above and including u, outermost first.
func (p *Territory) Way(u unit.Unit) []unit.Unit {
	var out []unit.Unit
	for {
		if Territorial(u.Level) {
			out = append(out, u)
		}
		if u.ParentID == nil {
			break
		}
		next, known := p.byID[*u.ParentID]
		if !known {
			break
		}
		u = next
	}
	slices.Reverse(out)
	return out
}

// UnitOptions are units to choose from.
func UnitOptions(q *screen.Request, units []unit.Unit) []ui.Option {
	out := make([]ui.Option, 0, len(units))
	for _, u := range q.InOrder(units) {
		out = append(out, ui.Option{Value: u.UID, Text: q.Text(u.Name)})
	}
	return out
}
