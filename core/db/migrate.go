package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// migrateLock is the advisory lock under which one process at a time migrates.
const migrateLock = 0x6d656b746570 // "mektep"

// Migrate brings a database up to date as its owner: first the files of fsys by
// goose, then the job queue's own tables into the schema river (its sixth
// migration fails inside somebody else's transaction), then what the service's
// role may do with those. It may be run again, and by several processes at once.
func Migrate(ctx context.Context, ownerDSN string, fsys fs.FS) error {
	cfg, err := pgxpool.ParseConfig(ownerDSN)
	if err != nil {
		return errors.New("db: the owner's connection string cannot be read")
	}
	cfg.MaxConns = 3
	cfg.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	defer pool.Close()
	lock, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	defer func() { // closing the connection frees the lock on every way out
		conn := lock.Hijack()
		_ = conn.Close(context.WithoutCancel(ctx))
	}()
	if _, err := lock.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrateLock)); err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	if _, err := lock.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS platform; CREATE SCHEMA IF NOT EXISTS river"); err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	if err := migrateFiles(ctx, pool, fsys); err != nil {
		return err
	}
	return migrateQueue(ctx, pool, lock.Conn())
}

func migrateFiles(ctx context.Context, pool *pgxpool.Pool, fsys fs.FS) error {
	sqlDB := stdlib.OpenDBFromPool(pool)
	defer func() { _ = sqlDB.Close() }()
	store, err := database.NewStore(database.DialectPostgres, "platform.goose_db_version")
	if err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	provider, err := goose.NewProvider("", sqlDB, fsys, goose.WithStore(store),
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()),
		// Migrations come from several hands at once; a lower number may arrive later.
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("db: read the migrations: %w", err)
	}
	gap, err := schemaGap(ctx, pool, fsys)
	if err != nil && !empty(err) {
		return fmt.Errorf("db: migrate: %w", err)
	}
	if len(gap.Unknown) > 0 {
		return gap.Err()
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("db: migrate: %w", err)
	}
	return nil
}

func migrateQueue(ctx context.Context, pool *pgxpool.Pool, conn *pgx.Conn) error {
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Schema: "river", Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return fmt.Errorf("db: read the queue's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("db: migrate the queue: %w", err)
	}
	_, err = conn.Exec(ctx, `
		GRANT USAGE ON SCHEMA river TO mektep_service;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA river TO mektep_service;
		GRANT USAGE ON ALL SEQUENCES IN SCHEMA river TO mektep_service;
		REVOKE INSERT, UPDATE, DELETE ON river.river_migration FROM mektep_service`)
	if err != nil {
		return fmt.Errorf("db: grant the queue to the service: %w", err)
	}
	return nil
}
