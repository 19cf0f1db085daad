package audit

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// known returns the words under a key, or the bare word where there are none: the
// trail is older than any list of words.
func known(q *screen.Request, prefix, word string) string {
	if key := prefix + word; word != "" && q.L.Knows(key) {
		return q.T(key)
	}
	return word
}

func actionName(q *screen.Request, action string) string {
	if q.L.Knows("audit.did." + action) {
		return q.T("audit.did." + action)
	}
	return known(q, "right.", action)
}

func objectName(q *screen.Request, object string) string {
	if q.L.Knows("object." + object) {
		return q.T("object." + object)
	}
	if g := q.Profile().Group(object); g != nil {
		return q.Text(g.Name)
	}
	return object
}

func outcomeState(q *screen.Request, o audit.Outcome) *ui.State {
	switch o {
	case audit.Deny:
		return &ui.State{Text: q.T("audit.outcome.deny"), Tone: ui.Bad}
	case audit.Error:
		return &ui.State{Text: q.T("audit.outcome.error"), Tone: ui.Warn}
	}
	return &ui.State{Text: q.T("audit.outcome.allow"), Tone: ui.Good}
}

func whoName(q *screen.Request, r audit.Record, name string) string {
	switch {
	case r.System != "":
		return q.T("audit.system", "Name", known(q, "audit.system.", r.System))
	case name != "":
		return name
	case r.AccountUID != "":
		return q.T("audit.hidden")
	}
	return q.T("audit.nobody")
}

func placeName(q *screen.Request, p page, r audit.Record) string {
	way := unit.IDs(r.UnitPath)
	if len(way) == 0 {
		return ""
	}
	return q.Text(p.units[way[len(way)-1]].Name)
}

// Words that the trail can be narrowed by. Others can be typed into the address.
var (
	objects  = []string{"account", "appointment", "invitation", "session", "token", "institution", "unit", "import", "export", "undertaking", "extension", "approval", "audit", "settings"}
	actions  = []string{"view", "create", "update", "rename", "retype", "move", "close", "reopen", "correct", "withdraw", "import", "undo", "export", "sign_in", "sign_out", "sign", "block", "unblock", "dismiss", "reset", "revoke", "cancel", "approve", "reject", "verify", "erase"}
	outcomes = []audit.Outcome{audit.Allow, audit.Deny, audit.Error}
)

func filters(q *screen.Request, p page) ui.FiltersSpec {
	a := p.ask
	choice := func(name, label, value string, list []string, word func(*screen.Request, string) string) ui.FieldSpec {
		f := ui.FieldSpec{Name: name, Input: ui.Select, Label: label, Value: value, Prompt: q.T("common.all"), Error: unknownWord(q, p, name, value)}
		if value != "" && !slices.Contains(list, value) && f.Error == "" {
			list = append(slices.Clone(list), value)
		}
		for _, v := range list {
			f.Options = append(f.Options, ui.Option{Value: v, Text: q.L.Sentence(word(q, v))})
		}
		return f
	}
	results := make([]string, 0, len(outcomes))
	for _, o := range outcomes {
		results = append(results, string(o))
	}
	f := ui.FiltersSpec{
		Action: "/audit",
		Hidden: map[string]string{},
		Fields: []ui.FieldSpec{
			{Name: "from", Input: ui.Date, Label: q.T("audit.from"), Value: a.From, Error: wrongDate(q, p, "from", a.From)},
			{Name: "until", Input: ui.Date, Label: q.T("audit.until"), Value: a.Until, Error: wrongDate(q, p, "until", a.Until)},
			choice("outcome", q.T("audit.outcome"), a.Outcome, results, func(q *screen.Request, v string) string { return outcomeState(q, audit.Outcome(v)).Text }),
		},
		More: []ui.FieldSpec{
			choice("object", q.T("audit.object"), a.Object, objects, objectName),
			choice("action", q.T("audit.action"), a.Action, actions, actionName),
			unitField(q, p),
			{Name: "rule", Label: q.T("audit.rule"), Value: a.Rule, Error: unknownWord(q, p, "rule", a.Rule)},
		},
	}
	if a.Account != "" {
		f.Hidden["account"] = a.Account
	}
	f.Active = chips(q, p)
	if len(f.Active) > 1 {
		f.Clear = "/audit"
	}
	return f
}

func wrongDate(q *screen.Request, p page, name, typed string) string {
	if !slices.Contains(p.wrong, name) {
		return ""
	}
	if _, err := q.L.ParseDate(typed); err != nil {
		return q.T("field.date")
	}
	return q.T("api.field.after_from")
}

// unknownWord says that the trail has no such word; the field offers those it has.
func unknownWord(q *screen.Request, p page, name, word string) string {
	if slices.Contains(p.wrong, name) {
		return q.T("audit.unknown", "Word", word)
	}
	return ""
}

