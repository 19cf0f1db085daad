package gallery

import (
	"context"
	"io"
	"time"

	"github.com/a-h/templ"

	"mektep/core/web/ui"
)

// page is one screen of the gallery.
type page struct {
	name string
	show func(v *ui.View, s func(say) string) templ.Component
}

var pages = []page{
	{"home", homePage},
	{"list", listPage},
	{"empty", emptyPage},
	{"record", recordPage},
	{"form", formPage},
	{"import", importPage},
	{"parts", partsPage},
	{"conflict", conflictPage},
	{"signin", signInPage},
	{"landing", landingPage},
	{"refused", refusedPage},
	{"paper", paperPage},
}

// with puts children into a part that takes them.
func with(parent templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, all(children...)), w)
	})
}

func all(parts ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		for _, p := range parts {
			if err := p.Render(templ.ClearChildren(ctx), w); err != nil {
				return err
			}
		}
		return nil
	})
}

var day = time.Date(2026, 6, 26, 18, 0, 0, 0, time.UTC)

func homePage(v *ui.View, s func(say) string) templ.Component {
	return with(ui.Page(v, ui.Head{Title: s(home), Lead: s(role)}),
		with(ui.Card(v, ui.CardSpec{Title: s(must), Flush: true}), ui.Tasks(v, []ui.Task{
			{Icon: ui.GlyphSign, Title: s(sign), Text: s(signText), URL: "#1", Tone: ui.Bad, When: s(overdue)},
			{Icon: ui.GlyphChecklist, Title: s(check), Text: s(building), URL: "#2", Tone: ui.Warn, When: s(days3)},
		})),
		with(ui.Columns(),
			with(ui.Card(v, ui.CardSpec{Title: s(changed), Flush: true, Tools: ui.HistoryLink(v, ui.History{URL: "#h"})}), ui.Tasks(v, []ui.Task{
				{Icon: ui.GlyphSchool, Title: s(school), Text: s(renamed), URL: "#3", When: s(today), Unread: true},
				{Icon: ui.GlyphBuilding, Title: s(otherSchool), Text: s(corrected), URL: "#4", When: s(today)},
			})),
			with(ui.Card(v, ui.CardSpec{Title: s(due)}), ui.Facts(v, []ui.Fact{
				{Label: s(general), Body: ui.WindowMark(v, ui.Window{Open: true, Until: day, Days: 12}), Long: true},
				{Label: s(building), Body: ui.WindowMark(v, ui.Window{Open: true, Until: day, Days: 2}), Long: true},
				{Label: s(statistics), Body: ui.WindowMark(v, ui.Window{Extend: s(unitName)}), Long: true},
			})),
		),
		ui.Stats(v, []ui.Stat{
			{Label: s(institutions), Value: v.L.Number(214), URL: "#5", Note: s(unitName)},
			{Label: s(learners), Value: v.L.Number(48213)},
			{Label: s(draft), Value: v.L.Number(14), Tone: ui.Warn, Note: s(building)},
		}),
	)
}

func filters(v *ui.View, s func(say) string) templ.Component {
	return ui.Filters(v, ui.FiltersSpec{
		Action: "/list",
		Search: &ui.FieldSpec{Name: "find", Label: s(findSchool), Placeholder: s(school)},
		Fields: []ui.FieldSpec{
			{Name: "district", Input: ui.Select, Label: s(district), Value: "1", Options: []ui.Option{{Value: "1", Text: s(place)}}},
			{Name: "kind", Input: ui.Select, Label: s(kind), Options: []ui.Option{{Value: "g", Text: s(gymnasium)}, {Value: "s", Text: s(secondary)}}},
		},
		Active: []ui.Chip{{Text: s(district) + ": " + s(place), URL: "#"}, {Text: s(state) + ": " + s(active), URL: "#"}},
		Clear:  "#",
	})
}

func columns(s func(say) string) []ui.Column {
	return []ui.Column{
		{Text: s(name), SortURL: "#n", Sorted: 1},
		{Text: s(code), Narrow: true, SortURL: "#c"},
		{Text: s(kind)},
		{Text: s(district), Optional: true},
		{Text: s(learners), Numeric: true, SortURL: "#l"},
		{Text: s(state), Narrow: true},
	}
}

