package transfer

import (
	"time"

	"mektep/core/audit"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/intake"
)

// State says where an import stands.
type State string

// The states. A job that fails leads back to the state before it.
const (
	Matching  State = "matching"  // the columns can be matched
	Checking  State = "checking"  // a job goes through the file
	Checked   State = "checked"   // the preview stands
	Applying  State = "applying"  // a job writes
	Applied   State = "applied"   // it can be undone
	Undoing   State = "undoing"   // a job takes it back
	Undone    State = "undone"    // the end
	Cancelled State = "cancelled" // the end: given up, the file is gone
)

// Import is one import of records.
type Import struct {
	UID        string
	Account    int64  // who brought it; 0: a system role
	AccountUID string //
	UnitPath   string // of the unit for which it was brought
	State      State
	FileName   string // as the person's computer called it
	Format     string
	Size       int64 // bytes
	Columns    []intake.Column
	Options    Options
	Look       exchange.Look // how the file can be read; how it is, says Options
	Unplaced   []PlaceWord   // words of the file that mean no place or no type, commonest first; of the last preview
	Counts     Counts
	Job        string // public id of the run that checks, applies or undoes it; empty: none yet
	Created    time.Time
	Applied    time.Time // zero: not yet
	Undone     time.Time // zero: not yet
	Version    int

	id       int64
	register string
	file     string
}

// Unread names the sheets of the file that have rows and are not read.
func (i *Import) Unread() []string {
	var out []string
	for _, s := range i.Look.Sheets {
		if s.Name != i.Options.Reading.Sheet && s.Rows > 0 {
			out = append(out, s.Name)
		}
	}
	return out
}

// Options are what the file does not say.
type Options struct {
	Reading     exchange.Reading  `json:"reading,omitzero"`
	Since       time.Time         `json:"since,omitzero"` // for rows without a day of founding: the day of the list; zero: today
	OrderNumber string            `json:"order_number,omitempty"`
	OrderDate   time.Time         `json:"order_date,omitzero"`
	Values      map[string]string `json:"values,omitempty"`   // target without a column → what every row says of it
	Places      []PlaceWord       `json:"places,omitempty"`   // what words mean that the territory does not know, or the types
	Decimal     string            `json:"decimal,omitempty"`  // the mark before a fraction: point, comma; empty: as the file proves
	Days        string            `json:"days,omitempty"`     // what days in figures begin with: day, month; empty: as the file proves
	Twins       bool              `json:"twins,omitempty"`    // also enter rows without a code that look like another record
	Leave       []int             `json:"leave,omitempty"`    // lines of the file that are no records: totals, signatures
	Odd         []int             `json:"odd,omitempty"`      // lines that look like such; of the last preview
	Headed      int               `json:"headed,omitempty"`   // the last line of the headings, where they take several; 0: the one that Reading says
	OnlyNew     bool              `json:"only_new,omitempty"` // leave records that are there as they are
}

// PlaceWord is a word that a file uses for a place, for a type of record, or for an entry
// of a list.
type PlaceWord struct {
	Level string `json:"level"`           // region, district, type, or the id of a field of a list
	Word  string `json:"word"`            // as it stands in the file
	In    string `json:"in,omitempty"`    // code or name of the region that the rows name beside it; empty: of any
	Place string `json:"place,omitempty"` // code or name of the place that is meant, id or name of the type, code or name of the entry
	Rows  int    `json:"rows,omitempty"`  // that use it, by the last preview

	InName fault.Text `json:"in_name,omitempty"` // what that region is called; of the words that a preview found
}

// headed is the last line of the headings.
func (o Options) headed() int { return max(o.Headed, o.Reading.Heading) }

// NoValue says in Options.Values that a field stays empty: the file is about
// records that are in the register already.
const NoValue = "-"

// Order is the order that the import stands on.
func (o Options) Order() audit.Order {
	return audit.Order{Number: o.OrderNumber, Date: o.OrderDate}
}

// Counts sum a preview, or what an import did.
type Counts struct {
	Rows      int `json:"rows"`
	New       int `json:"new"`
	Changed   int `json:"changed"`
	Unchanged int `json:"unchanged"`
	Duplicate int `json:"duplicate"`       // left out
	Faulty    int `json:"faulty"`          // rows with at least one error: nothing can be applied
	Uncoded   int `json:"uncoded"`         // new records without the code that the country gives them
	Dated     int `json:"dated"`           // names, types and places that differ from the register's: they take an order
	Moved     int `json:"moved,omitempty"` // rows that would have come out otherwise than was shown when they were to be entered: nothing was
	Findings  int `json:"findings"`        // all that was found, of which the first 1,000 are kept
}

// Finding is what is wrong with a row, or why it is left out.
type Finding struct {
	Line    int         `json:"line"`             // of the file, from 1
	Column  int         `json:"column,omitempty"` // of the file, from 1; 0: the row as a whole
	Target  string      `json:"target,omitempty"` // what the column is matched to
	Value   string      `json:"value,omitempty"`  // as it stands in the file, cut short
	Key     string      `json:"key"`              // message key
	Args    fault.Args  `json:"args,omitempty"`
	Rule    string      `json:"rule,omitempty"` // of a refusal
	Law     string      `json:"law,omitempty"`
	Next    *fault.Step `json:"next,omitempty"`    // what to do about a refusal
	Record  string      `json:"record,omitempty"`  // public id of the record that the row was met with
	Warning bool        `json:"warning,omitempty"` // the row is left out; nothing stands against the others
	By      string      `json:"by,omitempty"`      // public id of the account that changed that record since the preview
	At      time.Time   `json:"at,omitzero"`       // when that was

	Old      any  `json:"old,omitempty"`      // of a change: what the register has, as it is kept; nil: nothing
	New      any  `json:"new,omitempty"`      // of a change: what it is to have
	Withheld bool `json:"withheld,omitempty"` // of a change: the caller may not see what the register has

	Entering *Entering `json:"entering,omitempty"` // of a new row: what it enters

	known int64             // id of the record that Record is to name
	names map[string]string // of the row, of which one may differ from its
}

// Kind narrows what was found.
type Kind string

// Kinds of findings. Every finding is of exactly one.
const (
	AnyFinding Kind = ""
	Errors     Kind = "errors"     // nothing is entered while one stands
	Duplicates Kind = "duplicates" // the row is left out: it is there already
	Notices    Kind = "notices"    // to be known; nothing stands against the row
	Moved      Kind = "moved"      // the row came out otherwise than the preview before showed
	Changes    Kind = "changes"    // what a row changes, field by field; listed when asked for, and not counted
	Fresh      Kind = "new"        // what is to be entered, row by row; listed when asked for, and not counted
	Matches    Kind = "matches"    // with which record the row was met; listed when asked for, and not counted
)

// keptMatches is how many rows say with which record they were met or what they enter, and how many
// changes are told.
const keptMatches = 1000

// keptFindings is how many findings are kept; all are counted.
const keptFindings = 1000

// MaxUpload bounds a file, in bytes. A national list of 100,000 has ten million.
const MaxUpload = 32 << 20

// Target is what a column of a file can be matched to.
type Target struct {
	ID       string
	Name     fault.Text // as a heading, in every language of the software
	Group    string     // id of the field group; empty: of the record itself
	Required bool       // without it nothing can be imported
	ForAll   bool       // one value may say it for all rows
	Within   []string   // targets of which each says it too
	Several  bool       // texts of several targets, each in another language
}
