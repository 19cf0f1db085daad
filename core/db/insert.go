package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Column is a column of a bulk insert with its SQL type, e.g. {"name", "jsonb"}.
type Column struct{ Name, Type string }

// insertChunk rows travel in one statement: enough that the round trip no longer
// counts, few enough that neither side holds a copy of the whole.
const insertChunk = 4000

// InsertMany adds rows to a table as arrays that the server unfolds: COPY cannot
// write to tables with row-level security, and this comes nearest to it. values
// fills dst with the columns of row i; a nil is a NULL. suffix is SQL that follows
// the rows, e.g. "ON CONFLICT DO NOTHING". Table, columns and suffix are the
// program's own words, never input.
func (t *Tx) InsertMany(ctx context.Context, table string, columns []Column, n int, suffix string, values func(i int, dst []any)) (int64, error) {
	names, casts, params := make([]string, len(columns)), make([]string, len(columns)), make([]string, len(columns))
	for k, c := range columns {
		names[k] = pgx.Identifier{c.Name}.Sanitize()
		sent := c.Type
		if sent == "jsonb" { // as text: pgx would encode the bytes a second time
			sent = "text"
		}
		params[k] = fmt.Sprintf("$%d::%s[]", k+1, sent)
		casts[k] = fmt.Sprintf("c%d::%s", k+1, c.Type)
	}
	aliases := make([]string, len(columns))
	for k := range columns {
		aliases[k] = fmt.Sprintf("c%d", k+1)
	}
	sql := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS r(%s) %s", table,
		strings.Join(names, ", "), strings.Join(casts, ", "), strings.Join(params, ", "), strings.Join(aliases, ", "), suffix)
	var added int64
	for from := 0; from < n; from += insertChunk {
		to := min(from+insertChunk, n)
		arrays := make([]any, len(columns))
		cells := make([]pgtype.FlatArray[any], len(columns))
		for k := range columns {
			cells[k] = make(pgtype.FlatArray[any], 0, to-from)
		}
		row := make([]any, len(columns))
		for i := from; i < to; i++ {
			clear(row)
			values(i, row)
			for k := range columns {
				cells[k] = append(cells[k], row[k])
			}
		}
		for k := range columns {
			arrays[k] = cells[k]
		}
		tag, err := t.pgx.Exec(ctx, sql, arrays...)
		if err != nil {
			return added, err
		}
		added += tag.RowsAffected()
	}
	return added, nil
}
