package registry

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/unit"
)

// Targets of the institution itself; the others are ids of the profile's fields,
// and name.<language>.
const (
	targetRegion       = "region" // code or name
	targetRegionCode   = "region_code"
	targetDistrict     = "district"
	targetDistrictCode = "district_code"
)

// matcher knows what the columns of a file can mean.
type matcher struct {
	p       *profile.Profile
	on      time.Time
	targets []Target
	byID    map[string]int
	*intake.Headings
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
	m := &matcher{p: p, on: on, byID: map[string]int{}, Headings: intake.NewHeadings(words)}
	own := []struct {
		id       string
		required bool
		text     func(l *locale.Localizer) string
		also     func(l *locale.Localizer) string
	}{
		{intake.TargetCode, false, key("import.column.code"), key("import.also.code")},
		{intake.TargetName, true, key("import.column.name"), key("import.also.name")},
		{intake.TargetType, true, key("import.column.type"), key("import.also.type")},
		{targetRegionCode, false, levelCode(p, unit.Region), key("import.also.region_code")},
		{targetRegion, false, levelName(p, unit.Region), key("import.also.region")},
		{targetDistrictCode, false, levelCode(p, unit.District), key("import.also.district_code")},
		{targetDistrict, false, levelName(p, unit.District), key("import.also.district")},
		{intake.TargetSince, false, key("import.column.since"), key("import.also.since")},
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
		if o.id == intake.TargetName {
			m.addNames(t, words)
		}
	}
	if id := p.Identifier("institution_code"); id != nil {
		m.named(intake.TargetCode, id.Name, id.Short)
	}
	for _, f := range p.Register(Institutions).FieldsAt(on) {
		if f.DerivedExpr != "" {
			continue
		}
		m.add(Target{ID: f.ID, Name: fault.Text(f.Name), Group: f.Group().ID}, f.Aliases...)
		for lang, unit := range f.Unit { // as an export writes it
			if name := f.Name[lang]; name != "" {
				m.Know(name+" ("+unit+")", f.ID)
			}
		}
	}
	return m
}

// addNames adds the name in each language that the ministry offers.
func (m *matcher) addNames(name Target, words *locale.Bundle) {
	for _, tag := range m.p.Languages.Offered {
		t := Target{ID: intake.TargetName + "." + tag, Name: fault.Text{}}
		var also []string
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			t.Name[lang.Tag] = l.T("import.column.name_in", "Language", words.NameOf(tag))
			also = append(also, name.Name[lang.Tag]+" "+tag)
			if slices.ContainsFunc(words.Languages(), func(l locale.Language) bool { return l.Tag == tag }) {
				also = append(also, strings.Split(l.T("import.also.name_in."+tag), ",")...)
			}
		}
		m.add(t, append(also, "name_"+tag)...)
	}
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
	m.ID(t.ID)
	m.named(t.ID, t.Name)
	for _, s := range also {
		m.Know(s, t.ID)
	}
}

func (m *matcher) named(id string, names ...map[string]string) {
	for _, texts := range names {
		for _, s := range texts {
			m.Know(s, id)
		}
	}
}

