package register

import (
	"slices"

	"mektep/core/audit"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/unit"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// createPage is the form of a new record.
type createPage struct {
	parent unit.Unit
	place  string
	form   map[string]string
	blank  Blank
	key    string
	errs   ui.Errors
}

// Blank are the fields that no new record can lack.
type Blank struct {
	Groups []*profile.Group          // that have such fields
	Inputs map[string][]ui.FieldSpec // these fields, by group
}

// Blank are the inputs of a new record: what none can lack, and fields that are asked
// besides, since others of the form demand them.
func (s *Screens) Blank(q *screen.Request, asked ...string) Blank {
	b := Blank{Inputs: map[string][]ui.FieldSpec{}}
	of := s.of(q)
	for k := range of.Groups {
		g := &of.Groups[k]
		for n := range g.Fields {
			f := &g.Fields[n]
			always := f.RequiredExpr == "true"
			if holds(q, f) && f.DerivedExpr == "" && (always || slices.Contains(asked, f.ID)) {
				b.Inputs[g.ID] = append(b.Inputs[g.ID], Input(q, f, nil, always))
			}
		}
		if len(b.Inputs[g.ID]) > 0 {
			b.Groups = append(b.Groups, g)
		}
	}
	return b
}

// Read takes the fields from the form that was sent, and the form as it was typed.
func (s *Screens) Read(q *screen.Request) (Blank, map[string]any) {
	form, fields := q.Form(), map[string]any{}
	b := s.Blank(q, form.Names()...)
	for id, inputs := range b.Inputs {
		for k := range inputs {
			fields[inputs[k].Name] = Read(q, form, s.of(q).Field(inputs[k].Name))
			b.Inputs[id][k].Value, b.Inputs[id][k].Values = form.Value(inputs[k].Name), form.All(inputs[k].Name)
		}
	}
	return b, fields
}

// Demanded is the form as it was typed, with the fields that are wrong and that it did not
// ask: what was entered demands them.
func (s *Screens) Demanded(q *screen.Request, typed Blank, errs ui.Errors) Blank {
	asked := q.Form().Names()
	for _, e := range errs {
		asked = append(asked, e.Name)
	}
	b := s.Blank(q, asked...)
	for id, inputs := range b.Inputs {
		for k := range inputs {
			if at := slices.IndexFunc(typed.Inputs[id], func(f ui.FieldSpec) bool { return f.Name == inputs[k].Name }); at >= 0 {
				b.Inputs[id][k] = typed.Inputs[id][at]
			}
		}
	}
	return b
}

// entering asks first where, then what.
func (s *Screens) entering(q *screen.Request) error {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "create", s.Records.ID())
	if err != nil {
		return q.Gate.Refused(ctx, err)
	}
	uid := q.C.Query("parent")
	if uid == "" {
		if only, ok := s.Places.Only(q, scope, s.In); ok {
			uid = only.UID
		}
	}
	if uid == "" || q.C.Query("find") != "" || q.C.Query("in") != "" {
		k, err := s.Places.Pick(q, Picker{
			Title: q.T(s.Words.Add), Lead: q.T(s.Words.AddWhere), Crumbs: s.ListCrumb(q), Base: s.Path + "/new", Param: "parent",
		}, s.Records.ID(), "create", s.In)
		if err != nil {
			return err
		}
		return q.Page(PickPage(q, k))
	}
	p, err := s.blank(q, uid)
	if err != nil {
		return err
	}
	p.key = screen.NewKey()
	return q.Page(s.createPage(q, p))
}

func (s *Screens) blank(q *screen.Request, parent string) (createPage, error) {
	p := createPage{form: map[string]string{}}
	var err error
	if p.parent, err = s.Tree.Get(q.Context(), parent); err != nil {
		return p, err
	}
	if _, err := q.Gate.Check(q.Context(), "create", gate.Target{Object: s.Records.ID(), Path: p.parent.Path, Type: p.parent.Type}); err != nil {
		return p, q.Gate.Refused(q.Context(), err)
	}
	way, err := s.Tree.Way(q.Context(), p.parent)
	p.place, p.blank = PlaceLine(q, way), s.Blank(q)
	return p, err
}

// plain are the inputs of a new record that the profile does not declare.
var plain = []string{"code", "since", "order.number", "order.date"}

func (s *Screens) enter(q *screen.Request) error {
	form := q.Form()
	p, err := s.blank(q, form.Value("parent"))
	if err != nil {
		return err
	}
	p.key = form.Key()
	for _, name := range plain {
		p.form[name] = form.Value(name)
	}
	var fields map[string]any
	p.blank, fields = s.Read(q)
	n := record.Entry{
		Parent: p.parent.UID, Code: form.Value("code"), Since: form.Day("since"), Fields: fields,
		Order: audit.Order{Number: form.Value("order.number"), Date: form.Day("order.date")},
	}
	var made record.Record
	if err = form.Faults(); err == nil {
		made, err = s.Records.Create(q.Context(), n)
	}
	if errs, status, ok := FormErrors(q, err); ok {
		p.errs, p.blank = errs, s.Demanded(q, p.blank, errs)
		return q.Render(status, s.createPage(q, p))
	}
	if err != nil {
		return err
	}
	return q.Done(s.URL(made.UID), s.Words.Entered)
}

func (s *Screens) createInputs(q *screen.Request, p createPage) []ui.FieldSpec {
	code := ui.FieldSpec{Name: "code", Label: s.CodeName(q), Value: p.form["code"], Width: ui.Third, MaxLength: 64}
	if id := q.Profile().Identifier(s.Records.CodeID()); id != nil {
		code.Hint, code.Placeholder = q.Text(id.Help), q.T("record.example", "Example", id.Valid[0])
	}
	return []ui.FieldSpec{
		{Name: "since", Input: ui.Date, Label: q.T("record.since"), Value: p.form["since"], Required: true, Width: ui.Third},
		code,
	}
}

// orderInputs ask for the order that the entry rests on, where there is one.
func orderInputs(q *screen.Request, form map[string]string) []ui.FieldSpec {
	return []ui.FieldSpec{
		{Name: "order.number", Label: q.T("record.order.number"), Value: form["order.number"], Width: ui.Third, MaxLength: 60},
		{Name: "order.date", Input: ui.Date, Label: q.T("record.order.date"), Value: form["order.date"], Width: ui.Third},
	}
}

func placeFact(q *screen.Request, s *Screens, p createPage) []ui.Fact {
	return []ui.Fact{{Label: q.T(s.Words.InPlace), Value: q.Text(p.parent.Name), Note: LevelName(q, p.parent.Level), URL: s.Path + "/new?in=" + p.parent.UID}}
}
