package registry

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// meet holds a row against those before it and against the register: by its code, or by
// its look where it has none. out says that the row is left out.
func (r *rows) meet(ctx context.Context, st *staged) (out bool, faults []rowFault) {
	if st.miscoded {
		return false, nil
	}
	var looks []uint64
	if st.parent != nil && st.typ != "" { // what lies where nothing may be seen is not told by its look either
		if _, hidden := r.allowed(ctx, "view", gate.Target{Object: Institutions, Path: st.parent.Path, Type: st.typ}); hidden == nil {
			looks = r.known.looks(st.names, st.typ, st.parent.ID)
		}
	}
	switch {
	case st.code != "":
		if before, twice := r.codes[st.code]; twice {
			faults = append(faults, rowFault{target: intake.TargetCode, key: "import.row.code_twice", args: fault.Args{"Line": before}})
		} else {
			r.codes[st.code] = st.line
		}
		if k, there := r.known.byCode[st.code]; there {
			st.known = k.id
			break
		}
		if many := r.codeless(st, looks); many != nil {
			return true, append(faults, *many)
		}
		if k, look := r.twinOf(st, looks); k != 0 {
			_, same := r.sameName(st, look)
			return true, append(faults, rowFault{target: intake.TargetCode, key: "import.row.twin_other_code", args: fault.Args{"Same": same}, warn: true, known: k})
		}
		if st.known == 0 {
			faults = append(faults, r.twinsOfFile(st, looks)...)
			faults = append(faults, r.beside(st, looks)...)
		}
	case len(looks) > 0:
		return r.meetNamed(st, looks)
	}
	return false, faults
}

// meetNamed holds a row without a code against the register: one that is named there as the
// row names it, in that place, is the one that is meant, as long as no other could be. What
// only looks alike, and what could be one of several, is asked about.
func (r *rows) meetNamed(st *staged, looks []uint64) (out bool, faults []rowFault) {
	fit := slices.DeleteFunc(r.known.fits(r.known.byName, st.names, st.typ, st.parent.ID), func(k knownUnit) bool {
		return !k.uncoded && r.reader.Has(k.code) // the file has it in a row of its own
	})
	if len(fit) == 1 && fit[0].uncoded && r.named[fit[0].id] == 0 {
		st.known = fit[0].id
		r.named[st.known] = st.line
		for _, look := range looks {
			r.looks[look] = st.line
		}
		return false, nil
	}
	if k := r.ended(st); k != 0 && len(fit) == 0 {
		st.known = k
		return false, nil
	}
	if r.options.Twins {
		return false, nil
	}
	asked := func(key string, look uint64, args fault.Args, known int64) (bool, []rowFault) {
		target, same := r.sameName(st, look)
		args["Same"] = same
		return true, []rowFault{{target: target, key: key, args: args, warn: true, known: known}}
	}
	if len(fit) > 1 {
		return asked("import.row.twin_many", looks[0], fault.Args{"Count": len(fit)}, fit[0].id)
	}
	for _, look := range looks {
		if before, twice := r.looks[look]; twice {
			return asked("import.row.twin_file", look, fault.Args{"Line": before}, 0)
		}
	}
	for _, look := range looks {
		r.looks[look] = st.line
		k, there := r.known.byLook[look]
		switch {
		case !there || k.closed:
		case k.uncoded:
			out, faults = asked("import.row.twin_register", look, fault.Args{}, k.id)
			faults[0].names = st.names
			return out, faults
		default:
			return asked("import.row.twin_code", look, fault.Args{}, k.id)
		}
	}
	if other := r.otherType(st, "import.row.twin_type"); other != nil {
		return true, []rowFault{*other}
	}
	return false, r.closedTwin(looks)
}

// codeless meets a row of a new code with the institution without one that it looks like, which
// gets it; of several it is asked which is meant.
func (r *rows) codeless(st *staged, looks []uint64) *rowFault {
	for _, look := range looks {
		k, there := r.known.byLook[look]
		if !there || !k.uncoded || k.closed {
			continue
		}
		if many := r.known.bare[look]; many > 1 {
			fit := slices.DeleteFunc(r.known.fits(r.known.byName, st.names, st.typ, st.parent.ID), func(k knownUnit) bool { return !k.uncoded })
			if len(fit) != 1 {
				if r.options.Twins {
					return nil
				}
				target, same := r.sameName(st, look)
				return &rowFault{target: target, key: "import.row.twin_many", args: fault.Args{"Count": many, "Same": same}, warn: true, known: k.id}
			}
			k = fit[0]
		}
		st.known, st.recode = k.id, true
		return nil
	}
	return nil
}

// ended is the closed institution without a code that a row says all the same of, the day
// since when it was included: an export of all that there were has such rows. 0: none, or
// more than one.
func (r *rows) ended(st *staged) int64 {
	fit := slices.DeleteFunc(r.known.fits(r.known.ended, st.names, st.typ, st.parent.ID), func(k knownUnit) bool { return !k.since.Equal(st.since) })
	if len(fit) != 1 {
		return 0
	}
	return fit[0].id
}

