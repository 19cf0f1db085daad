package tenant

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// takeHost gives a host name to a ministry; false when another one has it.
func takeHost(ctx context.Context, tx *db.Tx, id int32, host string) (bool, error) {
	tag, err := tx.PGX().Exec(ctx, `INSERT INTO platform.tenant_host (host, tenant_id) VALUES ($1, $2)
		ON CONFLICT (host) DO UPDATE SET tenant_id = excluded.tenant_id WHERE tenant_host.tenant_id = excluded.tenant_id`, host, id)
	return tag.RowsAffected() == 1, err
}

// dropHost takes a host name from a ministry that has another one; it returns how
// many it had and whether this was one of them.
func dropHost(ctx context.Context, tx *db.Tx, id int32, host string) (had int, dropped bool, err error) {
	// One after another: two operators must not take the last two away. Not by the ministry's
	// line of the directory, which whoever removes a host name holds already (lockHosts).
	if _, err := tx.PGX().Exec(ctx, "SELECT pg_advisory_xact_lock(hashtextextended('tenant_host', $1))", int64(id)); err != nil {
		return 0, false, err
	}
	if err := tx.PGX().QueryRow(ctx, "SELECT count(*) FROM platform.tenant_host WHERE tenant_id = $1", id).Scan(&had); err != nil || had < 2 {
		return had, false, err
	}
	tag, err := tx.PGX().Exec(ctx, "DELETE FROM platform.tenant_host WHERE tenant_id = $1 AND host = $2", id, host)
	return had, tag.RowsAffected() == 1, err
}

const selectHosts = "SELECT host FROM platform.tenant_host WHERE tenant_id = $1 ORDER BY place"

// hostsOf are the host names of a ministry, as they were entered.
func hostsOf(ctx context.Context, tx *db.Tx, id int32) ([]string, error) {
	rows, err := tx.PGX().Query(ctx, selectHosts, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

const selectKnown = "SELECT host, letters, instead FROM known_host WHERE tenant_id = $1 ORDER BY host"

// knownHosts are those that the ministry of the unit knows of.
func knownHosts(ctx context.Context, tx *db.Tx) (knownList, error) {
	rows, err := tx.PGX().Query(ctx, selectKnown, tx.Tenant())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[knownHost])
}

// lockHosts keeps everybody else who chooses a host name for letters, takes one away or
// tells the ministry of them waiting until the end of the unit. It is the first lock of
// theirs: what they do meanwhile waits for none of theirs. Not FOR UPDATE, which would wait
// for every row that somebody is just writing behind the wall, and they for it.
func lockHosts(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, "SELECT FROM platform.tenant WHERE id = $1 FOR NO KEY UPDATE", tx.Tenant())
	return err
}

func meetHost(ctx context.Context, tx *db.Tx, host string, now time.Time) error {
	_, err := tx.PGX().Exec(ctx, "INSERT INTO known_host (tenant_id, host, since) VALUES ($1, $2, $3)", tx.Tenant(), host, now)
	return err
}

func forgetHost(ctx context.Context, tx *db.Tx, host string) error {
	_, err := tx.PGX().Exec(ctx, "DELETE FROM known_host WHERE tenant_id = $1 AND host = $2", tx.Tenant(), host)
	return err
}

// chooseLetters has letters lead to one of the host names that the ministry knows, in the
// place of the one that was chosen; "" when this one is.
func chooseLetters(ctx context.Context, tx *db.Tx, host, instead string) error {
	b := &pgx.Batch{}
	b.Queue("UPDATE known_host SET letters = false, instead = '' WHERE tenant_id = $1 AND letters", tx.Tenant())
	b.Queue("UPDATE known_host SET letters = true, instead = $3 WHERE tenant_id = $1 AND host = $2", tx.Tenant(), host, instead)
	return tx.PGX().SendBatch(ctx, b).Close()
}

// begun reports whether anybody in the ministry of the unit has opened an account yet.
func begun(ctx context.Context, tx *db.Tx) (yes bool, err error) {
	return yes, tx.PGX().QueryRow(ctx, "SELECT EXISTS (SELECT FROM account WHERE tenant_id = $1 AND state <> 'invited')", tx.Tenant()).Scan(&yes)
}
