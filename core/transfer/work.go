package transfer

import (
	"context"
	"io"
	"slices"
	"time"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/intake"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/profile"
)

// portion is how many rows are held and written at a time.
const portion = 2000

// work goes through the file of an import, to preview or to apply it.
type work struct {
	t      *Service
	i      *Import
	p      *profile.Profile
	own    []Own
	fields *profile.Register
	rows   *Judge
	apply  bool // write, as long as no row is faulty
	run    *jobs.Run
	file   *meter
	total  int64 // rows of the file; 0: not known

	columns map[string]int // target → column, from 1
	example []string
	seen    int // rows of the file so far, headings included

	counts   Counts
	findings []Finding
	matches  []Finding
	moves    []Finding
	changes  []Finding
	entering []Finding
	fresh    []*Row    // new records of this portion
	old      []*Row    // known ones of this portion
	held     []heldRow // rows of this portion that were read

	promised map[int]shownRow // line → what the preview showed of it; nil: nothing is to be entered
	shown    []shownRow       // what this pass shows
	odd      []int            // lines that are no record, as it seems
	behind   []int            // lines without a code behind the last that has one, of few cells
	strange  map[int]bool     // lines of which it was told that a text is one that nobody writes
	seenCode bool             // a row had a code
	matcher  *Matcher
	blind    bool // nothing is known of what the preview showed
}

// meter is a file that knows how far it has been read.
type meter struct {
	io.ReadSeeker
	at, size int64
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.ReadSeeker.Read(p)
	m.at += int64(n)
	return n, err
}

func (m *meter) Seek(offset int64, whence int) (int64, error) {
	at, err := m.ReadSeeker.Seek(offset, whence)
	m.at = at
	return at, err
}