// twinOf is the institution of another code that a row with a new one looks like; 0 where
// there is none, the file has that code in a row of its own, or it was said that those who
// look alike are meant.
func (r *rows) twinOf(st *staged, looks []uint64) (id int64, by uint64) {
	if st.known != 0 || r.options.Twins {
		return 0, 0
	}
	for _, look := range looks {
		if k, there := r.known.byLook[look]; there && !k.closed && !k.uncoded && !r.reader.Has(k.code) {
			return k.id, look
		}
	}
	return 0, 0
}

// sameName is the name of a row that has a look, and the column that it stands in: what is
// called otherwise in the reader's language may be the same in another.
func (r *rows) sameName(st *staged, look uint64) (target, name string) {
	for _, lang := range slices.Sorted(maps.Keys(st.names)) {
		if r.known.look(st.names[lang], st.typ, st.parent.ID) == look {
			return r.target(intake.TargetName + "." + lang), st.names[lang]
		}
	}
	return intake.TargetName, ""
}

// twinsOfFile tells of a new row with a code that one before it in the file looks the same: a
// school of two codes is entered twice.
func (r *rows) twinsOfFile(st *staged, looks []uint64) []rowFault {
	var faults []rowFault
	for _, look := range looks {
		if before, twice := r.looks[look]; twice && len(faults) == 0 && !r.options.Twins {
			faults = []rowFault{{target: intake.TargetCode, key: "import.row.twin_codes", args: fault.Args{"Line": before}, warn: true}}
		}
		r.looks[look] = st.line
	}
	return faults
}

// begin judges what only an institution that is to be entered must meet: what the tree
// refuses, its type, its fields, and the rights over it. Where its type or its place is
// not understood, its fields are judged each for itself.
func (r *rows) begin(ctx context.Context, st *staged) []rowFault {
	for id, v := range st.filled {
		st.fields[id] = v
	}
	var faults []rowFault
	if main := r.p.Main(); st.names[main] == "" && len(st.names) > 0 {
		faults = append(faults, rowFault{target: intake.TargetName, key: "import.row.no_name_in", args: fault.Args{"Language": fault.Key("language." + main)}})
	}
	if typ := r.p.TypeAt(st.typ, st.since); st.typ != "" && typ == nil {
		key, args := noType(r.p, st.typ, st.since)
		faults = append(faults, rowFault{target: intake.TargetType, key: key, args: args})
		r.unmeantType(st)
	} else if typ != nil && st.parent != nil && !slices.Contains(r.p.ParentsOf(typ), st.parent.Level) {
		faults = append(faults, rowFault{
			target: st.said.target(), key: "institution.wrong_parent", args: fault.Args{"Type": fault.Text(typ.Name), "Unit": fault.Text(st.parent.Name)},
		})
	}
	if st.typ == "" || st.parent == nil {
		return append(faults, r.each(st)...)
	}
	if target := r.leaves(st); target != "" {
		faults = append(faults, rowFault{target: target, key: "import.row.no_district", args: fault.Args{"Region": fault.Text(st.parent.Name)}, warn: true})
	}
	faults = append(faults, r.lasts(ctx, st)...)
	fields, wrong := r.p.ValidateRecord(Institutions, record.Facts(st.fields, st.typ, st.parent.Level), r.today)
	for _, f := range wrong {
		if !r.follows(st, f.Name, f.Key) {
			faults = append(faults, rowFault{target: f.Name, key: f.Key, args: f.Args})
		}
	}
	faults = append(faults, r.permit(ctx, st, r.s.Brought(r.p, fields, st.typ, st.parent.Level, r.today))...)
	st.fields = fields
	return faults
}

// follows reports that what is said of a field comes of a cell that is not understood, of which that
// is told: it is not empty, and whether another field applies that asks for it nobody knows yet.
func (r *rows) follows(st *staged, field, key string) bool {
	f := r.p.Register(Institutions).Field(field)
	if f == nil || !profile.NotApplicable(key) {
		return key == "field.required" && st.unread[field]
	}
	for id := range st.unread {
		if st.unread[id] && f.DependsOn(id) {
			return true
		}
	}
	return false
}

// lasts judges what the tree says of the institution that a row is to become: where its
// place ends it goes on with what lies there, if that is decided.
func (r *rows) lasts(ctx context.Context, st *staged) []rowFault {
	n := st.unit("")
	var err error
	if n.Onward, err = r.fates.stays(ctx, *st.parent); err != nil {
		r.broken = err
	}
	if f := n.Check(); f != nil {
		return r.refused(ctx, st, f)
	}
	if len(n.Onward) == 0 {
		return nil
	}
	last := n.Onward[len(n.Onward)-1].Place
	if typ := r.p.TypeAt(st.typ, st.since); typ != nil && !slices.Contains(r.p.ParentsOf(typ), last.Level) {
		return []rowFault{{target: st.said.target(), key: "institution.wrong_parent", args: fault.Args{"Type": fault.Text(typ.Name), "Unit": fault.Text(last.Name)}}}
	}
	return []rowFault{goesOn(st.said.target(), *st.parent, n.Onward)}
}

