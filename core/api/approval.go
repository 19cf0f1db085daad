package api

import (
	"context"
	"net/http"
	"time"

	"mektep/core/approval"
	"mektep/core/locale"
)

// Approval is something that waits for a second person's word.
type Approval struct {
	UID     string     `json:"uid"`
	Kind    string     `json:"kind"`
	Asks    string     `json:"asks" doc:"What is asked for, in your language"`
	By      string     `json:"by" doc:"Public id of the account that asked"`
	At      time.Time  `json:"at"`
	Expires time.Time  `json:"expires"`
	State   string     `json:"state" enum:"waiting,approved,rejected,cancelled,expired"`
	Decided *time.Time `json:"decided,omitempty"`
	Note    string     `json:"note,omitempty"`
	Told    []string   `json:"told,omitempty" doc:"What whoever decides must know besides: accounts that look like the same person's, rights that a post would take away, places of the same name, each change of a calendar"`
	Offer   bool       `json:"offer,omitempty" doc:"Whom it is offered to decides, and nobody else"`
	Read    string     `json:"read,omitempty" doc:"Mark of all that is said here of a request: who approves sends it, and agrees to what it says and nothing else"`
	Decide  bool       `json:"decide,omitempty" doc:"In a list: you may be the one who decides"`
}

func approvalView(r approval.Request, l *locale.Localizer) Approval {
	var told []string
	for _, p := range r.Told() {
		told = append(told, l.T(p.Key, p.Args))
	}
	return Approval{
		r.UID, r.Kind, l.T(r.Key, r.Args), r.AskedUID, r.AskedAt.UTC(), r.Expires.UTC(), string(r.State), momentOrNone(r.DecidedAt), r.Note, told, r.Offer, r.Read, r.Decide,
	}
}

func (a *api) approvals() {
	type list struct {
		Body struct {
			Items []Approval `json:"items" nullable:"false"`
		}
	}
	add(a, operation{id: "list_approvals", method: http.MethodGet, path: "/approvals", group: "appointment"},
		func(ctx context.Context, _ *struct{}) (*list, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			all, err := a.Approvals.List(ctx)
			out := &list{}
			out.Body.Items = make([]Approval, len(all))
			for i, r := range all {
				out.Body.Items[i] = approvalView(r, q.l)
			}
			return out, err
		})
	type request struct {
		Path
		Body struct {
			Read string `json:"read" maxLength:"64" pattern:"^[0-9a-f]+$" doc:"The request's read, of the answer in which you read it; where it says something else by now you are refused with 409, and read it anew"`
		}
	}
	type one struct{ Body Approval }
	add(a, operation{id: "get_approval", method: http.MethodGet, path: "/approvals/{uid}", group: "appointment"},
		func(ctx context.Context, in *Path) (*one, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			r, err := a.Approvals.Get(ctx, in.UID)
			if err != nil {
				return nil, err
			}
			return &one{approvalView(r, q.l)}, nil
		})
	type done struct {
		Link    string     `json:"link,omitempty" doc:"One-time path on the ministry's host, to be handed over: shown once"`
		Mailed  bool       `json:"mailed,omitempty" doc:"It has gone to the person's own address, and to nobody else"`
		For     string     `json:"for,omitempty" doc:"Whose it is"`
		Expires *time.Time `json:"expires,omitempty"`
	}
	type answer struct{ Body done }
	add(a, operation{id: "approve", method: http.MethodPost, path: "/approvals/{uid}/approve", group: "appointment"},
		func(ctx context.Context, in *request) (*answer, error) {
			d, err := a.Approvals.Approve(ctx, in.UID, in.Body.Read)
			if err != nil {
				return nil, err
			}
			return &answer{done{d.Link, d.Mailed, d.For, momentOrNone(d.Expires)}}, nil
		})
	type reject struct {
		Path
		Body struct {
			Note string `json:"note" maxLength:"500" doc:"Why; the person who asked reads it"`
		}
	}
	add(a, operation{id: "reject", method: http.MethodPost, path: "/approvals/{uid}/reject", group: "appointment"},
		func(ctx context.Context, in *reject) (*struct{}, error) {
			return nil, a.Approvals.Reject(ctx, in.UID, in.Body.Note)
		})
	add(a, operation{id: "cancel_approval", method: http.MethodDelete, path: "/approvals/{uid}", group: "appointment"},
		func(ctx context.Context, in *Path) (*struct{}, error) {
			return nil, a.Approvals.Cancel(ctx, in.UID)
		})
}
