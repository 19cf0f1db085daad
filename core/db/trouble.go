package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"mektep/core/fault"
)

// How soon it is worth asking again, in seconds: after a wait for somebody else's
// lock, and after a failure of the database itself.
const (
	soon  = 2
	later = 5
)

// unitTries is how often a unit is run that lost against another one.
const unitTries = 3

var errClosed = errors.New("db: closed")

// Fault is the one place where a failure of the database becomes something to
// tell: what passes by itself is Unavailable and says when to ask again, what a
// constraint refused is Invalid or Conflict. What is told already stays as it is,
// and so does everything that is a defect of the program. The cause is kept.
func Fault(err error) error {
	if err == nil {
		return nil
	}
	if f := fault.From(err); f.Kind != fault.Internal {
		return err
	}
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case errors.As(err, &connect): // whatever the server says who was not let in has asked nothing
		return fault.New(fault.Unavailable, "fault.unavailable").WithWait(later).WithCause(err)
	case errors.As(err, &pg):
		return ofState(pg, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "fault.timeout").WithWait(later).WithCause(err)
	case errors.Is(err, context.Canceled):
		return err
	case unreachable(err):
		return fault.New(fault.Unavailable, "fault.unavailable").WithWait(later).WithCause(err)
	}
	return err
}

// ofState tells by PostgreSQL's own code.
func ofState(pg *pgconn.PgError, err error) error {
	switch pg.Code {
	case "55P03", "40001", "40P01", "55006": // another one's lock, or lost against another one more than once
		return fault.New(fault.Unavailable, "fault.contended").With("Count", soon).WithWait(soon).WithCause(err)
	case "57014": // took too long
		return fault.New(fault.Unavailable, "fault.timeout").WithWait(later).WithCause(err)
	case "25006", "25P03", // the server takes no writes; it ended a transaction that stood still
		"26000", "42P05", // a pooler has lost or mixed up what was prepared
		"40003":
		return fault.New(fault.Unavailable, "fault.unavailable").WithWait(later).WithCause(err)
	case "23502", "23514", "22001", "22003", "22007", "22008", "22021", "22P05", "54000":
		return fault.New(fault.Invalid, "fault.unkeepable").WithCause(err)
	case "23001", "23503", "23505", "23P01":
		return fault.New(fault.Conflict, "fault.clash").WithCause(err)
	}
	if strange(pg) {
		return fault.New(fault.Unavailable, "fault.unavailable").WithWait(later).WithCause(err)
	}
	if stalePlan(pg) {
		return fault.New(fault.Unavailable, "fault.unavailable").WithWait(soon).WithCause(err)
	}
	switch pg.Code[:min(2, len(pg.Code))] {
	case "08", "28", "3D", "53", "57", "58", "F0", "XX": // connection, authorisation, no such database, resources, operator, system, its files, damage
		return fault.New(fault.Unavailable, "fault.unavailable").WithWait(later).WithCause(err)
	}
	return err
}

// Lost reports whether an error tells of a database that was not there, or did not answer
// in time: it passes by itself.
func Lost(err error) bool { return err != nil && fault.KindOf(Fault(err)) == fault.Unavailable }

// lostWords are what such an error says when nothing of it is left but its text.
var lostWords = []string{
	"failed to connect", "connection refused", "connection reset", "broken pipe", "unexpected EOF", "i/o timeout", "deadline exceeded",
	"conn closed", "closed pool", "SQLSTATE 08", "SQLSTATE 53", "SQLSTATE 57", "SQLSTATE 58", "SQLSTATE F0", "SQLSTATE XX", "SQLSTATE 25006", errClosed.Error(),
}

// LostText is Lost of the text of an error, as libraries hand it on.
func LostText(text string) bool {
	return text == io.EOF.Error() || slices.ContainsFunc(lostWords, func(w string) bool { return strings.Contains(text, w) })
}

