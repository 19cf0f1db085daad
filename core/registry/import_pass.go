package registry

import (
	"context"
	"maps"
	"slices"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// staged is a row of a file of institutions, understood.
type staged struct {
	*transfer.Row
	said   saidPlace
	word   string // what the row calls the type
	typ    string // empty: not understood
	unsaid saidOf // what of it all rows say
	names  map[string]string
	parent *unit.Unit          // nil: not understood
	twice  []transfer.Fault    // of names that a cell has in several languages
	halves map[string][]string // by language, the names in several that a cell may have by how its column is written
}

// saidOf tells of what a row says itself from what all rows say.
type saidOf struct{ typ, place bool }

// rowOf is what a row says of an institution.
func rowOf(row *transfer.Row) *staged {
	st, is := row.Own.(*staged)
	if !is {
		st = &staged{Row: row, names: map[string]string{}, halves: map[string][]string{}}
		row.Own = st
	}
	return st
}

// rows judges the rows of a file of institutions.
type rows struct {
	*transfer.Judge
	s       *Service
	tongues *tongues
	types   map[string]string // compact word → id
	typed   map[string]int    // compact word for a type → number of the answer that says which
	places  *places
	fates   *fates
	known   *known
	others  map[*staged]namesake // of a portion, the rows that are called as another institution

	looks map[uint64]int // look of institutions without a code → line where the file had it
	likes map[uint64]int // what rows of institutions to be entered are like
	named map[int64]int  // institution without one → line that meant it
}

// Cell notes what a cell says of what an institution is called, what it is, and where it lies.
func (r *rows) Cell(row *transfer.Row, c *intake.ColumnReader, s string) {
	st := rowOf(row)
	switch c.Target {
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
	default:
		st.names[c.Lang], st.halves[c.Lang] = s, r.Reader.Joined(c, s)
	}
}

// Read finds out where an institution lies, and judges what a row calls it.
func (r *rows) Read(ctx context.Context, row *transfer.Row) []transfer.Fault {
	st := rowOf(row)
	if st.word == "" {
		st.word, st.unsaid.typ = r.Said(intake.TargetType), true
		st.typ = intake.Meant(r.types, st.word)
	}
	if st.said.regionCode == "" && st.said.districtCode == "" {
		if st.said.region == "" {
			st.said.region, st.unsaid.place = r.Said(targetRegion), st.said.district == ""
		}
		if district := r.Said(targetDistrict); st.said.district == "" && district != "" {
			st.said.district, st.unsaid.place = district, true
		}
	}
	return append(r.place(ctx, st), r.judgeUnit(st)...)
}

// place finds out where the institution lies.
func (r *rows) place(ctx context.Context, st *staged) []transfer.Fault {
	var faults []transfer.Fault
	var at []located
	st.parent, at = r.places.locate(st.said, st.Since)
	for _, at := range at {
		if at.answer > 0 && !r.Answered(at.answer-1) || at.key == noPlace && st.Unread(targetRegion, targetRegionCode, targetDistrict, targetDistrictCode) {
			continue
		}
		if at.place == nil {
			faults = append(faults, transfer.Fault{Target: at.target, Key: at.key, Args: at.args, Warn: at.warn})
			r.unplaced(at, st.said.of(at.target), nil)
			continue
		}
		faults = append(faults, r.over(ctx, at, *at.place, st.said.of(at.target)))
	}
	return faults
}

// over says what has become of a place that a row names, and asks which is meant instead.
func (r *rows) over(ctx context.Context, at located, place unit.Unit, word string) transfer.Fault {
	f, heirs, err := r.fates.over(ctx, at.target, place)
	r.Broke(err)
	var heir *unit.Unit
	if len(heirs) == 1 {
		heir = &heirs[0]
	}
	r.unplaced(at, word, heir)
	return f
}

// judgeUnit checks what the row says of the institution itself: names, type, day.
func (r *rows) judgeUnit(st *staged) []transfer.Fault {
	var faults []transfer.Fault
	add := func(target, key string, args fault.Args) {
		faults = append(faults, transfer.Fault{Target: target, Key: key, Args: args})
	}
	st.twice = r.twice(st)
	st.names = TidyNames(st.names)
	if a, b := r.tongues.crossed(st.names); a != "" {
		faults = append(faults, transfer.Fault{Target: r.target(intake.TargetName + "." + b), Key: "import.row.crossed", Args: fault.Args{"One": st.names[a], "Other": st.names[b]}, Warn: true})
	}
	for _, f := range Names(r.P, st.names) {
		switch {
		case f.Key == "field.lost_letter": // said of the cell
		case f.Key == "field.required" && (len(st.names) > 0 || st.Unread(f.Name, r.target(f.Name))): // an institution that is there has it
		default:
			add(r.target(f.Name), f.Key, f.Args)
		}
	}
	if st.Since.After(r.Today) {
		add(intake.TargetSince, "institution.future", nil)
	}
	if told := r.meansType(st); told != nil {
		faults = append(faults, *told)
	}
	switch {
	case st.word == "":
		add(intake.TargetType, "field.required", nil)
	case st.typ == "":
		key, args := unknownType(r.P, r.Today, st.word)
		add(intake.TargetType, key, args)
		r.unmeantType(st)
	}
	return faults
}

// twice tells of cells that have a name in several languages, as it seems: as they stand they are
// entered as the name in one. It is no fault: an official name may bear the word of another language
// for its kind.
func (r *rows) twice(st *staged) (faults []transfer.Fault) {
	for _, lang := range slices.Sorted(maps.Keys(st.names)) {
		names, in := r.tongues.names(st.names[lang])
		if names == nil {
			names = st.halves[lang]
		}
		if names == nil {
			continue
		}
		var said fault.List
		for k, name := range names {
			if in == nil {
				said = append(said, fault.Phrase{Key: "import.row.twice.name", Args: fault.Args{"Name": intake.Cut(name, 80)}})
			} else {
				said = append(said, fault.Phrase{Key: "import.row.twice.name_in", Args: fault.Args{"Name": intake.Cut(name, 80), "Language": fault.Key("language." + in[k])}})
			}
		}
		f := transfer.Fault{Target: r.target(intake.TargetName + "." + lang), Key: "import.row.twice", Args: fault.Args{"Names": said}, Warn: true}
		if in == nil {
			f.Key = "import.row.twice_maybe"
		}
		faults = append(faults, f)
	}
	return faults
}

// target calls a name in the main language as the column of names is called.
func (r *rows) target(field string) string {
	if field == intake.TargetName+"."+r.P.Main() {
		return intake.TargetName
	}
	return field
}

// LookUp reads what the register knows of the institutions that rows may mean: those that
// have their codes, and those that lie where they are to lie. A district's list costs the
// district, not the country.
func (r *rows) LookUp(ctx context.Context, held []*transfer.Row) error {
	codes, places := []string{}, []int64{}
	for _, row := range held {
		if row.Code != "" && !row.Miscoded {
			codes = append(codes, row.Code)
		}
		if p := rowOf(row).parent; p != nil && !r.known.places[p.ID] {
			r.known.places[p.ID] = true
			places = append(places, p.ID)
		}
	}
	return r.known.read(ctx, r.s, codes, places)
}

// Beside finds the rows of a portion that are called as another institution is.
func (r *rows) Beside(ctx context.Context, held []*transfer.Row, current map[int64]record.Record) (err error) {
	r.others, err = r.namesakes(ctx, held, current)
	return err
}

// Other says of a row that its code and its name are two institutions'.
func (r *rows) Other(row *transfer.Row, h record.Head) (f *transfer.Fault, quiet bool) {
	n, other := r.others[rowOf(row)]
	if !other {
		return r.saysOther(rowOf(row), UnitOf(h)), false
	}
	return &transfer.Fault{Target: intake.TargetCode, Key: "import.row.namesake", Args: fault.Args{"Own": row.Code, "Met": fault.Text(h.Name)}, Known: n.id}, true
}

// Dated are the names, types, places and day of founding that a row says otherwise than the register: these take
// an order and a day.
func (r *rows) Dated(row *transfer.Row, h record.Head) []transfer.Fault {
	st, u := rowOf(row), UnitOf(h)
	return append(r.datedOf(st, u), r.begunOf(st, u)...)
}

// Above is the level of the unit that an institution belongs to.
func (r *rows) Above(ctx context.Context, h record.Head) (string, error) {
	return r.places.level(ctx, r.s, h)
}
