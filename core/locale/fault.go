package locale

import (
	"slices"
	"strings"

	"mektep/core/fault"
)

// Explained is a fault in words: what the screen shows and the API returns.
type Explained struct {
	Title    string // what kind of thing happened
	Reason   string // what happened
	Rule     string // id of the rule that refused; empty where none did
	Law      string // the legal basis behind it, in words
	NextText string // what to do next
	NextURL  string // where to do it; empty where nobody can do it here
	Fields   []ExplainedField
}

// ExplainedField is a fault of one input field in words.
type ExplainedField struct {
	Name string
	Line int // 1-based line of an imported file; 0 where there is none
	Text string
}

// WithLaw returns a localizer that asks law for the words behind a reference into
// the country profile's legal bases. The words may be empty: then the reference
// itself is shown.
func (l *Localizer) WithLaw(law func(ref, tag string) string) *Localizer {
	c := *l
	c.law = law
	return &c
}

// WithFields returns a localizer that asks fields what a field of the country profile is called,
// in each language; nil: it knows none of that id.
func (l *Localizer) WithFields(fields func(id string) map[string]string) *Localizer {
	c := *l
	c.fields = fields
	return &c
}

// correct says which fields are to be corrected, as they are called: what they are called in
// programs is nobody's word.
func (l *Localizer) correct(ids []string) string {
	var names fault.List
	for _, id := range ids {
		var name map[string]string
		if l.fields != nil {
			name = l.fields(id)
		}
		if name == nil {
			return l.T("fault.next.correct_marked")
		}
		names = append(names, fault.Text(name))
	}
	return l.T("fault.next.correct", fault.Args{"Fields": names})
}

// Fault puts a fault into words. A nil fault is the zero value.
func (l *Localizer) Fault(e *fault.Error) Explained {
	if e == nil {
		return Explained{}
	}
	x := Explained{
		Title:  l.T("fault.kind." + e.Kind.String()),
		Reason: l.T(e.Key, e.Args),
		Rule:   e.Rule,
		Law:    e.Law,
	}
	x.Law = l.basis(e.Law)
	var names []string
	for _, f := range e.Fields {
		x.Fields = append(x.Fields, ExplainedField{Name: f.Name, Line: f.Line, Text: l.T(f.Key, f.Args)})
		if !slices.Contains(names, f.Name) {
			names = append(names, f.Name)
		}
	}
	switch {
	case e.Next != nil:
		x.NextText, x.NextURL = l.T(e.Next.Key, e.Next.Args), e.Next.URL
	case l.Knows(NextOf(e.Key)):
		x.NextText = l.T(NextOf(e.Key), e.Args)
	case (e.Kind == fault.Invalid || e.Kind == fault.Conflict) && len(names) > 0:
		// What would be right stands at each field.
		x.NextText = l.correct(names)
	}
	return x
}

// NextOf is the message of what can be done next about a fault, where it is the same for
// everybody: it stands beside the fault's own.
func NextOf(key string) string { return "next." + key }

// basis puts a legal reference into words; the reference itself where there are none.
func (l *Localizer) basis(ref string) string {
	if name, own := strings.CutPrefix(ref, fault.Own); own && l.Knows("source."+name) {
		return l.T("source." + name)
	}
	if l.law != nil && ref != "" {
		if words := l.law(ref, l.tag); words != "" {
			return words
		}
	}
	return ref
}
