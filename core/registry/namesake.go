package registry

import (
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/unit"
)

// sameName is the field of an act that says that two places of one name are meant.
const sameName = "same_name"

// likeNone asks whether an institution that looks like another is meant: one of almost its name
// in any language, its type and its place, or one of all its names and its place whose type is
// another: what a list calls one of them may be either. Those that were there before a deed, and those that
// whoever acts may not see, are not asked about.
func (s *Service) likeNone(ctx context.Context, tx *db.Tx, u unit.Unit, before []unit.Twin, meant bool) error {
	forms, err := s.likeness(ctx)
	if err != nil {
		return err
	}
	now, err := s.tree.Twins(ctx, tx, u, forms)
	if err != nil {
		return err
	}
	for _, twin := range now {
		was := slices.ContainsFunc(before, func(b unit.Twin) bool { return b.ID == twin.ID && (twin.Other || !b.Other) })
		if was || meant || !s.gate.Can(ctx, "view", s.Target(twin.Unit)) {
			continue
		}
		place, err := s.tree.ByID(ctx, twin.Place)
		if err != nil {
			return err
		}
		key, args := "institution.twin", fault.Args{"Name": twin.Name, "Code": twin.Code, "Place": fault.Text(place.Name)}
		if twin.Other {
			m, err := s.gate.Ministry(ctx)
			if err != nil {
				return err
			}
			if typ := m.Profile.TypeAt(twin.Of, twin.From); typ != nil {
				key, args["Type"] = "institution.twin_type", fault.Text(typ.Name)
			}
		}
		return fault.New(fault.Invalid, "institution.invalid").WithField(sameName, key, args).
			WithNext("institution.next.twin", institutions.screen+twin.UID, fault.Args{"Name": twin.Name})
	}
	return nil
}

// unlikeOthers does something to an institution and asks about those that it looks like
// then and did not before.
func (d *Dated) unlikeOthers(ctx context.Context, w *doing, do func() ([]audit.Change, error)) ([]audit.Change, error) {
	forms, err := d.s.likeness(ctx)
	if err != nil {
		return nil, err
	}
	before, err := d.s.tree.Twins(ctx, w.tx, w.unit, forms)
	if err != nil {
		return nil, err
	}
	changes, err := do()
	if err != nil {
		return nil, err
	}
	now, err := d.s.tree.ByID(ctx, w.unit.ID)
	if err != nil {
		return nil, notFoundIsNone(err)
	}
	return changes, d.s.likeNone(ctx, w.tx, now, before, w.SameName)
}

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
