package ui

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mektep/core/fault"
)

// Input is the kind of a field.
type Input string

// The kinds of fields.
const (
	Text     Input = ""         // one line
	LongText Input = "long"     // several lines
	Number   Input = "number"   // digits, written to the right
	Date     Input = "date"     // a day, typed as the language writes it (locale's ParseDate reads it) or picked
	Moment   Input = "moment"   // a Date, and a time of day "15:04" sent as the field's name + TimeSuffix
	Select   Input = "select"   // one of Options
	Radio    Input = "radio"    // one of few Options, all visible
	Checkbox Input = "checkbox" // yes or no; Value "1" when ticked
	Checks   Input = "checks"   // several of Options; ticked ones in Values
	File     Input = "file"
	Phone    Input = "tel"
	Email    Input = "email"
	Password Input = "password" // with a button that shows it
	Code     Input = "code"     // one-time code, six digits
	Hidden   Input = "hidden"
)

// TimeSuffix follows a Moment's name in the name of its time of day.
const TimeSuffix = "_time"

// Width is how much of the line a field takes; it says how much is expected.
type Width string

// The widths.
const (
	Full   Width = ""
	Half   Width = "half"
	Third  Width = "third"
	Narrow Width = "narrow" // a year, a code
)

// Option is one choice of a Select, Radio or Checks field.
type Option struct {
	Value string
	Text  string
	Hint  string
	Group string // heading in a Select; options of a group stand together
}

// FieldSpec describes one field of a form.
type FieldSpec struct {
	Name    string
	Input   Input
	Label   string
	Hint    string
	Error   string // finished words; empty: no error
	Value   string
	Ticked  string   // what a ticked Checkbox sends and its Value is then; empty: "1"
	Time    string   // time of day of a Moment, "15:04"
	Values  []string // ticked options of Checks
	Options []Option
	Prompt  string // first, empty option of a Select; empty: none when Required, "not chosen" otherwise

	Required bool
	ReadOnly bool // shown, not editable, still sent
	Focus    bool // gets the focus when the page opens; one a page

	Width        Width
	Rows         int    // of LongText; 0: 4
	Unit         string // behind the value, e.g. m²
	Placeholder  string // an example, never the label
	Autocomplete string // token of the HTML standard
	Mode         string // inputmode
	Pattern      string
	Min, Max     string
	Step         string
	MaxLength    int
	Accept       string // of a File
	Multiple     bool   // of a File
	Lang         string // language of the value, when another than the page's

	Owner *Owner      // kept in another register
	Why   *WhyNotSpec // why it cannot be edited
	Attrs templ.Attributes
}

func (f FieldSpec) id() string { return FieldID(f.Name) }

// FieldID is the id of the control of a field, for links from elsewhere.
func FieldID(name string) string {
	if !strings.ContainsAny(name, " []") { // nearly all, and there are hundreds on a page
		return "f-" + name
	}
	return "f-" + strings.NewReplacer(" ", "-", "[", "-", "]", "").Replace(name)
}

func (f FieldSpec) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.id()+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	return strings.Join(ids, " ")
}

// tick is what a ticked Checkbox sends.
func (f FieldSpec) tick() string { return cmp.Or(f.Ticked, "1") }

func (f FieldSpec) ticked(value string) bool {
	if f.Input != Checks {
		return f.Value == value
	}
	for _, v := range f.Values {
		if v == value {
			return true
		}
	}
	return false
}

func (f FieldSpec) class() string {
	c := "field"
	if f.Width != Full {
		c += " field-" + string(f.Width)
	}
	if f.Error != "" {
		c += " has-error"
	}
	return c
}

