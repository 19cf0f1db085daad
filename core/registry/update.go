package registry

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
	"mektep/core/unit"
)

// errStale says that the record has another version than the form was filled from.
var errStale = fault.New(fault.Conflict, "unit.changed_meanwhile").WithNext("unit.next.changed", "", nil)

// Stale is the conflict of a save over somebody else's: what stands now, and what
// was to be saved, field by field where they differ.
type Stale struct {
	Version int // to save with, when the caller decides to go on
	Fields  []Difference
}

// Difference is one field that another save changed, or that this one would.
type Difference struct {
	Field string
	Now   any // stands
	Yours any // was to be saved
}

// Error is for logs.
func (s *Stale) Error() string { return errStale.Error() }

// Unwrap makes Stale the fault it is.
func (s *Stale) Unwrap() error { return errStale }

// Update saves fields of one or more groups of an institution. A field that is
// not in the map stays; an empty value takes it away. version is the one the form
// was filled from.
//
// Faults: Invalid with the faulty fields; *Stale when somebody else saved in
// between; the gate's, for each group touched.
func (s *Service) Update(ctx context.Context, uid string, version int, fields map[string]any) (Institution, error) {
	var out Institution
	err := s.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := s.gate.Ministry(ctx)
		if err != nil {
			return err
		}
		u, err := s.institution(ctx, uid)
		if err != nil {
			return err
		}
		groups, err := groupsOf(m.Profile, fields)
		if err != nil {
			return err
		}
		grant, err := s.gate.Check(ctx, "update", s.Target(u, groups...))
		if err != nil {
			return err
		}
		if !u.OpenOn(s.tree.Today(ctx)) {
			return s.StaysClosed(ctx, u)
		}
		before, current, err := locked(ctx, tx, u.ID)
		if err != nil {
			return err
		}
		level, err := s.levelAbove(ctx, u)
		if err != nil {
			return err
		}
		after, err := merged(m.Profile, u, level, s.tree.Today(ctx), before, fields)
		if err != nil {
			return gate.Cited(err, m.Profile, grant.Source)
		}
		changes := diff(before, after)
		if current != version {
			return stale(current, changes)
		}
		u.Version = version
		out = Institution{Unit: u, Fields: after}
		if len(changes) == 0 {
			return nil
		}
		if err := s.save(ctx, tx, m.Profile, u, version, after); err != nil {
			return err
		}
		out.Version++
		return s.trail.Record(ctx, tx, audit.Entry{
			Action: "update", Object: Institutions, Target: uid, UnitPath: u.Path, Law: grant.Source, Changes: changes,
		})
	}, &out)
	return out, err
}

// institution reads the unit of an institution within the open unit of work.
func (s *Service) institution(ctx context.Context, uid string) (unit.Unit, error) {
	u, err := s.tree.Get(ctx, uid)
	if err == nil && u.Level != unit.Institution || err != nil && fault.KindOf(err) == fault.NotFound {
		return u, fault.New(fault.NotFound, "institution.not_found")
	}
	return u, err
}

// groupsOf returns the field groups that a change touches; a field the profile
// does not have is a fault of that field.
func groupsOf(p *profile.Profile, fields map[string]any) ([]string, error) {
	r := p.Register(Institutions)
	bad := fault.New(fault.Invalid, "institution.invalid")
	var groups []string
	for id := range fields {
		f := r.Field(id)
		if f == nil {
			bad = bad.WithField(id, "field.unknown", nil)
			continue
		}
		if g := f.Group().ID; !slices.Contains(groups, g) {
			groups = append(groups, g)
		}
	}
	slices.Sort(groups)
	return groups, bad.OrNil()
}

// levelAbove returns the level of the unit that u belongs to.
func (s *Service) levelAbove(ctx context.Context, u unit.Unit) (string, error) {
	if u.ParentID == nil {
		return "", nil
	}
	parent, err := s.tree.ByID(ctx, *u.ParentID)
	return parent.Level, err
}

// merged puts fields over the passport before and judges the whole on a day. level
// is that of the unit above.
//
// What was wrong with the passport before, in a field that is left alone, is no reason to
// refuse the change: the field was missing (its completeness shows that elsewhere), or
// the profile has changed under it and no longer has the field, the entry of a list or
// the form of the value. It stays as it is.
func merged(p *profile.Profile, u unit.Unit, level string, on time.Time, before, fields map[string]any) (map[string]any, error) {
	whole := make(map[string]any, len(before)+len(fields))
	for k, v := range before {
		whole[k] = v
	}
	for k, v := range fields {
		whole[k] = v
	}
	after, faults := p.ValidateRecord(Institutions, record(whole, u.Type, level), on)
	if len(faults) == 0 {
		return after, nil
	}
	_, old := p.ValidateRecord(Institutions, record(before, u.Type, level), on)
	bad := fault.New(fault.Invalid, "institution.invalid")
	for _, f := range faults {
		_, touched := fields[f.Name]
		was := slices.ContainsFunc(old, func(o profile.FieldFault) bool { return o.Name == f.Name && o.Key == f.Key })
		switch {
		case touched, f.Key != "field.required" && !was:
			bad = bad.WithField(f.Name, f.Key, f.Args)
		case before[f.Name] != nil:
			after[f.Name] = before[f.Name]
		}
	}
	return after, bad.OrNil()
}

// diff lists what changed, by field.
func diff(before, after map[string]any) []audit.Change {
	plainBefore, plainAfter := plain(before), plain(after)
	var changes []audit.Change
	for k, v := range plainAfter {
		if !reflect.DeepEqual(plainBefore[k], v) {
			changes = append(changes, audit.Change{Field: k, Old: plainBefore[k], New: v})
		}
	}
	for k, v := range plainBefore {
		if _, kept := plainAfter[k]; !kept {
			changes = append(changes, audit.Change{Field: k, Old: v})
		}
	}
	slices.SortFunc(changes, func(a, b audit.Change) int { return compare(a.Field, b.Field) })
	return changes
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// plain brings values into the form in which JSON gives them back, so that what
// was stored and what was just judged can be compared.
func plain(fields map[string]any) map[string]any {
	raw, err := json.Marshal(fields)
	if err != nil {
		return fields
	}
	var out map[string]any
	if json.Unmarshal(raw, &out) != nil {
		return fields
	}
	return out
}

func stale(current int, changes []audit.Change) error {
	s := &Stale{Version: current}
	for _, c := range changes {
		s.Fields = append(s.Fields, Difference{Field: c.Field, Now: c.Old, Yours: c.New})
	}
	return s
}

// AsStale returns the conflict in err, if there is one.
func AsStale(err error) (*Stale, bool) {
	var s *Stale
	ok := errors.As(err, &s)
	return s, ok
}
