package registry

import (
	"context"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// Begin judges what only an institution that is to be entered must meet: a name in the main
// language, its type and place, and what the tree refuses.
func (r *rows) Begin(ctx context.Context, row *transfer.Row) []transfer.Fault {
	st := rowOf(row)
	faults := slices.Clone(st.twice)
	if main := r.P.Main(); st.names[main] == "" && len(st.names) > 0 {
		faults = append(faults, transfer.Fault{Target: intake.TargetName, Key: "import.row.no_name_in", Args: fault.Args{"Language": fault.Key("language." + main)}})
	}
	if typ := r.P.TypeAt(st.typ, st.Since); st.typ != "" && typ == nil {
		key, args := noType(r.P, st.typ, st.Since)
		faults = append(faults, transfer.Fault{Target: intake.TargetType, Key: key, Args: args})
		r.unmeantType(st)
	} else if typ != nil && st.parent != nil && !slices.Contains(r.P.ParentsOf(typ), st.parent.Level) {
		faults = append(faults, transfer.Fault{
			Target: st.said.target(), Key: "institution.wrong_parent", Args: fault.Args{"Type": fault.Text(typ.Name), "Unit": fault.Text(st.parent.Name)},
		})
	}
	if st.typ == "" || st.parent == nil {
		return faults
	}
	if target := r.leaves(st); target != "" {
		faults = append(faults, transfer.Fault{Target: target, Key: "import.row.no_district", Args: fault.Args{"Region": fault.Text(st.parent.Name)}, Warn: true})
	}
	return append(faults, r.lasts(ctx, st)...)
}

// Place is where the institution of a row comes to lie.
func (r *rows) Place(row *transfer.Row) (transfer.Place, bool) {
	st := rowOf(row)
	if st.typ == "" || st.parent == nil {
		return transfer.Place{}, false
	}
	return transfer.Place{Path: st.parent.Path, Type: st.typ, Level: st.parent.Level}, true
}

// Entering is what the institution is called, its type and place.
func (r *rows) Entering(row *transfer.Row) transfer.Entering {
	st := rowOf(row)
	e := transfer.Entering{Names: st.names}
	if t := r.P.Type(st.typ); t != nil {
		e.Type = fault.Text(t.Name)
	}
	for u := st.parent; u != nil && u.Level != unit.Ministry; {
		e.Places = append(e.Places, u.Name)
		if u.ParentID == nil {
			break
		}
		u = r.places.units[*u.ParentID]
	}
	return e
}

// Where is the most precise column in which a row says where its institution lies.
func (r *rows) Where(row *transfer.Row) string { return rowOf(row).said.target() }

// Refused says of a row why the tree refused what it would enter, in the columns of the file.
func (r *rows) Refused(ctx context.Context, row *transfer.Row, f fault.Field) transfer.Fault {
	st := rowOf(row)
	bad := transfer.Fault{Key: f.Key, Args: f.Args}
	switch f.Name {
	case "parent", "level":
		bad.Target = st.said.target()
		if until, ends := f.Args["Until"].(time.Time); ends && st.parent != nil {
			place := *st.parent // as it was read: it may have been closed since
			place.Until = &until
			region, _ := r.places.one(unit.Region, nil, st.said, targetRegionCode, targetRegion, st.Since)
			bad = r.over(ctx, located{target: bad.Target, within: region, asked: true}, place, st.said.of(bad.Target))
		}
	default:
		bad.Target = r.target(f.Name)
	}
	return bad
}

// lasts judges what the tree says of the institution that a row is to become: where its
// place ends it goes on with what lies there, if that is decided.
func (r *rows) lasts(ctx context.Context, st *staged) []transfer.Fault {
	n := st.unit("")
	var err error
	if n.Onward, err = r.fates.stays(ctx, *st.parent); err != nil {
		r.Broke(err)
	}
	if f := n.Check(); f != nil {
		return slices.DeleteFunc(r.Judge.Refused(ctx, st.Row, f), func(f transfer.Fault) bool {
			return f.Key == "field.required" && ofName(f.Target) // that is said of the row
		})
	}
	if len(n.Onward) == 0 {
		return nil
	}
	last := n.Onward[len(n.Onward)-1].Place
	if typ := r.P.TypeAt(st.typ, st.Since); typ != nil && !slices.Contains(r.P.ParentsOf(typ), last.Level) {
		return []transfer.Fault{{Target: st.said.target(), Key: "institution.wrong_parent", Args: fault.Args{"Type": fault.Text(typ.Name), "Unit": fault.Text(last.Name)}}}
	}
	return []transfer.Fault{goesOn(st.said.target(), *st.parent, n.Onward)}
}

// leaves returns the column of districts that a row leaves empty which so comes to lie
// directly in a region; empty where it does not, or the file has no such column.
func (r *rows) leaves(st *staged) string {
	if st.parent.Level != unit.Region || st.said.district+st.said.districtCode != "" || !r.places.inner[st.parent.ID] {
		return ""
	}
	for _, c := range r.Reader.Columns() {
		if c.Target == targetDistrict || c.Target == targetDistrictCode {
			return c.Target
		}
	}
	return ""
}

// unit is the unit that the row is to become.
func (st *staged) unit(order string) unit.New {
	return unit.New{Parent: st.parent, Level: unit.Institution, Type: st.typ, Name: st.names, Code: st.Code, Since: st.Since, Order: order}
}

// Make enters new institutions.
func (r *rows) Make(ctx context.Context, tx *db.Tx, held []*transfer.Row) ([]record.Head, []audit.Entry, error) {
	news := make([]unit.New, len(held))
	order := r.Options.Order()
	for k, row := range held {
		news[k] = rowOf(row).unit(order.Number)
	}
	units, err := r.s.tree.CreateMany(ctx, news)
	if err != nil {
		return nil, nil, err
	}
	heads, entries, fresh := make([]record.Head, len(units)), make([]audit.Entry, len(units)), make([]record.Fresh, len(units))
	for k, u := range units {
		heads[k] = headOf(u)
		fresh[k] = record.Fresh{Head: heads[k], Level: news[k].Parent.Level, Fields: held[k].Fields}
		entries[k] = created(u, held[k].Fields, gate.Grant{Source: held[k].Law}, order)
	}
	return heads, entries, r.s.Store(ctx, tx, r.P, fresh...)
}
