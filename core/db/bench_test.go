package db_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// BenchmarkDoors compares what each door costs with the same query by plain pgx:
// fifty rows by primary key, in parallel.
func BenchmarkDoors(b *testing.B) {
	d := dbtest.Open(b, db.Config{MaxConns: 8})
	super := dbtest.Super(b, d)
	ctx := dbtest.Tenant(b, d, "one", "xx")
	if _, err := super.Exec(ctx, `
		CREATE TABLE probe (tenant_id int NOT NULL, id bigint, text text NOT NULL, PRIMARY KEY (tenant_id, id));
		SELECT wall_table('probe');
		INSERT INTO probe SELECT 1 + i % 3, i, 'note ' || i FROM generate_series(1, 30000) i; ANALYZE probe`); err != nil {
		b.Fatal(err)
	}
	cfg, err := pgxpool.ParseConfig(super.Config().ConnString())
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns = 8
	plain, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer plain.Close()
	const query = "SELECT tenant_id, id, text FROM probe WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3"
	collect := func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[note])
		if err == nil && len(all) == 0 {
			err = fmt.Errorf("no rows")
		}
		return err
	}
	for _, limit := range []int{1, 50} {
		for _, door := range []struct {
			name string
			run  func(ctx context.Context) error
		}{
			{"plain", func(ctx context.Context) error {
				rows, err := plain.Query(ctx, query, 1, 500, limit)
				if err != nil {
					return err
				}
				return collect(rows)
			}},
			{"read", func(ctx context.Context) error {
				batch := &pgx.Batch{}
				batch.Queue(query, 1, 500, limit).Query(collect)
				return d.Read(ctx, batch)
			}},
			{"unit-pgx", func(ctx context.Context) error {
				return d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
					rows, err := tx.PGX().Query(ctx, query, 1, 500, limit)
					if err != nil {
						return err
					}
					return collect(rows)
				})
			}},
			{"unit-gorm", func(ctx context.Context) error {
				return d.Tenant(ctx, func(_ context.Context, tx *db.Tx) error {
					var all []note
					return tx.Gorm().Where("tenant_id = ? AND id > ?", 1, 500).Order("id").Limit(limit).Find(&all).Error
				})
			}},
		} {
			b.Run(fmt.Sprintf("%d/%s", limit, door.name), func(b *testing.B) {
				b.SetParallelism(4)
				b.ReportAllocs()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := door.run(ctx); err != nil {
							b.Error(err)
							return
						}
					}
				})
			})
		}
	}
}
