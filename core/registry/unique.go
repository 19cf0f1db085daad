package registry

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
	unit         int64
}

func (h holding) key() string { return h.field + "\x00" + h.value }

// uniqueFields returns the ids of the fields whose values no two records share, sorted.
func uniqueFields(p *profile.Profile) []string {
	var ids []string
	for _, f := range p.Register(Institutions).Fields() {
		if f.Unique {
			ids = append(ids, f.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// holdings are the unique values of a record, in the order of the index, so that two
// who write the same values wait for one another and not crosswise.
func holdings(p *profile.Profile, unitID int64, fields map[string]any) []holding {
	var out []holding
	for _, id := range uniqueFields(p) {
		if text := uniqueText(fields[id]); text != "" {
			out = append(out, holding{id, text, unitID})
		}
	}
	return out
}

// uniqueText is a value as the database's own ->> writes it.
func uniqueText(v any) string {
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
func (s *Service) claim(ctx context.Context, tx *db.Tx, p *profile.Profile, now, before []holding) error {
	if err := fillUnique(ctx, tx, uniqueFields(p)); err != nil {
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
	if err := releaseValues(ctx, tx, gone); err != nil {
		return err
	}
	slices.SortFunc(now, func(a, b holding) int { return strings.Compare(a.key(), b.key()) })
	taken, err := takeValues(ctx, tx, now)
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
	return s.shared(ctx, p, conflicts)
}

// shared is the conflict with the records that have the values.
func (s *Service) shared(ctx context.Context, p *profile.Profile, taken []holding) error {
	f := fault.New(fault.Conflict, "institution.taken").WithNext("institution.next.taken", "", nil)
	for _, h := range taken {
		args := fault.Args{"Field": fault.Text(p.Register(Institutions).Field(h.field).Name)}
		key := "field.taken"
		if other, err := s.tree.ByID(ctx, h.unit); err == nil && s.gate.Can(ctx, "view", s.Target(other)) {
			key, args["Record"] = "field.taken_by", fault.Text(other.Name)
			args["Code"] = other.Code
		}
		f = f.WithField(h.field, key, args)
	}
	return f
}

// fillUnique enters the values of records that were there before the profile said that
// a field is unique. Of records that share one the oldest has it; how many stand back
// is kept, for whoever looks after the ministry.
func fillUnique(ctx context.Context, tx *db.Tx, fields []string) error {
	known, err := filledFields(ctx, tx)
	if err != nil || slices.Equal(known, fields) {
		return err
	}
	for _, f := range fields {
		if err := fillField(ctx, tx, f); err != nil {
			return err
		}
	}
	return forgetFields(ctx, tx, fields)
}

// alone finds what of a row of a file, in fields of which no two records share a value,
// another record has, in the register or in the file.
func (r *rows) alone(st *staged, ids []string) []rowFault {
	var faults []rowFault
	for _, id := range ids {
		v, there := st.fields[id]
		if c, wrong, _ := r.p.Register(Institutions).Field(id).Canonical(v, profile.DateOf(r.today)); there && wrong == "" {
			v = c
		}
		text := uniqueText(v)
		if text == "" {
			continue
		}
		key := holding{field: id, value: text}.key()
		line, twice := r.values[key]
		if owner, taken := r.taken[key]; taken && owner != st.known {
			faults = append(faults, rowFault{target: id, key: "import.row.taken", known: owner})
		} else if twice {
			faults = append(faults, rowFault{target: id, key: "import.row.taken_file", args: fault.Args{"Line": line}})
		}
		if !twice {
			r.values[key] = st.line
		}
	}
	return faults
}
