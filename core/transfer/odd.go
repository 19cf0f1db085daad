package transfer

import (
	"slices"
	"strings"

	"mektep/core/intake"
)

// Lists end in totals, remarks and signatures, and some begin with a total. They are no records: it is
// proposed to leave them out, where they stand against anything.

// fewCells is how many cells a remark or a signature fills at most.
const fewCells = 2

// leaves notes a row that is no record, as it seems.
func (w *work) leaves(st *Row, hard bool) {
	if code := w.code(st.Cells); code != "" && !w.matcher.Sums(code) {
		w.behind, w.seenCode = nil, true
	}
	switch {
	case !hard || len(w.odd)+len(w.behind) >= mostLeft:
	case w.nowhere(st.Cells) || w.reads(st) != "":
		w.odd = append(w.odd, st.Line)
	case w.uncoded(st) && filled(st.Cells) <= fewCells && !w.namesMore(st):
		w.behind = append(w.behind, st.Line)
	}
}

// oddLines are the lines that are no record, as it seems, once the file is read.
func (w *work) oddLines() []int {
	if w.seenCode {
		w.odd = append(w.odd, w.behind...)
		slices.Sort(w.odd)
	}
	return w.odd
}

// nowhere reports that a row says neither what it is nor where: totals and signatures do not.
func (w *work) nowhere(cells []string) bool {
	told, asked := w.tells(cells)
	return told == 0 && asked > 1
}

// placed reports that a row says itself what it is and where, as only records do.
func (w *work) placed(cells []string) bool {
	told, asked := w.tells(cells)
	return told == asked && asked > 1
}

// tells counts the columns that say what a record is and where, and in how many of them a row says it.
func (w *work) tells(cells []string) (told, asked int) {
	for _, o := range w.own {
		k := w.columns[o.ID]
		if k == 0 || !o.Tells {
			continue
		}
		if asked++; k <= len(cells) && strings.TrimSpace(cells[k-1]) != "" {
			told++
		}
	}
	return told, asked
}

// What a row without a code reads like that is no record.
const (
	likeTotal  = "import.row.total"
	likeRemark = "import.row.remark"
)

// reads says what a row without a code reads like that is no record: that it adds up others, or that
// a remark follows; empty: a record. Of a file that gives no codes, only what its record would be
// called says so: a remark may say anything.
func (w *work) reads(st *Row) string {
	uncoded := w.uncoded(st)
	if _, called := w.said(st, w.t.subject.Called(w.p)); uncoded || st.Known == 0 && w.columns[intake.TargetCode] == 0 {
		placed := w.placed(st.Cells)
		switch {
		case w.matcher.Sums(called) || w.matcher.Sum(called) && !placed:
			return likeTotal
		case w.matcher.Aside(called) && !placed:
			return likeRemark
		}
	}
	if !uncoded || w.placed(st.Cells) {
		return ""
	}
	for _, s := range st.Cells {
		switch before, _, remark := strings.Cut(s, ":"); {
		case w.matcher.Sums(before):
			return likeTotal
		case remark && w.matcher.Remarks(before):
			return likeRemark
		}
	}
	return ""
}

// notRecord says of a row that reads like no record that it does, where nothing else holds it back:
// what it lacks to be one is nobody's to fill in.
func (w *work) notRecord(st *Row, faults []Fault) []Fault {
	like := w.reads(st)
	if like == "" {
		return faults
	}
	faults = slices.DeleteFunc(faults, func(f Fault) bool {
		return f.Key == "field.required" || slices.Contains([]string{"import.row.no_place", "import.row.joint", "import.row.named_lacks", "import.row.no_name_in"}, f.Key)
	})
	if slices.ContainsFunc(faults, func(f Fault) bool { return !f.Warn }) {
		return faults
	}
	called := w.t.subject.Called(w.p) // of what is no name nothing else is said
	faults = slices.DeleteFunc(faults, func(f Fault) bool { return f.Target == called })
	return append(faults, Fault{Target: called, Key: like})
}

// namesMore reports a row that calls a record and has a figure of it: a new one may lack its code yet.
func (w *work) namesMore(st *Row) bool {
	_, name := w.said(st, w.t.subject.Called(w.p))
	return strings.TrimSpace(name) != "" && slices.ContainsFunc(st.Cells, func(s string) bool { return sortOf(s) == sortFigures })
}

// uncoded reports a row that no record was met with and that lacks the code for which its file has a column,
// or says there that it adds up others.
func (w *work) uncoded(st *Row) bool {
	code := w.code(st.Cells)
	return st.Known == 0 && w.columns[intake.TargetCode] > 0 && (code == "" || w.matcher.Sums(code))
}

// code is what a row has in the column of codes.
func (w *work) code(cells []string) string {
	k := w.columns[intake.TargetCode]
	if k == 0 || k > len(cells) {
		return ""
	}
	return strings.TrimSpace(cells[k-1])
}

func filled(cells []string) (n int) {
	for _, s := range cells {
		if strings.TrimSpace(s) != "" {
			n++
		}
	}
	return n
}