func listPage(v *ui.View, s func(say) string) templ.Component {
	good := &ui.State{Text: s(active), Tone: ui.Good}
	row := func(id string, n say, k say, learners int64, st *ui.State) ui.Row {
		return ui.Row{ID: id, Cells: []ui.Cell{
			{Text: s(n), URL: "#" + id, Sub: s(street)},
			{Text: "70401" + id},
			{Text: s(k)},
			{Text: s(place)},
			{Text: v.L.Number(learners)},
			{State: st},
		}}
	}
	muted := row("5", otherSchool, secondary, 0, &ui.State{Text: s(closed)})
	muted.Muted = true
	bad := row("6", otherSchool, secondary, 311, good)
	bad.Error = s(badRow)
	return with(ui.Page(v, ui.Head{
		Title:  s(institutions),
		Crumbs: []ui.Link{{Text: s(home), URL: "#"}, {Text: s(unitName), URL: "#"}},
		Main:   ui.LinkButton(v, ui.ButtonSpec{Text: s(add), Icon: ui.GlyphAdd, Kind: ui.Primary, URL: "#add"}),
	}),
		filters(v, s),
		ui.Table(v, ui.TableSpec{
			Caption: s(institutions), Columns: columns(s), Count: s(count),
			Rows: []ui.Row{
				row("1", school, gymnasium, 1204, good), row("2", otherSchool, secondary, 640, good),
				row("3", school, gymnasium, 988, &ui.State{Text: s(draft), Tone: ui.Warn}), row("4", otherSchool, secondary, 87, good), muted, bad,
			},
			Tools: all(ui.LinkButton(v, ui.ButtonSpec{Text: s(export), Icon: ui.GlyphDownload, Kind: ui.Quiet, URL: "#x"}), ui.PrintButton(v)),
			Bulk:  &ui.BulkSpec{Action: "#bulk", Buttons: []ui.ButtonSpec{{Text: s(export), Small: true, Name: "do", Value: "export"}}},
			Pager: &ui.PagerSpec{Previous: "#p", Next: "#n", Text: s(count)},
		}),
	)
}

func emptyPage(v *ui.View, s func(say) string) templ.Component {
	return with(ui.Page(v, ui.Head{Title: s(institutions), Crumbs: []ui.Link{{Text: s(home), URL: "#"}}}),
		filters(v, s),
		ui.Table(v, ui.TableSpec{Caption: s(institutions), Columns: columns(s), Empty: ui.EmptySpec{
			Icon: ui.GlyphSchool, Title: s(emptyTitle), Text: s(emptyText),
			Action: ui.LinkButton(v, ui.ButtonSpec{Text: s(add), Icon: ui.GlyphAdd, URL: "#"}),
		}}),
	)
}

func recordPage(v *ui.View, s func(say) string) templ.Component {
	v.Flash = []ui.Flash{{Tone: ui.Good, Text: s(saved), Action: &ui.Link{Text: s(undo), URL: "#undo"}}}
	aside := all(
		with(ui.Card(v, ui.CardSpec{Title: s(head)}), ui.Facts(v, []ui.Fact{
			{Label: s(head), Value: s(headName), Mark: ui.OwnerMark(v, ui.Owner{Register: s(staffReg), ReportURL: "#r"}), Long: true},
			{Label: s(phone), Value: "+996 555 12 34 56", Mark: ui.ConsentMark(v, ui.Consent{State: ui.ConsentGiven, By: s(headName), On: day}), Long: true},
			{Label: s(address), Mark: ui.ConsentMark(v, ui.Consent{State: ui.ConsentMissing, URL: "#c"}), Long: true},
			{Label: s(email), Mark: ui.ConsentMark(v, ui.Consent{State: ui.ConsentWithdrawn, By: s(headName), On: day}), Long: true},
		})),
	)
	return with(ui.Page(v, ui.Head{
		Title: s(school), Kicker: s(gymnasium),
		State:  &ui.State{Text: s(active), Tone: ui.Good},
		Crumbs: []ui.Link{{Text: s(institutions), URL: "#"}, {Text: s(place), URL: "#"}},
		Marks:  all(ui.WindowMark(v, ui.Window{Open: true, Until: day, Days: 12}), ui.HistoryLink(v, ui.History{URL: "#h", When: day, Who: s(headName)})),
		Main:   ui.LinkButton(v, ui.ButtonSpec{Text: s(edit), Icon: ui.GlyphEdit, Kind: ui.Primary, URL: "#e"}),
		More: ui.Menu(v, ui.MenuSpec{Text: s(export), IconOnly: true, Items: []ui.MenuItem{
			{Text: s(export), Icon: ui.GlyphDownload, URL: "#"}, {Text: s(closeIt), Icon: ui.GlyphArchive, URL: "#", Post: true, Danger: true},
		}}),
		Tabs: []ui.Tab{{Text: s(general), URL: "#1", Current: true}, {Text: s(building), URL: "#2"}, {Text: s(people), URL: "#3", Count: v.L.Number(86)}, {Text: s(requests), URL: "#4"}},
	}), with(ui.Split(v, aside),
		with(ui.Card(v, ui.CardSpec{Title: s(general)}), ui.Facts(v, []ui.Fact{
			{Label: s(code), Value: "704012"},
			{Label: s(kind), Value: s(gymnasium), Note: s(order)},
			{Label: s(languageWord), Value: s(kyrgyz)},
			{Label: s(since), Value: v.Date(day)},
			{Label: s(address), Value: s(street), Long: true},
			{Label: s(email)},
		})),
		with(ui.Card(v, ui.CardSpec{Title: s(building), Tools: ui.WindowMark(v, ui.Window{Extend: s(unitName)})}), ui.Facts(v, []ui.Fact{
			{Label: s(built), Value: "1974"}, {Label: s(area), Value: v.L.Number(4820) + " m²"}, {Label: s(heating), Value: s(central)},
		}), ui.WhyNot(v, why(s))),
		with(ui.Card(v, ui.CardSpec{Title: v.T("ui.history")}), history(v, s)),
	))
}

