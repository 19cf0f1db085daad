package profile

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"mektep/core/clock"
	"mektep/core/fault"
)

// fieldRules is a field compiled.
type fieldRules struct {
	pattern  *regexp.Regexp
	required *condition
	when     *condition
	check    *condition
	derived  *condition
	latest   Date
	whenOf   []*Field // the fields that decide whether it applies
}

// contextKeys are what a record may bring along besides its fields, for
// conditions: of the institution, its type and the level of the unit it hangs on.
var contextKeys = []string{"type", "level"}

// FieldFault says what is wrong with one field: Name is the field's id, Key a
// message key (field.required, field.pattern, …).
type FieldFault = fault.Field

// ValidateRecord judges a record of a register on a day and returns its values
// in canonical form: see Kind. Empty values are left out. The record may bring
// "type" and "level" along for conditions; they are not part of the result.
// Values are those of a form (text) or of JSON.
func (p *Profile) ValidateRecord(register string, record map[string]any, on time.Time) (map[string]any, []FieldFault) {
	r := p.Register(register)
	if r == nil {
		return nil, []FieldFault{{Name: register, Key: "field.unknown"}}
	}
	v := p.newValidation(r, record, DateOf(clock.Day(on)))
	v.read(record)
	v.derive()
	v.judge()
	slices.SortStableFunc(v.faults, func(a, b FieldFault) int { return r.order(a.Name) - r.order(b.Name) })
	return v.values, v.faults
}

func (r *Register) order(id string) int {
	return slices.IndexFunc(r.all, func(f *Field) bool { return f.ID == id })
}

// validation is the work on one record.
type validation struct {
	p      *Profile
	r      *Register
	on     Date
	values map[string]any // canonical
	bad    map[string]bool
	vars   map[string]any // what conditions see
	faults []FieldFault
}

func (p *Profile) newValidation(r *Register, record map[string]any, on Date) *validation {
	v := &validation{p: p, r: r, on: on, values: map[string]any{}, bad: map[string]bool{}}
	v.vars = p.context(r, record, on)
	return v
}

// context returns the names of a condition with every field empty.
func (p *Profile) context(r *Register, record map[string]any, on Date) map[string]any {
	vars := make(map[string]any, len(r.all)+6)
	for _, f := range r.all {
		vars[f.ID] = f.Type.Kind.spec().zero
	}
	kind, _ := record["type"].(string)
	level, _ := record["level"].(string)
	group, abroad := "", false
	if t := p.index.types[kind]; t != nil {
		group, abroad = t.Group, t.Abroad
	}
	vars["abroad"] = abroad
	vars["type"], vars["type_group"], vars["level"], vars["on"], vars["given"] = kind, group, level, on.Time(), []string{}
	return vars
}

func (v *validation) fault(f *Field, key string, args fault.Args) {
	if v.bad[f.ID] {
		return
	}
	v.bad[f.ID] = true
	if args == nil {
		args = fault.Args{}
	}
	args["Field"] = map[string]string(f.Name) // the renderer picks the language
	v.faults = append(v.faults, FieldFault{Name: f.ID, Key: key, Args: args})
}

func (v *validation) set(f *Field, value any) {
	v.values[f.ID] = value
	given := v.vars["given"].([]string)
	v.vars["given"] = append(given[:len(given):len(given)], f.ID)
	if d, ok := value.(Date); ok {
		v.vars[f.ID] = d.Time()
	} else {
		v.vars[f.ID] = value
	}
}

// read brings every value into canonical form.
func (v *validation) read(record map[string]any) {
	for id, raw := range record {
		if slices.Contains(contextKeys, id) && v.r.fields[id] == nil {
			continue
		}
		f := v.r.fields[id]
		if f == nil {
			v.faults = append(v.faults, FieldFault{Name: id, Key: "field.unknown"})
			continue
		}
		if isEmpty(raw) && !f.isNoList(raw) {
			continue
		}
		value, key, args := f.Canonical(raw, v.on)
		if key != "" {
			v.fault(f, key, args)
			continue
		}
		v.set(f, value)
	}
}

