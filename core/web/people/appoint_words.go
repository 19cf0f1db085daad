package people

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"
	"github.com/boombuler/barcode/qr"

	"mektep/core/identity"
	"mektep/core/locale"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

func peopleCrumb(q *screen.Request) []ui.Link {
	return []ui.Link{{Text: q.T("nav.people"), URL: "/people"}}
}

func hiddenPerson(uid string) map[string]string {
	if uid == "" {
		return nil
	}
	return map[string]string{"person": uid}
}

// steps are the four steps of an appointment; those behind lead back.
func steps(q *screen.Request, now int, d draft) []ui.Step {
	person := ""
	if d.person != nil {
		person = d.person.UID
	}
	list := []ui.Step{
		{Text: q.T("people.step.where"), URL: stepURL("", "", person)},
		{Text: q.T("people.step.role")},
		{Text: q.T("people.step.person")},
		{Text: q.T("people.step.review")},
	}
	if now > 0 {
		list[0].Note = unitName(q, d.unit)
		list[1].URL = stepURL(d.unit.UID, "", person)
	}
	if now > 1 && d.role != nil {
		list[1].Note = q.Text(d.role.Role.Name)
	}
	for i := range list {
		list[i].Done, list[i].Current = i < now, i == now
		if i >= now {
			list[i].URL = ""
		}
	}
	return list
}

func placesTitle(q *screen.Request, p pickerPage) string {
	if p.at != nil {
		return unitName(q, *p.at)
	}
	return q.T("people.where.tree")
}

func upLink(q *screen.Request, p pickerPage) templ.Component {
	if p.at == nil {
		return nil
	}
	return ui.LinkButton(q.View(), ui.ButtonSpec{Text: q.T("people.where.up"), Icon: ui.GlyphBack, Kind: ui.Quiet, Small: true, URL: stepURL("", "", p.person)})
}

func unitLead(q *screen.Request, d draft) string {
	name := unitName(q, d.unit)
	if way := wayTo(q, d.above); way != "" {
		name += " · " + way
	}
	return name
}

func roleLead(q *screen.Request, d draft) string {
	return q.Text(d.role.Role.Name) + " · " + unitName(q, d.unit)
}

func firstRole(d draft) string {
	if len(d.given) == 1 {
		return d.given[0].Role.ID
	}
	return ""
}

// givenOptions are the roles to choose from, each with what it is for, what it
// asks for and on which law it is the caller's to give.
func givenOptions(q *screen.Request, d draft) []ui.Option {
	out := make([]ui.Option, 0, len(d.given))
	for _, g := range d.given {
		hint := q.Text(g.Role.Help)
		for _, demand := range demands(q, g.Role) {
			hint += " · " + demand
		}
		if g.Source != "" {
			hint += " · " + q.Profile().Cite(g.Source, q.L.Tag())
		}
		if !g.Until.IsZero() {
			hint += " · " + q.T("people.role.until", "Day", q.View().LastDay(g.Until))
		}
		out = append(out, ui.Option{Value: g.Role.ID, Text: q.Text(g.Role.Name), Hint: hint})
	}
	return out
}

func personFields(q *screen.Request, form map[string]string) []ui.FieldSpec {
	return []ui.FieldSpec{
		{Name: "family", Label: q.T("people.family"), Value: form["family"], Required: true, Width: ui.Third, MaxLength: 100},
		{Name: "given", Label: q.T("people.given"), Value: form["given"], Width: ui.Third, MaxLength: 100},
		{Name: "patronymic", Label: q.T("people.patronymic"), Value: form["patronymic"], Width: ui.Third, MaxLength: 100},
		{Name: "email", Input: ui.Email, Label: q.T("people.email"), Hint: q.T("people.email.hint"), Value: form["email"], Width: ui.Half},
		{Name: "phone", Input: ui.Phone, Label: q.T("people.phone"), Value: form["phone"], Width: ui.Half},
		{Name: "language", Input: ui.Select, Label: q.T("people.language"), Value: form["language"], Options: languages(q), Width: ui.Half},
	}
}

func orderText(q *screen.Request, d draft) string {
	switch d.role.Role.Order {
	case "required":
		return q.T("people.order.text", "Law", q.Profile().Cite(d.role.Source, q.L.Tag()))
	case "optional":
		return q.T("people.order.optional")
	}
	return ""
}

// halfName is the one of family and given name that was not typed beside the other.
func (d draft) halfName() (lacking string, ok bool) {
	switch family, given := d.value("family"), d.value("given"); {
	case family == "" && given != "":
		return "family", true
	case family != "" && given == "":
		return "given", true
	}
	return "", false
}

// asksName reports whether half a name was typed: there are people who have one name, and
// there are names that were forgotten. The giver says which.
func asksName(q *screen.Request, d draft) bool {
	lacking, ok := d.halfName()
	return d.value("one_name") != "" || q.View().Was("one_name") != "" || ok && d.errs.On(ui.FieldSpec{Name: lacking}).Error != ""
}

// asks reports whether a question has come up that the giver answers by ticking a box:
// whether somebody who looks like the person typed is another one, and whether a post that
// one person holds is to have a second.
func asks(q *screen.Request, d draft, question string) bool {
	return d.value(question) != "" || q.View().Was(question) != "" || d.errs.On(ui.FieldSpec{Name: question}).Error != ""
}

// secondMark is what a ticked box for a second holder sends: of whom it was asked.
func secondMark(q *screen.Request, d draft) string {
	return cmp.Or(d.mark, d.value("second_holder"), q.View().Was("second_holder"))
}

