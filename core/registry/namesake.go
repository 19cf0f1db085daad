package registry

import (
	"context"

	"mektep/core/fault"
	"mektep/core/unit"
)

// sameName is the field of an act that says that two places of one name are meant.
const sameName = "same_name"

// namesakes are the places of one name below one place, today or to come.
func (d *Dated) namesakes(ctx context.Context) (map[[2]int64]unit.Namesakes, error) {
	all, err := d.s.tree.Namesakes(ctx)
	out := make(map[[2]int64]unit.Namesakes, len(all))
	for _, n := range all {
		out[n.Pair()] = n
	}
	return out, err
}

// unlike asks whether a second place of one name below one place is meant, where a deed has
// made one: lists name places by their names, and a name that means two means none. What
// is meant whoever agrees to it is told.
func (d *Dated) unlike(ctx context.Context, w *doing, before map[[2]int64]unit.Namesakes) error {
	now, err := d.namesakes(ctx)
	if err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, d.says.invalid)
	for pair, n := range now {
		if _, was := before[pair]; was {
			continue
		}
		other, name := n.One, n.Names[0]
		if other.ID == w.unit.ID {
			other, name = n.Other, n.Names[1]
		}
		place, err := d.s.tree.ByID(ctx, n.Place)
		if err != nil {
			return err
		}
		args := fault.Args{"Name": name, "Code": other.Code, "Place": fault.Text(place.Name), "Since": n.From}
		bad = bad.WithField(sameName, "unit.same_name", args)
		w.told = append(w.told, fault.Phrase{Key: "approval.told.same_name", Args: args})
	}
	if w.SameName {
		return nil
	}
	return bad.OrNil()
}
