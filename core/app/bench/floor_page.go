package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/a-h/templ"
	"github.com/gofiber/fiber/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"mektep/core/clock"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/registry"
	"mektep/core/unit"
	"mektep/core/web/assets"
	"mektep/core/web/ui"
	"mektep/locales"
	"mektep/profiles"
)

func executable() (string, error) { return os.Executable() }

// barePage renders the list page from the same parts as the product. What is the
// same on every page is made once: words, menus, the frame.
type barePage struct {
	l       *locale.Localizer
	view    ui.View
	head    ui.Head
	filters ui.FiltersSpec
	columns []ui.Column
	types   map[string]string
	groups  []string
	total   int
	count   string
}

func newBarePage(ctx context.Context, pool *pgxpool.Pool, tenant int32, country string, total int) (*barePage, error) {
	p, found := profile.Load(profiles.FS, country)
	if err := found.Err(); err != nil {
		return nil, err
	}
	words, err := locale.Load(locales.FS, nil)
	if err != nil {
		return nil, err
	}
	bundle, err := assets.Open()
	if err != nil {
		return nil, err
	}
	l := words.Localizer(p.Main())
	b := &barePage{l: l, types: map[string]string{}, total: total, count: l.T("institution.count", "Count", total)}
	for i := range p.Types {
		b.types[p.Types[i].ID] = l.Text(p.Types[i].Name)
	}
	for i := range p.Register(registry.Institutions).Groups {
		b.groups = append(b.groups, p.Register(registry.Institutions).Groups[i].ID)
	}
	code := l.T("institution.code")
	if id := p.Identifier("institution_code"); id != nil {
		code = l.Text(id.Name)
		if len(id.Short) > 0 {
			code = l.Text(id.Short)
		}
	}
	b.columns = []ui.Column{{Text: l.T("institution.name")}, {Text: code, Narrow: true}, {Text: l.T("institution.type")}, {Text: l.T("institution.place")}}
	b.frame(p, words, bundle)
	return b, b.menus(ctx, pool, tenant, p)
}

func (b *barePage) frame(p *profile.Profile, words *locale.Bundle, bundle *assets.Bundle) {
	l := b.l
	b.view = ui.View{
		L: l, Assets: bundle, Path: "/institutions", ThemeURL: "/theme", LanguageURL: "/language", Here: "/institutions", CSRF: "0123456789012345678901234567890123456789012", Version: "unknown",
		Request: "0123456789abcdef", Zone: p.Zone, InboxURL: "/inbox",
		Ministry: ui.Ministry{Name: "Ministry of measurements", HomeURL: "/"},
		Person:   &ui.Person{Name: "Mark Bench", URL: "/me", RightsURL: "/me/rights", SignOut: "/sign-out"},
		Search:   ui.Search{URL: "/institutions", Label: l.T("institution.search")},
		Legal:    []ui.Link{{Text: l.T("nav.privacy"), URL: "/privacy"}, {Text: l.T("nav.help"), URL: "/help"}},
	}
	if p.AccentColour != "" {
		b.view.Ministry.ThemeURL = "/theme.css"
	}
	if r := p.Role(role); r != nil {
		b.view.Person.Role = l.Text(r.Name)
	}
	for _, tag := range p.Languages.Offered {
		for _, known := range words.Languages() {
			if known.Tag == tag {
				b.view.Languages = append(b.view.Languages, ui.Language{Tag: tag, Name: known.Name, Current: tag == l.Tag()})
			}
		}
	}
	for _, c := range p.Contacts {
		b.view.Contact = append(b.view.Contact, ui.Link{Text: l.Text(c.Name), URL: c.URL})
	}
	for _, n := range []struct {
		key, url string
		icon     ui.Glyph
	}{
		{"nav.home", "/home", ui.GlyphHome},
		{"nav.institutions", "/institutions", ui.GlyphSchool},
		{"nav.people", "/people", ui.GlyphPeople},
		{"nav.year", "/calendar", ui.GlyphCalendar},
		{"nav.audit", "/audit", ui.GlyphHistory},
	} {
		b.view.Nav = append(b.view.Nav, ui.Place{Text: l.T(n.key), Icon: n.icon, URL: n.url, Current: n.url == "/institutions"})
	}
	v := &b.view
	b.head = ui.Head{
		Title: l.T("nav.institutions"), Lead: l.T("institution.lead"),
		Main: ui.LinkButton(v, ui.ButtonSpec{Text: l.T("institution.add"), Icon: ui.GlyphAdd, Kind: ui.Primary, URL: "/institutions/new"}),
		More: both(
			ui.LinkButton(v, ui.ButtonSpec{Text: l.T("units.title"), Icon: ui.GlyphTerritory, Kind: ui.Quiet, URL: "/units"}),
			ui.LinkButton(v, ui.ButtonSpec{Text: l.T("import.title"), Icon: ui.GlyphUpload, URL: "/institutions/import"}),
		),
	}
}

