package transfer

import (
	"context"
	"slices"

	"mektep/core/caller"
	"mektep/core/fault"
)

// keyEnters tells of a row that its record is to be entered.
const keyEnters = "import.row.new"

// Entering is what a person is shown of a record that is to be entered: what they have not seen they
// can't say yes to, and no check knows every total or remark that a list has.
type Entering struct {
	Names  map[string]string `json:"names,omitempty"`  // what it is called, by language
	Title  string            `json:"title,omitempty"`  // the same of a register whose records have one name
	Type   fault.Text        `json:"type,omitempty"`   // what it is; empty: of no type of its own
	Places []fault.Text      `json:"places,omitempty"` // where it comes to lie, the narrowest first
	Code   string            `json:"code,omitempty"`
}

// enters notes what a row is to enter: of a list that is longer than is kept its last page too, where
// lists have their totals and remarks.
func (w *work) enters(st *Row) {
	e := w.rows.pass.Entering(st)
	e.Code = st.Code
	f := Finding{Line: st.Line, Target: w.t.subject.Called(w.p), Key: keyEnters, Warning: true, Entering: &e}
	f.Column, f.Value = w.said(st, f.Target)
	if len(w.entering) == keptMatches {
		w.entering = slices.Delete(w.entering, keptMatches-importsPage, keptMatches-importsPage+1)
	}
	w.entering = append(w.entering, f)
}

// notEntered takes a row out of what is to be entered.
func (w *work) notEntered(st *Row) {
	w.entering = slices.DeleteFunc(w.entering, func(f Finding) bool { return f.Line == st.Line })
}

// withholdEntering takes out of rows to be entered what the caller may not see: what a record is called
// where that is a field of the profile. What their own file says they know.
func (t *Service) withholdEntering(ctx context.Context, i *Import, findings []Finding, shown func(target string) bool) {
	if c := caller.From(ctx); c.SignedIn() && c.Account == i.Account {
		return
	}
	for k := range findings {
		f := &findings[k]
		if f.Entering != nil && !shown(f.Target) {
			f.Entering.Names, f.Entering.Title, f.Withheld = nil, "", true
		}
	}
}
