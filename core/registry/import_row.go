package registry

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"
	"time"
	"unicode"

	"mektep/core/clock"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// staged is a row of the file, understood.
type staged struct {
	line   int
	typ    string
	code   string
	names  map[string]string
	since  time.Time
	parent *unit.Unit
	fields map[string]any // new institution: canonical; known one: as the file says
	filled map[string]any // what all rows say, where nothing else does
	known  int64          // id of the unit in the register; 0: none
	recode bool           // the known unit has no code and gets this one
	law    string         // that the right rests on
}

// rowFault is something wrong with a row: the target at fault ("" for the row as a
// whole) and the message.
type rowFault struct {
	target string
	key    string
	args   fault.Args
	rule   string
	law    string
	warn   bool
	known  int64 // the institution of the register that it is about
}

// rows judges the rows of a file, one after another, against the register and one
// another.
type rows struct {
	s       *Service
	p       *profile.Profile
	reader  *reader
	places  *places
	types   map[string]string // compact word → id
	options ImportOptions
	today   time.Time
	since   time.Time
	fixed   map[string]any // target → what all rows say
	known   *known
	rights  map[right]error
	laws    map[right]string

	codes map[string]int // code → line where the file had it
	looks map[uint64]int // the same of institutions without one

	taken  map[string]int64 // unique value → record of the register that has it
	values map[string]int   // unique value → line where the file had it

	words []PlaceWord // that mean no place

	broken error // what is wrong with the machine, not with a row
}

// right is a question to the gate that many rows share.
type right struct {
	action, path, typ, groups string
}

// known are the institutions of the register by code and by look.
type known struct {
	seed   maphash.Seed
	byCode map[string]knownUnit
	byLook map[uint64]knownUnit
}

type knownUnit struct {
	id      int64
	closed  bool
	uncoded bool
}

// look names what makes two institutions without a code look the same: letters
// and digits of the name, whatever their case. Search folds more than that, and
// would take "Kindergarten I" for "Kindergarten II".
func (k *known) look(name, typ string, parent int64) uint64 {
	var h maphash.Hash
	h.SetSeed(k.seed)
	for _, r := range name {
		switch {
		case r == 'İ' || r == 'I' || r == 'ı': // which case it is depends on the language
			r = 'i'
		case !unicode.IsLetter(r) && !unicode.IsNumber(r):
			continue
		}
		_, _ = h.WriteString(string(unicode.ToLower(r)))
	}
	_ = h.WriteByte(0)
	_, _ = h.WriteString(typ)
	maphash.WriteComparable(&h, parent)
	return h.Sum64()
}

