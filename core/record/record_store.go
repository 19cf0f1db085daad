package record

import (
	"context"
	"encoding/json"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/unit"
)

// headColumns are the ones scanHead expects, in its order, of the table u.
const headColumns = "u.id, u.uid, u.parent_id, u.path, u.type, u.name, u.code, u.sort_key, u.since, u.until, u.version"

func scanHead(row pgx.Row, more ...any) (Head, error) {
	var h Head
	var name []byte
	err := row.Scan(append([]any{&h.ID, &h.UID, &h.ParentID, &h.Path, &h.Type, &name, &h.Code, &h.SortKey, &h.Since, &h.Until, &h.Version}, more...)...)
	if err == nil {
		h.Name, err = unit.Names(name)
	}
	return h, err
}

// whole is the query of records with their fields, up to further conditions.
func (rs *Records) whole() string {
	fields, from := "u.fields", rs.reg.heads()+" u"
	if rs.reg.Heads != "" {
		fields, from = "i.fields", from+" JOIN "+rs.reg.ID+" i ON i.tenant_id = u.tenant_id AND i.id = u.id"
	}
	return "SELECT " + headColumns + ", " + fields + " FROM " + from + " WHERE u.tenant_id = $1"
}

func scanWhole(row pgx.Row) (Record, error) {
	var r Record
	var raw []byte
	var err error
	if r.Head, err = scanHead(row, &raw); err != nil {
		return r, err
	}
	r.Fields, err = decode(raw)
	return r, err
}

// read reads one record, in one round trip; the units above it are remembered.
func (rs *Records) read(ctx context.Context, uid string) (Record, error) {
	var r Record
	found := false
	b := &pgx.Batch{}
	b.Queue(rs.whole()+" AND u.uid = $2", db.TenantOf(ctx), uid).QueryRow(func(row pgx.Row) error {
		var err error
		r, err = scanWhole(row)
		found = err == nil
		if db.NoRows(err) {
			return nil
		}
		return err
	})
	if err := rs.db.ReadKnown(ctx, b); err != nil {
		return r, err
	}
	if !found {
		return r, rs.unknown()
	}
	in := unit.Unit{Path: r.Path}
	if rs.reg.Heads != "" { // it is a unit itself
		in.ID = r.ID
	}
	way, err := rs.tree.Way(ctx, in)
	r.Place = slices.DeleteFunc(way, func(u unit.Unit) bool { return in.ID != 0 && u.ID == in.ID })
	return r, err
}

func (rs *Records) unknown() error { return fault.New(fault.NotFound, rs.reg.Says.Unknown) }

// ByIDs reads records with their fields, whoever asks; lock holds them until the unit of
// work ends. What is not there is not among them.
func (rs *Records) ByIDs(ctx context.Context, ids []int64, lock bool) (map[int64]Record, error) {
	b := &pgx.Batch{}
	if lock { // by itself, so that what is read next is what stands once the lock is had
		b.Queue("SELECT FROM "+rs.reg.heads()+" u WHERE u.tenant_id = $1 AND u.id = ANY($2) ORDER BY u.id FOR UPDATE", db.TenantOf(ctx), ids)
	}
	found := make(map[int64]Record, len(ids))
	b.Queue(rs.whole()+" AND u.id = ANY($2) ORDER BY u.id", db.TenantOf(ctx), ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			r, err := scanWhole(rows)
			if err != nil {
				return err
			}
			found[r.ID] = r
		}
		return rows.Err()
	})
	return found, rs.db.Read(ctx, b)
}

// Fresh is a new record whose head is there.
type Fresh struct {
	Head   Head
	Level  string // of the unit that it lies in
	Fields map[string]any
}

// Store writes the fields of new records, the values they are filtered by, and what they
// lack.
func (rs *Records) Store(ctx context.Context, tx *db.Tx, p *profile.Profile, records ...Fresh) error {
	ids, raws, gaps := make([]int64, len(records)), make([]string, len(records)), make([]string, len(records))
	var values []value
	var own []holding
	unique, on := rs.UniqueFields(p), rs.tree.Today(ctx)
	for i, r := range records {
		ids[i] = r.Head.ID
		own = append(own, holdings(unique, ids[i], r.Fields)...)
		raw, err := json.Marshal(r.Fields)
		if err != nil {
			return err
		}
		raws[i], gaps[i] = string(raw), rs.gaps(p, r.Head, r.Level, r.Fields, on)
		values = append(values, rs.filterable(p, ids[i], r.Fields)...)
	}
	tenant := tx.Tenant()
	if rs.reg.Heads == "" {
		if _, err := tx.PGX().Exec(ctx, "UPDATE "+rs.reg.ID+" r SET fields = v.fields, gaps = v.gaps FROM unnest($2::bigint[], $3::jsonb[], $4::text[]) AS v(id, fields, gaps) WHERE r.tenant_id = $1 AND r.id = v.id", tenant, ids, raws, gaps); err != nil {
			return err
		}
	} else {
		_, err := tx.InsertMany(ctx, rs.reg.ID, []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "id", Type: "bigint"}, {Name: "fields", Type: "jsonb"}, {Name: "gaps", Type: "text"}},
			len(ids), "", func(i int, dst []any) { dst[0], dst[1], dst[2], dst[3] = tenant, ids[i], raws[i], gaps[i] })
		if err != nil {
			return err
		}
	}
	if err := rs.storeValues(ctx, tx, values); err != nil {
		return err
	}
	if err := rs.claim(ctx, tx, p, own, nil); err != nil {
		return err
	}
	return rs.Changed(ctx)
}

