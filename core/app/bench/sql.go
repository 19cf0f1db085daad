package main

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"
)

func execute(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, sql)
	return err
}

func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err) // made from values of the profile's own kinds
	}
	return string(raw)
}
