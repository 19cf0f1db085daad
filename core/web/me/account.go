package me

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/fault"
	"mektep/core/identity"
	"mektep/core/locale"
	"mektep/core/web/screen"
	"mektep/core/web/ui"
)

// accountPage is what the account screen shows.
type accountPage struct {
	mine      identity.Mine
	today     time.Time
	superiors []identity.Superior
}

func (s Services) account(q *screen.Request) error {
	mine, err := s.Identity.Mine(q.Context())
	if err != nil {
		return err
	}
	above, err := s.Identity.Superiors(q.Context(), q.Caller.AccountUID)
	if err != nil {
		return err
	}
	p := accountPage{mine: mine, today: q.Clock.Today(q.Ministry.Zone), superiors: above}
	return q.Page(showAccount(q, q.View(), p))
}

func (p accountPage) facts(v *ui.View) []ui.Fact {
	a := p.mine.Account
	none := func(value, key string) string {
		if value != "" {
			return ""
		}
		return v.T(key)
	}
	facts := []ui.Fact{
		{Label: v.T("me.name"), Value: a.Name, Note: v.T("me.name.note")},
		{Label: v.T("me.login"), Value: a.Login},
		{Label: v.T("me.email"), Value: a.Email, Note: none(a.Email, "me.email.none")},
		{Label: v.T("me.phone"), Value: locale.Phone(a.Phone)},
		{Label: v.T("me.language"), Value: languageName(v, a.Language)},
	}
	if a.SignedInAt != nil {
		facts = append(facts, ui.Fact{Label: v.T("me.signed_in_at"), Value: v.DateTime(*a.SignedInAt)})
	}
	return facts
}

func languageName(v *ui.View, tag string) string {
	for _, l := range v.Languages {
		if l.Tag == tag {
			return l.Name
		}
	}
	return tag
}

// held are the appointments in force or to come, as lines of a table.
func (p accountPage) held(q *screen.Request, v *ui.View) []ui.Row {
	var rows []ui.Row
	for _, a := range p.mine.Appointments {
		if a.OverOn(p.today) {
			continue
		}
		rows = append(rows, appointmentRow(q, v, a, p.today))
	}
	return rows
}

func appointmentRow(q *screen.Request, v *ui.View, a identity.Appointment, today time.Time) ui.Row {
	state := &ui.State{Text: v.T("me.post.now"), Tone: ui.Good}
	if a.Since.After(today) {
		state = &ui.State{Text: v.T("me.post.later"), Tone: ui.Info}
	}
	by := a.GrantedName
	if by == "" {
		by = v.T("me.post.ministry")
	}
	return ui.Row{Cells: []ui.Cell{
		{Text: roleName(q, a.Role), State: state},
		{Text: q.Text(a.Unit.Name)},
		{Text: period(v, a)},
		{Text: order(v, a.Order), Sub: v.T("me.post.by", "Name", by)},
	}}
}

func period(v *ui.View, a identity.Appointment) string {
	if a.Ends().IsZero() {
		return v.T("me.post.since", "Since", v.Date(a.Since))
	}
	return v.T("me.post.between", "Since", v.Date(a.Since), "Until", v.LastDay(a.Ends()))
}

func order(v *ui.View, o identity.Order) string {
	if o.Number == "" {
		return v.T("me.post.no_order")
	}
	return v.T("me.post.order", "Number", o.Number, "Date", v.Date(o.Date))
}

// ownForm is the form of what people keep of their account themselves.
type ownForm struct {
	email, phone, language string
	version                int
	key                    string
	errs                   ui.Errors
}

func (s Services) editAccount(q *screen.Request) error {
	mine, err := s.Identity.Mine(q.Context())
	if err != nil {
		return err
	}
	language := mine.Language
	if language == "" {
		language = q.L.Tag()
	}
	return q.Page(showOwnForm(q.View(), ownForm{
		email: mine.Email, phone: mine.Phone, language: language, version: mine.Version, key: screen.NewKey(),
	}))
}

func (s Services) saveAccount(q *screen.Request) error {
	f := q.Form()
	own := identity.Own{Email: f.Value("email"), Phone: f.Value("phone"), Language: f.Value("language"), Password: f.Value("current"), Version: f.Version()}
	if err := s.Identity.ChangeOwn(q.Context(), own); err != nil {
		errs, ok := q.Errors(err)
		if !ok {
			return err
		}
		return q.Render(422, showOwnForm(q.View(), ownForm{
			email: own.Email, phone: own.Phone, language: own.Language, version: own.Version, key: f.Key(), errs: errs,
		}))
	}
	q.Edge.RememberLanguage(q.C, own.Language)
	return q.Done(account, "me.saved")
}

// askWhom says who confirms an address where the owner's password does not.
func askWhom(v *ui.View, m identity.Mine) string {
	if len(m.Holding.Whom) == 0 {
		return v.T("me.address.ask.none")
	}
	return v.T("me.address.ask.text", "Names", m.Holding.Names())
}

// readingText says whether a letter is on its way that asks whether an address is read.
func readingText(v *ui.View, m identity.Mine) string {
	if m.Reading.At.IsZero() {
		return v.T("me.reading.none", "Email", m.Email)
	}
	return v.T("me.reading.sent", "Email", m.Email, "At", v.DateTime(m.Reading.At), "Until", v.DateTime(m.Reading.Until))
}

func readingAct(v *ui.View, m identity.Mine) string {
	if m.Reading.At.IsZero() {
		return v.T("me.reading.send")
	}
	return v.T("me.reading.again")
}

// askWhetherRead sends that letter again.
func (s Services) askWhetherRead(q *screen.Request) error {
	err := s.Identity.AskWhetherRead(q.Context())
	if fault.KindOf(err) == fault.TooMany { // what to do stands there
		return fault.From(err).WithNext(locale.NextOf(fault.From(err).Key), account, nil)
	}
	if err != nil {
		return err
	}
	return q.Done(account, "me.reading.asked")
}

// addressForm asks for the password that says that an address is one's own. It stands
// alone: a password that the browser fills in beside other data says nothing.
type addressForm struct {
	email, login string
	version      int
	key          string
	errs         ui.Errors
}

func (s Services) askAddress(q *screen.Request) error {
	return s.addressForm(q, fiber.StatusOK, nil)
}

func (s Services) addressForm(q *screen.Request, status int, errs ui.Errors) error {
	mine, err := s.Identity.Mine(q.Context())
	if err != nil {
		return err
	}
	switch {
	case mine.Reading.Never:
		return fault.New(fault.Conflict, "identity.address_no_mail")
	case !mine.Held:
		return fault.New(fault.Conflict, "identity.address_confirmed")
	}
	return q.Render(status, showAddressForm(q.View(), addressForm{email: mine.Email, login: mine.Login, version: mine.Version, key: screen.NewKey(), errs: errs}))
}

func (s Services) confirmAddress(q *screen.Request) error {
	f := q.Form()
	if err := s.Identity.ConfirmOwn(q.Context(), f.Secret("current"), f.Version()); err != nil {
		return again(q, err, func(errs ui.Errors) error { return s.addressForm(q, status(q, err), errs) })
	}
	return q.Done(account, "me.address.confirmed")
}
