package register

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/record"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// historyPage is everything that happened to a record.
type historyPage struct {
	record.Record
	beside  Beside
	entries []ui.Entry
	after   string
	next    string
}

func (s *Screens) history(q *screen.Request) error {
	p := historyPage{after: q.C.Query("after")}
	h, err := s.Records.History(q.Context(), q.C.Params("uid"), p.after)
	if err != nil {
		return err
	}
	p.Record, p.next = h.Record, h.Next
	if p.entries, err = s.Teller().Entries(q, h.Changes); err != nil {
		return err
	}
	if p.beside, err = s.beside(q, p.Record); err != nil {
		return err
	}
	return q.Page(s.historyPage(q, p))
}

func (s *Screens) historyPager(p historyPage) *ui.PagerSpec {
	return HistoryPager(s.URL(p.UID)+"/history", p.after, p.next)
}

// HistoryPager leads through a history at an address.
func HistoryPager(at, after, next string) *ui.PagerSpec {
	if next == "" && after == "" {
		return nil
	}
	s := &ui.PagerSpec{Time: true, Target: "history"}
	if next != "" {
		s.Next = at + "?after=" + next
	}
	if after != "" {
		s.Previous = at
	}
	return s
}

// Teller tells what is recorded of a register's records in words.
type Teller struct {
	Told
	Register string // whose fields the profile declares
	Identity *identity.Service
	Tree     *unit.Tree
}

// Teller tells of the register's records.
func (s *Screens) Teller() Teller {
	return Teller{Told: s.Told, Register: s.Records.ID(), Identity: s.Identity, Tree: s.Tree}
}

// Entries put the lines of one act together, with the names of people and places.
func (t Teller) Entries(q *screen.Request, lines []audit.FieldChange) ([]ui.Entry, error) {
	names, err := t.Identity.Names(q.Context(), t.actors(lines))
	if err != nil {
		return nil, err
	}
	places, err := t.places(q, lines)
	if err != nil {
		return nil, err
	}
	var out []ui.Entry
	last := int64(0)
	for _, l := range lines {
		if l.ID != last || len(out) == 0 {
			last = l.ID
			out = append(out, ui.Entry{
				When: q.Here(l.At), Who: Actor(q, l.Record, names), What: q.T(t.Did + l.Action),
				Order: orderText(q, l.Order), Icon: t.icon(l.Action), Made: l.Action == "create",
			})
		}
		e := &out[len(out)-1]
		if l.Field == "import" {
			e.What += " · " + importDid(q, l)
			continue
		}
		if t.Line != nil && t.Line(q, l, names, e) {
			continue
		}
		e.Changes = append(e.Changes, t.change(q, l, places))
	}
	return out, nil
}

// Meanwhile is what was done to a record lately, and by whom: so many acts, one at least.
// lines is its history, newest first.
func (t Teller) Meanwhile(q *screen.Request, lines []audit.FieldChange, acts int) (c ui.ConflictSpec, err error) {
	if len(lines) == 0 {
		return c, nil
	}
	last := int64(0)
	for n, l := range lines {
		if l.ID == last {
			continue
		}
		if last = l.ID; acts <= 0 && n > 0 {
			lines = lines[:n]
			break
		}
		acts--
	}
	newest := lines[0]
	names, err := t.Identity.Names(q.Context(), t.actors(lines[:1]))
	if err != nil {
		return c, err
	}
	c.When, c.Own, c.Who = newest.At, newest.AccountUID != "" && newest.AccountUID == q.Caller.AccountUID, Actor(q, newest.Record, names)
	c.Saved, err = t.Entries(q, lines)
	return c, err
}

func (t Teller) actors(lines []audit.FieldChange) []string {
	var out []string
	for _, l := range lines {
		uids := []string{l.AccountUID}
		if t.People != nil {
			uids = append(uids, t.People(l)...)
		}
		for _, uid := range uids {
			if uid != "" && !slices.Contains(out, uid) {
				out = append(out, uid)
			}
		}
	}
	return out
}

// Actor names who did what is recorded.
func Actor(q *screen.Request, r audit.Record, names map[string]string) string {
	switch {
	case r.System != "":
		return q.T("record.by_system")
	case names[r.AccountUID] != "":
		return names[r.AccountUID]
	}
	return q.T("record.by_somebody")
}

