package search

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/locale"
)

// Finder understands what is typed to search an index. It remembers for a few minutes how
// common words are and what mistaken ones were taken for; a word that begins nothing is
// looked up each time, since it may have been entered a moment ago.
type Finder struct {
	index Index
	db    *db.DB

	common *db.Cache[string, int]    // prefix → how many words of records begin so, as far as often
	meant  *db.Cache[string, string] // mistaken word → the one it was taken for
}

// How much is remembered of words, and how long.
const (
	wordsKept = 5000
	wordsLife = 5 * time.Minute
)

// Finder returns what understands searches of the index.
func (x Index) Finder(d *db.DB) *Finder {
	never := db.Kind("words of " + string(x)) // no notice drops them: they only say how to look
	return &Finder{x, d, db.NewCache[string, int](d, never, wordsKept, wordsLife), db.NewCache[string, string](d, never, wordsKept, wordsLife)}
}

// Words is a typed search, understood: each word begins a word of a record, in any order.
type Words struct {
	Prefixes  []string          // folded
	Corrected map[string]string // typed word → the word it was taken for

	index   Index
	counts  []int // how many words of records begin so, as far as often
	nothing bool  // what was typed holds no word, only signs: nothing is called so
}

// How many words of records may begin with a prefix for a search to start from those, and
// how many for the records of another to be cut with the rarest's. Where more do, some are
// soon met in the order of the list.
const (
	rare  = 5000
	often = 20000
)

// Rare reports whether one of the words is so rare that SQL starts from it.
func (w Words) Rare() bool { return len(w.counts) > 0 && slices.Min(w.counts) <= rare }

// mostWords is how many words of a search count.
const mostWords = 8

// Understand folds what was typed and mends words that begin nothing in this
// ministry by one letter (missing, added, changed or swapped), where the
// dictionary knows exactly what was meant.
func (f *Finder) Understand(ctx context.Context, typed string) (Words, error) {
	w := Words{Prefixes: locale.Tokens(typed), index: f.index}
	if len(w.Prefixes) > mostWords {
		w.Prefixes = w.Prefixes[:mostWords]
	}
	if len(w.Prefixes) == 0 {
		w.nothing = Signs(typed)
		return w, nil
	}
	w.counts = make([]int, len(w.Prefixes))
	if err := f.count(ctx, &w); err != nil || !slices.Contains(w.counts, 0) {
		return w, err
	}
	if err := f.mend(ctx, &w); err != nil {
		return w, err
	}
	return w, f.count(ctx, &w)
}

// Signs reports whether something was typed that holds no word, such as "%": a search for it
// finds nothing, where one for nothing at all leaves the whole list.
func Signs(typed string) bool {
	return strings.TrimSpace(typed) != "" && len(locale.Tokens(typed)) == 0
}

// count finds out how common the words are of which that is not known.
func (f *Finder) count(ctx context.Context, w *Words) error {
	b := &pgx.Batch{}
	asked := f.common.Asked(ctx)
	for i, p := range w.Prefixes {
		if w.counts[i] > 0 {
			continue
		}
		if n, known := f.common.Peek(ctx, p); known {
			w.counts[i] = n
			continue
		}
		b.Queue("SELECT count(*) FROM (SELECT 1 FROM "+f.index.token()+" WHERE tenant_id = $1 AND token >= $2 AND token < $3 LIMIT $4) k", db.TenantOf(ctx), p, last(p), often+1).
			QueryRow(func(r pgx.Row) error {
				if err := r.Scan(&w.counts[i]); err != nil {
					return err
				}
				if w.counts[i] > 0 {
					f.common.Put(ctx, asked, p, w.counts[i])
				}
				return nil
			})
	}
	if b.Len() == 0 {
		return nil
	}
	return f.db.Read(ctx, b)
}

// last stands behind all words that begin with a prefix.
func last(prefix string) string { return prefix + "\U0010FFFF" }

// sure is how often a candidate must stand in names to be as common as any.
const sure = 1000

func (f *Finder) mend(ctx context.Context, w *Words) error {
	b := &pgx.Batch{}
	asked := f.meant.Asked(ctx)
	take := func(i int, word string) {
		if w.Corrected == nil {
			w.Corrected = map[string]string{}
		}
		w.Corrected[w.Prefixes[i]] = word
		w.Prefixes[i] = word
	}
	for i, p := range w.Prefixes {
		if w.counts[i] > 0 || len([]rune(p)) < 3 {
			continue
		}
		if word, known := f.meant.Peek(ctx, p); known {
			take(i, word)
			continue
		}
		// The commonest of the candidates wins: a rare word is oftener a mistake itself.
		b.Queue(`SELECT v.word FROM `+f.index.variant()+` v
			WHERE v.tenant_id = $1 AND v.variant = ANY($2)
			GROUP BY v.word
			ORDER BY abs(length(v.word) - $3),
				(SELECT count(*) FROM (SELECT 1 FROM `+f.index.token()+` k WHERE k.tenant_id = $1 AND k.token = v.word LIMIT $4) k) DESC, v.word
			LIMIT 8`, db.TenantOf(ctx), locale.Variants(p), len([]rune(p)), sure).Query(func(rows pgx.Rows) error {
			words, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				return err
			}
			for _, word := range words {
				if locale.OneMistake(p, word) {
					f.meant.Put(ctx, asked, p, word)
					take(i, word)
					break
				}
			}
			return nil
		})
	}
	if b.Len() == 0 {
		return nil
	}
	return f.db.Read(ctx, b)
}

// SQL returns the condition that a record called alias has all the words, and adds
// its arguments to args. The first argument of args must be the tenant.
//
// It says how to look, since the planner guesses badly where a ministry's
// statistics are older than its data (right after an import): from the records that
// have the rarest word and those that are not common either, or, where none is rare, in
// the order of the list; each record then says by its own row whether it has the others.
func (w Words) SQL(alias string, args *[]any) string {
	if w.nothing {
		return " AND false"
	}
	var from, have strings.Builder
	started := w.Rare()
	for i, p := range w.Prefixes {
		if !started || w.counts[i] > often {
			*args = append(*args, " "+p)
			fmt.Fprintf(&have, " AND strpos(%s.words, $%d) > 0", alias, len(*args))
			continue
		}
		*args = append(*args, p, last(p))
		of := fmt.Sprintf("SELECT k.id FROM %s k WHERE k.tenant_id = $1 AND k.token >= $%d AND k.token < $%d", w.index.token(), len(*args)-1, len(*args))
		if from.Len() > 0 { // a join, at three quarters of what INTERSECT costs
			of = " AND k.id IN (" + of + ")"
		}
		from.WriteString(of)
	}
	if from.Len() == 0 {
		return have.String()
	}
	return fmt.Sprintf(" AND %s.id = ANY (ARRAY(%s))%s", alias, from.String(), have.String())
}
