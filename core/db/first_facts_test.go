package db_test

import (
	"context"
	"testing"

	"mektep/core/db"
	"mektep/migrations"
)

// Facts that stood beside each unit are what they were once the first of them stand in the
// units' rows: of what has one of a kind, none is kept beside it.
func TestALivingRegisterKeepsItsFacts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn, owner := living(t, "0111")
	for _, sql := range []string{
		`INSERT INTO platform.tenant (slug, profile, name, state, activated_at) VALUES ('one', 'xx', '{"en":"x"}', 'active', now())`,
		`INSERT INTO unit (tenant_id, id, uid, parent_id, path, level, type, name, sort_key, since, until, withdrawn) VALUES
			(1, 1, 'root', NULL, '1.', 'ministry', '', '{"en":"Root"}', '', '1990-01-01', NULL, false),
			(1, 2, 'east', 1, '1.2.', 'region', '', '{"en":"East"}', '', '1990-01-01', NULL, false),
			(1, 3, 'plain', 2, '1.2.3.', 'institution', 'a', '{"en":"Plain"}', '', '2000-01-01', '2020-01-01', false),
			(1, 4, 'named', 2, '1.2.4.', 'institution', 'a', '{"en":"New"}', '', '2000-01-01', NULL, false),
			(1, 5, 'ordered', 2, '1.2.5.', 'institution', 'a', '{"en":"Ordered"}', '', '2000-01-01', NULL, false),
			(1, 6, 'gone', 2, '1.2.6.', 'institution', 'a', '{"en":"Gone"}', '', '2000-01-01', '2000-01-01', true)`,
		`INSERT INTO unit_name (tenant_id, unit_id, name, since, until, order_ref) VALUES (1, 1, '{"en":"Root"}', '1990-01-01', NULL, ''),
			(1, 2, '{"en":"East"}', '1990-01-01', NULL, 'founding'), (1, 3, '{"en":"Plain"}', '2000-01-01', NULL, 'no. 3'),
			(1, 4, '{"en":"Old"}', '2000-01-01', '2010-01-01', 'no. 4'), (1, 4, '{"en":"New"}', '2010-01-01', NULL, 'no. 44'), (1, 5, '{"en":"Ordered"}', '2000-01-01', NULL, 'no. 5')`,
		`INSERT INTO unit_type (tenant_id, unit_id, type, since, order_ref) VALUES (1, 3, 'a', '2000-01-01', 'no. 3'), (1, 4, 'a', '2000-01-01', 'no. 4'), (1, 5, 'a', '2000-01-01', 'another')`,
		`INSERT INTO unit_parent (tenant_id, unit_id, parent_id, since, order_ref) VALUES (1, 2, 1, '1990-01-01', 'founding'), (1, 3, 2, '2000-01-01', 'no. 3'), (1, 4, 2, '2000-01-01', 'no. 4'), (1, 5, 2, '2000-01-01', 'no. 5')`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(sql, err)
		}
	}
	had := "SELECT string_agg(concat_ws('|', x.*), E'\n' ORDER BY x::text) FROM (" +
		"SELECT 'name', unit_id, name::text AS value, since, until, order_ref FROM unit_name UNION ALL SELECT 'type', unit_id, type, since, until, order_ref FROM unit_type" +
		" UNION ALL SELECT 'parent', unit_id, parent_id::text, since, until, order_ref FROM unit_parent UNION ALL SELECT 'lies', unit_id, parent_id::text, since, until, order_ref FROM unit_parent) x"
	has := "SELECT string_agg(concat_ws('|', x.*), E'\n' ORDER BY x::text) FROM (" +
		"SELECT 'name', u.id, f.name::text AS value, f.since, f.until, f.order_ref FROM unit u CROSS JOIN LATERAL unit_names(u.tenant_id, u.id) f" +
		" UNION ALL SELECT 'type', u.id, f.type, f.since, f.until, f.order_ref FROM unit u CROSS JOIN LATERAL unit_types(u.tenant_id, u.id) f" +
		" UNION ALL SELECT 'parent', u.id, f.parent_id::text, f.since, f.until, f.order_ref FROM unit u CROSS JOIN LATERAL unit_places(u.tenant_id, u.id) f" +
		" UNION ALL SELECT 'lies', f.unit_id, u.id::text, f.since, f.until, f.order_ref FROM unit u CROSS JOIN LATERAL unit_lies(u.tenant_id, u.id) f) x"
	var before, after string
	if err := conn.QueryRow(ctx, had).Scan(&before); err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(ctx, owner, migrations.FS); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(ctx, has).Scan(&after); err != nil {
		t.Fatal(err)
	}
	if before != after {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
	var beside string
	if err := conn.QueryRow(ctx, "SELECT concat_ws(' ', (SELECT count(*) FROM unit_name), (SELECT count(*) FROM unit_type), (SELECT count(*) FROM unit_parent))").Scan(&beside); err != nil {
		t.Fatal(err)
	}
	if want := "2 1 0"; beside != want { // of the renamed one, and of the type with an order of its own
		t.Errorf("%s facts stand beside the units, want %s", beside, want)
	}
}

// What records are found and filtered by is what it was once each stands by one key.
func TestALivingRegisterKeepsItsWordsAndValues(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	conn, owner := living(t, "0112")
	for _, sql := range []string{
		`INSERT INTO platform.tenant (slug, profile, name, state, activated_at) VALUES ('one', 'xx', '{"en":"x"}', 'active', now())`,
		`INSERT INTO unit (tenant_id, id, uid, path, level, name, sort_key, since) VALUES (1, 1, 'root', '1.', 'ministry', '{"en":"Grey Root"}', '', '1990-01-01')`,
		`INSERT INTO unit_token (tenant_id, id, token) VALUES (1, 1, 'root'), (1, 1, 'grey')`,
		`INSERT INTO institution (tenant_id, id, fields) VALUES (1, 1, '{"a": "x", "b": 7}')`,
		`INSERT INTO institution_value (tenant_id, id, field, text_value, int_value) VALUES (1, 1, 'a', 'x', 0), (1, 1, 'b', '', 7)`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(sql, err)
		}
	}
	if err := db.Migrate(ctx, owner, migrations.FS); err != nil {
		t.Fatal(err)
	}
	var have string
	if err := conn.QueryRow(ctx, `SELECT concat_ws('|', (SELECT words FROM unit), (SELECT string_agg(token, ',' ORDER BY token) FROM unit_token),
		(SELECT string_agg(concat(field, text_value, int_value), ',' ORDER BY field) FROM institution_value))`).Scan(&have); err != nil {
		t.Fatal(err)
	}
	if want := " grey root|grey,root|ax0,b7"; have != want {
		t.Errorf("%q, want %q", have, want)
	}
}
