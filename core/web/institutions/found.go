package institutions

import (
	"slices"

	"mektep/core/audit"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/register"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// foundPage is the form that enters a place of the territory, or an office.
type foundPage struct {
	parent unit.Unit
	way    []unit.Unit // the units above what is to be, its parent included
	levels []string
	form   map[string]string
	key    string
	errs   ui.Errors
}

func targetBelow(above unit.Unit) gate.Target {
	return gate.Target{Object: registry.Units, Path: above.Path}
}

// founding opens the form below a unit; without one, below the ministry.
func (s *screens) founding(q *screen.Request, parent string) (foundPage, error) {
	p := foundPage{form: map[string]string{}}
	var err error
	if parent == "" {
		p.parent, err = s.Tree.Root(q.Context())
	} else {
		p.parent, err = s.Tree.Get(q.Context(), parent)
	}
	if err != nil {
		return p, err
	}
	if err := mayFound(q, p.parent); err != nil {
		return p, err
	}
	if p.levels = levelsBelow(q, p.parent.Level); len(p.levels) == 0 {
		return p, fault.New(fault.NotFound, "fault.no_page")
	}
	p.way, err = s.Tree.Way(q.Context(), p.parent)
	return p, err
}

func (s *screens) foundingUnit(q *screen.Request) error {
	p, err := s.founding(q, q.C.Query("parent"))
	if err != nil {
		return err
	}
	p.key = screen.NewKey()
	return q.Page(foundForm(q, p))
}

func (s *screens) foundUnit(q *screen.Request) error {
	form := q.Form()
	p, err := s.founding(q, form.Value("parent"))
	if err != nil {
		return err
	}
	p.key = form.Key()
	for _, name := range form.Names() {
		p.form[name] = form.Value(name)
	}
	n := registry.NewUnit{
		Parent: p.parent.UID, Level: form.Value("level"), Code: form.Value("code"), Name: map[string]string{},
		Act: registry.Act{Since: form.Day("since"), Far: form.Meant("far"), SameName: form.Ticked("same_name"), Order: audit.Order{Number: form.Value("order.number"), Date: form.Day("order.date")}},
	}
	if n.Level == "" && len(p.levels) == 1 {
		n.Level = p.levels[0]
	}
	for _, tag := range nameLanguages(q, nil) {
		if v := form.Value("name." + tag); v != "" {
			n.Name[tag] = v
		}
	}
	form.Require("name."+q.Profile().Main(), "code", "since", "order.number", "order.date")
	var made unit.Unit
	if err = form.Faults(); err == nil {
		made, err = s.Registry.Territory.Create(q.Context(), n)
	}
	if errs, status, ok := register.FormErrors(q, err); ok {
		p.errs = placeless(errs)
		askAgain(p.form, err)
		return q.Render(status, foundForm(q, p))
	}
	if err != nil {
		return err
	}
	return q.Done(unitURL(made.UID), "unit.entered")
}

// placeless names no field for what is wrong with the unit above: the form has none for it.
func placeless(errs ui.Errors) ui.Errors {
	for k := range errs {
		if errs[k].Name == "parent" {
			errs[k].Name = ""
		}
	}
	return errs
}

func foundInputs(q *screen.Request, p foundPage) []ui.FieldSpec {
	out := []ui.FieldSpec{{Name: "parent", Input: ui.Hidden, Value: p.parent.UID}}
	if len(p.levels) > 1 {
		options := make([]ui.Option, 0, len(p.levels))
		for _, l := range p.levels {
			options = append(options, ui.Option{Value: l, Text: register.LevelName(q, l)})
		}
		out = append(out, ui.FieldSpec{Name: "level", Input: ui.Select, Label: q.T("unit.level"), Value: p.form["level"], Required: true, Prompt: q.T("ui.select.none"), Options: options})
	}
	out = append(out, nameInputs(q, slices.Clone(nameLanguages(q, nil)), p.form)...)
	return append(out, ui.FieldSpec{Name: "code", Label: q.T("record.code"), Value: p.form["code"], Required: true, Width: ui.Third, MaxLength: 40, Hint: q.T("unit.code.hint")})
}
