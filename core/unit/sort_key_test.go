package unit_test

import (
	"context"
	"encoding/base64"
	"testing"

	"github.com/jackc/pgx/v5"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"mektep/core/db/dbtest"
	"mektep/core/locale"
	"mektep/migrations"
)

// wholeKeys make sort keys as they were before they were written short.
type wholeKeys struct {
	tag string
	c   *collate.Collator
}

func (w wholeKeys) key(text string) string {
	var b collate.Buffer
	rank := locale.SortKey(w.tag, text)[0] - '0'
	return base64.NewEncoding("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz").WithPadding(base64.NoPadding).
		EncodeToString(append([]byte{rank}, w.c.KeyFromString(&b, text)...))
}

// What the migration makes of the keys of before is what the program writes by now, of any text;
// it does so in every table that has them.
func TestSortKeysBecomeWhatIsWrittenNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tr := wholeKeys{"tr", collate.New(language.Turkish, collate.Numeric, collate.IgnoreCase)}
	super := dbtest.Super(t, w.db)
	ctx := context.Background()
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := super.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"Bakanlık", "Doğu", "Batı", "Merkez"} {
		exec("UPDATE unit SET sort_key = $1 WHERE name->>'tr' = $2", tr.key(name), name)
	}
	exec("BEGIN")
	file, err := migrations.FS.ReadFile("0156_short_sort_keys.sql")
	if err != nil {
		t.Fatal(err)
	}
	exec(string(file))
	rows, err := super.Query(ctx, "SELECT name->>'tr', sort_key FROM unit")
	if err != nil {
		t.Fatal(err)
	}
	var name, key string
	if _, err := pgx.ForEachRow(rows, []any{&name, &key}, func() error {
		if want := locale.SortKey("tr", name); key != want {
			t.Errorf("%s: %q, not %q", name, key, want)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	text := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("abcçıiİâéңнёе 0123459-'№«中ا"))), rapid.StringMatching(`[A-Za-zА-я0-9 "№.-]{0,40}`))
	for _, tag := range []string{"tr", "ky", "ru", "en"} {
		whole := wholeKeys{tag, collate.New(language.Make(tag), collate.Numeric, collate.IgnoreCase)}
		rapid.Check(t, func(t *rapid.T) {
			texts := rapid.SliceOfN(text, 20, 20).Draw(t, "texts")
			keys := make([]string, len(texts))
			for i, s := range texts {
				keys[i] = whole.key(s)
			}
			rows, err := super.Query(ctx, "SELECT pg_temp.short_sort_key(k) FROM unnest($1::text[]) WITH ORDINALITY u(k, n) ORDER BY n", keys)
			if err != nil {
				t.Fatal(err)
			}
			got, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range texts {
				if want := locale.SortKey(tag, s); got[i] != want {
					t.Fatalf("%s %q: %q, not %q", tag, s, got[i], want)
				}
			}
		})
	}
}