// leaves returns the column of districts that a row leaves empty which so comes to lie
// directly in a region; empty where it does not, or the file has no such column.
func (r *rows) leaves(st *staged) string {
	if st.parent.Level != unit.Region || st.said.district+st.said.districtCode != "" || !r.places.inner[st.parent.ID] {
		return ""
	}
	for _, c := range r.reader.Columns() {
		if c.Target == targetDistrict || c.Target == targetDistrictCode {
			return c.Target
		}
	}
	return ""
}

// unit is the unit that the row is to become.
func (st *staged) unit(order string) unit.New {
	return unit.New{Parent: st.parent, Level: unit.Institution, Type: st.typ, Name: st.names, Code: st.code, Since: st.since, Order: order}
}

// each judges the fields of a row each for itself: which apply, a type and a place would say.
func (r *rows) each(st *staged) []rowFault {
	var faults []rowFault
	for _, f := range r.p.Register(Institutions).FieldsAt(r.today) {
		v, said := st.fields[f.ID]
		switch {
		case said:
			faults = append(faults, formed(f, v, r.today)...)
		case always(f) && !st.miscoded: // an institution that the register has may lack it in a file
			faults = append(faults, rowFault{target: f.ID, key: "field.required", args: fault.Args{"Field": fault.Text(f.Name)}})
		}
	}
	return faults
}

// formed judges one value by itself, whatever else the record says.
func formed(f *profile.Field, v any, on time.Time) []rowFault {
	_, key, args := f.Canonical(v, profile.DateOf(on))
	if key == "" {
		return nil
	}
	if args == nil {
		args = fault.Args{}
	}
	args["Field"] = fault.Text(f.Name)
	return []rowFault{{target: f.ID, key: key, args: args}}
}

// refused says of a row what the write refused, in the columns of the file.
func (r *rows) refused(ctx context.Context, st *staged, f *fault.Error) []rowFault {
	faults := make([]rowFault, 0, len(f.Fields))
	for _, x := range f.Fields {
		bad := rowFault{key: x.Key, args: x.Args, rule: f.Rule, law: f.Law, next: f.Next}
		switch x.Name {
		case "parent", "level":
			bad.target = st.said.target()
			if until, ends := x.Args["Until"].(time.Time); ends && st.parent != nil {
				place := *st.parent // as it was read: it may have been closed since
				place.Until = &until
				region, _ := r.places.one(unit.Region, nil, st.said, targetRegionCode, targetRegion, st.since)
				bad = r.over(ctx, located{target: bad.target, within: region, asked: true}, place, st.said.of(bad.target))
			}
		default:
			bad.target = r.target(x.Name)
		}
		faults = append(faults, bad)
	}
	if len(faults) == 0 {
		faults = append(faults, rowFault{target: intake.TargetName, key: f.Key, args: f.Args, rule: f.Rule, law: f.Law, next: f.Next})
	}
	for k := range faults {
		faults[k].known = st.known
	}
	return faults
}

// permit asks the gate whether the institution may be imported and created there, and
// which groups of fields may not be written that it could have been entered without.
func (r *rows) permit(ctx context.Context, st *staged, groups map[string][]string) []rowFault {
	for _, action := range []string{"import", "create"} {
		law, f := r.allowed(ctx, action, gate.Target{Object: Institutions, Path: st.parent.Path, Type: st.typ})
		if f != nil {
			// Elsewhere it might be allowed; what is allowed nowhere names the institution.
			if f.target = intake.TargetName; f.key == "gate.elsewhere" {
				f.target = st.said.target()
			}
			return []rowFault{*f}
		}
		st.law = law
	}
	return r.permitFields(ctx, gate.Target{Object: Institutions, Path: st.parent.Path, Type: st.typ}, groups, 0)
}

// permitFields asks the gate group by group, and names every field that is refused.
func (r *rows) permitFields(ctx context.Context, t gate.Target, groups map[string][]string, known int64) []rowFault {
	var faults []rowFault
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		t.Groups = []string{g}
		_, f := r.allowed(ctx, "update", t)
		if f == nil {
			continue
		}
		for _, id := range groups[g] {
			each := *f
			each.target, each.known = id, known
			faults = append(faults, each)
		}
	}
	return faults
}

// allowed asks the gate once for all rows that ask the same.
func (r *rows) allowed(ctx context.Context, action string, t gate.Target) (law string, refused *rowFault) {
	q := right{action, t.Path, t.Type, strings.Join(t.Groups, " ")}
	err, asked := r.rights[q]
	if !asked {
		var grant gate.Grant
		t.UID = ""
		grant, err = r.s.gate.Check(ctx, action, t)
		r.rights[q], r.laws[q] = err, grant.Source
	}
	if err == nil {
		return r.laws[q], nil
	}
	f := fault.From(err)
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		r.broken = err
	}
	return "", &rowFault{key: f.Key, args: f.Args, rule: f.Rule, law: f.Law, next: f.Next}
}
