package api

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/transfer"
)

type importAnswer struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Body     Import
}

func (l lists) answered(i *transfer.Import, err error) (*importAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &importAnswer{etag(i.Version), Prefix + l.path + "/" + i.UID, importView(i)}, nil
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

// lists are the imports and exports of a register.
type lists struct {
	*transfer.Service
	one, many string // what an entry is called in ids of operations, and several; empty: imports are called so alone
	records   string // path of the register
	path      string // of its imports
}

// operation is one on lists: id names it for the register whose imports are called so alone.
func (l lists) operation(id, method, path string) operation {
	o := operation{id: id, method: method, path: l.path + path, group: "transfer"}
	if l.one != "" {
		o.id, o.words = strings.Replace(id, "import", l.one+"_import", 1), id
	}
	return o
}

// transfers are exports and imports.
func (a *api) transfers() {
	a.lists(lists{Service: a.Transfer, many: "institutions", records: "/institutions", path: "/imports"})
	for _, r := range a.Registers {
		if r.Lists != nil {
			a.lists(lists{r.Lists, r.One, r.Many, r.Path, r.Path + "/imports"})
		}
	}
}

// opened is what an export wrote, of whichever register.
func (a *api) opened(ctx context.Context, run *jobs.Run) (*transfer.Exported, error) {
	for _, r := range a.Registers {
		if r.Lists != nil && r.Lists.Works(run) {
			return r.Lists.OpenExport(ctx, run.UID)
		}
	}
	return a.Transfer.OpenExport(ctx, run.UID)
}

// lists are exports and imports of a register.
func (a *api) lists(l lists) {
	type export struct {
		Body struct {
			RecordQuery
			Format string `json:"format,omitempty"`
		}
	}
	out := operation{id: "export_" + l.many, method: http.MethodPost, path: l.records + "/export", group: "transfer", status: http.StatusAccepted}
	if l.one != "" {
		out.words = "export_records"
	}
	add(a, out,
		func(ctx context.Context, in *export) (*jobAnswer, error) {
			q, err := a.query(ctx, in.Body.RecordQuery)
			if err != nil {
				return nil, err
			}
			run, err := l.Export(ctx, q, a.formatOf(in.Body.Format).ID)
			if err != nil {
				return nil, err
			}
			return a.started(ctx, run)
		})
	add(a, l.operation("import_template", http.MethodGet, "/template"),
		func(ctx context.Context, in *Format) (*fileAnswer, error) {
			var table bytes.Buffer
			f := a.formatOf(in.Format)
			if err := l.Template(ctx, f.ID, &table); err != nil {
				return nil, err
			}
			return &fileAnswer{func(ctx huma.Context) {
				attached(ctx, l.many+"."+f.ID, f.Media)
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
	add(a, l.operation("list_import_targets", http.MethodGet, "/targets"),
		func(ctx context.Context, _ *struct{}) (*targets, error) {
			list, err := l.Targets(ctx)
			out := &targets{}
			out.Body.Items = make([]target, len(list))
			for i, t := range list {
				out.Body.Items[i] = target{t.ID, t.Name, t.Group, t.Required}
			}
			return out, err
		})
	a.upload(l)
	a.readImports(l)
	a.workImports(l)
}

func (a *api) upload(l lists) {
	type request struct {
		RawBody multipart.Form
	}
	o := l.operation("upload_import", http.MethodPost, "")
	o.status, o.file = http.StatusCreated, true
	add(a, o,
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
			return l.answered(l.Upload(ctx, files[0].Filename, f))
		})
}

func (a *api) readImports(l lists) {
	type list struct {
		Link []string `header:"Link"`
		Body struct {
			Items []Import `json:"items" nullable:"false"`
			Next  string   `json:"next,omitempty"`
		}
	}
	add(a, l.operation("list_imports", http.MethodGet, ""),
		func(ctx context.Context, in *Page) (*list, error) {
			imports, next, err := l.Imports(ctx, in.After)
			out := &list{}
			out.Body.Items, out.Body.Next, out.Link = make([]Import, len(imports)), next, onward(l.path, next)
			for k, i := range imports {
				out.Body.Items[k] = importView(i)
			}
			return out, err
		})
	add(a, l.operation("get_import", http.MethodGet, "/{uid}"),
		func(ctx context.Context, in *Path) (*importAnswer, error) {
			return l.answered(l.Import(ctx, in.UID))
		})
	type from struct {
		Path
		From int    `query:"from" minimum:"0" doc:"Number of the first finding to show, counting from 0"`
		Kind string `query:"kind" enum:"errors,duplicates,notices,moved,changes,new,matches" doc:"Only these; moved came out otherwise than the preview before showed, changes say what a row changes, field by field, new what is to be entered, matches with which institution it was met"`
	}
	type findings struct {
		Body struct {
			Items []Finding `json:"items" nullable:"false"`
			More  bool      `json:"more" doc:"There are more: ask from the next number on"`
		}
	}
	add(a, l.operation("list_import_findings", http.MethodGet, "/{uid}/findings"),
		func(ctx context.Context, in *from) (*findings, error) {
			q, err := a.asked(ctx)
			if err != nil {
				return nil, err
			}
			found, more, err := l.FindingsOf(ctx, in.UID, transfer.Kind(in.Kind), in.From)
			out := &findings{}
			out.Body.Items, out.Body.More = make([]Finding, len(found)), more
			for i, f := range found {
				out.Body.Items[i] = findingView(f, q.l)
			}
			return out, err
		})
}

func (a *api) workImports(l lists) {
	type match struct {
		Path
		Match
		Body struct {
			Targets []string      `json:"targets" nullable:"false" maxItems:"1000" doc:"One a column; an empty text leaves the column out. A column whose cells have a text in several languages takes their targets in the order of the cell with + between them"`
			Options ImportOptions `json:"options,omitempty"`
		}
	}
	add(a, l.operation("match_import", http.MethodPatch, "/{uid}"),
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
			i, err := l.Match(ctx, in.UID, version, in.Body.Targets, transfer.Options{
				Since: since, OrderNumber: order.Number, OrderDate: order.Date, Decimal: o.Decimal, Days: o.Days, Leave: o.Leave, Twins: o.Twins, OnlyNew: o.OnlyNew, Values: o.Values, Places: o.places(),
			})
			return l.answered(i, placed(err, "options", "targets"))
		})
	type reading struct {
		Path
		Match
		Body Reading
	}
	add(a, l.operation("read_import", http.MethodPut, "/{uid}/reading"),
		func(ctx context.Context, in *reading) (*importAnswer, error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			i, err := l.Reread(ctx, in.UID, version, exchange.Reading(in.Body))
			return l.answered(i, bare(err, "reading"))
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
		{"preview", http.StatusAccepted, l.Preview},
		{"apply", http.StatusAccepted, l.Apply},
		{"undo", http.StatusAccepted, l.Undo},
		{"cancel", http.StatusOK, l.Cancel},
	} {
		o := l.operation(step.name+"_import", http.MethodPost, "/{uid}/"+step.name)
		o.status = step.status
		add(a, o,
			func(ctx context.Context, in *request) (*importAnswer, error) {
				version, err := in.version()
				if err != nil {
					return nil, err
				}
				return l.answered(step.do(ctx, in.UID, version))
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
