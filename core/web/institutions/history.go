package institutions

import (
	"maps"
	"slices"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/registry"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// historyPage is everything that happened to an institution.
type historyPage struct {
	recordPage
	entries []ui.Entry
	after   string
	next    string
}

func (s *screens) history(q *screen.Request) error {
	var p historyPage
	var err error
	ctx := q.Context()
	p.after = q.C.Query("after")
	if p.Institution, err = s.Registry.Get(ctx, q.C.Params("uid")); err != nil {
		return err
	}
	h, err := s.Registry.History(ctx, p.UID, p.after)
	if err != nil {
		return err
	}
	names, err := s.Identity.Names(ctx, actors(h.Changes))
	if err != nil {
		return err
	}
	places, err := s.placeNames(q, h.Changes)
	if err != nil {
		return err
	}
	p.of = s.ofInstitutions()
	p.life, p.next, p.people = h.Life, h.Next, may(q, "view", "account")
	p.entries = entries(q, h.Changes, names, places, p.of.words)
	return q.Page(history(q, p))
}

func actors(lines []audit.FieldChange) []string {
	var out []string
	for _, l := range lines {
		uids := []string{l.AccountUID}
		if l.Field == registry.AgreedBy {
			uids = append(uids, secondUID(l))
		}
		for _, uid := range uids {
			if uid != "" && !slices.Contains(out, uid) {
				out = append(out, uid)
			}
		}
	}
	return out
}

// secondUID is whom a line of history names as the second person of an act.
func secondUID(l audit.FieldChange) string {
	uid, _ := raw(l.New).(string)
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
	return q.T("institution.by_somebody")
}

func actor(q *screen.Request, r audit.Record, names map[string]string) string {
	switch {
	case r.System != "":
		return q.T("institution.by_system")
	case names[r.AccountUID] != "":
		return names[r.AccountUID]
	}
	return q.T("institution.by_somebody")
}

// placeNames are the names of units that moves and mergers recorded by their ids.
func (s *screens) placeNames(q *screen.Request, lines []audit.FieldChange) (map[string]string, error) {
	out := map[string]string{}
	for _, l := range lines {
		if l.Field != "parent" && l.Field != "successors" && l.Field != "went" {
			continue
		}
		for _, v := range []any{raw(l.Old), raw(l.New)} {
			uids := codesOf(v)
			switch x := v.(type) {
			case string:
				uids = []string{x}
			case map[string]any:
				uids = slices.Sorted(maps.Keys(x))
			}
			for _, uid := range uids {
				if out[uid] != "" {
					continue
				}
				u, err := s.Tree.Get(q.Context(), uid)
				if err != nil && fault.KindOf(err) == fault.NotFound {
					continue // gone since; its id stays
				}
				if err != nil {
					return nil, err
				}
				out[uid] = q.Text(u.Name)
			}
		}
	}
	return out, nil
}

// entries put the lines of one act together.
func entries(q *screen.Request, lines []audit.FieldChange, names, places map[string]string, words string) []ui.Entry {
	var out []ui.Entry
	last := int64(0)
	for _, l := range lines {
		if l.ID != last || len(out) == 0 {
			last = l.ID
			out = append(out, ui.Entry{
				When: local(q, l.At), Who: actor(q, l.Record, names), What: q.T(words + "did." + l.Action),
				Order: orderText(q, l.Order), Icon: didGlyph(l.Action), Made: l.Action == "create",
			})
		}
		e := &out[len(out)-1]
		if l.Field == "import" {
			e.What += " · " + importDid(q, l)
			continue
		}
		if l.Field == registry.AgreedBy {
			e.Who = q.T("history.two_people", "Asked", e.Who, "Agreed", second(q, l, names))
			continue
		}
		e.Changes = append(e.Changes, change(q, l, places, words))
	}
	return out
}

// importDid says that an import did it, or that it was one that was taken back.
func importDid(q *screen.Request, l audit.FieldChange) string {
	if len(l.New) == 0 || string(l.New) == "null" {
		return q.T("history.by_undo")
	}
	return q.T("history.by_import")
}

func didGlyph(action string) ui.Glyph {
	switch action {
	case "create":
		return ui.GlyphAdd
	case "import", "apply":
		return ui.GlyphUpload
	case "undo", "withdraw":
		return ui.GlyphUndo
	}
	if g, ok := actGlyph[action]; ok {
		return g
	}
	return ui.GlyphEdit
}

// change is one field of an act, in words.
func change(q *screen.Request, l audit.FieldChange, places map[string]string, words string) ui.Change {
	if !l.Erased.IsZero() {
		return ui.Change{Label: fieldName(q, l.Field, words), From: q.T("institution.erased"), To: q.T("institution.erased")}
	}
	if f := q.Profile().Register(registry.Institutions).Field(l.Field); f != nil {
		return ui.Change{Label: q.Text(f.Name), From: value(q, f, raw(l.Old)), To: value(q, f, raw(l.New))}
	}
	return ui.Change{Label: fieldName(q, l.Field, words), From: ownText(q, l.Field, raw(l.Old), places), To: ownText(q, l.Field, raw(l.New), places)}
}

// fieldName names what the register keeps besides the passport; words begin what is said
// of the kind of unit.
func fieldName(q *screen.Request, field, words string) string {
	switch field {
	case "name":
		return q.T("institution.name")
	case "type":
		return q.T("institution.type")
	case "code":
		if words == "unit." {
			return q.T("institution.code")
		}
		return codeName(q)
	case "level":
		return q.T("unit.level")
	case "proposal":
		return q.T("unit.proposed")
	case "since":
		return q.T("institution.since")
	case "until":
		return q.T("institution.until")
	case "parent":
		return q.T("institution.place")
	case "successors":
		return q.T(words + "kin.successor")
	case "entered_from":
		return q.T("institution.entered_from")
	case "went":
		return q.T("unit.went")
	case "holds_from":
		return q.T("institution.valid_from")
	case "reason":
		return q.T("institution.reason")
	}
	return field
}

func ownText(q *screen.Request, field string, v any, places map[string]string) string {
	switch x := v.(type) {
	case map[string]any:
		if field == "went" {
			return wentText(q, x, places)
		}
		return namesText(q, x)
	case []any:
		var out []string
		for _, uid := range codesOf(x) {
			out = append(out, known(places, uid))
		}
		return q.L.List(out)
	case string:
		switch field {
		case "type":
			return typeName(q, x)
		case "level":
			return levelName(q, x)
		case "proposal":
			return q.T("unit.proposed." + x)
		case "parent":
			return known(places, x)
		case "since", "until", "entered_from", "holds_from":
			if d, err := time.Parse(time.DateOnly, x); err == nil {
				return q.View().Date(d)
			}
		}
		return x
	}
	return ""
}

// wentText says how many went where when a place ended.
func wentText(q *screen.Request, counts map[string]any, places map[string]string) string {
	var out []string
	for _, uid := range slices.Sorted(maps.Keys(counts)) {
		n, _ := counts[uid].(float64)
		out = append(out, known(places, uid)+": "+q.L.Number(int64(n)))
	}
	return q.L.List(out)
}

func known(names map[string]string, uid string) string {
	if n := names[uid]; n != "" {
		return n
	}
	return uid
}

// namesText writes a recorded name in all its languages: a renaming may concern one alone.
func namesText(q *screen.Request, names map[string]any) string {
	texts := make(map[string]string, len(names))
	for tag, v := range names {
		texts[tag], _ = v.(string)
	}
	return allNames(q, texts)
}

// allNames writes each name that there is, with the languages that it is in where there are
// several.
func allNames(q *screen.Request, names map[string]string) string {
	var out []string
	in := map[string][]string{}
	for _, l := range q.Edge.Words().Languages() {
		s := names[l.Tag]
		if s == "" {
			continue
		}
		if in[s] == nil {
			out = append(out, s)
		}
		in[s] = append(in[s], l.Name)
	}
	if len(out) < 2 {
		return strings.Join(out, "")
	}
	for i, s := range out {
		out[i] = s + " (" + strings.Join(in[s], ", ") + ")"
	}
	return strings.Join(out, " / ")
}

func historyPager(p historyPage) *ui.PagerSpec {
	if p.next == "" && p.after == "" {
		return nil
	}
	s := &ui.PagerSpec{Time: true, Target: "history"}
	if p.next != "" {
		s.Next = recordURL(p.UID) + "/history?after=" + p.next
	}
	if p.after != "" {
		s.Previous = recordURL(p.UID) + "/history"
	}
	return s
}
