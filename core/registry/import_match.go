package registry

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Targets of the institution itself; the others are ids of the profile's fields,
// and name.<language>.
const (
	targetCode         = "code"
	targetName         = "name" // in the main language
	targetType         = "type"
	targetSince        = "since"
	targetRegion       = "region" // code or name
	targetRegionCode   = "region_code"
	targetDistrict     = "district"
	targetDistrictCode = "district_code"
)

// samples are rows whose cells are shown beside the headings.
const samples = 3

// maxColumns bounds the width of a file.
const maxColumns = 500

// searched are the rows of a file among which its headings are looked for: lists of
// ministries begin with titles.
const searched = 20

// head collects the beginning of a file.
type head struct {
	heading int            // line of the headings; 0: to be found
	rows    []exchange.Row // from the first to be looked at
}

// row takes a row of the file; errEnough ends the reading.
func (h *head) row(r exchange.Row) error {
	if len(r.Cells) > maxColumns {
		return badFile("import.too_wide", fault.Args{"Columns": maxColumns})
	}
	if r.Line < h.heading {
		return nil
	}
	r.Cells = slices.Clone(r.Cells)
	h.rows = append(h.rows, r)
	if len(h.rows) == searched+samples+1 {
		return errEnough
	}
	return nil
}

// find looks for the row of headings: the one that has most of the words by which
// columns are known; the first where none has any.
func (h *head) find(m *matcher) (at int) {
	most := 0
	for k := 0; k < len(h.rows) && k < searched && h.heading == 0; k++ {
		n := 0
		for _, s := range h.rows[k].Cells {
			if m.byWord[compact(s)] != "" {
				n++
			}
		}
		if isIDRow(h.rows[k].Cells) && k > 0 {
			continue
		}
		if n > most && (n > 1 || k == 0) {
			at, most = k, n
		}
	}
	return at
}

// isIDRow recognises the template's second row by its first cells.
func isIDRow(cells []string) bool {
	return len(cells) > 2 && cells[0] == targetCode && slices.Contains(cells, targetType) &&
		slices.ContainsFunc(cells, func(s string) bool { return strings.HasPrefix(s, targetName+".") })
}

// columns are the columns below the headings in the row at; ids says that a second row
// names targets: the file was made from the template.
func (h *head) columns(at int) (cols []Column, ids bool) {
	headings, rows := h.rows[at].Cells, h.rows[at+1:]
	if len(rows) > 0 && isIDRow(rows[0].Cells) {
		ids, headings, rows = true, rows[0].Cells, rows[1:]
	}
	rows = rows[:min(len(rows), samples)]
	width := len(headings)
	for _, r := range rows {
		width = max(width, len(r.Cells)) // a column without a heading has values all the same
	}
	cols = make([]Column, width)
	for k := range cols {
		if k < len(headings) {
			cols[k].Heading = cut(strings.Join(strings.Fields(headings[k]), " "), 120)
		}
		for _, r := range rows {
			if k < len(r.Cells) && r.Cells[k] != "" {
				cols[k].Samples = append(cols[k].Samples, cut(r.Cells[k], 60))
			}
		}
	}
	return cols, ids
}

// cut shortens a text to n letters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// matcher knows what the columns of a file can mean.
type matcher struct {
	p       *profile.Profile
	targets []Target
	byID    map[string]int
	byWord  map[string]string // folded heading → target
}

// Targets returns what columns of a file can be matched to, in the order of the
// template.
func (t *Transfer) Targets(ctx context.Context) ([]Target, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	return m.targets, nil
}

func (t *Transfer) matcher(ctx context.Context) (*matcher, error) {
	ministry, err := t.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	return newMatcher(ministry.Profile, t.words, t.tree.Today(ctx)), nil
}

