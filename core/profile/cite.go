package profile

import (
	"slices"
	"strings"
	"time"
)

// Cite puts a reference into the legal bases into words of a language; the
// reference itself where the profile does not know it.
func (p *Profile) Cite(ref, lang string) string {
	if c := p.Law(ref); c != nil {
		return c.Text(lang, p.Main())
	}
	return ref
}

// RuleOf returns the id of the requirement that rests on a legal reference and says
// something of an act on an object, or "": the first that names the reference as its
// source, else the first that also cites it. Of a law on which many things rest no rule
// is told rather than one that is about something else.
func (p *Profile) RuleOf(ref, object, action string) string {
	if ref == "" {
		return ""
	}
	also := ""
	for i := range p.Rules {
		r := &p.Rules[i]
		if !r.tells(object, action) {
			continue
		}
		if r.Source == ref {
			return r.ID
		}
		if also == "" && slices.Contains(r.Also, ref) {
			also = r.ID
		}
	}
	return also
}

// tells reports whether a rule says something of an act on an object. One of which the
// profile does not say what it is about is told of whatever rests on its law.
func (r *Rule) tells(object, action string) bool {
	if len(r.About) == 0 {
		return true
	}
	return slices.ContainsFunc(r.About, func(about string) bool {
		things, does, narrowed := strings.Cut(about, ":")
		if narrowed && does != action {
			return false
		}
		whole, all := strings.CutSuffix(things, "*")
		return things == object || all && strings.HasPrefix(object, whole)
	})
}

// Above reports whether units of a level can hang, directly or not, under those of
// another.
func (p *Profile) Above(upper, lower string) bool {
	i := slices.IndexFunc(p.Levels, func(l Level) bool { return l.ID == lower })
	return i >= 0 && slices.ContainsFunc(p.Levels[i].Parents, func(parent string) bool {
		return parent == upper || parent != lower && p.Above(upper, parent)
	})
}

// OverseenBy returns the ids of the institution types that a directorate oversees.
func (p *Profile) OverseenBy(directorate string) []string {
	var ids []string
	for i := range p.Types {
		if p.Types[i].Overseer == directorate && directorate != "" {
			ids = append(ids, p.Types[i].ID)
		}
	}
	return ids
}

// Oversees returns the types that a directorate of the profile oversees on a day or later;
// none where the profile has ended it by then.
func (p *Profile) Oversees(directorate string, on Date) (types []*Type) {
	if d := p.Directorate(directorate); d == nil || d.Until != 0 && d.Until < on {
		return nil
	}
	for i := range p.Types {
		if t := &p.Types[i]; t.Overseer == directorate && (t.Until == 0 || t.Until >= on) {
			types = append(types, t)
		}
	}
	return types
}

// DirectoratesAt returns the units of the ministry's centre on the day.
func (p *Profile) DirectoratesAt(on time.Time) []*Directorate {
	var out []*Directorate
	for i := range p.Directorates {
		if p.Directorates[i].Holds(dateOn(on)) {
			out = append(out, &p.Directorates[i])
		}
	}
	return out
}

// AreasAt returns the territory of a level on the day, in the order of the file.
func (p *Profile) AreasAt(level string, on time.Time) []*Area {
	var out []*Area
	for i := range p.Territory {
		if p.Territory[i].Level == level && p.Territory[i].Holds(dateOn(on)) {
			out = append(out, &p.Territory[i])
		}
	}
	return out
}
