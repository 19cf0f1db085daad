package registry

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
)

// Upload keeps a file and reads its headings; what they mean is proposed. Nothing
// is imported yet. name is what the person's computer calls the file.
//
// Faults: Invalid for a file that is too large (64 MB), empty or no table; the gate's.
func (t *Transfer) Upload(ctx context.Context, name string, from io.Reader) (*Import, error) {
	path, err := t.place(ctx, "create")
	if err == nil {
		_, err = t.gate.Scope(ctx, "import", Institutions)
	}
	if err != nil {
		return nil, t.gate.Refused(ctx, err)
	}
	stored, size, err := t.files.Put(ctx, func(w io.Writer) error { return copyAtMost(w, from, MaxUpload) })
	if err != nil {
		return nil, err
	}
	i := &Import{
		UID: db.NewUID(), UnitPath: path, State: Matching, FileName: fileStem(name), Size: size,
		Created: t.clock.Now(), Version: 1, file: stored,
	}
	if c := caller.From(ctx); c != nil {
		i.Account, i.AccountUID = c.Account, c.AccountUID
	}
	uid := i.UID
	err = t.readHead(ctx, i)
	if err == nil {
		err = t.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
			grant, err := t.gate.Check(ctx, "create", t.importTarget(i))
			if err != nil {
				return err
			}
			if err := insertImport(ctx, tx, i); err != nil {
				return err
			}
			return t.trail.Record(ctx, tx, audit.Entry{
				Action: "create", Object: objectImport, Target: i.UID, UnitPath: i.UnitPath, Law: grant.Source,
				Changes: []audit.Change{{Field: "file_name", New: i.FileName}, {Field: "size", New: i.Size}},
			})
		}, &i)
	}
	if err != nil {
		return nil, errors.Join(err, t.files.Delete(context.WithoutCancel(ctx), stored))
	}
	if i.UID != uid { // sent before; that file is there already
		return i, t.files.Delete(context.WithoutCancel(ctx), stored)
	}
	return i, nil
}

func copyAtMost(w io.Writer, r io.Reader, most int64) error {
	n, err := io.Copy(w, io.LimitReader(r, most+1))
	switch {
	case err != nil:
		return err
	case n > most:
		return badFile("import.too_large", fault.Args{"Megabytes": most >> 20})
	case n == 0:
		return badFile("import.empty", nil)
	}
	return nil
}

func badFile(key string, args fault.Args) error {
	return fault.New(fault.Invalid, key).WithField("file", key, args)
}

