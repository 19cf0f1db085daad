package institutions

import (
	"slices"

	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// lifeOf are the dated names, types and places, the latest of each first. What
// never changed is not worth a line.
func lifeOf(q *screen.Request, l unit.Life) []ui.Fact {
	var out []ui.Fact
	add := func(label string, facts []unit.Fact, text func(unit.Fact) string) {
		if len(facts) < 2 {
			return
		}
		for _, f := range facts {
			fact := ui.Fact{Label: label, Value: text(f), Note: period(q, f.Since, f.Until)}
			switch {
			case f.Since.After(q.Today()):
				fact.Label = q.T("record.coming", "What", label)
			case f.Until != nil && !f.Until.After(q.Today()):
				fact.Label = q.T("record.before", "What", label)
			}
			if f.Order != "" {
				fact.Note += " · " + q.T("record.order_no", "Number", f.Order)
			}
			out = append(out, fact)
		}
	}
	add(q.T("record.name"), l.Names, func(f unit.Fact) string { return register.AllNames(q, f.Name) })
	add(q.T("record.type"), l.Types, func(f unit.Fact) string { return register.TypeName(q, f.Type) })
	add(q.T("record.place"), l.Parents, func(f unit.Fact) string { return q.Text(f.Parent.Name) })
	return out
}

// coming is what is decided of a unit for a day to come, the next day first: whoever enters
// something of a day behind it must know.
func coming(q *screen.Request, u unit.Unit, l unit.Life) []ui.Fact {
	var out []ui.Fact
	for _, k := range []unit.Kind{unit.NameFact, unit.TypeFact, unit.PlaceFact} {
		for _, f := range slices.Backward(l.Of(k)) {
			if !f.Since.After(q.Today()) {
				continue
			}
			fact := ui.Fact{Label: q.T("record.coming", "What", kindName(q, k)), Value: factText(q, k, f), Note: period(q, f.Since, f.Until), Long: true}
			if f.Order != "" {
				fact.Note += " · " + q.T("record.order_no", "Number", f.Order)
			}
			out = append(out, fact)
		}
	}
	if u.Until != nil && u.Until.After(q.Today()) {
		out = append(out, ui.Fact{Label: q.T("record.coming", "What", kindName(q, unit.ClosingFact)), Value: q.View().Date(*u.Until)})
	}
	return out
}

// kin are the units that took over, or were taken over.
func kin(q *screen.Request, l unit.Life, words string) []ui.Fact {
	var out []ui.Fact
	for _, k := range l.Successors {
		out = append(out, ui.Fact{Label: q.T(words + "kin.successor"), Value: q.Text(k.Unit.Name), URL: urlOf(k.Unit), Note: q.T("common.since", "Date", q.View().Date(k.Since))})
	}
	for _, k := range l.Predecessors {
		out = append(out, ui.Fact{Label: q.T(words + "kin.predecessor"), Value: q.Text(k.Unit.Name), URL: urlOf(k.Unit), Note: q.T("common.since", "Date", q.View().Date(k.Since))})
	}
	return out
}

var actGlyph = map[string]ui.Glyph{
	"rename": ui.GlyphEdit, "retype": ui.GlyphSwitch, "move": ui.GlyphMove, "merge": ui.GlyphMerge, "close": ui.GlyphArchive, "reopen": ui.GlyphUndo, "update": ui.GlyphEdit,
}
