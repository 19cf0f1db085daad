package home

import (
	"slices"
	"strings"

	"mektep/core/caller"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// step is something with which a new ministry begins.
type step struct {
	task ui.Task
	done bool
}

// leading are the levels of units from which a ministry is run: somebody at each of them
// is needed before institutions can be asked for anything.
var leading = []string{unit.Ministry, unit.Directorate, unit.Region, unit.District}

// firstSteps tell those who give roles at the ministry what it still lacks to begin work, as
// its profile says: for each role of an official somebody who holds it, for a guarded one two,
// because each needs the other; and institutions. Once all is done the list is gone.
func (s *screens) firstSteps(q *screen.Request, p *page) error {
	root, gives := s.givesFirst(q)
	if !gives {
		return nil
	}
	holders, err := s.Identity.Holders(q.Context())
	if err != nil {
		return noRight(err)
	}
	var steps []step
	hands := held(q)
	for i := range q.Profile().Roles {
		r := &q.Profile().Roles[i]
		if !slices.Contains(leading, r.Level) || r.Person != "official" || !r.Holds(profile.DateOf(q.Clock.Today(q.Ministry.Zone))) {
			continue
		}
		needed := 1
		if r.Guarded {
			needed = 2
		}
		steps = append(steps, roleStep(q, r, root, holders[r.ID], needed, hands))
	}
	filled, err := s.institutionsStep(q)
	if noRight(err) != nil {
		return err
	}
	if err == nil {
		steps = append(steps, filled)
	}
	if slices.ContainsFunc(steps, func(x step) bool { return !x.done }) {
		p.steps = steps
	}
	return nil
}

// givesFirst reports whether the caller gives one of the roles with which a ministry
// begins, and the unit at which they hold the post that lets them: the ministry.
func (s *screens) givesFirst(q *screen.Request) (root string, gives bool) {
	for _, a := range held(q) {
		for i := range q.Profile().Roles {
			r := &q.Profile().Roles[i]
			if a.UnitLevel == unit.Ministry && slices.Contains(leading, r.Level) && givenBy(r, a.Role) {
				return a.UnitUID, true
			}
		}
	}
	return "", false
}

func givenBy(r *profile.Role, role string) bool {
	return slices.ContainsFunc(r.GrantedBy, func(g profile.Grant) bool { return g.Role == role })
}

func roleStep(q *screen.Request, r *profile.Role, root string, held, needed int, hands []caller.Assignment) step {
	x := step{done: held >= needed, task: ui.Task{Icon: ui.GlyphPersonAdd, Tone: ui.Warn, Title: q.T("home.step.role", "Role", q.Text(r.Name)), Text: q.Text(r.Help)}}
	mine := slices.ContainsFunc(hands, func(a caller.Assignment) bool { return givenBy(r, a.Role) })
	switch {
	case x.done:
		x.task.Icon, x.task.Tone, x.task.Title, x.task.Text = ui.GlyphSuccess, ui.Good, q.Text(r.Name), ""
		x.task.When = q.T("home.step.held", "Count", held)
	case needed > 1 && held > 0:
		x.task.Title, x.task.Text = q.T("home.step.second", "Role", q.Text(r.Name)), q.T("home.step.second.text")
	}
	switch {
	case x.done:
	case mine && r.Level == unit.Ministry:
		x.task.URL = "/people/new?unit=" + root + "&role=" + r.ID
	case mine:
		x.task.URL = "/people/new"
	default:
		x.task.Tone = ui.Info
		x.task.Text = sentence(x.task.Text) + q.T("home.step.given_by", "Roles", givers(q, r))
	}
	return x
}

// givers names the roles that give r.
func givers(q *screen.Request, r *profile.Role) string {
	var names []string
	for _, g := range r.GrantedBy {
		if giver := q.Profile().Role(g.Role); giver != nil {
			names = append(names, q.Text(giver.Name))
		}
	}
	return q.L.List(names)
}

// sentence ends a text of a profile, which may have no full stop, for another to follow.
func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	return strings.TrimSuffix(s, ".") + ". "
}

func (s *screens) institutionsStep(q *screen.Request) (step, error) {
	x := step{task: ui.Task{Icon: ui.GlyphUpload, Tone: ui.Warn, Title: q.T("home.step.institutions"), Text: q.T("home.step.institutions.text")}}
	found, err := s.Registry.List(q.Context(), record.Query{Limit: 1})
	if err != nil {
		return x, err
	}
	if len(found.Items) > 0 {
		x.done, x.task.Icon, x.task.Tone, x.task.Title, x.task.Text = true, ui.GlyphSuccess, ui.Good, q.T("nav.institutions"), ""
		return x, nil
	}
	if _, err := q.Gate.Scope(q.Context(), "import", registry.Institutions); err == nil {
		x.task.URL = "/institutions/import"
	} else {
		x.task.Tone = ui.Info
	}
	return x, nil
}

func stepTasks(p page) []ui.Task {
	out := make([]ui.Task, len(p.steps))
	for i, x := range p.steps {
		out[i] = x.task
	}
	return out
}

func stepsDone(p page) (n int) {
	for _, x := range p.steps {
		if x.done {
			n++
		}
	}
	return n
}
