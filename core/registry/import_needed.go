package registry

import (
	"context"
	"slices"
	"strings"
	"time"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
)

// missing refuses a matching without name, type or place, or without a field that every
// institution must have: a column, or one value for all rows. A file with codes may be a list
// of what is known already, which needs none of it: its rows are asked, each that is new.
func (m *matcher) missing(cols []intake.Column, o ImportOptions, on time.Time) error {
	if slices.ContainsFunc(cols, func(c intake.Column) bool { return c.Target == intake.TargetCode }) {
		return nil
	}
	if err := missingTargets(cols, o.Values); err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "import.bad_matching")
	for _, f := range m.needed(on) {
		if o.Values[f.ID] == "" && !slices.ContainsFunc(cols, func(c intake.Column) bool { return c.Target == f.ID }) {
			bad = bad.WithField("values."+f.ID, "import.no_value", fault.Args{"Field": fault.Text(f.Name)})
		}
	}
	return bad.OrNil()
}

// needed are the fields that every institution must have.
func (m *matcher) needed(on time.Time) []*profile.Field {
	var out []*profile.Field
	for _, f := range m.p.Register(Institutions).FieldsAt(on) {
		if always(f) {
			out = append(out, f)
		}
	}
	return out
}

// always reports that every institution must have a field.
func always(f *profile.Field) bool {
	return f.RequiredExpr == "true" && f.WhenExpr == "" && f.Group().WhenExpr == "" && f.DerivedExpr == ""
}

// Needed returns the fields that every institution must have: where no column of a file
// is one, a value for all its rows is asked for.
func (t *Transfer) Needed(ctx context.Context) ([]*profile.Field, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	return m.needed(t.tree.Today(ctx)), nil
}

// fixed reads the values that all rows share, as cells; those of the institution itself
// are texts, NoValue is left out.
func (t *Transfer) fixed(p *profile.Profile, r *intake.Reader, values map[string]string, on time.Time) (map[string]any, error) {
	bad := fault.New(fault.Invalid, "import.bad_matching")
	out := map[string]any{}
	for id, s := range values {
		if s = strings.TrimSpace(s); s == "" || s == NoValue {
			continue
		}
		switch id {
		case intake.TargetType:
			if typeWords(p)[locale.Compact(s)] == "" {
				key, args := unknownType(p, on, s)
				bad = bad.WithField("values."+id, key, args)
			}
			out[id] = s
			continue
		case targetRegion, targetDistrict:
			out[id] = s
			continue
		}
		f := p.Register(Institutions).Field(id)
		if f == nil || f.DerivedExpr != "" {
			bad = bad.WithField("values."+id, "import.no_target", nil)
			continue
		}
		c := r.Column(f)
		v, wrong := r.Value(&c, intake.Said{Text: s, Kind: exchange.Words})
		if wrong == nil {
			if _, key, args := f.Canonical(v, profile.DateOf(on)); key != "" {
				wrong = &intake.Fault{Key: key, Args: args}
			}
		}
		if wrong != nil {
			bad = bad.WithField("values."+id, wrong.Key, wrong.Args)
			continue
		}
		out[id] = v
	}
	return out, bad.OrNil()
}

// missingTargets refuses a matching without name, type or place.
func missingTargets(cols []intake.Column, values map[string]string) error {
	has := func(prefix string) bool {
		return values[prefix] != "" || slices.ContainsFunc(cols, func(c intake.Column) bool { return strings.HasPrefix(c.Target, prefix) })
	}
	bad := fault.New(fault.Invalid, "import.bad_matching")
	if !has(intake.TargetName) {
		bad = bad.WithField("targets", "import.no_name_column", nil)
	}
	if !has(intake.TargetType) {
		bad = bad.WithField("targets", "import.no_type_column", nil)
	}
	if !has(targetRegion) && !has(targetDistrict) {
		bad = bad.WithField("targets", "import.no_place_column", nil)
	}
	return bad.OrNil()
}