// value is one row of the side table.
type value struct {
	id    int64
	field string
	text  string
	num   int64
}

func (rs *Records) values() string { return rs.reg.ID + "_value" }

func (rs *Records) storeValues(ctx context.Context, tx *db.Tx, values []value) error {
	tenant := tx.Tenant()
	_, err := tx.InsertMany(ctx, rs.values(), []db.Column{
		{Name: "tenant_id", Type: "int"},
		{Name: "id", Type: "bigint"},
		{Name: "field", Type: "text"},
		{Name: "text_value", Type: "text"},
		{Name: "int_value", Type: "bigint"},
	}, len(values), "ON CONFLICT DO NOTHING", func(i int, dst []any) {
		v := values[i]
		dst[0], dst[1], dst[2], dst[3], dst[4] = tenant, v.id, v.field, v.text, v.num
	})
	return err
}

// Forget takes out what records are filtered by; call it before their fields change, or the
// records go. Each value is looked up by its key: the planner, who cannot know how few
// there are, would read the table.
func (rs *Records) Forget(ctx context.Context, tx *db.Tx, ids []int64) error {
	_, err := tx.PGX().Exec(ctx, "DELETE FROM "+rs.values()+" d WHERE d.tenant_id = $1 AND d.ctid = ANY (ARRAY(SELECT k.at FROM "+rs.reg.ID+" i"+
		" CROSS JOIN LATERAL jsonb_each(i.fields) f(field, value) CROSS JOIN LATERAL values_of(f.value) o"+
		" CROSS JOIN LATERAL (SELECT v.ctid AS at FROM "+rs.values()+" v WHERE v.tenant_id = $1 AND v.field = f.field"+
		" AND v.text_value = o.text_value AND v.int_value = o.int_value AND v.id = i.id LIMIT 1) k"+
		" WHERE i.tenant_id = $1 AND i.id = ANY($2)))", tx.Tenant(), ids)
	return err
}

// filterable returns the side-table rows of a record: those fields that the
// profile lets lists be filtered by.
func (rs *Records) filterable(p *profile.Profile, id int64, fields map[string]any) []value {
	var out []value
	r := rs.Of(p)
	for name, v := range fields {
		f := r.Field(name)
		if f == nil || !f.Filter {
			continue
		}
		switch x := v.(type) {
		case string:
			out = append(out, value{id: id, field: name, text: x})
		case bool:
			out = append(out, value{id: id, field: name, text: yesNo(x)})
		case int64:
			out = append(out, value{id: id, field: name, num: x})
		case float64:
			out = append(out, value{id: id, field: name, num: int64(math.Round(x))})
		case profile.Date:
			out = append(out, value{id: id, field: name, num: dayNumber(x)})
		case []string:
			for _, code := range x {
				out = append(out, value{id: id, field: name, text: code})
			}
		}
	}
	return out
}

func yesNo(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// Save replaces the fields of a record, which is held ([Records.ByIDs]) and was before what
// was read then, and its filter values; its version rises from the one given, so that a
// save over another's is seen.
//
// Fault: Conflict for another version.
func (rs *Records) Save(ctx context.Context, tx *db.Tx, p *profile.Profile, before Record, version int, fields map[string]any) error {
	id := before.ID
	tag, err := tx.PGX().Exec(ctx, "UPDATE "+rs.reg.heads()+" SET version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $3", tx.Tenant(), id, version)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return ErrStale
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	unique := rs.UniqueFields(p)
	if err := rs.claim(ctx, tx, p, holdings(unique, id, fields), holdings(unique, id, before.Fields)); err != nil {
		return err
	}
	if err := rs.Forget(ctx, tx, []int64{id}); err != nil {
		return err
	}
	level, err := rs.levelAbove(ctx, before.Head)
	if err != nil {
		return err
	}
	if _, err := tx.PGX().Exec(ctx, "UPDATE "+rs.reg.ID+" SET fields = $3, gaps = $4 WHERE tenant_id = $1 AND id = $2",
		tx.Tenant(), id, string(raw), rs.gaps(p, before.Head, level, fields, rs.tree.Today(ctx))); err != nil {
		return err
	}
	if err := rs.storeValues(ctx, tx, rs.filterable(p, id, fields)); err != nil {
		return err
	}
	if len(rs.reg.Title) > 0 {
		if err := rs.recall(ctx, tx, p, before.Head, fields); err != nil {
			return err
		}
	}
	return rs.db.Notify(ctx, rs.valued, "")
}

// retype gives the records of a unit its new type.
func (rs *Records) retype(ctx context.Context, tx *db.Tx, id int64, typ string) error {
	_, err := tx.PGX().Exec(ctx, "UPDATE "+rs.reg.heads()+" SET type = $3 WHERE tenant_id = $1 AND parent_id = $2", tx.Tenant(), id, typ)
	return err
}

// locked reads a record as it stands, and holds it until the unit of work ends.
func (rs *Records) locked(ctx context.Context, id int64) (Record, error) {
	found, err := rs.ByIDs(ctx, []int64{id}, true)
	if err != nil {
		return Record{}, err
	}
	r, there := found[id]
	if !there {
		return r, rs.unknown()
	}
	return r, nil
}

func decode(raw []byte) (map[string]any, error) {
	fields := map[string]any{}
	if len(raw) == 0 {
		return fields, nil
	}
	return fields, json.Unmarshal(raw, &fields)
}