// stage understands a row. Without faults that are no warnings the row can be
// entered; a nil row with warnings only is left out.
func (r *rows) stage(ctx context.Context, row exchange.Row) (*staged, []rowFault) {
	cells := row.Cells
	st := &staged{line: row.Line, names: map[string]string{}, since: r.since, fields: map[string]any{}}
	var faults []rowFault
	var region, regionCode, district, districtCode, typeWord string
	for k := range r.reader.cols {
		c := &r.reader.cols[k]
		if c.target == "" || k >= len(cells) || cells[k] == "" && row.Kind(k) != exchange.Unsaid {
			continue
		}
		s := cells[k]
		if bad := unreadable(c.target, s, row.Kind(k)); bad != nil {
			if faults = append(faults, *bad); !bad.warn {
				continue
			}
		}
		switch c.target {
		case targetCode:
			st.code = s
		case targetType:
			typeWord, st.typ = s, c.codes[compact(s)]
		case targetRegion:
			region = s
		case targetRegionCode:
			regionCode = s
		case targetDistrict:
			district = s
		case targetDistrictCode:
			districtCode = s
		case targetSince:
			since, bad := r.reader.day(s)
			if bad != nil {
				faults = append(faults, *bad)
				continue
			}
			st.since = since
		default:
			if c.field == nil {
				st.names[c.lang] = s
				continue
			}
			v, bad := r.reader.value(c, s, row.Kind(k))
			if bad != nil {
				faults = append(faults, *bad)
				continue
			}
			st.fields[c.target] = v
		}
	}
	say := func(target, s string) string {
		if fixed, _ := r.fixed[target].(string); s == "" {
			return fixed
		}
		return s
	}
	if typeWord == "" {
		typeWord = say(targetType, "")
		st.typ = r.types[compact(typeWord)]
	}
	if regionCode == "" && districtCode == "" {
		region, district = say(targetRegion, region), say(targetDistrict, district)
	}
	at := r.places.locate(regionCode, region, districtCode, district)
	if at.key != "" {
		faults = append(faults, rowFault{target: at.target, key: at.key, args: at.args})
		r.unplaced(at, map[string]string{targetRegion: region, targetRegionCode: regionCode, targetDistrict: district, targetDistrictCode: districtCode}[at.target])
	}
	st.parent, st.filled = at.unit, r.unsaid(st.fields)
	faults = append(faults, r.judgeUnit(st, typeWord)...)
	if slices.ContainsFunc(faults, func(f rowFault) bool { return !f.warn }) {
		return nil, once(faults, targetName+"."+r.p.Main())
	}
	st, more := r.meet(ctx, st)
	if faults = append(faults, more...); st != nil {
		faults = append(faults, r.alone(st)...)
	}
	return st, faults
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

// unplaced counts a word that means no place, or several.
func (r *rows) unplaced(at located, word string) {
	switch at.key {
	case "import.row.unknown_place", "import.row.near_place", "import.row.ambiguous_place":
	default:
		return
	}
	if word == "" {
		return
	}
	level := strings.TrimSuffix(at.target, "_code")
	for k := range r.words {
		if r.words[k].Level == level && r.words[k].Word == cut(word, 80) {
			r.words[k].Rows++
			return
		}
	}
	if len(r.words) < mostWords {
		r.words = append(r.words, PlaceWord{Level: level, Word: cut(word, 80), Rows: 1})
	}
}

// mostWords bounds the words for places that are asked about; more are a wrong column.
const mostWords = 100

// once leaves out what a target lacks for a reason that is named already.
// main is the name by its language.
func once(faults []rowFault, main string) []rowFault {
	named := map[string]bool{}
	for _, f := range faults {
		target := f.target
		if target == main {
			target = targetName
		}
		named[target] = named[target] || f.key != "field.required" && !f.warn
	}
	return slices.DeleteFunc(faults, func(f rowFault) bool {
		return f.key == "field.required" && named[f.target]
	})
}

// judgeUnit checks what the institution itself needs: names, type, day, place, code.
func (r *rows) judgeUnit(st *staged, typeWord string) []rowFault {
	var faults []rowFault
	add := func(target, key string, args fault.Args) {
		faults = append(faults, rowFault{target: target, key: key, args: args})
	}
	st.names = TidyNames(st.names)
	for _, f := range Names(r.p, st.names) {
		target := f.Name
		if f.Name == targetName+"."+r.p.Main() {
			target = targetName
		}
		add(target, f.Key, f.Args)
	}
	if st.since.After(r.today) {
		add(targetSince, "institution.future", nil)
	}
	if st.parent != nil && st.since.Before(st.parent.Since) {
		add(targetSince, "unit.before_parent", fault.Args{"Since": st.parent.Since})
	}
	typ := r.p.TypeAt(st.typ, st.since)
	switch {
	case typeWord == "":
		add(targetType, "field.required", nil)
	case st.typ == "":
		add(targetType, "import.row.unknown_type", unknownType(r.p, r.today, typeWord))
	case typ == nil:
		add(targetType, "institution.no_type", nil)
	case st.parent != nil && !holdsLevel(r.p.ParentsOf(typ), st.parent.Level):
		add("", "institution.wrong_parent", fault.Args{"Type": fault.Text(typ.Name), "Unit": fault.Text(st.parent.Name)})
	}
	if id := r.p.Identifier("institution_code"); st.code != "" && id != nil {
		var key string
		st.code, key = judgedCode(id.Normal(st.code), func(s string) bool { return id.Check(s) == nil })
		if key != "" {
			add(targetCode, key, nil)
		} else if id.Check(st.code) != nil {
			add(targetCode, "field.identifier", fault.Args{"Name": fault.Text(id.Name)})
		}
	} else if len(st.code) > 64 {
		add(targetCode, "field.too_long", fault.Args{"Max": 64})
	}
	return faults
}

func holdsLevel(levels []string, level string) bool {
	for _, l := range levels {
		if l == level {
			return true
		}
	}
	return false
}

// meet holds a row against those before it and against the register.
func (r *rows) meet(ctx context.Context, st *staged) (*staged, []rowFault) {
	look := r.known.look(st.names[r.p.Main()], st.typ, st.parent.ID)
	if st.code != "" {
		if before, twice := r.codes[st.code]; twice {
			return nil, []rowFault{{target: targetCode, key: "import.row.code_twice", args: fault.Args{"Line": before}}}
		}
		r.codes[st.code] = st.line
		if k, there := r.known.byCode[st.code]; there {
			if k.closed {
				return nil, []rowFault{{target: targetCode, key: "import.row.code_taken"}}
			}
			st.known = k.id
			return st, nil
		}
		if k, there := r.known.byLook[look]; there && k.uncoded && !k.closed {
			st.known, st.recode = k.id, true
			return st, nil
		}
	} else if !r.options.Twins {
		if before, twice := r.looks[look]; twice {
			return nil, []rowFault{{target: targetName, key: "import.row.twin_file", args: fault.Args{"Line": before}, warn: true}}
		}
		r.looks[look] = st.line
		if k, there := r.known.byLook[look]; there && !k.closed {
			return nil, []rowFault{{target: targetName, key: "import.row.twin_register", warn: true, known: k.id}}
		}
	}
	for id, v := range st.filled {
		st.fields[id] = v
	}
	fields, wrong := r.p.ValidateRecord(Institutions, record(st.fields, st.typ, st.parent.Level), st.since)
	if f := r.permit(ctx, st, beyond(r.p, fields, st.typ, st.parent.Level, st.since)); f != nil {
		return nil, []rowFault{*f}
	}
	var faults []rowFault
	for _, f := range wrong {
		faults = append(faults, rowFault{target: f.Name, key: f.Key, args: f.Args})
	}
	st.fields = fields
	return st, faults
}

// permit asks the gate whether the institution may be imported and created there,
// and the groups written that it could have been entered without.
func (r *rows) permit(ctx context.Context, st *staged, groups []string) *rowFault {
	for _, action := range []string{"import", "create"} {
		law, f := r.allowed(ctx, action, gate.Target{Object: Institutions, Path: st.parent.Path, Type: st.typ}, "")
		if f != nil {
			return f
		}
		st.law = law
	}
	if len(groups) == 0 {
		return nil
	}
	_, f := r.allowed(ctx, "update", gate.Target{Object: Institutions, Groups: groups, Path: st.parent.Path, Type: st.typ}, strings.Join(groups, " "))
	return f
}

// allowed asks the gate once for all rows that ask the same. groups names t's groups.
func (r *rows) allowed(ctx context.Context, action string, t gate.Target, groups string) (law string, refused *rowFault) {
	q := right{action, t.Path, t.Type, groups}
	err, asked := r.rights[q]
	if !asked {
		var grant gate.Grant
		t.UID = ""
		grant, err = r.s.gate.Check(ctx, action, t)
		r.rights[q], r.laws[q] = err, grant.Source
	}
	if err == nil {
		return r.laws[q], nil
	}
	f := fault.From(err)
	if f.Kind == fault.Internal || f.Kind == fault.Unavailable {
		r.broken = err
	}
	return "", &rowFault{key: f.Key, args: f.Args, rule: f.Rule, law: f.Law}
}

// sinceOf is the day on which rows without one begin.
func sinceOf(o ImportOptions, today time.Time) time.Time {
	if o.Since.IsZero() {
		return today
	}
	return clock.Day(o.Since)
}
