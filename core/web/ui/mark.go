package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mektep/core/fault"
)

// WhyNotSpec explains a refusal: what stopped it, which rule and law stand
// behind it, what to do next.
type WhyNotSpec struct {
	Ask     string // the question, of WhyNot; empty: "why not?"
	Reason  string // one sentence
	Rule    string // title of the rule
	Law     string // act and article
	LawURL  string
	Next    string // what to do now
	NextURL string // screen where it is done; empty: nobody can do it here
}

// WhyNotOf explains a fault in the reader's language. The localizer knows the
// country profile's legal bases (locale.Localizer.WithLaw).
func WhyNotOf(v *View, err error) WhyNotSpec {
	x := v.L.Fault(fault.From(err))
	return WhyNotSpec{Reason: x.Reason, Rule: x.Rule, Law: x.Law, Next: x.NextText, NextURL: x.NextURL}
}

// History leads to who changed what and when.
type History struct {
	URL  string
	When time.Time // last change; zero: not said
	Who  string
}

// ConsentState is where a consent stands.
type ConsentState string

// The states of a consent.
const (
	ConsentGiven     ConsentState = "given"
	ConsentRefused   ConsentState = "refused"
	ConsentMissing   ConsentState = "missing"
	ConsentWithdrawn ConsentState = "withdrawn"
	ConsentNotNeeded ConsentState = "not_needed" // another legal basis carries it
)

// Consent is the mark of a consent.
type Consent struct {
	State ConsentState
	By    string // who gave, refused or withdrew it
	On    time.Time
	Basis string // the other legal basis, for ConsentNotNeeded
	URL   string
}

// Window is the time in which a part may be filled in.
type Window struct {
	Open   bool
	Until  time.Time // end; zero: not limited
	Days   int       // days left, counted in the ministry's time zone
	Opens  time.Time // next opening, of a closed window; zero: not known
	Then   string    // what ends it before the calendar does, or opens it
	Extend string    // office that may extend it
	URL    string
}

// Owner is the register that keeps a fact which is shown elsewhere.
type Owner struct {
	Register  string
	ReportURL string // where an error is reported; empty: cannot
}

// ConflictSpec is a record that was changed twice at once.
type ConflictSpec struct {
	Who  string // who saved meanwhile
	Own  bool   // it was the reader, in another window
	When time.Time
	// Saved is what was done meanwhile, newest first; none where the form shows it field
	// by field.
	Saved []Entry
}

// Entry is one line of a history.
type Entry struct {
	When    time.Time
	Who     string
	Role    string
	What    string
	Changes []Change
	Made    bool   // it begins with this: nothing stood there before
	Order   string // order or act it was done on, in words
	Icon    Glyph
	Tone    Tone
	URL     string
}

// Change is one field of an Entry.
type Change struct {
	Label string
	From  string // empty: was empty
	To    string // empty: was removed
}

// ConfirmSpec asks before something that cannot simply be undone. Without
// script it opens in place; with it, as a dialog.
type ConfirmSpec struct {
	ID      string
	Button  ButtonSpec // opens it
	Title   string
	Text    string
	Action  string // URL it posts to
	Key     string // idempotency key
	Version int
	Fields  []FieldSpec // e.g. the reason, the order number
	Yes     string      // verb on the button that does it
	Danger  bool
	Hidden  map[string]string
}

// ErrorSpec is a page that says what went wrong.
type ErrorSpec struct {
	Status  int
	Title   string          // empty: by status
	Text    string          // empty: by status
	Why     *WhyNotSpec     // of 403 and 423
	Next    *Link           // what to do next, where that is on a page of its own; else Text says it
	BackURL string          // empty: home
	Retry   string          // URL to try again; empty: none
	First   string          // URL of the list's first page, where another was asked for; empty: none
	SignIn  string          // URL of sign-in, where that comes first; empty: it does not
	Body    templ.Component // e.g. a Conflict, or what was Typed
}

// PrintSpec heads a page on paper.
type PrintSpec struct {
	Title string
	Lines []string // unit, filters, as of
	On    time.Time
	By    string
}

// SecretSpec shows something that is shown once: a code, a link.
type SecretSpec struct {
	Label string
	Value string
	Hint  string
}

