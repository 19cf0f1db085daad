package record

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// ErrStale says that a record has another version than the form was filled from.
var ErrStale = fault.New(fault.Conflict, "unit.changed_meanwhile").WithNext("unit.next.changed", "", nil)

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
func (s *Stale) Error() string { return ErrStale.Error() }

// Unwrap makes Stale the fault it is.
func (s *Stale) Unwrap() error { return ErrStale }

// Update saves fields of one or more groups of a record. A field that is
// not in the map stays; an empty value takes it away. version is the one the form
// was filled from. What comes back, of a record or of a conflict, is what the caller may see.
//
// Faults: Invalid with the faulty fields; *Stale when somebody else saved in
// between; the gate's, for each group touched.
func (rs *Records) Update(ctx context.Context, uid string, version int, fields map[string]any) (Record, error) {
	var out Record
	err := rs.gate.Unit(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		r, err := rs.update(ctx, tx, uid, version, fields)
		if err == nil {
			out, err = rs.Answered(ctx, r)
			return err
		}
		if s, stale := AsStale(err); stale {
			return rs.hide(ctx, r, s, fields)
		}
		return err
	}, &out)
	return out, err
}

// Answered is a record that the caller has just written, as they may see it.
func (rs *Records) Answered(ctx context.Context, r Record) (Record, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return Record{}, err
	}
	held, err := rs.held(ctx, r.Head)
	if err != nil {
		return Record{}, err
	}
	r.Fields = maps.Clone(r.Fields)
	rs.conceal(ctx, m.Profile, held, &r)
	return r, nil
}

// hide returns a conflict without what stands in groups that the caller may not see: of a field
// that they gave, that somebody changed it; of what follows from it there, nothing.
func (rs *Records) hide(ctx context.Context, r Record, s *Stale, fields map[string]any) error {
	seen, err := rs.Answered(ctx, r)
	if err != nil {
		return err
	}
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	of, told := rs.Of(m.Profile), &Stale{Version: s.Version}
	for _, d := range s.Fields {
		_, gave := fields[d.Field]
		switch f := of.Field(d.Field); {
		case f != nil && slices.Contains(seen.Groups, f.Group().ID):
		case gave:
			d.Now = nil
		default:
			continue
		}
		told.Fields = append(told.Fields, d)
	}
	return told
}

// update is Update in an open unit of work, with all that stands in the record; of a conflict
// it returns the record's head.
func (rs *Records) update(ctx context.Context, tx *db.Tx, uid string, version int, fields map[string]any) (Record, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return Record{}, err
	}
	was, err := rs.read(ctx, uid)
	if err != nil {
		return Record{}, err
	}
	grant, err := rs.mayUpdate(ctx, m.Profile, was, fields)
	if err != nil {
		return Record{}, err
	}
	now, err := rs.locked(ctx, was.ID)
	if err != nil {
		return Record{}, err
	}
	after, err := rs.Merged(m.Profile, was.Head, was.above(), rs.tree.Today(ctx), now.Fields, fields)
	if err != nil {
		held, heldErr := rs.held(ctx, was.Head)
		if heldErr != nil {
			return Record{}, heldErr
		}
		return Record{}, gate.Cited(rs.veiled(ctx, err, m.Profile, func(g ...string) gate.Target { return held.of(rs.Target(was.Head, g...)) }, fields), m.Profile, grant)
	}
	changes := Diff(now.Fields, after)
	if now.Version != version {
		return Record{Head: was.Head}, stale(now.Version, changes)
	}
	was.Version = version
	out := Record{Head: was.Head, Fields: after}
	if len(changes) == 0 {
		return out, nil
	}
	if err := rs.Save(ctx, tx, m.Profile, now, version, after); err != nil {
		return Record{}, err
	}
	out.Version++
	return out, rs.trail.Record(ctx, tx, audit.Entry{
		Action: "update", Object: rs.reg.ID, Target: uid, UnitPath: was.Path, Law: grant.Source, Changes: changes,
	})
}

// mayUpdate asks whether the caller may change fields of a record as it stands.
func (rs *Records) mayUpdate(ctx context.Context, p *profile.Profile, r Record, fields map[string]any) (gate.Grant, error) {
	groups, err := rs.GroupsOf(p, fields)
	if err != nil {
		return gate.Grant{}, err
	}
	held, err := rs.held(ctx, r.Head)
	if err != nil {
		return gate.Grant{}, err
	}
	grant, err := rs.gate.Check(ctx, "update", held.of(rs.Target(r.Head, groups...)))
	if err == nil && !r.OpenOn(rs.tree.Today(ctx)) {
		err = rs.stays(ctx, r.Head)
	}
	return grant, err
}

// stays says why a record that exists no longer cannot be changed.
func (rs *Records) stays(ctx context.Context, h Head) error {
	if rs.reg.Closed != nil {
		return rs.reg.Closed(ctx, h)
	}
	return fault.New(fault.Conflict, rs.reg.Says.Closed).With("Until", *h.Until).WithNext("record.next.closed", "", nil)
}