func history(v *ui.View, s func(say) string) templ.Component {
	return ui.Timeline(v, []ui.Entry{
		{When: day, Who: s(person), Role: s(unitRole), What: s(corrected), Changes: []ui.Change{{Label: s(built), From: "1972", To: "1974"}, {Label: s(heating), To: s(central)}}},
		{When: day.AddDate(0, -3, 0), Who: s(headName), What: s(renamed), Order: s(order), Changes: []ui.Change{{Label: s(name), From: s(otherSchool), To: s(school)}}, Tone: ui.Info},
		{When: day.AddDate(-2, 0, 0), Who: s(ministry), What: s(created), Icon: ui.GlyphAdd, Tone: ui.Good},
	})
}

func why(s func(say) string) ui.WhyNotSpec {
	return ui.WhyNotSpec{Reason: s(reason), Law: s(law), Rule: "R-4.3", Next: s(next), NextURL: "#ask"}
}

func formPage(v *ui.View, s func(say) string) templ.Component {
	errs := ui.Errors{{Name: "name", Text: s(required)}, {Name: "built", Text: s(badYear)}}
	w := why(s)
	yesNo := []ui.Option{{Value: "c", Text: s(central)}, {Value: "n", Text: s(closed), Hint: s(hintName)}}
	field := func(f ui.FieldSpec) templ.Component { return ui.Field(v, errs.On(f)) }
	return with(ui.Page(v, ui.Head{Title: s(edit), Kicker: s(school), Lead: s(textHelp), Narrow: true, Crumbs: []ui.Link{{Text: s(institutions), URL: "#"}, {Text: s(school), URL: "#"}}}),
		with(ui.Card(v, ui.CardSpec{}), with(ui.Form(v, ui.FormSpec{Action: "/form", Key: "k1", Version: 3, Errors: errs, Guard: true}),
			with(ui.Group(v, ui.GroupSpec{Title: s(general), Marks: ui.WindowMark(v, ui.Window{Open: true, Until: day, Days: 12})}),
				field(ui.FieldSpec{Name: "name", Label: s(name), Hint: s(hintName), Required: true}),
				field(ui.FieldSpec{Name: "code", Label: s(code), Value: "704012", ReadOnly: true, Width: ui.Half, Why: &w}),
				field(ui.FieldSpec{Name: "kind", Input: ui.Select, Label: s(kind), Width: ui.Half, Required: true, Value: "g", Options: []ui.Option{{Value: "g", Text: s(gymnasium), Group: s(general)}, {Value: "s", Text: s(secondary), Group: s(general)}}}),
				field(ui.FieldSpec{Name: "since", Input: ui.Date, Label: s(since), Width: ui.Half, Value: v.Date(day)}),
				field(ui.FieldSpec{Name: "phone", Input: ui.Phone, Label: s(phone), Width: ui.Half, Autocomplete: "tel"}),
				field(ui.FieldSpec{Name: "email", Input: ui.Email, Label: s(email), Width: ui.Half, Owner: &ui.Owner{Register: s(staffReg), ReportURL: "#"}}),
				field(ui.FieldSpec{Name: "remarks", Input: ui.LongText, Label: s(remarks)}),
			),
			with(ui.Group(v, ui.GroupSpec{Title: s(building), Text: s(textHelp)}),
				field(ui.FieldSpec{Name: "built", Input: ui.Number, Label: s(built), Value: "2062", Width: ui.Third}),
				field(ui.FieldSpec{Name: "area", Input: ui.Number, Label: s(area), Unit: "m²", Width: ui.Third}),
				field(ui.FieldSpec{Name: "moment", Input: ui.Moment, Label: s(due), Value: v.Date(day), Time: "18:00", Width: ui.Third}),
				field(ui.FieldSpec{Name: "heating", Input: ui.Radio, Label: s(heating), Value: "c", Options: yesNo, Width: ui.Half, Required: true}),
				field(ui.FieldSpec{Name: "has", Input: ui.Checks, Label: s(languageWord), Values: []string{"c"}, Options: yesNo, Width: ui.Half}),
				field(ui.FieldSpec{Name: "water", Input: ui.Checkbox, Label: s(water), Value: "1"}),
				field(ui.FieldSpec{Name: "file", Input: ui.File, Label: s(order)}),
			),
			ui.FormActions(v, ui.ActionsSpec{CancelURL: "#"}),
		)),
	)
}

