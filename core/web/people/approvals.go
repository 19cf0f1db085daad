package people

import (
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
	var waiting, decided []approval.Request
	for _, r := range all {
		if r.State == approval.Waiting {
			waiting = append(waiting, r)
		} else {
			decided = append(decided, r)
		}
	}
	return q.Page(approvalsPage(q, waiting, decided))
}

// approve does what was asked; a link that came of it is shown to who approved.
func (s *screens) approve(q *screen.Request) error {
	done, err := s.Approvals.Approve(q.Context(), q.C.Params("uid"))
	if err != nil {
		return err
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
	facts = append(facts, ui.Fact{Label: q.T("people.approvals.decided"), Value: by, Note: moment(q, r.DecidedAt)})
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