func newMatcher(p *profile.Profile, words *locale.Bundle, on time.Time) *matcher {
	m := &matcher{p: p, byID: map[string]int{}, byWord: map[string]string{}}
	own := []struct {
		id       string
		required bool
		text     func(l *locale.Localizer) string
		also     func(l *locale.Localizer) string
	}{
		{targetCode, false, key("import.column.code"), key("import.also.code")},
		{targetName, true, key("import.column.name"), key("import.also.name")},
		{targetType, true, key("import.column.type"), key("import.also.type")},
		{targetRegionCode, false, levelCode(p, unit.Region), key("import.also.region_code")},
		{targetRegion, false, levelName(p, unit.Region), key("import.also.region")},
		{targetDistrictCode, false, levelCode(p, unit.District), key("import.also.district_code")},
		{targetDistrict, false, levelName(p, unit.District), key("import.also.district")},
		{targetSince, false, key("import.column.since"), key("import.also.since")},
	}
	for _, o := range own {
		t := Target{ID: o.id, Name: fault.Text{}, Required: o.required}
		var also []string
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			t.Name[lang.Tag] = o.text(l)
			if o.also != nil {
				also = append(also, strings.Split(o.also(l), ",")...)
			}
		}
		m.add(t, also...)
		if o.id == targetName {
			m.addNames(t, words)
		}
	}
	if id := p.Identifier("institution_code"); id != nil {
		m.know(targetCode, id.Name, id.Short)
	}
	for _, f := range p.Register(Institutions).FieldsAt(on) {
		if f.DerivedExpr != "" {
			continue
		}
		m.add(Target{ID: f.ID, Name: fault.Text(f.Name), Group: f.Group().ID})
		for lang, unit := range f.Unit { // as an export writes it
			if name := f.Name[lang]; name != "" {
				m.word(name+" ("+unit+")", f.ID)
			}
		}
	}
	return m
}

// addNames adds the name in each language that the ministry offers.
func (m *matcher) addNames(name Target, words *locale.Bundle) {
	for _, tag := range m.p.Languages.Offered {
		t := Target{ID: targetName + "." + tag, Name: fault.Text{}}
		var also []string
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			t.Name[lang.Tag] = l.T("import.column.name_in", "Language", nameOfLanguage(words, tag))
			also = append(also, name.Name[lang.Tag]+" "+tag)
		}
		m.add(t, append(also, "name_"+tag)...)
	}
}

// nameOfLanguage is what a language calls itself.
func nameOfLanguage(words *locale.Bundle, tag string) string {
	for _, l := range words.Languages() {
		if l.Tag == tag {
			return l.Name
		}
	}
	return tag
}

func key(k string) func(*locale.Localizer) string {
	return func(l *locale.Localizer) string { return l.T(k) }
}

func levelName(p *profile.Profile, level string) func(*locale.Localizer) string {
	return func(l *locale.Localizer) string {
		if v := p.Level(level); v != nil {
			return l.Text(v.Name)
		}
		return l.T("import.column." + level)
	}
}

func levelCode(p *profile.Profile, level string) func(*locale.Localizer) string {
	return func(l *locale.Localizer) string {
		return l.T("import.column.code_of", "Unit", levelName(p, level)(l))
	}
}

func (m *matcher) add(t Target, also ...string) {
	m.byID[t.ID] = len(m.targets)
	m.targets = append(m.targets, t)
	m.word(t.ID, t.ID)
	m.know(t.ID, t.Name)
	for _, s := range also {
		m.word(s, t.ID)
	}
}

func (m *matcher) know(id string, names ...map[string]string) {
	for _, texts := range names {
		for _, s := range texts {
			m.word(s, id)
		}
	}
}

// word notes a heading; the first target that has it keeps it.
func (m *matcher) word(s, id string) {
	s = strings.ReplaceAll(locale.Fold(s), " ", "")
	if _, taken := m.byWord[s]; s != "" && !taken {
		m.byWord[s] = id
	}
}

// propose matches columns by id and by name in any language, each target once.
func (m *matcher) propose(cols []Column, byID bool) {
	used := map[string]bool{}
	take := func(k int, id string) {
		if _, known := m.byID[id]; known && !used[id] && cols[k].Target == "" {
			cols[k].Target, used[id] = id, true
		}
	}
	for k := range cols {
		take(k, strings.TrimSpace(cols[k].Heading))
	}
	if byID {
		return
	}
	for k := range cols {
		take(k, m.byWord[strings.ReplaceAll(locale.Fold(cols[k].Heading), " ", "")])
	}
	// A name in the main language is the name.
	if main := targetName + "." + m.p.Main(); used[targetName] && used[main] {
		for k := range cols {
			if cols[k].Target == targetName {
				cols[k].Target = ""
			}
		}
	}
}