// unreachable reports that the connection broke, or that none came to be.
func unreachable(err error) bool {
	var network net.Error
	switch {
	case errors.As(err, &network),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.ECONNREFUSED),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, errClosed), strings.HasSuffix(err.Error(), "closed pool"):
		return true
	}
	// The rest of what pgx says never reached the server; "busy" is a defect of ours.
	return pgconn.SafeToRetry(err) && !strings.Contains(err.Error(), "conn busy")
}

// strange reports a database that is not the one this program was made for: a right of
// its role is missing (restored without them), or a table or column is (changed under
// it). A row that the wall keeps out is no such thing but a defect.
func strange(pg *pgconn.PgError) bool {
	switch pg.Code {
	case "42501":
		return pg.Routine != "ExecWithCheckOptions"
	case "42P01", "42703", "42883", "3F000":
		return true
	}
	return false
}

// stalePlan reports that a table was changed under a prepared statement: the
// connection has forgotten it by now, and the next try prepares it anew.
func stalePlan(pg *pgconn.PgError) bool {
	return pg.Code == "0A000" && pg.Routine == "RevalidateCachedQuery"
}

// again reports whether a unit that failed is worth running again as a whole.
func again(err error) bool {
	if fault.From(err).Kind != fault.Internal {
		return false
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (IsSerialization(err) || stalePlan(pg))
}

// told makes a fault of what a unit or a read failed with, and writes what should
// have been refused earlier into the log: the program let it through.
func (d *DB) told(err error) error {
	f := Fault(err)
	var pg *pgconn.PgError
	if err == nil || fault.From(err).Kind != fault.Internal || !errors.As(err, &pg) {
		return f
	}
	switch fault.KindOf(f) {
	case fault.Invalid, fault.Conflict:
		d.log.Error("defect: the database had to refuse what the program let through",
			"code", pg.Code, "table", pg.TableName, "column", pg.ColumnName, "constraint", pg.ConstraintName)
	case fault.Unavailable:
		if strange(pg) {
			d.log.Error("the database is not this program's: a right, a table or a column is missing", "code", pg.Code, "why", pg.Message)
		}
		d.ail(pg)
	default:
	}
	return f
}

type onlyOnce struct{}

// OnlyOnce returns a context whose units are never run again by themselves: for
// work that reads a file on its way, or keeps books that a second run would spoil.
func OnlyOnce(ctx context.Context) context.Context { return context.WithValue(ctx, onlyOnce{}, true) }

type patience struct{}

// Patient returns a context whose units wait so long for a lock that somebody else
// holds: for work in the background, which nobody sits before.
func Patient(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, patience{}, d)
}

// lockWait is how long a unit in ctx waits for a lock.
func (d *DB) lockWait(ctx context.Context) time.Duration {
	if p, ok := ctx.Value(patience{}).(time.Duration); ok {
		return p
	}
	if d.cfg.LockTimeout > 0 {
		return d.cfg.LockTimeout
	}
	return defaultLockWait
}

// pause waits a little before a unit is run again, longer each time and never as
// long as its rival; false when there is no time left.
func pause(ctx context.Context, try int) bool {
	most := int64(try) * int64(40*time.Millisecond)
	select {
	case <-time.After(10*time.Millisecond + time.Duration(rand.Int64N(most))): //nolint:gosec // no secret
		return true
	case <-ctx.Done():
		return false
	}
}

// ailing is when the database last said that it cannot keep what it is given.
type ailing struct {
	at   time.Time
	code string
}

// ail remembers that the database takes no writes.
func (d *DB) ail(pg *pgconn.PgError) {
	switch pg.Code {
	case "53100", "53200", "25006", "58030":
		d.sick.Store(&ailing{time.Now(), pg.Code}) //nolint:forbidigo // an age, not a date
	}
}

// Ailing returns the code with which the database refused to keep something within
// the last while, or "": it may answer every question and still be of no use.
func (d *DB) Ailing(within time.Duration) string {
	if a := d.sick.Load(); a != nil && time.Since(a.at) < within {
		return a.code
	}
	return ""
}
