package transfer

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/jobs"
	"mektep/core/record"
)

// exportPayload is what an export is asked with.
type exportPayload struct {
	Query  record.Query `json:"query"`
	Format string       `json:"format"`
}

// Export starts the job that writes the records of q, as far as the caller
// may export and see them, to a file.
//
// Faults: Invalid for a query that is none or an unknown format; the gate's.
func (t *Service) Export(ctx context.Context, q record.Query, format string) (*jobs.Run, error) {
	if _, err := t.format(format); err != nil {
		return nil, err
	}
	if _, err := t.records.Select(ctx, "export", q); err != nil {
		return nil, t.gate.Refused(ctx, err)
	}
	if err := t.kept(ctx, q); err != nil {
		return nil, err
	}
	var run *jobs.Run
	err := t.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if run, err = t.jobs.Enqueue(ctx, tx, t.job(Export), exportPayload{Query: q, Format: format}); err != nil {
			return err
		}
		// That it was asked for is an act of its own: the file may come to nothing, or be never fetched.
		return t.trail.Record(ctx, tx, audit.Entry{Action: "create", Object: objectExport, Target: run.UID})
	}, &run)
	return run, err
}

// mostCondition is how long a condition of a selection may be that is kept, in characters.
const mostCondition = 300

// kept refuses what a selection that is kept for a job must not have: types that there
// are not, which a list that is only looked at leaves empty, and conditions without end.
func (t *Service) kept(ctx context.Context, q record.Query) error {
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "record.bad_filter")
	for _, typ := range q.Types {
		if m.Profile.Type(typ) == nil {
			bad = bad.WithField("type", "institution.no_type", nil)
			break
		}
	}
	for _, f := range q.Filter {
		if len([]rune(strings.Join(append([]string{f.Field, f.From, f.To}, f.Any...), ","))) > mostCondition {
			bad = bad.WithField("filter", "field.too_long", fault.Args{"Max": mostCondition})
			break
		}
	}
	return bad.OrNil()
}

// Exported is a file that an export wrote.
type Exported struct {
	Name  string // as a computer may call it
	Media string // media type
	Rows  int
	*jobs.File
}

// exportResult is what an export leaves in its run.
type exportResult struct {
	Name   string `json:"name"`
	Format string `json:"format"`
	Rows   int    `json:"rows"`
}

// OpenExport opens the file of the caller's own export, and records that it did.
//
// Faults: NotFound for another's, one that is not done, or a file that is gone.
func (t *Service) OpenExport(ctx context.Context, runUID string) (*Exported, error) {
	run, err := t.jobs.Get(ctx, runUID)
	if err != nil {
		return nil, err
	}
	if run.Kind != t.job(Export) || run.State != jobs.Done || run.File == "" {
		return nil, fault.New(fault.NotFound, "job.file_not_found")
	}
	var r exportResult
	if err := json.Unmarshal(run.Result, &r); err != nil {
		return nil, err
	}
	format, err := t.format(r.Format)
	if err != nil {
		return nil, err
	}
	f, err := t.files.Open(ctx, run.File)
	if err != nil {
		return nil, err
	}
	// That the file was made is recorded once; that it was taken away, each time.
	err = t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return t.trail.Record(ctx, tx, audit.Entry{Action: "view", Object: objectExport, Target: run.UID, Fields: []string{"file"}})
	})
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return &Exported{Name: r.Name, Media: format.Media, Rows: r.Rows, File: f}, nil
}

// Template writes the empty table that people fill in for an import.
func (t *Service) Template(ctx context.Context, format string, w io.Writer) error {
	f, err := t.format(format)
	if err != nil {
		return err
	}
	if _, err := t.place(ctx, "create"); err != nil {
		return t.gate.Refused(ctx, err)
	}
	sheets, err := t.template(ctx)
	if err != nil {
		return err
	}
	return f.Write(w, sheets)
}
