package transfer

import (
	"context"
	"strings"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
)

// TargetUnit is the column that says in which institution a record of a register lies, by its
// code or its name.
const TargetUnit = "unit"

// Plain is the subject of a register whose records lie in institutions and have nothing of their
// own besides a code, a first day and the fields of the profile.
type Plain struct {
	Records *record.Records
	Tree    *unit.Tree
}

// Own are a code, the institution and the first day.
func (s Plain) Own(_ *profile.Profile, words *locale.Bundle, _ time.Time) []Own {
	of := func(id, name, also string, required bool) Own {
		o := Own{Target: Target{ID: id, Name: fault.Text{}, Required: required}, Tells: id != intake.TargetSince}
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			o.Name[lang.Tag] = l.T(name)
			o.Also = append(o.Also, strings.Split(l.T(also), ",")...)
		}
		return o
	}
	in := of(TargetUnit, "import.column.unit", "import.also.unit", true)
	in.ForAll = true
	return []Own{of(intake.TargetCode, "import.column.number", "import.also.number", false), in, of(intake.TargetSince, "import.column.begins", "import.also.begins", false)}
}

// Types are none: which fields apply, the institution says.
func (s Plain) Types(*profile.Profile) map[string]string { return nil }

// Musts is the institution.
func (s Plain) Musts(*profile.Profile) []Must {
	return []Must{{Targets: []string{TargetUnit}, Name: fault.Key("import.column.unit"), Missing: "import.no_unit_column"}}
}

// Called is the first field that a record is called by.
func (s Plain) Called(*profile.Profile) string {
	if title := s.Records.Register().Title; len(title) > 0 {
		return title[0]
	}
	return intake.TargetCode
}

// Propose leaves columns as they are.
func (s Plain) Propose(*Matcher, []intake.Column, bool) {}

// Fixed takes an institution for all rows.
func (s Plain) Fixed(_ *profile.Profile, _ time.Time, target, _ string) (own bool, wrong *intake.Fault) {
	return target == TargetUnit, nil
}

// Means judges what words are said to mean as institutions.
func (s Plain) Means(ctx context.Context, m *Matcher, words []PlaceWord, bad *fault.Error) ([]PlaceWord, *fault.Error, error) {
	units, err := s.units(ctx, meanings(words))
	if err != nil {
		return nil, nil, err
	}
	for k, w := range words {
		switch {
		case m.Listed(w) != nil:
		case w.Level != TargetUnit || locale.Compact(w.Word) == "" || len(units.find(w.Place)) == 0:
			bad = bad.WithField(Answer(k), "import.row.unknown_unit", nil)
		case len(units.find(w.Place)) > 1:
			bad = bad.WithField(Answer(k), "import.row.many_units", nil)
		}
	}
	return words, bad, nil
}

// meanings are what words are said to mean as institutions.
func meanings(words []PlaceWord) []string {
	var out []string
	for _, w := range words {
		if w.Level == TargetUnit {
			out = append(out, w.Place)
		}
	}
	return out
}

// Examples is a record of an institution of any type.
func (s Plain) Examples(p *profile.Profile, words *locale.Bundle, cols []intake.Column, on time.Time) []Example {
	at := -1
	for k, c := range cols {
		if c.Target == TargetUnit {
			at = k
		}
	}
	if at < 0 {
		return nil
	}
	var out []Example
	for _, typ := range p.TypesAt(on) {
		out = append(out, Example{Type: typ.ID, Level: unit.Institution, Since: time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC), Says: func(target string) string {
			if target == TargetUnit {
				return words.Localizer(p.Main()).T("import.example.name")
			}
			return ""
		}})
	}
	return out
}

// Lead are the columns of an export that are no fields.
func (s Plain) Lead(_ *profile.Profile, l *locale.Localizer, _ *locale.Bundle) []Lead {
	return []Lead{
		{Name: l.T("import.column.number"), Width: 14, Cell: func(i *record.Item) any { return i.Code }},
		{Name: l.T("import.column.unit"), Width: 48, Cell: func(i *record.Item) any {
			if i.Unit == nil {
				return nil
			}
			if i.Unit.Code != "" {
				return i.Unit.Code
			}
			return intake.AsCell(l.Text(i.Unit.Name))
		}},
		{Name: l.T("import.column.begins"), Width: 12, Cell: func(i *record.Item) any { return i.Since }},
		{Name: l.T("export.column.until"), Width: 12, Cell: func(i *record.Item) any {
			if i.Until == nil {
				return nil
			}
			return *i.Until
		}},
	}
}

// Begin begins a pass through a file.
func (s Plain) Begin(ctx context.Context, j *Judge) (Pass, error) {
	said := append(meanings(j.Options.Places), j.Said(TargetUnit))
	units, err := s.units(ctx, said)
	if err != nil {
		return nil, err
	}
	p := &plain{Judge: j, s: s, units: units, meant: map[string]int{}, byCode: map[string]record.Head{}, here: map[int64][]record.Head{}, named: map[namedIn]int{}}
	for k, w := range j.Options.Places {
		if w.Level == TargetUnit {
			p.meant[locale.Compact(w.Word)] = k
		}
	}
	return p, nil
}

