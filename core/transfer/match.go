package transfer

import (
	"cmp"
	"context"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
)

// Matcher knows what the columns of a file can mean.
type Matcher struct {
	P       *profile.Profile
	On      time.Time
	targets []Target
	byID    map[string]int
	fields  *profile.Register
	subject Subject
	words   *locale.Bundle
	*intake.Headings
}

// Targets returns what columns of a file can be matched to, in the order of the
// template, and then what columns can hold that have several languages in each cell: what
// some columns are matched to, or could be, among them.
func (t *Service) Targets(ctx context.Context, of ...intake.Column) ([]Target, error) {
	m, err := t.matcher(ctx)
	if err != nil {
		return nil, err
	}
	out := slices.Concat(m.targets, m.joints())
	for _, c := range of {
		for _, id := range []string{c.Target, c.Offer} {
			if m.joins(intake.Apart(id)) && !slices.ContainsFunc(out, func(t Target) bool { return t.ID == id }) {
				out = append(out, m.joint(id))
			}
		}
	}
	return out, nil
}

func (t *Service) matcher(ctx context.Context) (*Matcher, error) {
	ministry, err := t.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	return NewMatcher(t.records.Register(), t.subject, ministry.Profile, t.words, t.tree.Today(ctx)), nil
}

// NewMatcher returns what the columns of a file can mean in a country's register on a day.
func NewMatcher(reg record.Register, subject Subject, p *profile.Profile, words *locale.Bundle, on time.Time) *Matcher {
	m := &Matcher{P: p, On: on, byID: map[string]int{}, fields: p.Register(reg.ID), subject: subject, words: words, Headings: intake.NewHeadings(words)}
	for _, o := range subject.Own(p, words, on) {
		m.add(o.Target, o.Also...)
	}
	m.Later(func() { m.sorts(subject) })
	if id := p.Identifier(reg.Code); id != nil {
		m.named(intake.TargetCode, id.Name, id.Short)
	}
	for _, f := range m.fields.FieldsAt(on) {
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

// Targets are what columns can mean, in the order of the template.
func (m *Matcher) Targets() []Target { return m.targets }

// Target is the target of an id that a column can mean.
func (m *Matcher) Target(id string) Target {
	if m.joins(intake.Apart(id)) {
		return m.joint(id)
	}
	return m.targets[m.byID[id]]
}

// Can reports that a column can mean a target.
func (m *Matcher) Can(target string) bool {
	_, can := m.byID[target]
	return can
}

func (m *Matcher) add(t Target, also ...string) {
	m.byID[t.ID] = len(m.targets)
	m.targets = append(m.targets, t)
	m.ID(t.ID)
	m.named(t.ID, t.Name)
	for _, s := range also {
		m.Know(s, t.ID)
	}
}

func (m *Matcher) named(id string, names ...map[string]string) {
	for _, texts := range names {
		for _, s := range texts {
			m.Know(s, id)
		}
	}
}

// numbered is how a heading ends that is not the first of several.
var numbered = regexp.MustCompile(`[\s.–—-][2-9]\.?$`)

// Propose matches columns by id and by name in any language, each target once: first by
// what is meant exactly, then by inflected and shortened words. What has only some of the words
// of one name, what could mean two targets, or several columns by which one could be meant
// (of each year, numbered, telephones of several kinds), is left to the person; what adds up the
// others is meant.
func (m *Matcher) Propose(cols []intake.Column, byID bool) {
	used := map[string]bool{}
	take := func(id string, by ...int) {
		_, known := m.byID[id]
		by = slices.DeleteFunc(by, func(k int) bool { return cols[k].Target != "" || cols[k].Maybe != "" })
		more := func(k int) bool { return m.Qualified(cols[k].Heading, id, m.fields.Field(id)) }
		if plain := slices.DeleteFunc(slices.Clone(by), more); len(plain) > 0 {
			by = plain
		}
		if total := slices.DeleteFunc(slices.Clone(by), func(k int) bool { return !m.Total(cols[k].Heading) }); len(total) == 1 {
			by = total
		}
		switch {
		case !known || used[id] || len(by) == 0:
			return
		case len(by) == 1 && !more(by[0]) && !m.ofAnother(cols[by[0]].Heading):
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
		m.subject.Propose(m, cols, true)
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
	each(func(k int) string {
		if !open(k) {
			return ""
		}
		return m.headed(cols[k])
	})
	for k := range cols {
		if !open(k) {
			continue
		}
		if id := cmp.Or(m.Within(cols[k].Heading), m.measured(cols[k].Heading, m.Within), m.part(cols[k])); id != "" && !used[id] {
			cols[k].Maybe = id
		}
	}
	m.offer(cols)
	m.subject.Propose(m, cols, false)
}

// called is the target that a heading calls by all its words, or by all but such as say no more.
func (m *Matcher) called(heading string) string {
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
	if intake.Twofold(heading, m.called) != "" { // its end is the unit of one language alone
		return m.twofold(heading)
	}
	return m.measured(heading, by)
}

// twofold is the target that a heading calls in several languages, counted in one unit.
func (m *Matcher) twofold(heading string) string {
	type claim struct {
		id, unit string
	}
	return intake.Twofold(heading, func(s string) (c claim) {
		if c.id = m.called(s); c.id != "" {
			c.unit = intake.UnitIn(s, m.fields.Field(c.id))
		}
		return c
	}).id
}

// ofAnother reports a heading whose figures are those of another column that stands before it though
// not in this file, or of another year.
func (m *Matcher) ofAnother(heading string) bool {
	return m.Exactly(heading) == "" && numbered.MatchString(heading) || m.ofAnotherYear(heading)
}

// ofAnotherYear reports a heading whose figures are those of a year that is not this one: planned,
// or long past. What is named by a year itself was matched by its name.
func (m *Matcher) ofAnotherYear(heading string) bool {
	if m.Exactly(heading) != "" {
		return false
	}
	this := []int{m.On.Year()}
	begins := m.On.Year()
	if y := m.P.Year(m.On); y != nil {
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
func (m *Matcher) measured(heading string, by func(string) string) string {
	found := ""
	for _, t := range m.targets {
		f := m.fields.Field(t.ID)
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

// Check judges a matching that a person made, and the options, and returns these tidied.
func (m *Matcher) Check(cols []intake.Column, targets []string, o Options, today time.Time) (Options, error) {
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
		parts := m.taken(id)
		switch {
		case parts == nil:
			bad = bad.WithField(column(k), "import.no_target", nil)
		case slices.ContainsFunc(parts, func(part string) bool { return used[part] }):
			bad = bad.WithField(column(k), "import.target_twice", nil)
		}
		for _, part := range parts {
			used[part] = true
		}
	}
	if o.Since.After(today) {
		bad = bad.WithField("since", "record.future", nil)
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
	order, bad := o.Order().Checked(bad, false, today)
	o.OrderNumber, o.OrderDate = order.Number, order.Date
	if err := m.Missing(matched, o, today); err != nil {
		bad.Fields = append(bad.Fields, fault.From(err).Fields...)
	}
	return o, bad.OrNil()
}

// column names what a column of the file is matched to, from 0, in the faults of a matching.
func column(k int) string { return "targets." + strconv.Itoa(k) }
