package api

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/locale"
	"mektep/core/transfer"
)

// Column is a column of an import's file.
type Column struct {
	Heading string   `json:"heading"`
	Samples []string `json:"samples,omitempty" doc:"From the first rows"`
	Target  string   `json:"target,omitempty" doc:"What it is matched to; empty: left out"`
	Maybe   string   `json:"maybe,omitempty" doc:"What it could be matched to, as another column could: nobody knows which, so that none is"`
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

// Import is one import of institutions.
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
		out.Columns[k] = Column{Heading: c.Heading, Samples: c.Samples, Target: c.Target, Maybe: c.Maybe}
	}
	return out
}

type importAnswer struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     Import
}

func importAnswered(i *transfer.Import, err error) (*importAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &importAnswer{etag(i.Version), Prefix + "/imports/" + i.UID, importView(i)}, nil
}

// Format is a file format.
type Format struct {
	Format string `query:"format"`
}

// formats writes into the description, by which requests are judged, which file formats
// there are: the list is the installation's.
func (a *api) formats() {
	all := a.Transfer.Formats()
	say := func(s *huma.Schema) {
		for _, id := range all.IDs() {
			s.Enum = append(s.Enum, id)
		}
		s.Default = all[0].ID
		s.PrecomputeMessages()
	}
	for _, e := range a.entries() {
		if e.group != "transfer" {
			continue
		}
		for _, p := range e.Parameters {
			if p.Name == "format" {
				say(p.Schema)
			}
		}
		if s := a.bodyOf(e).Properties["format"]; s != nil {
			say(s)
		}
	}
}

