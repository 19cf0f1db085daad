package profile

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mektep/core/finding"
)

// coreLevels are the levels of units that the core knows, with their rank: a
// unit hangs below units of a lower rank.
var coreLevels = map[string]int{"ministry": 0, "directorate": 1, "region": 1, "district": 2, "institution": 3}

// check judges what no single value shows: dates against dates, roles against
// roles, calendars against limits.
func (l *loader) check() {
	l.checkTop()
	l.checkLevels()
	l.checkLimits()
	l.checkTypes()
	l.checkTerritory()
	l.checkBooks()
	l.checkGroups()
	l.checkForms()
	l.noteOutlines()
	l.checkRoles()
	l.checkYears()
	l.checkLaidWindows()
	l.checkNamesakes()
}

func (l *loader) checkTop() {
	top := l.nodes["profile.yaml"]
	if l.p.Extends == "" && !l.partial {
		l.add(top, CodeMissing, "missing key \"extends\": the limits that no country may leave stand in _base")
	}
	if below := l.layers[0].dir != l.top.dir; l.p.Extends != "" && !below && len(l.found) == 0 {
		l.add(top.at("extends"), CodeValue, "write extends on a line of its own: extends: %s", l.p.Extends)
	}
	for i := 1; i < len(l.layers); i++ {
		own, under := l.layers[i].nodes["profile.yaml"].get("extends"), l.layers[i-1].nodes["profile.yaml"].get("extends")
		if l.layers[i].dir == l.layers[i-1].dir && own != nil && under != nil && own.value != under.value {
			l.add(own, CodeFixed, "the profile that is built in extends %s: a folder laid over it cannot change that", under.value)
		}
	}
	zone, err := time.LoadLocation(l.p.TimeZone)
	if l.p.TimeZone != "" && (err != nil || l.p.TimeZone == "Local") {
		l.add(top.at("time_zone"), CodeValue, "there is no time zone %q; write it like Europe/Paris", l.p.TimeZone)
	}
	if zone == nil {
		zone = time.UTC
	}
	l.p.Zone = zone
	if r := l.p.PhoneRegion; r != "" && (len(r) != 2 || strings.ToUpper(r) != r) {
		l.add(top.at("phone_region"), CodeValue, "%q is no country code of two capitals", r)
	}
	for i, domain := range l.p.EmailDomains {
		if !strings.Contains(domain, ".") || strings.ToLower(domain) != domain || strings.ContainsAny(domain, "@/ ") {
			l.add(top.item("email_domains", i), CodeValue, "%q is no mail domain in small letters", domain)
		}
	}
	seen := map[string]string{}
	for i := range l.p.Sections {
		s := &l.p.Sections[i]
		for k, g := range s.Covers {
			if other := seen[g]; other != "" {
				l.add(s.src.item("covers", k), CodeDuplicate, "group %q is covered by section %q already", g, other)
			}
			seen[g] = s.ID
		}
	}
}

func (l *loader) checkLevels() {
	for i := range l.p.Levels {
		v := &l.p.Levels[i]
		rank, ok := coreLevels[v.ID]
		if !ok {
			l.add(v.src.at("id"), CodeValue, "the core has no unit level %q%s; there are ministry, directorate, region, district, institution", v.ID, finding.DidYouMean(v.ID, keysOf(coreLevels)))
			continue
		}
		if len(v.Parents) == 0 && v.ID != "ministry" {
			l.add(v.src.at("id"), CodeMissing, "level %q has no parents", v.ID)
		}
		for k, parent := range v.Parents {
			if above, ok := coreLevels[parent]; ok && above >= rank {
				l.add(v.src.item("parents", k), CodeCycle, "a %s cannot hang under a %s", v.ID, parent)
			}
		}
	}
}

