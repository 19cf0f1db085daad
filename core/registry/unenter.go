package registry

import (
	"context"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
)

// unenter takes a place or an office back that was entered by mistake, while nothing hangs
// on it: it was never there, and is not closed like what was.
func (d *Dated) unenter(ctx context.Context, w *doing) ([]audit.Change, error) {
	if err := d.hanging(ctx, w); err != nil {
		return nil, err
	}
	return w.why(audit.Change{Field: "since", Old: w.unit.Since.Format(time.DateOnly)}, audit.Change{Field: "code", Old: w.unit.Code}),
		d.s.tree.Unenter(ctx, w.unit)
}

// hanging refuses to take back what something hangs on, and names it: what lies in it or
// lay there, whom it took over from or who takes over from it, and posts held there.
func (d *Dated) hanging(ctx context.Context, w *doing) error {
	units := fault.List{}
	in, err := d.s.tree.Hanging(ctx, w.unit)
	if err != nil {
		return err
	}
	for _, l := range in {
		units = append(units, fault.Text(l.Name))
	}
	for _, l := range append(w.life.Successors, w.life.Predecessors...) {
		units = append(units, fault.Text(l.Unit.Name))
	}
	roles, err := d.s.gate.Posts(ctx, w.unit)
	if err != nil {
		return err
	}
	posts := fault.List{}
	for _, id := range roles {
		if r := w.profile.Role(id); r != nil {
			posts = append(posts, fault.Text(r.Name))
		}
	}
	f := fault.New(fault.Conflict, "unit.hangs").WithNext("unit.next.hangs", d.screen+w.unit.UID, nil)
	switch {
	case w.unit.Until != nil:
		return d.closingStands(ctx, w.unit)
	case len(units) > 0:
		return f.With("Names", units[:min(len(units), mostNamed)]).With("Count", len(units))
	case len(roles) > 0:
		f.Key = "unit.hangs_posts"
		return f.With("Names", posts)
	}
	return nil
}