// GroupsOf returns the field groups that a change touches; a field the profile
// does not have is a fault of that field.
func (rs *Records) GroupsOf(p *profile.Profile, fields map[string]any) ([]string, error) {
	of := rs.Of(p)
	bad := fault.New(fault.Invalid, rs.reg.Says.Invalid)
	var groups []string
	for id := range fields {
		f := of.Field(id)
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

// Merged puts fields over those of a record before and judges the whole on a day. level
// is that of the unit above.
//
// What was wrong with the record before, in a field that is left alone, is no reason to
// refuse the change: the field was missing (its completeness shows that elsewhere), or
// the profile has changed under it and no longer has the field, the entry of a list or
// the form of the value. It stays as it is. What the change makes required shows as missing,
// too, but for a field that requires what it is required by: the two are given together.
func (rs *Records) Merged(p *profile.Profile, h Head, level string, on time.Time, before, fields map[string]any) (map[string]any, error) {
	whole := make(map[string]any, len(before)+len(fields))
	for k, v := range before {
		whole[k] = v
	}
	for k, v := range fields {
		whole[k] = v
	}
	after, faults := p.ValidateRecord(rs.reg.ID, Facts(whole, h.Type, level), on)
	if len(faults) == 0 {
		return after, nil
	}
	_, old := p.ValidateRecord(rs.reg.ID, Facts(before, h.Type, level), on)
	bad := fault.New(fault.Invalid, rs.reg.Says.Invalid)
	for _, f := range faults {
		_, touched := fields[f.Name]
		was := slices.ContainsFunc(old, func(o profile.FieldFault) bool { return o.Name == f.Name && o.Key == f.Key })
		switch {
		case touched:
			bad = bad.WithField(f.Name, f.Key, f.Args)
		case !was && (f.Key != "field.required" || rs.paired(p, f.Name, fields)):
			bad = rs.depends(bad, p, f)
		case before[f.Name] != nil:
			after[f.Name] = before[f.Name]
		}
	}
	return after, bad.OrNil()
}

// paired reports that a field and one of those given require one another: one of two coordinates
// says nothing.
func (rs *Records) paired(p *profile.Profile, id string, fields map[string]any) bool {
	f := rs.Of(p).Field(id)
	return f != nil && slices.ContainsFunc(slices.Collect(maps.Keys(fields)), func(other string) bool {
		o := rs.Of(p).Field(other)
		return o != nil && strings.Contains(f.RequiredExpr, "filled("+other+")") && strings.Contains(o.RequiredExpr, "filled("+id+")")
	})
}

// depends adds that a field which is left alone would no longer be right: whoever is told may
// have no form with it, so that it is named with its group.
func (rs *Records) depends(bad *fault.Error, p *profile.Profile, f profile.FieldFault) *fault.Error {
	field := rs.Of(p).Field(f.Name)
	if field == nil {
		return bad.WithField(f.Name, f.Key, f.Args)
	}
	return bad.WithField(f.Name, keyDepends, fault.Args{
		"Field": fault.Text(field.Name), "Group": fault.Text(field.Group().Name), "Why": fault.Phrase{Key: f.Key, Args: f.Args},
	})
}

const keyDepends = "record.depends"

// veiled is what was found wrong as somebody may be told who sees some groups: of what stands
// in the others they hear, at a field of their own, that it is in the way, and who can change it.
func (rs *Records) veiled(ctx context.Context, err error, p *profile.Profile, t func(groups ...string) gate.Target, fields map[string]any) error {
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid {
		return err
	}
	own := slices.Sorted(maps.Keys(fields))
	told := *f
	told.Fields = nil
	hidden := ""
	for _, x := range f.Fields {
		field := rs.Of(p).Field(x.Name)
		x = rs.Unawaited(p, x, func(group string) bool { return rs.gate.Can(ctx, "view", t(group)) })
		if x.Key != keyDepends || field == nil || rs.gate.Can(ctx, "view", t(field.Group().ID)) {
			told.Fields = append(told.Fields, x)
			continue
		}
		hidden = field.Group().ID
	}
	if hidden == "" || len(own) == 0 {
		return &told
	}
	able, ableErr := rs.gate.Able(ctx, "update", t(hidden))
	if ableErr != nil {
		return ableErr
	}
	out := told.WithField(own[0], "record.depends_hidden", nil)
	if len(able) > 0 {
		names, err := rs.gate.Named(ctx, able)
		if err != nil {
			return err
		}
		out = out.WithNext("gate.next.ask_role", "/me/rights", fault.Args{"Roles": names})
	}
	return out
}

// Unawaited is what is wrong with a field as somebody may be told who sees some groups: that one
// which they do not see is empty is not told.
func (rs *Records) Unawaited(p *profile.Profile, f profile.FieldFault, sees func(group string) bool) profile.FieldFault {
	if g := p.Awaited(rs.reg.ID, f); g != "" && !sees(g) {
		f.Key, f.Args = "field.not_applicable", fault.Args{"Field": f.Args["Field"]}
	}
	return f
}

// Diff lists what changed, by field.
func Diff(before, after map[string]any) []audit.Change {
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
	slices.SortFunc(changes, func(a, b audit.Change) int { return strings.Compare(a.Field, b.Field) })
	return changes
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

// Stands refuses a change of what exists no longer: it stays as it was.
func (rs *Records) Stands(ctx context.Context, h Head) error {
	if h.Until == nil || h.OpenOn(rs.tree.Today(ctx)) {
		return nil
	}
	return rs.stays(ctx, h)
}

// Editable returns what says of field groups of a record why the caller cannot change them
// now; nil: they can. In which relations the caller stands to the record is looked up once.
func (rs *Records) Editable(ctx context.Context, h Head) (func(groups ...string) error, error) {
	if closed := rs.Stands(ctx, h); closed != nil {
		return func(...string) error { return closed }, nil //nolint:nilerr // why nothing can be changed is the answer
	}
	held, err := rs.held(ctx, h)
	return func(groups ...string) error {
		_, err := rs.gate.Check(ctx, "update", held.of(rs.Target(h, groups...)))
		return err
	}, err
}
