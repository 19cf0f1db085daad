package app

import (
	"context"
	"errors"
	"time"

	"mektep/core/db"
	"mektep/migrations"
)

// How /readyz looks: how long it asks, how long a failed write is remembered, and
// how often the schema is compared while everything is well.
const (
	readyMost    = 2 * time.Second
	ailingFor    = 10 * time.Second
	schemaEvery  = 15 * time.Second
	schemaPause  = time.Second
	queueMissing = "the queue gives no sign of life"
)

// unready says why this process should be sent no requests; empty: it may.
func (a *App) unready(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, readyMost)
	defer cancel()
	writes, err := a.DB.TakesWrites(ctx)
	switch {
	case err != nil:
		return "the database does not answer"
	case !writes:
		return "the database takes no writes: it is a standby, or read only"
	}
	if code := a.DB.Ailing(ailingFor); code != "" {
		return "the database could not keep what it was given (" + code + ")"
	}
	if err := a.schema(ctx); err != nil {
		return err.Error()
	}
	if !a.Jobs.Alive() {
		return queueMissing
	}
	return ""
}

// sayReady writes down when readiness changes, once each time, however often it is asked.
func (a *App) sayReady(why string) {
	a.readiness.Lock()
	defer a.readiness.Unlock()
	switch was := a.readiness.why; {
	case why != "" && was == "":
		a.Log.Error("not ready", "why", why)
	case why == "" && was != "":
		a.Log.Info("ready again", "was", was)
	default:
		return
	}
	a.readiness.why = why
}

// schema compares the database with this program, at most once in a while.
func (a *App) schema(ctx context.Context) error {
	a.checked.Lock()
	defer a.checked.Unlock()
	if now := time.Now(); now.Sub(a.checked.at) > schemaEvery || a.checked.err != nil { //nolint:forbidigo // an age, not a date
		gap, err := a.DB.Schema(ctx, migrations.FS)
		if err != nil {
			return errors.New("the database does not answer")
		}
		a.checked.at, a.checked.err = now, gap.Err()
	}
	return a.checked.err
}

// belong reports whether the database has this program's schema.
func (a *App) belong(ctx context.Context) error {
	gap, err := a.DB.Schema(ctx, migrations.FS)
	if err == nil {
		err = gap.Err()
	}
	if len(gap.Unknown) > 0 {
		return never{err}
	}
	return err
}

// patiently tries until it succeeds, as long as the configuration says: a database
// may start later than this program, and a migration take its time.
func (a *App) patiently(ctx context.Context, try func(context.Context) error) error {
	end := time.Now().Add(a.Config.Wait) //nolint:forbidigo // a patience, not a date
	for said := false; ; said = true {
		err := try(ctx)
		var hopeless never
		if err == nil || errors.As(err, &hopeless) || time.Now().After(end) { //nolint:forbidigo // as above
			return err
		}
		if !said {
			a.Log.Warn("waiting for the database", "why", db.Discreet(err), "at_most", a.Config.Wait.String())
		}
		select {
		case <-time.After(schemaPause):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// never is a failure that no patience helps against: a newer database does not
// become older.
type never struct{ error }
