package institutions

import (
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func today(q *screen.Request) time.Time { return q.Clock.Today(q.Caller.Tenant.Zone) }

func recordURL(uid string) string { return "/institutions/" + uid }

func typeName(q *screen.Request, id string) string {
	if t := q.Profile().Type(id); t != nil {
		return q.Text(t.Name)
	}
	return id
}

func levelName(q *screen.Request, level string) string {
	if l := q.Profile().Level(level); l != nil {
		return q.Text(l.Name)
	}
	return ""
}

func codeName(q *screen.Request) string {
	if id := q.Profile().Identifier("institution_code"); id != nil {
		if len(id.Short) > 0 {
			return q.Text(id.Short)
		}
		return q.Text(id.Name)
	}
	return q.T("institution.code")
}

// stateOf says whether an institution is open; nil for the usual: it is.
func stateOf(q *screen.Request, u unit.Unit) *ui.State {
	on := today(q)
	switch {
	case u.Withdrawn:
		return &ui.State{Text: q.T("unit.state.withdrawn"), Tone: ui.Neutral, Icon: ui.GlyphArchive}
	case u.Until != nil && !on.Before(*u.Until):
		return &ui.State{Text: q.T("institution.state.closed_on", "Date", q.View().Date(*u.Until)), Tone: ui.Neutral, Icon: ui.GlyphArchive}
	case u.Until != nil:
		return &ui.State{Text: q.T("institution.state.closes_on", "Date", q.View().Date(*u.Until)), Tone: ui.Warn}
	case on.Before(u.Since):
		return &ui.State{Text: q.T("institution.state.opens_on", "Date", q.View().Date(u.Since)), Tone: ui.Info}
	}
	return nil
}

// period writes from when to when something held; until is the first day on
// which it no longer did.
func period(q *screen.Request, since time.Time, until *time.Time) string {
	v := q.View()
	if until == nil && since.After(today(q)) {
		return q.T("institution.from", "Date", v.Date(since))
	}
	if until == nil {
		return q.T("common.since", "Date", v.Date(since))
	}
	return v.Date(since) + " – " + v.Date(until.AddDate(0, 0, -1))
}

func orderText(q *screen.Request, o audit.Order) string {
	switch {
	case o.Number == "":
		return ""
	case o.Date.IsZero():
		return q.T("institution.order_no", "Number", o.Number)
	}
	return q.T("history.order_of", "Number", o.Number, "Date", q.View().Date(o.Date))
}

// names of an institution in the other languages it has them in.
func otherNames(q *screen.Request, names map[string]string) []ui.Fact {
	var out []ui.Fact
	shown := q.Text(names)
	for _, l := range q.Edge.Words().Languages() {
		if n := names[l.Tag]; n != "" && n != shown {
			out = append(out, ui.Fact{Label: l.Name, Value: n})
		}
	}
	return out
}

// explained returns what stopped the caller, in words; nil when nothing did.
func explained(q *screen.Request, err error) *ui.WhyNotSpec {
	if err == nil {
		return nil
	}
	w := ui.WhyNotOf(q.View(), err)
	return &w
}

// formErrors are the errors of a form; ok is false when err is no matter of it.
// A conflict is one: what was typed stays, and the person may look again.
func formErrors(q *screen.Request, err error) (errs ui.Errors, status int, ok bool) {
	switch fault.KindOf(err) {
	case fault.Invalid:
		return ui.ErrorsOf(q.View(), err), 422, true
	case fault.Conflict:
		return ui.ErrorsOf(q.View(), err), 409, true
	}
	return nil, 0, false
}

// placeCrumbs are the way to an institution; each place leads to its list.
func placeCrumbs(q *screen.Request, i registry.Institution) []ui.Link {
	out := []ui.Link{{Text: q.T("nav.institutions"), URL: "/institutions"}}
	for _, u := range i.Place {
		if territorial(u.Level) {
			out = append(out, ui.Link{Text: q.Text(u.Name), URL: listURL{Under: u.UID}.String()})
		}
	}
	return out
}

func recordCrumbs(q *screen.Request, i registry.Institution) []ui.Link {
	return append(placeCrumbs(q, i), ui.Link{Text: q.Text(i.Name), URL: recordURL(i.UID)})
}

func placeLine(q *screen.Request, units []unit.Unit) string {
	var names []string
	for _, u := range units {
		if territorial(u.Level) {
			names = append(names, q.Text(u.Name))
		}
	}
	return strings.Join(names, ", ")
}
