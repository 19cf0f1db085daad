package home

import (
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/gate"
	"mektep/core/record"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// change is something that was done to an institution.
type change struct {
	at     time.Time
	action string
	unit   unit.Unit
}

// written are the acts on institutions that home tells of.
var written = []string{"create", "update", "rename", "retype", "move", "merge", "close", "reopen", "correct", "withdraw", "import"}

// changed adds the caller's newest notices, and what was changed lately in the
// institutions that they may see: the same facts as stand in each one's history.
func (s *screens) changed(q *screen.Request, p *page) error {
	items, _, err := s.Notify.Inbox(q.Context(), "")
	if err != nil {
		return err
	}
	p.notices = items[:min(len(items), mostNotice)]
	scope, err := q.Gate.Scope(q.Context(), "view", registry.Institutions)
	if err != nil {
		return noRight(err)
	}
	records, err := s.records(q, scope)
	if err != nil {
		return err
	}
	records = slices.DeleteFunc(records, func(r audit.Record) bool { return !slices.Contains(written, r.Action) || r.Target == "" })
	uids := make([]string, len(records))
	for k, r := range records {
		uids[k] = r.Target
	}
	units, err := s.Tree.GetAll(q.Context(), uids)
	if err != nil {
		return err
	}
	for _, r := range records {
		u, there := units[r.Target]
		delete(units, r.Target) // its newest act is shown
		if !there || !scope.Holds(u.Path, u.Type) {
			continue // gone since, or no longer theirs to see
		}
		if p.changes = append(p.changes, change{r.At, r.Action, u}); len(p.changes) == mostChange {
			break
		}
	}
	return nil
}

// records are the newest acts on institutions within a scope, newest first.
func (s *screens) records(q *screen.Request, scope gate.Scope) ([]audit.Record, error) {
	under := slices.Concat(scope.Below, scope.At)
	if scope.All || len(scope.Types) > 0 {
		under = []string{""}
	}
	var all []audit.Record
	for _, path := range under[:min(len(under), 3)] {
		found, _, err := s.Trail.Search(q.Context(), audit.Filter{
			Object: registry.Institutions, Outcome: audit.Allow, Subtree: path, Limit: 40, From: q.Clock.Now().AddDate(0, -1, 0),
		}, "")
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b audit.Record) int { return b.At.Compare(a.At) })
	return all, nil
}

// numbers are the institutions of the caller's territory, counted (KG-ER-6a: who
// sees the whole country sees it in numbers).
type numbers struct {
	total  int
	places []record.Tally
	types  []record.Tally
	by     record.By
}

// count adds the numbers, for those who look after more than one district.
func (s *screens) count(q *screen.Request, p *page) error {
	by := record.By("")
	for _, a := range held(q) {
		switch a.UnitLevel {
		case unit.Ministry, unit.Directorate:
			by = record.ByRegion
		case unit.Region:
			if by == "" {
				by = record.ByDistrict
			}
		}
	}
	if by == "" {
		return nil
	}
	if _, err := q.Gate.Scope(q.Context(), "aggregate", registry.Institutions); err != nil {
		return noRight(err)
	}
	places, err := s.Registry.Counts(q.Context(), by, record.Query{})
	if err != nil {
		return noRight(err)
	}
	types, err := s.Registry.Counts(q.Context(), record.ByType, record.Query{})
	if err != nil {
		return noRight(err)
	}
	n := numbers{places: places, types: types, by: by}
	for _, t := range types {
		n.total += t.Count
	}
	p.numbers = &n
	return nil
}

func noticeTasks(q *screen.Request, p page) []ui.Task {
	var out []ui.Task
	for _, n := range p.notices {
		title, text := q.View().Told(n.Key, n.Args)
		out = append(out, ui.Task{Icon: ui.GlyphBell, Title: title, Text: text, URL: n.Link, When: ago(q, n.At), Unread: !n.Read})
	}
	return out
}

func changeTasks(q *screen.Request, p page) []ui.Task {
	var out []ui.Task
	for _, c := range p.changes {
		out = append(out, ui.Task{
			Icon: ui.GlyphSchool, Title: q.Text(c.unit.Name), Text: q.T("home.did." + c.action), URL: "/institutions/" + c.unit.UID, When: ago(q, c.at),
		})
	}
	return out
}

func ago(q *screen.Request, t time.Time) string {
	now := q.Clock.Now()
	if z := q.Caller.Tenant.Zone; z != nil {
		t, now = t.In(z), now.In(z)
	}
	return q.L.Relative(t, now)
}

// places are the ways one goes most.
func places(q *screen.Request) []ui.Task {
	var out []ui.Task
	add := func(action, object string, t ui.Task) {
		if action != "" {
			if _, err := q.Gate.Scope(q.Context(), action, object); err != nil {
				return
			}
		}
		out = append(out, t)
	}
	add("create", "appointment", ui.Task{Icon: ui.GlyphPersonAdd, Title: q.T("people.appoint"), Text: q.T("home.place.appoint"), URL: "/people/new"})
	add("import", "institution", ui.Task{Icon: ui.GlyphUpload, Title: q.T("home.place.import"), Text: q.T("home.place.import.text"), URL: "/institutions/import"})
	if mine := q.Mine(); mine != "" {
		add("view", "institution", ui.Task{Icon: ui.GlyphBuilding, Title: q.T("nav.mine"), Text: q.T("home.place.mine"), URL: "/institutions/" + mine})
	}
	add("view", "institution", ui.Task{Icon: ui.GlyphSchool, Title: q.T("nav.institutions"), Text: q.T("home.place.institutions"), URL: "/institutions"})
	add("view", "audit", ui.Task{Icon: ui.GlyphAudit, Title: q.T("nav.audit"), Text: q.T("home.place.audit"), URL: "/audit"})
	add("view", "calendar", ui.Task{Icon: ui.GlyphCalendar, Title: q.T("nav.year"), Text: q.T("home.place.year"), URL: "/calendar"})
	add("", "", ui.Task{Icon: ui.GlyphShield, Title: q.T("ui.rights"), Text: q.T("home.place.rights"), URL: "/me/rights"})
	return out[:min(len(out), 4)]
}