// propose matches columns by id and by name in any language, each target once: first by
// what is meant exactly, then by inflected and shortened words. What has only some of the words
// of one name, what could mean two targets, or several columns by which one could be meant
// (of each year, numbered, telephones of several kinds), is left to the person; what adds up the
// others is meant.
func (m *matcher) propose(cols []intake.Column, byID bool) {
	used := map[string]bool{}
	take := func(id string, by ...int) {
		_, known := m.byID[id]
		by = slices.DeleteFunc(by, func(k int) bool { return cols[k].Target != "" || cols[k].Maybe != "" })
		more := func(k int) bool { return m.Qualified(cols[k].Heading, id, m.p.Register(Institutions).Field(id)) }
		if plain := slices.DeleteFunc(slices.Clone(by), more); len(plain) > 0 {
			by = plain
		}
		if total := slices.DeleteFunc(slices.Clone(by), func(k int) bool { return !m.Total(cols[k].Heading) }); len(total) == 1 {
			by = total
		}
		switch {
		case !known || used[id] || len(by) == 0:
			return
		case len(by) == 1 && !more(by[0]) && !m.ofAnotherYear(cols[by[0]].Heading):
			cols[by[0]].Target = id
		default:
			for _, k := range by {
				cols[k].Maybe = id
			}
		}
		used[id] = true
	}
	// each gives targets the columns that mean them, in the order of the columns.
	each := func(means func(k int) string) {
		claims := map[string][]int{}
		for k := range cols {
			id := means(k)
			claims[id] = append(claims[id], k)
		}
		for id, by := range claims {
			take(id, by...)
		}
	}
	each(func(k int) string { return strings.TrimSpace(cols[k].Heading) })
	if byID {
		return
	}
	each(func(k int) string { // its own name before other words for it
		id := m.Exactly(cols[k].Heading)
		h := locale.Compact(cols[k].Heading)
		if at, known := m.byID[id]; known && slices.ContainsFunc(slices.Collect(maps.Values(m.targets[at].Name)), func(s string) bool { return locale.Compact(s) == h }) {
			return id
		}
		return ""
	})
	open := func(k int) bool {
		return cols[k].Target == "" && cols[k].Maybe == "" && !m.Remarks(cols[k].Heading)
	}
	each(func(k int) string {
		if !open(k) {
			return ""
		}
		return m.called(cols[k].Heading)
	})
	for k := range cols {
		if !open(k) {
			continue
		}
		if id := cmp.Or(m.Within(cols[k].Heading), m.measured(cols[k].Heading, m.Within), m.part(cols[k])); id != "" && !used[id] {
			cols[k].Maybe = id
		}
	}
	// A name in the main language is the name.
	if main := intake.TargetName + "." + m.p.Main(); used[intake.TargetName] && used[main] {
		for k := range cols {
			if cols[k].Target == intake.TargetName {
				cols[k].Target = ""
			}
		}
	}
}

// called is the target that a heading calls by all its words, or by all but such as say no more.
func (m *matcher) called(heading string) string {
	by := func(s string) string { return cmp.Or(m.Of(s), m.Plainly(s), m.Nearly(s)) }
	if joined := strings.NewReplacer("(", " ", ")", " ", "[", " ", "]", " ").Replace(heading); joined != heading {
		if id := by(joined); strings.HasPrefix(id, intake.TargetName+".") { // Name (Russ.)
			return id
		}
	}
	if id := by(heading); id != "" {
		return id
	}
	if id := by(m.Untotalled(heading)); id != "" {
		return id
	}
	return m.measured(heading, by)
}

// ofAnotherYear reports a heading whose figures are those of a year that is not this one: planned,
// or long past. What is named by a year itself was matched by its name.
func (m *matcher) ofAnotherYear(heading string) bool {
	if m.Exactly(heading) != "" {
		return false
	}
	this := []int{m.on.Year()}
	begins := m.on.Year()
	if y := m.p.Year(m.on); y != nil {
		begins = y.Start.Time().Year()
		this = append(this, begins)
	}
	years := intake.YearsOf(heading)
	if len(years) == 2 && years[0] == begins && years[1] == begins+1 { // a school year
		return false
	}
	return slices.ContainsFunc(years, func(y int) bool { return !slices.Contains(this, y) })
}

// measured is the one field that a heading calls before the unit of it in which it ends.
func (m *matcher) measured(heading string, by func(string) string) string {
	found := ""
	for _, t := range m.targets {
		f := m.p.Register(Institutions).Field(t.ID)
		rest := intake.Untailed(heading, f)
		if rest == "" || by(rest) != t.ID || found == t.ID {
			continue
		}
		if found != "" {
			return ""
		}
		found = t.ID
	}
	return found
}

// mostLeft bounds how many rows can be left out by their lines.
const mostLeft = 200

// judge checks a matching that a person made, and the options, and returns these tidied.
func (m *matcher) judge(cols []intake.Column, targets []string, o ImportOptions, today time.Time) (ImportOptions, error) {
	bad := fault.New(fault.Invalid, "import.bad_matching")
	if len(targets) != len(cols) {
		return o, bad.WithField("targets", "import.bad_matching", nil)
	}
	used := map[string]bool{}
	matched := make([]intake.Column, len(cols))
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
	if !intake.KnownDecimal(o.Decimal) {
		bad = bad.WithField("decimal", "import.no_target", nil)
	}
	if !intake.KnownDays(o.Days) {
		bad = bad.WithField("days", "import.no_target", nil)
	}
	if len(o.Leave) > mostLeft {
		bad = bad.WithField("leave", "import.leave_many", fault.Args{"Most": mostLeft})
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
