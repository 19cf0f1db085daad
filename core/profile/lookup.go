package profile

import (
	"slices"
	"strings"
	"time"

	"mektep/core/clock"
)

// dateOn is the day that a look-up is for: the day of t in t's own zone. The
// zero time asks without regard to dates.
func dateOn(t time.Time) Date {
	if t.IsZero() {
		return 0
	}
	return DateOf(clock.Day(t))
}

// Main returns the main official language.
func (p *Profile) Main() string { return p.Languages.Official[0] }

// PersonName writes a person's name as the country writes it. It is the only place where one is
// put together: what is shown, sorted, mailed and signed reads alike. Parts may be empty.
func (p *Profile) PersonName(family, given, patronymic string) string {
	name := given + " " + patronymic + " " + family
	if p.NameOrder == "family_first" {
		name = family + " " + given + " " + patronymic
	}
	return strings.Join(strings.Fields(name), " ")
}

// Level returns a level of units, or nil.
func (p *Profile) Level(id string) *Level { return p.index.levels[id] }

// Type returns a type of institution whatever the day, or nil.
func (p *Profile) Type(id string) *Type { return p.index.types[id] }

// TypeAt returns a type of institution if it exists on the day, else nil.
func (p *Profile) TypeAt(id string, on time.Time) *Type {
	if t := p.index.types[id]; t != nil && t.Holds(dateOn(on)) {
		return t
	}
	return nil
}

// TypesAt returns the types of institution that exist on the day, in the order
// of the profile.
func (p *Profile) TypesAt(on time.Time) []*Type {
	var out []*Type
	for i := range p.Types {
		if p.Types[i].Holds(dateOn(on)) {
			out = append(out, &p.Types[i])
		}
	}
	return out
}

// ParentsOf returns the levels under which an institution of the type may hang.
func (p *Profile) ParentsOf(t *Type) []string {
	if len(t.Parents) > 0 {
		return t.Parents
	}
	if l := p.index.levels["institution"]; l != nil {
		return l.Parents
	}
	return nil
}

// TypeGroup returns a group of types, or nil.
func (p *Profile) TypeGroup(id string) *TypeGroup { return p.index.typeGroups[id] }

// Directorate returns a unit of the ministry's centre, or nil.
func (p *Profile) Directorate(id string) *Directorate { return p.index.direct[id] }

// Office returns a territorial authority, or nil.
func (p *Profile) Office(id string) *Office { return p.index.offices[id] }

// AreaAt returns the region or district with the code as it is on the day, or nil.
func (p *Profile) AreaAt(code string, on time.Time) *Area {
	for _, a := range p.index.territory[code] {
		if a.Holds(dateOn(on)) {
			return a
		}
	}
	return nil
}

// Register returns a register, or nil.
func (p *Profile) Register(id string) *Register { return p.index.registers[id] }

// Group returns a field group by "register.group", or nil.
func (p *Profile) Group(id string) *Group { return p.index.groups[strings.TrimPrefix(id, "sealed.")] }

// Object is the group's name as an object of the policy.
func (g *Group) Object() string {
	if g.Sealed {
		return "sealed." + g.register + "." + g.ID
	}
	return g.register + "." + g.ID
}

// Objects returns the policy objects of all registers and field groups.
func (p *Profile) Objects() []string {
	var out []string
	for i := range p.Registers {
		out = append(out, p.Registers[i].ID)
		for k := range p.Registers[i].Groups {
			out = append(out, p.Registers[i].Groups[k].Object())
		}
	}
	return out
}

// Field returns a field of the register, or nil.
func (r *Register) Field(id string) *Field { return r.fields[id] }

// FieldsAt returns the fields kept on the day, in the order of the profile.
func (r *Register) FieldsAt(on time.Time) []*Field {
	var out []*Field
	for _, f := range r.all {
		if f.Holds(dateOn(on)) {
			out = append(out, f)
		}
	}
	return out
}

// Fields returns every field of the register, past ones included.
func (r *Register) Fields() []*Field { return slices.Clone(r.all) }

// Group returns the group that the field belongs to.
func (f *Field) Group() *Group { return f.group }

// SectionOf returns the section that opens and closes a group ("register.group"),
// or nil: then it is always open.
func (p *Profile) SectionOf(group string) *Section { return p.index.covered[group] }

