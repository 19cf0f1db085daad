package operator

import (
	"slices"

	"mektep/core/tenant"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// line is a ministry in the list.
type line struct {
	*tenant.Ministry
	name    string
	country string
	shown   tenant.Shown
	size    tenant.Size
}

func (c console) ministries(q *screen.Request) error {
	all, err := q.Tenants.All(q.Context())
	if err != nil {
		return err
	}
	sizes, err := q.Tenants.Sizes(q.Context())
	if err != nil {
		return err
	}
	countries := map[string]string{}
	for _, p := range q.Tenants.Profiles() {
		countries[p.ID] = q.Text(p.Name)
	}
	lines := make([]line, 0, len(all))
	shown := q.Tenants.ShowAll(q.Context(), all)
	for i, m := range all {
		lines = append(lines, line{Ministry: m, name: q.Text(m.Name), country: countries[m.Profile], shown: shown[i], size: sizes[m.ID]})
	}
	laws, err := q.Tenants.Laws(q.Context())
	if err != nil {
		return err
	}
	troubled := slices.DeleteFunc(laws, func(l tenant.Law) bool { return len(l.Findings) == 0 })
	return q.Page(showMinistries(q.View(), lines, troubled))
}

// lawTitle says what became of files with mistakes: of a country that is closed, of one
// on which the files before them still hold, of none at all.
func lawTitle(v *ui.View, l tenant.Law) string {
	switch {
	case l.ID == "":
		return v.T("operator.law.files")
	case l.Kept:
		return v.T("operator.law.kept", "Country", l.ID)
	}
	return v.T("operator.law.closed", "Country", l.ID)
}

func lawText(v *ui.View, l tenant.Law) string {
	switch {
	case l.ID == "":
		return v.T("operator.law.files.text")
	case l.Kept:
		return v.T("operator.law.kept.text")
	}
	return v.T("operator.law.closed.text")
}

// state is a ministry's state as a badge.
func state(v *ui.View, s tenant.State) *ui.State {
	tone := map[tenant.State]ui.Tone{tenant.Active: ui.Good, tenant.Preparing: ui.Info, tenant.Suspended: ui.Warn}[s]
	return &ui.State{Text: v.T("tenant.state." + string(s)), Tone: tone}
}

func ministryRows(v *ui.View, lines []line) []ui.Row {
	rows := make([]ui.Row, 0, len(lines))
	for _, l := range lines {
		rows = append(rows, ui.Row{Muted: l.State == tenant.Suspended, Cells: []ui.Cell{
			{Text: l.name, URL: ministries + l.Slug, Sub: l.Slug},
			{Text: l.shown.Host, Sub: silent(v, l.shown)},
			{Text: l.country},
			{Text: v.L.Number(l.size.Institutions)},
			{Text: v.L.Number(l.size.Accounts)},
			{State: state(v, l.State), Sub: sinceWhen(v, l.Ministry)},
		}})
	}
	return rows
}

// silent says that a ministry's database does not answer.
func silent(v *ui.View, s tenant.Shown) string {
	if s.Silent {
		return v.T("operator.silent")
	}
	return ""
}

// sinceWhen says since when a ministry is what it is, or how far its setting up is.
func sinceWhen(v *ui.View, m *tenant.Ministry) string {
	switch {
	case m.Step != "":
		return v.T("operator.step."+string(m.Step)) + " · " + v.DateTime(m.StepAt)
	case m.SuspendedAt != nil:
		return v.T("common.since", "Date", v.Date(*m.SuspendedAt))
	case m.ActivatedAt != nil:
		return v.T("common.since", "Date", v.Date(*m.ActivatedAt))
	}
	return ""
}