// Recode gives a record another code, or none.
func (s Plain) Recode(ctx context.Context, h record.Head, code string) error {
	tx, _ := db.InTx(ctx)
	return s.Records.GiveCode(ctx, tx, h, code)
}

// Entered is the institution in which a record was entered.
func (s Plain) Entered(h record.Head) gate.Target {
	return s.Records.Target(record.Head{Path: h.Path, Type: h.Type})
}

// Touched are none but those that were saved.
func (s Plain) Touched(context.Context, *db.Tx, []int64, []int64) (map[int64]bool, error) {
	return map[int64]bool{}, nil
}

// Remove takes records away.
func (s Plain) Remove(ctx context.Context, tx *db.Tx, ids []int64) error {
	return s.Records.RemoveMany(ctx, tx, ids)
}

// units are the institutions that some words may mean, by code and by name.
type units struct {
	byCode map[string]unit.Unit
	byLook map[string][]unit.Unit
	asked  map[string]bool
}

func (s Plain) units(ctx context.Context, said []string) (*units, error) {
	u := &units{byCode: map[string]unit.Unit{}, byLook: map[string][]unit.Unit{}, asked: map[string]bool{}}
	return u, u.ask(ctx, s.Tree, said)
}

// ask looks up words that were not looked up yet.
func (u *units) ask(ctx context.Context, tree *unit.Tree, said []string) error {
	var fresh []string
	for _, s := range said {
		if s = strings.TrimSpace(s); s != "" && !u.asked[s] {
			u.asked[s] = true
			fresh = append(fresh, s)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	found, err := tree.Meant(ctx, unit.Institution, fresh)
	for _, at := range found {
		if at.Code != "" {
			u.byCode[at.Code] = at
		}
		looks := map[string]bool{}
		for _, name := range at.Name {
			if look := unit.Look(name); look != "" && !looks[look] {
				looks[look] = true
				u.byLook[look] = append(u.byLook[look], at)
			}
		}
	}
	return err
}

// find returns the institutions that a word means.
func (u *units) find(said string) []unit.Unit {
	if at, coded := u.byCode[strings.TrimSpace(said)]; coded {
		return []unit.Unit{at}
	}
	return u.byLook[unit.Look(said)]
}

// plain is a pass through a file of a register of plain records.
type plain struct {
	*Judge
	s     Plain
	units *units
	meant map[string]int // compact word for an institution → number of the answer

	byCode map[string]record.Head
	here   map[int64][]record.Head // by institution
	named  map[namedIn]int         // what a record without a code is called where → line of the file
}

// namedIn is what a record is called in an institution.
type namedIn struct {
	unit int64
	look string
}

// located is what a row says of the institution.
type located struct {
	said string
	unit *unit.Unit // nil: not understood
}

func of(row *Row) *located {
	at, is := row.Own.(*located)
	if !is {
		at = &located{}
		row.Own = at
	}
	return at
}

// Cell notes which institution a row says.
func (p *plain) Cell(row *Row, _ *intake.ColumnReader, said string) { of(row).said = said }

// Read judges the first day; the institution is looked up with those of other rows.
func (p *plain) Read(_ context.Context, row *Row) []Fault {
	if at := of(row); at.said == "" {
		at.said = p.Said(TargetUnit)
	}
	if row.Since.After(p.Today) {
		return []Fault{{Target: intake.TargetSince, Key: "record.future"}}
	}
	return nil
}

// LookUp finds the institutions that rows say, and what the register knows there.
func (p *plain) LookUp(ctx context.Context, rows []*Row) error {
	var said, codes []string
	for _, row := range rows {
		said = append(said, of(row).said)
		if row.Code != "" && !row.Miscoded {
			codes = append(codes, row.Code)
		}
	}
	if err := p.units.ask(ctx, p.s.Tree, said); err != nil {
		return err
	}
	var places []int64
	for _, row := range rows {
		at := of(row)
		if found := p.units.find(p.means(at.said)); len(found) == 1 {
			if at.unit = &found[0]; p.here[at.unit.ID] == nil {
				p.here[at.unit.ID] = []record.Head{}
				places = append(places, at.unit.ID)
			}
		}
	}
	asked := map[int64]bool{}
	for _, id := range places {
		asked[id] = true
	}
	return p.s.Records.Like(ctx, p.Last(), codes, places, func(h record.Head) {
		if h.Code != "" {
			p.byCode[h.Code] = h
		}
		if asked[*h.ParentID] {
			p.here[*h.ParentID] = append(p.here[*h.ParentID], h)
		}
	})
}

// means is what a person said that a word means as an institution; else the word.
func (p *plain) means(said string) string {
	if k, is := p.meant[locale.Compact(said)]; is {
		return p.Answers[k].Place
	}
	return said
}
