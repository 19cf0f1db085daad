package ui

import "github.com/a-h/templ"

// Tone says how a message, a state or a figure is meant. Colour never says it
// alone: an icon or a word goes with it.
type Tone string

// The tones.
const (
	Neutral Tone = ""     // a plain fact
	Info    Tone = "info" // worth knowing
	Good    Tone = "good" // done, in force, in order
	Warn    Tone = "warn" // needs attention soon
	Bad     Tone = "bad"  // failed, refused, overdue
)

func (t Tone) class() string {
	if t == Neutral {
		return "tone-neutral"
	}
	return "tone-" + string(t)
}

func (t Tone) glyph() Glyph {
	switch t {
	case Good:
		return GlyphSuccess
	case Warn:
		return GlyphAlert
	case Bad:
		return GlyphError
	default:
		return GlyphInfo
	}
}

// Kind is the weight of a button. A page has at most one Primary.
type Kind string

// The kinds of buttons.
const (
	Secondary Kind = ""        // the usual button
	Primary   Kind = "primary" // the one main action
	Quiet     Kind = "quiet"   // an action among many, without a border
	Danger    Kind = "danger"  // takes something away
)

// ButtonSpec describes a button (submits its form) or a link that looks like one.
type ButtonSpec struct {
	Text     string
	Icon     Glyph
	Kind     Kind
	URL      string // of a LinkButton; of a Button: formaction
	Name     string // of a Button: field that it sends
	Value    string
	Form     string // id of the form it belongs to, when it stands outside
	IconOnly bool   // Text is then read aloud only
	IconEnd  bool   // the icon stands behind the text
	Small    bool
	Wide     bool // as wide as its container
	NoCheck  bool // skip the browser's own field checks (back, cancel)
	Attrs    templ.Attributes
}

func (b ButtonSpec) class() string {
	c := "btn"
	switch b.Kind {
	case Primary:
		c += " btn-primary"
	case Quiet:
		c += " btn-quiet"
	case Danger:
		c += " btn-danger"
	default:
		c += " btn-secondary"
	}
	if b.IconOnly {
		c += " btn-icon"
	}
	if b.Small {
		c += " btn-small"
	}
	if b.Wide {
		c += " btn-wide"
	}
	return c
}

// State is a short word about a thing: active, closed, draft.
type State struct {
	Text string
	Tone Tone
	Icon Glyph // empty: a dot
}

// AlertSpec is a message in the page.
type AlertSpec struct {
	Tone   Tone
	Title  string
	Text   string
	Action *Link
	Live   bool // announced when it appears
	Said   bool // announced when the page opens: what came of work that its reader waited for
}

// EmptySpec says what would stand in an empty place and how to begin.
type EmptySpec struct {
	Icon   Glyph
	Title  string
	Text   string
	Action templ.Component // a Button or LinkButton; nil: none
}

// Stat is one figure. Use few.
type Stat struct {
	Label string
	Value string // as the language writes it
	Note  string // what it compares with, or where it comes from
	URL   string
	Tone  Tone
}

// ProgressSpec is a job that runs.
type ProgressSpec struct {
	ID      string // of the element; stays the same between renderings
	Title   string
	Text    string // "12,000 of 76,000 rows"
	Percent int    // 0–100; below 0: unknown
	Tone    Tone   // Good when done, Bad when failed
	Running bool   // keeps asking URL while true
	URL     string // page that shows the same Progress; asked every two seconds
}
