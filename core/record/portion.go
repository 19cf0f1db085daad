package record

import (
	"context"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
	"mektep/core/profile"
)

// Count returns how many records a selection holds.
func (rs *Records) Count(ctx context.Context, sel Selection) (n int64, err error) {
	b := &pgx.Batch{}
	b.Queue("SELECT count(*) FROM "+rs.reg.heads()+" u WHERE "+rs.condition(sel), sel.args...).
		QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
	return n, rs.db.Read(ctx, b)
}

// groupScope is a field group and where the caller may see it.
type groupScope struct {
	*profile.Group
	seen gate.Scope
}

// groupScopes are the groups that the caller may see somewhere.
func (rs *Records) groupScopes(ctx context.Context) ([]groupScope, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	of := rs.Of(m.Profile)
	var scopes []groupScope
	for k := range of.Groups {
		g := &of.Groups[k]
		seen, err := rs.gate.Scope(ctx, "view", g.Object())
		switch {
		case err == nil && !seen.Empty():
			scopes = append(scopes, groupScope{g, seen})
		case err != nil && fault.KindOf(err) != fault.Denied && fault.KindOf(err) != fault.Locked:
			return nil, err
		}
	}
	return scopes, nil
}

// Columns returns the fields of today that the caller may see of some record, in the order
// of the profile.
func (rs *Records) Columns(ctx context.Context) ([]*profile.Field, error) {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return nil, err
	}
	scopes, err := rs.groupScopes(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[*profile.Group]bool{}
	for _, s := range scopes {
		seen[s.Group] = true
	}
	var fields []*profile.Field
	for _, f := range rs.Of(m.Profile).FieldsAt(rs.tree.Today(ctx)) {
		if seen[f.Group()] {
			fields = append(fields, f)
		}
	}
	return fields, nil
}

// Portion returns records of a selection with those of their fields that the caller may
// see: at most limit, in the order of lists, from the one behind after on, nil being the
// beginning. What the caller may not see is not among them, its names neither.
func (rs *Records) Portion(ctx context.Context, sel Selection, after *Item, limit int) ([]Item, []map[string]any, error) {
	at := cursor{}
	if after != nil {
		at = cursor{id: after.ID, sort: after.SortKey}
		if err := rs.sorted(ctx, &at); err != nil {
			return nil, nil, err
		}
	}
	sql, args := rs.listSQL(sel, at, limit, false)
	var items []Item
	b := &pgx.Batch{}
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		items, err = scanItems(rows, limit)
		return err
	})
	if err := rs.db.Read(ctx, b); err != nil || len(items) == 0 {
		return nil, nil, err
	}
	if err := rs.placeItems(ctx, items); err != nil {
		return nil, nil, err
	}
	fields, err := rs.fieldsOf(ctx, items)
	if err != nil {
		return nil, nil, err
	}
	if err := rs.concealAll(ctx, items, fields); err != nil {
		return nil, nil, err
	}
	return items, fields, rs.unname(ctx, items)
}

// fieldsOf reads all fields of records, in their order.
func (rs *Records) fieldsOf(ctx context.Context, items []Item) ([]map[string]any, error) {
	ids, place := make([]int64, len(items)), make(map[int64]int, len(items))
	for k, i := range items {
		ids[k], place[i.ID] = i.ID, k
	}
	fields := make([]map[string]any, len(items))
	b := &pgx.Batch{}
	b.Queue("SELECT id, fields FROM "+rs.reg.ID+" WHERE tenant_id = $1 AND id = ANY($2)", db.TenantOf(ctx), ids).Query(func(rows pgx.Rows) error {
		var id int64
		var raw []byte
		_, err := pgx.ForEachRow(rows, []any{&id, &raw}, func() error {
			var err error
			fields[place[id]], err = decode(raw)
			return err
		})
		return err
	})
	return fields, rs.db.Read(ctx, b)
}

// concealAll takes out of many records what conceal takes out of one.
func (rs *Records) concealAll(ctx context.Context, items []Item, fields []map[string]any) error {
	m, err := rs.gate.Ministry(ctx)
	if err != nil {
		return err
	}
	scopes, err := rs.groupScopes(ctx)
	if err != nil {
		return err
	}
	in := make(map[*profile.Group]func(i Item) bool, len(scopes))
	for _, s := range scopes {
		in[s.Group] = func(i Item) bool { return s.seen.Holds(i.Path, i.Type) }
		if s.seen.All || len(s.seen.Relations) == 0 {
			continue
		}
		within, err := rs.within(ctx, items, []gate.Scope{s.seen})
		if err != nil {
			return err
		}
		in[s.Group] = func(i Item) bool { return within[i.ID] }
	}
	of := rs.Of(m.Profile)
	for k := range items {
		for id := range fields[k] {
			f := of.Field(id)
			if f == nil || in[f.Group()] == nil || !in[f.Group()](items[k]) {
				delete(fields[k], id)
			}
		}
	}
	return nil
}
