package profile

import (
	"slices"
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

// RuleOf returns the id of the requirement that rests on a legal reference, or
// "": the one that names it as its source, else the first that also cites it.
func (p *Profile) RuleOf(ref string) string {
	if ref == "" {
		return ""
	}
	also := ""
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Source == ref {
			return r.ID
		}
		if also == "" && slices.Contains(r.Also, ref) {
			also = r.ID
		}
	}
	return also
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
