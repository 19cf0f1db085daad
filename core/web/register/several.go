package register

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// Several records are changed alike in four steps of one form: they are ticked in the list,
// a group of fields is chosen, values are given, and it is shown what becomes of each before
// anything is saved. Nothing is kept between the steps but what the form carries.

// The steps, as the form's button says which is next.
const (
	stepGroup  = "group"
	stepValues = "values"
	stepLook   = "look"
	stepSave   = "save"
)

// clearing is the name of the boxes of the fields whose values are to be taken away.
const clearing = "_clear"

// severalPage is what the form carries, and what is shown of it.
type severalPage struct {
	ids    []string
	groups []*profile.Group // that the caller may change somewhere
	group  *profile.Group
	inputs []ui.FieldSpec
	clear  []string // ids of fields
	edits  []record.Edit
	key    string
	errs   ui.Errors
	no     string // why it was not saved
	then   string // what to do about it
	next   string
}

// severalURL is the list with tick boxes, for who may change anything in it; else empty.
func (s *Screens) severalURL(q *screen.Request, at Address) string {
	of := s.of(q)
	for k := range of.Groups {
		if !at.Several && s.changes(q, &of.Groups[k]) {
			at.Several = true
			return at.String()
		}
	}
	return ""
}

// changes reports whether the caller may change fields of a group of several records alike.
func (s *Screens) changes(q *screen.Request, g *profile.Group) bool {
	if g.Owner != "" && g.Owner != "self" || !May(q, "update", g.Object()) {
		return false
	}
	for k := range g.Fields {
		if likeable(q, &g.Fields[k]) {
			return true
		}
	}
	return false
}

// changeable are the groups of fields that the caller may change of some record.
func (s *Screens) changeable(q *screen.Request) []*profile.Group {
	of := s.of(q)
	var out []*profile.Group
	for k := range of.Groups {
		if g := &of.Groups[k]; s.changes(q, g) {
			out = append(out, g)
		}
	}
	return out
}

// alike are the fields of a group that several records can have alike: not what is derived,
// nor what no two share.
func (s *Screens) alike(q *screen.Request, g *profile.Group) []*profile.Field {
	var out []*profile.Field
	for k := range g.Fields {
		if f := &g.Fields[k]; likeable(q, f) {
			out = append(out, f)
		}
	}
	return out
}

func likeable(q *screen.Request, f *profile.Field) bool {
	return f.DerivedExpr == "" && !f.Unique && holds(q, f)
}

// at is the address of the form with the records and the group chosen, to which what was typed
// is brought back after a refusal elsewhere, such as the end of the session.
func (s *Screens) at(p severalPage) string {
	v := url.Values{"ids": {strings.Join(p.ids, ",")}}
	if p.group != nil {
		v.Set("group", p.group.ID)
	}
	return s.Path + "/several?" + v.Encode()
}

// tick shows the form as its address says; without records it leads to the list, where they
// are ticked.
func (s *Screens) tick(q *screen.Request) error {
	if q.C.Query("ids") == "" {
		return q.Page(s.severalPage(q, severalPage{}))
	}
	return s.step(q, strings.Split(q.C.Query("ids"), ","), q.C.Query("group"), stepValues)
}

// several goes one step on.
func (s *Screens) several(q *screen.Request) error {
	form := q.Form()
	step := form.Value("step")
	if form.Has("back") {
		step = stepValues
	}
	return s.step(q, form.All("id"), form.Value("group"), step)
}

