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

// createPage is the form of a new institution.
type createPage struct {
	parent unit.Unit
	place  string
	ends   fault.Phrase // what becomes of it where the place ends; empty: it stays
	form   map[string]string
	blank  register.Blank
	key    string
	errs   ui.Errors
}

// entering asks first where, then what.
func (s *screens) entering(q *screen.Request) error {
	ctx := q.Context()
	scope, err := q.Gate.Scope(ctx, "create", registry.Institutions)
	if err != nil {
		return q.Gate.Refused(ctx, err)
	}
	uid := q.C.Query("parent")
	if uid == "" {
		if only, ok := s.reg.Places.Only(q, scope, parentLevels(q)); ok {
			uid = only.UID
		}
	}
	if uid == "" || q.C.Query("find") != "" || q.C.Query("in") != "" {
		k, err := s.reg.Places.Pick(q, register.Picker{
			Title: q.T("institution.add"), Lead: q.T("institution.add.where"), Crumbs: listCrumb(q), Base: "/institutions/new", Param: "parent",
		}, registry.Institutions, "create", parentLevels(q))
		if err != nil {
			return err
		}
		return q.Page(register.PickPage(q, k))
	}
	p, err := s.blank(q, uid)
	if err != nil {
		return err
	}
	p.key = screen.NewKey()
	return q.Page(s.createForm(q, p))
}

// parentLevels are the levels under which some type of institution may hang.
func parentLevels(q *screen.Request) []string {
	var out []string
	for _, t := range q.Profile().TypesAt(q.Today()) {
		for _, l := range q.Profile().ParentsOf(t) {
			if !slices.Contains(out, l) {
				out = append(out, l)
			}
		}
	}
	return out
}

// blank is the form for a place, with the fields that a new entry cannot lack.
func (s *screens) blank(q *screen.Request, parent string) (createPage, error) {
	p := createPage{form: map[string]string{}}
	var err error
	if p.parent, err = s.Tree.Get(q.Context(), parent); err != nil {
		return p, err
	}
	if _, err := q.Gate.Check(q.Context(), "create", gate.Target{Object: registry.Institutions, Path: p.parent.Path}); err != nil {
		return p, q.Gate.Refused(q.Context(), err)
	}
	if p.ends, err = s.Registry.Ends(q.Context(), p.parent); err != nil {
		return p, err
	}
	way, err := s.Tree.Way(q.Context(), p.parent)
	if err != nil {
		return p, err
	}
	p.place = register.PlaceLine(q, way)
	p.blank = s.reg.Blank(q)
	return p, nil
}

func (s *screens) enter(q *screen.Request) error {
	form := q.Form()
	p, err := s.blank(q, form.Value("parent"))
	if err != nil {
		return err
	}
	p.key = form.Key()
	for _, name := range []string{"code", "type", "since", "order.number", "order.date", "same_name"} {
		p.form[name] = form.Value(name)
	}
	var fields map[string]any
	p.blank, fields = s.reg.Read(q)
	n := registry.Entry{
		Parent: p.parent.UID, Type: form.Value("type"), Code: form.Value("code"), Since: form.Day("since"), Name: map[string]string{},
		Order: audit.Order{Number: form.Value("order.number"), Date: form.Day("order.date")}, Fields: fields,
		SameName: form.Ticked("same_name"),
	}
	for _, tag := range nameLanguages(q, nil) {
		p.form["name."+tag] = form.Value("name." + tag)
		if v := form.Value("name." + tag); v != "" {
			n.Name[tag] = v
		}
	}
	form.Require("name."+q.Profile().Main(), "type", "since", "order.number", "order.date")
	var made registry.Institution
	if err = form.Faults(); err == nil {
		made, err = s.Registry.Create(q.Context(), n)
	}
	if errs, status, ok := register.FormErrors(q, err); ok {
		askAgain(p.form, err)
		p.errs, p.blank = errs, s.reg.Demanded(q, p.blank, errs)
		return q.Render(status, s.createForm(q, p))
	}
	if err != nil {
		return err
	}
	return q.Done(recordURL(made.UID), "institution.entered")
}
