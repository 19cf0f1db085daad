package search

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/locale"
)

// Having finds the records that may be called as one of some texts: those with the word of it
// that fewest records have. Who asks compares the whole.
func (x Index) Having(ctx context.Context, tx *db.Tx, texts []string) ([]int64, error) {
	var words []string
	for _, s := range texts {
		words = append(words, locale.Tokens(s)...)
	}
	slices.Sort(words)
	words = slices.Compact(words)
	counts, err := x.counted(ctx, tx, words)
	if err != nil {
		return nil, err
	}
	var rarest []string
	for _, s := range texts {
		of := slices.DeleteFunc(locale.Tokens(s), func(w string) bool { return counts[w] == 0 })
		if len(of) == 0 {
			continue
		}
		if w := slices.MinFunc(of, func(a, b string) int { return counts[a] - counts[b] }); !slices.Contains(rarest, w) {
			rarest = append(rarest, w)
		}
	}
	rows, err := tx.PGX().Query(ctx, "SELECT DISTINCT t.id FROM "+x.token()+" t WHERE t.tenant_id = $1 AND t.token = ANY($2) ORDER BY 1", tx.Tenant(), rarest)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

// counted is how many records have each of some words, as far as often.
func (x Index) counted(ctx context.Context, tx *db.Tx, words []string) (map[string]int, error) {
	rows, err := tx.PGX().Query(ctx, "SELECT w.word, (SELECT count(*) FROM (SELECT FROM "+x.token()+" t WHERE t.tenant_id = $1 AND t.token = w.word LIMIT $3) k)"+
		" FROM unnest($2::text[]) w(word)", tx.Tenant(), words, often)
	if err != nil {
		return nil, err
	}
	counts := make(map[string]int, len(words))
	return counts, db.Counts(counts)(rows)
}
