package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// openGorm returns a gorm handle without any connection.
func openGorm(log *slog.Logger) (*gorm.DB, error) {
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: noConn{}}), &gorm.Config{
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   true,
		Logger:                 gormLog{log},
	})
	if err != nil {
		return nil, fmt.Errorf("db: open gorm: %w", err)
	}
	return g, nil
}

// unitConn is the connection of a unit as gorm sees it. gorm treats a pool that
// can commit as an open transaction and nests by savepoint; that commit itself
// must fail, or a nested transaction would commit the unit. It has to be a
// pointer: gorm asks whether it is nil.
type unitConn struct{ conn *sql.Conn }

func (c *unitConn) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return c.conn.PrepareContext(ctx, query)
}

func (c *unitConn) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return c.conn.ExecContext(ctx, query, args...)
}

func (c *unitConn) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return c.conn.QueryContext(ctx, query, args...)
}

func (c *unitConn) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return c.conn.QueryRowContext(ctx, query, args...)
}

func (*unitConn) Commit() error   { return ErrUnitOver }
func (*unitConn) Rollback() error { return ErrUnitOver }

// noConn is what gorm holds outside a unit of work.
type noConn struct{}

func (noConn) PrepareContext(context.Context, string) (*sql.Stmt, error) { return nil, ErrNotInUnit }

func (noConn) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	return nil, ErrNotInUnit
}

func (noConn) QueryContext(context.Context, string, ...any) (*sql.Rows, error) {
	return nil, ErrNotInUnit
}

func (noConn) QueryRowContext(context.Context, string, ...any) *sql.Row { return &sql.Row{} }

// gormLog writes statements at debug level and never their parameters, which are
// people's data.
type gormLog struct{ log *slog.Logger }

func (l gormLog) LogMode(logger.LogLevel) logger.Interface      { return l }
func (l gormLog) Info(context.Context, string, ...interface{})  {}
func (l gormLog) Warn(context.Context, string, ...interface{})  {}
func (l gormLog) Error(context.Context, string, ...interface{}) {}

func (l gormLog) Trace(ctx context.Context, begin time.Time, fc func() (string, int64), err error) {
	if !l.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	query, rows := fc()
	l.log.DebugContext(ctx, "sql", "query", query, "rows", rows, "took", time.Since(begin),
		"failed", err != nil && !errors.Is(err, gorm.ErrRecordNotFound))
}

// ParamsFilter is how gorm asks for the parameters it may show: none.
func (l gormLog) ParamsFilter(_ context.Context, query string, _ ...interface{}) (string, []interface{}) {
	return query, nil
}