func unitField(q *screen.Request, p page) ui.FieldSpec {
	f := ui.FieldSpec{Name: "unit", Input: ui.Select, Label: q.T("audit.unit"), Value: p.ask.Unit, Prompt: q.T("common.all")}
	for _, u := range p.below {
		f.Options = append(f.Options, ui.Option{Value: u.UID, Text: q.Text(u.Name)})
	}
	return f
}

func chips(q *screen.Request, p page) []ui.Chip {
	var out []ui.Chip
	add := func(name, text string) {
		if p.ask.values()[name] != "" {
			out = append(out, ui.Chip{Text: text, URL: address(p.ask.values(), name, "after")})
		}
	}
	if p.person != nil {
		add("account", p.person.Name)
	}
	add("from", q.T("audit.from_day", "Day", p.ask.From))
	add("until", q.T("audit.until_day", "Day", p.ask.Until))
	add("outcome", outcomeState(q, audit.Outcome(p.ask.Outcome)).Text)
	add("object", q.L.Sentence(objectName(q, p.ask.Object)))
	add("action", q.L.Sentence(actionName(q, p.ask.Action)))
	add("rule", p.ask.Rule)
	if p.unit != nil {
		add("unit", q.Text(p.unit.Name))
	}
	return out
}

func table(q *screen.Request, p page) ui.TableSpec {
	t := ui.TableSpec{
		Caption: q.T("nav.audit"),
		Columns: []ui.Column{{Text: q.T("audit.when")}, {Text: q.T("audit.who")}, {Text: q.T("audit.what")}, {Text: q.T("audit.where"), Optional: true}, {Text: q.T("audit.outcome"), Narrow: true}},
		Tools:   ui.PrintButton(q.View()),
		Empty:   ui.EmptySpec{Icon: ui.GlyphAudit, Title: q.T("audit.none"), Text: q.T("audit.none.text")},
		Count:   q.T("audit.shown", "Count", len(p.rows)),
	}
	for _, r := range p.rows {
		what := ui.Cell{Text: q.L.Sentence(actionName(q, r.Action)), Sub: objectName(q, r.Object)}
		if about := p.names[person(r)]; about != "" {
			what.Sub += ": " + about
		}
		out := ui.Cell{State: outcomeState(q, r.Outcome)}
		if r.Outcome == audit.Deny {
			out.Sub = r.Rule
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: q.View().DateTime(r.At), URL: "/audit/" + strconv.FormatInt(r.ID, 10)},
			{Text: whoName(q, r, p.names[r.AccountUID])},
			what,
			{Text: placeName(q, p, r)},
			out,
		}})
	}
	if p.next != "" {
		older := p.ask.values()
		older["after"] = p.next
		t.Pager = &ui.PagerSpec{Time: true, Next: address(older)}
	}
	if p.ask.After != "" {
		t.Tools = ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("audit.newest"), Icon: ui.GlyphBack, Kind: ui.Quiet, Small: true, URL: address(p.ask.values(), "after")})
	}
	return t
}

func foundTable(q *screen.Request, rows []identity.PersonRow) ui.TableSpec {
	t := ui.TableSpec{
		Caption: q.T("audit.person.found"), Columns: []ui.Column{{Text: q.T("people.name")}, {Text: q.T("people.posts")}},
		Empty: ui.EmptySpec{Icon: ui.GlyphSearch, Title: q.T("people.none_found"), Text: q.T("people.none_found.text")},
	}
	for _, r := range rows {
		var posts []string
		for _, p := range r.Posts {
			name := p.Role
			if role := q.Profile().Role(p.Role); role != nil {
				name = q.Text(role.Name)
			}
			posts = append(posts, name+", "+q.Text(p.Unit.Name))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: r.Name, Sub: r.Login, URL: "/audit?account=" + r.UID}, {Text: strings.Join(posts, " · ")}}})
	}
	return t
}

func entryFacts(q *screen.Request, d detail) []ui.Fact {
	v := q.View()
	facts := []ui.Fact{
		{Label: q.T("audit.when"), Value: v.DateTime(d.At)},
		{Label: q.T("audit.who"), Value: whoName(q, d.Record, d.who)},
		{Label: q.T("audit.action"), Value: q.L.Sentence(actionName(q, d.Action))},
		{Label: q.T("audit.object"), Value: q.L.Sentence(objectName(q, d.Object)), Note: d.about},
		{Label: q.T("audit.where"), Value: d.place},
	}
	if d.AccountUID != "" {
		facts[1].URL = "/people/" + d.AccountUID
	}
	law := lawText(q, d.Law)
	if d.Outcome == audit.Deny {
		law = "" // stands with the refusal
	}
	for _, x := range []struct{ label, value string }{
		{q.T("audit.target"), d.Target},
		{q.T("audit.purpose"), d.Purpose},
		{q.T("history.order"), orderText(q, d.Record)},
		{q.T("audit.law"), law},
		{q.T("audit.session"), d.Session},
		{q.T("audit.request"), d.RequestID},
		{q.T("audit.governed"), d.Governed},
	} {
		if x.value != "" {
			facts = append(facts, ui.Fact{Label: x.label, Value: x.value})
		}
	}
	sealed := q.T("audit.sealed.not_yet")
	if d.Sealed > 0 {
		sealed = q.T("audit.sealed.in", "Block", q.L.Number(int64(d.Sealed)))
	}
	return append(facts, ui.Fact{Label: q.T("audit.sealed"), Value: sealed})
}