// control collects the attributes that every kind of control shares.
func (f FieldSpec) control() templ.Attributes {
	a := templ.Attributes{"id": f.id(), "name": f.Name}
	set := func(k, val string) {
		if val != "" {
			a[k] = val
		}
	}
	set("aria-describedby", f.describedBy())
	set("placeholder", f.Placeholder)
	set("autocomplete", f.Autocomplete)
	set("inputmode", f.Mode)
	set("pattern", f.Pattern)
	set("min", f.Min)
	set("max", f.Max)
	set("step", f.Step)
	set("lang", f.Lang)
	set("accept", f.Accept)
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if f.Required {
		a["required"] = true
	}
	if f.ReadOnly {
		a["readonly"] = true
	}
	if f.Focus {
		a["autofocus"] = true
	}
	if f.Multiple {
		a["multiple"] = true
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	for k, val := range f.Attrs {
		a[k] = val
	}
	return a
}

func (f FieldSpec) inputType() string {
	switch f.Input {
	case Phone, Email, Password:
		return string(f.Input)
	default:
		return "text" // numbers too: browsers' number fields lose what they cannot parse
	}
}

func (f FieldSpec) rows() string {
	if f.Rows > 0 {
		return strconv.Itoa(f.Rows)
	}
	return "4"
}

func (f FieldSpec) optionID(i int) string { return f.id() + "-" + strconv.Itoa(i) }

// selectControl leaves out what a select element does not know. A select that
// cannot be changed is disabled; its value travels in a hidden field.
func (f FieldSpec) selectControl() templ.Attributes {
	a := f.control()
	delete(a, "placeholder")
	if f.ReadOnly {
		delete(a, "readonly")
		delete(a, "name")
		a["disabled"] = true
	}
	return a
}

// dateSample shows the script where day, month and year stand in a date.
var dateSample = time.Date(2006, 11, 22, 0, 0, 0, 0, time.UTC)

func (f FieldSpec) dateControl(v *View) templ.Attributes {
	a := f.control()
	if f.Placeholder == "" {
		a["placeholder"] = v.T("ui.date.like", "Date", v.Date(time.Date(2026, 6, 26, 0, 0, 0, 0, time.UTC)))
	}
	return a
}

func (f FieldSpec) prompt(v *View) string {
	if f.Prompt != "" {
		return f.Prompt
	}
	return v.T("ui.select.none")
}

// groups splits options by their heading, keeping the order.
func (f FieldSpec) groups() []optionGroup {
	var out []optionGroup
	for _, o := range f.Options {
		if n := len(out); n == 0 || out[n-1].name != o.Group {
			out = append(out, optionGroup{name: o.Group})
		}
		out[len(out)-1].options = append(out[len(out)-1].options, o)
	}
	return out
}

type optionGroup struct {
	name    string
	options []Option
}

// FieldError is what is wrong with one field.
type FieldError struct {
	Name string // of the field; empty: the form as a whole
	Text string
	Next Link // what to do next; its address may be empty

	label string // of the field, as the form shows it
}

// line is the error as the summary says it, where the field is not beside it: it names that, unless
// it does so by itself.
func (e FieldError) line() string {
	if e.label == "" || strings.Contains(strings.ToLower(e.Text), strings.ToLower(e.label)) {
		return e.Text
	}
	return e.label + ": " + e.Text
}

// Errors is what is wrong with a form, in the order of its fields.
type Errors []FieldError

// ErrorsOf turns a fault into the errors of a form: one for each field it
// names, or one for the whole form when it names none. nil gives none.
func ErrorsOf(v *View, err error) Errors {
	if err == nil {
		return nil
	}
	f := fault.From(err)
	x := v.L.Fault(f)
	var next Link
	if f.Next != nil { // what it says else, that what is marked is to be corrected, is seen
		next = Link{Text: x.NextText, URL: x.NextURL}
	}
	if len(x.Fields) == 0 {
		return Errors{{Text: x.Reason, Next: next}}
	}
	out := make(Errors, 0, len(x.Fields))
	for _, f := range x.Fields {
		out = append(out, FieldError{Name: f.Name, Text: f.Text})
	}
	out[len(out)-1].Next = next // of all of it
	return out
}

// Of returns the error of a field, or "".
func (e Errors) Of(name string) string {
	for _, x := range e {
		if x.Name == name {
			return x.Text
		}
	}
	return ""
}

// On returns f with its error.
func (e Errors) On(f FieldSpec) FieldSpec {
	if t := e.Of(f.Name); t != "" {
		f.Error = t
	}
	return f
}

// FormSpec describes a form that changes something.
type FormSpec struct {
	ID      string
	Action  string // empty: the page itself
	Get     bool   // a form that only asks
	Key     string // idempotency key; empty: a new one
	Version int    // of the record it was filled from; 0: none
	Upload  bool   // has File fields
	Guard   bool   // warn before leaving with unsaved changes
	Errors  Errors // shown as a summary above the fields
	Attrs   templ.Attributes
}

// GroupSpec is a group of fields that belong together.
type GroupSpec struct {
	Title string
	Text  string
	Marks templ.Component // owner, window or consent marks beside the title
}

// FoldSpec is a group of fields that is folded up until somebody wants it: one of many
// of the same kind. What is folded is sent all the same.
type FoldSpec struct {
	Title string
	Note  string // what stands in it, in short
	Open  bool
}

// ActionsSpec is the last line of a form.
type ActionsSpec struct {
	Save      string // verb on the main button; empty: "save"
	Icon      Glyph
	Kind      Kind // empty: Primary
	CancelURL string
	Note      string          // what happens on saving
	More      templ.Component // further buttons
}

// UploadSpec is a place to drop a file on; without script a plain file field.
type UploadSpec struct {
	Name     string
	Label    string
	Hint     string // accepted kinds and size
	Accept   string
	Error    string
	Required bool
	Multiple bool
}

// FiltersSpec is the search and the structural filters of a list.
type FiltersSpec struct {
	Action string // URL of the list
	Target string // id of the TableSpec it changes
	Search *FieldSpec
	Fields []FieldSpec
	More   []FieldSpec // further filters, folded away unless one of them is on
	Renew  []string    // names of Fields whose options depend on others: they follow too
	Active []Chip      // filters that are on
	Clear  string      // URL without any filter
	Hidden map[string]string
	Post   bool // searches for persons are posted
}

func (f FiltersSpec) target() string {
	if f.Target != "" {
		return f.Target
	}
	return "list"
}

// trigger says what makes the list follow: every change, and typing after a pause.
func (f FiltersSpec) trigger() string {
	if f.Search == nil {
		return "submit, change"
	}
	return "submit, change, input changed delay:300ms from:find input[type=search]"
}

// follows says what a change renews beside the list.
func (f FiltersSpec) follows() string {
	oob := "#" + f.target() + "-chips"
	for _, name := range f.Renew {
		oob += ",#" + f.fieldID(name)
	}
	return oob
}

func (f FiltersSpec) fieldID(name string) string {
	return f.target() + "-field-" + FieldSpec{Name: name}.id()
}

// fieldsOn reports whether a filter is on that a phone would fold away.
func (f FiltersSpec) fieldsOn() bool {
	return len(f.Active) > 0 && slices.ContainsFunc(f.Fields, func(x FieldSpec) bool { return x.Value != "" })
}

// moreOn reports whether one of the folded filters is on.
func (f FiltersSpec) moreOn() bool {
	return slices.ContainsFunc(f.More, func(x FieldSpec) bool { return x.Value != "" })
}

func (f FiltersSpec) hiddenNames() []string {
	return slices.Sorted(maps.Keys(f.Hidden))
}

// Chip is a filter that is on, with the URL that takes it off.
type Chip struct {
	Text string
	URL  string
}