// carried are the hidden fields with which a reviewed form is sent.
func carried(d draft) []ui.FieldSpec {
	out := []ui.FieldSpec{
		{Name: "unit", Input: ui.Hidden, Value: d.unit.UID},
		{Name: "role", Input: ui.Hidden, Value: d.role.Role.ID},
	}
	if d.person != nil && !d.known {
		out = append(out, ui.FieldSpec{Name: "account", Input: ui.Hidden, Value: d.person.UID})
	}
	if d.known {
		out = append(out, ui.FieldSpec{Name: "known_person", Input: ui.Hidden, Value: "1"})
	}
	for _, name := range fields {
		if v := d.form[name]; v != "" {
			out = append(out, ui.FieldSpec{Name: name, Input: ui.Hidden, Value: v})
		}
	}
	return out
}

func reviewFacts(q *screen.Request, d draft, tried identity.Appointed) []ui.Fact {
	a, p := tried.Account, tried.Appointment
	facts := []ui.Fact{
		{Label: q.T("people.name"), Value: cmp.Or(a.Name, d.form["known"])}, // of a stranger, what was typed
		{Label: q.T("people.role"), Value: q.Text(d.role.Role.Name)},
		{Label: q.T("people.unit"), Value: unitName(q, d.unit), Note: wayTo(q, d.above)},
		{Label: q.T("people.holds"), Value: period(q, p.Since, p.Until)},
	}
	if len(tried.Beside) > 0 {
		facts = append(facts, ui.Fact{Label: q.T("people.beside"), Value: q.T("people.beside.holders", "Holders", tried.Beside)})
	}
	if p.Order.Number != "" {
		facts = append(facts, ui.Fact{Label: q.T("people.order"), Value: order(q, p.Order)})
	}
	if p.IdentifiedBy != "" {
		facts = append(facts, ui.Fact{Label: q.T("people.identified_by"), Value: documentName(q, p.IdentifiedBy), Note: q.T("people.seen")})
	}
	if d.person == nil {
		facts = append(facts, ui.Fact{Label: q.T("people.email"), Value: a.Email}, ui.Fact{Label: q.T("people.phone"), Value: locale.Phone(a.Phone)})
	}
	if d.role.Source != "" {
		facts = append(facts, ui.Fact{Label: q.T("why.law"), Value: q.Profile().Cite(d.role.Source, q.L.Tag())})
	}
	return facts
}

// consequences says what will happen on saving, and what the person must do then.
func consequences(q *screen.Request, d draft, tried identity.Appointed) []ui.Task {
	var out []ui.Task
	switch {
	case tried.Offer:
		out = append(out, ui.Task{Icon: ui.GlyphHourglass, Title: q.T("people.offered")})
	case tried.Account.State == identity.Invited:
		out = append(out, ui.Task{Icon: ui.GlyphKey, Title: q.T("people.next.link")})
	default:
		out = append(out, ui.Task{Icon: ui.GlyphBell, Title: q.T("people.next.told")})
	}
	if len(tried.Beside) > 0 {
		out = append(out, ui.Task{Icon: ui.GlyphBell, Title: q.T("people.next.beside")})
	}
	if tried.Second {
		out = append(out, ui.Task{Icon: ui.GlyphHourglass, Title: q.T("people.next.second")})
	}
	if len(tried.Taken) > 0 {
		out = append(out, ui.Task{Icon: ui.GlyphLock, Tone: ui.Warn, Title: q.T("approval.told.taken", "Rights", tried.Taken)})
	}
	r := d.role.Role
	for _, u := range d.above {
		if slices.Contains(r.Notify, u.Level) {
			out = append(out, ui.Task{Icon: ui.GlyphSend, Title: q.T("people.next.notify", "Unit", unitName(q, u))})
		}
	}
	for _, id := range r.Undertakings() {
		if u, _, ok := q.Profile().Undertaking(id, q.L.Tag()); ok {
			out = append(out, ui.Task{Icon: ui.GlyphSign, Title: q.T("people.demand.undertaking", "Undertaking", q.Text(u.Name))})
		}
	}
	if r.NeedsSecondFactor() {
		out = append(out, ui.Task{Icon: ui.GlyphShield, Title: q.T("people.demand.second_factor")})
	}
	return out
}

func doneTitle(q *screen.Request, h handed) string {
	if h.Name != "" {
		return q.T("people.appointed.title")
	}
	if h.Appointment == "" {
		return q.T("people.invited.title")
	}
	return q.T("people.appointed.title")
}

func doneAlert(q *screen.Request, h handed, p identity.PersonPage) string {
	if h.Name != "" {
		return q.T("people.approvals.approved")
	}
	if h.Appointment == "" {
		return q.T("people.invited", "Name", p.Name)
	}
	return q.T("people.appointed", "Name", p.Name, "Role", h.Role, "Unit", h.Unit)
}

func doneText(q *screen.Request, h handed) string {
	switch {
	case h.Path == "":
		return q.T("people.appointed.known")
	case h.Mailed:
		return q.T("people.appointed.mailed")
	}
	return q.T("people.appointed.hand_over")
}

func slipLines(h handed) []string {
	var out []string
	for _, l := range []string{h.Role, h.Unit} {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

// qrRows are the modules of a QR code; nil when the text does not fit into one.
func qrRows(text string) [][]bool {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil
	}
	b := code.Bounds()
	rows := make([][]bool, 0, b.Dy()+8)
	for y := b.Min.Y - 4; y < b.Max.Y+4; y++ { // four modules of quiet around it, so that it can be read
		row := make([]bool, 0, b.Dx()+8)
		for x := b.Min.X - 4; x < b.Max.X+4; x++ {
			inside := x >= b.Min.X && x < b.Max.X && y >= b.Min.Y && y < b.Max.Y
			dark := false
			if inside {
				r, _, _, _ := code.At(x, y).RGBA()
				dark = r == 0
			}
			row = append(row, dark)
		}
		rows = append(rows, row)
	}
	return rows
}
