package register

import (
	"cmp"
	"strings"

	"mektep/core/transfer"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// outcome is what came of the work on an import, as it stands.
func outcome(q *screen.Request, p importPage) ui.AlertSpec {
	a := ui.AlertSpec{Tone: ui.Info, Said: true}
	switch {
	case p.stands == transfer.Applied:
		a.Tone, a.Title, a.Text = ui.Good, q.T("import.applied"), q.T("import.applied.text", "When", q.View().DateTime(p.Applied))
	case p.stands == transfer.Undone:
		a.Title, a.Text = q.T("import.undone"), q.T("import.undone.text", "When", q.View().DateTime(p.Undone))
	case p.stands != transfer.Checked:
		a.Tone, a.Text = ui.Neutral, q.T("import.cancelled.text")
	case p.Counts.Faulty > 0:
		a.Tone, a.Text = ui.Bad, q.T("import.has_errors", "Count", p.Counts.Faulty)
	case p.ready():
		a.Tone, a.Title, a.Text = ui.Good, q.T("import.ready"), q.T("import.ready.text")
	case p.Counts.Dated > 0:
		a.Text = q.T("import.only_dated", "Count", p.Counts.Dated)
	default:
		a.Text = q.T("import.nothing_to_do")
	}
	return a
}

// came is the same in a window's title; while work is under way, or something is asked, nothing came.
func came(q *screen.Request, p importPage) string {
	if p.running() || p.columns {
		return ""
	}
	a := outcome(q, p)
	if a.Tone == ui.Bad {
		first, _, _ := strings.Cut(a.Text, ". ") // what to do about it stands on the page
		return q.T("ui.error") + " " + strings.TrimSuffix(first, ".")
	}
	return cmp.Or(a.Title, importState(q, p.stands).Text)
}
