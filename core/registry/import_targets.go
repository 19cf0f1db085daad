package registry

import (
	"slices"
	"strings"
	"time"

	"mektep/core/fault"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/transfer"
	"mektep/core/unit"
)

// Targets of the institution itself, besides those of every register; and name.<language>.
const (
	targetRegion       = "region" // code or name
	targetRegionCode   = "region_code"
	targetDistrict     = "district"
	targetDistrictCode = "district_code"
)

// Own are what columns can mean that are no field: what an institution is called, what it is, and
// where it lies.
func (l *lists) Own(p *profile.Profile, words *locale.Bundle, on time.Time) []transfer.Own {
	of := func(id string, text, also func(*locale.Localizer) string) transfer.Own {
		o := transfer.Own{Target: transfer.Target{ID: id, Name: fault.Text{}}}
		for _, lang := range words.Languages() {
			in := words.Localizer(lang.Tag)
			o.Name[lang.Tag] = text(in)
			o.Also = append(o.Also, strings.Split(also(in), ",")...)
		}
		return o
	}
	code := of(intake.TargetCode, key("import.column.code"), key("import.also.code"))
	name := of(intake.TargetName, key("import.column.name"), key("import.also.name"))
	name.Required, name.Bare, name.Or = true, true, []string{intake.TargetName + "." + p.Main()}
	typ := of(intake.TargetType, key("import.column.type"), key("import.also.type"))
	typ.Required, typ.ForAll, typ.Tells, typ.Picked, typ.Choices = true, true, true, true, func(in *locale.Localizer) []transfer.Choice { return typeChoices(p, in, on) }
	regionCode := of(targetRegionCode, levelCode(p, unit.Region), key("import.also.region_code"))
	regionCode.Bare, regionCode.Tells = true, true
	region := of(targetRegion, levelName(p, unit.Region), key("import.also.region"))
	region.ForAll, region.Within = true, []string{targetDistrict}
	region.Tells, region.Or, region.Choices = true, []string{targetRegionCode}, func(in *locale.Localizer) []transfer.Choice { return areaChoices(p, in, unit.Region, on) }
	districtCode := of(targetDistrictCode, levelCode(p, unit.District), key("import.also.district_code"))
	districtCode.Bare, districtCode.Tells = true, true
	district := of(targetDistrict, levelName(p, unit.District), key("import.also.district"))
	district.ForAll, district.Tells, district.Or = true, true, []string{targetDistrictCode, targetRegion, targetRegionCode}
	district.Choices = func(in *locale.Localizer) []transfer.Choice { return areaChoices(p, in, unit.District, on) }
	since := of(intake.TargetSince, key("import.column.since"), key("import.also.since"))

	all := append([]transfer.Own{code, name}, namesIn(p, words, name)...)
	return append(all, typ, regionCode, region, districtCode, district, since)
}

// namesIn are the name in each language that the ministry offers.
func namesIn(p *profile.Profile, words *locale.Bundle, name transfer.Own) []transfer.Own {
	var out []transfer.Own
	for _, tag := range p.Languages.Offered {
		o := transfer.Own{Target: transfer.Target{ID: intake.TargetName + "." + tag, Name: fault.Text{}}, Bare: !slices.Contains(p.Languages.Official, tag)}
		for _, lang := range words.Languages() {
			l := words.Localizer(lang.Tag)
			o.Name[lang.Tag] = l.T("import.column.name_in", "Language", words.NameOf(tag))
			o.Also = append(o.Also, name.Name[lang.Tag]+" "+tag)
			if slices.ContainsFunc(words.Languages(), func(l locale.Language) bool { return l.Tag == tag }) {
				o.Also = append(o.Also, strings.Split(l.T("import.also.name_in."+tag), ",")...)
			}
		}
		o.Also = append(o.Also, "name_"+tag)
		out = append(out, o)
	}
	return out
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

// typeChoices are the types of institution, group by group.
func typeChoices(p *profile.Profile, l *locale.Localizer, on time.Time) []transfer.Choice {
	types := p.TypesAt(on)
	slices.SortStableFunc(types, func(a, b *profile.Type) int { return groupAt(p, a.Group) - groupAt(p, b.Group) })
	out := make([]transfer.Choice, len(types))
	for k, typ := range types {
		out[k] = transfer.Choice{Code: typ.ID, Word: l.Text(typ.Name)}
		if g := p.TypeGroup(typ.Group); g != nil {
			out[k].Under = l.Text(g.Name)
		}
	}
	return out
}

// groupAt is where a group of types stands among the others; those of none come last.
func groupAt(p *profile.Profile, id string) int {
	if k := slices.IndexFunc(p.TypeGroups, func(g profile.TypeGroup) bool { return g.ID == id }); k >= 0 {
		return k
	}
	return len(p.TypeGroups)
}

// areaChoices are the places of a level.
func areaChoices(p *profile.Profile, l *locale.Localizer, level string, on time.Time) []transfer.Choice {
	var out []transfer.Choice
	for _, a := range p.AreasAt(level, on) {
		c := transfer.Choice{Code: a.Code, Word: l.Text(a.Name)}
		if above := p.AreaAt(a.Parent, on); above != nil {
			c.Under = l.Text(above.Name)
		}
		out = append(out, c)
	}
	return out
}

// Musts are a name, a type and a place.
func (l *lists) Musts(p *profile.Profile) []transfer.Must {
	place := any(fault.Key("record.place"))
	if v := p.Level(unit.District); v != nil {
		place = fault.Text(v.Name)
	}
	return []transfer.Must{
		{Targets: []string{intake.TargetName}, Name: fault.Key("import.column.name"), Missing: "import.no_name_column"},
		{Targets: []string{intake.TargetType}, Name: fault.Key("import.column.type"), Missing: "import.no_type_column"},
		{Targets: []string{targetDistrict, targetRegion}, Name: place, Missing: "import.no_place_column"},
	}
}

// Called is the column of names.
func (l *lists) Called(*profile.Profile) string { return intake.TargetName }

// Lead are the columns of an export that are no fields.
func (l *lists) Lead(p *profile.Profile, in *locale.Localizer, words *locale.Bundle) []transfer.Lead {
	place := func(at *record.Place) any {
		if at == nil {
			return nil
		}
		return in.Text(at.Name)
	}
	out := []transfer.Lead{{Name: in.T("import.column.code"), Width: 12, Cell: func(i *record.Item) any { return i.Code }}}
	for _, tag := range p.Languages.Official {
		name := in.T("import.column.name")
		if len(p.Languages.Official) > 1 {
			name = in.T("import.column.name_in", "Language", words.NameOf(tag))
		}
		out = append(out, transfer.Lead{Name: name, Width: 48, Cell: func(i *record.Item) any { return intake.AsCell(i.Name[tag]) }})
	}
	return append(out,
		transfer.Lead{Name: in.T("import.column.type"), Width: 28, Cell: func(i *record.Item) any {
			if t := p.Type(i.Type); t != nil {
				return in.Text(t.Name)
			}
			return i.Type
		}},
		transfer.Lead{Name: levelName(p, unit.Region)(in), Width: 18, Cell: func(i *record.Item) any { return place(i.Region) }},
		transfer.Lead{Name: levelName(p, unit.District)(in), Width: 18, Cell: func(i *record.Item) any { return place(i.District) }},
		transfer.Lead{Name: in.T("import.column.since"), Width: 12, Cell: func(i *record.Item) any { return i.Since }},
		transfer.Lead{Name: in.T("export.column.until"), Width: 12, Cell: func(i *record.Item) any {
			if i.Until == nil {
				return nil
			}
			return *i.Until
		}},
	)
}