func (l *loader) checkLimits() {
	for i := range l.p.Limits {
		m := &l.p.Limits[i]
		periods := make([]Period, len(m.Values))
		for k, v := range m.Values {
			periods[k] = v.Period
			at := m.src.item("values", k)
			if m.Least != nil && v.Value < *m.Least {
				l.add(at.at("value"), CodeBound, "%s cannot be less than %v", m.ID, *m.Least)
			}
			if m.Most != nil && v.Value > *m.Most {
				l.add(at.at("value"), CodeBound, "%s cannot be more than %v", m.ID, *m.Most)
			}
		}
		l.contiguous(periods, m.ID, func(k int) Finding { return m.src.item("values", k).finding("", "") })
	}
}

// contiguous reports dated values that overlap or leave a day out. The values
// must stand in order of time.
func (l *loader) contiguous(periods []Period, what string, at func(int) Finding) {
	for k := 1; k < len(periods); k++ {
		before, now := periods[k-1], periods[k]
		f := at(k)
		switch {
		case before.Until == 0 || now.Since == 0 || now.Since <= before.Until:
			f.Code, f.Message = CodeOverlap, what+": the period overlaps the one before; they must stand in order of time, each from the day after the last"
		case before.Until.AddDays(1) != now.Since:
			f.Code, f.Message = CodeGap, fmt.Sprintf("%s: nothing holds from %s to %s", what, before.Until.AddDays(1), now.Since.AddDays(-1))
		default:
			continue
		}
		l.found = append(l.found, f)
	}
}

func (l *loader) checkTypes() {
	owners := keysOf(map[string]bool{})
	if b := l.p.index.books["ownership"]; b != nil {
		owners = keysOf(b.byCode)
	}
	aliases := map[string]string{}
	for i := range l.p.Types {
		t := &l.p.Types[i]
		for k, level := range t.ISCED {
			if level < 0 || level > 8 {
				l.add(t.src.item("isced", k), CodeValue, "ISCED has the levels 0 to 8")
			}
		}
		if t.Grades != nil && (t.Grades.From > t.Grades.To || t.Grades.From < 0 || t.Grades.To > 20) {
			l.add(t.src.at("grades"), CodeValue, "classes %d to %d make no sense", t.Grades.From, t.Grades.To)
		}
		for k, o := range t.Ownership {
			if !slices.Contains(owners, o) {
				l.add(t.src.item("ownership", k), CodeReference, "the book ownership has no code %q%s", o, finding.DidYouMean(o, owners))
			}
		}
		for k, parent := range t.Parents {
			if parent == "institution" {
				l.add(t.src.item("parents", k), CodeCycle, "an institution cannot hang under an institution")
			}
		}
		if d := l.p.index.direct[t.Overseer]; d != nil && d.Kind != "overseer" {
			l.add(t.src.at("overseer"), CodeReference, "%q oversees no institutions: its kind is not overseer", t.Overseer)
		}
		if s := l.p.index.types[t.Successor]; s != nil && (t.Until == 0 || !s.Holds(t.Until.AddDays(1))) {
			l.add(t.src.at("successor"), CodePeriod, "%q does not exist on the day after %q ends", t.Successor, t.ID)
		}
		for k, alias := range t.Aliases {
			if other := aliases[strings.ToLower(alias)]; other != "" {
				l.add(t.src.item("aliases", k), CodeDuplicate, "%q is an alias of %q already", alias, other)
			}
			aliases[strings.ToLower(alias)] = t.ID
		}
	}
	for i := range l.p.Offices {
		o := &l.p.Offices[i]
		if l.p.index.direct[o.ID] != nil {
			l.add(o.src.at("id"), CodeDuplicate, "a directorate is called %q already", o.ID)
		}
		for _, lang := range keysOf(o.Of) {
			if strings.Count(o.Of[lang], "{unit}") != 1 {
				l.add(o.src.at("of"), CodeValue, "the pattern in %s must hold {unit} once", lang)
			}
			if rest := strings.Replace(o.Of[lang], "{unit}", "", 1); strings.ContainsAny(rest, "{}") {
				l.add(o.src.at("of"), CodeValue, "the pattern in %s has a place holder besides {unit}: the service fills in no other", lang)
			}
		}
	}
}