func (s *Screens) step(q *screen.Request, ids []string, group, step string) error {
	form := q.Form()
	p := severalPage{groups: s.changeable(q), key: form.Key()}
	if len(p.groups) == 0 {
		if _, err := q.Gate.Scope(q.Context(), "update", s.Records.ID()); err != nil {
			return q.Gate.Refused(q.Context(), err)
		}
		return fault.New(fault.NotFound, "fault.no_page")
	}
	for _, id := range ids {
		uid, _, _ := strings.Cut(id, ":")
		if uid != "" && !slices.Contains(p.ids, uid) {
			p.ids = append(p.ids, uid)
		}
	}
	if k := slices.IndexFunc(p.groups, func(g *profile.Group) bool { return g.ID == group }); k >= 0 {
		p.group = p.groups[k]
	} else if len(p.groups) == 1 {
		p.group, step = p.groups[0], stepValues
	} else if step == stepValues && form.Has("step") {
		form.Wrong("group", "record.several.no_group", nil)
	}
	if step == stepGroup {
		p.group = nil
	}
	var fields, given map[string]any
	looks := p.group != nil && (step == stepLook || step == stepSave)
	if p.group != nil {
		fields = p.read(q, s, form)
	}
	if looks {
		given = fields
	}
	var err error
	p.edits, err = s.Records.PreviewSeveral(q.Context(), p.ids, given)
	if err != nil && fault.KindOf(err) == fault.Invalid {
		p.no = q.L.Fault(fault.From(err)).Reason
		return q.Render(q.Refused(err), s.severalPage(q, p))
	}
	if err != nil {
		return err
	}
	q.View().Page = s.at(p)
	if wrong := form.Faults(); wrong != nil {
		p.errs = ui.ErrorsOf(q.View(), wrong)
		return q.Render(q.Refused(wrong), s.severalPage(q, p))
	}
	if !looks {
		return q.Page(s.severalPage(q, p))
	}
	if len(fields) == 0 {
		p.no = q.T("record.several.nothing")
		return q.Render(422, s.severalPage(q, p))
	}
	if same := s.wrongForAll(q, p.edits, fields); len(same) > 0 {
		p.errs = same
		return q.Render(422, s.severalPage(q, p))
	}
	if step == stepSave {
		return s.saveSeveral(q, p, form, fields)
	}
	p.next = stepSave
	return q.Page(s.severalPage(q, p))
}

// wrongForAll are the mistakes of a value that is wrong whatever record it is for: they are
// put right where it was typed.
func (s *Screens) wrongForAll(q *screen.Request, edits []record.Edit, given map[string]any) ui.Errors {
	for _, e := range edits {
		if e.Why == nil || fault.KindOf(e.Why) != fault.Invalid {
			return nil
		}
		for _, x := range fault.From(e.Why).Fields {
			if _, typed := given[x.Name]; !typed {
				return nil
			}
		}
	}
	if len(edits) == 0 {
		return nil
	}
	return ui.ErrorsOf(q.View(), edits[0].Why)
}

// read takes the values from the form, and shows them as they were typed.
func (p *severalPage) read(q *screen.Request, s *Screens, form *screen.Form) map[string]any {
	fields := map[string]any{}
	p.clear = form.All(clearing)
	for _, f := range s.alike(q, p.group) {
		spec := Input(q, f, nil, false)
		if spec.Input == ui.Select {
			spec.Prompt = q.T("record.several.stays")
		}
		spec.Value, spec.Values = form.Value(f.ID), form.All(f.ID)
		p.inputs = append(p.inputs, spec)
		switch given := spec.Value != "" || slices.ContainsFunc(spec.Values, func(v string) bool { return v != "" }); {
		case given && slices.Contains(p.clear, f.ID):
			form.Wrong(f.ID, "record.several.both", nil)
		case given:
			fields[f.ID] = Read(q, form, f)
		case slices.Contains(p.clear, f.ID):
			fields[f.ID] = ""
		}
	}
	return fields
}

// saveSeveral saves what was looked at: the records that would change, as they were then.
func (s *Screens) saveSeveral(q *screen.Request, p severalPage, form *screen.Form, fields map[string]any) error {
	var of []record.Versioned
	for _, id := range form.All("id") {
		uid, version, _ := strings.Cut(id, ":")
		if n, err := strconv.Atoi(version); err == nil {
			of = append(of, record.Versioned{UID: uid, Version: n})
		}
	}
	n, err := s.Records.UpdateSeveral(q.Context(), of, fields)
	switch k := fault.KindOf(err); {
	case err == nil:
		return q.Done(s.Path, "record.several.saved", "Count", n)
	case k == fault.Conflict || k == fault.Invalid || k == fault.Denied || k == fault.Locked:
		status := q.Refused(err)
		x := q.View().L.Fault(fault.From(err))
		var one *record.OneOfSeveral
		if errors.As(err, &one) {
			if k := slices.IndexFunc(p.edits, func(e record.Edit) bool { return e.UID == one.UID }); k >= 0 {
				x.Reason = s.Name(q, p.edits[k].Head) + ": " + x.Reason
			}
		}
		p.no, p.then, p.next, p.key = x.Reason, x.NextText, stepSave, screen.NewKey()
		return q.Render(status, s.severalPage(q, p))
	}
	return err
}

