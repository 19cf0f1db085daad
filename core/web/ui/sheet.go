package ui

import (
	"context"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"
)

// Sheet is a form as it was drawn: whose it is, where it stands, and what its fields are
// called. The form carries it along, so that what was typed can be shown by the names it
// was typed under when the form itself cannot be drawn any more.
type Sheet struct {
	Who    string   // whose form it is, sealed; empty: nobody's who has signed in
	Page   string   // path on which it stands
	From   string   // address of the form that this one carries on from, as the last step does from the first
	Fields []Asked  // those that a person fills in, in their order
	shown  []string // names of the fields that are shown with a label, so far
}

// Asked is one field of a Sheet.
type Asked struct {
	Name, Label string
	Kind        Input             // of a secret or a file, which nobody keeps; else empty
	Options     map[string]string // what the choices are called
}

// lost is a field that nobody keeps or shows: who gave it gives it again.
func (e Asked) lost() bool { return e.Kind != Text }

// Names of the hidden fields that keep what was typed.
const (
	FieldSheet = "_form" // the Sheet
	FieldKept  = "_kept" // what the form was filled from again, to be dropped once it is done; in an address, what to fill it from
)

// plain keeps a part of a Sheet from being taken for several.
var plain = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ")

// String writes the sheet in lines of parts: quotation marks would be six bytes each.
func (s Sheet) String() string {
	var b strings.Builder
	line := func(parts ...string) {
		for i, p := range parts {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(plain.Replace(p))
		}
		b.WriteByte('\n')
	}
	line(s.Who, s.Page, s.From)
	for _, e := range s.Fields {
		parts := []string{e.Name, string(e.Kind), e.Label}
		for _, value := range slices.Sorted(maps.Keys(e.Options)) {
			parts = append(parts, value, e.Options[value])
		}
		line(parts...)
	}
	return b.String()
}

// ReadSheet reads what String wrote and a browser sent back.
func ReadSheet(s string) Sheet {
	var out Sheet
	for i, line := range strings.Split(strings.ReplaceAll(s, "\r", ""), "\n") {
		p := strings.Split(line, "\t")
		if len(p) < 3 {
			continue
		}
		if i == 0 {
			out.Who, out.Page, out.From = p[0], p[1], p[2]
			continue
		}
		e := Asked{Name: p[0], Kind: Input(p[1]), Label: p[2]}
		for j := 3; j+1 < len(p); j += 2 {
			if e.Options == nil {
				e.Options = map[string]string{}
			}
			e.Options[p[j]] = p[j+1]
		}
		out.Fields = append(out.Fields, e)
	}
	return out
}

// Anew are the fields that nobody keeps, to be filled in again.
func (s Sheet) Anew() []FieldSpec {
	var out []FieldSpec
	for _, f := range s.Fields {
		if f.lost() {
			out = append(out, FieldSpec{Name: f.Name, Label: f.Label, Input: f.Kind})
		}
	}
	return out
}

// Kept is what was typed into a form that was not done.
type Kept struct {
	UID     string // of what is kept for the person; empty: it only stands on this page
	Actions []string
	Lines   []KeptLine
}

// KeptLine is a field of a Kept: its values as they were sent, and as they read.
type KeptLine struct {
	Name, Label string
	Values      []string
	Read        []string
}

// Typed reads what was typed out of a form that was sent; nil when nothing was.
func (s Sheet) Typed(action string, values map[string][]string) *Kept {
	k := Kept{Actions: []string{action}}
	if s.From != "" {
		k.Actions = append(k.Actions, s.From)
	}
	any := false
	k.Lines = s.lines(values)
	for _, l := range k.Lines {
		any = any || len(l.Read) > 0
	}
	if !any {
		return nil
	}
	return &k
}

// lines are what was typed into each field that may be shown.
func (s Sheet) lines(values map[string][]string) []KeptLine {
	var out []KeptLine
	for _, e := range s.Fields {
		if e.lost() {
			continue
		}
		line := KeptLine{Name: e.Name, Label: e.Label, Values: values[e.Name]}
		for _, v := range line.Values {
			if name, ok := e.Options[v]; ok {
				v = name
			}
			if strings.TrimSpace(v) != "" {
				line.Read = append(line.Read, v)
			}
		}
		out = append(out, line)
	}
	return out
}

// Filled is Typed for a form that is shown again, whatever was typed.
func (s Sheet) Filled(action string, values map[string][]string) Kept {
	k := Kept{Actions: []string{action}, Lines: s.lines(values)}
	if s.From != "" {
		k.Actions = append(k.Actions, s.From)
	}
	return k
}

// filled are the lines that hold something.
func (k *Kept) filled() []KeptLine {
	return slices.DeleteFunc(slices.Clone(k.Lines), func(l KeptLine) bool { return len(l.Read) == 0 })
}

// of returns the values that were typed into a field; ok is false for one that the form
// had not.
func (k *Kept) of(name string) (values []string, ok bool) {
	if k == nil {
		return nil, false
	}
	for _, l := range k.Lines {
		if l.Name == name {
			return l.Values, true
		}
	}
	return nil, false
}

