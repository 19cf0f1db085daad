package register

import (
	"bytes"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

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
		state, heading, texts := said(q, p, f)
		found := ui.Cell{Text: texts[0], Sub: inOneLine(append(texts[1:], movedBy(q, p, f)))}
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

// said is what a finding says to its reader: its kind, the column that it is of, and the finding
// itself with the law and what to do about it, empty where there is none.
func said(q *screen.Request, p importPage, f transfer.Finding) (state ui.State, heading string, texts []string) {
	switch {
	case f.Key == "import.row.met":
		state = ui.State{Text: q.T("import.record"), Tone: ui.Info}
	case f.Warning:
		state = ui.State{Text: q.T("import.warning"), Tone: ui.Warn, Icon: ui.GlyphAlert}
	default:
		state = ui.State{Text: q.T("import.error"), Tone: ui.Bad, Icon: ui.GlyphError}
	}
	if f.Column > 0 && f.Column <= len(p.Columns) {
		heading = p.Columns[f.Column-1].Called()
	} else if k := slices.IndexFunc(p.targets, func(t transfer.Target) bool { return t.ID == f.Target }); k >= 0 {
		heading = q.Text(p.targets[k].Name)
	}
	why := q.View().L.Fault(&fault.Error{Key: f.Key, Args: f.Args, Rule: f.Rule, Law: f.Law, Next: f.Next})
	return state, heading, []string{q.View().T(f.Key, f.Args), why.Law, why.NextText}
}

func inOneLine(texts []string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), " · ")
}

// findings gives what the preview found as a file: all of it, or of the kind that is looked at,
// for whoever has to put the list right. Who changed records stays on the screen: the file goes
// on to others.
func (s *Screens) findings(q *screen.Request) error {
	format, ok := s.Lists.Formats().Of(q.C.Params("format"))
	kind := transfer.Kind(q.C.Query("kind"))
	if !ok || !slices.Contains(findingKinds, kind) {
		return fault.New(fault.NotFound, "fault.no_page")
	}
	p, err := s.openImport(q)
	if err != nil {
		return err
	}
	var file bytes.Buffer // a refusal is answered as one, not with half a file
	err = s.Lists.WriteFindings(q.Context(), p.UID, kind, format.ID, transfer.FoundTable{
		Head:   []string{q.T("import.line"), q.T("import.column"), q.T("import.value"), q.T("import.kind"), q.T("import.finding")},
		Widths: []int{8, 24, 30, 14, 100},
		Row: func(f transfer.Finding) []any {
			state, heading, texts := said(q, p, f)
			return []any{int64(f.Line), heading, f.Value, state.Text, inOneLine(texts)}
		},
	}, &file)
	if err != nil {
		return err
	}
	q.C.Attachment(s.Lists.FileName(q.L) + "-" + q.T("import.findings.file") + "." + format.ID)
	q.C.Set(fiber.HeaderContentType, format.Media)
	return q.C.Send(file.Bytes())
}

// findingFile is where the findings that are looked at are had as a file.
func findingFile(p importPage, format string) string {
	at := p.url() + "/findings/" + format
	if p.kind != transfer.AnyFinding {
		at += "?" + url.Values{"kind": {string(p.kind)}}.Encode()
	}
	return at
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

// findingKinds are the kinds that the findings can be narrowed to, in the order of their tabs.
var findingKinds = []transfer.Kind{transfer.AnyFinding, transfer.Moved, transfer.Errors, transfer.Duplicates, transfer.Notices, transfer.Matches}

// findingTabs narrow the findings to one kind, where they are too many to be seen
// at once.
func findingTabs(q *screen.Request, p importPage) []ui.Tab {
	met := p.Counts.Changed+p.Counts.Unchanged > 0
	if p.Counts.Findings <= 10 && p.Counts.Moved == 0 && !met {
		return nil
	}
	var out []ui.Tab
	for _, k := range findingKinds {
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
