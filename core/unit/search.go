package unit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/locale"
)

// index writes the search words of units anew, and what the dictionary of the
// ministry lacks.
func index(ctx context.Context, tx *db.Tx, units []Unit) error {
	ids := make([]int64, len(units))
	for i, u := range units {
		ids[i] = u.ID
	}
	if _, err := tx.PGX().Exec(ctx, "DELETE FROM unit_token WHERE tenant_id = $1 AND unit_id = ANY($2)", tx.Tenant(), ids); err != nil {
		return err
	}
	return addWords(ctx, tx, units)
}

// addWords writes the search words of units that have none yet.
func addWords(ctx context.Context, tx *db.Tx, units []Unit) error {
	type pair struct {
		unit int64
		word string
	}
	var pairs []pair
	words := map[string]bool{}
	for _, u := range units {
		for _, w := range wordsOf(u) {
			pairs = append(pairs, pair{u.ID, w})
			words[w] = true
		}
	}
	tenant := tx.Tenant()
	_, err := tx.InsertMany(ctx, "unit_token", []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "unit_id", Type: "bigint"}, {Name: "token", Type: "text"}},
		len(pairs), "", func(i int, dst []any) { dst[0], dst[1], dst[2] = tenant, pairs[i].unit, pairs[i].word })
	if err != nil {
		return err
	}
	return learn(ctx, tx, words)
}

// wordsOf are the distinct search words of a unit: those of its names in every
// language, and its code.
func wordsOf(u Unit) []string {
	var words []string
	for _, name := range u.Name {
		words = append(words, locale.Tokens(name)...)
	}
	words = append(words, locale.Tokens(u.Code)...)
	slices.Sort(words)
	return slices.Compact(words)
}

// learn adds new words and their one-mistake variants to the dictionary.
func learn(ctx context.Context, tx *db.Tx, words map[string]bool) error {
	list := make([]string, 0, len(words))
	for w := range words {
		list = append(list, w)
	}
	slices.Sort(list) // the same order in every writer, so that two never wait for each other in a ring
	rows, err := tx.PGX().Query(ctx,
		"INSERT INTO unit_word (tenant_id, word) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING RETURNING word", tx.Tenant(), list)
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
	_, err = tx.InsertMany(ctx, "unit_variant", []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "variant", Type: "text"}, {Name: "word", Type: "text"}},
		len(variants), "ON CONFLICT DO NOTHING", func(i int, dst []any) { dst[0], dst[1], dst[2] = tenant, variants[i][0], variants[i][1] })
	return err
}

// Words is a typed search, understood: each word begins a word of the name or
// code, in any order.
type Words struct {
	Prefixes  []string          // folded
	Corrected map[string]string // typed word → the word it was taken for

	counts []int // how many words of units begin so, as far as rare
}

// rare is how many words of units may begin with a prefix for a search to start
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

// Understand folds what was typed and mends words that begin nothing in this
// ministry by one letter (missing, added, changed or swapped), where the
// dictionary knows exactly what was meant.
func (t *Tree) Understand(ctx context.Context, typed string) (Words, error) {
	w := Words{Prefixes: locale.Tokens(typed)}
	if len(w.Prefixes) > 8 {
		w.Prefixes = w.Prefixes[:8]
	}
	if len(w.Prefixes) == 0 {
		return w, nil
	}
	tenant := db.TenantOf(ctx)
	w.counts = make([]int, len(w.Prefixes))
	b := &pgx.Batch{}
	for i, p := range w.Prefixes {
		b.Queue("SELECT count(*) FROM (SELECT 1 FROM unit_token WHERE tenant_id = $1 AND token >= $2 AND token < $3 LIMIT $4) k", tenant, p, p+"\U0010FFFF", rare+1).
			QueryRow(func(r pgx.Row) error { return r.Scan(&w.counts[i]) })
	}
	if err := t.db.Read(ctx, b); err != nil {
		return w, err
	}
	if !slices.Contains(w.counts, 0) {
		return w, nil
	}
	return w, t.mend(ctx, &w)
}

func (t *Tree) mend(ctx context.Context, w *Words) error {
	tenant := db.TenantOf(ctx)
	b := &pgx.Batch{}
	for i, p := range w.Prefixes {
		if w.counts[i] > 0 || len([]rune(p)) < 3 {
			continue
		}
		// The commonest of the candidates wins: a rare word is oftener a mistake itself.
		b.Queue(`SELECT v.word FROM unit_variant v
			WHERE v.tenant_id = $1 AND v.variant = ANY($2)
			GROUP BY v.word
			ORDER BY abs(length(v.word) - $3), (SELECT count(*) FROM unit_token k WHERE k.tenant_id = $1 AND k.token = v.word) DESC, v.word
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
	return t.db.Read(ctx, b)
}

// SQL returns the condition that a unit called alias has all the words, and adds
// its arguments to args. The first argument of args must be the tenant.
//
// It says how to look, since the planner guesses badly where a ministry's
// statistics are older than its data (right after an import): from the units that
// have the rarest word, or, where none is rare, in the order of the list, each unit
// by its own words. A sub-select that gives one value is never turned into a join,
// and a column in an expression leaves only the index by unit to choose.
func (w Words) SQL(alias string, args *[]any) string {
	var sql strings.Builder
	start := w.rarest()
	for i, p := range w.Prefixes {
		*args = append(*args, p, p+"\U0010FFFF")
		n := len(*args)
		if i == start {
			fmt.Fprintf(&sql, " AND %s.id = ANY (ARRAY(SELECT k.unit_id FROM unit_token k WHERE k.tenant_id = $1 AND k.token >= $%d AND k.token < $%d))", alias, n-1, n)
			continue
		}
		fmt.Fprintf(&sql, " AND (SELECT true FROM unit_token k WHERE k.tenant_id = $1 AND k.unit_id = %s.id AND k.token || '' >= $%d AND k.token || '' < $%d LIMIT 1)", alias, n-1, n)
	}
	return sql.String()
}

// Count returns how many open units of a level have all the words.
func (t *Tree) Count(ctx context.Context, level string, w Words) (int, error) {
	args := []any{db.TenantOf(ctx), level, t.Today(ctx)}
	sql := "SELECT count(*) FROM unit u WHERE u.tenant_id = $1 AND u.level = $2 AND (u.until IS NULL OR u.until > $3)" + w.SQL("u", &args)
	n := 0
	b := &pgx.Batch{}
	b.Queue(sql, args...).QueryRow(func(r pgx.Row) error { return r.Scan(&n) })
	return n, t.db.Read(ctx, b)
}
