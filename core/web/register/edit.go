package register

import (
	"slices"
	"strings"

	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// What forms say besides what was typed. Only what the person changed is saved, so that a
// save takes nothing of a colleague's back that nobody touched; and where somebody else
// saved meanwhile, what stands is never taken for granted.
const (
	WasPrefix     = "_was."     // before a field's name: what stood there when the form was filled
	TakePrefix    = "_take."    // before a field's name: which of two values shall stand
	OfferedPrefix = "_offered." // before a field's name: that choice was offered
	Theirs        = "theirs"    // what stands
	Mine          = "mine"      // what was typed
)

// editPage is the form of one field group.
type editPage struct {
	record.Record
	group    *profile.Group
	seen     profile.Conditions
	window   *ui.Window
	inputs   []ui.FieldSpec
	was      map[string]string // what stood in the inputs when the form was filled
	key      string
	version  int
	errs     ui.Errors
	conflict *ui.ConflictSpec
	choices  []ui.FieldSpec // between the two values of a conflict
	offered  []string       // the fields that may be chosen in
}

// openGroup reads the institution and the group that the address names, and asks
// whether the caller may change it.
func (s *Screens) openGroup(q *screen.Request) (editPage, error) {
	var p editPage
	var err error
	id := q.C.Params("group")
	if p.group = q.Profile().Group(s.Records.ID() + "." + id); p.group == nil {
		return p, fault.New(fault.NotFound, "fault.no_page")
	}
	if p.Record, err = s.Records.GetForUpdate(q.Context(), q.C.Params("uid"), id); err != nil {
		return p, err
	}
	if !slices.Contains(p.Groups, id) {
		return p, fault.New(fault.NotFound, "fault.no_page")
	}
	if err := s.Records.Stands(q.Context(), p.Head); err != nil {
		return p, err
	}
	course, err := s.course(q, p.Record)
	if err != nil {
		return p, err
	}
	p.window, err = s.window(q, p.group, p.Record, course)
	p.seen = s.conditions(q, p.Record)
	return p, err
}

func (s *Screens) editing(q *screen.Request) error {
	p, err := s.openGroup(q)
	if err != nil {
		return err
	}
	p.key, p.version = screen.NewKey(), p.Version
	p.fill(q, p.Fields)
	return q.Page(s.editPage(q, p))
}

// fill derives the inputs from the profile.
func (p *editPage) fill(q *screen.Request, values map[string]any) {
	p.was = map[string]string{}
	for k := range p.group.Fields {
		f := &p.group.Fields[k]
		applies := p.seen.Applies(f)
		if _, filled := p.Fields[f.ID]; !filled && !applies && !(dependsOn(f) && holds(q, f)) {
			continue
		}
		spec := Input(q, f, values[f.ID], p.seen.Required(f))
		if f.WhenExpr != "" && spec.Hint == "" && dependsOn(f) {
			spec.Hint = q.T("record.if_applies")
		}
		p.inputs = append(p.inputs, spec)
		p.was[f.ID] = state(spec)
	}
}

func holds(q *screen.Request, f *profile.Field) bool { return f.Holds(profile.DateOf(q.Today())) }

// state is what an input sends, as one text.
func state(f ui.FieldSpec) string {
	if f.Input == ui.Checks {
		return joined(f.Values)
	}
	return f.Value
}

func joined(values []string) string {
	sorted := slices.Sorted(slices.Values(values))
	text := ""
	for _, v := range sorted {
		if v != "" {
			text += v + " "
		}
	}
	return text
}

// edit saves what was changed of a group.
func (s *Screens) edit(q *screen.Request) error {
	p, err := s.openGroup(q)
	if err != nil {
		return err
	}
	form := q.Form()
	p.key, p.version = form.Key(), form.Version()
	fields, count := p.changed(q, form)
	p.typedAgain(q, form)
	if undecided := p.undecided(q, form); undecided != nil {
		return s.conflict(q, p, undecided)
	}
	_, err = s.Records.Update(q.Context(), p.UID, p.version, fields)
	stale, conflicting := record.AsStale(err)
	if conflicting && len(stale.Fields) > 0 {
		return s.conflict(q, p, stale)
	}
	if conflicting || err == nil && count == 0 {
		return q.Done(s.URL(p.UID), "record.unchanged")
	}
	if errs, status, ok := FormErrors(q, err); ok {
		p.errs = errs
		return q.Render(status, s.editPage(q, p))
	}
	if err != nil {
		return err
	}
	return q.Done(s.URL(p.UID)+"#group-"+p.group.ID, "record.saved", "Group", q.Text(p.group.Name), "Count", count)
}

// changed are the fields that the person changed, so many, and those that were and
// stayed empty: what must be filled in is asked for.
func (p *editPage) changed(q *screen.Request, form *screen.Form) (fields map[string]any, count int) {
	fields = map[string]any{}
	for k := range p.group.Fields {
		f := &p.group.Fields[k]
		if !form.Has(WasPrefix+f.ID) || f.DerivedExpr != "" || form.Value(TakePrefix+f.ID) == Theirs {
			continue
		}
		now, was := form.Value(f.ID), form.Value(WasPrefix+f.ID)
		if f.Type.Kind == profile.KindReferences {
			now = joined(form.All(f.ID))
		}
		_, filled := p.Fields[f.ID]
		if strings.TrimSpace(now) != strings.TrimSpace(was) || now == "" && !filled {
			fields[f.ID] = Read(q, form, f)
		}
		if strings.TrimSpace(now) != strings.TrimSpace(was) {
			count++
		}
	}
	return fields, count
}

// typedAgain shows the form as it was sent.
func (p *editPage) typedAgain(q *screen.Request, form *screen.Form) {
	p.fill(q, p.Fields)
	for k := range p.inputs {
		f := &p.inputs[k]
		if !form.Has(WasPrefix + f.Name) {
			continue
		}
		if f.Input == ui.Checks {
			f.Values = form.All(f.Name)
		} else if form.Has(f.Name) {
			f.Value = form.Value(f.Name)
		}
		p.was[f.Name] = form.Value(WasPrefix + f.Name)
	}
}

// undecided are the fields of a conflict for which nothing was chosen: none of the two
// values is taken for granted.
func (p editPage) undecided(q *screen.Request, form *screen.Form) *record.Stale {
	stale, open := &record.Stale{Version: p.version}, false
	for k := range p.group.Fields {
		f := &p.group.Fields[k]
		if !form.Has(OfferedPrefix + f.ID) {
			continue
		}
		open = open || form.Value(TakePrefix+f.ID) == ""
		stale.Fields = append(stale.Fields, record.Difference{Field: f.ID, Now: p.Fields[f.ID], Yours: Read(q, form, f)})
	}
	if !open {
		return nil
	}
	return stale
}

// conflict shows what somebody else saved beside what was typed here; for each
// field the person chooses which stands.
func (s *Screens) conflict(q *screen.Request, p editPage, stale *record.Stale) error {
	form := q.Form()
	p.version, p.key = stale.Version, screen.NewKey()
	c, err := s.meanwhile(q, p.UID)
	if err != nil {
		return err
	}
	c.Saved = nil // each field shows what stands
	for _, d := range stale.Fields {
		f := s.of(q).Field(d.Field)
		if f == nil {
			continue
		}
		now, yours := Value(q, f, d.Now), Value(q, f, d.Yours)
		spec := ui.FieldSpec{
			Name: TakePrefix + f.ID, Input: ui.Radio, Label: q.Text(f.Name), Required: true, Value: form.Value(TakePrefix + f.ID),
			Options: []ui.Option{
				{Value: Theirs, Text: q.T("record.take.theirs", "Value", orNone(q, now))},
				{Value: Mine, Text: q.T("record.take.mine", "Value", orNone(q, yours))},
			},
		}
		was := before(q, f, p.was[f.ID])
		if was != "" {
			spec.Hint = q.T("ui.conflict.before", "Value", was)
		}
		switch { // nobody else touched it; or the choice is the reader's alone
		case was == now && spec.Value == "":
			spec.Value = Mine
		case spec.Value == "" && form.Has(OfferedPrefix+f.ID):
			form.Wrong(spec.Name, "record.take.choose", nil)
		}
		p.choices, p.offered = append(p.choices, spec), append(p.offered, f.ID)
	}
	p.errs, _ = q.Errors(form.Faults())
	p.conflict = &c
	return q.Render(409, s.editPage(q, p))
}

// meanwhile is the latest act on a record.
func (s *Screens) meanwhile(q *screen.Request, uid string) (ui.ConflictSpec, error) {
	h, err := s.Records.History(q.Context(), uid, "")
	if err != nil {
		return ui.ConflictSpec{}, err
	}
	return s.Teller().Meanwhile(q, h.Changes, 1)
}

// before is what stood in an input when the form was filled, in words.
func before(q *screen.Request, f *profile.Field, was string) string {
	switch f.Type.Kind {
	case profile.KindReference:
		return itemName(q, f, was)
	case profile.KindReferences:
		return listText(q, f, strings.Fields(was))
	case profile.KindBool:
		if was != "" {
			return Value(q, f, was == "true")
		}
	case profile.KindInt, profile.KindDecimal:
		if x, err := q.L.ParseNumber(was); err == nil {
			return Value(q, f, x)
		}
	case profile.KindText, profile.KindLongText, profile.KindDate, profile.KindYear, profile.KindPhone, profile.KindEmail, profile.KindURL, profile.KindIdentifier: // as it stood there
	}
	return was
}

func orNone(q *screen.Request, s string) string {
	if s == "" {
		return q.T("ui.none")
	}
	return s
}

// hidden carries what was typed through the choice of a conflict.
func (p editPage) hidden() []ui.FieldSpec {
	var out []ui.FieldSpec
	for _, id := range p.offered {
		out = append(out, ui.FieldSpec{Name: OfferedPrefix + id, Input: ui.Hidden, Value: "1"})
	}
	for _, f := range p.inputs {
		out = append(out, ui.FieldSpec{Name: WasPrefix + f.Name, Input: ui.Hidden, Value: p.was[f.Name]})
		if p.conflict == nil {
			continue
		}
		for _, v := range f.Values {
			out = append(out, ui.FieldSpec{Name: f.Name, Input: ui.Hidden, Value: v})
		}
		if f.Input != ui.Checks {
			out = append(out, ui.FieldSpec{Name: f.Name, Input: ui.Hidden, Value: f.Value})
		}
	}
	return out
}
