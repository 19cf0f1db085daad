package me

import (
	"slices"
	"strconv"
	"strings"

	"mektep/core/caller"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/identity"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// post is one of the person's roles, with everything it brings.
type post struct {
	held    identity.Appointment
	role    string
	help    string
	law     string
	unmet   []ui.WhyNotSpec // what must be done before the role can be used
	granted []ui.Row
	barred  []ui.Row
}

// question is "may I …?", as it was asked.
type question struct {
	object, action   string
	objects, actions []ui.Option
	yes              []ui.Fact
	no               *ui.WhyNotSpec
}

func (s Services) rights(q *screen.Request) error {
	m, err := q.Gate.Ministry(q.Context())
	if err != nil {
		return err
	}
	mine, err := s.Identity.Mine(q.Context())
	if err != nil {
		return err
	}
	x := explainer{q: q, v: q.View(), m: m}
	var posts []post
	for _, a := range q.Caller.Assignments {
		p, err := s.post(x, a, mine.Appointments)
		if err != nil {
			return err
		}
		posts = append(posts, p)
	}
	ask, err := x.answer(q.C.Query("object"), q.C.Query("action"))
	if err != nil {
		return err
	}
	return q.Page(showRights(q, q.View(), posts, ask))
}

func (s Services) post(x explainer, a caller.Assignment, all []identity.Appointment) (post, error) {
	p := post{role: roleName(x.q, a.Role)}
	for _, h := range all {
		if h.ID == a.ID {
			p.held = h
		}
	}
	r := x.m.Profile.Role(a.Role)
	if r == nil {
		return p, nil
	}
	p.help, p.law = x.q.Text(r.Help), x.law(r.Source)
	for _, demand := range r.BeforeUse {
		err := s.Identity.BeforeUse(x.q.Context(), x.q.Caller, a, demand)
		if err == nil {
			err = s.Consent.BeforeUse(x.q.Context(), x.q.Caller, a, demand)
		}
		if err != nil {
			if fault.From(err).Check == "" {
				return p, err
			}
			p.unmet = append(p.unmet, ui.WhyNotOf(x.v, err))
		}
	}
	p.granted, p.barred = x.granted(a), x.barred(a)
	return p, nil
}

// explainer puts the policy into words.
type explainer struct {
	q *screen.Request
	v *ui.View
	m gate.Ministry
}

// law cites what a right or a limit rests on: the profile's legal bases, or a rule
// of the platform itself.
func (x explainer) law(source string) string {
	if rule, ok := strings.CutPrefix(source, "platform §"); ok {
		if key := "source." + rule; x.v.L.Knows(key) {
			return x.v.T(key)
		}
	}
	return x.m.Profile.Cite(source, x.q.L.Tag())
}

// object names what a right is about: an object of the catalogue, or a group of
// fields of the profile.
func (x explainer) object(id string) string {
	if key := "object." + id; x.v.L.Knows(key) {
		return x.v.T(key)
	}
	if g := x.m.Profile.Group(id); g != nil {
		register, _, _ := strings.Cut(strings.TrimPrefix(id, "sealed."), ".")
		if r := x.m.Profile.Register(register); r != nil {
			return x.v.T("me.rights.group", "Register", x.q.Text(r.Name), "Group", x.q.Text(g.Name))
		}
		return x.q.Text(g.Name)
	}
	return id
}

func (x explainer) actions(ids []string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = x.v.T("right." + id)
	}
	return strings.Join(names, ", ")
}

// ground is where something may be done, and on which law.
type ground struct{ where, source, rule string }

// grounds says in which relations a role may do something. The widest stand for
// those that lie within them, each with the law that it rests on itself.
func (x explainer) grounds(role, object, action string) []ground {
	scopes := x.m.Policy.Scopes(role, object, action)
	tenant, territory := slices.Contains(scopes, "tenant"), slices.Contains(scopes, "territory")
	var out []ground
	for _, s := range scopes {
		if tenant && s != "tenant" || territory && (s == "unit" || s == "self") {
			continue
		}
		source := x.m.Policy.Decide(role, object, action, s).Source
		g := ground{x.v.T("relation." + s), source, x.m.Profile.RuleOf(source, object, action)}
		if n := len(out); n > 0 && out[n-1].source == g.source {
			out[n-1].where += "; " + g.where
			continue
		}
		out = append(out, g)
	}
	return out
}

// line is one row of a table of rights: objects for which the same holds.
type line struct {
	objects []string
	what    string
	where   string
	source  string
	rule    string
}

// lines collects rows by what they say.
type lines []*line

func (l *lines) add(object, what, where, source, rule string) {
	for _, have := range *l {
		if have.what == what && have.where == where && have.source == source && have.rule == rule {
			have.objects = append(have.objects, object)
			return
		}
	}
	*l = append(*l, &line{[]string{object}, what, where, source, rule})
}

