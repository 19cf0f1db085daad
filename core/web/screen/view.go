package screen

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"mektep/core/caller"
	"mektep/core/edge"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/locale"
	"mektep/core/tenant"
	"mektep/core/unit"
	"mektep/core/web/ui"
)

// View returns the frame, filled once for the request.
func (q *Request) View() *ui.View {
	if q.view == nil {
		q.view = q.frame()
	}
	return q.view
}

func (q *Request) frame() *ui.View {
	v := &ui.View{
		L: q.words(), Now: q.Clock.Now(), Assets: q.Assets, Path: q.C.Path(), Theme: theme(q.C), ThemeURL: "/theme", LanguageURL: "/language", Here: q.Back(),
		CSRF: q.Edge.FormToken(q.C), Version: q.Version, Request: q.RequestID,
		Page: q.page(), Who: q.Edge.Mark(q.C), Sent: q.sent(), Kept: q.kept(), Wrong: q.wrong,
	}
	switch {
	case q.Illegible != nil:
		v.Sent, v.Illegible, v.KeptVersion = nil, ui.ErrorsOf(v, q.Illegible.Wrong), q.Form().Version()
	case v.Sent != nil:
		v.Held = q.Form().Value(ui.FieldKept)
	}
	if q.Caller.SignedIn() {
		v.Keys = NewKey
		v.Left = q.left()
	}
	for _, l := range q.Edge.Words().Languages() {
		for _, tag := range q.Offered {
			if tag == l.Tag {
				v.Languages = append(v.Languages, ui.Language{Tag: l.Tag, Name: l.Name, Current: l.Tag == q.L.Tag()})
			}
		}
	}
	if f := q.Edge.Said(q.C); f != nil {
		v.Flash = append(v.Flash, q.flash(*f))
	}
	if q.Notice != "" {
		v.Notice = q.T(q.Notice)
	}
	if q.Ministry != nil {
		q.ministry(v)
	} else {
		v.Ministry = ui.Ministry{Name: q.T("platform.name"), HomeURL: "/"}
	}
	if q.Caller.SignedIn() {
		q.person(v)
	}
	return v
}

// left is how long the session lasts if nothing more is asked.
func (q *Request) left() time.Duration {
	if q.Caller.Ends.IsZero() {
		return 0
	}
	return max(q.Caller.Ends.Sub(q.Clock.Now()), 0).Truncate(time.Second)
}

// Stay answers for a page on which somebody types: the session is in use, for so many
// seconds more. Nobody is led anywhere: a page asks, not a person.
func (q *Request) Stay() error {
	if !q.Caller.SignedIn() {
		return q.C.SendStatus(fiber.StatusUnauthorized)
	}
	q.C.Set(headerLeft, strconv.Itoa(int(q.left()/time.Second)))
	return q.C.SendStatus(fiber.StatusNoContent)
}

// headerLeft says how many seconds the session lasts.
const headerLeft = "X-Session-Left"

// words is the localizer that also knows the ministry's laws.
func (q *Request) words() *locale.Localizer {
	p := q.Profile()
	if p == nil {
		return q.L
	}
	return q.L.WithLaw(p.Cite).WithFields(p.Called)
}

// Suggest answers in a language that is set down for whom the page is meant, unless one was
// chosen in this browser: a letter in one language leads to no page in another.
func (q *Request) Suggest(tag string) {
	if q.Edge.Chosen(q.C) || !slices.Contains(q.Offered, tag) {
		return
	}
	q.L, q.view = q.Edge.Words().Localizer(tag), nil
	q.Caller.Language = tag
	q.settle()
}

// Anew has a page that watched work loaded as a whole once that is over: more than its bar has
// changed then. Who asks for another part, such as the next page of a list, gets that.
func (q *Request) Anew(over bool, bar string) {
	if over && q.C.Get("HX-Target") == bar {
		q.C.Set("HX-Refresh", "true")
	}
}

func (q *Request) flash(f edge.Flash) ui.Flash {
	out := ui.Flash{Tone: ui.Good, Title: q.T(f.Key, f.Args), At: f.At}
	if !f.Good {
		out.Tone = ui.Bad
	}
	if f.URL != "" && f.Act != "" {
		out.Action = &ui.Link{Text: q.T(f.Act), URL: f.URL}
	}
	return out
}

