package people

import (
	"slices"

	"github.com/a-h/templ"

	"mektep/core/approval"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// approvals shows what waits for a second person's word (TR-IC-1).
func (s *screens) approvals(q *screen.Request) error {
	all, err := s.Approvals.List(q.Context())
	if err != nil {
		return err
	}
	var waiting, decided []request
	for _, r := range all {
		x := request{Request: r}
		if r.State != approval.Waiting {
			decided = append(decided, x)
			continue
		}
		if s.Detail != nil {
			if x.detail, err = s.Detail(q, r); err != nil {
				return err
			}
		}
		waiting = append(waiting, x)
	}
	return q.Page(approvalsPage(q, waiting, decided))
}

// request is a request as the reader sees it.
type request struct {
	approval.Request
	detail templ.Component // what it changes; nil: its sentence says all
}

// approve does what was asked; a link that came of it is shown to who approved.
func (s *screens) approve(q *screen.Request) error {
	done, err := s.Approvals.Approve(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
	}
	if done.Mailed {
		return q.Done("/approvals", "people.approvals.mailed")
	}
	if done.Link == "" {
		return q.Done("/approvals", "people.approvals.approved")
	}
	return s.hand(q, handed{Path: done.Link, Expires: done.Expires, Name: done.For})
}

func (s *screens) reject(q *screen.Request) error {
	if err := s.Approvals.Reject(q.Context(), q.C.Params("uid"), q.Form().Value("note")); err != nil {
		return err
	}
	return q.Done("/approvals", "people.approvals.rejected")
}

func (s *screens) withdraw(q *screen.Request) error {
	if err := s.Approvals.Cancel(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	return q.Done("/approvals", "people.approvals.withdrawn")
}

func requestFacts(q *screen.Request, r approval.Request) []ui.Fact {
	facts := []ui.Fact{{Label: q.T("history.who"), Value: r.AskedName}, {Label: q.T("history.when"), Value: moment(q, r.AskedAt)}}
	if r.State == approval.Waiting {
		return append(facts, ui.Fact{Label: q.T("people.code.until"), Value: moment(q, r.Expires)})
	}
	by := r.DecidedBy
	if r.Operator {
		by = q.T("people.approvals.operator")
	}
	facts = append(facts, ui.Fact{Label: q.T("people.approvals.decided_by"), Value: by, Note: moment(q, r.DecidedAt)})
	if r.Note != "" {
		facts = append(facts, ui.Fact{Label: q.T("people.end_note"), Value: r.Note, Long: true})
	}
	return facts
}

func requestState(q *screen.Request, r approval.Request) ui.State {
	st := ui.State{Text: q.L.Sentence(q.T("approval.state." + string(r.State)))}
	switch r.State {
	case approval.Approved:
		st.Tone = ui.Good
	case approval.Rejected:
		st.Tone = ui.Bad
	case approval.Waiting:
		st.Tone = ui.Warn
	}
	return st
}

// detailed reports whether a request shows more than a sentence: the page is then wide.
func detailed(all []request) bool {
	return slices.ContainsFunc(all, func(r request) bool { return r.detail != nil })
}

// verdict are the words for a decision: an offer to oneself is accepted or declined.
type verdict struct{ yes, sure, no, refuse string }

func words(q *screen.Request, r approval.Request) verdict {
	if r.Offer {
		return verdict{q.T("people.approvals.accept"), q.T("people.approvals.accept.sure"), q.T("people.approvals.decline"), q.T("people.approvals.decline.sure")}
	}
	return verdict{q.T("action.approve"), q.T("people.approvals.sure"), q.T("action.refuse"), q.T("people.approvals.refuse")}
}
