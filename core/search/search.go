// Package search finds records by words: each word that is typed begins a word of
// what a record is called, in any order, whatever the alphabet, and one mistake in a
// word is forgiven. An [Index] is a table of records and three beside it: <name> itself says
// in the column words what each record is found by, <name>_token finds the records of a
// word, <name>_word has every word once, and <name>_variant what each looks like with one
// mistake in it.
package search

import (
	"cmp"
	"context"
	"fmt"
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

// learn adds new words and their one-mistake variants to the dictionary.
func (x Index) learn(ctx context.Context, tx *db.Tx, words map[string]bool) error {
	list := make([]string, 0, len(words))
	for w := range words {
		list = append(list, w)
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

// Words is a typed search, understood: each word begins a word of a record, in any order.
type Words struct {
	Prefixes  []string          // folded
	Corrected map[string]string // typed word → the word it was taken for

	index  Index
	counts []int // how many words of records begin so, as far as rare
}

// rare is how many words of records may begin with a prefix for a search to start
// from those. Where more do, some are soon met in the order of the list.
const rare = 5000

// Rare reports whether one of the words is so rare that SQL starts from it.
func (w Words) Rare() bool { return w.rarest() >= 0 }

func (w Words) rarest() int {
	best := -1
	for i, n := range w.counts {
		if n <= rare && (best < 0 || n < w.counts[best]) {
			best = i
		}
	}
	return best
}

// mostWords is how many words of a search count.
const mostWords = 8

// Understand folds what was typed and mends words that begin nothing in this
// ministry by one letter (missing, added, changed or swapped), where the
// dictionary knows exactly what was meant.
func (x Index) Understand(ctx context.Context, d *db.DB, typed string) (Words, error) {
	w := Words{Prefixes: locale.Tokens(typed), index: x}
	if len(w.Prefixes) > mostWords {
		w.Prefixes = w.Prefixes[:mostWords]
	}
	if len(w.Prefixes) == 0 {
		return w, nil
	}
	tenant := db.TenantOf(ctx)
	w.counts = make([]int, len(w.Prefixes))
	b := &pgx.Batch{}
	for i, p := range w.Prefixes {
		b.Queue("SELECT count(*) FROM (SELECT 1 FROM "+x.token()+" WHERE tenant_id = $1 AND token >= $2 AND token < $3 LIMIT $4) k", tenant, p, p+"\U0010FFFF", rare+1).
			QueryRow(func(r pgx.Row) error { return r.Scan(&w.counts[i]) })
	}
	if err := d.Read(ctx, b); err != nil {
		return w, err
	}
	if !slices.Contains(w.counts, 0) {
		return w, nil
	}
	return w, w.mend(ctx, d)
}

func (w *Words) mend(ctx context.Context, d *db.DB) error {
	tenant := db.TenantOf(ctx)
	b := &pgx.Batch{}
	for i, p := range w.Prefixes {
		if w.counts[i] > 0 || len([]rune(p)) < 3 {
			continue
		}
		// The commonest of the candidates wins: a rare word is oftener a mistake itself.
		b.Queue(`SELECT v.word FROM `+w.index.variant()+` v
			WHERE v.tenant_id = $1 AND v.variant = ANY($2)
			GROUP BY v.word
			ORDER BY abs(length(v.word) - $3), (SELECT count(*) FROM `+w.index.token()+` k WHERE k.tenant_id = $1 AND k.token = v.word) DESC, v.word
			LIMIT 8`, tenant, locale.Variants(p), len([]rune(p))).Query(func(rows pgx.Rows) error {
			words, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			for _, word := range words {
				if locale.OneMistake(p, word) {
					if w.Corrected == nil {
						w.Corrected = map[string]string{}
					}
					w.Corrected[p] = word
					w.Prefixes[i] = word
					break
				}
			}
			return nil
		})
	}
	return d.Read(ctx, b)
}

// SQL returns the condition that a record called alias has all the words, and adds
// its arguments to args. The first argument of args must be the tenant.
//
// It says how to look, since the planner guesses badly where a ministry's
// statistics are older than its data (right after an import): from the records that
// have the rarest word, or, where none is rare, in the order of the list; each record then
// says by its own row whether it has the others.
func (w Words) SQL(alias string, args *[]any) string {
	var sql strings.Builder
	start := w.rarest()
	for i, p := range w.Prefixes {
		if i == start {
			*args = append(*args, p, p+"\U0010FFFF")
			n := len(*args)
			fmt.Fprintf(&sql, " AND %s.id = ANY (ARRAY(SELECT k.id FROM %s k WHERE k.tenant_id = $1 AND k.token >= $%d AND k.token < $%d))", alias, w.index.token(), n-1, n)
			continue
		}
		*args = append(*args, " "+p)
		fmt.Fprintf(&sql, " AND strpos(%s.words, $%d) > 0", alias, len(*args))
	}
	return sql.String()
}
