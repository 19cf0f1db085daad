package screen

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/once"
	"mektep/core/web/ui"
)

// Nothing that was typed is lost when a form is refused. Each form carries along what its
// fields are called (ui.Sheet), so that the page of any refusal can show what was typed;
// it is offered to be sent again where that can help. Where the form can be drawn later,
// after sign-in or beside what has changed meanwhile, what was typed is kept for the
// account the form was drawn for, sealed in the database: it would be too long for an
// address, and a hidden field would have to be carried through every step of signing in.

// sent reads the form that a request sends; nil when there is none, or another site sent it.
func (q *Request) sent() *ui.Sheet {
	if q.Illegible == nil && q.C.Method() != fiber.MethodPost || edge.From(q.C) == edge.Foreign {
		return nil
	}
	if q.sheet == nil {
		sheet := ui.ReadSheet(q.Form().Secret(ui.FieldSheet))
		q.sheet = &sheet
	}
	return q.sheet
}

// typed is what was typed into the form that was sent, as far as it may be shown.
func (q *Request) typed() *ui.Kept {
	sheet := q.sent()
	if sheet == nil {
		return nil
	}
	values := q.Form().values
	for _, list := range values {
		for i, v := range list {
			list[i] = legibly(v)
		}
	}
	if q.Illegible != nil {
		return q.unread()
	}
	return sheet.Typed(q.C.Path(), values)
}

// StandsOn is the page on which a form stands, when it has all the fields that are wrong.
func StandsOn(form map[string][]string, wrong *fault.Error) string {
	if len(form[ui.FieldSheet]) == 0 {
		return ""
	}
	sheet := ui.ReadSheet(form[ui.FieldSheet][0])
	for _, f := range wrong.Fields {
		if !slices.ContainsFunc(sheet.Fields, func(a ui.Asked) bool { return a.Name == f.Name }) {
			return ""
		}
	}
	if sheet.Page == "" || Local(sheet.Page) != sheet.Page {
		return ""
	}
	return sheet.Page
}

// unread is what was typed into the form whose page is shown instead.
func (q *Request) unread() *ui.Kept {
	k := q.sent().Filled(q.Illegible.Action, q.Illegible.Values)
	k.UID = q.Form().Value(ui.FieldKept)
	return &k
}