func (l *loader) checkTerritory() {
	p := l.p
	for _, code := range keysOf(p.index.territory) {
		rows := p.index.territory[code]
		periods := make([]Period, len(rows))
		for k, a := range rows {
			periods[k] = a.Period
		}
		l.contiguous(periods, "code "+code, func(k int) Finding { return rows[k].src.finding(rows[k].line, 1, "", "") })
	}
	for i := range p.Territory {
		a := &p.Territory[i]
		at := func(code Code, format string, args ...any) {
			l.found = append(l.found, a.src.finding(a.line, 1, code, format, args...))
		}
		level := p.index.levels[a.Level]
		if level == nil || a.Level != "region" && a.Level != "district" {
			at(CodeReference, "territory has regions and districts, not %q%s", a.Level, finding.DidYouMean(a.Level, []string{"region", "district"}))
			continue
		}
		l.checkAreaParent(a, level, at)
		for _, s := range a.Successor {
			switch {
			case a.Until == 0:
				at(CodePeriod, "a successor stands where until is empty")
			case len(p.index.territory[s]) == 0:
				at(CodeReference, "there is no successor %q%s", s, finding.DidYouMean(s, nil))
			case !p.hasCode("territory", s, a.Until.AddDays(1)):
				at(CodePeriod, "the successor %s does not exist on %s", s, a.Until.AddDays(1))
			}
		}
	}
}

func (l *loader) checkAreaParent(a *Area, level *Level, at func(Code, string, ...any)) {
	p := l.p
	if a.Parent == "" {
		if !slices.Contains(level.Parents, "ministry") {
			at(CodeMissing, "a %s needs a parent (%s)", a.Level, strings.Join(level.Parents, ", "))
		}
		return
	}
	rows := p.index.territory[a.Parent]
	if len(rows) == 0 {
		at(CodeReference, "there is no parent %q", a.Parent)
		return
	}
	if a.Parent == a.Code || !slices.Contains(level.Parents, rows[0].Level) {
		at(CodeCycle, "a %s cannot hang under %s, a %s", a.Level, a.Parent, rows[0].Level)
		return
	}
	first, last := rows[0].Since, rows[len(rows)-1].Until
	if first != 0 && (a.Since == 0 || a.Since < first) || last != 0 && (a.Until == 0 || a.Until > last) {
		at(CodePeriod, "the parent %s does not exist for the whole time", a.Parent)
	}
}

func (l *loader) checkBooks() {
	for i := range l.p.Books {
		b := &l.p.Books[i]
		if slices.Contains(builtinBooks, b.ID) {
			l.add(b.src.at("id"), CodeDuplicate, "%q is a built-in book", b.ID)
		}
		for _, code := range keysOf(b.byCode) {
			rows := b.byCode[code]
			periods := make([]Period, len(rows))
			for k, row := range rows {
				periods[k] = b.Items[row].Period
			}
			l.contiguous(periods, "code "+code, func(k int) Finding { return b.Items[rows[k]].src.finding(b.Items[rows[k]].line, 1, "", "") })
		}
		for k := range b.Items {
			item := &b.Items[k]
			if item.Parent != "" && (len(b.byCode[item.Parent]) == 0 || b.underItself(item.Code)) {
				l.found = append(l.found, item.src.finding(item.line, 1, CodeReference, "the parent %q of %q is not in the book, or runs in a circle", item.Parent, item.Code))
			}
			for _, s := range item.Successor {
				if len(b.byCode[s]) == 0 {
					l.found = append(l.found, item.src.finding(item.line, 1, CodeReference, "there is no successor %q%s", s, finding.DidYouMean(s, keysOf(b.byCode))))
				}
			}
		}
	}
}

func (b *Book) underItself(code string) bool {
	up := code
	for range len(b.Items) + 1 {
		rows := b.byCode[up]
		if len(rows) == 0 || b.Items[rows[0]].Parent == "" {
			return false
		}
		up = b.Items[rows[0]].Parent
	}
	return true
}

