package transfer

import (
	"context"
	"maps"
	"time"

	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/record"
)

// begin judges what only a record that is to be entered must meet: what its register asks, its
// fields, and the rights over it. Where it is to lie, or what it is, is not understood, its fields
// are judged each for itself.
func (r *Judge) begin(ctx context.Context, st *Row) []Fault {
	maps.Copy(st.Fields, st.Filled)
	faults := r.pass.Begin(ctx, st)
	place, known := r.pass.Place(st)
	if !known {
		return append(faults, r.each(st)...)
	}
	fields, wrong := r.P.ValidateRecord(r.t.object(), record.Facts(st.Fields, place.Type, place.Level), r.Today)
	for _, f := range wrong {
		if !r.follows(st, f.Name, f.Key) {
			faults = append(faults, Fault{Target: f.Name, Key: f.Key, Args: f.Args})
		}
	}
	faults = append(faults, r.permit(ctx, st, place, r.t.records.Brought(r.P, fields, place.Type, place.Level, r.Today))...)
	st.Fields = fields
	return faults
}

// follows reports that what is said of a field comes of a cell that is not understood, of which that
// is told: it is not empty, and whether another field applies that asks for it nobody knows yet.
func (r *Judge) follows(st *Row, field, key string) bool {
	f := r.t.records.Of(r.P).Field(field)
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

// each judges the fields of a row each for itself: which apply, a type and a place would say.
func (r *Judge) each(st *Row) []Fault {
	var faults []Fault
	for _, f := range r.t.records.Of(r.P).FieldsAt(r.Today) {
		v, said := st.Fields[f.ID]
		switch {
		case said:
			faults = append(faults, formed(f, v, r.Today)...)
		case always(f) && !st.Miscoded: // a record that the register has may lack it in a file
			faults = append(faults, Fault{Target: f.ID, Key: "field.required", Args: fault.Args{"Field": fault.Text(f.Name)}})
		}
	}
	return faults
}

// formed judges one value by itself, whatever else the record says.
func formed(f *profile.Field, v any, on time.Time) []Fault {
	_, key, args := f.Canonical(v, profile.DateOf(on))
	if key == "" {
		return nil
	}
	if args == nil {
		args = fault.Args{}
	}
	args["Field"] = fault.Text(f.Name)
	return []Fault{{Target: f.ID, Key: key, Args: args}}
}

// Refused says of a row what a write refused, in the columns of the file.
func (r *Judge) Refused(ctx context.Context, st *Row, f *fault.Error) []Fault {
	faults := make([]Fault, 0, len(f.Fields))
	for _, x := range f.Fields {
		faults = append(faults, r.pass.Refused(ctx, st, x))
	}
	if len(faults) == 0 {
		faults = append(faults, Fault{Target: r.t.subject.Called(r.P), Key: f.Key, Args: f.Args})
	}
	for k := range faults {
		faults[k].Known, faults[k].Rule, faults[k].Law, faults[k].Next = st.Known, f.Rule, f.Law, f.Next
	}
	return faults
}

// permit asks the gate whether the record may be imported and created there, and which groups of
// fields may not be written that it could have been entered without.
func (r *Judge) permit(ctx context.Context, st *Row, place Place, groups map[string][]string) []Fault {
	at := gate.Target{Object: r.t.object(), Path: place.Path, Type: place.Type}
	for _, action := range []string{"import", "create"} {
		law, f := r.Allowed(ctx, action, at)
		if f != nil {
			// Elsewhere it might be allowed; what is allowed nowhere names the record.
			if f.Target = r.t.subject.Called(r.P); f.Key == "gate.elsewhere" {
				f.Target = r.pass.Where(st)
			}
			return []Fault{*f}
		}
		st.Law = law
	}
	return r.permitFields(ctx, at, groups, 0)
}
