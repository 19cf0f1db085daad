package people

import (
	"slices"

	"github.com/a-h/templ"

	"mektep/core/approval"
	"mektep/core/fault"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// approvals shows what waits for a second person's word (TR-IC-1).
func (s *screens) approvals(q *screen.Request) error { return s.requests(q, 200, refused{}) }

// refused is a decision that could not be taken: it is said on its request.
type refused struct {
	uid  string
	why  *fault.Error // what stands against agreeing
	note string       // typed
	errs ui.Errors    // of the note
}

func (s *screens) requests(q *screen.Request, status int, no refused) error {
	all, err := s.Approvals.List(q.Context())
	if err != nil && no.why != nil {
		return no.why
	}
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
		if r.UID == no.uid {
			x.refused = no
			no.uid = ""
		}
		waiting = append(waiting, x)
	}
	if no.uid != "" && no.why != nil { // it waits no more
		return no.why
	}
	return q.Render(status, approvalsPage(q, waiting, decided))
}

// request is a request as the reader sees it.
type request struct {
	approval.Request
	detail templ.Component // what it changes; nil: its sentence says all
	refused
}

// approve does what was asked; a link that came of it is shown to who approved.
func (s *screens) approve(q *screen.Request) error {
	uid := q.C.Params("uid")
	done, err := s.Approvals.Approve(q.Context(), uid, q.Form().Value("read"))
	if f := fault.From(err); err != nil && f.Kind == fault.Conflict {
		return s.requests(q, 409, refused{uid: uid, why: f})
	}
	if err != nil {
		return err
	}
	if done.Mailed {
		return q.Done("/approvals", "people.approvals.mailed")
	}
	if done.Link == "" {
		return s.ended(q, uid, "people.approvals.approved", "people.approvals.accepted")
	}
	return s.hand(q, handed{Path: done.Link, Expires: done.Expires, Name: done.For})
}

func (s *screens) reject(q *screen.Request) error {
	uid, form := q.C.Params("uid"), q.Form()
	err := s.Approvals.Reject(q.Context(), uid, form.Value("note"))
	if errs, ok := q.Errors(err); err != nil && ok {
		return s.requests(q, 422, refused{uid: uid, why: fault.From(err), note: form.Value("note"), errs: errs})
	}
	if err != nil {
		return err
	}
	return s.ended(q, q.C.Params("uid"), "people.approvals.rejected", "people.approvals.declined")
}

func (s *screens) withdraw(q *screen.Request) error {
	if err := s.Approvals.Cancel(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	return s.ended(q, q.C.Params("uid"), "people.approvals.withdrawn", "people.approvals.taken_back")
}

// ended says what was done with a request, or with an offer.
func (s *screens) ended(q *screen.Request, uid, request, offer string) error {
	if r, err := s.Approvals.Get(q.Context(), uid); err == nil && r.Offer { // it is done: what can't be read is said as of a request
		request = offer
	}
	return q.Done("/approvals", request)
}

func requestFacts(q *screen.Request, r approval.Request) []ui.Fact {
	who := q.T("history.who")
	if r.Offer {
		who = q.T("people.approvals.offered_by")
	}
	facts := []ui.Fact{{Label: who, Value: r.AskedName}, {Label: q.T("history.when"), Value: moment(q, r.AskedAt)}}
	if whom := r.Whom(); whom != "" && r.AskedUID == q.Caller.AccountUID {
		facts = append([]ui.Fact{{Label: q.T("people.approvals.offered_to"), Value: whom}}, facts...)
	}
	if r.State == approval.Waiting {
		return append(facts, ui.Fact{Label: q.T("operator.approval.until"), Value: moment(q, r.Expires)})
	}
	by := r.DecidedBy
	if r.Operator {
		by = q.T("people.approvals.operator")
	}
	decided := q.T("people.approvals.decided_by")
	if r.Offer && r.State != approval.Cancelled {
		decided = q.T("people.approvals.answered_by")
	}
	facts = append(facts, ui.Fact{Label: decided, Value: by, Note: moment(q, r.DecidedAt)})
	if r.Note != "" {
		facts = append(facts, ui.Fact{Label: q.T("people.end_note"), Value: r.Note, Long: true})
	}
	return facts
}

func requestState(q *screen.Request, r approval.Request) ui.State {
	st := ui.State{Text: q.L.Sentence(q.T(r.StateKey()))}
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

// told is what there is to say besides: what a request shows in a table of its own is not said
// again, nor what stands against agreeing already.
func told(r request) []fault.Phrase {
	if r.detail != nil {
		return nil
	}
	said := r.why != nil && len(r.errs) == 0
	return slices.DeleteFunc(r.Told(), func(p fault.Phrase) bool {
		return said && (p.Key == approval.Overtaken || p.Key == approval.OvertakenElse || r.why.Key == approval.Anew)
	})
}

// detailed reports whether a request shows more than a sentence: the page is then wide.
func detailed(all []request) bool {
	return slices.ContainsFunc(all, func(r request) bool { return r.detail != nil })
}

// standing says what stands against agreeing, and what comes next.
func standing(q *screen.Request, f *fault.Error) string {
	text := q.T(f.Key, map[string]any(f.Args))
	if f.Next != nil {
		text += " " + q.T(f.Next.Key, map[string]any(f.Next.Args))
	}
	return text
}

// noteInput asks for the reason of a no.
func noteInput(q *screen.Request, value string) ui.FieldSpec {
	return ui.FieldSpec{Name: "note", Input: ui.LongText, Rows: 2, Label: q.T("people.approvals.reason"), Value: value, Required: true}
}

// verdict are the words for a decision: an offer to oneself is accepted or declined.
type verdict struct{ yes, sure, no, refuse, back string }

func words(q *screen.Request, r approval.Request) verdict {
	if r.Offer {
		return verdict{q.T("people.approvals.accept"), q.T("people.approvals.accept.sure"), q.T("people.approvals.decline"), q.T("people.approvals.decline.sure"), q.T("people.approvals.taken_back.sure")}
	}
	return verdict{q.T("action.approve"), q.T("people.approvals.sure"), q.T("action.refuse"), q.T("people.approvals.refuse"), q.T("people.approvals.withdraw.sure")}
}