// isNoList reports that a value is a list where the field holds one value: an empty list is no
// word that it is to be taken away.
func (f *Field) isNoList(raw any) bool {
	switch raw.(type) {
	case []string, []any:
		_, holds := f.Type.Kind.spec().zero.([]string)
		return !holds
	}
	return false
}

func isEmpty(raw any) bool {
	switch x := raw.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(x) == ""
	case []string:
		return len(x) == 0
	case []any:
		return len(x) == 0
	case Date:
		return x == 0
	case time.Time:
		return x.IsZero()
	}
	return false
}

// derive computes what follows from other fields; what was typed there is ignored.
func (v *validation) derive() {
	for _, f := range v.r.all {
		if f.rules.derived == nil {
			continue
		}
		delete(v.values, f.ID)
		delete(v.bad, f.ID)
		v.faults = slices.DeleteFunc(v.faults, func(x FieldFault) bool { return x.Name == f.ID })
		out, err := f.rules.derived.eval(v.vars)
		if err != nil {
			v.fault(f, "field.derived", nil)
			continue
		}
		raw := out.Value()
		if isEmpty(raw) {
			continue
		}
		if t, ok := raw.(time.Time); ok {
			raw = DateOf(t)
		}
		value, key, args := f.Canonical(f.workedOut(raw), v.on)
		if key != "" {
			v.fault(f, key, args)
			continue
		}
		v.set(f, value)
	}
}

// judge applies the conditions: which fields apply, which must be there, which
// checks they must pass.
func (v *validation) judge() {
	for _, f := range v.r.all {
		_, filled := v.values[f.ID]
		applies, err := f.applies(v.vars, v.on)
		if err != nil {
			v.fault(f, "field.check", nil)
			continue
		}
		if !applies {
			if filled && f.rules.derived == nil {
				key, args := v.barred(f)
				v.fault(f, key, args)
			}
			delete(v.values, f.ID)
			continue
		}
		if !filled {
			if f.rules.required != nil && !v.bad[f.ID] {
				if must, err := f.rules.required.holds(v.vars); err != nil || must {
					v.fault(f, "field.required", nil)
				}
			}
			continue
		}
		if f.rules.check != nil {
			v.vars["value"] = v.vars[f.ID]
			if ok, err := f.rules.check.holds(v.vars); err != nil || !ok {
				key := "field.check"
				if len(f.CheckNote) > 0 {
					key = "field.note"
				}
				v.fault(f, key, fault.Args{"Note": map[string]string(f.CheckNote)})
			}
			delete(v.vars, "value")
		}
	}
}

// applies reports whether the field is kept on the day for such a record.
func (f *Field) applies(vars map[string]any, on Date) (bool, error) {
	if !f.Holds(on) {
		return false, nil
	}
	return f.met(vars)
}

// met reports whether the conditions of the field and of its group hold.
func (f *Field) met(vars map[string]any) (bool, error) {
	for _, c := range []*condition{f.group.when, f.rules.when} {
		if c == nil {
			continue
		}
		if ok, err := c.holds(vars); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// Conditions are a record as the conditions of its register see it on a day: made once for
// all the fields that are asked about.
type Conditions struct {
	vars map[string]any
	on   Date
}

// Conditions returns what conditions see of a record of a register on a day. record holds
// canonical values and may bring "type" and "level" along.
func (p *Profile) Conditions(register string, record map[string]any, on time.Time) Conditions {
	day := DateOf(clock.Day(on))
	v := p.newValidation(p.index.registers[register], record, day)
	v.read(record)
	return Conditions{v.vars, day}
}

// Required reports whether a field must be filled in. An error in the condition means that
// it must.
func (c Conditions) Required(f *Field) bool {
	if ok, err := f.applies(c.vars, c.on); err != nil || !ok {
		return err != nil
	}
	if f.rules.required == nil {
		return false
	}
	must, err := f.rules.required.holds(c.vars)
	return err != nil || must
}

// Applies reports whether a field is kept for the record: a form shows it then. An error in
// the condition means that it is not.
func (c Conditions) Applies(f *Field) bool {
	ok, err := f.applies(c.vars, c.on)
	return err == nil && ok
}
