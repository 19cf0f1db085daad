package policy

import (
	"fmt"
	"slices"
	"strings"
)

// Explanation says why a request is decided as it is, and what would be allowed instead.
type Explanation struct {
	Role, Object, Action, Scope string
	Decision
	Through    []string // how the role comes by the deciding row: the role, …, the row's role
	Guardrails []Row    // every guardrail that forbids it
	Nearest    []Row    // what the role may do that is nearest: same act in another relation first
	Scopes     []string // relations in which the role may do this
	Ask        []string // roles that may do it in some relation
	Unknown    []string // words of the request that the policy does not know
}

// nearestRows bounds how many rows an explanation offers.
const nearestRows = 6

// Explain answers a request and says why.
func (s *Snapshot) Explain(role, object, action, scope string) Explanation {
	x := Explanation{
		Role: role, Object: object, Action: action, Scope: scope,
		Decision: s.Decide(role, object, action, scope),
		Scopes:   s.Scopes(role, object, action),
		Ask:      s.WhoMay(object, action),
		Unknown:  s.unknownWords(role, object, action, scope),
	}
	j := s.judge(role)
	if j == nil {
		return x
	}
	if x.Row != nil {
		x.Through = s.through(role, x.Row.Role)
	}
	var others []Row
	for _, r := range s.policy.rows {
		if !slices.Contains(j.lineage, r.Role) || !matches(object, r.Object) {
			continue
		}
		acts := r.Action == every || r.Action == action
		switch {
		case !r.Allow && acts:
			x.Guardrails = append(x.Guardrails, r)
		case !r.Allow:
		case acts:
			x.Nearest = append(x.Nearest, r)
		default:
			others = append(others, r)
		}
	}
	x.Nearest = append(x.Nearest, others...)
	x.Nearest = x.Nearest[:min(len(x.Nearest), nearestRows)]
	return x
}

// through returns the shortest way of inheritance from a role to another.
func (s *Snapshot) through(role, to string) []string {
	from := map[string]string{role: ""}
	queue := []string{role}
	for len(queue) > 0 && queue[0] != to {
		for _, l := range s.policy.links {
			if _, seen := from[l.parent]; l.child == queue[0] && !seen {
				from[l.parent] = l.child
				queue = append(queue, l.parent)
			}
		}
		queue = queue[1:]
	}
	var out []string
	for at := to; at != ""; at = from[at] {
		out = append([]string{at}, out...)
	}
	return out
}

func (s *Snapshot) unknownWords(role, object, action, scope string) []string {
	w := s.policy.words
	var out []string
	tell := func(what, word string, known []string) {
		out = append(out, fmt.Sprintf("%s; known are %s", unknown(what, word, known), strings.Join(known, ", ")))
	}
	if w.roles[role].ID == "" {
		tell("role", role, w.roleIDs)
	}
	switch actions := w.objects[object]; {
	case actions == nil:
		tell("object", object, w.objectIDs)
	case !slices.Contains(actions, action):
		tell("action of "+object, action, actions)
	}
	if !slices.Contains(w.relations, scope) {
		tell("scope", scope, w.relations)
	}
	return out
}

// String says it in words, a fact a line; of a request with words that nobody knows, which
// they are and what is known.
func (x Explanation) String() string {
	if len(x.Unknown) > 0 {
		return strings.Join(x.Unknown, "\n")
	}
	at := func(r Row) string { return fmt.Sprintf("%s:%d: %s", r.File, r.Line, r) }
	request := fmt.Sprintf("%s: %s, %s in scope %s", x.Role, x.Object, x.Action, x.Scope)
	var out []string
	list := func(what string, items []string) {
		if len(items) > 0 {
			out = append(out, what+" "+strings.Join(items, ", "))
		}
	}
	rows := func(what string, rows []Row) {
		if len(rows) > 0 {
			out = append(out, what)
		}
		for _, r := range rows {
			out = append(out, "  "+at(r))
		}
	}
	switch {
	case x.Allow:
		out = append(out, "allowed: "+request, "by the row "+at(*x.Row))
	case x.Guardrail:
		out = append(out, "denied: "+request)
		rows("no ministry may give it:", x.Guardrails)
	default:
		out = append(out, "denied: "+request, "no row gives it")
	}
	if len(x.Through) > 1 {
		out = append(out, "the role comes to it as "+strings.Join(x.Through, " → "))
	}
	list("the role has it in scope", x.Scopes)
	if !x.Allow {
		rows("the nearest that the role has:", x.Nearest)
	}
	list("who has it, in some scope:", x.Ask)
	return strings.Join(out, "\n")
}

// voidRows finds allow rows that guardrails make void for every role that has
// them: their writer believes to have given something.
func (s *Snapshot) voidRows(rows []Row) Findings {
	var found Findings
	for _, r := range rows {
		if by := s.voidBy(r); by != nil {
			found = append(found, Finding{
				File: r.File, Line: r.Line, Column: 1, Code: "VOID",
				Message: fmt.Sprintf("gives what no ministry may give: %s:%d forbids it (%s)", by.File, by.Line, by.Source),
			})
		}
	}
	return found
}

// voidBy returns the guardrail that forbids a row in every case, or nil.
func (s *Snapshot) voidBy(r Row) *Row {
	scope := r.Scope
	if scope == every {
		scope = s.policy.words.relations[0]
	}
	var by *Row
	for _, role := range s.policy.words.roleIDs {
		if j := s.judge(role); j == nil || !slices.Contains(j.lineage, r.Role) {
			continue
		}
		for _, o := range s.policy.words.covered(r.Object) {
			for _, a := range s.policy.words.objects[o] {
				if r.Action != every && r.Action != a {
					continue
				}
				d := s.Decide(role, o, a, scope)
				if !d.Guardrail {
					return nil
				}
				by = d.Row
			}
		}
	}
	return by
}
