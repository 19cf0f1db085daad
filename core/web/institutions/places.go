package institutions

import (
	"context"
	"slices"

	"mektep/core/gate"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// places is the territory of a ministry, for menus and the tree.
type places struct {
	root   unit.Unit
	byUID  map[string]unit.Unit
	byID   map[int64]unit.Unit
	below  map[int64][]unit.Unit // regions and districts directly below, in the language's order
	sorted []unit.Unit
}

func (s *screens) places(ctx context.Context) (*places, error) {
	return s.known.Get(ctx, "territory", func(ctx context.Context) (*places, error) {
		all, err := s.Tree.Territory(ctx)
		if err != nil {
			return nil, err
		}
		p := &places{byUID: map[string]unit.Unit{}, byID: map[int64]unit.Unit{}, below: map[int64][]unit.Unit{}}
		today := s.Tree.Today(ctx)
		for _, u := range all {
			p.byUID[u.UID], p.byID[u.ID] = u, u
			if u.ParentID == nil {
				p.root = u
			}
			if u.ParentID != nil && u.OpenOn(today) && territorial(u.Level) {
				p.below[*u.ParentID] = append(p.below[*u.ParentID], u)
				p.sorted = append(p.sorted, u)
			}
		}
		return p, nil
	})
}

func territorial(level string) bool { return level == unit.Region || level == unit.District }

// tops are the highest units of the territory that a scope holds: what somebody
// begins from.
func (p *places) tops(scope gate.Scope) []unit.Unit {
	if scope.All {
		return p.below[p.root.ID]
	}
	var out []unit.Unit
	for _, u := range p.sorted {
		if scope.Holds(u.Path, "") && (u.ParentID == nil || !scope.Holds(p.byID[*u.ParentID].Path, "")) {
			out = append(out, u)
		}
	}
	// Who oversees types of institution sees them everywhere.
	if len(scope.Types) > 0 && len(out) == 0 {
		return p.below[p.root.ID]
	}
	return out
}

// way are the regions and districts above and including u, outermost first.
func (p *places) way(u unit.Unit) []unit.Unit {
	var out []unit.Unit
	for {
		if territorial(u.Level) {
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

func unitOptions(q *screen.Request, units []unit.Unit) []ui.Option {
	out := make([]ui.Option, 0, len(units))
	for _, u := range units {
		out = append(out, ui.Option{Value: u.UID, Text: q.Text(u.Name)})
	}
	return out
}