// Back is where a switch of language leads back to: this page, when it can be
// asked for again.
func (q *Request) Back() string {
	if q.C.Method() != fiber.MethodGet {
		if ref, err := url.Parse(q.C.Get(fiber.HeaderReferer)); err == nil && tenant.Host(ref.Host) == tenant.Host(q.C.Hostname()) {
			return ref.RequestURI()
		}
		return "/"
	}
	return q.C.OriginalURL()
}

// Local returns a path of this site from what a request claims to come from; "/"
// for everything that would lead elsewhere.
func Local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsFunc(to, astray) {
		return "/"
	}
	return to
}

// astray are characters that browsers read as a slash or leave out: "/\t/" is "//".
func astray(r rune) bool { return r == '\\' || r < ' ' || r == 0x7f }

func theme(c *fiber.Ctx) string {
	switch t := c.Cookies(ui.ThemeCookie); t {
	case "light", "dark":
		return t
	}
	return ""
}

func (q *Request) ministry(v *ui.View) {
	v.Zone = q.Ministry.Zone
	v.Ministry = ui.Ministry{Name: q.Text(q.Ministry.Name), HomeURL: "/", Keeps: true}
	p := q.Profile()
	if q.Ministry.Crest != nil {
		v.Ministry.CrestURL = "/crest"
	}
	if q.Ministry.Accent != "" || (p != nil && p.AccentColour != "") {
		v.Ministry.ThemeURL = "/theme.css"
	}
	if p == nil {
		return
	}
	for _, c := range p.Contacts {
		text := q.Text(c.Name)
		link := ui.Link{Text: text, URL: c.URL}
		switch {
		case c.Phone != "":
			link = ui.Link{Text: text + " · " + c.Phone, URL: "tel:" + strings.ReplaceAll(c.Phone, " ", "")}
		case c.Email != "":
			link = ui.Link{Text: text + " · " + c.Email, URL: "mailto:" + c.Email}
		}
		v.Contact = append(v.Contact, link)
	}
	v.Legal = []ui.Link{{Text: q.T("nav.privacy"), URL: "/privacy"}, {Text: q.T("nav.help"), URL: "/help"}}
}

// places are the entries of the left rail: only those one may enter. An entry
// without object is for everybody who has signed in.
var places = []struct {
	key, url, object, action string
	icon                     ui.Glyph
}{
	{"nav.home", "/home", "", "", ui.GlyphHome},
	{"nav.institutions", "/institutions", "institution", "view", ui.GlyphSchool},
	{"nav.people", "/people", "account", "view", ui.GlyphPeople},
	{"nav.year", "/calendar", "calendar", "view", ui.GlyphCalendar},
	{"nav.audit", "/audit", "audit", "view", ui.GlyphHistory},
	{"nav.settings", "/settings", "settings", "view", ui.GlyphSettings},
}

// Mine is the public id of the institution at which the caller holds all posts in force that
// they hold at any; empty where there is none, or more than one.
func (q *Request) Mine() string {
	mine := ""
	for _, a := range q.Caller.Assignments {
		if on := q.Today(); a.UnitLevel != unit.Institution || a.Since.After(on) || !a.Until.IsZero() && !on.Before(a.Until) {
			continue
		}
		if mine != "" && mine != a.UnitUID {
			return ""
		}
		mine = a.UnitUID
	}
	return mine
}

