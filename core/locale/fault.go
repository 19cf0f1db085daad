package locale

import "mektep/core/fault"

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
	if l.law != nil && e.Law != "" {
		if words := l.law(e.Law, l.tag); words != "" {
			x.Law = words
		}
	}
	if e.Next != nil {
		x.NextText, x.NextURL = l.T(e.Next.Key, e.Next.Args), e.Next.URL
	}
	for _, f := range e.Fields {
		x.Fields = append(x.Fields, ExplainedField{Name: f.Name, Line: f.Line, Text: l.T(f.Key, f.Args)})
	}
	return x
}