// Section returns a section by id; "grades.term_1" gives "grades". Nil if unknown.
func (p *Profile) Section(id string) *Section {
	id, _, _ = strings.Cut(id, ".")
	return p.index.sections[id]
}

// Book returns a reference book, or nil. The built-in books are not among them: see ItemsAt.
func (p *Profile) Book(id string) *Book { return p.index.books[id] }

// ItemsAt returns the entries of a reference book on the day, in order. The
// built-in books territory, institution_types and directorates are filled from
// the profile's other files.
func (p *Profile) ItemsAt(book string, on time.Time) []Item {
	day := dateOn(on)
	var out []Item
	add := func(code, parent string, period Period, name Text) {
		if period.Holds(day) {
			out = append(out, Item{Code: code, Parent: parent, Period: period, Name: name})
		}
	}
	switch book {
	case "territory":
		for i := range p.Territory {
			a := &p.Territory[i]
			add(a.Code, a.Parent, a.Period, a.Name)
		}
	case "institution_types":
		for i := range p.Types {
			add(p.Types[i].ID, p.Types[i].Group, p.Types[i].Period, p.Types[i].Name)
		}
	case "directorates":
		for i := range p.Directorates {
			add(p.Directorates[i].ID, "", p.Directorates[i].Period, p.Directorates[i].Name)
		}
	default:
		if b := p.index.books[book]; b != nil {
			for i := range b.Items {
				if b.Items[i].Holds(day) {
					out = append(out, b.Items[i])
				}
			}
		}
	}
	return out
}

// ItemName returns the words for a code of a book as of the day; of a code that
// has ended, its last; nil if the book never had it.
func (p *Profile) ItemName(book, code string, on time.Time) Text {
	switch book {
	case "territory":
		if a := p.AreaAt(code, on); a != nil {
			return a.Name
		}
		if rows := p.index.territory[code]; len(rows) > 0 {
			return rows[len(rows)-1].Name
		}
	case "institution_types":
		if t := p.index.types[code]; t != nil {
			return t.Name
		}
	case "directorates":
		if d := p.index.direct[code]; d != nil {
			return d.Name
		}
	default:
		b := p.index.books[book]
		if b == nil {
			return nil
		}
		var last Text
		for _, k := range b.byCode[code] {
			if last = b.Items[k].Name; b.Items[k].Holds(dateOn(on)) {
				return last
			}
		}
		return last
	}
	return nil
}

// hasCode reports whether a book has the code on the day.
func (p *Profile) hasCode(book, code string, on Date) bool {
	switch book {
	case "territory":
		return slices.ContainsFunc(p.index.territory[code], func(a *Area) bool { return a.Holds(on) })
	case "institution_types":
		t := p.index.types[code]
		return t != nil && t.Holds(on)
	case "directorates":
		d := p.index.direct[code]
		return d != nil && d.Holds(on)
	}
	b := p.index.books[book]
	return b != nil && slices.ContainsFunc(b.byCode[code], func(k int) bool { return b.Items[k].Holds(on) })
}

// Identifier returns an identifier, or nil.
func (p *Profile) Identifier(id string) *Identifier { return p.index.identifiers[id] }

// Citation is a law, and an article of it where one was cited.
type Citation struct {
	Ref     string
	Law     *Law
	Article *Article // nil: the law as a whole
}

// Law resolves "act-78 §4.3" or "act-78"; nil if there is no such law or article.
func (p *Profile) Law(ref string) *Citation {
	id, article, cited := splitLaw(ref)
	law := p.index.laws[id]
	if law == nil {
		return nil
	}
	c := &Citation{Ref: ref, Law: law}
	if cited {
		if c.Article = law.article(article); c.Article == nil {
			return nil
		}
	}
	return c
}

// Text cites the law as officials do: short title, and the article's name.
func (c *Citation) Text(lang string, fallbacks ...string) string {
	title := c.Law.Short
	if len(title) == 0 {
		title = c.Law.Title
	}
	s := title.In(lang, fallbacks...)
	switch {
	case c.Article == nil:
		return s
	case len(c.Article.Name) > 0:
		return s + ", " + c.Article.Name.In(lang, fallbacks...)
	default:
		return s + ", §" + c.Article.ID
	}
}

