// Package ui is the one set of parts that every screen is built from, so that
// the product looks like one thing: frame, forms, tables, the five small things
// and the pages of refusal. It knows words (locale), assets and faults, and
// nothing of what the screens are about.
//
// # How to write a screen
//
// A handler fills a View (who, where, which ministry, which language) once per
// request and hands it to a templ component. The component wraps its content in
// Page (signed in) or Plain (sign-in, landing, errors, print) and uses only
// parts of this package:
//
//	templ institutionPage(v *ui.View, m institution) {
//		@ui.Page(v, ui.Head{
//			Title:  m.Name,
//			Crumbs: []ui.Link{{Text: v.T("nav.institutions"), URL: "/institutions"}},
//			State:  &ui.State{Text: v.T("institution.state.active"), Tone: ui.Good},
//			Main:   ui.LinkButton(v, ui.ButtonSpec{Text: v.T("word.edit"), Icon: ui.GlyphEdit, Kind: ui.Primary, URL: m.URL + "/edit"}),
//		}) {
//			@ui.Card(v, ui.CardSpec{Title: v.T("institution.general"), Tools: ui.HistoryLink(v, ui.History{URL: m.URL + "/history"})}) {
//				@ui.Facts(v, []ui.Fact{{Label: v.T("record.code"), Value: m.Code}})
//			}
//		}
//	}
//
//	templ institutionForm(v *ui.View, m institution, errs ui.Errors) {
//		@ui.Page(v, ui.Head{Title: v.T("record.edit")}) {
//			@ui.Form(v, ui.FormSpec{Action: m.URL, Key: m.Key, Version: m.Version, Errors: errs, Guard: true}) {
//				@ui.Group(v, ui.GroupSpec{Title: v.T("institution.general")}) {
//					@ui.Field(v, errs.On(ui.FieldSpec{Name: "name", Label: v.T("record.name"), Value: m.Name, Required: true}))
//				}
//				@ui.FormActions(v, ui.ActionsSpec{Save: v.T("word.save"), CancelURL: m.URL})
//			}
//		}
//	}
//
// Rules that keep it one thing:
//   - Texts handed to a part are finished words: v.T("key"), a profile's text,
//     or data. Parts translate only their own words (keys ui.*).
//   - No class, style or script attribute in a screen (the content policy
//     forbids inline ones anyway). Spacing comes from Stack, Split and Columns.
//     What is missing belongs into this package.
//   - Every list is Filters + Table (+ Pager); every record is Cards of Facts;
//     every form is Form > Group > Field > FormActions; every refusal is WhyNot.
//   - Everything works without script. Filters, Pager and Progress update in
//     place by htmx when it is there: the server just renders the whole page
//     and htmx takes the part it needs.
//   - Hidden fields of forms are named by FieldCSRF, FieldKey and FieldVersion.
//   - Hand a toast to htmx with the response header of Toast.
//
// Every part is shown with made-up data in four languages by package gallery.
package ui

import (
	"strings"
	"time"

	"mektep/core/locale"
	"mektep/core/web/assets"
)

// Names of the hidden fields that Form writes.
const (
	FieldCSRF    = "_csrf"    // token that ties the form to the session
	FieldKey     = "_key"     // idempotency key: a second click does nothing twice
	FieldVersion = "_version" // version of the record that the form was filled from
)

// View is what the frame of a page and its parts need to know of the request.
// A handler fills one per request; it is not shared.
type View struct {
	L      *locale.Localizer
	Assets *assets.Bundle
	Zone   *time.Location // of the ministry: moments are written in it; nil: as they come

	Now      time.Time // of the request, for what is printed
	Path     string    // path of the request, for marking the place one is at
	Ministry Ministry  // zero on the platform's own domain
	Person   *Person   // nil: nobody has signed in
	Units    []Unit    // units one may work in; a switch is shown from two on
	Nav      []Place   // at most seven, only those one may enter
	Search   Search    // zero: no search in the top bar

	InboxURL string // empty: no inbox
	Unread   int    // unread notices

	Languages   []Language // in the order of the profile, each with the URL that switches to it
	Theme       string     // "light", "dark" or "" (as the device says), from cookie ThemeCookie
	ThemeURL    string     // where the switch is posted without script (field "theme")
	LanguageURL string     // where a language is chosen (fields "language" and "to")
	Here        string     // path of this page, to come back to
	CSRF        string

	Keys func() string // makes idempotency keys of forms that bring none; nil: they have none
	Who  string        // who has signed in, sealed, for the forms of the page; empty: nobody
	Page string        // address of the page that a form stands on
	Sent *Sheet        // of the form that was sent, when this page answers one
	Held string        // of a form that was filled again and is shown once more: what to drop once it is done
	Kept *Kept         // what the page's form is filled from again

	Illegible   Errors   // what in Kept is no text, or has no end: the form was refused for it
	KeptVersion int      // of the record that the form was filled from which Kept is of
	told        []string // names of the fields beside which Illegible was said

	Wrong bool // the page says what is wrong with a form: so does its title

	Left time.Duration // until the session ends if nothing more is asked; zero: there is none

	Flash   []Flash // what the previous request wants to say
	Notice  string  // standing notice above every page, e.g. "demonstration data"
	Contact []Link  // contact block of the profile; URL may be tel: or mailto:
	Legal   []Link  // privacy notice, accessibility, measures
	Version string  // build shown in the footer
	Request string  // request id, shown on error pages
}

