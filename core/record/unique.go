package record

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
)

// holding is a value of a field that no other record of the ministry may have, and the
// record that has it.
type holding struct {
	field, value string
	id           int64
}

// Held names a value of a field among all.
func Held(field, value string) string { return field + "\x00" + value }

func (h holding) key() string { return Held(h.field, h.value) }

// UniqueFields returns the ids of the fields whose values no two records share, sorted.
func (rs *Records) UniqueFields(p *profile.Profile) []string {
	var ids []string
	for _, f := range rs.Of(p).Fields() {
		if f.Unique {
			ids = append(ids, f.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// holdings are the unique values of a record, in the order of the index, so that two
// who write the same values wait for one another and not crosswise.
func holdings(unique []string, id int64, fields map[string]any) []holding {
	var out []holding
	for _, name := range unique {
		if text := UniqueText(fields[name]); text != "" {
			out = append(out, holding{name, text, id})
		}
	}
	return out
}

// UniqueText is a value as the database's own ->> writes it.
func UniqueText(v any) string {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	raw, err := json.Marshal(v)
	if err != nil || string(raw) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// claim enters the unique values of records, those that are new to them: what another
// record has is a conflict that names it to whoever may see it. What a record had
// before it was forbidden stays; let go are the values it no longer has.
func (rs *Records) claim(ctx context.Context, tx *db.Tx, p *profile.Profile, now, before []holding) error {
	if err := rs.fillUnique(ctx, tx, rs.UniqueFields(p)); err != nil {
		return err
	}
	had := map[holding]bool{}
	for _, h := range before {
		had[h] = true
	}
	var gone []holding
	for _, h := range before {
		if !slices.Contains(now, h) {
			gone = append(gone, h)
		}
	}
	if err := rs.releaseValues(ctx, tx, gone); err != nil {
		return err
	}
	slices.SortFunc(now, func(a, b holding) int { return strings.Compare(a.key(), b.key()) })
	taken, err := rs.takeValues(ctx, tx, now)
	if err != nil {
		return err
	}
	// A value that a record had before it was forbidden is no conflict of this save.
	var conflicts []holding
	for _, t := range taken {
		if slices.ContainsFunc(now, func(h holding) bool { return h.key() == t.key() && !had[h] }) {
			conflicts = append(conflicts, t)
		}
	}
	if len(conflicts) == 0 {
		return nil
	}
	return rs.shared(ctx, p, conflicts)
}

// shared is the conflict with the records that have the values.
func (rs *Records) shared(ctx context.Context, p *profile.Profile, taken []holding) error {
	f := fault.New(fault.Conflict, "record.taken").WithNext("record.next.taken", "", nil)
	ids := make([]int64, len(taken))
	for k, h := range taken {
		ids[k] = h.id
	}
	others, err := rs.ByIDs(ctx, ids, false)
	if err != nil {
		return err
	}
	for _, h := range taken {
		args := fault.Args{"Field": fault.Text(rs.Of(p).Field(h.field).Name)}
		key := "field.taken"
		if other, there := others[h.id]; there && rs.shows(ctx, p, other.Head) {
			key, args["Record"] = "field.taken_by", fault.Text(other.Name)
			args["Code"] = other.Code
		}
		f = f.WithField(h.field, key, args)
	}
	return f
}

// shows reports whether the caller may see a record and what it is called.
func (rs *Records) shows(ctx context.Context, p *profile.Profile, h Head) bool {
	held, err := rs.held(ctx, h)
	if err != nil || !rs.gate.Can(ctx, "view", held.of(rs.Target(h))) {
		return false
	}
	for _, g := range rs.titleGroups(p) {
		if !rs.gate.Can(ctx, "view", held.of(rs.Target(h, g.ID))) {
			return false
		}
	}
	return true
}

// fillUnique enters the values of records that were there before the profile said that
// a field is unique. Of records that share one the oldest has it; how many stand back
// is kept, for whoever looks after the ministry.
func (rs *Records) fillUnique(ctx context.Context, tx *db.Tx, fields []string) error {
	known, err := rs.filledFields(ctx, tx)
	if err != nil || slices.Equal(known, fields) {
		return err
	}
	for _, f := range fields {
		if err := rs.fillField(ctx, tx, f); err != nil {
			return err
		}
	}
	return rs.forgetFields(ctx, tx, fields)
}