// judge checks a matching that a person made, and the options, and returns these tidied.
func (m *matcher) judge(cols []Column, targets []string, o ImportOptions, today time.Time) (ImportOptions, error) {
	bad := fault.New(fault.Invalid, "import.bad_matching")
	if len(targets) != len(cols) {
		return o, bad.WithField("targets", "import.bad_matching", nil)
	}
	used := map[string]bool{}
	matched := make([]Column, len(cols))
	for k, id := range targets {
		matched[k].Target = id
		if id == "" {
			continue
		}
		_, known := m.byID[id]
		switch {
		case !known:
			bad = bad.WithField(column(k), "import.no_target", nil)
		case used[id]:
			bad = bad.WithField(column(k), "import.target_twice", nil)
		}
		used[id] = true
	}
	if o.Since.After(today) {
		bad = bad.WithField("since", "institution.future", nil)
	}
	order, bad := o.order().Checked(bad, false, today)
	o.OrderNumber, o.OrderDate = order.Number, order.Date
	if err := m.missing(matched, o, today); err != nil {
		bad.Fields = append(bad.Fields, fault.From(err).Fields...)
	}
	return o, bad.OrNil()
}

// column names what a column of the file is matched to, from 0, in the faults of a matching.
func column(k int) string { return "targets." + strconv.Itoa(k) }

// missing refuses a matching without name, type or place, or without a field that every
// institution must have: a column, or one value for all rows.
func (m *matcher) missing(cols []Column, o ImportOptions, on time.Time) error {
	if err := missingTargets(cols, o.Values); err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "import.bad_matching")
	for _, f := range m.needed(on) {
		if o.Values[f.ID] == "" && !slices.ContainsFunc(cols, func(c Column) bool { return c.Target == f.ID }) {
			bad = bad.WithField("values."+f.ID, "import.no_value", fault.Args{"Field": fault.Text(f.Name)})
		}
	}
	return bad.OrNil()
}

// needed are the fields that every institution must have.
func (m *matcher) needed(on time.Time) []*profile.Field {
	var out []*profile.Field
	for _, f := range m.p.Register(Institutions).FieldsAt(on) {
		if f.RequiredExpr == "true" && f.WhenExpr == "" && f.Group().WhenExpr == "" && f.DerivedExpr == "" {
			out = append(out, f)
		}
	}
	return out
}

// Needed returns the fields that every institution must have: where no column of a file
// is one, a value for all its rows is asked for.
func (t *Transfer) Needed(ctx context.Context) ([]*profile.Field, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	return m.needed(t.tree.Today(ctx)), nil
}

// fixed reads the values that all rows share, as cells; those of the institution itself
// are texts, NoValue is left out.
func (t *Transfer) fixed(p *profile.Profile, r *reader, values map[string]string, on time.Time) (map[string]any, error) {
	bad := fault.New(fault.Invalid, "import.bad_matching")
	out := map[string]any{}
	for id, s := range values {
		if s = strings.TrimSpace(s); s == "" || s == NoValue {
			continue
		}
		switch id {
		case targetType:
			if typeWords(p)[compact(s)] == "" {
				bad = bad.WithField("values."+id, "import.row.unknown_type", nil)
			}
			out[id] = s
			continue
		case targetRegion, targetDistrict:
			out[id] = s
			continue
		}
		f := p.Register(Institutions).Field(id)
		if f == nil || f.DerivedExpr != "" {
			bad = bad.WithField("values."+id, "import.no_target", nil)
			continue
		}
		c := cellReader{target: id, field: f, valid: validText(f, r.on)}
		c.codes, c.choose = fieldWords(p, t.words, f, on)
		v, wrong := r.value(&c, s, exchange.Words)
		if wrong == nil {
			if _, key, args := f.Canonical(v, r.on); key != "" {
				wrong = &rowFault{key: key, args: args}
			}
		}
		if wrong != nil {
			bad = bad.WithField("values."+id, wrong.key, wrong.args)
			continue
		}
		out[id] = v
	}
	return out, bad.OrNil()
}

// missingTargets refuses a matching without name, type or place.
func missingTargets(cols []Column, values map[string]string) error {
	has := func(prefix string) bool {
		return values[prefix] != "" || slices.ContainsFunc(cols, func(c Column) bool { return strings.HasPrefix(c.Target, prefix) })
	}
	bad := fault.New(fault.Invalid, "import.bad_matching")
	if !has(targetName) {
		bad = bad.WithField("targets", "import.no_name_column", nil)
	}
	if !has(targetType) {
		bad = bad.WithField("targets", "import.no_type_column", nil)
	}
	if !has(targetRegion) && !has(targetDistrict) {
		bad = bad.WithField("targets", "import.no_place_column", nil)
	}
	return bad.OrNil()
}
