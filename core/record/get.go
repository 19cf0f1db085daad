package record

import (
	"context"
	"maps"
	"slices"

	"mektep/core/profile"
)

// Get returns a record as the caller may see it, in two round trips: the record with the
// units above it, and nothing else.
//
// Faults: NotFound; Denied when it lies outside what the caller may view.
func (rs *Records) Get(ctx context.Context, uid string) (Record, error) {
	return rs.get(ctx, uid, "")
}

// GetForUpdate is Get for a caller who wants to change a field group: who may not
// is told so, and who may, rather than that they may not look at it.
func (rs *Records) GetForUpdate(ctx context.Context, uid, group string) (Record, error) {
	return rs.get(ctx, uid, group)
}

func (rs *Records) get(ctx context.Context, uid, change string) (Record, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return Record{}, err
	}
	r, err := rs.read(ctx, uid)
	if err != nil {
		return r, err
	}
	held, err := rs.held(ctx, r.Head)
	if err != nil {
		return Record{}, err
	}
	if change != "" {
		if _, err := rs.gate.Check(ctx, "update", held.of(rs.Target(r.Head, change))); err != nil {
			return Record{}, rs.gate.Refused(ctx, err)
		}
	}
	return rs.shown(ctx, m.Profile, held, r)
}

// seen is a record that was read, as the caller may see it. Fault: Denied.
func (rs *Records) seen(ctx context.Context, r Record) (Record, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return Record{}, err
	}
	held, err := rs.held(ctx, r.Head)
	if err != nil {
		return Record{}, err
	}
	r.Fields = maps.Clone(r.Fields) // what is concealed is taken out
	return rs.shown(ctx, m.Profile, held, r)
}

func (rs *Records) shown(ctx context.Context, p *profile.Profile, held holds, r Record) (Record, error) {
	if _, err := rs.gate.Check(ctx, "view", held.of(rs.Target(r.Head))); err != nil {
		return Record{}, rs.gate.Refused(ctx, err)
	}
	rs.conceal(ctx, p, held, &r)
	return r, nil
}

// conceal takes out the field groups that the caller may not see.
func (rs *Records) conceal(ctx context.Context, p *profile.Profile, held holds, r *Record) {
	of := rs.Of(p)
	if of == nil {
		return
	}
	for k := range of.Groups {
		if id := of.Groups[k].ID; rs.gate.Can(ctx, "view", held.of(rs.Target(r.Head, id))) {
			r.Groups = append(r.Groups, id)
		}
	}
	if !rs.called(p, r.Groups) {
		r.Name, r.SortKey = nil, ""
	}
	// A record holds few of the fields that there are: these are asked about.
	for id := range r.Fields {
		if f := of.Field(id); f == nil || !slices.Contains(r.Groups, f.Group().ID) {
			delete(r.Fields, id)
		}
	}
}

// called reports whether somebody who sees some groups may see what records are called.
func (rs *Records) called(p *profile.Profile, groups []string) bool {
	return !slices.ContainsFunc(rs.reg.Title, func(id string) bool {
		f := rs.Of(p).Field(id)
		return f == nil || !slices.Contains(groups, f.Group().ID)
	})
}

// titleGroups are the groups of the fields that a record is called by.
func (rs *Records) titleGroups(p *profile.Profile) []*profile.Group {
	var groups []*profile.Group
	for _, id := range rs.reg.Title {
		if f := rs.Of(p).Field(id); f != nil && !slices.Contains(groups, f.Group()) {
			groups = append(groups, f.Group())
		}
	}
	return groups
}