// legibly leaves out what no page can show.
func legibly(s string) string {
	return strings.Map(func(r rune) rune {
		if !fault.Legible(string(r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
}

// page is the address of the page that the form stands on which is sent, or of this one.
func (q *Request) page() string {
	to := q.Back()
	if sheet := q.sent(); sheet != nil && sheet.Page != "" {
		to = sheet.Page
	}
	u, err := url.Parse(Local(to))
	if err != nil {
		return "/"
	}
	query := u.Query()
	if query.Has(ui.FieldKept) {
		query.Del(ui.FieldKept)
		u.RawQuery = query.Encode()
	}
	u.Fragment = ""
	return u.RequestURI()
}

// keep keeps what was typed for an account and returns the address at which the form is
// filled with it; empty when it could not be kept.
func (q *Request) keep(k *ui.Kept, account string) string {
	if k == nil || account == "" || q.Ministry == nil || q.stalled {
		return ""
	}
	box, err := q.Edge.Box()
	if err != nil {
		return ""
	}
	uid, err := q.Gate.Keep(q.Context(), box, account, k)
	if err != nil {
		q.Edge.Log().WarnContext(q.Context(), "what was typed could not be kept", "error", fault.From(err).Key)
		return ""
	}
	u, err := url.Parse(q.page())
	if err != nil {
		return ""
	}
	query := u.Query()
	query.Set(ui.FieldKept, uid)
	u.RawQuery = query.Encode()
	return u.RequestURI()
}

// kept is what this page's form is to be filled with again.
func (q *Request) kept() *ui.Kept {
	if q.Illegible != nil {
		return q.unread()
	}
	uid := q.C.Query(ui.FieldKept)
	if q.C.Method() != fiber.MethodGet || uid == "" || q.Ministry == nil || !q.Caller.SignedIn() || q.stalled {
		return nil
	}
	box, err := q.Edge.Box()
	if err != nil {
		return nil
	}
	var k ui.Kept
	if ok, err := q.Gate.Kept(q.Context(), box, uid, &k); err != nil || !ok {
		return nil
	}
	k.UID = uid
	return &k
}

// done forgets what a form was filled with again, once it is done.
func (q *Request) done() {
	if q.C.Method() != fiber.MethodPost || q.Ministry == nil || !q.Caller.SignedIn() || q.C.Response().StatusCode() != fiber.StatusSeeOther {
		return
	}
	if uid := q.Form().Value(ui.FieldKept); uid != "" {
		if err := q.Gate.Drop(q.Context(), uid); err != nil { // it goes by itself
			q.Edge.Log().WarnContext(q.Context(), "what was kept of a form could not be dropped", "error", fault.From(err).Key)
		}
	}
}

// signInFirst leads to sign-in, and from there back to the page with what was typed.
func (q *Request) signInFirst(k *ui.Kept) error {
	to, said := q.page(), edge.Flash{}
	if q.Ended {
		said = edge.Flash{Good: true, Key: "identity.session_over"}
	}
	if k != nil {
		kept := q.keep(k, q.Edge.Whose(q.C, q.sent().Who))
		if kept == "" {
			return q.refuse(fault.New(fault.Unauthenticated, "gate.sign_in"), ui.TypedSpec{Kept: *k}, signIn(to))
		}
		to, said = kept, edge.Flash{Good: true, Key: "ui.typed.sign_in"}
	}
	if q.C.Method() == fiber.MethodPost && q.Form().carries() { // a file is too long to be kept
		if said.Key = "ui.typed.sign_in_file"; k != nil {
			said.Key = "ui.typed.sign_in_both"
		}
		said.Good = false
	}
	return q.See(signIn(to), said)
}

func signIn(to string) string {
	if to == "/" {
		return "/sign-in"
	}
	return "/sign-in?to=" + url.QueryEscape(to)
}

// refuse answers with the page of a fault, and what was typed below it.
func (q *Request) refuse(err error, t ui.TypedSpec, enter string) error {
	v := q.View()
	if v.Kept != nil && len(t.Lines) == 0 { // the form into which it was to go is not drawn
		t.Kept, v.Kept = *v.Kept, nil
	}
	spec := ui.ErrorSpecOf(v, err)
	spec.First, spec.SignIn, spec.BackURL = q.firstPage(fault.From(err)), enter, q.whence(fault.From(err))
	if len(t.Lines) > 0 {
		spec.Body = ui.Typed(v, t)
	}
	return q.Render(fault.From(err).Kind.Status(), ui.ErrorPage(v, spec))
}

// whence is the page from which something was sent that was asked for too often, or was too
// much; empty: the page says itself where to.
func (q *Request) whence(f *fault.Error) string {
	if q.C.Method() == fiber.MethodGet || f.Kind != fault.TooMany && f.Kind != fault.TooLarge {
		return ""
	}
	if to := q.page(); to != "/" {
		return to
	}
	return ""
}

// firstPage is where a list begins that was asked for from a place which it hasn't.
func (q *Request) firstPage(f *fault.Error) string {
	u, err := url.Parse(q.C.OriginalURL())
	if err != nil || q.C.Method() != fiber.MethodGet {
		return ""
	}
	query, asked := u.Query(), false
	for _, name := range []string{"after", "before"} {
		asked = asked || slices.ContainsFunc(f.Fields, func(x fault.Field) bool { return x.Name == name })
		query.Del(name)
	}
	if !asked {
		return ""
	}
	u.RawQuery = query.Encode()
	return u.RequestURI()
}

// refused answers for a form that was not done: with what was typed, and what can be
// done with it.
func (q *Request) refused(err error, k *ui.Kept) error {
	f, sheet := fault.From(err), q.sent()
	t := ui.TypedSpec{Kept: *k}
	expired := f.Check == edge.StaleForm
	if expired {
		older := fault.New(fault.Denied, "fault.form_older").WithNext("fault.next.send_again", "", nil)
		if owner := q.Edge.Whose(q.C, sheet.Who); owner != "" && owner != q.Caller.AccountUID {
			// Somebody else sits here now: it is kept for whom it belongs to.
			if kept := q.keep(k, owner); kept != "" {
				other := fault.New(fault.Denied, "fault.form_other").WithNext("fault.next.form_other", "", nil)
				return q.refuse(other.WithCheck(f.Check).WithOwnRule("own_forms"), ui.TypedSpec{}, enterAs(kept))
			}
		} else {
			t.Again = q.again(sheet, true)
			err = older.WithCheck(f.Check).WithOwnRule("own_forms")
		}
	}
	if f.Kind == fault.Unavailable || f.Kind == fault.TooMany || f.Kind == fault.Internal {
		t.Again = q.again(sheet, false)
	}
	if t.Again == nil && returns(f) {
		t.Back = q.keep(k, q.Caller.AccountUID)
	}
	return q.refuse(err, t, "")
}

func enterAs(kept string) string { return "/sign-in?other=1&to=" + url.QueryEscape(kept) }

// returns reports whether the form can be drawn again after a refusal: it is mended there,
// or after a step that comes first.
func returns(f *fault.Error) bool {
	switch f.Kind {
	case fault.Conflict, fault.Invalid:
		return true
	case fault.Denied:
		return f.Check == "undertaking" || f.Check == "second_factor" || f.Check == edge.StaleForm
	}
	return false
}

// again is the form as it was sent, but for what nobody keeps, which is asked for anew.
func (q *Request) again(sheet *ui.Sheet, expired bool) *ui.AgainSpec {
	form := q.Form()
	a := &ui.AgainSpec{Action: q.C.OriginalURL(), Key: form.Key(), CSRF: form.Secret(ui.FieldCSRF), Hidden: map[string][]string{}}
	a.Upload = strings.HasPrefix(q.C.Get(fiber.HeaderContentType), fiber.MIMEMultipartForm)
	if expired {
		a.CSRF = q.Edge.FormToken(q.C)
	}
	a.Anew = sheet.Anew()
	for name, values := range form.values {
		lost := slices.ContainsFunc(a.Anew, func(f ui.FieldSpec) bool { return f.Name == name })
		if !lost && name != ui.FieldCSRF && name != ui.FieldKey {
			a.Hidden[name] = values
		}
	}
	return a
}

// lost reports whether a refusal leaves what was typed undone.
func lost(f *fault.Error) bool { return f.Key != once.Repeated.Key }
