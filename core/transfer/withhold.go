package transfer

import (
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/intake"
	"mektep/core/record"
)

// shown returns which columns of an import the caller may see the contents of, by
// what they are matched to. Whoever brought the file knows it. Anybody else sees what
// they may see of the records: a right over imports opens no field group. What a
// column without a meaning holds nobody knows, so nobody else is shown it.
func (t *Service) shown(ctx context.Context, i *Import) (func(target string) bool, error) {
	c := caller.From(ctx)
	if !c.SignedIn() || c.Account == i.Account {
		return func(string) bool { return true }, nil
	}
	m, err := t.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	r, known := t.records.Of(m.Profile), map[string]bool{}
	var each func(target string) bool
	each = func(target string) bool {
		if parts := intake.Apart(target); len(parts) > 1 {
			return !slices.ContainsFunc(parts, func(part string) bool { return !each(part) })
		}
		seen, asked := known[target]
		if !asked {
			switch f := r.Field(target); {
			case f != nil:
				seen = t.gate.Can(ctx, "view", gate.Target{Object: t.object(), Groups: []string{f.Group().ID}, Path: i.UnitPath})
			default: // of the record itself: its name, type, code and place are in every list
				seen = target != ""
			}
			known[target] = seen
		}
		return seen
	}
	return each, nil
}

// withhold takes the samples of columns out that the caller may not see.
func (t *Service) withhold(ctx context.Context, i *Import) error {
	shown, err := t.shown(ctx, i)
	if err != nil {
		return err
	}
	for k := range i.Columns {
		if !shown(i.Columns[k].Target) {
			i.Columns[k].Samples = nil
		}
	}
	return nil
}

// withholdValues takes the cells out of findings that the caller may not see, and
// records that cells of somebody else's file were shown.
func (t *Service) withholdValues(ctx context.Context, i *Import, findings []Finding) error {
	shown, err := t.shown(ctx, i)
	if err != nil {
		return err
	}
	if err := t.withholdChanges(ctx, i, findings); err != nil {
		return err
	}
	t.withholdEntering(ctx, i, findings, shown)
	values := false
	for k := range findings {
		f := &findings[k]
		if !shown(f.Target) {
			f.Value = ""
			for _, arg := range []string{"Value", "Thousands", "Fraction", "Rounded", "Number", "Part", "Hundredths", "Same", "Letters", "Beside", "DayFirst", "MonthFirst"} {
				delete(f.Args, arg)
			}
		}
		values = values || f.Value != "" || f.Old != nil || f.New != nil
	}
	if c := caller.From(ctx); !values || !c.SignedIn() || c.Account == i.Account {
		return nil
	}
	return t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		return t.trail.Record(ctx, tx, audit.Entry{Action: "view", Object: objectImport, Target: i.UID, UnitPath: i.UnitPath, Fields: []string{"findings"}})
	})
}

// unmerged says what is wrong with the record that a row would make, as whoever brings the file
// may be told.
func (w *work) unmerged(ctx context.Context, st *Row, h record.Head, err error) []Fault {
	wrong := *fault.From(err)
	wrong.Fields = slices.Clone(wrong.Fields)
	for k, x := range wrong.Fields {
		wrong.Fields[k] = w.t.records.Unawaited(w.p, x, func(group string) bool {
			_, hidden := w.rows.Allowed(ctx, "view", w.t.records.Target(h, group))
			return hidden == nil
		})
	}
	return w.rows.Refused(ctx, st, &wrong)
}