func (q *Request) person(v *ui.View) {
	if q.Ministry == nil {
		q.operator(v)
		return
	}
	v.Person = &ui.Person{Name: q.Caller.Name, URL: "/me", RightsURL: "/me/rights", SignOut: "/sign-out"}
	if p := q.Profile(); p != nil && len(q.Caller.Assignments) > 0 {
		if r := p.Role(q.Caller.Assignments[0].Role); r != nil {
			v.Person.Role = q.Text(r.Name)
		}
	}
	mine := q.Mine()
	for _, p := range places {
		if p.object != "" && !q.Gate.May(q.Context(), p.action, p.object) {
			continue
		}
		at := ui.Place{Text: q.T(p.key), Icon: p.icon, URL: p.url, Current: v.Path == p.url || strings.HasPrefix(v.Path, p.url+"/")}
		if p.url == "/institutions" && mine != "" { // what one comes for, before what else there is
			own := ui.Place{Text: q.T("nav.mine"), Icon: ui.GlyphBuilding, URL: "/institutions/" + mine}
			own.Current = v.Path == own.URL || strings.HasPrefix(v.Path, own.URL+"/")
			at.Current = at.Current && !own.Current
			v.Nav = append(v.Nav, own)
		}
		v.Nav = append(v.Nav, at)
	}
	v.InboxURL = "/inbox"
	if q.Unread != nil && !q.stalled {
		if n, err := q.Unread(q.Context()); err == nil {
			v.Unread = n
		}
	}
	if q.Gate.May(q.Context(), "view", "institution") {
		v.Search = ui.Search{URL: "/institutions", Label: q.T("institution.search")}
	}
}

// operator is the frame on the platform's own domain. Without a second factor
// there is only one place to go, and no rail.
func (q *Request) operator(v *ui.View) {
	v.Person = &ui.Person{Name: q.Caller.Name, Role: q.T("operator.role"), URL: "/operator/security", SignOut: "/sign-out"}
	if !q.Caller.SecondFactor {
		return
	}
	under := func(path string) bool { return v.Path == path || strings.HasPrefix(v.Path, path+"/") }
	v.Nav = []ui.Place{
		{
			Text: q.T("nav.ministries"), Icon: ui.GlyphMinistry, URL: "/operator",
			Current: v.Path == "/operator" || under("/operator/new") || under("/operator/ministries"),
		},
		{Text: q.T("nav.operators"), Icon: ui.GlyphAccounts, URL: "/operator/people", Current: under("/operator/people")},
		{Text: q.T("nav.operator_acts"), Icon: ui.GlyphHistory, URL: "/operator/acts", Current: under("/operator/acts")},
	}
}

// Fault answers with the page of a fault: sign-in for who has not, the reason
// and the next step for who may not, a plain sentence for the rest; and what was
// typed into the form that was refused.
func (b *Base) Fault(c *fiber.Ctx, err error) error {
	q := &Request{Base: b, C: c, Ask: edge.Of(c)}
	f := fault.From(err)
	known := q.Caller != nil
	if q.L == nil {
		q.L = b.Edge.Tongue(c, edge.Mendable(f))
	}
	if !known {
		q.Caller = &caller.Caller{}
	}
	q.stalled = f.Kind == fault.Unavailable
	typed := q.typed()
	if known && q.signsIn(f) {
		return q.signInFirst(typed)
	}
	if q.Illegible != nil { // nor can its page be shown
		return q.refuse(err, ui.TypedSpec{Kept: *typed}, "")
	}
	if typed == nil || !lost(f) {
		return q.refuse(err, ui.TypedSpec{}, "")
	}
	return q.refused(err, typed)
}

// signsIn reports whether somebody must sign in before anything else: nobody has, or no
// longer, and the form that they sent was drawn for somebody who had.
func (q *Request) signsIn(f *fault.Error) bool {
	if strings.HasPrefix(q.C.Path(), "/sign-in") {
		return false
	}
	sheet := q.sent()
	return f.Kind == fault.Unauthenticated || f.Check == edge.StaleForm && !q.Caller.SignedIn() && sheet != nil && sheet.Who != ""
}

// Target is a shorthand for the gate's target of a whole object.
func Target(object string) gate.Target { return gate.Target{Object: object} }

// Then says what ends an open window before the calendar does, or opens a closed one; "" for
// the calendar.
func (q *Request) Then(t *unit.Turn, open bool) string {
	switch {
	case t == nil:
		return ""
	case t.Type == "":
		return q.T("window.then.ends")
	}
	name := t.Type
	if typ := q.Profile().Type(t.Type); typ != nil {
		name = q.Text(typ.Name)
	}
	if open {
		return q.T("window.then.closes", "Type", name)
	}
	return q.T("window.then.opens", "Type", name)
}
