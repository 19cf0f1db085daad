package db_test

import (
	"context"
	"testing"

	"mektep/core/db"
	"mektep/migrations"
)

// Filters that somebody saved under names that are one now stay theirs, under two.
func TestSavedFiltersOfOneNameStay(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn, owner := living(t, "0140")
	for _, sql := range []string{
		`INSERT INTO platform.tenant (slug, profile, name, state, activated_at) VALUES ('one', 'xx', '{"en":"x"}', 'active', now())`,
		`INSERT INTO account (tenant_id, id, uid, family, given, sort_key, state, language, created_at) VALUES (1, 1, 'a', 'A', 'B', '', 'invited', 'en', now()), (1, 2, 'b', 'A', 'B', '', 'invited', 'en', now())`,
		`INSERT INTO list_view (tenant_id, id, uid, account_id, register, name, asked) VALUES (1, 1, 'u1', 1, 'r', 'Big', 'q=1'), (1, 2, 'u2', 1, 'r', 'big', 'q=2'),
			(1, 3, 'u3', 1, 'r', '', ''), (1, 4, 'u4', 2, 'r', 'BIG', 'q=4'), (1, 5, 'u5', 1, 's', 'BIG', 'q=5')`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(sql, err)
		}
	}
	if err := db.Migrate(ctx, owner, migrations.FS); err != nil {
		t.Fatal(err)
	}
	var got string
	if err := conn.QueryRow(ctx, "SELECT string_agg(concat_ws('|', id, name, called, asked), ' ' ORDER BY id) FROM list_view").Scan(&got); err != nil {
		t.Fatal(err)
	}
	if want := "1|Big|big|q=1 2|big (2)|big (2)|q=2 3||| 4|BIG|big|q=4 5|BIG|big|q=5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