// menus are the filters: places, types, states, and the fields that lists can be
// filtered by.
func (b *barePage) menus(ctx context.Context, pool *pgxpool.Pool, tenant int32, p *profile.Profile) error {
	l, on := b.l, clock.Day(now())
	b.filters = ui.FiltersSpec{
		Action: "/institutions", Renew: []string{"district"},
		Search: &ui.FieldSpec{Name: "q", Label: l.T("institution.search"), Placeholder: l.T("institution.search.hint")},
	}
	rows, err := pool.Query(ctx, "SELECT uid, name FROM unit WHERE tenant_id = $1 AND level = 'region' ORDER BY sort_key", tenant)
	if err != nil {
		return err
	}
	regions, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (ui.Option, error) {
		var uid string
		var name map[string]string
		err := r.Scan(&uid, &name)
		return ui.Option{Value: uid, Text: l.Text(name)}, err
	})
	if err != nil {
		return err
	}
	level := func(id string) string { return l.Text(p.Level(id).Name) }
	b.filters.Fields = []ui.FieldSpec{
		{Name: "under", Input: ui.Select, Label: level(unit.Region), Prompt: l.T("common.all"), Options: regions},
		{Name: "district", Input: ui.Select, Label: level(unit.District), Prompt: l.T("common.all"), ReadOnly: true},
		{Name: "type", Input: ui.Select, Label: l.T("institution.type"), Prompt: l.T("common.all"), Options: b.kinds(p)},
	}
	b.filters.More = []ui.FieldSpec{{Name: "state", Input: ui.Select, Label: l.T("institution.state"), Prompt: l.T("institution.state.open"), Options: []ui.Option{
		{Value: "closed", Text: l.T("institution.state.closed")}, {Value: "all", Text: l.T("institution.state.all")},
	}}}
	for _, f := range p.Register(registry.Institutions).FieldsAt(on) {
		if f.Filter {
			b.filters.More = append(b.filters.More, b.field(p, f)...)
		}
	}
	return nil
}

func (b *barePage) kinds(p *profile.Profile) []ui.Option {
	var out []ui.Option
	for i := range p.TypeGroups {
		g := &p.TypeGroups[i]
		name := b.l.Text(g.Name)
		var types []ui.Option
		for _, t := range p.TypesAt(clock.Day(now())) {
			if t.Group == g.ID {
				types = append(types, ui.Option{Value: t.ID, Text: b.l.Text(t.Name), Group: name})
			}
		}
		if len(types) > 1 {
			out = append(out, ui.Option{Value: g.ID + ".*", Text: b.l.T("institution.whole_group", "Group", name), Group: name})
		}
		out = append(out, types...)
	}
	return out
}

func (b *barePage) field(p *profile.Profile, f *profile.Field) []ui.FieldSpec {
	name, text := "f."+f.ID, b.l.Text(f.Name)
	spec := ui.FieldSpec{Name: name, Label: text, Prompt: b.l.T("common.all"), Input: ui.Select}
	switch f.Type.Kind {
	case profile.KindReference, profile.KindReferences:
		for _, i := range p.ItemsAt(f.Type.Target, clock.Day(now())) {
			spec.Options = append(spec.Options, ui.Option{Value: i.Code, Text: b.l.Text(i.Name)})
		}
	case profile.KindBool:
		spec.Options = []ui.Option{{Value: "true", Text: b.l.T("common.yes")}, {Value: "false", Text: b.l.T("common.no")}}
	case profile.KindInt, profile.KindDecimal, profile.KindDate:
		input := ui.Number
		if f.Type.Kind == profile.KindDate {
			input = ui.Text
		}
		return []ui.FieldSpec{
			{Name: name + ".from", Input: input, Label: b.l.T("institution.from", "Field", text)},
			{Name: name + ".to", Input: input, Label: b.l.T("institution.to", "Field", text)},
		}
	default:
		spec.Input = ui.Text
	}
	return []ui.FieldSpec{spec}
}

// render answers with the page of these rows.
func (b *barePage) render(c *fiber.Ctx, items []item, back bool) error {
	goesOn := len(items) > pageLength
	items = items[:min(len(items), pageLength)]
	t := ui.TableSpec{Caption: b.head.Title, Columns: b.columns, Rows: make([]ui.Row, 0, len(items)), Count: b.count, Tools: b.tools(), Pager: &ui.PagerSpec{}}
	for i := range items {
		it := &items[i]
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: b.l.Text(it.name), URL: "/institutions/" + it.uid}, {Text: it.code}, {Text: b.types[it.typ]}, b.where(it),
		}})
	}
	cursor := func(i item) string {
		return "/institutions?after=" + strconv.FormatInt(i.id, 36) + "." + strconv.Itoa(b.total) + "." + i.sortKey
	}
	if goesOn {
		t.Pager.Next = cursor(items[len(items)-1])
	}
	if back {
		t.Pager.Previous = cursor(items[0])
	}
	body := both(ui.Filters(&b.view, b.filters), ui.Table(&b.view, t))
	buf := templ.GetBuffer()
	defer templ.ReleaseBuffer(buf)
	if err := ui.Page(&b.view, b.head).Render(templ.WithChildren(c.UserContext(), body), buf); err != nil {
		return err
	}
	c.Set(fiber.HeaderContentType, "text/html; charset=utf-8")
	c.Response().SetBody(buf.Bytes()) // a copy: the buffer goes back before the answer is sent
	return nil
}

func (b *barePage) tools() templ.Component {
	return both(ui.PrintButton(&b.view), ui.Menu(&b.view, ui.MenuSpec{Text: b.l.T("export.title"), Icon: ui.GlyphDownload, Kind: ui.Quiet, Items: []ui.MenuItem{
		{Text: b.l.T("export.format.xlsx"), Icon: ui.GlyphTable, URL: "/institutions/export?format=xlsx", Post: true},
		{Text: b.l.T("export.format.csv"), Icon: ui.GlyphDocument, URL: "/institutions/export?format=csv", Post: true},
	}}))
}

// where is the district and the region of an institution.
func (b *barePage) where(i *item) ui.Cell {
	var c ui.Cell
	for _, p := range i.places {
		switch {
		case p.level == unit.District && c.Text == "":
			c.Text = b.l.Text(p.name)
		case p.level == unit.Region:
			c.Sub = b.l.Text(p.name)
		}
	}
	return c
}

// both renders parts one after another.
func both(parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, p := range parts {
			if err := p.Render(ctx, w); err != nil {
				return fmt.Errorf("render: %w", err)
			}
		}
		return nil
	})
}