// Rule returns the requirement with the id (KG-ER-6c), or nil.
func (p *Profile) Rule(id string) *Rule { return p.index.rules[id] }

// Role returns a role, or nil.
func (p *Profile) Role(id string) *Role { return p.index.roles[id] }

// MayGrant returns the grant by which holders of role by may give role, at an
// institution of the type group ("" elsewhere); nil if they may not.
func (p *Profile) MayGrant(by, role, group string) *Grant {
	r := p.index.roles[role]
	if r == nil {
		return nil
	}
	for i := range r.GrantedBy {
		g := &r.GrantedBy[i]
		if g.Role == by && (len(g.Institutions) == 0 || group != "" && slices.Contains(g.Institutions, group)) {
			return g
		}
	}
	return nil
}

// NeedsSecondFactor reports whether the role must not be used without a second factor.
func (r *Role) NeedsSecondFactor() bool { return slices.Contains(r.BeforeUse, "second_factor") }

// Personal reports whether the role is held for oneself, one's child or whom one was
// entrusted with, not for the unit: what it may see is never the whole unit by itself.
func (r *Role) Personal() bool {
	return r.Person == "learner" || r.Person == "guardian" || r.Person == "external"
}

// Undertakings returns the ids of the undertakings that the role's holder signs before use.
func (r *Role) Undertakings() []string {
	var out []string
	for _, b := range r.BeforeUse {
		if id, ok := strings.CutPrefix(b, "undertaking:"); ok {
			out = append(out, id)
		}
	}
	return out
}

// Undertaking returns an undertaking with its wording in lang (or the main
// official language); ok is false if there is none.
func (p *Profile) Undertaking(id, lang string) (u *Undertaking, wording string, ok bool) {
	if u = p.index.undertaking[id]; u == nil {
		return nil, "", false
	}
	return u, u.texts.In(lang, p.Main()), true
}

// Signing returns the language in which a reader of lang signs: lang itself where it
// is official, else the main one. Other languages are for reading.
func (p *Profile) Signing(lang string) string {
	if slices.Contains(p.Languages.Official, lang) {
		return lang
	}
	return p.Main()
}

// Text returns the wording of the undertaking by language.
func (u *Undertaking) Text() Text { return u.texts }

// Consent returns a consent form, or nil.
func (p *Profile) Consent(id string) *Form { return p.index.forms[id] }

// Text returns the wording of the form by language.
func (f *Form) Text() Text { return f.texts }

// Signer says who signs the form for a person born on birth: "self" or
// "guardian". An error in the expression, or a birth date that is not known,
// gives "guardian": the stricter of the two.
func (f *Form) Signer(birth, on time.Time) string {
	if f.signer == nil || birth.IsZero() {
		return "guardian"
	}
	v, err := f.signer.eval(map[string]any{"birth_date": clock.Day(birth), "on": clock.Day(on)})
	if err != nil {
		return "guardian"
	}
	if s, ok := v.Value().(string); ok {
		return s
	}
	return "guardian"
}

// Covering returns the form that must have been signed before the group, or a
// field of it, is written; nil if it rests on law or duty.
func (p *Profile) Covering(group string) *Form {
	g := p.Group(group)
	if g == nil || g.Basis.Consent == "" {
		return nil
	}
	return p.index.forms[g.Basis.Consent]
}

// Notice returns a notice, or nil.
func (p *Profile) Notice(id string) *Notice { return p.index.notices[id] }

// Text returns the wording of the notice by language.
func (n *Notice) Text() Text { return n.texts }

// Contact returns the contact point for a topic, or nil.
func (p *Profile) Contact(topic string) *Contact { return p.index.contacts[topic] }

// Page returns a text for a screen, or nil.
func (p *Profile) Page(id string) *Page { return p.index.pages[id] }

// Switch reports whether a capability is turned on; one that is not declared is off.
func (p *Profile) Switch(id string) bool {
	s := p.index.switches[id]
	return s != nil && s.On
}

// Limit returns the value of a limit on the day; 0 if it is not declared.
func (p *Profile) Limit(id string, on time.Time) float64 {
	l := p.index.limits[id]
	if l == nil {
		return 0
	}
	return l.at(dateOn(on))
}

func (l *Limit) at(day Date) float64 {
	for _, v := range l.Values {
		if v.Holds(day) {
			return v.Value
		}
	}
	return 0
}
