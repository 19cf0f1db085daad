package record

import (
	"context"
	"encoding/json"
	"time"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
	"mektep/core/search"
	"mektep/core/unit"

	"github.com/jackc/pgx/v5"
)

// Judged is a record to be entered, of which nothing is wrong.
type Judged struct {
	Parent unit.Unit
	Code   string
	Since  time.Time
	Fields map[string]any // canonical
}

// EnterMany enters records that were judged, in the open unit of work, and returns their heads.
// Registers whose records are units have their own way of entering them.
//
// Faults: Conflict for a code or a value that another record has.
func (rs *Records) EnterMany(ctx context.Context, tx *db.Tx, p *profile.Profile, news []Judged) ([]Head, error) {
	heads, at := make([]Head, len(news)), make(map[string]int, len(news))
	for k, n := range news {
		parent := n.Parent
		heads[k] = Head{UID: db.NewUID(), ParentID: &parent.ID, Path: parent.Path, Type: parent.Type, Code: n.Code, Since: n.Since, Version: 1}
		rs.call(p, &heads[k], n.Fields)
		at[heads[k].UID] = k
	}
	if err := rs.insert(ctx, tx, heads, at); err != nil {
		return nil, err
	}
	entries, fresh := make([]search.Entry, len(heads)), make([]Fresh, len(heads))
	for k, h := range heads {
		entries[k], fresh[k] = entryOf(h), Fresh{h, news[k].Parent.Level, news[k].Fields}
	}
	if err := rs.reg.Index.Add(ctx, tx, entries); err != nil {
		return nil, err
	}
	return heads, rs.Store(ctx, tx, p, fresh...)
}

// insert writes heads and gives each its id; at says which has a public id.
func (rs *Records) insert(ctx context.Context, tx *db.Tx, heads []Head, at map[string]int) error {
	n := len(heads)
	uids, parents, paths, types, names := make([]string, n), make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	codes, keys, since, words := make([]string, n), make([]string, n), make([]time.Time, n), make([]string, n)
	for k, h := range heads {
		name, err := json.Marshal(h.Name)
		if err != nil {
			return err
		}
		uids[k], parents[k], paths[k], types[k], names[k] = h.UID, *h.ParentID, h.Path, h.Type, string(name)
		codes[k], keys[k], since[k], words[k] = h.Code, h.SortKey, h.Since, entryOf(h).Words()
	}
	rows, err := tx.PGX().Query(ctx, `INSERT INTO `+rs.reg.heads()+` (tenant_id, uid, parent_id, path, type, name, code, sort_key, since, words)
		SELECT $1, n.uid, n.parent, n.path, n.type, n.name::jsonb, n.code, n.sort_key, n.since, n.words
		FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::date[], $10::text[]) AS n(uid, parent, path, type, name, code, sort_key, since, words)
		RETURNING id, uid`, tx.Tenant(), uids, parents, paths, types, names, codes, keys, since, words)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var uid string
		if err := rows.Scan(&id, &uid); err != nil {
			return err
		}
		heads[at[uid]].ID = id
	}
	err = rows.Err()
	if db.IsUnique(err, rs.reg.heads()+"_code") {
		return fault.New(fault.Conflict, "record.code_taken").WithField("code", "record.code_taken", nil).WithCause(err)
	}
	return err
}

// GiveCode gives a record another code, or none, in the open unit of work; its version is raised.
//
// Faults: Conflict for a code that another record has.
func (rs *Records) GiveCode(ctx context.Context, tx *db.Tx, h Head, code string) error {
	_, err := tx.PGX().Exec(ctx, "UPDATE "+rs.reg.heads()+" SET code = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2", tx.Tenant(), h.ID, code)
	if db.IsUnique(err, rs.reg.heads()+"_code") {
		return fault.New(fault.Conflict, "record.code_taken").WithField("code", "record.code_taken", nil).WithCause(err)
	}
	if err != nil {
		return err
	}
	h.Code = code
	return rs.reg.Index.Put(ctx, tx, []search.Entry{entryOf(h)})
}

// RemoveMany takes records away whose values were forgotten, in the open unit of work.
//
// Faults: Conflict where something else belongs to one of them.
func (rs *Records) RemoveMany(ctx context.Context, tx *db.Tx, ids []int64) error {
	if err := rs.reg.Index.Remove(ctx, tx, ids...); err != nil {
		return err
	}
	_, err := tx.PGX().Exec(ctx, "DELETE FROM "+rs.reg.heads()+" WHERE tenant_id = $1 AND id = ANY($2)", tx.Tenant(), ids)
	if db.IsForeignKey(err) {
		return fault.New(fault.Conflict, "unit.in_use").WithCause(err)
	}
	return err
}

// Like reads the heads of records up to an id that have one of the codes or lie in one of the
// units.
func (rs *Records) Like(ctx context.Context, last int64, codes []string, units []int64, do func(h Head)) error {
	b := &pgx.Batch{}
	sql := "SELECT " + headColumns + " FROM " + rs.reg.heads() + " u WHERE u.tenant_id = $1 AND u.id <= $2 AND "
	if len(codes) > 0 {
		b.Queue(sql+"u.code = ANY($3) AND u.code <> '' ORDER BY u.id", db.TenantOf(ctx), last, codes).Query(eachHead(do))
	}
	if len(units) > 0 {
		b.Queue(sql+"u.parent_id = ANY($3) ORDER BY u.id", db.TenantOf(ctx), last, units).Query(eachHead(do))
	}
	if b.Len() == 0 {
		return nil
	}
	return rs.db.Read(ctx, b)
}
