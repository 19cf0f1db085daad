package profile

import (
	"slices"

	"mektep/core/fault"
)

// What a field is told that does not apply: because of what the record says, or of what it
// does not say yet.
const (
	keyNotApplicable = "field.not_applicable"
	keyWaits         = "field.waits"
	keyWaitsFor      = "field.waits_for"
)

// NotApplicable reports that a fault says of a field that it does not apply to its record.
func NotApplicable(key string) bool {
	return key == keyNotApplicable || key == keyWaits || key == keyWaitsFor
}

// DependsOn reports that what a record says in another field decides whether the field applies to it.
func (f *Field) DependsOn(id string) bool {
	return slices.ContainsFunc(f.rules.whenOf, func(other *Field) bool { return other.ID == id })
}

// Awaited is the group of the field that a fault says another waits for; empty: none.
func (p *Profile) Awaited(register string, f FieldFault) string {
	id, _ := f.Args["Awaits"].(string)
	r := p.Register(register)
	if r == nil || r.fields[id] == nil {
		return ""
	}
	return r.fields[id].Group().ID
}

// mostNamed is how many values a message names at most.
const mostNamed = 6

// barred says why a field does not apply: where it would if another one that is empty were
// filled in, that one is to be filled in, and what stands here may be right.
func (v *validation) barred(f *Field) (key string, args fault.Args) {
	if !f.Holds(v.on) {
		return keyNotApplicable, nil
	}
	for _, other := range f.rules.whenOf {
		if _, there := v.values[other.ID]; there || v.bad[other.ID] || other.rules.derived != nil || !other.Holds(v.on) {
			continue
		}
		opens, all := v.opening(f, other)
		if len(opens) == 0 {
			continue
		}
		args = fault.Args{"Awaits": other.ID, "Other": fault.Text(other.Name), "Group": fault.Text(other.Group().Name)}
		if all || len(opens) > mostNamed || opens[0] == nil {
			return keyWaits, args
		}
		args["Values"] = opens
		return keyWaitsFor, args
	}
	return keyNotApplicable, nil
}

// opening returns the values of an empty field with which another would apply, as they are
// called; all: whatever is filled in opens it.
func (v *validation) opening(f, other *Field) (opens fault.List, all bool) {
	empty, given := v.vars[other.ID], v.vars["given"].([]string)
	defer func() { v.vars[other.ID], v.vars["given"] = empty, given }()
	v.vars["given"] = append(slices.Clone(given), other.ID)
	all = true
	for _, c := range other.tried(v.on) {
		v.vars[other.ID] = c.value
		if ok, err := f.met(v.vars); ok && err == nil {
			opens = append(opens, c.called)
		} else {
			all = false
		}
	}
	return opens, all
}

// triedValue is a value that a field could have, as conditions see it, and what it is called;
// of those that nobody chooses from a list no name is told.
type triedValue struct{ value, called any }

// tried are values that a field could have: all of those that it can choose from, some of the
// others.
func (f *Field) tried(on Date) []triedValue {
	if could := f.Type.Kind.spec().tried; could != nil {
		return could(f, on)
	}
	return []triedValue{{"x", nil}}
}

// itemsTried are the entries of a field's book.
func itemsTried(as func(code string) any) func(*Field, Date) []triedValue {
	return func(f *Field, on Date) []triedValue {
		var out []triedValue
		for _, i := range f.profile.ItemsAt(f.Type.Target, on.Time()) {
			out = append(out, triedValue{as(i.Code), fault.Text(i.Name)})
		}
		return out
	}
}

// numbersTried are numbers that a field could have.
func numbersTried(as func(n float64) any) func(*Field, Date) []triedValue {
	return func(f *Field, _ Date) []triedValue {
		out := []triedValue{{as(1), nil}}
		for _, bound := range []*float64{f.Min, f.Max} {
			if bound != nil {
				out = append(out, triedValue{as(*bound), nil})
			}
		}
		return out
	}
}