func orderText(q *screen.Request, r audit.Record) string {
	switch {
	case r.Order.Number == "":
		return ""
	case r.Order.Date.IsZero():
		return r.Order.Number
	}
	return q.T("history.order_of", "Number", r.Order.Number, "Date", q.View().Date(r.Order.Date))
}

func lawText(q *screen.Request, ref string) string {
	if ref == "" {
		return ""
	}
	if name, ok := strings.CutPrefix(ref, "platform §"); ok {
		return known(q, "source.", name)
	}
	if strings.HasPrefix(ref, "system:") {
		return ""
	}
	return q.Profile().Cite(ref, q.L.Tag())
}

// refusalFacts say which check stopped it and why.
func refusalFacts(q *screen.Request, d detail) []ui.Fact {
	var facts []ui.Fact
	if d.Said != nil && q.L.Knows(d.Reason) {
		facts = append(facts, ui.Fact{Label: q.T("audit.refusal"), Value: q.L.Fault(&fault.Error{Key: d.Reason, Args: d.Said}).Reason, Long: true})
	}
	return append(facts, []ui.Fact{
		{Label: q.T("audit.check"), Value: known(q, "audit.check.", d.Check)},
		{Label: q.T("audit.rule"), Value: d.Rule},
		{Label: q.T("audit.law"), Value: lawText(q, d.Law)},
	}...)
}

// changes are what the entry changed: with values for who may see them.
func changes(q *screen.Request, d detail) []ui.Entry {
	e := ui.Entry{When: d.At, Who: whoName(q, d.Record, d.who), What: q.L.Sentence(actionName(q, d.Action)), Order: orderText(q, d.Record)}
	for _, c := range d.Changes {
		line := ui.Change{Label: fieldName(q, d.Object, c.Field), From: written(q, c.Field, c.Old), To: written(q, c.Field, c.New)}
		if !c.Erased.IsZero() {
			line.From, line.To = "", q.T("people.erased", "On", q.View().Date(c.Erased))
		}
		e.Changes = append(e.Changes, line)
	}
	return []ui.Entry{e}
}

// fieldName is a field's name in the profile, or in the words of the screens.
func fieldName(q *screen.Request, object, field string) string {
	if r := q.Profile().Register(object); r != nil {
		if f := r.Field(field); f != nil {
			return q.Text(f.Name)
		}
	}
	return known(q, "people.field.", field)
}

func fieldList(q *screen.Request, d detail) string {
	names := make([]string, 0, len(d.Fields))
	for _, f := range d.Fields {
		names = append(names, fieldName(q, d.Object, f))
	}
	return strings.Join(names, ", ")
}

// written writes a recorded value: an end, which is kept as the first moment at which something
// holds no longer, as people call it, and everything else as it is.
func written(q *screen.Request, field string, raw json.RawMessage) string {
	s := plain(raw)
	if field != "until" {
		return s
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return q.View().LastMoment(t)
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return q.View().LastDay(t)
	}
	return s
}

// plain writes a recorded value as it is: the trail translates nothing.
func plain(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func headFacts(q *screen.Request, p page) []ui.Fact {
	if p.head.Block == 0 {
		return []ui.Fact{{Label: q.T("audit.chain.blocks"), Value: q.T("audit.chain.none"), Long: true}}
	}
	facts := []ui.Fact{
		{Label: q.T("audit.chain.blocks"), Value: q.L.Number(int64(p.head.Block))},
		{Label: q.T("audit.chain.entries"), Value: q.L.Number(int64(p.head.Entries))},
		{Label: q.T("audit.chain.sealed"), Value: q.View().DateTime(p.head.Sealed)},
		{Label: q.T("audit.chain.head"), Value: grouped(p.head.Hash), Long: true},
	}
	return facts
}

// grouped parts a long hash so that it can be compared by eye, and broken on a
// narrow screen.
func grouped(hash string) string {
	var b strings.Builder
	for i, r := range hash {
		if i > 0 && i%8 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}