// carried are the hidden fields of a step.
func (p severalPage) carried(values, versions bool) []ui.FieldSpec {
	var out []ui.FieldSpec
	for _, e := range p.edits {
		id := e.UID
		if versions && e.Why == nil && len(e.Changes) > 0 {
			id += ":" + strconv.Itoa(e.Version)
		}
		out = append(out, ui.FieldSpec{Name: "id", Input: ui.Hidden, Value: id})
	}
	if p.group != nil {
		out = append(out, ui.FieldSpec{Name: "group", Input: ui.Hidden, Value: p.group.ID})
	}
	if !values {
		return out
	}
	for _, f := range p.inputs {
		for _, v := range f.Values {
			out = append(out, ui.FieldSpec{Name: f.Name, Input: ui.Hidden, Value: v})
		}
	}
	for _, id := range p.clear {
		out = append(out, ui.FieldSpec{Name: clearing, Input: ui.Hidden, Value: id})
	}
	return out
}

// clearable are the fields that a record may be without.
func (p severalPage) clearable(q *screen.Request, s *Screens) ui.FieldSpec {
	spec := ui.FieldSpec{Name: clearing, Input: ui.Checks, Label: q.T("record.several.clear"), Hint: q.T("record.several.clear.hint"), Values: p.clear}
	for _, f := range s.alike(q, p.group) {
		if f.RequiredExpr != "true" {
			spec.Options = append(spec.Options, ui.Option{Value: f.ID, Text: q.Text(f.Name)})
		}
	}
	return spec
}

// counts says how many records would change, stay and be refused.
func (p severalPage) counts() (change, stay, refused int) {
	for _, e := range p.edits {
		switch {
		case e.Why != nil:
			refused++
		case len(e.Changes) == 0:
			stay++
		default:
			change++
		}
	}
	return change, stay, refused
}

func (s *Screens) editRows(q *screen.Request, p severalPage) []ui.Row {
	rows := make([]ui.Row, 0, len(p.edits))
	for _, e := range p.edits {
		row := ui.Row{Cells: []ui.Cell{{Text: s.Name(q, e.Head), URL: s.URL(e.UID), Sub: e.Code}, {Text: s.changesText(q, e.Changes)}}}
		switch {
		case e.Why != nil:
			row.Error = s.whyText(q, e.Why)
			if why := Explained(q, e.Why); why != nil {
				row.Cells[1].Body = ui.WhyNot(q.View(), *why)
			}
		case len(e.Changes) == 0:
			row.Muted, row.Cells[1].Text = true, q.T("record.several.same")
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *Screens) changesText(q *screen.Request, changes []audit.Change) string {
	texts := make([]string, 0, len(changes))
	for _, c := range changes {
		if f := s.of(q).Field(c.Field); f != nil {
			texts = append(texts, q.T("record.several.change", "Field", q.Text(f.Name), "Old", orNone(q, Value(q, f, c.Old)), "New", orNone(q, Value(q, f, c.New))))
		}
	}
	return strings.Join(texts, "; ")
}

// whyText is a refusal in one line.
func (s *Screens) whyText(q *screen.Request, why error) string {
	var texts []string
	said := *fault.From(why)
	said.Fields = slices.Clone(said.Fields)
	for k := range said.Fields {
		if said.Fields[k].Key == "field.not_applicable" { // "leave it empty" would be said of all of them
			said.Fields[k].Key = "record.several.not_applicable"
		}
	}
	for _, e := range ui.ErrorsOf(q.View(), &said) {
		if f := s.of(q).Field(e.Name); f != nil {
			texts = append(texts, q.Text(f.Name)+": "+e.Text)
		}
	}
	if len(texts) > 0 {
		return strings.Join(texts, " ")
	}
	return q.L.Fault(fault.From(why)).Reason
}
