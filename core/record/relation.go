package record

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/gate"
)

// holds are the relations of the register in which a record stands to the caller.
type holds []string

// of adds them to a target.
func (h holds) of(t gate.Target) gate.Target {
	t.Holds = h
	return t
}

// relations are the names of the register's relations, in one order.
func (rs *Records) relations() []string { return slices.Sorted(maps.Keys(rs.reg.Relations)) }

// held asks in which of the register's relations a record stands to the caller.
func (rs *Records) held(ctx context.Context, h Head) (holds, error) {
	names := rs.relations()
	if len(names) == 0 {
		return nil, nil
	}
	args := []any{db.TenantOf(ctx), h.ID}
	columns := make([]string, len(names))
	for k, name := range names {
		columns[k] = "(" + rs.reg.Relations[name](ctx, &args) + ")"
	}
	answers := make([]bool, len(names))
	into := make([]any, len(names))
	for k := range answers {
		into[k] = &answers[k]
	}
	b := &pgx.Batch{}
	b.Queue("SELECT "+strings.Join(columns, ", ")+" FROM "+rs.reg.heads()+" u WHERE u.tenant_id = $1 AND u.id = $2", args...).
		QueryRow(func(row pgx.Row) error { return row.Scan(into...) })
	if err := rs.db.Read(ctx, b); err != nil {
		return nil, err
	}
	var held holds
	for k, name := range names {
		if answers[k] {
			held = append(held, name)
		}
	}
	return held, nil
}

// scoped is the condition, beginning with AND, that a record of the table u lies in a
// scope: in its units, or in one of the register's relations to the caller.
func (rs *Records) scoped(ctx context.Context, s gate.Scope, args *[]any) string {
	var others []string
	for _, name := range s.Relations {
		if relation, known := rs.reg.Relations[name]; known && !s.All {
			others = append(others, relation(ctx, args))
		}
	}
	return s.SQLOr("u", args, others)
}

// within asks which of some records lie in all of the scopes.
func (rs *Records) within(ctx context.Context, items []Item, scopes []gate.Scope) (map[int64]bool, error) {
	in := make(map[int64]bool, len(items))
	ids := make([]int64, len(items))
	for k, i := range items {
		ids[k] = i.ID
	}
	args := []any{db.TenantOf(ctx), ids}
	sql := "SELECT u.id FROM " + rs.reg.heads() + " u WHERE u.tenant_id = $1 AND u.id = ANY($2)"
	for _, s := range scopes {
		sql += rs.scoped(ctx, s, &args)
	}
	b := &pgx.Batch{}
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var id int64
		_, err := pgx.ForEachRow(rows, []any{&id}, func() error { in[id] = true; return nil })
		return err
	})
	return in, rs.db.Read(ctx, b)
}
