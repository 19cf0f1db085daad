package main

import (
	"context"
	"encoding/json"
	"time"

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

// rest waits until the program's jobs have come to their end: what was seeded is reckoned beside
// the first pages otherwise, and they are measured with it.
func rest(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	ctx, stop := context.WithTimeout(ctx, 10*time.Minute)
	defer stop()
	for idle := 0; idle < 3; {
		var busy bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM river.river_job WHERE state IN ('available', 'running', 'pending') OR state = 'retryable')").Scan(&busy); err != nil {
			return err
		}
		if idle++; busy {
			idle = 0
		}
		time.Sleep(time.Second)
	}
	return nil
}
