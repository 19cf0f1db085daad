package transfer

import (
	"context"
	"errors"
	"io"
	"slices"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/locale"
)

// Upload keeps a file and reads its headings; what they mean is proposed. Nothing
// is imported yet. name is what the person's computer calls the file.
//
// Faults: Invalid for a file that is too large (32 MB), empty or no table; the gate's.
func (t *Service) Upload(ctx context.Context, name string, from io.Reader) (*Import, error) {
	path, err := t.place(ctx, "create")
	if err == nil {
		_, err = t.gate.Scope(ctx, "import", t.object())
	}
	if err != nil {
		return nil, t.gate.Refused(ctx, err)
	}
	stored, size, err := t.files.Put(ctx, func(w io.Writer) error { return copyAtMost(w, from, MaxUpload) })
	if err != nil {
		return nil, err
	}
	i := &Import{
		UID: db.NewUID(), register: t.object(), UnitPath: path, State: Matching, FileName: fileStem(name), Size: size,
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
	f := fault.New(fault.Invalid, key)
	for name, v := range args {
		f = f.With(name, v)
	}
	return f.WithField("file", key, args)
}

// readHead finds the format, the headings and samples of a new import's file, and
// proposes what the columns mean.
func (t *Service) readHead(ctx context.Context, i *Import) error {
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
		key := "import.no_format"
		locked, err := t.formats.Locked(f)
		if locked {
			key = "import.locked"
		}
		if err != nil {
			return err
		}
		return badFile(key, nil)
	}
	i.Format = format.ID
	return t.readColumns(ctx, i, f, format, exchange.Reading{})
}

// readColumns finds out how a file can be read, reads its headings so, and proposes
// what the columns mean.
func (t *Service) readColumns(ctx context.Context, i *Import, f io.ReadSeeker, format exchange.Format, how exchange.Reading) error {
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
		if other := written(look.Sheets); other != "" && how.Sheet == "" {
			how.Sheet = other
			return t.readColumns(ctx, i, f, format, how)
		}
		return badFile("import.empty", nil)
	}
	at, words := h.find(m)
	if how.Sheet == "" && how.Heading == 0 && words < fewWords {
		other, err := t.headedSheet(ctx, f, format, look, m)
		if err != nil {
			return err
		}
		if other != "" {
			how.Sheet = other
			return t.readColumns(ctx, i, f, format, how)
		}
	}
	if how.Separator == "" && h.quoted(at, m) { // with one that a person chose, the line may lack that only
		return badFile("import.quoted_lines", nil)
	}
	if how.Heading == 0 && h.below(at, m) == 0 {
		return badFile("import.only_headings", nil)
	}
	var ids bool
	i.Columns, i.Options.Headed, ids = h.columns(at, m)
	m.Propose(i.Columns, ids)
	i.Options.Leave, i.Options.Odd = nil, nil // lines of what was read before
	look.Sheets = slices.DeleteFunc(look.Sheets, func(s exchange.SheetLook) bool { return s.Name != look.Reading.Sheet && t.ownWords(s.Name) })
	i.Look, i.Options.Reading = look, look.Reading
	i.Options.Reading.Heading = h.rows[at].Line
	return nil
}

// written is the first sheet that has rows, one that is shown before those that are not.
func written(sheets []exchange.SheetLook) string {
	for _, hidden := range []bool{false, true} {
		for _, s := range sheets {
			if s.Rows > 0 && s.Hidden == hidden {
				return s.Name
			}
		}
	}
	return ""
}

// ownWords reports that a sheet is the one that templates explain their codes in: nothing
// is missed that is not read there.
func (t *Service) ownWords(name string) bool {
	return slices.ContainsFunc(t.words.Languages(), func(l locale.Language) bool {
		return t.words.Localizer(l.Tag).T("import.sheet.words") == name
	})
}

// importTarget is the gate's target for an import: its owner's own, at a unit.
func (t *Service) importTarget(i *Import) gate.Target {
	return gate.Target{Object: objectImport, UID: i.UID, Path: i.UnitPath}
}

// Import returns an import. One's own is always seen; others' by who may view
// imports of that unit.
func (t *Service) Import(ctx context.Context, uid string) (*Import, error) {
	var i *Import
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		i, err = t.find(ctx, tx, uid, false)
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
			now, err := t.find(ctx, tx, uid, false)
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

// importsPage is how many imports and findings a page shows.
const importsPage = 50

// Imports returns the imports that the caller may view, newest first, 50 at a
// time. next is the cursor of the following page, empty at the end.
func (t *Service) Imports(ctx context.Context, after string) (imports []*Import, next string, err error) {
	scope, err := t.gate.Scope(ctx, "view", objectImport)
	if err != nil {
		return nil, "", t.gate.Refused(ctx, err)
	}
	before, err := parseImportCursor(after)
	if err != nil {
		return nil, "", err
	}
	if imports, err = t.listImports(ctx, scope, before, importsPage+1); err != nil {
		return nil, "", err
	}
	if len(imports) > importsPage {
		imports = imports[:importsPage]
		next = imports[importsPage-1].cursor()
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
func (t *Service) Findings(ctx context.Context, uid string, from int) (findings []Finding, more bool, err error) {
	return t.FindingsOf(ctx, uid, AnyFinding, from)
}

// FindingsOf is Findings of one kind; from counts those of the kind.
func (t *Service) FindingsOf(ctx context.Context, uid string, kind Kind, from int) (findings []Finding, more bool, err error) {
	i, err := t.Import(ctx, uid)
	if err != nil {
		return nil, false, err
	}
	if findings, err = t.listFindings(ctx, i, kind, from, importsPage+1); err != nil {
		return nil, false, err
	}
	if err := t.withholdValues(ctx, i, findings); err != nil {
		return nil, false, err
	}
	if err := t.namesShown(ctx, i, findings[:min(len(findings), importsPage)]); err != nil {
		return nil, false, err
	}
	if len(findings) > importsPage {
		return findings[:importsPage], true, nil
	}
	return findings, false, nil
}
