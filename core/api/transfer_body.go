package api

import (
	"time"

	"mektep/core/exchange"
	"mektep/core/locale"
	"mektep/core/transfer"
)

// Column is a column of an import's file.
type Column struct {
	Heading string   `json:"heading"`
	Samples []string `json:"samples,omitempty" doc:"From the first rows"`
	Target  string   `json:"target,omitempty" doc:"What it is matched to; empty: left out"`
	Maybe   string   `json:"maybe,omitempty" doc:"What it could be matched to, as another column could: nobody knows which, so that none is"`
	Offer   string   `json:"offer,omitempty" doc:"What it may have to be matched to because its cells seem to have a text in several languages, such as name.ky+name.ru; it is not so before you say it"`
}

// ImportOptions are what the file does not say.
type ImportOptions struct {
	Since   Day               `json:"since,omitempty" doc:"Founding day of rows without one; today when left out"`
	Order   *Order            `json:"order,omitempty"`
	Values  map[string]string `json:"values,omitempty" doc:"What all rows say of a target that no column is matched to, as a cell would; - leaves a required field empty"`
	Places  []PlaceWord       `json:"places,omitempty" maxItems:"1000" doc:"What words of the file mean that the territory, the types of institution or a list do not know"`
	Decimal string            `json:"decimal,omitempty" enum:"comma,point" doc:"The mark before a fraction in texts of the file; found out when left out"`
	Days    string            `json:"days,omitempty" enum:"day,month" doc:"What days in figures begin with in texts of the file; found out when left out"`
	Twins   bool              `json:"twins,omitempty" doc:"Also enter rows without a code that look like another institution"`
	Leave   []int             `json:"leave,omitempty" maxItems:"200" doc:"Lines of the file that are no institutions, such as totals: they are left out"`
	OnlyNew bool              `json:"only_new,omitempty" doc:"Leave institutions that are there as they are"`
}

func (o ImportOptions) places() []transfer.PlaceWord {
	out := make([]transfer.PlaceWord, len(o.Places))
	for k, w := range o.Places {
		out[k] = transfer.PlaceWord{Level: w.Level, Word: w.Word, In: w.In, Place: w.Place}
	}
	return out
}

// PlaceWord is a word that a file uses for a place, for a type of institution, or for an entry
// of a list.
type PlaceWord struct {
	Level string `json:"level" maxLength:"100" doc:"region, district, type, or the id of a field whose values are a list's"`
	Word  string `json:"word" maxLength:"300" doc:"As it stands in the file"`
	In    string `json:"in,omitempty" maxLength:"300" doc:"Code or name of the region that rows name beside the word; left out: of any"`
	Place string `json:"place,omitempty" maxLength:"300" doc:"Code or name of the place that is meant, id or name of the type, code or name of the entry of a list; of words that mean none, the one that took over"`
	Rows  int    `json:"rows,omitempty" doc:"That use it"`
}

func placeWords(words []transfer.PlaceWord) []PlaceWord {
	out := make([]PlaceWord, len(words))
	for k, w := range words {
		out[k] = PlaceWord{w.Level, w.Word, w.In, w.Place, w.Rows}
	}
	return out
}

// Reading is how the file of an import is read.
type Reading struct {
	Encoding  string `json:"encoding,omitempty" doc:"One of the file's encodings; found out when left out"`
	Separator string `json:"separator,omitempty" doc:"Between cells of a text; found out when left out"`
	Sheet     string `json:"sheet,omitempty" doc:"Name of a sheet; the first that is shown when left out"`
	Heading   int    `json:"heading,omitempty" minimum:"0" doc:"Line of the headings; looked for when left out"`
	NoHidden  bool   `json:"no_hidden,omitempty" doc:"Leave out rows that the file does not show"`
}

