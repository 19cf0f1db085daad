package api

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// AuditEntry is an entry of the trail.
type AuditEntry struct {
	At      time.Time `json:"at"`
	Account string    `json:"account,omitempty" doc:"Public id; left out for system roles"`
	System  string    `json:"system,omitempty"`
	Session string    `json:"session,omitempty" doc:"Public id of the session or token"`
	Request string    `json:"request,omitempty" doc:"Id of the request"`
	Action  string    `json:"action"`
	Object  string    `json:"object"`
	Target  string    `json:"target,omitempty" doc:"Public id of the thing"`
	Outcome string    `json:"outcome" enum:"allow,deny,error"`
	Check   string    `json:"check,omitempty"`
	Rule    string    `json:"rule,omitempty"`
	Law     string    `json:"law,omitempty"`
	Reason  string    `json:"reason,omitempty" doc:"Key of the message that refused it"`
	Order   *Order    `json:"order,omitempty"`
	Fields  []string  `json:"fields,omitempty" doc:"Names of the fields read or written"`
}

// AuditHead is the end of the chain.
type AuditHead struct {
	Tenant  string     `json:"tenant"`
	Block   int        `json:"block" doc:"0: nothing sealed yet"`
	Entries int        `json:"entries"`
	Sealed  *time.Time `json:"sealed,omitempty"`
	Hash    string     `json:"hash"`
}

func headView(h audit.Head) AuditHead {
	return AuditHead{h.Tenant, h.Block, h.Entries, momentOrNone(h.Sealed), h.Hash}
}

func (a *api) audits() {
	a.searchAudit()
	type head struct{ Body AuditHead }
	add(a, operation{id: "audit_head", method: http.MethodGet, path: "/audit/head", group: "audit"},
		func(ctx context.Context, _ *struct{}) (*head, error) {
			if err := a.Gate.Witness(ctx, "verify", gate.Target{Object: audit.ObjectAudit}, audit.Entry{}); err != nil {
				return nil, err
			}
			h, err := a.Trail.Head(ctx)
			return &head{headView(h)}, err
		})
	type request struct {
		Body struct {
			Heads string `json:"heads,omitempty" maxLength:"1000000" doc:"Lines of exported heads: the chain must lead to each of them"`
		}
	}
	type report struct {
		Whole    bool      `json:"whole" doc:"Nothing is damaged"`
		Blocks   int       `json:"blocks"`
		Entries  int       `json:"entries" doc:"Sealed"`
		Unsealed int       `json:"unsealed" doc:"Written since, not yet sealed"`
		Erased   int       `json:"erased" doc:"Values that retention erased"`
		Kept     int       `json:"kept" doc:"Ends written down elsewhere that the chain was held against, the given ones included; 0: that its end was cut off could not be seen"`
		Head     AuditHead `json:"head"`
		Finding  string    `json:"finding,omitempty" doc:"The first damage, in your language"`
	}
	type answer struct{ Body report }
	add(a, operation{id: "verify_audit", method: http.MethodPost, path: "/audit/verify", group: "audit", search: true},
		func(ctx context.Context, in *request) (*answer, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			heads, err := audit.ReadHeads(strings.NewReader(in.Body.Heads), q.Tenant.Slug)
			if err != nil {
				return nil, fault.New(fault.Invalid, "api.invalid").WithField("heads", "api.field.heads", nil).WithCause(err)
			}
			if err := a.Gate.Witness(ctx, "verify", gate.Target{Object: audit.ObjectAudit}, audit.Entry{}); err != nil {
				return nil, err
			}
			r, err := a.Trail.Verify(ctx, heads...)
			if err != nil {
				return nil, err
			}
			out := report{Whole: r.OK(), Blocks: r.Blocks, Entries: r.Entries, Unsealed: r.Unsealed, Erased: r.Erased, Kept: r.Kept.Heads, Head: headView(r.Head)}
			if !r.OK() {
				f := r.Finding.Fault()
				out.Finding = q.l.T(f.Key, f.Args)
			}
			return &answer{out}, nil
		})
}

