package registry

import (
	"slices"
	"strings"
	"time"

	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// Examples are each of the profile's types at the first of its places: what it is called in every
// language of the software says that it is to be deleted.
func (l *lists) Examples(p *profile.Profile, words *locale.Bundle, cols []intake.Column, on time.Time) []transfer.Example {
	if !slices.ContainsFunc(cols, func(c intake.Column) bool { return strings.HasPrefix(c.Target, intake.TargetName+".") }) {
		return nil
	}
	var out []transfer.Example
	for _, at := range examplePlaces(p, on) {
		for _, typ := range p.TypesAt(on) {
			if slices.Contains(p.ParentsOf(typ), at.Level) {
				out = append(out, exampleOf(p, words, typ, at, on))
			}
		}
	}
	return out
}

// examplePlaces are the first district and the first region: a country may have only one
// of the two levels.
func examplePlaces(p *profile.Profile, on time.Time) []*profile.Area {
	var out []*profile.Area
	for _, level := range []string{unit.District, unit.Region} {
		if areas := p.AreasAt(level, on); len(areas) > 0 {
			out = append(out, areas[0])
		}
	}
	return out
}

// exampleOf is an institution of a type at a place, since whenever the type has been there.
func exampleOf(p *profile.Profile, words *locale.Bundle, typ *profile.Type, at *profile.Area, on time.Time) transfer.Example {
	since := time.Date(2001, 9, 1, 0, 0, 0, 0, time.UTC)
	if from := typ.Since; !from.IsZero() && from.Time().After(since) {
		since = from.Time()
	}
	region, district := at, (*profile.Area)(nil)
	if at.Level == unit.District {
		region, district = p.AreaAt(at.Parent, on), at
	}
	return transfer.Example{Type: typ.ID, Level: at.Level, Since: since, Says: func(target string) string {
		lang, isName := strings.CutPrefix(target, intake.TargetName+".")
		switch {
		case isName:
			return words.Localizer(lang).T("import.example.name")
		case target == intake.TargetType:
			return typ.Name.In(p.Main())
		case target == targetRegion && region != nil:
			return region.Name.In(p.Main())
		case target == targetDistrict && district != nil:
			return district.Name.In(p.Main())
		}
		return ""
	}}
}