// readHead finds the format, the headings and samples of a new import's file, and
// proposes what the columns mean.
func (t *Transfer) readHead(ctx context.Context, i *Import) error {
	f, err := t.files.Open(ctx, i.file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	format, ok, err := t.formats.Detect(f)
	if err != nil {
		return err
	}
	if !ok {
		return badFile("import.no_format", nil)
	}
	i.Format = format.ID
	return t.readColumns(ctx, i, f, format, exchange.Reading{})
}

// readColumns finds out how a file can be read, reads its headings so, and proposes
// what the columns mean.
func (t *Transfer) readColumns(ctx context.Context, i *Import, f io.ReadSeeker, format exchange.Format, how exchange.Reading) error {
	look, err := format.Look(ctx, f, how)
	if err != nil {
		return err
	}
	m, err := t.matcher(ctx)
	if err != nil {
		return err
	}
	h := head{heading: how.Heading}
	if err := format.Read(ctx, f, look.Reading, h.row); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if len(h.rows) == 0 {
		if how.Heading > 0 {
			return fault.New(fault.Invalid, "import.bad_reading").WithField("reading.heading", "import.no_heading", nil)
		}
		return badFile("import.empty", nil)
	}
	at := h.find(m)
	var ids bool
	i.Columns, ids = h.columns(at)
	m.propose(i.Columns, ids)
	i.Look, i.Options.Reading = look, look.Reading
	i.Options.Reading.Heading = h.rows[at].Line
	return nil
}

// Reread reads the beginning of the file anew, as a person says: in another encoding,
// with another separator, another sheet or row of headings, with or without the rows
// that are hidden. What is left empty is found out. The columns are proposed anew.
//
// Faults: Invalid for a reading that the file does not have; Conflict for another
// version or an import that has gone on.
func (t *Transfer) Reread(ctx context.Context, uid string, version int, how exchange.Reading) (*Import, error) {
	return t.change(ctx, uid, version, "create", []ImportState{Matching, Checked}, func(ctx context.Context, tx *db.Tx, i *Import) error {
		f, err := t.files.Open(ctx, i.file)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		format, err := t.format(i.Format)
		if err == nil {
			err = t.readColumns(ctx, i, f, format, how)
		}
		if err != nil {
			return err
		}
		i.State, i.Counts = Matching, Counts{}
		return forgetFindings(ctx, tx, i)
	})
}

// importTarget is the gate's target for an import: its owner's own, at a unit.
func (t *Transfer) importTarget(i *Import) gate.Target {
	return gate.Target{Object: objectImport, UID: i.UID, Path: i.UnitPath}
}

// Import returns an import. One's own is always seen; others' by who may view
// imports of that unit.
func (t *Transfer) Import(ctx context.Context, uid string) (*Import, error) {
	var i *Import
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		i, err = findImport(ctx, tx, uid, false)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := t.gate.Check(ctx, "view", t.importTarget(i)); err != nil {
		return nil, t.gate.Refused(ctx, err)
	}
	was := i.State
	if err := t.settle(ctx, i); err != nil {
		return nil, err
	}
	if i.State != was { // the job may have ended, and said so, since the import was read
		err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
			now, err := findImport(ctx, tx, uid, false)
			if err == nil && now.Version != i.Version {
				i = now
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return i, t.withhold(ctx, i)
}

// Imports returns the imports that the caller may view, newest first, 50 at a
// time. next is the cursor of the following page, empty at the end.
func (t *Transfer) Imports(ctx context.Context, after string) (imports []*Import, next string, err error) {
	scope, err := t.gate.Scope(ctx, "view", objectImport)
	if err != nil {
		return nil, "", t.gate.Refused(ctx, err)
	}
	before, err := parseImportCursor(after)
	if err != nil {
		return nil, "", err
	}
	if imports, err = t.listImports(ctx, scope, before, pageSize+1); err != nil {
		return nil, "", err
	}
	if len(imports) > pageSize {
		imports = imports[:pageSize]
		next = imports[pageSize-1].cursor()
	}
	for _, i := range imports {
		if err := t.withhold(ctx, i); err != nil {
			return nil, "", err
		}
	}
	return imports, next, nil
}

// Findings returns what the preview found, in the order of the file, 50 at a
// time from the n-th on (0 first).
func (t *Transfer) Findings(ctx context.Context, uid string, from int) (findings []Finding, more bool, err error) {
	return t.FindingsOf(ctx, uid, AnyFinding, from)
}

// FindingsOf is Findings of one kind; from counts those of the kind.
func (t *Transfer) FindingsOf(ctx context.Context, uid string, kind FindingKind, from int) (findings []Finding, more bool, err error) {
	i, err := t.Import(ctx, uid)
	if err != nil {
		return nil, false, err
	}
	if findings, err = t.listFindings(ctx, i, kind, from, pageSize+1); err != nil {
		return nil, false, err
	}
	if err := t.withholdValues(ctx, i, findings); err != nil {
		return nil, false, err
	}
	if len(findings) > pageSize {
		return findings[:pageSize], true, nil
	}
	return findings, false, nil
}

// Match sets what the columns mean, one target a column ("" leaves it out), and
// the options. A preview that was made before no longer stands.
//
// Faults: Invalid for an unknown target, one that two columns have or one that is
// missing; Conflict for another version or an import that has gone on.
func (t *Transfer) Match(ctx context.Context, uid string, version int, targets []string, o ImportOptions) (*Import, error) {
	return t.change(ctx, uid, version, "create", []ImportState{Matching, Checked}, func(ctx context.Context, tx *db.Tx, i *Import) error {
		m, err := t.matcher(ctx)
		if err != nil {
			return err
		}
		options, err := m.judge(i.Columns, targets, o, t.tree.Today(ctx))
		if err != nil {
			return err
		}
		if _, err := t.fixed(m.p, newReader(m.p, t.words, t.written(ctx), nil, t.tree.Today(ctx)), options.Values, t.tree.Today(ctx)); err != nil {
			return err
		}
		if err := t.meantPlaces(ctx, options.Places); err != nil {
			return err
		}
		for k := range i.Columns {
			i.Columns[k].Target = targets[k]
		}
		options.Reading = i.Options.Reading // how the file is read, Reread says
		i.Options, i.State, i.Counts = options, Matching, Counts{}
		return forgetFindings(ctx, tx, i)
	})
}

// meantPlaces refuses words that are said to mean what is no one place.
func (t *Transfer) meantPlaces(ctx context.Context, words []PlaceWord) error {
	if len(words) == 0 {
		return nil
	}
	places, err := t.places(ctx)
	if err != nil {
		return err
	}
	bad := fault.New(fault.Invalid, "import.bad_matching")
	for _, k := range places.mean(words) {
		bad = bad.WithField("places."+strconv.Itoa(k), "import.row.unknown_place", nil)
	}
	return bad.OrNil()
}

// Preview starts the job that goes through the whole file and changes nothing but
// the import's counts and findings.
func (t *Transfer) Preview(ctx context.Context, uid string, version int) (*Import, error) {
	return t.start(ctx, uid, version, "create", []ImportState{Matching, Checked}, Checking, JobPreview)
}

// MatchAndPreview is Match and Preview in one unit of work, as one form asks for both.
func (t *Transfer) MatchAndPreview(ctx context.Context, uid string, version int, targets []string, o ImportOptions) (*Import, error) {
	var i *Import
	err := t.gate.Unit(ctx, func(ctx context.Context, _ *db.Tx) error {
		matched, err := t.Match(ctx, uid, version, targets, o)
		if err != nil {
			return err
		}
		i, err = t.Preview(ctx, uid, matched.Version)
		return err
	}, &i)
	return i, err
}

// Apply starts the job that enters every row, or none. The rows are judged again.
//
// Faults: Conflict when the preview found errors or nothing to do.
func (t *Transfer) Apply(ctx context.Context, uid string, version int) (*Import, error) {
	return t.start(ctx, uid, version, "apply", []ImportState{Checked}, Applying, JobApply)
}

// Undo starts the job that takes an applied import back, as long as nothing else
// has touched what it entered or changed.
func (t *Transfer) Undo(ctx context.Context, uid string, version int) (*Import, error) {
	return t.start(ctx, uid, version, "undo", []ImportState{Applied}, Undoing, JobUndo)
}

// Cancel gives an import up that was not applied: its file is deleted.
func (t *Transfer) Cancel(ctx context.Context, uid string, version int) (*Import, error) {
	i, err := t.change(ctx, uid, version, "cancel", []ImportState{Matching, Checked}, func(ctx context.Context, tx *db.Tx, i *Import) error {
		i.State = Cancelled
		return forgetFindings(ctx, tx, i)
	})
	if err != nil {
		return nil, err
	}
	if err := t.files.Delete(ctx, i.file); err != nil && fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	return i, nil
}

// start leads an import into a state in which a job works on it.
func (t *Transfer) start(ctx context.Context, uid string, version int, action string, from []ImportState, to ImportState, job string) (*Import, error) {
	return t.change(ctx, uid, version, action, from, func(ctx context.Context, tx *db.Tx, i *Import) error {
		if err := i.ready(to); err != nil {
			return err
		}
		if to == Checking {
			m, err := t.matcher(ctx)
			if err == nil {
				err = m.missing(i.Columns, i.Options, t.tree.Today(ctx))
			}
			if err != nil {
				return err
			}
		}
		i.State = to
		run, err := t.jobs.Enqueue(ctx, tx, job, importPayload{Import: i.UID})
		if err != nil {
			return err
		}
		i.Job = run.UID
		return nil
	})
}

// importPayload is what a job on an import is asked with.
type importPayload struct {
	Import string `json:"import"`
}

// ready refuses what would lead nowhere.
func (i *Import) ready(to ImportState) error {
	switch {
	case to == Applying && i.Counts.Faulty > 0:
		return fault.New(fault.Conflict, "import.has_errors").With("Count", i.Counts.Faulty)
	case to == Applying && i.Counts.New+i.Counts.Changed == 0:
		return fault.New(fault.Conflict, "import.nothing_to_do")
	}
	return nil
}

// change changes an import of a version in one of the states, behind the gate.
func (t *Transfer) change(ctx context.Context, uid string, version int, action string, from []ImportState, do func(ctx context.Context, tx *db.Tx, i *Import) error) (*Import, error) {
	var i *Import
	err := t.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if i, err = findImport(ctx, tx, uid, true); err != nil {
			return err
		}
		grant, err := t.gate.Check(ctx, action, t.importTarget(i))
		if err == nil {
			// Roles of other registers may import too, into theirs.
			_, err = t.gate.Scope(ctx, "import", Institutions)
		}
		if err != nil {
			return err
		}
		if err := t.settle(ctx, i); err != nil {
			return err
		}
		if !slices.Contains(from, i.State) {
			return fault.New(fault.Conflict, "import.gone_on").With("State", fault.Key("import.state."+string(i.State)))
		}
		if i.Version != version {
			return errStale
		}
		was := i.State
		if err := do(ctx, tx, i); err != nil {
			m, wrong := t.gate.Ministry(ctx)
			if wrong != nil {
				return wrong
			}
			return gate.Cited(err, m.Profile, grant.Source)
		}
		if err := updateImport(ctx, tx, i); err != nil {
			return err
		}
		if was == i.State {
			return nil
		}
		return t.trail.Record(ctx, tx, audit.Entry{
			Action: action, Object: objectImport, Target: i.UID, UnitPath: i.UnitPath, Law: grant.Source,
			Changes: []audit.Change{{Field: "state", Old: was, New: i.State}},
		})
	}, &i)
	return i, err
}

// settle leads an import back whose job is over without having said so: it was
// cancelled, or its process died too often.
func (t *Transfer) settle(ctx context.Context, i *Import) error {
	back := i.State.before()
	if back == "" || i.Job == "" {
		return nil
	}
	// Whoever may see the import may see that its job is over, whosever it was: who
	// asked for it may have been blocked since.
	if c := caller.From(ctx); c != nil {
		ctx = caller.With(ctx, caller.System(c.Tenant, "imports", c.RequestID))
	}
	run, err := t.jobs.Get(ctx, i.Job)
	if fault.KindOf(err) == fault.NotFound { // swept away
		i.State = back
		return nil
	}
	if err == nil && run.State.Over() {
		i.State = back
	}
	return err
}