// bodyOf is what the description says of an operation's body; empty where it has none.
func (a *api) bodyOf(e entry) *huma.Schema {
	if e.RequestBody == nil || e.RequestBody.Content["application/json"] == nil {
		return &huma.Schema{}
	}
	s := e.RequestBody.Content["application/json"].Schema
	if s.Ref != "" {
		s = a.huma.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// formatOf is the file format of a name; the commonest where none was said.
func (a *api) formatOf(id string) exchange.Format {
	all := a.Transfer.Formats()
	if f, ok := all.Of(id); ok {
		return f
	}
	return all[0]
}

// transfers are exports and imports of institutions.
func (a *api) transfers() {
	type export struct {
		Body struct {
			RecordQuery
			Format string `json:"format,omitempty"`
		}
	}
	add(a, operation{id: "export_institutions", method: http.MethodPost, path: "/institutions/export", group: "transfer", status: http.StatusAccepted},
		func(ctx context.Context, in *export) (*jobAnswer, error) {
			q, err := a.query(ctx, in.Body.RecordQuery)
			if err != nil {
				return nil, err
			}
			run, err := a.Transfer.Export(ctx, q, a.formatOf(in.Body.Format).ID)
			if err != nil {
				return nil, err
			}
			return a.started(ctx, run)
		})
	add(a, operation{id: "import_template", method: http.MethodGet, path: "/imports/template", group: "transfer"},
		func(ctx context.Context, in *Format) (*fileAnswer, error) {
			var table bytes.Buffer
			f := a.formatOf(in.Format)
			if err := a.Transfer.Template(ctx, f.ID, &table); err != nil {
				return nil, err
			}
			return &fileAnswer{func(ctx huma.Context) {
				attached(ctx, "institutions."+f.ID, f.Media)
				_, _ = ctx.BodyWriter().Write(table.Bytes())
			}}, nil
		})
	type target struct {
		ID       string            `json:"id"`
		Name     map[string]string `json:"name" doc:"As a heading, by language"`
		Group    string            `json:"group,omitempty" doc:"Field group; left out: of the institution itself"`
		Required bool              `json:"required"`
	}
	type targets struct {
		Body struct {
			Items []target `json:"items" nullable:"false"`
		}
	}
	add(a, operation{id: "list_import_targets", method: http.MethodGet, path: "/imports/targets", group: "transfer"},
		func(ctx context.Context, _ *struct{}) (*targets, error) {
			list, err := a.Transfer.Targets(ctx)
			out := &targets{}
			out.Body.Items = make([]target, len(list))
			for i, t := range list {
				out.Body.Items[i] = target{t.ID, t.Name, t.Group, t.Required}
			}
			return out, err
		})
	a.upload()
	a.readImports()
	a.workImports()
}

func (a *api) upload() {
	type request struct {
		RawBody multipart.Form
	}
	add(a, operation{id: "upload_import", method: http.MethodPost, path: "/imports", group: "transfer", status: http.StatusCreated, file: true},
		func(ctx context.Context, in *request) (*importAnswer, error) {
			files := in.RawBody.File["file"]
			if len(files) != 1 {
				return nil, fault.New(fault.Invalid, "api.invalid").WithField("file", "field.required", nil)
			}
			f, err := files[0].Open()
			if err != nil {
				return nil, fault.New(fault.Invalid, "fault.bad_request").WithCause(err)
			}
			defer func() { _ = f.Close() }()
			return importAnswered(a.Transfer.Upload(ctx, files[0].Filename, f))
		})
}

func (a *api) readImports() {
	type list struct {
		Link []string `header:"Link"`
		Body struct {
			Items []Import `json:"items" nullable:"false"`
			Next  string   `json:"next,omitempty"`
		}
	}
	add(a, operation{id: "list_imports", method: http.MethodGet, path: "/imports", group: "transfer"},
		func(ctx context.Context, in *Page) (*list, error) {
			imports, next, err := a.Transfer.Imports(ctx, in.After)
			out := &list{}
			out.Body.Items, out.Body.Next, out.Link = make([]Import, len(imports)), next, onward("/imports", next)
			for k, i := range imports {
				out.Body.Items[k] = importView(i)
			}
			return out, err
		})
	add(a, operation{id: "get_import", method: http.MethodGet, path: "/imports/{uid}", group: "transfer"},
		func(ctx context.Context, in *Path) (*importAnswer, error) {
			return importAnswered(a.Transfer.Import(ctx, in.UID))
		})
	type from struct {
		Path
		From int    `query:"from" minimum:"0" doc:"Number of the first finding to show, counting from 0"`
		Kind string `query:"kind" enum:"errors,duplicates,notices,moved,changes,matches" doc:"Only these; moved came out otherwise than the preview before showed, changes say what a row changes, field by field, matches with which institution it was met"`
	}
	type findings struct {
		Body struct {
			Items []Finding `json:"items" nullable:"false"`
			More  bool      `json:"more" doc:"There are more: ask from the next number on"`
		}
	}
	add(a, operation{id: "list_import_findings", method: http.MethodGet, path: "/imports/{uid}/findings", group: "transfer"},
		func(ctx context.Context, in *from) (*findings, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			found, more, err := a.Transfer.FindingsOf(ctx, in.UID, transfer.Kind(in.Kind), in.From)
			out := &findings{}
			out.Body.Items, out.Body.More = make([]Finding, len(found)), more
			for i, f := range found {
				out.Body.Items[i] = findingView(f, q.l)
			}
			return out, err
		})
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
}

func findingView(f transfer.Finding, l *locale.Localizer) Finding {
	next := ""
	if f.Next != nil {
		next = l.T(f.Next.Key, f.Next.Args)
	}
	return Finding{f.Line, f.Column, f.Target, f.Value, l.T(f.Key, f.Args), f.Key, f.Rule, f.Law, next, f.Record, f.Warning, f.By, momentOrNone(f.At), f.Old, f.New}
}

func (a *api) workImports() {
	type match struct {
		Path
		Match
		Body struct {
			Targets []string      `json:"targets" nullable:"false" maxItems:"1000" doc:"One a column; an empty text leaves the column out"`
			Options ImportOptions `json:"options,omitempty"`
		}
	}
	add(a, operation{id: "match_import", method: http.MethodPatch, path: "/imports/{uid}", group: "transfer"},
		func(ctx context.Context, in *match) (*importAnswer, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			o := in.Body.Options
			since, err := o.Since.time("options.since")
			if err != nil {
				return nil, err
			}
			order, err := o.Order.act()
			if err != nil {
				return nil, placed(err, "options")
			}
			i, err := a.Transfer.Match(ctx, in.UID, version, in.Body.Targets, transfer.Options{
				Since: since, OrderNumber: order.Number, OrderDate: order.Date, Decimal: o.Decimal, Days: o.Days, Leave: o.Leave, Twins: o.Twins, OnlyNew: o.OnlyNew, Values: o.Values, Places: o.places(),
			})
			return importAnswered(i, placed(err, "options", "targets"))
		})
	type reading struct {
		Path
		Match
		Body Reading
	}
	add(a, operation{id: "read_import", method: http.MethodPut, path: "/imports/{uid}/reading", group: "transfer"},
		func(ctx context.Context, in *reading) (*importAnswer, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			i, err := a.Transfer.Reread(ctx, in.UID, version, exchange.Reading(in.Body))
			return importAnswered(i, bare(err, "reading"))
		})
	type request struct {
		Path
		Match
	}
	for _, step := range []struct {
		name   string
		status int
		do     func(ctx context.Context, uid string, version int) (*transfer.Import, error)
	}{
		{"preview", http.StatusAccepted, a.Transfer.Preview},
		{"apply", http.StatusAccepted, a.Transfer.Apply},
		{"undo", http.StatusAccepted, a.Transfer.Undo},
		{"cancel", http.StatusOK, a.Transfer.Cancel},
	} {
		add(a, operation{id: step.name + "_import", method: http.MethodPost, path: "/imports/{uid}/" + step.name, group: "transfer", status: step.status},
			func(ctx context.Context, in *request) (*importAnswer, error) {
				version, err := in.version()
				if err != nil {
					return nil, err
				}
				return importAnswered(step.do(ctx, in.UID, version))
			})
	}
}

// fileBody describes a form with one file.
func (a *api) fileBody() *huma.RequestBody {
	return &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "The table: " + strings.Join(a.Transfer.Formats().IDs(), ", ")}},
	}}}}
}