// goThrough reads the file of i and judges every row; with apply, in the open unit
// of work, it enters them too.
func (t *Service) goThrough(ctx context.Context, i *Import, run *jobs.Run, apply bool) (*work, error) {
	w, err := t.newWork(ctx, i, run, apply)
	if err != nil {
		return nil, err
	}
	if tx, open := db.InTx(ctx); apply && open {
		shown, err := readShown(ctx, tx, i)
		if err != nil {
			return nil, err
		}
		w.unshown(shown)
	}
	f, err := t.files.Open(ctx, i.file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	w.file = &meter{ReadSeeker: f, size: f.Size}
	format, err := t.format(i.Format)
	if err != nil {
		return nil, err
	}
	if err = w.rows.Reader.Prove(i.Options.Decimal, i.Options.Days, w.rows.codeOf, func(row func(exchange.Row) error) error {
		return format.Read(ctx, f, i.Options.Reading, func(r exchange.Row) error {
			if r.Line <= i.Options.headed() {
				return nil
			}
			if !w.heads(r.Cells) {
				w.rows.parted.see(r)
			}
			return row(r)
		})
	}); err != nil {
		return nil, err
	}
	if err := format.Read(ctx, w.file, i.Options.Reading, func(r exchange.Row) error { return w.row(ctx, r) }); err != nil {
		return nil, err
	}
	if err := w.judgeHeld(ctx); err != nil {
		return nil, err
	}
	w.settle()
	if err := w.nameRecords(ctx); err != nil {
		return nil, err
	}
	return w, w.nameMovers(ctx)
}

func (t *Service) newWork(ctx context.Context, i *Import, run *jobs.Run, apply bool) (*work, error) {
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	p, today := m.Profile, t.tree.Today(ctx)
	last, err := t.records.Last(ctx)
	if err != nil {
		return nil, err
	}
	read := intake.New(t.source(ctx, p, today), i.Columns)
	fixed, err := t.fixed(p, read, i.Options.Values, today)
	if err != nil {
		return nil, err
	}
	w := &work{
		t: t, i: i, p: p, own: t.subject.Own(p, t.words, today), fields: t.records.Of(p), run: run, apply: apply, total: int64(i.Counts.Rows), columns: map[string]int{}, strange: map[int]bool{},
		matcher: NewMatcher(t.records.Register(), t.subject, p, t.words, today),
		example: t.exampleCells(p, i.Columns, today),
		rows: &Judge{
			P: p, Reader: read, Options: i.Options, Today: today, Answers: slices.Clone(i.Options.Places),
			t: t, headed: headed(i), columns: i.Columns, parted: newParted(i), fixed: fixed, since: sinceOf(i.Options, today), musts: t.subject.Musts(p), last: last,
			rights: map[right]error{}, laws: map[right]string{}, codes: map[string]int{}, taken: map[string]int64{}, values: map[string]int{}, given: map[string]given{},
		},
	}
	for k := range w.rows.Answers {
		w.rows.Answers[k].Rows, w.rows.Answers[k].InName = 0, nil
	}
	if w.rows.pass, err = t.subject.Begin(ctx, w.rows); err != nil {
		return nil, err
	}
	w.rows.explained()
	w.rows.lacks = t.lacks(p, i.Columns, i.Options.Values, today)
	for k, c := range i.Columns {
		for _, target := range intake.Apart(c.Target) {
			if target != "" {
				w.columns[target] = k + 1
			}
		}
	}
	return w, nil
}

// source is what a file is read for, and by what.
func (t *Service) source(ctx context.Context, p *profile.Profile, on time.Time) intake.Source {
	return intake.Source{Profile: p, Register: t.records.Of(p), Types: t.subject.Types(p), Words: t.words, Written: t.written(ctx), On: on, Zone: p.Zone}
}

// heads reports a row that says once more what the columns are called: the template's second one.
func (w *work) heads(cells []string) bool {
	for k, c := range w.i.Columns {
		said := ""
		if k < len(cells) {
			said = cells[k]
		}
		if said != c.Heading {
			return false
		}
	}
	return true
}

// coded reports that the country gives records of the register a code.
func (w *work) coded() bool { return w.p.Identifier(w.t.records.CodeID()) != nil }

// written speaks the language in which whoever acts may have written the file; nil when
// it is not known.
func (t *Service) written(ctx context.Context) *locale.Localizer {
	if c := caller.From(ctx); c != nil && c.Language != "" {
		return t.words.Localizer(c.Language)
	}
	return nil
}

// row takes one row of the file.
func (w *work) row(ctx context.Context, row exchange.Row) error {
	line, cells := row.Line, row.Cells
	if line < w.i.Options.Reading.Heading {
		return nil // titles above the headings
	}
	if w.seen++; w.seen == 1 {
		w.unseenColumns(row)
		w.counted(row)
	}
	if line <= w.i.Options.headed() || w.seen == 2 && w.heads(cells) || w.seen <= 3 && w.isExample(cells) {
		return nil
	}
	w.counts.Rows++
	if slices.Contains(w.i.Options.Leave, line) {
		w.counts.Duplicate++
		w.note(&Row{Line: line, Cells: cells}, []Fault{{Target: intake.TargetName, Key: "import.row.left", Warn: true}})
		return nil
	}
	if intake.Struck(row) {
		w.counts.Duplicate++
		w.note(&Row{Line: line, Cells: slices.Clone(cells)}, []Fault{{Target: intake.TargetName, Key: "import.row.struck_row", Warn: true}})
		return nil
	}
	if err := w.hold(ctx, row); err != nil {
		return err
	}
	if w.counts.Rows%500 == 0 {
		return w.progress(ctx)
	}
	return nil
}

// judged counts a row that no record of the register was met with, and holds those that
// are to be entered.
func (w *work) judged(st *Row, hard bool) {
	switch {
	case hard:
		w.counts.Faulty++
		w.apply = false
	case st.Out:
		w.counts.Duplicate++
		w.show(st, shownRow{int64(st.Line), 0, 0, 0})
	case st.Known == 0:
		w.counts.New++
		if st.Code == "" && w.coded() {
			w.counts.Uncoded++
		}
		w.enters(st)
		if w.showNew(st) && w.apply {
			w.fresh = append(w.fresh, st)
		}
	}
}

// isExample recognises the template's example; a row may leave out empty cells at
// its end.
func (w *work) isExample(cells []string) bool {
	for k, want := range w.example {
		if k < len(cells) && cells[k] != want || k >= len(cells) && want != "" {
			return false
		}
	}
	return len(w.example) > 0
}

// note keeps what was found in a row and reports whether any of it is an error.
func (w *work) note(st *Row, faults []Fault) (hard bool) {
	for _, f := range faults {
		hard = hard || !f.Warn
		w.counts.Findings++
		if f.Warn && slices.Contains(oddTexts, f.Key) {
			w.strange[st.Line] = true
		}
		if len(w.findings) == keptFindings {
			continue
		}
		x := Finding{Line: st.Line, Target: f.Target, Key: f.Key, Args: w.rows.Reader.AsWritten(w.columns[f.Target]-1, f.Args), Rule: f.Rule, Law: f.Law, Next: f.Next, Warning: f.Warn, known: f.Known, names: f.Names}
		x.Column, x.Value = w.said(st, f.Target)
		w.findings = append(w.findings, x)
	}
	return hard
}

// said is what the row says of a target, and in which column; what all rows say has none.
func (w *work) said(st *Row, target string) (column int, value string) {
	as := []string{target}
	for _, o := range w.own {
		if o.ID == target {
			as = append(as, o.Or...)
		}
	}
	for _, t := range as {
		if column = w.columns[t]; column > 0 {
			break
		}
	}
	if column > 0 && column <= len(st.Cells) {
		value = st.Cells[column-1]
	}
	if value == "" && w.i.Options.Values[target] != NoValue {
		value = w.i.Options.Values[target]
	}
	return column, intake.Cut(value, 80)
}

// progress tells how far the work is. Where the number of rows is not known yet,
// it is estimated from the bytes that were read.
func (w *work) progress(ctx context.Context) error {
	done, total := int64(w.counts.Rows), w.total
	if total < done && w.file.at > 0 && w.file.at < w.file.size {
		total = max(done, done*w.file.size/w.file.at)
	}
	if total < done {
		total = 0
	}
	key := "import.progress.check"
	if w.apply {
		key = "import.progress.apply"
	}
	return w.run.Progress(ctx, done, total, key, nil)
}
