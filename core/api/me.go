package api

import (
	"context"
	"net/http"
	"slices"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/unit"
)

// Assignment is a role that the caller holds at a unit.
type Assignment struct {
	Role     string `json:"role" doc:"Id of the role, see /profile/roles"`
	RoleName string `json:"role_name" doc:"In your language"`
	Unit     string `json:"unit" doc:"Public id of the unit"`
	Level    string `json:"level"`
	Since    Day    `json:"since"`
	Until    Day    `json:"until,omitempty" doc:"First day on which it no longer holds"`
}

// Me is who the caller is.
type Me struct {
	UID          string       `json:"uid" doc:"Public id of the account"`
	Name         string       `json:"name"`
	Language     string       `json:"language" doc:"In which this answer is written"`
	SecondFactor bool         `json:"second_factor" doc:"The token was obtained with a second factor"`
	Assignments  []Assignment `json:"assignments" nullable:"false"`
	Pending      []string     `json:"pending" nullable:"false" doc:"Undertakings to sign before the roles can be used, see /undertakings"`
}

// Right is one thing that the caller may do, with the law it rests on.
type Right struct {
	Role    string `json:"role"`
	Unit    string `json:"unit" doc:"Public id of the unit where the role is held"`
	Object  string `json:"object" example:"institution.general"`
	Action  string `json:"action" example:"update"`
	Scope   string `json:"scope" example:"territory" doc:"How the thing must stand to the unit: self, unit, territory, overseen, tenant, …"`
	Law     string `json:"law" doc:"What it rests on"`
	LawText string `json:"law_text,omitempty"`
	Rule    string `json:"rule,omitempty"`
}

func (a *api) me() {
	type answer struct{ Body Me }
	add(a, operation{id: "me", method: http.MethodGet, path: "/me", group: "me"},
		func(ctx context.Context, _ *struct{}) (*answer, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			out := Me{
				UID: q.AccountUID, Name: q.Name, Language: q.Language, SecondFactor: q.SecondFactor,
				Assignments: make([]Assignment, len(q.Assignments)), Pending: []string{},
			}
			for i, s := range q.Assignments {
				out.Assignments[i] = Assignment{s.Role, q.role(s.Role), s.UnitUID, s.UnitLevel, dayOf(s.Since), dayOf(s.Until)}
			}
			pending, err := a.Consent.Pending(ctx)
			for _, u := range pending {
				out.Pending = append(out.Pending, u.ID)
			}
			return &answer{out}, err
		})
	type rights struct {
		Body struct {
			Items []Right `json:"items" nullable:"false"`
		}
	}
	add(a, operation{id: "my_rights", method: http.MethodGet, path: "/me/rights", group: "me"},
		func(ctx context.Context, _ *struct{}) (*rights, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			m, err := a.Gate.Ministry(ctx)
			if err != nil {
				return nil, err
			}
			out := &rights{}
			out.Body.Items = []Right{}
			for _, r := range a.Gate.Rights(m, q.Caller) {
				out.Body.Items = append(out.Body.Items, Right{
					Role: r.Assignment.Role, Unit: r.Assignment.UnitUID, Object: r.Object, Action: r.Action, Scope: r.Scope,
					Law: r.Source, LawText: q.law(r.Source), Rule: q.p.RuleOf(r.Source, r.Object, r.Action),
				})
			}
			return out, nil
		})
	a.explain()
}

// explain answers why something is allowed or not, without doing it.
func (a *api) explain() {
	type request struct {
		Body struct {
			Action string   `json:"action" maxLength:"40" example:"update"`
			Object string   `json:"object" maxLength:"80" example:"institution"`
			Groups []string `json:"groups,omitempty" maxItems:"50" doc:"Field groups touched" example:"[\"general\"]"`
			Unit   string   `json:"unit,omitempty" maxLength:"64" doc:"Public id of the unit that the thing belongs to, or that it is"`
		}
	}
	type verdict struct {
		Allowed bool     `json:"allowed"`
		Role    string   `json:"role,omitempty" doc:"Of the assignment that allows it"`
		Scope   string   `json:"scope,omitempty" doc:"How the thing stands to it"`
		Law     string   `json:"law,omitempty"`
		LawText string   `json:"law_text,omitempty"`
		Refusal *Problem `json:"refusal,omitempty" doc:"Why not, and what to do next"`
	}
	type answer struct{ Body verdict }
	add(a, operation{id: "explain", method: http.MethodPost, path: "/me/explain", group: "me", search: true},
		func(ctx context.Context, in *request) (*answer, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			if err := a.asksOfSomething(ctx, in.Body.Object, in.Body.Action, in.Body.Groups); err != nil {
				return nil, err
			}
			t := gate.Target{Object: in.Body.Object, Groups: in.Body.Groups}
			if in.Body.Unit != "" {
				u, err := a.unitOf(ctx, in.Body.Unit)
				if err != nil {
					return nil, err
				}
				t.UID, t.Path = u.UID, u.Path
				if u.Level == unit.Institution {
					t.Type = u.Type
				}
			}
			grant, err := a.Gate.Explain(ctx, in.Body.Action, t)
			if err == nil {
				return &answer{verdict{
					Allowed: true, Role: grant.Assignment.Role, Scope: grant.Relation, Law: grant.Source, LawText: q.law(grant.Source),
				}}, nil
			}
			if fault.From(err).Check == "" {
				return nil, err
			}
			p := problem(err, q.l, caller.From(ctx).RequestID)
			return &answer{verdict{Refusal: &p}}, nil
		})
}

// asksOfSomething refuses a question about what no policy knows: the words would come
// back in a sentence, and into the log.
func (a *api) asksOfSomething(ctx context.Context, object, action string, groups []string) error {
	m, err := a.Gate.Ministry(ctx)
	if err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "api.invalid")
	p := m.Policy.Policy()
	switch {
	case !slices.Contains(p.Objects(), object):
		bad = bad.WithField("object", "api.field.no_object", nil)
	case !slices.Contains(p.Actions(object), action):
		bad = bad.WithField("action", "api.field.no_action", nil)
	}
	for _, g := range groups {
		if m.Profile.Group(object+"."+g) == nil {
			bad = bad.WithField("groups", "gate.unknown_group", fault.Args{"Group": g})
		}
	}
	return bad.OrNil()
}

// role returns a role's name in the caller's language.
func (q request) role(id string) string {
	if r := q.p.Role(id); r != nil {
		return q.l.Text(r.Name)
	}
	return id
}

// law cites a legal reference; the platform's own rules have no law.
func (q request) law(ref string) string {
	if q.p.Law(ref) == nil {
		return ""
	}
	return q.p.Cite(ref, q.Language)
}
