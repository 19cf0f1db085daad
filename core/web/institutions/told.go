package institutions

import (
	"maps"
	"slices"

	"mektep/core/audit"
	"mektep/core/registry"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// told is how dated facts and acts are told in histories: of institutions, and of places
// with the ministry's offices. words begin what is said of the kind of unit; code is what
// its code is called.
func told(words string, code func(q *screen.Request) string) register.Told {
	return register.Told{
		Did: words + "did.", Icons: actGlyph, Units: []string{"successors", "went"},
		Field: func(q *screen.Request, field string) string {
			switch field {
			case "code":
				return code(q)
			case "level":
				return q.T("unit.level")
			case "proposal":
				return q.T("unit.proposed")
			case "successors":
				return q.T(words + "kin.successor")
			case "entered_from":
				return q.T("institution.entered_from")
			case "went":
				return q.T("unit.went")
			case "holds_from":
				return q.T("record.valid_from")
			}
			return ""
		},
		Value: ownText,
		Line: func(q *screen.Request, l audit.FieldChange, names map[string]string, e *ui.Entry) bool {
			if l.Field == registry.AgreedBy {
				e.Who = q.T("history.two_people", "Asked", e.Who, "Agreed", second(q, l, names))
			}
			return l.Field == registry.AgreedBy
		},
		People: func(l audit.FieldChange) []string {
			if l.Field != registry.AgreedBy {
				return nil
			}
			return []string{secondUID(l)}
		},
	}
}

// secondUID is whom a line of history names as the second person of an act.
func secondUID(l audit.FieldChange) string {
	uid, _ := register.Raw(l.New).(string)
	return uid
}

// second names the second person of an act.
func second(q *screen.Request, l audit.FieldChange, names map[string]string) string {
	switch uid := secondUID(l); {
	case uid == "operator":
		return q.T("approval.operator_hand")
	case names[uid] != "":
		return names[uid]
	}
	return q.T("record.by_somebody")
}

func ownText(q *screen.Request, field string, v any, names map[string]string) (string, bool) {
	switch x := v.(type) {
	case map[string]any:
		if field == "went" {
			return wentText(q, x, names), true
		}
	case string:
		switch field {
		case "level":
			return register.LevelName(q, x), true
		case "proposal":
			return q.T("unit.proposed." + x), true
		case "entered_from", "holds_from":
			return register.DayText(q, x), true
		}
	}
	return "", false
}

// wentText says how many went where when a place ended.
func wentText(q *screen.Request, counts map[string]any, places map[string]string) string {
	var out []string
	for _, uid := range slices.Sorted(maps.Keys(counts)) {
		n, _ := counts[uid].(float64)
		out = append(out, register.Known(places, uid)+": "+q.L.Number(int64(n)))
	}
	return q.L.List(out)
}
