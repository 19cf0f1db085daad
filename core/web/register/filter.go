package register

import (
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func (s *Screens) filterSpec(q *screen.Request, p listPage) ui.FiltersSpec {
	f := ui.FiltersSpec{
		Action: s.Path, Renew: []string{"district"},
		Search: &ui.FieldSpec{Name: "q", Label: q.T(s.Words.Search), Value: p.at.Words, Placeholder: q.T(s.Words.SearchHint)},
	}
	f.Fields = append(f.Fields, placeFilters(q, p)...)
	if s.Types {
		f.Fields = append(f.Fields, ui.FieldSpec{Name: "type", Input: ui.Select, Label: q.T("record.type"), Value: p.at.Kind, Prompt: q.T("common.all"), Options: kindOptions(q)})
	}
	f.More = []ui.FieldSpec{{Name: "state", Input: ui.Select, Label: q.T("record.state"), Value: p.at.State, Prompt: q.T("record.state.open"), Options: stateOptions(q)}}
	f.More = append(f.More, gapsFilter(q, p.at))
	for _, field := range p.filters {
		f.More = append(f.More, fieldFilters(q, field, p.at)...)
	}
	f.Active = s.chips(q, p)
	if len(f.Active) > 1 {
		f.Clear = s.Path
	}
	return f
}

// placeFilters are two menus: the highest places in the caller's territory, and
// what lies below the chosen one.
func placeFilters(q *screen.Request, p listPage) []ui.FieldSpec {
	chosen, inner := "", ""
	if len(p.way) > 0 {
		chosen = p.way[0].UID
	}
	if len(p.way) > 1 {
		inner = p.way[1].UID
	}
	var out []ui.FieldSpec
	if len(p.tops) > 1 {
		out = append(out, ui.FieldSpec{
			Name: "under", Input: ui.Select, Label: levelsOf(q, p.tops), Value: chosen, Prompt: q.T("common.all"), Options: UnitOptions(q, p.tops),
		})
	}
	second := ui.FieldSpec{Name: "district", Input: ui.Select, Label: levelsOf(q, p.inner), Value: inner, Prompt: q.T("common.all"), Options: UnitOptions(q, p.inner)}
	if len(p.inner) == 0 {
		second.Label, second.ReadOnly = LevelName(q, unit.District), true
		if len(p.tops) <= 1 {
			return out
		}
	}
	return append(out, second)
}

func levelsOf(q *screen.Request, units []unit.Unit) string {
	if len(units) == 0 {
		return ""
	}
	return LevelName(q, units[0].Level)
}

// kindOptions are the types of institution under their groups; each group begins
// with all of it.
func kindOptions(q *screen.Request) []ui.Option {
	var out []ui.Option
	p := q.Profile()
	for i := range p.TypeGroups {
		g := &p.TypeGroups[i]
		name := q.Text(g.Name)
		var types []ui.Option
		for _, t := range p.TypesAt(q.Today()) {
			if t.Group == g.ID {
				types = append(types, ui.Option{Value: t.ID, Text: q.Text(t.Name), Group: name})
			}
		}
		if len(types) > 1 {
			out = append(out, ui.Option{Value: g.ID + anyOf, Text: q.T("record.whole_group", "Group", name), Group: name})
		}
		out = append(out, types...)
	}
	return out
}

func stateOptions(q *screen.Request) []ui.Option {
	return []ui.Option{
		{Value: string(record.Closed), Text: q.T("record.state.closed")},
		{Value: string(record.All), Text: q.T("record.state.all")},
	}
}

// gapsFilter asks for the records in which something is missing.
func gapsFilter(q *screen.Request, at Address) ui.FieldSpec {
	f := ui.FieldSpec{
		Name: "gaps", Input: ui.Select, Label: q.T("record.completeness"), Prompt: q.T("common.all"), Options: []ui.Option{{Value: gapsOnly, Text: q.T("record.incomplete")}},
	}
	if at.Gaps {
		f.Value = gapsOnly
	}
	return f
}

// fieldFilters are the inputs for a field of the passport.
func fieldFilters(q *screen.Request, f *profile.Field, at Address) []ui.FieldSpec {
	name, label := fieldPrefix+f.ID, q.Text(f.Name)
	spec := ui.FieldSpec{Name: name, Label: label, Value: at.Fields[name], Prompt: q.T("common.all"), Input: ui.Select}
	switch f.Type.Kind {
	case profile.KindReference, profile.KindReferences:
		spec.Options = ItemOptions(q, f)
	case profile.KindBool:
		spec.Options = YesNo(q)
	case profile.KindInt, profile.KindDecimal, profile.KindDate, profile.KindYear:
		from, to := name+".from", name+".to"
		lower := ui.FieldSpec{Name: from, Input: ui.Number, Label: q.T("record.from", "Field", label), Value: at.Fields[from]}
		upper := ui.FieldSpec{Name: to, Input: ui.Number, Label: q.T("record.to", "Field", label), Value: at.Fields[to]}
		if f.Type.Kind == profile.KindDate {
			lower.Input, lower.Label = ui.Date, q.T("record.from_day", "Field", label)
			upper.Input, upper.Label = ui.Date, q.T("record.to_day", "Field", label)
		}
		return []ui.FieldSpec{lower, upper}
	case profile.KindText, profile.KindLongText, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier:
		spec.Input = ui.Text
	}
	return []ui.FieldSpec{spec}
}

// chips are the filters that are on, each with the way to take it off.
func (s *Screens) chips(q *screen.Request, p listPage) []ui.Chip {
	var out []ui.Chip
	add := func(text, url string) { out = append(out, ui.Chip{Text: text, URL: url}) }
	if p.at.Words != "" {
		add(q.T("common.quoted", "Text", p.at.Words), p.at.without("q"))
	}
	for n, w := range p.way {
		up := p.at
		up.Under, up.After, up.Before = "", "", ""
		if n > 0 {
			up.Under = p.way[n-1].UID
		}
		add(q.Text(w.Name), up.String())
	}
	if p.at.Kind != "" {
		add(kindText(q, p.at.Kind), p.at.without("type"))
	}
	for _, o := range stateOptions(q) {
		if o.Value == p.at.State {
			add(o.Text, p.at.without("state"))
		}
	}
	if p.at.Gaps {
		add(q.T("record.incomplete"), p.at.without("gaps"))
	}
	for _, f := range p.filters {
		for _, spec := range fieldFilters(q, f, p.at) {
			if spec.Value != "" {
				add(spec.Label+": "+optionText(spec), p.at.without(spec.Name))
			}
		}
	}
	return out
}

func kindText(q *screen.Request, kind string) string {
	for _, o := range kindOptions(q) {
		if o.Value == kind {
			return o.Text
		}
	}
	return TypeName(q, kind)
}

func optionText(f ui.FieldSpec) string {
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Text
		}
	}
	return f.Value
}
