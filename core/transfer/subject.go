package transfer

import (
	"context"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/locale"
	"mektep/core/profile"
	"mektep/core/record"
)

// Subject is what only one register knows of its lists. [Plain] is that of a register whose
// records have nothing of their own.
type Subject interface {
	// Own are what columns can mean besides the fields of the profile, in the order of the
	// template.
	Own(p *profile.Profile, words *locale.Bundle, on time.Time) []Own
	// Types are the types of record by what a file may call them, compact word → id; nil: there are none.
	Types(p *profile.Profile) map[string]string
	// Musts are what a row that enters a record must say besides its fields.
	Musts(p *profile.Profile) []Must
	// Called is the target that a record is called by.
	Called(p *profile.Profile) string
	// Propose puts right what the columns of a file were proposed to mean, where the register
	// knows more than their headings. template: they say it themselves.
	Propose(m *Matcher, cols []intake.Column, template bool)
	// Fixed judges a value of its own that all rows are to share; own: it is of the register's own.
	Fixed(p *profile.Profile, on time.Time, target, said string) (own bool, wrong *intake.Fault)
	// Means judges what words of a file are said to mean that are no field's, writes their
	// meanings as they are kept, and adds what is wrong to bad.
	Means(ctx context.Context, m *Matcher, words []PlaceWord, bad *fault.Error) ([]PlaceWord, *fault.Error, error)
	// Examples are what the template's example could be, the best first; nil: the columns are none
	// of a template.
	Examples(p *profile.Profile, words *locale.Bundle, cols []intake.Column, on time.Time) []Example
	// Lead are the columns of an export that are no fields.
	Lead(p *profile.Profile, l *locale.Localizer, words *locale.Bundle) []Lead
	// Begin begins a pass through a file.
	Begin(ctx context.Context, j *Judge) (Pass, error)

	// Recode gives a record another code, or none, in the open unit of work.
	Recode(ctx context.Context, h record.Head, code string) error
	// Entered is what the gate is asked for where a record was entered.
	Entered(h record.Head) gate.Target
	// Touched are those of some records that something else names since an import, so that they
	// are no longer as it left them; made: those among them that it made.
	Touched(ctx context.Context, tx *db.Tx, ids, made []int64) (map[int64]bool, error)
	// Remove takes records away that an import made. Faults: Conflict where something else
	// belongs to one of them.
	Remove(ctx context.Context, tx *db.Tx, ids []int64) error
}

// Own is what a column can mean that is no field of the profile.
type Own struct {
	Target
	Also    []string                           // other words for it
	Or      []string                           // targets that say the same, or a part of it
	Bare    bool                               // the template leaves it out: another says it there
	Tells   bool                               // it says what a record is, or where: totals and signatures do not
	Choices func(l *locale.Localizer) []Choice // what it can say, where that is a fixed choice; may be nil
	Picked  bool                               // of these a person picks one, where they are asked what a word of a file means
}

// Choice is one of those that a column can say.
type Choice struct {
	Code, Word, Under string
}

// Must is what a row that enters a record must say.
type Must struct {
	Targets []string // one of which says it
	Name    any      // what it is called, as a message has it
	Missing string   // message of a file that has no column for it
}

// Example is a record that the template could show.
type Example struct {
	Type, Level string // what it is, and of what it is a part: which fields apply
	Since       time.Time
	Says        func(target string) string // of the register's own
}

// Lead is a column of an export.
type Lead struct {
	Name  string
	Width int
	Cell  func(i *record.Item) any
}

// Pass is one way through a file for one register. It keeps in [Row.Own] what a row says that
// no other register's would.
type Pass interface {
	// Cell notes what a cell of one of the register's own columns says.
	Cell(row *Row, c *intake.ColumnReader, said string)
	// Read finds out what a row means by what its own cells, or all rows, say.
	Read(ctx context.Context, row *Row) []Fault
	// LookUp reads which records of the register a portion of rows may mean.
	LookUp(ctx context.Context, rows []*Row) error
	// Meet finds the record that a row means: [Row.Known]. out: the row is left out.
	Meet(ctx context.Context, row *Row) (out bool, faults []Fault)
	// Begin judges what only a record that is to be entered must meet besides its fields.
	Begin(ctx context.Context, row *Row) []Fault
	// Place is where a new record comes to lie; false: that is not understood.
	Place(row *Row) (Place, bool)
	// Entering is what a person is shown of a new record, but for its code.
	Entering(row *Row) Entering
	// Where is the most precise column in which a row says where its record lies.
	Where(row *Row) string
	// Refused says of a row why a field of what it would write was refused.
	Refused(ctx context.Context, row *Row, f fault.Field) Fault

	// Beside looks at a portion of rows that were met with records of the register.
	Beside(ctx context.Context, rows []*Row, current map[int64]record.Record) error
	// Other says of a row that by what it is called it is another record than the one it was
	// met with; nil: it is not. quiet: which, is known, so that it says nothing of this one.
	Other(row *Row, h record.Head) (f *Fault, quiet bool)
	// Dated is what a row says otherwise than its record that no file changes.
	Dated(row *Row, h record.Head) []Fault
	// Above is the level of the unit that a record lies in.
	Above(ctx context.Context, h record.Head) (string, error)

	// Make enters records, and returns their heads and what the trail says of each.
	Make(ctx context.Context, tx *db.Tx, rows []*Row) ([]record.Head, []audit.Entry, error)
}

// Place is where a new record comes to lie.
type Place struct {
	Path  string // of the unit by which rights are asked
	Type  string // by which they are asked, and fields apply: the record's, or its unit's
	Level string // of the unit that it lies in
}