// auditRequest is posted: whose doings are looked up stands in no address.
type auditRequest struct {
	Body struct {
		Account string    `json:"account,omitempty" maxLength:"64" doc:"Public id of an account"`
		System  string    `json:"system,omitempty" maxLength:"64"`
		Object  string    `json:"object,omitempty" maxLength:"80"`
		Target  string    `json:"target,omitempty" maxLength:"64"`
		Action  string    `json:"action,omitempty" maxLength:"40"`
		Unit    string    `json:"unit,omitempty" maxLength:"64" doc:"Public id: it and everything below"`
		Outcome string    `json:"outcome,omitempty" enum:"allow,deny,error"`
		Rule    string    `json:"rule,omitempty" maxLength:"80" doc:"Id of a rule, or a law as entries cite it"`
		From    time.Time `json:"from,omitempty"`
		Until   time.Time `json:"until,omitempty" doc:"Exclusive"`
		After   string    `json:"after,omitempty" maxLength:"100" doc:"next of the page before"`
		Limit   int       `json:"limit,omitempty" minimum:"1" maximum:"500" doc:"50 when left out"`
	}
}

func (a *api) searchAudit() {
	type answer struct {
		Body struct {
			Items []AuditEntry `json:"items" nullable:"false" doc:"Newest first"`
			Next  string       `json:"next,omitempty"`
		}
	}
	add(a, operation{id: "search_audit", method: http.MethodPost, path: "/audit/search", group: "audit", search: true},
		func(ctx context.Context, in *auditRequest) (*answer, error) {
			f, err := a.auditFilter(ctx, in)
			if err != nil {
				return nil, err
			}
			records, next, err := a.Trail.Search(ctx, f, in.Body.After)
			if err != nil {
				return nil, err
			}
			out := &answer{}
			out.Body.Items, out.Body.Next = make([]AuditEntry, len(records)), next
			for i, r := range records {
				out.Body.Items[i] = entryView(r)
			}
			return out, nil
		})
}

// auditFilter is what the caller looks for, within what they may see; that they
// looked is recorded.
func (a *api) auditFilter(ctx context.Context, in *auditRequest) (audit.Filter, error) {
	b := in.Body
	f := audit.Filter{
		System: b.System, Object: b.Object, Target: b.Target, Action: b.Action, Outcome: audit.Outcome(b.Outcome),
		Rule: b.Rule, From: b.From, Until: b.Until, Limit: b.Limit,
	}
	scope, err := a.Gate.Scope(ctx, "view", "audit")
	if err != nil {
		return f, a.Gate.Refused(ctx, err)
	}
	var u unit.Unit
	switch {
	case b.Unit != "":
		if u, err = a.unitOf(ctx, b.Unit); err != nil {
			return f, err
		}
	case !scope.All: // who audits a part says which
		if u, err = a.Tree.ByID(ctx, caller.From(ctx).Assignments[0].UnitID); err != nil {
			return f, err
		}
	}
	f.Subtree = u.Path
	if !scope.Holds(u.Path, u.Type) {
		_, err := a.Gate.Check(ctx, "view", gate.Target{Object: "audit", Path: u.Path})
		if err = a.Gate.Refused(ctx, err); err != nil {
			return f, err
		}
	}
	unknown, err := a.Gate.Unrecorded(ctx, f)
	if err != nil {
		return f, err
	}
	if len(unknown) > 0 {
		field := slices.Min(slices.Collect(maps.Keys(unknown)))
		switch {
		case field == "until":
			return f, fault.New(fault.Invalid, "api.invalid").WithField(field, "api.field.after_from", nil)
		case unknown[field] == nil:
			return f, fault.New(fault.Invalid, "api.invalid").WithField(field, "api.field.unrecorded", nil)
		}
		return f, unlike(field, unknown[field])
	}
	if b.Account != "" {
		p, err := a.People.Person(ctx, b.Account)
		if err != nil {
			return f, missing(err, "account")
		}
		f.Account = p.ID
	}
	return f, a.Gate.Look(ctx, func(ctx context.Context, tx *db.Tx) error {
		return a.Trail.Record(ctx, tx, audit.Entry{Action: "view", Object: "audit", UnitPath: f.Subtree})
	})
}

func entryView(r audit.Record) AuditEntry {
	return AuditEntry{
		At: r.At, Account: r.AccountUID, System: r.System, Session: r.Session, Request: r.RequestID, Action: r.Action, Object: r.Object,
		Target: r.Target, Outcome: string(r.Outcome), Check: r.Check, Rule: r.Rule, Law: r.Law,
		Reason: r.Reason, Order: orderOf(r.Order.Number, r.Order.Date), Fields: r.Fields,
	}
}
