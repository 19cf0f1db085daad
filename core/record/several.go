package record

import (
	"cmp"
	"context"
	"slices"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

// MostAtOnce is how many records are changed by one save.
const MostAtOnce = 200

// Edit is what a change of several records would do to one of them.
type Edit struct {
	Head
	Changes []audit.Change // empty: it stays as it is
	Why     error          // why it cannot be changed so; then there are no Changes
}

// Versioned is a record as somebody saw it.
type Versioned struct {
	UID     string
	Version int
}

// PreviewSeveral finds out what a change of the same fields would do to each of some records,
// in their order, and writes nothing. What the caller may not look at is left out.
//
// Faults: Invalid for none or too many, and for a field that no record has.
func (rs *Records) PreviewSeveral(ctx context.Context, uids []string, fields map[string]any) ([]Edit, error) {
	if err := someOf(len(uids)); err != nil {
		return nil, err
	}
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := rs.GroupsOf(m.Profile, fields); err != nil {
		return nil, err
	}
	edits := make([]Edit, 0, len(uids))
	seen := map[string]bool{}
	for _, uid := range uids {
		if seen[uid] {
			continue
		}
		seen[uid] = true
		r, err := rs.read(ctx, uid)
		shown := r
		if err == nil {
			shown, err = rs.seen(ctx, r)
		}
		if k := fault.KindOf(err); err != nil && (k == fault.NotFound || k == fault.Denied) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := Edit{Head: shown.Head}
		if e.Changes, e.Why, err = rs.wouldChange(ctx, r, shown.Groups, fields); err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}

func someOf(n int) error {
	switch {
	case n == 0:
		return fault.New(fault.Invalid, "record.several.none").WithField("id", "record.several.none", nil)
	case n > MostAtOnce:
		return fault.New(fault.Invalid, "record.several.most").With("Most", MostAtOnce).WithField("id", "record.several.most", fault.Args{"Most": MostAtOnce})
	}
	return nil
}

// wouldChange says what fields would change of a record, of which the caller sees some groups,
// or why they may not. What stands in a group that they may not see is not told by what would become of it.
func (rs *Records) wouldChange(ctx context.Context, r Record, shown []string, fields map[string]any) (changes []audit.Change, why, err error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return nil, nil, err
	}
	groups, err := rs.GroupsOf(m.Profile, fields)
	if err != nil {
		return nil, nil, err
	}
	grant, why := rs.mayUpdate(ctx, m.Profile, r, fields)
	if k := slices.IndexFunc(groups, func(g string) bool { return !slices.Contains(shown, g) }); k >= 0 && why == nil {
		_, why = rs.gate.Check(ctx, "view", rs.Target(r.Head, groups[k]))
	}
	if why == nil {
		var after map[string]any
		if after, why = rs.Merged(m.Profile, r.Head, r.above(), rs.tree.Today(ctx), r.Fields, fields); why == nil {
			of := rs.Of(m.Profile) // what follows in a group that they may not see is not told
			return slices.DeleteFunc(Diff(r.Fields, after), func(c audit.Change) bool {
				f := of.Field(c.Field)
				return f == nil || !slices.Contains(shown, f.Group().ID)
			}), nil, nil
		}
		held, err := rs.held(ctx, r.Head)
		if err != nil {
			return nil, nil, err
		}
		why = gate.Cited(rs.veiled(ctx, why, m.Profile, func(g ...string) gate.Target { return held.of(rs.Target(r.Head, g...)) }, fields), m.Profile, grant)
	}
	if k := fault.KindOf(why); k == fault.Internal || k == fault.Unavailable {
		return nil, nil, why
	}
	return nil, why, nil
}

// OneOfSeveral says which of several records could not be changed, and why: none was.
type OneOfSeveral struct {
	UID string
	Why error
}

// Error is for logs.
func (o *OneOfSeveral) Error() string { return o.Why.Error() }

// Unwrap makes it the fault that it is.
func (o *OneOfSeveral) Unwrap() error { return o.Why }

// UpdateSeveral saves the same fields of several records, all or none, and returns how many
// it changed: [Records.Update] for each.
//
// Faults: of Update, as *OneOfSeveral; Conflict for one that somebody else has changed since it
// was seen.
func (rs *Records) UpdateSeveral(ctx context.Context, of []Versioned, fields map[string]any) (int, error) {
	if err := someOf(len(of)); err != nil {
		return 0, err
	}
	// Two who change the same records take them in one order; each once.
	of = slices.SortedFunc(slices.Values(of), func(a, b Versioned) int { return cmp.Compare(a.UID, b.UID) })
	of = slices.CompactFunc(of, func(a, b Versioned) bool { return a.UID == b.UID })
	n := 0
	err := rs.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		n = 0
		for _, v := range of {
			r, err := rs.update(ctx, tx, v.UID, v.Version, fields)
			if _, meanwhile := AsStale(err); meanwhile {
				err = fault.New(fault.Conflict, "record.several.meanwhile").WithNext("record.next.several", "", nil)
			}
			if err != nil {
				return &OneOfSeveral{UID: v.UID, Why: err}
			}
			if r.Version != v.Version {
				n++
			}
		}
		return nil
	}, &n)
	return n, err
}
