package transfer

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

// Missing refuses a matching without what the register must be told, or without a field that every
// record must have: a column, or one value for all rows. A file with codes may be a list
// of what is known already, which needs none of it: its rows are asked, each that is new.
func (m *Matcher) Missing(cols []intake.Column, o Options, on time.Time) error {
	if slices.ContainsFunc(cols, func(c intake.Column) bool { return c.Target == intake.TargetCode }) {
		return nil
	}
	if err := m.missingTargets(cols, o.Values); err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "import.bad_matching")
	for _, f := range needed(m.fields, on) {
		if o.Values[f.ID] == "" && !slices.ContainsFunc(cols, func(c intake.Column) bool { return c.Target == f.ID }) {
			bad = bad.WithField("values."+f.ID, "import.no_value", fault.Args{"Field": fault.Text(f.Name)})
		}
	}
	return bad.OrNil()
}

// needed are the fields that every record must have.
func needed(fields *profile.Register, on time.Time) []*profile.Field {
	var out []*profile.Field
	for _, f := range fields.FieldsAt(on) {
		if always(f) {
			out = append(out, f)
		}
	}
	return out
}

// always reports that every record must have a field.
func always(f *profile.Field) bool {
	return f.RequiredExpr == "true" && f.WhenExpr == "" && f.Group().WhenExpr == "" && f.DerivedExpr == ""
}

// Needed returns the fields that every record must have: where no column of a file
// is one, a value for all its rows is asked for.
func (t *Service) Needed(ctx context.Context) ([]*profile.Field, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	return needed(m.fields, t.tree.Today(ctx)), nil
}

// ForAll returns the targets of which one value may be said for all rows.
func (t *Service) ForAll(ctx context.Context) ([]Target, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(m.targets), func(t Target) bool { return !t.ForAll }), nil
}

// Choices are those that a person picks from who is asked what a word of a file means as a
// target; nil: they write it.
func (t *Service) Choices(ctx context.Context, target string, l *locale.Localizer) ([]Choice, error) {
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	for _, o := range t.subject.Own(m.Profile, t.words, t.tree.Today(ctx)) {
		if o.ID == target && o.Picked {
			return o.Choices(l), nil
		}
	}
	return nil, nil
}

// Unsaid are those among targets that no column says, by what columns mean.
func Unsaid(targets []Target, columns []string) []Target {
	return slices.DeleteFunc(slices.Clone(targets), func(t Target) bool {
		return slices.ContainsFunc(columns, func(id string) bool { return strings.HasPrefix(id, t.ID) || saysOne(id, t.Within) })
	})
}

// fixed reads the values that all rows share, as cells; those of the register's own are texts,
// NoValue is left out.
func (t *Service) fixed(p *profile.Profile, r *intake.Reader, values map[string]string, on time.Time) (map[string]any, error) {
	bad := fault.New(fault.Invalid, "import.bad_matching")
	out := map[string]any{}
	for id, s := range values {
		if s = strings.TrimSpace(s); s == "" || s == NoValue {
			continue
		}
		if own, wrong := t.subject.Fixed(p, on, id, s); own {
			if wrong != nil {
				bad = bad.WithField("values."+id, wrong.Key, wrong.Args)
			}
			out[id] = s
			continue
		}
		f := t.records.Of(p).Field(id)
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

// missingTargets refuses a matching without what the register must be told of a record.
func (m *Matcher) missingTargets(cols []intake.Column, values map[string]string) error {
	bad := fault.New(fault.Invalid, "import.bad_matching")
	for _, must := range m.subject.Musts(m.P) {
		if !must.said(cols, values) {
			bad = bad.WithField("targets", must.Missing, nil)
		}
	}
	return bad.OrNil()
}