// Import is one import of records.
type Import struct {
	UID      string          `json:"uid"`
	State    string          `json:"state" enum:"matching,checking,checked,applying,applied,undoing,undone,cancelled"`
	File     string          `json:"file" doc:"As your computer called it"`
	Format   string          `json:"format"`
	Size     int64           `json:"size" doc:"Bytes"`
	Columns  []Column        `json:"columns" nullable:"false"`
	Options  ImportOptions   `json:"options"`
	Reading  Reading         `json:"reading" doc:"How the file is read"`
	Look     exchange.Look   `json:"look" doc:"How it could be read"`
	Unplaced []PlaceWord     `json:"unplaced,omitempty" doc:"Words that mean no place, no type or no entry of a list, of the last preview"`
	Counts   transfer.Counts `json:"counts"`
	Job      string          `json:"job,omitempty" doc:"Public id of the job that checks, applies or undoes it"`
	Created  time.Time       `json:"created"`
	Applied  *time.Time      `json:"applied,omitempty"`
	Undone   *time.Time      `json:"undone,omitempty"`
	Version  int             `json:"version"`
}

func importView(i *transfer.Import) Import {
	out := Import{
		UID: i.UID, State: string(i.State), File: i.FileName, Format: i.Format, Size: i.Size, Counts: i.Counts, Job: i.Job,
		Created: i.Created.UTC(), Applied: momentOrNone(i.Applied), Undone: momentOrNone(i.Undone), Version: i.Version,
		Options: ImportOptions{
			Since: dayOf(i.Options.Since), Order: orderOf(i.Options.OrderNumber, i.Options.OrderDate),
			Decimal: i.Options.Decimal, Days: i.Options.Days, Leave: i.Options.Leave, Twins: i.Options.Twins, OnlyNew: i.Options.OnlyNew, Values: i.Options.Values, Places: placeWords(i.Options.Places),
		},
		Reading: Reading(i.Options.Reading), Look: i.Look, Unplaced: placeWords(i.Unplaced),
		Columns: make([]Column, len(i.Columns)),
	}
	for k, c := range i.Columns {
		out.Columns[k] = Column{Heading: c.Heading, Samples: c.Samples, Target: c.Target, Maybe: c.Maybe, Offer: c.Offer}
	}
	return out
}

// Finding is what is wrong with a row of an import, or why it is left out.
type Finding struct {
	Line    int    `json:"line" doc:"Of the file, from 1"`
	Column  int    `json:"column,omitempty" doc:"Of the file, from 1; left out: the row as a whole"`
	Target  string `json:"target,omitempty" doc:"What the column is matched to"`
	Value   string `json:"value,omitempty" doc:"As it stands in the file, cut short"`
	Message string `json:"message" doc:"In your language"`
	Key     string `json:"key"`
	Rule    string `json:"rule,omitempty"`
	Law     string `json:"law,omitempty"`
	Next    string `json:"next,omitempty" doc:"What to do about a refusal"`
	Record  string `json:"record,omitempty" doc:"Public id of the institution that the row was met with"`
	Warning bool   `json:"warning,omitempty" doc:"The row is left out; nothing stands against the others"`

	ChangedBy string     `json:"changed_by,omitempty" doc:"Public id of the account that changed that institution since the preview"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"When that was"`

	Old any `json:"old,omitempty" doc:"Of a change: what the register has, as far as you may see it; left out: nothing"`
	New any `json:"new,omitempty" doc:"Of a change: what it is to have; left out: nothing"`

	Entering *Entering `json:"entering,omitempty" doc:"Of a new row: what it enters"`
}

// Entering is what a row of an import is to enter.
type Entering struct {
	Names  map[string]string `json:"names,omitempty" doc:"By language tag"`
	Title  string            `json:"title,omitempty" doc:"What a record of a register is called whose records have one name"`
	Type   string            `json:"type,omitempty" doc:"What it is, in your language"`
	Places []string          `json:"places,omitempty" doc:"Where it comes to lie, the narrowest first, in your language"`
	Code   string            `json:"code,omitempty"`
}

func enteringView(e *transfer.Entering, l *locale.Localizer) *Entering {
	if e == nil {
		return nil
	}
	out := &Entering{Names: e.Names, Title: e.Title, Type: l.Text(e.Type), Code: e.Code}
	for _, place := range e.Places {
		out.Places = append(out.Places, l.Text(place))
	}
	return out
}

func findingView(f transfer.Finding, l *locale.Localizer) Finding {
	next := ""
	if f.Next != nil {
		next = l.T(f.Next.Key, f.Next.Args)
	}
	return Finding{f.Line, f.Column, f.Target, f.Value, l.T(f.Key, f.Args), f.Key, f.Rule, f.Law, next, f.Record, f.Warning, f.By, momentOrNone(f.At), f.Old, f.New, enteringView(f.Entering, l)}
}
