package db

import "github.com/jackc/pgx/v5"

// Counts reads rows of a word and a number into a map.
func Counts(into map[string]int) func(rows pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var word string
		var n int
		_, err := pgx.ForEachRow(rows, []any{&word, &n}, func() error {
			into[word] = n
			return nil
		})
		return err
	}
}
