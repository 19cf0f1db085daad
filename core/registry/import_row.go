package registry

import (
	"context"
	"slices"
	"time"

	"mektep/core/clock"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// staged is a row of the file, understood.
type staged struct {
	line   int
	cells  []string // as the file has them
	said   saidPlace
	word   string // what the row calls the type
	typ    string // empty: not understood
	unsaid saidOf // what of it all rows say
	code   string
	names  map[string]string
	since  time.Time
	parent *unit.Unit     // nil: not understood
	fields map[string]any // new institution: canonical; known one: as the file says
	filled map[string]any // what all rows say, where nothing else does
	known  int64          // id of the unit in the register; 0: none
	recode bool           // the known unit has no code and gets this one
	law    string         // that the right rests on

	unread   map[string]bool // targets whose cells say something that is not understood
	miscoded bool            // the code is none: which institution is meant is not known
	faulty   bool            // an error was found in it
	out      bool            // it is left out
}

// saidOf tells of what a row says itself from what all rows say.
type saidOf struct{ typ, place bool }

// rowFault is something wrong with a row: the target at fault ("" for the row as a
// whole) and the message.
type rowFault struct {
	target string
	key    string
	args   fault.Args
	rule   string
	law    string
	next   *fault.Step
	warn   bool
	known  int64             // the institution of the register that it is about
	names  map[string]string // of the row, of which one may differ from that institution's
}

// rows judges the rows of a file, one after another, against the register and one
// another.
type rows struct {
	s       *Service
	p       *profile.Profile
	reader  *intake.Reader
	tongues *tongues
	headed  int // columns up to the last that is called or means something
	columns []intake.Column
	parted  *parted
	places  *places
	types   map[string]string // compact word → id
	options ImportOptions
	today   time.Time
	since   time.Time
	fixed   map[string]any // target → what all rows say
	known   *known
	lacks   []lacking // what the file lacks to enter institutions
	rights  map[right]error
	laws    map[right]string
	fates   *fates

	codes map[string]int // code → line where the file had it
	looks map[uint64]int // the same of institutions without one
	likes map[uint64]int // what rows of institutions to be entered are like
	named map[int64]int  // institution without one → line that meant it

	taken  map[string]int64 // unique value → record of the register that has it
	values map[string]int   // unique value → line where the file had it

	awaited []awaited        // values that others of the register have, which the file may give other ones
	given   map[string]given // unique value → by which row its institution gives it up

	words   []PlaceWord    // that mean no place or no type
	answers []PlaceWord    // that a person said the meaning of
	typed   map[string]int // compact word for a type → number of the answer that says which
	listed  map[string]int // field of a list and compact word → number of the answer

	broken error // what is wrong with the machine, not with a row
}

// right is a question to the gate that many rows share.
type right struct {
	action, path, typ, groups string
}

// understand reads a row, and finds what is wrong with it by itself.
func (r *rows) understand(ctx context.Context, row exchange.Row) (*staged, []rowFault) {
	st, faults := r.read(row)
	if wide := tooWide(r.headed, row); wide != nil {
		faults = append(faults, *wide)
	} else if moved := r.parted.moved(r.columns, row); moved != nil {
		faults = append(faults, *moved)
	}
	faults = append(faults, r.place(ctx, st)...)
	return st, append(faults, r.judgeUnit(st)...)
}

// judge finds what else is wrong with a row that was understood, all at once: what one cell
// lacks hides nothing of the others. A nil row is left out for what the warnings say;
// a faulty one is judged as far as it goes, and never entered.
func (r *rows) judge(ctx context.Context, st *staged, faults []rowFault) (*staged, []rowFault) {
	out, more := r.meet(ctx, st)
	if !out {
		asked, like := r.like(ctx, st)
		if out = asked; !slices.ContainsFunc(more, func(f rowFault) bool { return f.key == "import.row.twin_codes" }) {
			more = append(more, like...)
		}
	}
	faults = append(faults, more...)
	if out {
		return nil, once(faults)
	}
	if st.known == 0 {
		faults = append(faults, r.begin(ctx, st)...)
		// Of a field that may not be written it is not told whether another has its value.
		faults = append(faults, r.alone(st, st.fields, slices.DeleteFunc(r.s.UniqueFields(r.p), func(id string) bool {
			return slices.ContainsFunc(faults, func(f rowFault) bool { return f.target == id })
		}))...)
	}
	faults = r.unasked(st, faults)
	st.faulty = slices.ContainsFunc(faults, func(f rowFault) bool { return !f.warn })
	return st, once(faults)
}

// read reads the cells of a row.
func (r *rows) read(row exchange.Row) (*staged, []rowFault) {
	st := &staged{line: row.Line, cells: slices.Clone(row.Cells), names: map[string]string{}, since: r.since, fields: map[string]any{}, unread: map[string]bool{}}
	var faults []rowFault
	cols := r.reader.Columns()
	for k := range cols {
		c := &cols[k]
		cell, empty := r.reader.Cell(c, row)
		if empty {
			continue
		}
		st.cells[k] = cell.Shown
		if bad := cell.Bad; bad != nil {
			// A name that lost a letter may lack more.
			if faults = append(faults, told(bad)); !bad.Warn && (c.Lang == "" || bad.Key != "import.row.lost") {
				st.miscoded = st.miscoded || c.Target == intake.TargetCode
				st.unread[c.Target] = true
				continue
			}
		}
		if bad := r.cell(st, c, cell); bad != nil {
			st.unread[c.Target] = st.unread[c.Target] || !bad.Warn
			faults = append(faults, told(bad))
		}
	}
	say := func(target string) string { s, _ := r.fixed[target].(string); return s }
	if st.word == "" {
		st.word, st.unsaid.typ = say(intake.TargetType), true
		st.typ = r.types[locale.Compact(st.word)]
	}
	if st.said.regionCode == "" && st.said.districtCode == "" {
		if st.said.region == "" {
			st.said.region, st.unsaid.place = say(targetRegion), st.said.district == ""
		}
		if st.said.district == "" && say(targetDistrict) != "" {
			st.said.district, st.unsaid.place = say(targetDistrict), true
		}
	}
	st.filled = r.unsaid(st.fields)
	return st, faults
}

// told is what was found in a cell as a fault of its row.
func told(f *intake.Fault) rowFault {
	return rowFault{target: f.Target, key: f.Key, args: f.Args, warn: f.Warn}
}

// cell reads one cell into its place.
func (r *rows) cell(st *staged, c *intake.ColumnReader, cell intake.Said) *intake.Fault {
	s := cell.Text
	switch c.Target {
	case intake.TargetCode:
		st.code = s
	case intake.TargetType:
		st.word, st.typ = s, c.Word(s)
	case targetRegion:
		st.said.region = s
	case targetRegionCode:
		st.said.regionCode = s
	case targetDistrict:
		st.said.district = s
	case targetDistrictCode:
		st.said.districtCode = s
	case intake.TargetSince:
		since, bad := r.reader.Day(c, cell)
		if bad == nil || bad.Warn {
			st.since = since
		}
		return bad
	default:
		if c.Field == nil {
			st.names[c.Lang] = s
			return nil
		}
		v, bad := r.reader.Value(c, cell)
		if bad == nil || bad.Warn {
			st.fields[c.Target] = v
		}
		return r.wordRead(c, s, bad)
	}
	return nil
}

// place finds out where the institution lies.
func (r *rows) place(ctx context.Context, st *staged) []rowFault {
	var faults []rowFault
	var at []located
	st.parent, at = r.places.locate(st.said, st.since)
	for _, at := range at {
		if at.answer > 0 {
			a := &r.answers[at.answer-1]
			if a.Rows++; a.Rows > mostRead {
				continue
			}
		}
		if at.place == nil {
			faults = append(faults, rowFault{target: at.target, key: at.key, args: at.args, warn: at.warn})
			r.unplaced(at, st.said.of(at.target), nil)
			continue
		}
		faults = append(faults, r.over(ctx, at, *at.place, st.said.of(at.target)))
	}
	return faults
}

// mostRead is of how many rows it is told that a word was read as a person said: the answer
// itself says how many there are, and what is wrong with other rows is not to be lost in them.
const mostRead = 100

// over says what has become of a place that a row names, and asks which is meant instead.
func (r *rows) over(ctx context.Context, at located, place unit.Unit, word string) rowFault {
	f, heirs, err := r.fates.over(ctx, at.target, place)
	if err != nil {
		r.broken = err
	}
	var heir *unit.Unit
	if len(heirs) == 1 {
		heir = &heirs[0]
	}
	r.unplaced(at, word, heir)
	return f
}

// unsaid is what all rows say of fields that this one says nothing of.
func (r *rows) unsaid(fields map[string]any) map[string]any {
	var out map[string]any
	for id, v := range r.fixed {
		if _, said := fields[id]; said || r.p.Register(Institutions).Field(id) == nil {
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
func once(faults []rowFault) []rowFault {
	named, told := map[string]bool{}, map[[2]string]bool{}
	for _, f := range faults {
		named[f.target] = named[f.target] || f.key != "field.required" && !f.warn
	}
	return slices.DeleteFunc(faults, func(f rowFault) bool {
		id := [2]string{f.target, f.key}
		twice := told[id]
		told[id] = true
		return twice || f.key == "field.required" && named[f.target]
	})
}

// judgeUnit checks what the row says of the institution itself: names, type, day, code.
func (r *rows) judgeUnit(st *staged) []rowFault {
	var faults []rowFault
	add := func(target, key string, args fault.Args) {
		faults = append(faults, rowFault{target: target, key: key, args: args})
	}
	st.names = TidyNames(st.names)
	if a, b := r.tongues.crossed(st.names); a != "" {
		faults = append(faults, rowFault{target: r.target(intake.TargetName + "." + b), key: "import.row.crossed", args: fault.Args{"One": st.names[a], "Other": st.names[b]}, warn: true})
	}
	for _, f := range Names(r.p, st.names) {
		switch {
		case f.Key == "field.lost_letter": // said of the cell
		case f.Key == "field.required" && len(st.names) > 0: // an institution that is there has it
		default:
			add(r.target(f.Name), f.Key, f.Args)
		}
	}
	if st.since.After(r.today) {
		add(intake.TargetSince, "institution.future", nil)
	}
	if told := r.meansType(st); told != nil {
		faults = append(faults, *told)
	}
	switch {
	case st.word == "":
		add(intake.TargetType, "field.required", nil)
	case st.typ == "":
		key, args := unknownType(r.p, r.today, st.word)
		add(intake.TargetType, key, args)
		r.unmeantType(st)
	}
	if st.code != "" {
		if bad := r.judgeCode(st); bad != nil {
			faults, st.miscoded = append(faults, *bad), !bad.warn
		}
	}
	return faults
}

// target calls a name in the main language as the column of names is called.
func (r *rows) target(field string) string {
	if field == intake.TargetName+"."+r.p.Main() {
		return intake.TargetName
	}
	return field
}

// sinceOf is the day on which rows without one begin.
func sinceOf(o ImportOptions, today time.Time) time.Time {
	if o.Since.IsZero() {
		return today
	}
	return clock.Day(o.Since)
}
