package app

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/caller"
	"mektep/core/db"
	"mektep/core/unit"
)

// carried enter a row of each table that carries the path of a unit. audit_entry keeps
// the path as it was: it says where something was done when it was done.
var carried = map[string]string{
	"audit_entry": "",
	"import_run":  "INSERT INTO import_run (tenant_id, uid, unit_path, state, file, file_name, format, size, columns, created_at, register) VALUES ($1, 'moved', $2, 'matching', 'f', 'f', 'csv', 1, '[]', now(), 'institution')",
	"approval": `INSERT INTO approval (tenant_id, uid, kind, payload, key, args, unit_path, asked_by, asked_at, expires_at)
		SELECT $1, 'moved', 'account', '{}', 'x', '{}', $2, id, now(), now() + interval '1 day' FROM account WHERE tenant_id = $1 LIMIT 1`,
}

// What carries the path of a unit goes along when the unit moves. The tables are looked
// up, so that tomorrow's is asked, too.
func TestWhatCarriesAPathGoesAlongWithTheUnit(t *testing.T) {
	s := newStillSite(t)
	kg, err := s.Tenants.BySlug(t.Context(), "kg")
	if err != nil {
		t.Fatal(err)
	}
	ctx := caller.With(context.Background(), caller.System(kg.Tenant, "test", "r"))
	school := s.unit("kg", unit.Institution, "700112")
	var there unit.Unit
	all, err := s.Tree.Territory(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if u.Level == unit.District && u.ID != *school.ParentID {
			there = u
		}
	}
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT table_name FROM information_schema.columns
			WHERE column_name LIKE '%\_path' AND data_type = 'text' AND table_schema = 'public' AND table_name <> 'unit' ORDER BY 1`)
		if err != nil {
			return err
		}
		tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil || len(tables) < len(carried) {
			t.Errorf("%v %v", tables, err)
		}
		for _, table := range tables {
			if _, said := carried[table]; !said {
				t.Errorf("%s carries a path: enter a row here, and have it go along (unit.Carry)", table)
			}
		}
		for _, sql := range carried {
			if sql == "" {
				continue
			}
			if _, err := tx.PGX().Exec(ctx, sql, tx.Tenant(), school.Path); err != nil {
				return err
			}
		}
		return s.Tree.Move(ctx, school, there, s.Clock.Now().Add(-24*time.Hour), "1")
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := s.unit("kg", unit.Institution, "700112")
	if moved.Path == school.Path {
		t.Fatal("the school has not moved")
	}
	err = s.DB.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		for table, sql := range carried {
			var path string
			if sql == "" {
				continue
			}
			if err := tx.PGX().QueryRow(ctx, "SELECT unit_path FROM "+table+" WHERE tenant_id = $1 AND uid = 'moved'", tx.Tenant()).Scan(&path); err != nil {
				return err
			}
			if path != moved.Path {
				t.Errorf("%s still says %s, and the school is at %s", table, path, moved.Path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
