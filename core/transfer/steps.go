package transfer

import (
	"context"
	"slices"
	"strconv"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/exchange"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/profile"
	"mektep/core/record"
)

// Reread reads the beginning of the file anew, as a person says: in another encoding,
// with another separator, another sheet or row of headings, with or without the rows
// that are hidden. What is left empty is found out. The columns are proposed anew.
//
// Faults: Invalid for a reading that the file does not have; Conflict for another
// version or an import that has gone on.
func (t *Service) Reread(ctx context.Context, uid string, version int, how exchange.Reading) (*Import, error) {
	return t.change(ctx, uid, version, "create", []State{Matching, Checked}, func(ctx context.Context, tx *db.Tx, i *Import) error {
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

// Match sets what the columns mean, one target a column ("" leaves it out), and
// the options. A preview that was made before no longer stands.
//
// Faults: Invalid for an unknown target, one that two columns have or one that is
// missing; Conflict for another version or an import that has gone on.
func (t *Service) Match(ctx context.Context, uid string, version int, targets []string, o Options) (*Import, error) {
	return t.change(ctx, uid, version, "create", []State{Matching, Checked}, func(ctx context.Context, tx *db.Tx, i *Import) error {
		m, err := t.matcher(ctx)
		if err != nil {
			return err
		}
		options, err := m.Check(i.Columns, targets, o, t.tree.Today(ctx))
		if err != nil {
			return err
		}
		if _, err := t.fixed(m.P, intake.New(t.source(ctx, m.P, m.On), nil), options.Values, t.tree.Today(ctx)); err != nil {
			return err
		}
		if options.Places, err = t.meantWords(ctx, m, options.Places); err != nil {
			return err
		}
		if err := t.leavable(ctx, i, options.Leave); err != nil {
			return err
		}
		for k := range i.Columns {
			i.Columns[k].Target, i.Columns[k].Maybe = targets[k], "" // a person has said what it is
		}
		options.Reading, options.Headed = i.Options.Reading, i.Options.Headed // how the file is read, Reread says
		i.Options, i.State, i.Counts = options, Matching, Counts{}
		return forgetFindings(ctx, tx, i)
	})
}

// Answer names an answer to what a word means, from 0, in the faults of a matching.
func Answer(k int) string { return "places." + strconv.Itoa(k) }

// meantWords refuses words that are said to mean what there is not.
func (t *Service) meantWords(ctx context.Context, m *Matcher, words []PlaceWord) ([]PlaceWord, error) {
	if len(words) == 0 {
		return words, nil
	}
	words, bad := m.meantItems(words, fault.New(fault.Invalid, "import.bad_matching"))
	words, bad, err := t.subject.Means(ctx, m, words, bad)
	if err != nil {
		return nil, err
	}
	return words, bad.OrNil()
}

// Listed is the field that a word is said to mean an entry of, or yes or no; nil: it is a word of
// the register's own.
func (m *Matcher) Listed(w PlaceWord) *profile.Field { return listField(m.fields, w.Level) }

// Preview starts the job that goes through the whole file and changes nothing but
// the import's counts and findings.
func (t *Service) Preview(ctx context.Context, uid string, version int) (*Import, error) {
	return t.start(ctx, uid, version, "create", []State{Matching, Checked}, Checking, Preview)
}

// MatchAndPreview is Match and Preview in one unit of work, as one form asks for both.
func (t *Service) MatchAndPreview(ctx context.Context, uid string, version int, targets []string, o Options) (*Import, error) {
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
func (t *Service) Apply(ctx context.Context, uid string, version int) (*Import, error) {
	return t.start(ctx, uid, version, "apply", []State{Checked}, Applying, Apply)
}

// Undo starts the job that takes an applied import back, as long as nothing else
// has touched what it entered or changed.
func (t *Service) Undo(ctx context.Context, uid string, version int) (*Import, error) {
	return t.start(ctx, uid, version, "undo", []State{Applied}, Undoing, Undo)
}

// Cancel gives an import up that was not applied: its file is deleted.
func (t *Service) Cancel(ctx context.Context, uid string, version int) (*Import, error) {
	i, err := t.change(ctx, uid, version, "cancel", []State{Matching, Checked}, func(ctx context.Context, tx *db.Tx, i *Import) error {
		i.State = Cancelled
		if err := t.tellOwner(ctx, tx, i, "import.notice.cancelled"); err != nil {
			return err
		}
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
func (t *Service) start(ctx context.Context, uid string, version int, action string, from []State, to State, job Work) (*Import, error) {
	return t.change(ctx, uid, version, action, from, func(ctx context.Context, tx *db.Tx, i *Import) error {
		if err := i.ready(to); err != nil {
			return err
		}
		if to == Checking {
			m, err := t.matcher(ctx)
			if err == nil {
				err = i.decided()
			}
			if err == nil {
				err = m.Missing(i.Columns, i.Options, t.tree.Today(ctx))
			}
			if err != nil {
				return err
			}
		}
		i.State = to
		run, err := t.jobs.Enqueue(ctx, tx, t.job(job), importPayload{Import: i.UID})
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
func (i *Import) ready(to State) error {
	switch {
	case to == Applying && i.Counts.Faulty > 0:
		return fault.New(fault.Conflict, "import.has_errors").With("Count", i.Counts.Faulty)
	case to == Applying && i.Counts.New+i.Counts.Changed == 0 && i.Counts.Dated > 0:
		return fault.New(fault.Conflict, "import.only_dated").With("Count", i.Counts.Dated)
	case to == Applying && i.Counts.New+i.Counts.Changed == 0:
		return fault.New(fault.Conflict, "import.nothing_to_do")
	}
	return nil
}

// decided refuses columns that could be something and of which nobody has said whether they are.
func (i *Import) decided() error {
	bad := fault.New(fault.Invalid, "import.bad_matching")
	for k, c := range i.Columns {
		if c.Target == "" && c.Maybe != "" && !slices.ContainsFunc(i.Columns, func(other intake.Column) bool { return other.Target == c.Maybe }) {
			bad = bad.WithField(column(k), "import.column.undecided", nil)
		}
	}
	return bad.OrNil()
}

// change changes an import of a version in one of the states, behind the gate.
func (t *Service) change(ctx context.Context, uid string, version int, action string, from []State, do func(ctx context.Context, tx *db.Tx, i *Import) error) (*Import, error) {
	var i *Import
	err := t.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if i, err = t.find(ctx, tx, uid, true); err != nil {
			return err
		}
		grant, err := t.gate.Check(ctx, action, t.importTarget(i))
		if err == nil {
			// Roles of other registers may import too, into theirs.
			_, err = t.gate.Scope(ctx, "import", t.object())
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
			return record.ErrStale
		}
		was := i.State
		if err := do(ctx, tx, i); err != nil {
			m, wrong := t.gate.Ministry(ctx)
			if wrong != nil {
				return wrong
			}
			return gate.Cited(err, m.Profile, grant)
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
func (t *Service) settle(ctx context.Context, i *Import) error {
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
