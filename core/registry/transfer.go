package registry

import (
	"context"
	"errors"
	"strings"

	"mektep/core/caller"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/unit"
)

// Object of imports and exports in policies.
const (
	objectImport = "import"
	objectExport = "export"
)

// errEnough ends the reading of a file of which no more is needed.
var errEnough = errors.New("registry: enough was read")

// Transfer lets whole lists of institutions in and out of the register: exports,
// and imports with matching, preview, apply and undo. What takes longer than a
// request runs as a job of the account that asked for it.
type Transfer struct {
	*Service
	jobs    *jobs.Jobs
	files   *jobs.Files
	words   *locale.Bundle
	formats exchange.Formats
	notify  *notify.Service // nil: nobody is told
}

// TransferConfig is what a Transfer works with.
type TransferConfig struct {
	Jobs    *jobs.Jobs // its kinds are registered here, so it must not have started
	Files   *jobs.Files
	Words   *locale.Bundle
	Formats exchange.Formats
	Notify  *notify.Service // tells who brought an import what others do with it; may be nil
}

// The kinds of job.
const (
	JobExport  = "institution_export"
	JobPreview = "institution_import_preview"
	JobApply   = "institution_import_apply"
	JobUndo    = "institution_import_undo"
)

// NewTransfer returns the imports and exports of s.
func NewTransfer(s *Service, cfg TransferConfig) *Transfer {
	t := &Transfer{Service: s, jobs: cfg.Jobs, files: cfg.Files, words: cfg.Words, formats: cfg.Formats, notify: cfg.Notify}
	s.tree.OnMove(unit.Carry("import_run", "unit_path"))
	cfg.Jobs.Register(JobExport, t.export, jobs.Long())
	cfg.Jobs.Register(JobPreview, t.working(Checking, t.preview), jobs.Long())
	cfg.Jobs.Register(JobApply, t.working(Applying, t.enter), jobs.Long())
	cfg.Jobs.Register(JobUndo, t.working(Undoing, t.takeBack), jobs.Long())
	return t
}

// Formats returns the file formats that can be read and written.
func (t *Transfer) Formats() exchange.Formats { return t.formats }

func (t *Transfer) format(id string) (exchange.Format, error) {
	if f, ok := t.formats.Of(id); ok {
		return f, nil
	}
	return exchange.Format{}, fault.New(fault.Invalid, "import.no_format").WithField("format", "import.no_format", nil)
}

// localizer speaks the language of whoever acts.
func (t *Transfer) localizer(ctx context.Context) *locale.Localizer {
	if c := caller.From(ctx); c != nil {
		return t.words.Localizer(c.Language)
	}
	return t.words.Localizer("")
}

// place is where somebody may do something with imports: the grant's unit, and
// its path for the trail.
func (t *Transfer) place(ctx context.Context, action string) (string, error) {
	c := caller.From(ctx)
	if c == nil || c.System != "" || len(c.Assignments) == 0 {
		g, err := t.gate.Check(ctx, action, gate.Target{Object: objectImport})
		return g.Assignment.UnitPath, err
	}
	var first error
	for _, a := range c.Assignments {
		_, err := t.gate.Check(ctx, action, gate.Target{Object: objectImport, Path: a.UnitPath})
		if err == nil {
			return a.UnitPath, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// fileStem is a file's name as people may see it: no path, no control characters,
// of bounded length.
func fileStem(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if r := []rune(name); len(r) > 120 {
		name = string(r[len(r)-120:])
	}
	return name
}
