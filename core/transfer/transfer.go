// Package transfer lets whole lists of a register in and out: exports, and imports with
// matching, preview, apply and undo.
//
// What takes longer than a request runs as a job of the account that asked for it. An import
// is read row by row: each is understood, held against the register a portion at a time, and
// judged by the rules of a single save; what was found is kept, and nothing is entered that
// the preview did not show. All rows are entered or none, and what an import entered can be
// taken back as long as nobody has touched it since.
//
// The package names no register. What only one register knows - what its rows call a record,
// which record a row means, how records come and go - is its [Subject]. A register whose
// records have nothing of their own besides the fields of the profile takes [Plain].
package transfer

import (
	"context"
	"errors"
	"strings"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/clock"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/jobs"
	"mektep/core/locale"
	"mektep/core/notify"
	"mektep/core/record"
	"mektep/core/unit"
)

// Object of imports and exports in policies.
const (
	objectImport = "import"
	objectExport = "export"
)

// errEnough ends the reading of a file of which no more is needed.
var errEnough = errors.New("transfer: enough was read")

// Service keeps the imports and exports of one register.
type Service struct {
	subject Subject
	records *record.Records
	db      *db.DB
	clock   *clock.Clock
	gate    *gate.Gate
	trail   *audit.Trail
	tree    *unit.Tree
	jobs    *jobs.Jobs
	files   *jobs.Files
	words   *locale.Bundle
	formats exchange.Formats
	notify  *notify.Service // nil: nobody is told
	screen  string
	file    string
}

// Config is what a Service works with.
type Config struct {
	DB      *db.DB
	Clock   *clock.Clock
	Gate    *gate.Gate
	Trail   *audit.Trail
	Tree    *unit.Tree
	Jobs    *jobs.Jobs // its kinds are registered here, so it must not have started
	Files   *jobs.Files
	Words   *locale.Bundle
	Formats exchange.Formats
	Notify  *notify.Service // tells who brought an import what others do with it; may be nil
	Screen  string          // path of the register's screens
	File    string          // message for what files of the register are called
}

// New returns the imports and exports of a register.
func New(records *record.Records, subject Subject, cfg Config) *Service {
	t := &Service{
		subject: subject, records: records, db: cfg.DB, clock: cfg.Clock, gate: cfg.Gate, trail: cfg.Trail, tree: cfg.Tree,
		jobs: cfg.Jobs, files: cfg.Files, words: cfg.Words, formats: cfg.Formats, notify: cfg.Notify, screen: cfg.Screen, file: cfg.File,
	}
	t.tree.OnMove(unit.Carry("import_run", "unit_path"))
	cfg.Jobs.Register(t.job(Export), t.export, jobs.Long())
	cfg.Jobs.Register(t.job(Preview), t.working(Checking, t.preview), jobs.Long())
	cfg.Jobs.Register(t.job(Apply), t.working(Applying, t.enter), jobs.Long())
	cfg.Jobs.Register(t.job(Undo), t.working(Undoing, t.takeBack), jobs.Long())
	return t
}

// Work is what a job of a Service does.
type Work string

// The works. The kind of a job is the id of its register, a low line and one of these.
const (
	Export  Work = "export"
	Preview Work = "import_preview"
	Apply   Work = "import_apply"
	Undo    Work = "import_undo"
)

// WorkOf is what a job of a kind does; empty: it is no job of a Service.
func WorkOf(kind string) Work {
	for _, w := range []Work{Export, Preview, Apply, Undo} {
		if strings.HasSuffix(kind, "_"+string(w)) {
			return w
		}
	}
	return ""
}

// Works reports that a job is one of the register's.
func (t *Service) Works(run *jobs.Run) bool {
	w := WorkOf(run.Kind)
	return w != "" && run.Kind == t.job(w)
}

func (t *Service) job(w Work) string { return t.object() + "_" + string(w) }

// object is the register in policies, profiles and the trail.
func (t *Service) object() string { return t.records.ID() }

// FileName is what files of the register are called, without their ending.
func (t *Service) FileName(l *locale.Localizer) string { return l.T(t.file) }

// Formats returns the file formats that can be read and written.
func (t *Service) Formats() exchange.Formats { return t.formats }

func (t *Service) format(id string) (exchange.Format, error) {
	if f, ok := t.formats.Of(id); ok {
		return f, nil
	}
	return exchange.Format{}, fault.New(fault.Invalid, "import.no_format").WithField("format", "import.no_format", nil)
}

// localizer speaks the language of whoever acts.
func (t *Service) localizer(ctx context.Context) *locale.Localizer {
	if c := caller.From(ctx); c != nil {
		return t.words.Localizer(c.Language)
	}
	return t.words.Localizer("")
}

// place is where somebody may do something with imports: the grant's unit, and
// its path for the trail.
func (t *Service) place(ctx context.Context, action string) (string, error) {
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
	if fault.KindOf(first) == fault.Denied { // from where they stand, few could; whoever imports into a place of their own is meant as well
		if _, err := t.gate.Check(ctx, action, gate.Target{Object: objectImport}); fault.KindOf(err) == fault.Denied {
			return "", err
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
