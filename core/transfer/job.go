package transfer

import (
	"context"
	"errors"
	"slices"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/jobs"
)

// working wraps the work of a job on an import: when a fault ends it, which no
// other try would mend, the import is led back to the state before.
func (t *Service) working(state State, do func(ctx context.Context, run *jobs.Run, i *Import) error) jobs.Work {
	return func(ctx context.Context, run *jobs.Run) error {
		i, err := t.mine(ctx, run, state)
		if err != nil || i == nil {
			return err
		}
		if err = do(ctx, run, i); err == nil {
			return nil
		}
		switch fault.KindOf(err) {
		case fault.Invalid, fault.Denied, fault.Locked, fault.Conflict, fault.NotFound:
		default:
			return err
		}
		cause := err
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), backTimeout)
		defer cancel()
		return errors.Join(err, t.db.Tenant(own, func(ctx context.Context, tx *db.Tx) error {
			i, err := t.find(ctx, tx, i.UID, true)
			if err != nil || i.State != state {
				return err
			}
			i.State = state.before()
			if state == Applying && fault.KindOf(cause) == fault.Invalid { // of what was said of the whole file: no preview stands on it
				i.State, i.Counts = Matching, Counts{}
				if err := forgetFindings(ctx, tx, i); err != nil {
					return err
				}
			}
			return updateImport(ctx, tx, i)
		}))
	}
}

// backTimeout bounds the unit in which a failed import is led back.
const backTimeout = 15 * time.Second

// before is the state to which an import goes back whose job fails; empty for
// those in which no job works.
func (s State) before() State {
	switch s {
	case Checking:
		return Matching
	case Applying:
		return Checked
	case Undoing:
		return Applied
	}
	return ""
}

// preview is the work of Preview.
func (t *Service) preview(ctx context.Context, run *jobs.Run, i *Import) error {
	w, err := t.goThrough(ctx, i, run, false)
	if err != nil {
		return err
	}
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return w.keep(ctx, tx, Checked, func(ctx context.Context) error { return run.Finish(ctx, w.counts, "") })
	})
}

// keep writes down what was found, and that the import has got to a state.
func (w *work) keep(ctx context.Context, tx *db.Tx, state State, finish func(context.Context) error) error {
	i, err := w.t.find(ctx, tx, w.i.UID, true)
	if err != nil {
		return err
	}
	i.State, i.Counts = state, w.counts
	i.Unplaced, i.Options.Odd, i.Options.Places = w.rows.words, w.oddLines(), w.rows.Answers
	slices.SortStableFunc(i.Unplaced, func(a, b PlaceWord) int { return b.Rows - a.Rows })
	found := slices.Concat(w.moves, w.findings, w.matches)
	if state != Applied { // then the history tells it
		found = append(append(found, w.changes...), w.entering...)
	}
	slices.SortStableFunc(found, func(a, b Finding) int { return a.Line - b.Line })
	if err := keepFindings(ctx, tx, i, found); err != nil {
		return err
	}
	if state == Applied {
		i.Applied = w.t.clock.Now()
	}
	if err := updateImport(ctx, tx, i); err != nil {
		return err
	}
	if err := w.keepShown(ctx, tx, state); err != nil {
		return err
	}
	return finish(ctx)
}

// mine returns the import that a run works on, as long as it is this run's turn;
// nil when another one has done it.
func (t *Service) mine(ctx context.Context, run *jobs.Run, state State) (*Import, error) {
	var payload importPayload
	if err := run.Payload(&payload); err != nil {
		return nil, err
	}
	var i *Import
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		i, err = t.find(ctx, tx, payload.Import, false)
		return err
	})
	if err != nil || i.State != state || i.Job != run.UID {
		return nil, err
	}
	return i, nil
}
