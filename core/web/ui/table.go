package ui

import (
	"maps"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Column is one column of a table.
type Column struct {
	Text     string
	Numeric  bool   // written to the right with even digits
	SortURL  string // empty: cannot be sorted
	Sorted   int    // 1 ascending, -1 descending, 0 not
	Narrow   bool   // only as wide as its content
	Optional bool   // left out on phones
}

// Cell is one cell. The first cell of a row names it.
type Cell struct {
	Text  string
	URL   string
	Sub   string // second line, small
	State *State
	Icon  Glyph
	Body  templ.Component // instead of all of the above
}

// blank reports that the cell says nothing: as a card, a row has no line for it.
func (c Cell) blank() bool {
	return c.Body == nil && c.Text == "" && c.Sub == "" && c.State == nil && c.Icon == ""
}

// Row is one row.
type Row struct {
	ID    string // value of its tick box
	Name  string // read aloud beside the tick box; empty: text of the first cell
	Cells []Cell
	Muted bool   // closed, withdrawn
	Error string // what is wrong with the row (imports)
}

func (r Row) name() string {
	if r.Name != "" || len(r.Cells) == 0 {
		return r.Name
	}
	return r.Cells[0].Text
}

// TableSpec is a list of records.
type TableSpec struct {
	ID      string // target of Filters and Pager; empty: "list"
	Caption string // read aloud: what the table lists
	Columns []Column
	Rows    []Row
	Count   string          // "1–50 of 76,240", as words
	Note    string          // above the rows: what was searched for instead, where the list stops
	Tools   templ.Component // export, print
	Empty   EmptySpec       // shown instead of an empty table
	Pager   *PagerSpec
	Bulk    *BulkSpec // nil: rows cannot be ticked
	Wide    bool      // scrolls sideways in a box of its own
	Dense   bool      // for work with many rows: each is one line
}

func (t TableSpec) id() string {
	if t.ID != "" {
		return t.ID
	}
	return "list"
}

// short tables fit a phone as they are: what they name, and one thing of it.
func (t TableSpec) short() bool { return len(t.Columns) <= 2 && t.Bulk == nil }

// BulkSpec makes rows tickable and says what can be done with the ticked ones.
type BulkSpec struct {
	Action  string // URL the ticked rows are posted to
	Name    string // of the tick boxes; empty: "id"
	Key     string // idempotency key
	Buttons []ButtonSpec
}

func (b *BulkSpec) name() string {
	if b.Name != "" {
		return b.Name
	}
	return "id"
}

// PagerSpec leads through a list by keys, never by page numbers.
type PagerSpec struct {
	Previous string // URL; empty: this is the beginning
	First    string // URL of the beginning, for a list that cannot be turned back page by page
	Next     string // URL; empty: this is the end
	Last     string // URL of the end, of a list whose pages are counted
	Text     string // "1–50 of 76,240"
	Target   string // id of the table; empty: "list"
	Time     bool   // the list runs from new to old: "newer" and "older"
}

func (p PagerSpec) target() string {
	if p.Target != "" {
		return p.Target
	}
	return "list"
}

// Fact is one line of a record.
type Fact struct {
	Label string
	Value string
	Body  templ.Component // instead of Value
	URL   string
	Note  string          // small, under the value: where it comes from, since when
	Mark  templ.Component // owner, consent or history mark
	Long  bool            // takes the whole width
}

// CardSpec is a box with a title.
type CardSpec struct {
	ID    string
	Title string
	Text  string
	Icon  Glyph
	Tools templ.Component // links and buttons at the right of the title
	Foot  templ.Component
	Flush bool // the content reaches the edges (a table, a list)
}

// Tab is one part of a record with several pages.
type Tab struct {
	Text    string
	URL     string
	Current bool
	Count   string
}

// Step is one step of a procedure.
type Step struct {
	Text    string
	Note    string
	Done    bool
	Current bool
	URL     string
}

// Task is something one must or can do, on the home page and in the inbox.
type Task struct {
	Icon   Glyph
	Title  string
	Text   string
	URL    string
	Post   bool   // URL is posted to: that it was opened is written down
	When   string // "due 26 June", "2 hours ago"
	Tone   Tone
	Unread bool
	Action templ.Component
}

// Told puts a notice into the reader's language, its moments into the ministry's hours: what it
// is about, and what more it says.
func (v *View) Told(key string, args map[string]any) (title, text string) {
	args = maps.Clone(args)
	for name, a := range args {
		if t, ok := a.(time.Time); ok && v.Zone != nil && !t.Truncate(24*time.Hour).Equal(t) {
			args[name] = t.In(v.Zone)
		}
	}
	title, text, _ = strings.Cut(v.T(key, args), "\n\n")
	return title, strings.ReplaceAll(text, "\n\n", " ")
}

// Node is one node of a tree.
type Node struct {
	Text     string
	Sub      string // type, code
	URL      string
	Icon     Glyph
	Count    string
	State    *State
	Open     bool
	Current  bool
	More     string // URL that loads the children (an html fragment of Branch); empty: Children are all
	Children []Node
}

// MenuSpec is a button that opens a list of actions.
type MenuSpec struct {
	Text     string
	Icon     Glyph
	IconOnly bool
	Kind     Kind
	Items    []MenuItem
}

// MenuItem is one action of a menu.
type MenuItem struct {
	Text   string
	Icon   Glyph
	URL    string
	Post   bool // posts to URL instead of going there
	Danger bool
}