func (c Consent) tone() Tone {
	switch c.State {
	case ConsentGiven:
		return Good
	case ConsentRefused, ConsentWithdrawn:
		return Bad
	case ConsentMissing:
		return Warn
	default:
		return Neutral
	}
}

func (c Consent) glyph() Glyph {
	switch c.State {
	case ConsentGiven:
		return GlyphConsent
	case ConsentNotNeeded:
		return GlyphLaw
	case ConsentMissing:
		return GlyphAlert
	default:
		return GlyphWithdrawn
	}
}

func (c Consent) text(v *View) string {
	by, on := c.By, v.Date(c.On)
	signed := by != "" && on != ""
	switch c.State {
	case ConsentGiven:
		if signed {
			return v.T("ui.consent.given_by", "By", by, "On", on)
		}
		return v.T("ui.consent.given")
	case ConsentRefused:
		if signed {
			return v.T("ui.consent.refused_by", "By", by, "On", on)
		}
		return v.T("ui.consent.refused")
	case ConsentWithdrawn:
		if signed {
			return v.T("ui.consent.withdrawn_by", "By", by, "On", on)
		}
		return v.T("ui.consent.withdrawn")
	case ConsentMissing:
		return v.T("ui.consent.missing")
	default:
		if c.Basis != "" {
			return v.T("ui.consent.basis", "Basis", c.Basis)
		}
		return v.T("ui.consent.not_needed")
	}
}

// LastMoment writes the end of a window: what closes as a day ends is open on that
// day, not "until 00:00" of the next.
func (v *View) LastMoment(t time.Time) string {
	if midnight, in := v.midnight(t); midnight {
		return v.LastDay(in)
	}
	return v.DateTime(t)
}

// LastDay writes what ends with a day, as people say it: t is the first day on which it no
// longer holds. The rule is that of messages ([fault.End]).
func (v *View) LastDay(t time.Time) string { return v.L.Value(fault.End(t)) }

// firstMoment writes the beginning of a window; the hour only where it counts.
func (v *View) firstMoment(t time.Time) string {
	if midnight, in := v.midnight(t); midnight {
		return v.Date(in)
	}
	return v.DateTime(t)
}

func (v *View) midnight(t time.Time) (bool, time.Time) {
	if v.Zone != nil {
		t = t.In(v.Zone)
	}
	return t.Hour() == 0 && t.Minute() == 0, t
}

// soon is how many days before its end a window begins to warn.
const soon = 3

func (w Window) tone() Tone {
	switch {
	case !w.Open:
		return Neutral
	case !w.Until.IsZero() && w.Days <= soon:
		return Warn
	default:
		return Good
	}
}

func (w Window) glyph() Glyph {
	if w.Open {
		return GlyphClock
	}
	return GlyphLock
}

func (w Window) text(v *View) string {
	if w.Then != "" {
		return v.T("ui.window.then", "Window", w.state(v), "Then", w.Then)
	}
	return w.state(v)
}

func (w Window) state(v *View) string {
	switch {
	case w.Open && w.Until.IsZero():
		return v.T("ui.window.open")
	case w.Open && w.Days <= 0:
		return v.T("ui.window.today", "Until", v.LastMoment(w.Until))
	case w.Open:
		return v.T("ui.window.until", "Until", v.LastMoment(w.Until), "Count", w.Days)
	case !w.Opens.IsZero():
		return v.T("ui.window.opens", "Opens", v.firstMoment(w.Opens))
	case w.Extend != "":
		return v.T("ui.window.extend", "Office", w.Extend)
	default:
		return v.T("ui.window.closed")
	}
}

func (e Entry) glyph() Glyph {
	if e.Icon != GlyphNone {
		return e.Icon
	}
	return GlyphEdit
}

func (c ConfirmSpec) id() string {
	if c.ID != "" {
		return c.ID
	}
	return "confirm"
}

func (c ConfirmSpec) kind() Kind {
	if c.Danger {
		return Danger
	}
	return Primary
}

func (c ConfirmSpec) hiddenNames() []string { return slices.Sorted(maps.Keys(c.Hidden)) }

// qrPath draws each run of dark modules as one rectangle.
func qrPath(rows [][]bool) string {
	var b strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); x++ {
			if !row[x] {
				continue
			}
			from := x
			for x < len(row) && row[x] {
				x++
			}
			fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
		}
	}
	return b.String()
}

func paragraphs(text string) []string {
	var out []string
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}