// Was is what was typed into a field of the form that the page's is filled from again.
func (v *View) Was(name string) string {
	if values, _ := v.Kept.of(name); len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

type sheetKey struct{}

// drawn is the form that is being written.
type drawn struct {
	Sheet
	seen fieldsSeen
	kept *Kept
}

// drawing returns a context in which the fields of a form that posts to action tell it
// what they are, and are filled again from what was kept.
func drawing(ctx context.Context, v *View, action string) (context.Context, *drawn) {
	if action == "" {
		action = v.Path
	}
	path, _, _ := strings.Cut(action, "?")
	d := &drawn{Sheet: Sheet{Who: v.Who, Page: v.Page}}
	if v.Kept != nil && slices.Contains(v.Kept.Actions, path) {
		d.kept = v.Kept
	}
	return context.WithValue(ctx, sheetKey{}, d), d
}

// note tells the form that is being written which field it shows, and returns the field
// as it is to be shown.
func note(ctx context.Context, v *View, f FieldSpec) FieldSpec {
	d, ok := ctx.Value(sheetKey{}).(*drawn)
	if !ok {
		return f
	}
	d.seen = append(d.seen, f)
	d.enter(v, f)
	if d.kept != nil {
		f = v.tell(f)
	}
	values, ok := d.kept.of(f.Name)
	if !ok || f.ReadOnly || f.Input == Hidden || f.secret() {
		return f
	}
	f.Value, f.Values = "", values
	switch n := d.before(f.Name); {
	case len(values) == 0:
	case f.Input == Checkbox || f.Input == Radio:
		f.Value = values[len(values)-1]
	case n < len(values): // several lines of a form may have the same name
		f.Value = values[n]
	}
	if f.Input == Moment {
		f.Time = ""
		if at, _ := d.kept.of(f.Name + TimeSuffix); len(at) > 0 {
			f.Time = at[0]
		}
	}
	return f
}

// before is how many fields of a name stand before the one that was noted last.
func (d *drawn) before(name string) int {
	n := -1
	for _, f := range d.seen {
		if f.Name == name {
			n++
		}
	}
	return n
}

// enter adds a field to the sheet. A hidden field without a label is none that a person
// filled in, unless they did in the step before.
func (d *drawn) enter(v *View, f FieldSpec) {
	if slices.Contains(d.shown, f.Name) {
		return
	}
	if f.Input == Hidden {
		if e, ok := v.Sent.asked(f.Name); ok {
			d.Fields, d.shown, d.From = append(d.Fields, e), append(d.shown, f.Name), v.Path
		}
		return
	}
	d.shown = append(d.shown, f.Name)
	e := Asked{Name: f.Name, Label: f.Label}
	if f.secret() {
		e.Kind = f.Input
		if e.Kind == Text {
			e.Kind = Password
		}
	}
	if f.Input == Checkbox {
		e.Options = map[string]string{f.tick(): v.T("ui.typed.ticked")}
	}
	for _, o := range f.Options {
		if o.Value != o.Text && o.Value != "" {
			if e.Options == nil {
				e.Options = map[string]string{}
			}
			e.Options[o.Value] = o.Text
		}
	}
	d.Fields = append(d.Fields, e)
	if f.Input == Moment {
		d.Fields = append(d.Fields, Asked{Name: f.Name + TimeSuffix, Label: v.T("ui.time", "Field", f.Label)})
	}
}

// tell says beside a field what in it is no text; a moment is two fields.
func (v *View) tell(f FieldSpec) FieldSpec {
	names := []string{f.Name}
	if f.Input == Moment {
		names = append(names, f.Name+TimeSuffix)
	}
	for _, name := range names {
		if text := v.Illegible.Of(name); text != "" {
			f.Error, v.told = text, append(v.told, name)
		}
	}
	return f
}

// Said reports whether all that is wrong with the form whose page this is was said beside
// the fields.
func (v *View) Said() bool {
	return !slices.ContainsFunc(v.Illegible, func(e FieldError) bool { return !slices.Contains(v.told, e.Name) })
}

// held is what is to be dropped once the form is done.
func (d *drawn) held(v *View) string {
	switch {
	case d.kept != nil:
		return d.kept.UID
	case len(d.Fields) > 0:
		return v.Held
	}
	return ""
}

func (s *Sheet) asked(name string) (Asked, bool) {
	if s != nil {
		for _, e := range s.Fields {
			if e.Name == name {
				return e, true
			}
		}
	}
	return Asked{}, false
}

// secret reports whether a field is never shown again or kept.
func (f FieldSpec) secret() bool {
	switch f.Input {
	case Password, Code, File:
		return true
	}
	return strings.Contains(f.Autocomplete, "password") || strings.Contains(f.Autocomplete, "one-time-code")
}

// written draws a form, whose fields it knows once they are written.
func written(v *View, action string, draw func(*drawn) templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		ctx, d := drawing(ctx, v, action)
		return draw(d).Render(ctx, w)
	})
}

// TypedSpec is what was typed into a form that was not done, and what can be done with it.
type TypedSpec struct {
	Kept
	Again *AgainSpec // it can be sent once more as it is
	Back  string     // address of the form, filled with it again; empty: there is none
}

// AgainSpec is a form to be sent once more, as it was sent.
type AgainSpec struct {
	Action string
	Key    string
	CSRF   string
	Upload bool
	Hidden map[string][]string
	Anew   []FieldSpec // what nobody keeps: passwords and codes, and files
}

func (a AgainSpec) names() []string { return slices.Sorted(maps.Keys(a.Hidden)) }