// places are the names of units that were recorded by their ids.
func (t Teller) places(q *screen.Request, lines []audit.FieldChange) (map[string]string, error) {
	out := map[string]string{}
	for _, l := range lines {
		if l.Field != "parent" && !slices.Contains(t.Units, l.Field) {
			continue
		}
		for _, v := range []any{Raw(l.Old), Raw(l.New)} {
			uids := Codes(v)
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
				u, err := t.Tree.Get(q.Context(), uid)
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

// importDid says that an import did it, or that it was one that was taken back.
func importDid(q *screen.Request, l audit.FieldChange) string {
	if len(l.New) == 0 || string(l.New) == "null" {
		return q.T("history.by_undo")
	}
	return q.T("history.by_import")
}

func (t Teller) icon(action string) ui.Glyph {
	switch action {
	case "create":
		return ui.GlyphAdd
	case "import", "apply":
		return ui.GlyphUpload
	case "undo", "withdraw":
		return ui.GlyphUndo
	}
	if g, ok := t.Icons[action]; ok {
		return g
	}
	return ui.GlyphEdit
}

// change is one field of an act, in words.
func (t Teller) change(q *screen.Request, l audit.FieldChange, places map[string]string) ui.Change {
	if !l.Erased.IsZero() {
		return ui.Change{Label: t.FieldName(q, l.Field), From: q.T("record.erased"), To: q.T("record.erased")}
	}
	return ui.Change{Label: t.FieldName(q, l.Field), From: t.text(q, l.Field, Raw(l.Old), places), To: t.text(q, l.Field, Raw(l.New), places)}
}

// FieldName names a recorded field: one that the profile declares, or what registers keep
// besides.
func (t Teller) FieldName(q *screen.Request, field string) string {
	if f := q.Profile().Register(t.Register).Field(field); f != nil {
		return q.Text(f.Name)
	}
	if t.Field != nil {
		if name := t.Field(q, field); name != "" {
			return name
		}
	}
	return OwnField(q, field)
}

// OwnField names what every register keeps besides the profile's fields.
func OwnField(q *screen.Request, field string) string {
	switch field {
	case "name":
		return q.T("record.name")
	case "type":
		return q.T("record.type")
	case "code":
		return q.T("record.code")
	case "since":
		return q.T("record.since")
	case "until":
		return q.T("record.until")
	case "parent":
		return q.T("record.place")
	case "reason":
		return q.T("record.reason")
	}
	return field
}

// Says writes a value of a field for the reader, as it is kept.
func (t Teller) Says(q *screen.Request, field string, v any) string {
	return t.text(q, field, v, nil)
}

func (t Teller) text(q *screen.Request, field string, v any, places map[string]string) string {
	if f := q.Profile().Register(t.Register).Field(field); f != nil {
		return Value(q, f, v)
	}
	if t.Value != nil {
		if s, told := t.Value(q, field, v, places); told {
			return s
		}
	}
	switch x := v.(type) {
	case map[string]any:
		return namesText(q, x)
	case []any:
		var out []string
		for _, uid := range Codes(x) {
			out = append(out, Known(places, uid))
		}
		return q.L.List(out)
	case string:
		return ownText(q, field, x, places)
	}
	return ""
}

func ownText(q *screen.Request, field, s string, places map[string]string) string {
	switch field {
	case "type":
		return TypeName(q, s)
	case "parent":
		return Known(places, s)
	case "since", "until":
		return DayText(q, s)
	}
	return s
}

// DayText writes a recorded day as the reader's language does.
func DayText(q *screen.Request, s string) string {
	if d, err := time.Parse(time.DateOnly, s); err == nil {
		return q.View().Date(d)
	}
	return s
}

// Known is what something is called whose public id is known, or that id.
func Known(names map[string]string, uid string) string {
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
	return AllNames(q, texts)
}

// Raw is a JSON value of the history, as Value takes it.
func Raw(m json.RawMessage) any {
	if len(m) == 0 {
		return nil
	}
	var v any
	if json.Unmarshal(m, &v) != nil {
		return string(m)
	}
	return v
}
