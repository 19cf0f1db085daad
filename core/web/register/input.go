package register

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// typed writes a value as it stands in an input.
func typed(q *screen.Request, f *profile.Field, v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case bool:
		return strconv.FormatBool(x)
	case float64:
		return plainNumber(q, x)
	case int64:
		return plainNumber(q, float64(x))
	case string:
		if f.Type.Kind == profile.KindURL || f.Type.Kind == profile.KindEmail {
			return profile.Readable(x)
		}
		if f.Type.Kind != profile.KindDate {
			return x
		}
	}
	if s, ok := v.(string); ok || f.Type.Kind == profile.KindDate {
		if d, isDay := v.(profile.Date); isDay {
			return q.View().Date(d.Time())
		}
		if d, err := profile.ParseDate(s); err == nil {
			return q.View().Date(d.Time())
		}
		return s
	}
	return ""
}

// plainNumber has the language's decimal sign and nothing between thousands.
func plainNumber(q *screen.Request, x float64) string {
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if sign := strings.Trim(q.L.Decimal(0.5, 1), "05"); sign != "" {
		s = strings.Replace(s, ".", sign, 1)
	}
	return s
}

// ItemOptions are the entries of a field's reference book that hold today.
func ItemOptions(q *screen.Request, f *profile.Field) []ui.Option {
	items := q.Profile().ItemsAt(f.Type.Target, q.Today())
	out := make([]ui.Option, 0, len(items))
	for _, i := range items {
		out = append(out, ui.Option{Value: i.Code, Text: q.Text(i.Name)})
	}
	return out
}

// YesNo are the two answers.
func YesNo(q *screen.Request) []ui.Option {
	return []ui.Option{{Value: "true", Text: q.T("common.yes")}, {Value: "false", Text: q.T("common.no")}}
}

// Input is the control of a field, derived from the profile.
func Input(q *screen.Request, f *profile.Field, v any, required bool) ui.FieldSpec {
	spec := ui.FieldSpec{
		Name: f.ID, Label: q.Text(f.Name), Hint: q.Text(f.Help), Value: typed(q, f, v),
		Required: required, Unit: q.Text(f.Unit), Width: ui.Half,
	}
	if f.Example != "" {
		spec.Placeholder = q.T("record.example", "Example", f.Example)
	}
	switch f.Type.Kind {
	case profile.KindLongText:
		spec.Input, spec.Width, spec.Rows = ui.LongText, ui.Full, 3
	case profile.KindInt, profile.KindDecimal, profile.KindYear:
		spec.Input, spec.Width = ui.Number, ui.Third
		if spec.Hint == "" {
			spec.Hint = bounds(q, f)
		}
	case profile.KindBool:
		spec.Input, spec.Width, spec.Options = ui.Select, ui.Third, YesNo(q)
	case profile.KindDate:
		spec.Input, spec.Width = ui.Date, ui.Third
	case profile.KindPhone:
		spec.Input = ui.Phone
	case profile.KindEmail:
		spec.Input = ui.Email
	case profile.KindURL:
		spec.Mode = "url"
	case profile.KindReference:
		spec.Input, spec.Options = ui.Select, keepEnded(q, f, v)
		if spec.Value == "" {
			spec.Prompt = q.T("ui.select.none") // also where it must be chosen: nothing is chosen by itself
		}
	case profile.KindReferences:
		spec.Input, spec.Options, spec.Values, spec.Width = ui.Checks, ItemOptions(q, f), Codes(v), ui.Full
	case profile.KindText, profile.KindIdentifier: // a line of text, as it is to begin with
	}
	if f.DerivedExpr != "" {
		spec.ReadOnly, spec.Required = true, false
		spec.Hint = q.T("record.derived")
	}
	return spec
}

// keepEnded adds the present value to the choices where its entry has ended.
func keepEnded(q *screen.Request, f *profile.Field, v any) []ui.Option {
	options := ItemOptions(q, f)
	code, _ := v.(string)
	if code == "" || slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == code }) {
		return options
	}
	return append(options, ui.Option{Value: code, Text: itemName(q, f, code)})
}

// bounds says between what a number lies, where it is worth saying.
func bounds(q *screen.Request, f *profile.Field) string {
	most := f.Max
	if last := f.LastDay(profile.DateOf(q.Today())); f.IsYear() && last != 0 {
		year := float64(last.Time().Year())
		most = &year
	}
	if most == nil || f.Min == nil || *most > 100 && !f.IsYear() {
		return ""
	}
	write := func(x float64) string {
		if f.IsYear() {
			return strconv.Itoa(int(x))
		}
		return q.L.Decimal(x, -1)
	}
	return q.T("record.bounds", "Min", write(*f.Min), "Max", write(*most))
}

// Read takes a field from a form, days and numbers as the reader's language writes
// them. What is none stays text: the profile says so, with all else that is wrong.
func Read(q *screen.Request, form *screen.Form, f *profile.Field) any {
	if f.Type.Kind == profile.KindReferences {
		return slices.DeleteFunc(form.All(f.ID), func(s string) bool { return s == "" })
	}
	s := form.Value(f.ID)
	if s == "" {
		return ""
	}
	if f.Type.Kind == profile.KindBool {
		return s == "true"
	}
	if v, key, _ := record.ReadText(f, s, q.L); key == "" {
		return v
	}
	return s
}

// conditions are a record as the profile's conditions see it.
func (s *Screens) conditions(q *screen.Request, r record.Record) profile.Conditions {
	above := ""
	if n := len(r.Place); n > 0 {
		above = r.Place[n-1].Level
	}
	return q.Profile().Conditions(s.Records.ID(), record.Facts(r.Fields, r.Type, above), q.Today())
}

var fieldNames = regexp.MustCompile(`[a-z][a-z0-9_]*`)

// dependsOn reports whether it is decided by another field of the same group
// whether f applies: then the form shows it, for who fills in both at once.
func dependsOn(f *profile.Field) bool {
	for _, name := range fieldNames.FindAllString(f.WhenExpr, -1) {
		if slices.ContainsFunc(f.Group().Fields, func(other profile.Field) bool { return other.ID == name }) {
			return true
		}
	}
	return false
}