// granted are the rights of an assignment.
func (x explainer) granted(a caller.Assignment) []ui.Row {
	one := *x.q.Caller
	one.Assignments = []caller.Assignment{a}
	var list lines
	var object, last string
	var order []ground
	actions := map[ground][]string{}
	flush := func() {
		for _, g := range order {
			list.add(x.object(object), x.actions(actions[g]), g.where, g.source, g.rule)
		}
		order, actions = nil, map[ground][]string{}
	}
	for _, r := range x.q.Gate.Rights(x.m, &one) {
		if r.Object != object {
			flush()
			object, last = r.Object, ""
		}
		if r.Action == last {
			continue // another relation of the same right: grounds has named it
		}
		last = r.Action
		for _, g := range x.grounds(a.Role, r.Object, r.Action) {
			if actions[g] == nil {
				order = append(order, g)
			}
			actions[g] = append(actions[g], r.Action)
		}
	}
	flush()
	rows := make([]ui.Row, 0, len(list))
	for _, l := range list {
		rows = append(rows, ui.Row{Cells: []ui.Cell{
			{Text: strings.Join(l.objects, "; ")}, {Text: l.what}, {Text: l.where}, {Text: x.law(l.source), Sub: l.rule},
		}})
	}
	return rows
}

// barred are what no ministry may give this role, whatever its rules say.
func (x explainer) barred(a caller.Assignment) []ui.Row {
	policy := x.m.Policy.Policy()
	var list lines
	for _, object := range policy.Objects() {
		forbidden := map[ground][]string{} // by what forbids it
		var order []ground
		writes := 0
		for _, action := range policy.Actions(object) {
			if policy.Writes(action) {
				writes++
			}
			if d := x.m.Policy.Decide(a.Role, object, action, "tenant"); d.Guardrail {
				g := ground{source: d.Source, rule: x.m.Profile.RuleOf(d.Source, object, action)}
				if forbidden[g] == nil {
					order = append(order, g)
				}
				forbidden[g] = append(forbidden[g], action)
			}
		}
		for _, g := range order {
			list.add(x.object(object), x.every(forbidden[g], writes), "", g.source, g.rule)
		}
	}
	rows := make([]ui.Row, 0, len(list))
	for _, l := range list {
		rows = append(rows, ui.Row{Cells: []ui.Cell{
			{Text: strings.Join(l.objects, "; ")}, {Text: l.what}, {Text: x.law(l.source), Sub: l.rule},
		}})
	}
	return rows
}

// every names actions, with one word for all that write where all of them are there.
func (x explainer) every(ids []string, writes int) string {
	reads := slices.DeleteFunc(slices.Clone(ids), x.m.Policy.Policy().Writes)
	if len(ids)-len(reads) < writes || writes < 2 {
		return x.actions(ids)
	}
	what := x.v.T("me.rights.every_change")
	if len(reads) > 0 {
		what += ", " + x.actions(reads)
	}
	return what
}

// answer says whether and where the person may do something, or why not and whom
// to ask.
func (x explainer) answer(object, action string) (question, error) {
	ask := question{object: object, action: action}
	policy := x.m.Policy.Policy()
	seen := map[string]bool{}
	for _, id := range policy.Objects() {
		ask.objects = append(ask.objects, ui.Option{Value: id, Text: x.object(id)})
		for _, a := range policy.Actions(id) {
			if !seen[a] {
				seen[a] = true
				ask.actions = append(ask.actions, ui.Option{Value: a, Text: x.v.T("right." + a)})
			}
		}
	}
	byText := func(a, b ui.Option) int { return strings.Compare(x.sortKey(a.Text), x.sortKey(b.Text)) }
	slices.SortFunc(ask.objects, byText)
	slices.SortFunc(ask.actions, byText)
	if object == "" || action == "" {
		return ask, nil
	}
	if !slices.Contains(policy.Actions(object), action) {
		ask.no = &ui.WhyNotSpec{Reason: x.v.T("me.rights.no_such", "Object", x.object(object), "Action", x.v.T("right."+known(seen, action)))}
		return ask, nil
	}
	for _, a := range x.q.Caller.Assignments {
		for _, g := range x.grounds(a.Role, object, action) {
			ask.yes = append(ask.yes, ui.Fact{Label: roleName(x.q, a.Role), Value: g.where, Note: x.law(g.source)})
		}
	}
	if len(ask.yes) > 0 {
		return ask, nil
	}
	_, err := x.q.Gate.Check(x.q.Context(), action, x.target(object))
	if fault.From(err) != nil && fault.From(err).Check == "" {
		return ask, err
	}
	why := ui.WhyNotOf(x.v, err)
	if why.NextURL == rights { // here we are
		why.NextURL = ""
		if next := fault.From(err).Next; next != nil && next.Key == "gate.next.see_rights" {
			why.Next = ""
		}
	}
	ask.no = &why
	return ask, nil
}

// known keeps a word of a URL from becoming a message key of its own.
func known(seen map[string]bool, action string) string {
	if seen[action] {
		return action
	}
	return "view"
}

// target is the whole of an object, or of a group of its fields.
func (x explainer) target(object string) gate.Target {
	if x.m.Profile.Group(object) != nil {
		register, group, _ := strings.Cut(strings.TrimPrefix(object, "sealed."), ".")
		return gate.Target{Object: register, Groups: []string{group}}
	}
	return gate.Target{Object: object}
}

func listID(what string, i int) string { return what + "-" + strconv.Itoa(i) }
