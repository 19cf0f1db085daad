package profile

import (
	"maps"
	"slices"
	"strings"

	"mektep/core/finding"
)

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// resolve indexes everything by id and follows every reference.
func (l *loader) resolve() {
	l.buildIndex()
	for _, r := range l.pending {
		l.follow(r)
	}
	l.compileAll()
	l.compileExamples()
}

func (l *loader) buildIndex() {
	p := l.p
	x := &p.index
	x.laws = byID(p.Laws, func(e *Law) string { return e.ID })
	x.rules = byID(p.Rules, func(e *Rule) string { return e.ID })
	x.typeGroups = byID(p.TypeGroups, func(e *TypeGroup) string { return e.ID })
	x.direct = byID(p.Directorates, func(e *Directorate) string { return e.ID })
	x.offices = byID(p.Offices, func(e *Office) string { return e.ID })
	x.types = byID(p.Types, func(e *Type) string { return e.ID })
	x.registers = byID(p.Registers, func(e *Register) string { return e.ID })
	x.books = byID(p.Books, func(e *Book) string { return e.ID })
	x.identifiers = byID(p.Identifiers, func(e *Identifier) string { return e.ID })
	x.forms = byID(p.Forms, func(e *Form) string { return e.ID })
	x.undertaking = byID(p.Undertakings, func(e *Undertaking) string { return e.ID })
	x.notices = byID(p.Notices, func(e *Notice) string { return e.ID })
	x.roles = byID(p.Roles, func(e *Role) string { return e.ID })
	x.levels = byID(p.Levels, func(e *Level) string { return e.ID })
	x.sections = byID(p.Sections, func(e *Section) string { return e.ID })
	x.contacts = byID(p.Contacts, func(e *Contact) string { return e.ID })
	x.pages = byID(p.Pages, func(e *Page) string { return e.ID })
	x.switches = byID(p.Switches, func(e *Switch) string { return e.ID })
	x.limits = byID(p.Limits, func(e *Limit) string { return e.ID })
	x.years = map[string]*SchoolYear{}
	for _, y := range p.Years {
		x.years[y.ID] = y
	}
	x.territory = map[string][]*Area{}
	for i := range p.Territory {
		a := &p.Territory[i]
		x.territory[a.Code] = append(x.territory[a.Code], a)
	}
	for _, rows := range x.territory {
		slices.SortStableFunc(rows, func(a, b *Area) int { return int(a.Since - b.Since) })
	}
	x.groups, x.covered = map[string]*Group{}, map[string]*Section{}
	for i := range p.Registers {
		l.indexRegister(&p.Registers[i])
	}
	for i := range p.Sections {
		for _, g := range p.Sections[i].Covers {
			x.covered[g] = &p.Sections[i]
		}
	}
	for i := range p.Books {
		b := &p.Books[i]
		b.byCode = map[string][]int{}
		for k := range b.Items {
			b.byCode[b.Items[k].Code] = append(b.byCode[b.Items[k].Code], k)
		}
	}
}

func (l *loader) indexRegister(r *Register) {
	r.fields = map[string]*Field{}
	for k := range r.Groups {
		g := &r.Groups[k]
		g.register = r.ID
		l.p.index.groups[r.ID+"."+g.ID] = g
		for m := range g.Fields {
			f := &g.Fields[m]
			f.profile, f.register, f.group = l.p, r.ID, g
			if other := r.fields[f.ID]; other != nil {
				l.add(f.src.at("id"), CodeDuplicate, "register %q has a field %q already, in group %q: ids are unique in a register", r.ID, f.ID, other.group.ID)
				continue
			}
			r.fields[f.ID] = f
			r.all = append(r.all, f)
		}
	}
}

// builtinBooks are reference books that the profile's other files fill.
var builtinBooks = []string{"territory", "institution_types", "directorates"}

// follow reports a word that names nothing.
func (l *loader) follow(r pendingRef) {
	p := l.p
	var known []string
	word := r.word
	switch r.kind {
	case "law":
		l.followLaw(r)
		return
	case "level":
		known = keysOf(p.index.levels)
	case "type":
		known = keysOf(p.index.types)
	case "type_group":
		known = keysOf(p.index.typeGroups)
	case "office":
		known = append(keysOf(p.index.direct), keysOf(p.index.offices)...)
	case "reference":
		known = append(keysOf(p.index.books), builtinBooks...)
	case "identifier":
		known = keysOf(p.index.identifiers)
	case "form":
		known = keysOf(p.index.forms)
	case "register":
		known = keysOf(p.index.registers)
	case "owner":
		known = append(keysOf(p.index.registers), "self")
	case "role":
		known = keysOf(p.index.roles)
	case "extender":
		known = append(keysOf(p.index.roles), "overseer")
	case "group":
		known = keysOf(p.index.groups)
	case "group_or_field":
		known = l.groupsAndFields()
	case "section":
		word, _, _ = strings.Cut(word, ".")
		known = keysOf(p.index.sections)
	case "before_use":
		known = []string{"second_factor"}
		for _, u := range p.Undertakings {
			known = append(known, "undertaking:"+u.ID)
		}
	}
	if !slices.Contains(known, word) {
		l.add(r.at, CodeReference, "there is no %s %q%s", strings.ReplaceAll(r.kind, "_", " "), word, finding.DidYouMean(word, known))
	}
}

func (l *loader) groupsAndFields() []string {
	known := keysOf(l.p.index.groups)
	for i := range l.p.Registers {
		for _, f := range l.p.Registers[i].all {
			known = append(known, f.register+"."+f.group.ID+"."+f.ID)
		}
	}
	return known
}

// followLaw resolves "id" or "id §article".
func (l *loader) followLaw(r pendingRef) {
	id, article, cited := splitLaw(r.word)
	law := l.p.index.laws[id]
	switch {
	case law == nil:
		l.add(r.at, CodeReference, "law.yaml has no law %q%s", id, finding.DidYouMean(id, keysOf(l.p.index.laws)))
	case cited && law.article(article) == nil:
		var known []string
		for i := range law.Articles {
			known = append(known, law.Articles[i].ID)
		}
		l.add(r.at, CodeReference, "law %q has no article %q%s", id, article, finding.DidYouMean(article, known))
	}
}

func splitLaw(ref string) (id, article string, cited bool) {
	id, article, cited = strings.Cut(ref, "§")
	return strings.TrimSpace(id), strings.TrimSpace(article), cited
}

func (law *Law) article(id string) *Article {
	for i := range law.Articles {
		if law.Articles[i].ID == id {
			return &law.Articles[i]
		}
	}
	return nil
}
