package register

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/transfer"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// findingTable lists what the preview found.
func findingTable(q *screen.Request, p importPage) ui.TableSpec {
	t := ui.TableSpec{
		ID: "findings", Caption: q.T("import.findings"),
		Columns: []ui.Column{{Text: q.T("import.line"), Narrow: true}, {Text: q.T("import.kind"), Narrow: true}, {Text: q.T("import.column")}, {Text: q.T("import.value")}, {Text: q.T("import.finding")}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphSuccess, Title: q.T("import.clean"), Text: q.T("import.clean.text")},
	}
	for _, f := range p.list {
		state := ui.State{Text: q.T("import.error"), Tone: ui.Bad, Icon: ui.GlyphError}
		if f.Warning {
			state = ui.State{Text: q.T("import.warning"), Tone: ui.Warn, Icon: ui.GlyphAlert}
		}
		heading := ""
		if f.Column > 0 && f.Column <= len(p.Columns) {
			heading = p.Columns[f.Column-1].Called()
		} else if k := slices.IndexFunc(p.targets, func(t transfer.Target) bool { return t.ID == f.Target }); k >= 0 {
			heading = q.Text(p.targets[k].Name)
		}
		if f.Key == "import.row.met" {
			state = ui.State{Text: q.T("import.record"), Tone: ui.Info}
		}
		found := ui.Cell{Text: q.View().T(f.Key, f.Args)}
		why := q.View().L.Fault(&fault.Error{Key: f.Key, Args: f.Args, Rule: f.Rule, Law: f.Law, Next: f.Next})
		found.Sub = strings.Join(slices.DeleteFunc([]string{why.Law, why.NextText, movedBy(q, p, f)}, func(s string) bool { return s == "" }), " · ")
		if f.Record != "" {
			found.URL = p.of.URL(f.Record)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: q.T("import.line_no", "Line", f.Line)}, {State: &state}, {Text: heading}, {Text: f.Value}, found}})
	}
	switch {
	case p.kind == transfer.AnyFinding && p.Counts.Findings > 0:
		t.Count = q.T("import.findings.count", "Count", p.Counts.Findings)
	case p.kind != transfer.AnyFinding:
		t.Empty = ui.EmptySpec{Icon: ui.GlyphSuccess, Title: q.T("import.clean.kind")}
	}
	shown := foundPage{list: p.list, from: p.from, more: p.more, kept: p.kept}
	t.Pager = shown.pager(q, "findings", 0, func(from int) string { return findingsURL(p, p.kind, from) })
	return t
}

// movedBy says who changed the institution that a row was met with, and when; empty where
// that is not known, or not the reader's to know.
func movedBy(q *screen.Request, p importPage, f transfer.Finding) string {
	if f.At.IsZero() {
		return ""
	}
	by := audit.Record{AccountUID: f.By}
	if f.By == q.Caller.AccountUID {
		return q.T("import.moved_by", "Who", q.Caller.Name, "When", q.View().DateTime(f.At))
	}
	return q.T("import.moved_by", "Who", Actor(q, by, p.names), "When", q.View().DateTime(f.At))
}

// findingTabs narrow the findings to one kind, where they are too many to be seen
// at once.
func findingTabs(q *screen.Request, p importPage) []ui.Tab {
	met := p.Counts.Changed+p.Counts.Unchanged > 0
	if p.Counts.Findings <= 10 && p.Counts.Moved == 0 && !met {
		return nil
	}
	var out []ui.Tab
	for _, k := range []transfer.Kind{transfer.AnyFinding, transfer.Moved, transfer.Errors, transfer.Duplicates, transfer.Notices, transfer.Matches} {
		if k == transfer.Errors && p.Counts.Faulty == 0 || k == transfer.Duplicates && p.Counts.Duplicate == 0 || k == transfer.Matches && !met || k == transfer.Moved && p.Counts.Moved == 0 {
			continue
		}
		text := q.T("common.all")
		if k != transfer.AnyFinding {
			text = q.T("import.findings." + string(k))
		}
		out = append(out, ui.Tab{Text: text, URL: findingsURL(p, k, 0) + "#findings", Current: k == p.kind})
	}
	return out
}

func findingsURL(p importPage, kind transfer.Kind, from int) string {
	v := url.Values{}
	if kind != transfer.AnyFinding {
		v.Set("kind", string(kind))
	}
	if from > 0 {
		v.Set("from", strconv.Itoa(from))
	}
	if len(v) == 0 {
		return p.url()
	}
	return p.url() + "?" + v.Encode()
}
