package transfer

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"mektep/core/clock"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/profile"
	"mektep/core/record"
)

// Row is a row of the file, understood.
type Row struct {
	Line      int
	Cells     []string // as the file has them
	Code      string
	Since     time.Time
	SaysSince bool           // in a cell of its own
	Fields    map[string]any // new record: canonical; known one: as the file says
	Filled    map[string]any // what all rows say, where nothing else does
	Known     int64          // id of the record in the register; 0: none
	Recode    bool           // the known record has no code and gets this one
	Law       string         // that the right to enter it rests on
	Own       any            // what the row says that only the register's own pass knows

	Miscoded bool // the code is none: which record is meant is not known
	Faulty   bool // an error was found in it
	Out      bool // it is left out

	unread map[string]bool // targets whose cells say something that is not understood
}

// Unread reports whether the row says something of one of some targets that is not understood.
func (r *Row) Unread(targets ...string) bool {
	return slices.ContainsFunc(targets, func(t string) bool { return r.unread[t] })
}

// Fault is something wrong with a row: the target at fault ("" for the row as a
// whole) and the message.
type Fault struct {
	Target string
	Key    string
	Args   fault.Args
	Rule   string
	Law    string
	Next   *fault.Step
	Warn   bool
	Known  int64             // the record of the register that it is about
	Names  map[string]string // of the row, of which one may differ from that record's
}

// Judge judges the rows of a file, one after another, against the register and one
// another.
type Judge struct {
	P       *profile.Profile
	Reader  *intake.Reader
	Options Options
	Today   time.Time
	Answers []PlaceWord // that a person said the meaning of

	t       *Service
	pass    Pass
	headed  int // columns up to the last that is called or means something
	columns []intake.Column
	parted  *parted
	since   time.Time
	fixed   map[string]any // target → what all rows say
	musts   []Must
	lacks   []lacking // what the file lacks to enter records
	rights  map[right]error
	laws    map[right]string

	codes map[string]int // code → line where the file had it

	last   int64            // id of the last record that was there when the pass began
	taken  map[string]int64 // unique value → record of the register that has it
	values map[string]int   // unique value → line where the file had it

	awaited []awaited        // values that others of the register have, which the file may give other ones
	given   map[string]given // unique value → by which row its record gives it up

	words  []PlaceWord    // that mean nothing
	listed map[string]int // field of a list and compact word → number of the answer

	broken error // what is wrong with the machine, not with a row
}

// right is a question to the gate that many rows share.
type right struct {
	action, path, typ, groups string
}

// Broke ends the pass for what is wrong with the machine, and not with a row.
func (r *Judge) Broke(err error) {
	if err != nil {
		r.broken = err
	}
}

// Said is what all rows say of a target; empty: nothing.
func (r *Judge) Said(target string) string {
	s, _ := r.fixed[target].(string)
	return s
}

// CodeTwice says that a row before this one has its code; nil: none has.
func (r *Judge) CodeTwice(row *Row) *Fault {
	if before, twice := r.codes[row.Code]; twice {
		return &Fault{Target: intake.TargetCode, Key: "import.row.code_twice", Args: fault.Args{"Line": before}}
	}
	r.codes[row.Code] = row.Line
	return nil
}

// Holder is the record of the register that has a value of a field of which no two share one; 0:
// none.
func (r *Judge) Holder(field string, v any) int64 {
	text := r.uniqueText(field, v)
	if text == "" {
		return 0
	}
	return r.taken[record.Held(field, text)]
}

// Last is the id of the last record that was there when the pass began: what the import itself
// enters, its rows know of one another.
func (r *Judge) Last() int64 { return r.last }

// called is the column by which a row calls its record: of one that has a code, its code.
func (r *Judge) called(st *Row) string {
	if st.Code != "" {
		return intake.TargetCode
	}
	return r.t.subject.Called(r.P)
}

// understand reads a row, and finds what is wrong with it by itself.
func (r *Judge) understand(ctx context.Context, row exchange.Row) (*Row, []Fault) {
	st, faults := r.Cells(r.pass, row)
	if wide := tooWide(r.headed, row); wide != nil {
		faults = append(faults, *wide)
	} else if moved := r.parted.moved(r.columns, row); moved != nil {
		faults = append(faults, *moved)
	}
	faults = append(faults, r.pass.Read(ctx, st)...)
	if st.Code != "" {
		if bad := r.judgeCode(st); bad != nil {
			faults, st.Miscoded = append(faults, *bad), !bad.Warn
		}
	}
	return st, faults
}

// judge finds what else is wrong with a row that was understood, all at once: what one cell
// lacks hides nothing of the others. A nil row is left out for what the warnings say;
// a faulty one is judged as far as it goes, and never entered.
func (r *Judge) judge(ctx context.Context, st *Row, faults []Fault) (*Row, []Fault) {
	if !st.Miscoded {
		out, more := r.pass.Meet(ctx, st)
		faults = append(faults, more...)
		if out {
			return nil, once(faults)
		}
	}
	if st.Known == 0 {
		faults = append(faults, r.begin(ctx, st)...)
		// Of a field that may not be written it is not told whether another has its value.
		faults = append(faults, r.alone(st, st.Fields, slices.DeleteFunc(r.t.records.UniqueFields(r.P), func(id string) bool {
			return slices.ContainsFunc(faults, func(f Fault) bool { return f.Target == id })
		}))...)
	}
	faults = r.unasked(st, faults)
	st.Faulty = slices.ContainsFunc(faults, func(f Fault) bool { return !f.Warn })
	return st, once(faults)
}

