package register

import (
	"slices"
	"strconv"
	"strings"

	"mektep/core/edge"
	"mektep/core/exchange"
	"mektep/core/intake"
	"mektep/core/profile"
	"mektep/core/transfer"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// edgeNothing leads on without saying anything: the page itself does.
var edgeNothing edge.Flash

func (s *Screens) importCrumbs(q *screen.Request) []ui.Link {
	return append(s.ListCrumb(q), ui.Link{Text: q.T("import.title"), URL: s.importsURL()})
}

func importState(q *screen.Request, s transfer.State) ui.State {
	out := ui.State{Text: q.T("import.state." + string(s))}
	switch s {
	case transfer.Applied:
		out.Tone = ui.Good
	case transfer.Checking, transfer.Applying, transfer.Undoing:
		out.Tone = ui.Info
	case transfer.Matching, transfer.Checked:
		out.Tone = ui.Warn
	}
	return out
}

// importSteps are the steps of an import; the preview leads back to the columns.
func importSteps(q *screen.Request, p importPage) []ui.Step {
	list := []ui.Step{{Text: q.T("import.step.file")}, {Text: q.T("import.step.columns")}, {Text: q.T("import.step.check")}, {Text: q.T("import.step.enter")}}
	now := 2
	switch p.stands {
	case transfer.Matching:
		now = 1
	case transfer.Applying:
		now = 3
	case transfer.Applied, transfer.Undoing, transfer.Undone:
		now = 4
	}
	if p.columns {
		now = 1
	}
	for k := range list {
		list[k].Done, list[k].Current = k < now, k == now
	}
	if p.stands == transfer.Checked {
		list[1].URL = p.url() + "?step=columns"
	}
	list[0].Note = p.FileName
	return list
}

func importTable(q *screen.Request, p importsPage) ui.TableSpec {
	t := ui.TableSpec{
		Caption: q.T("import.runs"),
		Columns: []ui.Column{{Text: q.T("import.file")}, {Text: q.T("import.state")}, {Text: q.T("import.new"), Numeric: true}, {Text: q.T("import.changed"), Numeric: true}, {Text: q.T("import.by")}},
		Empty:   ui.EmptySpec{Icon: ui.GlyphUpload, Title: q.T("import.none"), Text: q.T("import.none.text")},
	}
	for _, i := range p.runs {
		state := importState(q, i.State)
		who := p.names[i.AccountUID]
		if i.AccountUID == q.Caller.AccountUID {
			who = q.Caller.Name
		}
		t.Rows = append(t.Rows, ui.Row{Muted: i.State == transfer.Cancelled || i.State == transfer.Undone, Cells: []ui.Cell{
			{Text: i.FileName, URL: p.importURL(i.UID), Sub: q.View().DateTime(i.Created)},
			{State: &state},
			{Text: q.L.Number(int64(i.Counts.New))},
			{Text: q.L.Number(int64(i.Counts.Changed))},
			{Text: who},
		}})
	}
	if p.next != "" || p.after != "" {
		t.Pager = &ui.PagerSpec{Time: true}
		if p.next != "" {
			t.Pager.Next = p.importsURL() + "?after=" + p.next
		}
		if p.after != "" {
			t.Pager.Previous = p.importsURL()
		}
	}
	return t
}

// targetOptions are what a column can mean, by group.
func (s *Screens) targetOptions(q *screen.Request, targets []transfer.Target) []ui.Option {
	out := make([]ui.Option, 0, len(targets))
	for _, t := range targets {
		group := q.T("record.register")
		if t.Several {
			group = q.T("import.joint")
		}
		if t.Group != "" {
			group = t.Group
			if g := q.Profile().Group(s.Records.ID() + "." + t.Group); g != nil {
				group = q.Text(g.Name)
			}
		}
		out = append(out, ui.Option{Value: t.ID, Text: q.Text(t.Name), Group: group})
	}
	return out
}

func columnInputs(q *screen.Request, p importPage) []ui.FieldSpec {
	options := p.of.targetOptions(q, p.targets)
	out := make([]ui.FieldSpec, 0, len(p.Columns))
	for k, c := range p.Columns {
		spec := ui.FieldSpec{
			Name: columnName(k), Input: ui.Select, Label: columnLabel(q, p, k), Value: p.chosen[k], Options: options, Prompt: q.T("import.left_out"), Width: ui.Half,
		}
		if len(c.Samples) > 0 {
			spec.Hint = q.T("record.example", "Example", strings.Join(c.Samples, " · "))
		}
		also := func(text string) { spec.Hint = strings.TrimPrefix(spec.Hint+" · "+text, " · ") }
		if p.hides(k + 1) {
			also(q.T("import.column.hidden"))
		}
		if c.Offer != "" { // what is offered stands first
			several := func(o ui.Option) int { return -len(intake.Apart(o.Value)) }
			spec.Options = slices.Clone(options)
			slices.SortStableFunc(spec.Options, func(a, b ui.Option) int { return several(a) - several(b) })
		}
		if t := p.offered(k, p.chosen); t != nil {
			also(q.T("import.joint.offer", "Field", t.Name))
		}
		if t := p.asked(k, p.chosen); t != nil {
			spec.Hint = q.T("import.column.maybe", "Field", t.Name)
			if len(c.Samples) > 0 {
				also(q.T("record.example", "Example", strings.Join(c.Samples, " · ")))
			}
			spec.Required, spec.Prompt = true, q.T("import.column.choose")
			spec.Options = append([]ui.Option{{Value: leftOut, Text: q.T("import.left_out")}}, spec.Options...)
		}
		out = append(out, spec)
	}
	return out
}

// hides reports that the sheet which is read does not show a column, from 1.
func (p importPage) hides(column int) bool {
	return slices.ContainsFunc(p.Look.Sheets, func(s exchange.SheetLook) bool {
		return s.Name == p.Options.Reading.Sheet && slices.Contains(s.HiddenColumns, column)
	})
}

// ownInputs ask for what one value may say for all rows where no column says it: a list of one
// district names the district in its title.
func ownInputs(p importPage, q *screen.Request) []ui.FieldSpec {
	var out []ui.FieldSpec
	for _, t := range transfer.Unsaid(p.forAll, p.chosen) {
		out = append(out, ui.FieldSpec{Name: "values." + t.ID, Label: q.Text(t.Name), Value: p.form["values."+t.ID], Width: ui.Half, MaxLength: 200})
	}
	return out
}

// valueInputs ask for one value for all rows of what no column is.
func valueInputs(q *screen.Request, p importPage) []ui.FieldSpec {
	out := ownInputs(p, q)
	for _, f := range p.needed {
		if slices.Contains(p.chosen, f.ID) {
			continue
		}
		spec := Input(q, f, nil, false)
		spec.Name, spec.Value, spec.Width = "values."+f.ID, p.form["values."+f.ID], ui.Half
		if len(spec.Options) > 0 {
			spec.Input, spec.Prompt = ui.Select, q.T("ui.select.none")
			spec.Options = append([]ui.Option{{Value: transfer.NoValue, Text: q.T("import.values.none")}}, spec.Options...)
		} else {
			spec.Hint = q.T("import.values.none") + ": " + transfer.NoValue
		}
		out = append(out, spec)
	}
	return out
}

// encodingText names an encoding by the letters that it is for.
func encodingText(q *screen.Request, id string) string {
	return q.T("import.encoding." + strings.ReplaceAll(id, "-", "_"))
}

// separatorText names what stands between cells, and shows it where it can be seen.
func separatorText(q *screen.Request, s string) string {
	switch s {
	case ";":
		return q.T("import.reading.separator.semicolon")
	case ",":
		return q.T("import.reading.separator.comma")
	case "|":
		return q.T("import.reading.separator.bar")
	case "\t":
		return q.T("import.reading.separator.tab")
	}
	return s
}

// readingNote says in one line how the file is read.
func readingNote(q *screen.Request, p importPage) string {
	r := p.Options.Reading
	var out []string
	if r.Encoding != "" {
		out = append(out, encodingText(q, r.Encoding))
	}
	if r.Separator != "" {
		out = append(out, separatorText(q, r.Separator))
	}
	if r.Sheet != "" {
		out = append(out, r.Sheet)
	}
	return strings.Join(append(out, q.T("import.reading.heading")+": "+strconv.Itoa(r.Heading)), " · ")
}

// understood reports that the file's headings say at least which columns are the name
// and the type, or the code and another: where they do not, it may be read wrongly.
func (p importPage) understood() bool {
	has := func(target string) bool {
		return slices.ContainsFunc(p.Columns, func(c intake.Column) bool { return c.Target == target || strings.HasPrefix(c.Target, target+".") })
	}
	known := 0
	for _, c := range p.Columns {
		if c.Target != "" {
			known++
		}
	}
	return has("name") && has("type") || has("code") && known > 1
}

// misread reports that something is wrong with how the file is to be read.
func (p importPage) misread() bool {
	return slices.ContainsFunc(p.errs, func(e ui.FieldError) bool { return strings.HasPrefix(e.Name, "reading.") })
}

// errors are what is wrong, beside the form that it is about.
func (p importPage) errors(reading bool) ui.Errors {
	if p.misread() != reading {
		return nil
	}
	return p.errs
}

// readingInputs are how the file is read, of what its format lets choose.
func readingInputs(q *screen.Request, p importPage) []ui.FieldSpec {
	var out []ui.FieldSpec
	choose := func(name, label string, options []ui.Option) {
		if len(options) > 0 {
			out = append(out, ui.FieldSpec{Name: name, Input: ui.Select, Label: label, Value: p.form[name], Options: options, Required: true, Width: ui.Third})
		}
	}
	var encodings, separators, sheets []ui.Option
	for _, e := range p.Look.Encodings {
		encodings = append(encodings, ui.Option{Value: e, Text: encodingText(q, e)})
	}
	for _, s := range p.Look.Separators {
		separators = append(separators, ui.Option{Value: separatorName(s), Text: separatorText(q, s)})
	}
	hidden := 0
	for _, s := range p.Look.Sheets {
		key := "import.reading.sheet.rows"
		if s.Hidden {
			key = "import.reading.sheet.hidden"
		}
		sheets = append(sheets, ui.Option{Value: s.Name, Text: q.T(key, "Name", s.Name, "Rows", s.Rows)})
		if s.Name == p.Options.Reading.Sheet {
			hidden = s.HiddenRows
		}
	}
	choose("reading.encoding", q.T("import.reading.encoding"), encodings)
	choose("reading.separator", q.T("import.reading.separator"), separators)
	choose("reading.sheet", q.T("import.reading.sheet"), sheets)
	out = append(out, ui.FieldSpec{Name: "reading.heading", Input: ui.Number, Label: q.T("import.reading.heading"), Value: p.form["reading.heading"], Width: ui.Third})
	if hidden > 0 {
		out = append(out, ui.FieldSpec{Name: "reading.no_hidden", Input: ui.Checkbox, Label: q.T("import.reading.no_hidden"), Hint: q.T("import.reading.hidden_rows", "Rows", hidden), Value: p.form["reading.no_hidden"]})
	}
	return out
}

// placeInputs ask what words mean that the register does not know.
func placeInputs(q *screen.Request, p importPage) []ui.FieldSpec {
	var out []ui.FieldSpec
	for k, w := range p.words() {
		name := "places." + strconv.Itoa(k)
		level := w.Level
		var types []ui.Option
		for _, t := range p.targets {
			if t.ID == w.Level {
				level = q.Text(t.Name)
			}
		}
		for _, c := range p.choices[w.Level] {
			types = append(types, ui.Option{Value: c.Code, Text: c.Word, Group: c.Under})
		}
		if f := p.of.of(q).Field(w.Level); f != nil {
			level = q.Text(f.Name)
			for _, i := range q.Profile().ItemsAt(f.Type.Target, q.Today()) {
				types = append(types, ui.Option{Value: i.Code, Text: q.Text(i.Name)})
			}
			if f.Type.Kind == profile.KindBool {
				types = []ui.Option{{Value: "true", Text: q.T("common.yes")}, {Value: "false", Text: q.T("common.no")}}
			}
		}
		label := q.T("import.places.word", "Word", w.Word, "Rows", w.Rows)
		if len(w.InName) > 0 {
			label = q.T("import.places.word_in", "Word", w.Word, "Region", w.InName, "Rows", w.Rows)
		}
		value, typed := p.form[name]
		if !typed {
			value = w.Place
		}
		if k < p.answered() {
			level += " · " + q.T("import.places.answered")
		}
		spec := ui.FieldSpec{Name: name, Label: label, Hint: level, Value: value, Width: ui.Half}
		if types != nil {
			spec.Input, spec.Options, spec.Prompt = ui.Select, types, q.T("ui.select.none")
		}
		out = append(out, spec)
	}
	return out
}

// answered is how many of the words that were explained are shown, to be explained otherwise.
func (p importPage) answered() int {
	const most = 100
	return min(len(p.Options.Places), most)
}

// words are those whose places a person says, in the order of their inputs: those that were
// explained, and those that are asked about.
func (p importPage) words() []transfer.PlaceWord {
	const most = 30
	return slices.Concat(p.Options.Places[:p.answered()], p.Unplaced[:min(len(p.Unplaced), most)])
}

// asksPlaces reports that words of the file are to be explained, asksRows that lines of it
// may be left out.
func (p importPage) asksPlaces() bool { return len(p.words()) > 0 }

func (p importPage) asksRows() bool { return p.Counts.Faulty > 0 || len(p.Options.Leave) > 0 }

// leaveInput asks which lines of the file are no records; what looks like it is proposed.
func leaveInput(q *screen.Request, p importPage) ui.FieldSpec {
	value, typed := p.form["leave"]
	if !typed {
		all := slices.Concat(p.Options.Leave, p.Options.Odd)
		slices.Sort(all)
		var numbers []string
		for _, n := range slices.Compact(all) {
			numbers = append(numbers, strconv.Itoa(n))
		}
		value = strings.Join(numbers, ", ")
	}
	return ui.FieldSpec{Name: "leave", Label: q.T("import.leave.lines"), Hint: q.T("import.leave.hint"), Value: value, Width: ui.Half, MaxLength: 1000}
}

// untaken are the columns of the file that are not taken over, as it heads them.
func untaken(q *screen.Request, p importPage) []string {
	var out []string
	for k, c := range p.Columns {
		switch {
		case c.Target != "" || c.Heading == "" && len(c.Samples) == 0:
		default:
			out = append(out, columnLabel(q, p, k))
		}
	}
	return out
}

// undecidedColumns are the columns of which it is asked what they are.
func undecidedColumns(q *screen.Request, p importPage) []string {
	var out []string
	for k := range p.Columns {
		if p.undecided(k, p.chosen) {
			out = append(out, columnLabel(q, p, k))
		}
	}
	return out
}

// columnLabel is what the file calls a column, from 0.
func columnLabel(q *screen.Request, p importPage, k int) string {
	if heading := p.Columns[k].Called(); heading != "" {
		return heading
	}
	return q.T("import.column_no", "Number", k+1)
}

func optionInputs(q *screen.Request, p importPage) []ui.FieldSpec {
	return []ui.FieldSpec{
		{Name: "since", Input: ui.Date, Label: q.T("import.since"), Hint: q.T("import.since.hint"), Value: p.form["since"], Width: ui.Third},
		{Name: "order.number", Label: q.T("import.order.number"), Value: p.form["order.number"], Width: ui.Third, MaxLength: 60},
		{Name: "order.date", Input: ui.Date, Label: q.T("import.order.date"), Value: p.form["order.date"], Width: ui.Third},
		{
			Name: "decimal", Input: ui.Select, Label: q.T("import.decimal"), Hint: q.T("import.decimal.hint"), Value: p.form["decimal"], Prompt: q.T("import.as_proved"), Width: ui.Third,
			Options: []ui.Option{{Value: "comma", Text: q.T("import.decimal.comma")}, {Value: "point", Text: q.T("import.decimal.point")}},
		},
		{
			Name: "days", Input: ui.Select, Label: q.T("import.days"), Hint: q.T("import.days.hint"), Value: p.form["days"], Prompt: q.T("import.as_proved"), Width: ui.Third,
			Options: []ui.Option{{Value: "day", Text: q.T("import.days.day")}, {Value: "month", Text: q.T("import.days.month")}},
		},
		{Name: "only_new", Input: ui.Checkbox, Label: q.T("import.only_new"), Hint: q.T("import.only_new.hint"), Value: p.form["only_new"]},
		{Name: "twins", Input: ui.Checkbox, Label: q.T("import.twins"), Hint: q.T("import.twins.hint"), Value: p.form["twins"]},
	}
}

// importStats are the numbers of a preview, or of what was done.
func importStats(q *screen.Request, p importPage) []ui.Stat {
	c, n := p.Counts, func(x int) string { return q.L.Number(int64(x)) }
	out := []ui.Stat{
		{Label: q.T("import.rows"), Value: n(c.Rows)},
		{Label: q.T("import.new"), Value: n(c.New), Tone: ui.Good},
		{Label: q.T("import.changed"), Value: n(c.Changed)},
		{Label: q.T("import.unchanged"), Value: n(c.Unchanged)},
	}
	if c.Duplicate > 0 {
		out = append(out, ui.Stat{Label: q.T("import.duplicate"), Value: n(c.Duplicate), Tone: ui.Warn})
	}
	if c.Faulty > 0 {
		out = append(out, ui.Stat{Label: q.T("import.faulty"), Value: n(c.Faulty), Tone: ui.Bad})
	}
	return out
}

// ready reports whether the preview lets the import be entered.
func (p importPage) ready() bool {
	return p.stands == transfer.Checked && p.Counts.Faulty == 0 && p.Counts.New+p.Counts.Changed > 0
}

// told reports that something of rows that were entered is to be known still: what was warned
// of in the preview holds all the same.
func (p importPage) told() bool {
	return p.stands == transfer.Applied && p.Counts.Findings > 0
}

func (p importPage) running() bool {
	return p.stands == transfer.Checking || p.stands == transfer.Applying || p.stands == transfer.Undoing
}
