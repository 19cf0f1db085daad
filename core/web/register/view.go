package register

import (
	"net/url"
	"slices"

	"mektep/core/profile"
	"mektep/core/record"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// What a reader makes of a list: further columns, and filters saved under a name.

// chosen fills in what the reader has made of the list.
func (s *Screens) chosen(q *screen.Request, p *listPage) (err error) {
	ctx := q.Context()
	if p.views, err = s.Records.Views(ctx); err != nil || len(p.views.Columns) == 0 {
		return err
	}
	if p.shown, err = s.Records.Shown(ctx); err != nil || len(p.shown) == 0 {
		return err
	}
	p.values, err = s.Records.Values(ctx, p.page.Items)
	return err
}

// numeric fields stand to the right.
func numeric(f *profile.Field) bool {
	return f.Type.Kind == profile.KindInt || f.Type.Kind == profile.KindDecimal
}

// columnsURL leads to the choice of columns, and back to the same list.
func (s *Screens) columnsURL(at Address) string { return back(s.Path+"/columns", at) }

// viewsURL leads to where what is asked gets a name.
func (s *Screens) viewsURL(at Address) string { return back(s.Path+"/views", at) }

func back(path string, at Address) string {
	u := at.Whole()
	u.path = path
	return u.String()
}

// savedItems lead to what the reader has saved, and to where it is forgotten.
func (s *Screens) savedItems(q *screen.Request, v record.Views) []ui.MenuItem {
	var items []ui.MenuItem
	for _, one := range v.Saved {
		items = append(items, ui.MenuItem{Text: one.Name, Icon: ui.GlyphFilter, URL: s.savedURL(one)})
	}
	return append(items, ui.MenuItem{Text: q.T("view.manage"), Icon: ui.GlyphSettings, URL: s.Path + "/views"})
}

// toolItems are the tools of a list in one menu.
func (s *Screens) toolItems(q *screen.Request, p listPage) []ui.MenuItem {
	var items []ui.MenuItem
	if p.at.narrowed() {
		items = append(items, ui.MenuItem{Text: q.T("view.save"), Icon: ui.GlyphPin, URL: s.viewsURL(p.at)})
	}
	if len(p.views.Saved) > 0 {
		items = append(items, s.savedItems(q, p.views)...)
	}
	items = append(items, ui.MenuItem{Text: q.T("view.columns.title"), Icon: ui.GlyphTable, URL: s.columnsURL(p.at)})
	if p.several != "" {
		items = append(items, ui.MenuItem{Text: q.T("record.several"), Icon: ui.GlyphEdit, URL: p.several})
	}
	return append(items, p.offers.Files...)
}

// savedURL is the list with saved filters. They are read as an address is, so that nothing
// else comes of what was saved.
func (s *Screens) savedURL(v record.View) string {
	asked, err := url.ParseQuery(v.Asked)
	if err != nil {
		return s.Path
	}
	return s.address(asked).Whole().String()
}

// columnsPage is the choice of columns.
type columnsPage struct {
	at     Address
	groups []*profile.Group
	fields map[string]ui.FieldSpec // by group
	errs   ui.Errors
	key    string
}

// columnsPrefix precedes a group's id in the name of its tick boxes.
const columnsPrefix = "columns."

func (s *Screens) choice(q *screen.Request, at Address, ticked []string) (columnsPage, error) {
	p := columnsPage{at: at, fields: map[string]ui.FieldSpec{}}
	all, err := s.Records.Choosable(q.Context())
	if err != nil {
		return p, q.Gate.Refused(q.Context(), err)
	}
	for _, f := range all {
		g := f.Group()
		spec, there := p.fields[g.ID]
		if !there {
			p.groups = append(p.groups, g)
			spec = ui.FieldSpec{Name: columnsPrefix + g.ID, Input: ui.Checks, Label: q.Text(g.Name)}
		}
		spec.Options = append(spec.Options, ui.Option{Value: f.ID, Text: q.Text(f.Name)})
		if slices.Contains(ticked, f.ID) {
			spec.Values = append(spec.Values, f.ID)
		}
		p.fields[g.ID] = spec
	}
	return p, nil
}

func (s *Screens) columns(q *screen.Request) error {
	v, err := s.Records.Views(q.Context())
	if err != nil {
		return err
	}
	p, err := s.choice(q, s.Asked(q), v.Columns)
	if err != nil {
		return err
	}
	p.key = screen.NewKey()
	return q.Page(s.columnsPage(q, p))
}

func (s *Screens) choose(q *screen.Request) error {
	form := q.Form()
	at := s.askedBefore(form)
	var ticked []string
	for _, name := range form.Names() {
		if len(name) > len(columnsPrefix) && name[:len(columnsPrefix)] == columnsPrefix {
			ticked = append(ticked, form.All(name)...)
		}
	}
	err := s.Records.ChooseColumns(q.Context(), ticked)
	if errs, status, ok := FormErrors(q, err); ok {
		p, err := s.choice(q, at, ticked)
		if err != nil {
			return err
		}
		for k := range errs {
			if len(p.groups) > 0 && errs[k].Name == "columns" {
				errs[k].Name = columnsPrefix + p.groups[0].ID
			}
		}
		p.errs, p.key = errs, form.Key()
		return q.Render(status, s.columnsPage(q, p))
	}
	if err != nil {
		return err
	}
	return q.Done(at.String(), "view.columns.saved")
}

// askedBefore is the list from which a form of its own was opened.
func (s *Screens) askedBefore(form *screen.Form) Address {
	asked, err := url.ParseQuery(form.Value("asked"))
	if err != nil {
		return Address{path: s.Path}
	}
	return s.address(asked).Whole()
}

// viewsPage is what the reader has saved, with the form to save what is asked now.
type viewsPage struct {
	at    Address
	asked []ui.Chip // what is asked now
	saved []record.View
	name  string
	errs  ui.Errors
	key   string
}

func (s *Screens) views(q *screen.Request, at Address) (viewsPage, error) {
	p := viewsPage{at: at}
	ctx := q.Context()
	v, err := s.Records.Views(ctx)
	if err != nil || !at.narrowed() {
		p.saved = v.Saved
		return p, err
	}
	p.saved = v.Saved
	l := listPage{at: at}
	if l.filters, err = s.Records.Filters(ctx); err != nil {
		return p, err
	}
	if err := s.choices(q, &l); err != nil {
		return p, q.Gate.Refused(ctx, err)
	}
	p.asked = s.chips(q, l)
	return p, nil
}

func (s *Screens) saved(q *screen.Request) error {
	p, err := s.views(q, s.Asked(q).Whole())
	if err != nil {
		return err
	}
	p.key = screen.NewKey()
	return q.Page(s.viewsPage(q, p))
}

func (s *Screens) save(q *screen.Request) error {
	form := q.Form()
	at := s.askedBefore(form)
	at.Several = false
	err := s.Records.SaveView(q.Context(), form.Value("name"), at.Values().Encode())
	if errs, status, ok := FormErrors(q, err); ok {
		p, err := s.views(q, at)
		if err != nil {
			return err
		}
		p.errs, p.key, p.name = errs, form.Key(), form.Value("name")
		return q.Render(status, s.viewsPage(q, p))
	}
	if err != nil {
		return err
	}
	return q.Done(at.String(), "view.kept", "Name", form.Value("name"))
}

func (s *Screens) drop(q *screen.Request) error {
	if err := s.Records.DropView(q.Context(), q.C.Params("uid")); err != nil {
		return err
	}
	return q.Done(s.Path+"/views", "view.dropped")
}

func (s *Screens) savedRows(q *screen.Request, p viewsPage) []ui.Row {
	rows := make([]ui.Row, len(p.saved))
	for k, v := range p.saved {
		rows[k] = ui.Row{Cells: []ui.Cell{
			{Text: v.Name, URL: s.savedURL(v)},
			{Body: ui.Confirm(q.View(), ui.ConfirmSpec{
				ID: "drop-" + v.UID, Button: ui.ButtonSpec{Text: q.T("view.drop"), Icon: ui.GlyphTrash, Kind: ui.Quiet, Small: true},
				Title: q.T("view.drop.ask", "Name", v.Name), Action: s.Path + "/views/" + v.UID + "/delete", Key: screen.NewKey(), Yes: q.T("view.drop"), Danger: true,
			})},
		}}
	}
	return rows
}