func importPage(v *ui.View, s func(say) string) templ.Component {
	return with(ui.Page(v, ui.Head{Title: s(importing), Narrow: true, Crumbs: []ui.Link{{Text: s(institutions), URL: "#"}}}),
		ui.Steps(v, []ui.Step{{Text: s(step1), Done: true, URL: "#"}, {Text: s(step2), Done: true, URL: "#"}, {Text: s(step3), Current: true}, {Text: s(step4)}}),
		with(ui.Card(v, ui.CardSpec{}), with(ui.Form(v, ui.FormSpec{Action: "/import", Upload: true}),
			ui.Dropzone(v, ui.UploadSpec{Name: "table", Label: s(upload), Hint: s(uploadHint), Accept: ".xlsx,.csv", Required: true}),
			ui.FormActions(v, ui.ActionsSpec{Save: s(step3), Icon: ui.GlyphUpload}),
		)),
		with(ui.Card(v, ui.CardSpec{}), ui.Progress(v, ui.ProgressSpec{Title: s(importing), Percent: 45, Text: s(rowsDone)})),
		with(ui.Card(v, ui.CardSpec{}), ui.Progress(v, ui.ProgressSpec{ID: "done", Title: s(importing), Percent: 100, Tone: ui.Good, Text: s(rowsDone)})),
	)
}

func partsPage(v *ui.View, s func(say) string) templ.Component {
	buttons := make([]templ.Component, 0, 8)
	for _, k := range []ui.Kind{ui.Primary, ui.Secondary, ui.Quiet, ui.Danger} {
		buttons = append(buttons, ui.Button(v, ui.ButtonSpec{Text: s(edit), Icon: ui.GlyphEdit, Kind: k}))
	}
	badges := make([]templ.Component, 0, 5)
	alerts := make([]templ.Component, 0, 5)
	for _, t := range []ui.Tone{ui.Neutral, ui.Info, ui.Good, ui.Warn, ui.Bad} {
		badges = append(badges, ui.Badge(v, ui.State{Text: s(active), Tone: t}))
		alerts = append(alerts, ui.Alert(v, ui.AlertSpec{Tone: t, Title: s(saved), Text: s(signText), Action: &ui.Link{Text: s(undo), URL: "#"}}))
	}
	ask := ui.Confirm(v, ui.ConfirmSpec{
		Button: ui.ButtonSpec{Text: s(closeIt), Icon: ui.GlyphArchive}, Title: s(closeIt), Text: s(closeAsk), Action: "#", Yes: s(closeIt), Danger: true,
		Fields: []ui.FieldSpec{{Name: "order", Label: s(orderNo), Required: true}},
	})
	return with(ui.Page(v, ui.Head{Title: s(admin), Narrow: true}),
		with(ui.Card(v, ui.CardSpec{Title: s(edit), Icon: ui.GlyphEdit, Foot: ui.Muted(s(textHelp))}), with(ui.Cluster(), buttons...), with(ui.Cluster(), badges...), ask),
		with(ui.Stack(), alerts...),
		with(ui.Card(v, ui.CardSpec{Title: s(institutions)}), ui.Tree(v, s(institutions), []ui.Node{
			{Text: s(ministry), Icon: ui.GlyphMinistry, URL: "#", Open: true, Count: v.L.Number(2214), Children: []ui.Node{
				{Text: s(unitName), URL: "#", Open: true, Icon: ui.GlyphMap, Count: v.L.Number(214), Children: []ui.Node{
					{Text: s(school), Sub: "704012", URL: "#", Icon: ui.GlyphSchool, Current: true, State: &ui.State{Text: s(active), Tone: ui.Good}},
					{Text: s(otherSchool), Sub: "704013", URL: "#", Icon: ui.GlyphSchool},
				}},
				{Text: s(place), URL: "#", Icon: ui.GlyphMap, Count: v.L.Number(31), More: "/more"},
			}},
		})),
		with(ui.Card(v, ui.CardSpec{Title: s(link)}), ui.Secret(v, ui.SecretSpec{Label: s(link), Value: "https://example.org/i/9f3kq2-7hv1", Hint: s(signText)}),
			ui.Codes(v, s(link), []string{"4k2m-99ab", "7xq1-02cd", "p0z3-55ef", "1m8n-71gh"}), ui.QR(v, s(link), [][]bool{{true, true, false}, {false, true, true}, {true, false, true}})),
		ui.WhyNotBox(v, why(s)),
		with(ui.Card(v, ui.CardSpec{Title: v.T("ui.history")}), ui.Paragraphs(s(reason)+"\n\n"+s(next)), ui.Signature(v, s(person))),
	)
}