// ThemeCookie holds the remembered choice between light and dark.
const ThemeCookie = "theme"

// Ministry is whose service this is.
type Ministry struct {
	Name     string // in the reader's language
	Service  string // name of the service under it; empty: the product's name
	HomeURL  string // empty: "/"
	CrestURL string // picture; empty: the neutral emblem
	ThemeURL string // stylesheet with the accent colour, see NewTheme; empty: the standard accent
	Keeps    bool   // what is sent after a session's end is kept for its account
}

// Person is who is signed in.
type Person struct {
	Name      string
	Role      string // role and unit one works in now, in words
	URL       string // own account
	RightsURL string // "who am I and what may I do"
	SignOut   string // URL that the sign-out form posts to
}

// Unit is a unit one may work in.
type Unit struct {
	Value   string // posted as "unit"
	Name    string
	Role    string
	Current bool
	URL     string // where the choice is posted to
}

// Place is an entry of the left rail.
type Place struct {
	Text    string
	Icon    Glyph
	URL     string
	Current bool
	Count   int // things waiting there; 0 shows nothing
}

// Search is the search of the top bar; `/` jumps to it.
type Search struct {
	URL   string
	Name  string // of the field; empty: "q"
	Label string // what can be found; empty: the word "search"
	Value string
	Post  bool // post it: searches for persons never stand in a URL
}

// Language is one of the languages a page can be read in.
type Language struct {
	Tag     string
	Name    string // in that language itself
	Current bool
}

// Link is a text that leads somewhere; without URL it is just text.
type Link struct {
	Text string
	URL  string
	Icon Glyph
}

// Flash is one thing said at the top of a page after an action.
type Flash struct {
	Tone   Tone
	Title  string
	Text   string
	Action *Link  // e.g. undo
	At     string // id of the card that it is about; empty: the whole page
	shown  bool
}

// said takes what is to be said at a place of the page; what has no place of its own on
// this page is said below it all.
func (v *View) said(here func(at string) bool) []Flash {
	var out []Flash
	for k := range v.Flash {
		if f := &v.Flash[k]; !f.shown && here(f.At) {
			f.shown = true
			out = append(out, *f)
		}
	}
	return out
}

func nowhere(at string) bool { return at == "" }

func anywhere(string) bool { return true }

// T returns the message in the reader's language; args are key/value pairs.
func (v *View) T(key string, args ...any) string { return v.L.T(key, args...) }

// Date writes a day as the language does; empty for the zero time.
func (v *View) Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return v.L.Date(t)
}

// DateTime writes a moment as the language does; empty for the zero time. Where nobody's
// zone is the reader's, as on the platform's own screens, it says by which clock.
func (v *View) DateTime(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case v.Zone != nil:
		return v.L.DateTime(t.In(v.Zone))
	}
	return v.L.DateTime(t.UTC()) + "\u00a0UTC"
}

// key is the idempotency key of a form: the one it has, or a new one.
func (v *View) key(own string) string {
	if own == "" && v.Keys != nil {
		return v.Keys()
	}
	return own
}

func (v *View) home() string {
	if v.Ministry.HomeURL != "" {
		return v.Ministry.HomeURL
	}
	return "/"
}

func (v *View) service() string {
	if v.Ministry.Service != "" {
		return v.Ministry.Service
	}
	return v.T("ui.product")
}

func (v *View) title(page string) string {
	if v.Wrong {
		page = v.T("ui.error") + " " + page
	}
	parts := make([]string, 0, 3)
	for _, p := range []string{page, v.service(), v.Ministry.Name} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " – ")
}

// document is a page's title in the window's: who watches another one sees there that work has ended, and how.
func (h Head) document() string {
	if h.Came == "" {
		return h.Title
	}
	return h.Title + ": " + h.Came
}

func (v *View) themeName() string {
	if v.Theme == "light" || v.Theme == "dark" {
		return v.Theme
	}
	return "auto"
}

func (v *View) unit() *Unit {
	for i := range v.Units {
		if v.Units[i].Current {
			return &v.Units[i]
		}
	}
	return nil
}

func (v *View) language() Language {
	for _, l := range v.Languages {
		if l.Current {
			return l
		}
	}
	return Language{Tag: v.L.Tag(), Name: v.L.Tag()}
}

// initials are shown in the round beside a person's name.
func initials(name string) string {
	var b strings.Builder
	for i, w := range strings.Fields(name) {
		if i == 2 {
			break
		}
		b.WriteString(string([]rune(w)[:1]))
	}
	return b.String()
}
