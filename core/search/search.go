// Package search finds records by words: each word that is typed begins a word of
// what a record is called, in any order, whatever the alphabet, and one mistake in a
// word is forgiven. An [Index] is a table of records and three beside it: <name> itself says
// in the column words what each record is found by, <name>_token finds the records of a
// word, <name>_word has once every word that may be mistyped, and <name>_variant what each
// looks like with one mistake in it.
package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/locale"
)

// Index is the name of the tables, and of the records' own.
type Index string

func (x Index) token() string   { return string(x) + "_token" }
func (x Index) word() string    { return string(x) + "_word" }
func (x Index) variant() string { return string(x) + "_variant" }

// Entry is what a record is found by.
type Entry struct {
	ID    int64
	Texts []string // names, a code
}

// Put writes the words of records anew, and what the dictionary of the ministry lacks.
func (x Index) Put(ctx context.Context, tx *db.Tx, entries []Entry) error {
	ids, words := make([]int64, len(entries)), make([]string, len(entries))
	for i, e := range entries {
		ids[i], words[i] = e.ID, e.Words()
	}
	if err := x.Remove(ctx, tx, ids...); err != nil {
		return err
	}
	if _, err := tx.PGX().Exec(ctx, "UPDATE "+string(x)+" u SET words = n.words FROM unnest($2::bigint[], $3::text[]) AS n(id, words)"+
		" WHERE u.tenant_id = $1 AND u.id = n.id AND u.words <> n.words", tx.Tenant(), ids, words); err != nil {
		return err
	}
	return x.Add(ctx, tx, entries)
}

// Remove takes the words of records out; call it before the records themselves go. Each
// word is looked up by its key: the planner, who cannot know how few there are, would read
// the table.
func (x Index) Remove(ctx context.Context, tx *db.Tx, ids ...int64) error {
	_, err := tx.PGX().Exec(ctx, "DELETE FROM "+x.token()+" d WHERE d.tenant_id = $1 AND d.ctid = ANY (ARRAY(SELECT k.at FROM "+string(x)+" u"+
		" CROSS JOIN LATERAL unnest(string_to_array(ltrim(u.words), ' ')) w(word)"+
		" CROSS JOIN LATERAL (SELECT t.ctid AS at FROM "+x.token()+" t WHERE t.tenant_id = $1 AND t.token = w.word AND t.id = u.id LIMIT 1) k"+
		" WHERE u.tenant_id = $1 AND u.id = ANY($2)))", tx.Tenant(), ids)
	return err
}

// Add writes the words of records that have none yet; the records' own rows have them
// already, as Entry.Words says.
func (x Index) Add(ctx context.Context, tx *db.Tx, entries []Entry) error {
	type pair struct {
		id   int64
		word string
	}
	var pairs []pair
	words := map[string]bool{}
	for _, e := range entries {
		for _, w := range e.words() {
			pairs = append(pairs, pair{e.ID, w})
			words[w] = true
		}
	}
	// In the order of the key: neighbours are written side by side.
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(strings.Compare(a.word, b.word), cmp.Compare(a.id, b.id)) })
	tenant := tx.Tenant()
	_, err := tx.InsertMany(ctx, x.token(), []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "id", Type: "bigint"}, {Name: "token", Type: "text"}},
		len(pairs), "", func(i int, dst []any) { dst[0], dst[1], dst[2] = tenant, pairs[i].id, pairs[i].word })
	if err != nil {
		return err
	}
	return x.learn(ctx, tx, words)
}

// Words is what the record's own row says it is found by: its words, a space before each.
func (e Entry) Words() string {
	var b strings.Builder
	for _, w := range e.words() {
		b.WriteByte(' ')
		b.WriteString(w)
	}
	return b.String()
}

// words are the distinct words of an entry.
func (e Entry) words() []string {
	var words []string
	for _, text := range e.Texts {
		words = append(words, locale.Tokens(text)...)
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// learn adds new words and their one-mistake variants to the dictionary, which holds what
// may be mistyped: a national list has as many codes as records, and each is right or wrong.
func (x Index) learn(ctx context.Context, tx *db.Tx, words map[string]bool) error {
	list := make([]string, 0, len(words))
	for w := range words {
		if locale.Mistakable(w) {
			list = append(list, w)
		}
	}
	slices.Sort(list) // the same order in every writer, so that two never wait for each other in a ring
	rows, err := tx.PGX().Query(ctx,
		"INSERT INTO "+x.word()+" (tenant_id, word) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING RETURNING word", tx.Tenant(), list)
	if err != nil {
		return err
	}
	fresh, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	var variants [][2]string
	for _, w := range fresh {
		for _, v := range locale.Variants(w) {
			variants = append(variants, [2]string{v, w})
		}
	}
	tenant := tx.Tenant()
	_, err = tx.InsertMany(ctx, x.variant(), []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "variant", Type: "text"}, {Name: "word", Type: "text"}},
		len(variants), "ON CONFLICT DO NOTHING", func(i int, dst []any) { dst[0], dst[1], dst[2] = tenant, variants[i][0], variants[i][1] })
	return err
}
