package people

import (
	"time"

	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func roleName(q *screen.Request, id string) string {
	if p := q.Profile(); p != nil {
		if r := p.Role(id); r != nil {
			return q.Text(r.Name)
		}
	}
	return id
}

func unitName(q *screen.Request, u unit.Unit) string { return q.Text(u.Name) }

// kindName is what kind of unit it is: the institution's type or the level.
func kindName(q *screen.Request, u unit.Unit) string {
	p := q.Profile()
	if p == nil {
		return ""
	}
	if t := p.Type(u.Type); t != nil {
		return q.Text(t.Name)
	}
	if l := p.Level(u.Level); l != nil {
		return q.Text(l.Name)
	}
	return ""
}

// local is a moment as the ministry's clocks show it.
func local(q *screen.Request, t time.Time) time.Time {
	if z := q.Caller.Tenant.Zone; z != nil && !t.IsZero() {
		return t.In(z)
	}
	return t
}

func moment(q *screen.Request, t time.Time) string { return q.View().DateTime(local(q, t)) }

// period writes from when to when something holds. until is the first day on
// which it no longer does; people name the last one.
func period(q *screen.Request, since, until time.Time) string {
	v := q.View()
	if until.IsZero() {
		return q.T("common.since", "Date", v.Date(since))
	}
	if !until.After(since) { // it was ended, or its unit closes, before it began
		return q.T("people.period.never", "From", v.Date(since))
	}
	return q.T("people.period", "From", v.Date(since), "To", v.LastDay(until))
}

func order(q *screen.Request, o identity.Order) string {
	switch {
	case o.Number == "":
		return ""
	case o.Date.IsZero():
		return o.Number
	}
	return q.T("history.order_of", "Number", o.Number, "Date", q.View().Date(o.Date))
}

func documentName(q *screen.Request, id string) string {
	if id == "" {
		return ""
	}
	return q.T("identity.document." + id)
}

func stateOf(q *screen.Request, a identity.Account) ui.State {
	state, why := a.Shown()
	switch state {
	case identity.Active:
		return ui.State{Text: q.T("state.active"), Tone: ui.Good}
	case identity.Invited:
		return ui.State{Text: q.T("state.invited"), Tone: ui.Info}
	}
	if why == identity.NoAppointment {
		return ui.State{Text: q.T("people.state.no_appointment"), Tone: ui.Neutral}
	}
	return ui.State{Text: q.T("state.blocked"), Tone: ui.Bad}
}

// documents are the kinds of document by which somebody may be identified.
func documents(q *screen.Request) []ui.Option {
	out := make([]ui.Option, 0, len(identity.Identifications))
	for _, id := range identity.Identifications {
		out = append(out, ui.Option{Value: id, Text: documentName(q, id)})
	}
	return out
}

func languages(q *screen.Request) []ui.Option {
	var out []ui.Option
	for _, l := range q.Edge.Words().Languages() {
		for _, tag := range q.Offered {
			if tag == l.Tag {
				out = append(out, ui.Option{Value: l.Tag, Text: l.Name})
			}
		}
	}
	return out
}
