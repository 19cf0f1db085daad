package screen

import (
	"io"
	"mime/multipart"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/web/ui"
)

// Form is what a person typed. A handler reads it, hands it to a service and,
// when that refuses, gives it back with the errors, so that nothing is lost.
type Form struct {
	q      *Request
	values map[string][]string
	files  map[string][]*multipart.FileHeader
	errors *fault.Error
}

// Form reads the posted form.
func (q *Request) Form() *Form {
	f := &Form{q: q, values: map[string][]string{}}
	if q.Illegible != nil {
		f.values = q.Illegible.Values
		return f
	}
	if strings.HasPrefix(q.C.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm) {
		if m, err := q.C.MultipartForm(); err == nil {
			f.values, f.files = m.Value, m.File
		}
		return f
	}
	for k, v := range q.C.Request().PostArgs().All() {
		name := string(k)
		f.values[name] = append(f.values[name], string(v))
	}
	return f
}

// carries reports whether a file was chosen in the form.
func (f *Form) carries() bool {
	for _, files := range f.files {
		if slices.ContainsFunc(files, func(h *multipart.FileHeader) bool { return h.Filename != "" }) {
			return true
		}
	}
	return false
}

// NewKey returns a fresh write key for a form that is shown.
func NewKey() string { return db.NewUID() }

// Value returns a field, without blanks around it.
func (f *Form) Value(name string) string {
	if v := f.values[name]; len(v) > 0 {
		return strings.TrimSpace(v[0])
	}
	return ""
}

// Secret returns a field as it was typed: a password may begin with a blank.
func (f *Form) Secret(name string) string {
	if v := f.values[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// All returns every value of a field that may be given several times.
func (f *Form) All(name string) []string { return slices.Clone(f.values[name]) }

// Has reports whether the field was sent at all.
func (f *Form) Has(name string) bool { return len(f.values[name]) > 0 }

// Ticked reports whether a checkbox was ticked.
func (f *Form) Ticked(name string) bool { return f.Value(name) == "1" }

// Meant is the day for which a checkbox was ticked: its Ticked is what the field of the day said when
// it was asked about. It is zero for none, and for what is no day.
func (f *Form) Meant(name string) time.Time {
	day, err := f.q.L.ParseDate(f.Value(name))
	if err != nil {
		return time.Time{}
	}
	return day
}

// Names returns the names of the fields that were sent, sorted, without the
// form's own hidden ones.
func (f *Form) Names() []string {
	var names []string
	for n := range f.values {
		if !strings.HasPrefix(n, "_") {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names
}

// Version returns the version of the record that the form was filled from.
func (f *Form) Version() int {
	n, _ := strconv.Atoi(f.Value(ui.FieldVersion))
	return n
}

// Key returns the form's write key, to show the form again with it.
func (f *Form) Key() string {
	if k := f.Value(ui.FieldKey); k != "" {
		return k
	}
	return NewKey()
}

// Day returns a date as the reader's language writes it; a mistake is kept for
// Errors. The zero time means that nothing was typed.
func (f *Form) Day(name string) time.Time {
	s := f.Value(name)
	if s == "" {
		return time.Time{}
	}
	t, err := f.q.L.ParseDate(s)
	if err != nil {
		f.Wrong(name, "field.date", nil)
	}
	return t
}

// Require notes that a field must not be empty.
func (f *Form) Require(names ...string) {
	for _, n := range names {
		if f.Value(n) == "" {
			f.Wrong(n, "field.required", nil)
		}
	}
}

// Wrong notes an error of a field.
func (f *Form) Wrong(name, key string, args fault.Args) {
	if f.errors == nil {
		f.errors = fault.New(fault.Invalid, "fault.invalid")
	}
	f.errors = f.errors.WithField(name, key, args)
}

// Faults returns what was noted, or nil.
func (f *Form) Faults() error { return f.errors.OrNil() }

// File returns an uploaded file and its name; ok is false when none was sent. A browser in
// which none was chosen sends an empty one without a name.
func (f *Form) File(name string) (content io.ReadCloser, filename string, ok bool) {
	if len(f.files[name]) == 0 || f.files[name][0].Size == 0 && f.files[name][0].Filename == "" {
		return nil, "", false
	}
	h := f.files[name][0]
	r, err := h.Open()
	if err != nil {
		return nil, "", false
	}
	return r, h.Filename, true
}

// Errors turns err into the words of a form: which fields are wrong and why. ok
// is false when err is no matter of the form (then it is returned to the edge).
func (q *Request) Errors(err error) (errs ui.Errors, ok bool) {
	f := fault.From(err)
	if f == nil || (f.Kind != fault.Invalid && !(f.Kind == fault.Conflict && len(f.Fields) > 0)) {
		return nil, false
	}
	return ui.ErrorsOf(q.View(), err), true
}

// Both joins what the form lacks with what the service refuses.
func Both(form, service error) error {
	if form == nil {
		return service
	}
	if service == nil || fault.KindOf(service) != fault.Invalid || fault.KindOf(form) != fault.Invalid {
		if service != nil && fault.KindOf(service) != fault.Invalid {
			return service
		}
		return form
	}
	// What the form could not read reached the service as nothing: that it lacks it is no
	// second mistake.
	f := *fault.From(service)
	typed := fault.From(form).Fields
	f.Fields = slices.DeleteFunc(slices.Clone(f.Fields), func(x fault.Field) bool {
		return slices.ContainsFunc(typed, func(y fault.Field) bool { return y.Name == x.Name })
	})
	f.Fields = append(f.Fields, typed...)
	return &f
}
