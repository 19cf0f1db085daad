package unit

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// Find returns the first limit open units, of any level, whose names or code have
// all the typed words, in the order of the ministry's language. restrict adds a
// condition on the table called alias, such as gate.Scope's; nil adds none.
func (t *Tree) Find(ctx context.Context, typed string, limit int, restrict func(alias string, args *[]any) string) ([]Unit, error) {
	w, err := t.finder.Understand(ctx, typed)
	if err != nil || len(w.Prefixes) == 0 {
		return nil, err
	}
	return t.first(ctx, limit, w.SQL, restrict)
}

// Lies returns the first limit open institutions directly in a place, in the order of the
// ministry's language. restrict adds a condition as in Find.
func (t *Tree) Lies(ctx context.Context, place Unit, limit int, restrict func(alias string, args *[]any) string) ([]Unit, error) {
	return t.first(ctx, limit, func(alias string, args *[]any) string {
		*args = append(*args, place.ID)
		return " AND " + alias + ".level = 'institution' AND " + alias + ".parent_id = $" + strconv.Itoa(len(*args))
	}, restrict)
}

func (t *Tree) first(ctx context.Context, limit int, which, restrict func(alias string, args *[]any) string) ([]Unit, error) {
	args := []any{db.TenantOf(ctx), t.Today(ctx), limit}
	sql := "SELECT " + columns + " FROM unit u WHERE u.tenant_id = $1 AND (u.until IS NULL OR u.until > $2)" + which("u", &args)
	if restrict != nil {
		sql += restrict("u", &args)
	}
	var found []Unit
	b := &pgx.Batch{}
	b.Queue(sql+" ORDER BY u.sort_key, u.id LIMIT $3", args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			u, err := Scan(rows)
			if err != nil {
				return err
			}
			found = append(found, u)
		}
		return rows.Err()
	})
	return found, t.db.Read(ctx, b)
}