func conflictPage(v *ui.View, s func(say) string) templ.Component {
	return with(ui.Page(v, ui.Head{Title: s(school), Narrow: true}), ui.Conflict(v, ui.ConflictSpec{
		Who: s(headName), When: day,
	}), with(ui.Form(v, ui.FormSpec{}), with(ui.Group(v, ui.GroupSpec{}),
		ui.Field(v, ui.FieldSpec{
			Name: "built", Input: ui.Radio, Label: s(built), Required: true, Hint: v.T("ui.conflict.before", "Value", "1972"),
			Options: []ui.Option{{Value: "a", Text: s(keepTheirs) + ": 1974"}, {Value: "b", Text: s(keepMine) + ": 1975"}},
		}),
	), ui.FormActions(v, ui.ActionsSpec{})))
}

func anonymous(v *ui.View) {
	v.Person, v.Nav, v.Units, v.InboxURL, v.Search = nil, nil, nil, "", ui.Search{}
}

func signInPage(v *ui.View, s func(say) string) templ.Component {
	anonymous(v)
	return with(ui.Plain(v, ui.PlainSpec{Title: s(signIn)}),
		with(ui.Card(v, ui.CardSpec{}), with(ui.Form(v, ui.FormSpec{Action: "/signin"}),
			ui.Field(v, ui.FieldSpec{Name: "email", Input: ui.Email, Label: s(email), Required: true, Autocomplete: "username"}),
			ui.Field(v, ui.FieldSpec{Name: "password", Input: ui.Password, Label: s(password), Required: true, Autocomplete: "current-password"}),
			ui.Field(v, ui.FieldSpec{Name: "code", Input: ui.Code, Label: s(oneTime)}),
			ui.FormActions(v, ui.ActionsSpec{Save: s(signIn)}),
		)),
	)
}

func landingPage(v *ui.View, s func(say) string) templ.Component {
	anonymous(v)
	return with(ui.Plain(v, ui.PlainSpec{Title: s(welcome), Lead: s(welcomeText), Wide: true, Main: ui.LinkButton(v, ui.ButtonSpec{Text: s(signIn), Icon: ui.GlyphRight, IconEnd: true, Kind: ui.Primary, URL: "#"})}),
		ui.Links(v, []ui.Task{
			{Icon: ui.GlyphSchool, Title: s(institutions), Text: s(emptyText), URL: "#1"},
			{Icon: ui.GlyphChart, Title: s(statistics), Text: s(rowsDone), URL: "#2"},
			{Icon: ui.GlyphShield, Title: s(measures), URL: "#3"},
			{Icon: ui.GlyphHelp, Title: s(contact), URL: "#4"},
		}),
	)
}

func refusedPage(v *ui.View, s func(say) string) templ.Component {
	w := why(s)
	v.Request = "0b7f-4421"
	return ui.ErrorPage(v, ui.ErrorSpec{Status: 403, Why: &w, BackURL: "#"})
}

func paperPage(v *ui.View, s func(say) string) templ.Component {
	return with(ui.Plain(v, ui.PlainSpec{Title: s(sign), Bare: true, Paper: true}),
		ui.PrintHead(v, ui.PrintSpec{Title: s(sign), Lines: []string{s(unitName), s(order)}, On: day, By: s(person)}),
		ui.Paragraphs(s(reason)+"\n\n"+s(signText)), ui.Signature(v, s(person)), history(v, s))
}
