package institutions

import (
	"time"

	"mektep/core/record"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func recordURL(uid string) string { return "/institutions/" + uid }

func listCrumb(q *screen.Request) []ui.Link {
	return []ui.Link{{Text: q.T("nav.institutions"), URL: "/institutions"}}
}

// codeName is what the country calls the code of institutions.
func codeName(q *screen.Request) string {
	return register.CodeName(q, "institution_code", "record.code")
}

// stateOf says whether a unit is open; nil for the usual: it is.
func stateOf(q *screen.Request, u unit.Unit) *ui.State {
	if u.Withdrawn {
		return &ui.State{Text: q.T("unit.state.withdrawn"), Tone: ui.Neutral, Icon: ui.GlyphArchive}
	}
	return register.State(q, record.Head{Since: u.Since, Until: u.Until})
}

// period writes from when to when something held; until is the first day on
// which it no longer did.
func period(q *screen.Request, since time.Time, until *time.Time) string {
	v := q.View()
	if until == nil && since.After(q.Today()) {
		return q.T("institution.from", "Date", v.Date(since))
	}
	if until == nil {
		return q.T("common.since", "Date", v.Date(since))
	}
	return v.Date(since) + " – " + v.LastDay(*until)
}