func (l *loader) checkGroups() {
	if l.partial {
		return
	}
	for i := range l.p.Registers {
		r := &l.p.Registers[i]
		for k := range r.Groups {
			g := &r.Groups[k]
			given := 0
			for _, b := range []string{g.Basis.Law, g.Basis.Consent, g.Basis.Duty} {
				if b != "" {
					given++
				}
			}
			if given != 1 && g.src.get("basis") != nil {
				l.add(g.src.at("basis"), CodeBasis, "name exactly one of law, consent, duty")
			}
			if g.Category == "special" && !g.Sealed {
				l.add(g.src.at("category"), CodeUnsealed, "%s: what is special about a person is sealed, so that no ordinary right opens it: add sealed: true, and name sealed.%s.%s in the rules of whoever needs it", g.ID, r.ID, g.ID)
			}
			for m := range g.Fields {
				l.checkField(&g.Fields[m])
				l.checkWhose(g, &g.Fields[m])
			}
		}
	}
}

// checkWhose keeps what names a person out of the groups that are shown as facts of an
// institution: what a group's category says is what guards it.
func (l *loader) checkWhose(g *Group, f *Field) {
	if f.Type.Kind != KindIdentifier || g.Category == "personal" || g.Category == "special" {
		return
	}
	if i := l.p.index.identifiers[f.Type.Target]; i != nil && i.Of == "person" {
		l.add(f.src.at("type"), CodeUnsealed, "%s names a person: it belongs into a group of category personal or special, and %s is %s", f.ID, g.ID, g.Category)
	}
}

func (l *loader) checkField(f *Field) {
	k := f.Type.Kind
	for _, key := range kindKeys() {
		if n := f.src.get(key); n != nil && !k.has(key) && k != "" {
			l.add(n, CodeValue, "a field of type %s has no %s", k, key)
		}
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		l.add(f.src.at("min"), CodeValue, "min is greater than max")
	}
	if f.Decimals != nil && (*f.Decimals < 0 || *f.Decimals > 9) {
		l.add(f.src.at("decimals"), CodeValue, "decimals must be 0 to 9")
	}
	for _, s := range f.OtherUnits {
		if names, factor := otherUnit(s); len(names) == 0 || factor <= 0 || slices.ContainsFunc(names, f.CountsIn) {
			l.add(f.src.at("other_units"), CodeValue, "%q must be names of another unit and how many of the field's own one of it is: acre, ac = 4046.86", s)
		}
	}
	if f.Filter && k.Index() == NoIndex {
		l.add(f.src.at("filter"), CodeValue, "a long text cannot be a filter")
	}
	if f.src.get("derived") != nil && f.src.get("required") != nil {
		l.add(f.src.at("required"), CodeValue, "a derived field cannot be required: nobody can fill it in")
	}
}

// checkForms holds consent forms and groups against each other: what rests on a
// consent must be covered by it, and what a form covers must rest on it, else it
// could be written without.
func (l *loader) checkForms() {
	covered := map[string]bool{}
	for i := range l.p.Forms {
		f := &l.p.Forms[i]
		for k, c := range f.Covers {
			covered[f.ID+" "+c] = true
			register, rest, _ := strings.Cut(c, ".")
			group, _, _ := strings.Cut(rest, ".")
			if !slices.Contains(f.Of, register) {
				l.add(f.src.item("covers", k), CodeCoverage, "%q belongs to register %q, which the form is not for (of)", c, register)
			}
			if g := l.p.index.groups[register+"."+group]; g != nil && g.Basis.Consent != f.ID {
				l.add(f.src.item("covers", k), CodeCoverage, "group %s.%s does not rest on this form: its basis must be {consent: %s}", register, group, f.ID)
			}
		}
	}
	for i := range l.p.Registers {
		r := &l.p.Registers[i]
		for k := range r.Groups {
			g := &r.Groups[k]
			id := g.Basis.Consent
			if l.p.index.forms[id] == nil || covered[id+" "+r.ID+"."+g.ID] {
				continue
			}
			for m := range g.Fields {
				if !covered[id+" "+r.ID+"."+g.ID+"."+g.Fields[m].ID] {
					l.add(g.Fields[m].src, CodeCoverage, "the field rests on the consent %q, which does not cover it", id)
				}
			}
		}
	}
}