// Cells reads the cells of a row.
func (r *Judge) Cells(pass Pass, row exchange.Row) (*Row, []Fault) {
	st := &Row{Line: row.Line, Cells: slices.Clone(row.Cells), Since: r.since, Fields: map[string]any{}, unread: map[string]bool{}}
	var faults []Fault
	cols := r.Reader.Columns()
	for k := range cols {
		c := &cols[k]
		cell, empty := r.Reader.Cell(c, row)
		if empty {
			continue
		}
		st.Cells[c.At()] = cell.Shown
		if bad := cell.Bad; bad != nil {
			// A name that lost a letter may lack more.
			if faults = append(faults, told(bad)); !bad.Warn && (c.Lang == "" || bad.Key != "import.row.lost") {
				st.Miscoded = st.Miscoded || c.Target == intake.TargetCode
				st.unread[c.Target] = true
				continue
			}
		}
		if bad := r.cell(pass, st, c, cell); bad != nil {
			st.unread[c.Target] = st.unread[c.Target] || !bad.Warn
			faults = append(faults, told(bad))
		}
	}
	st.Filled = r.unsaid(st.Fields)
	return st, faults
}

// told is what was found in a cell as a fault of its row.
func told(f *intake.Fault) Fault {
	return Fault{Target: f.Target, Key: f.Key, Args: f.Args, Warn: f.Warn}
}

// cell reads one cell into its place.
func (r *Judge) cell(pass Pass, st *Row, c *intake.ColumnReader, cell intake.Said) *intake.Fault {
	switch {
	case c.Field != nil:
		v, bad := r.Reader.Value(c, cell)
		if bad == nil || bad.Warn {
			st.Fields[c.Target] = v
		}
		return r.wordRead(c, cell.Text, bad)
	case c.Target == intake.TargetCode:
		st.Code = cell.Text
	case c.Target == intake.TargetSince:
		since, bad := r.Reader.Day(c, cell)
		if bad == nil || bad.Warn {
			st.Since, st.SaysSince = since, true
		}
		return bad
	default:
		pass.Cell(st, c, cell.Text)
	}
	return nil
}

// mostRead is of how many rows it is told that a word was read as a person said: the answer
// itself says how many there are, and what is wrong with other rows is not to be lost in them.
const mostRead = 100

// Answered counts a row that has a word which a person said the meaning of, by the number of the
// answer, and reports whether it is still to be told.
func (r *Judge) Answered(k int) bool {
	a := &r.Answers[k]
	a.Rows++
	return a.Rows <= mostRead
}

// unsaid is what all rows say of fields that this one says nothing of.
func (r *Judge) unsaid(fields map[string]any) map[string]any {
	var out map[string]any
	for id, v := range r.fixed {
		if _, said := fields[id]; said || r.t.records.Of(r.P).Field(id) == nil {
			continue
		}
		if out == nil {
			out = make(map[string]any, len(r.fixed))
		}
		out[id] = v
	}
	return out
}

// once leaves out what is said of a target already: twice the same, and that it lacks
// what could not be read.
func once(faults []Fault) []Fault {
	named, told := map[string]bool{}, map[[2]string]bool{}
	for _, f := range faults {
		named[f.Target] = named[f.Target] || f.Key != "field.required" && !f.Warn
	}
	return slices.DeleteFunc(faults, func(f Fault) bool {
		id := [2]string{f.Target, f.Key}
		twice := told[id]
		told[id] = true
		return twice || f.Key == "field.required" && named[f.Target]
	})
}

// sinceOf is the day on which rows without one begin.
func sinceOf(o Options, today time.Time) time.Time {
	if o.Since.IsZero() {
		return today
	}
	return clock.Day(o.Since)
}

// Allowed asks the gate once for all rows that ask the same.
func (r *Judge) Allowed(ctx context.Context, action string, t gate.Target) (law string, refused *Fault) {
	q := right{action, t.Path, t.Type, strings.Join(t.Groups, " ")}
	err, asked := r.rights[q]
	if !asked {
		var grant gate.Grant
		t.UID = ""
		grant, err = r.t.gate.Check(ctx, action, t)
		r.rights[q], r.laws[q] = err, grant.Source
	}
	if err == nil {
		return r.laws[q], nil
	}
	f := fault.From(err)
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		r.broken = err
	}
	return "", &Fault{Key: f.Key, Args: f.Args, Rule: f.Rule, Law: f.Law, Next: f.Next}
}

// permitFields asks the gate group by group, and names every field that is refused.
func (r *Judge) permitFields(ctx context.Context, t gate.Target, groups map[string][]string, known int64) []Fault {
	var faults []Fault
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		t.Groups = []string{g}
		_, f := r.Allowed(ctx, "update", t)
		if f == nil {
			continue
		}
		for _, id := range groups[g] {
			each := *f
			each.Target, each.Known = id, known
			faults = append(faults, each)
		}
	}
	return faults
}
