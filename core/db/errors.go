package db

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// NoRows reports that a query for one row found none, whichever library asked.
func NoRows(err error) bool {
	return errors.Is(err, pgx.ErrNoRows) || errors.Is(err, sql.ErrNoRows) || errors.Is(err, gorm.ErrRecordNotFound)
}

// IsUnique reports a violated unique constraint or index: the named one, or any
// when constraint is empty.
func IsUnique(err error, constraint string) bool { return violates(err, "23505", constraint) }

// IsExclusion reports a violated exclusion constraint (overlapping periods): the
// named one, or any when constraint is empty.
func IsExclusion(err error, constraint string) bool { return violates(err, "23P01", constraint) }

// IsCheck reports a violated check constraint: the named one, or any when
// constraint is empty.
func IsCheck(err error, constraint string) bool { return violates(err, "23514", constraint) }

// IsForeignKey reports a reference to a row that is not there, or the removal of
// one that is still referred to.
func IsForeignKey(err error) bool { return violates(err, "23503", "") }

// IsSerialization reports that the unit lost against another one and may be run
// again as a whole.
func IsSerialization(err error) bool { return violates(err, "40001", "") || violates(err, "40P01", "") }

// IsTimeout reports that a statement or the wait for a lock took longer than the
// configuration allows.
func IsTimeout(err error) bool { return violates(err, "57014", "") || violates(err, "55P03", "") }

func violates(err error, code, constraint string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == code && (constraint == "" || e.ConstraintName == constraint)
}

// Discreet is the text of an error as a log may keep it: of PostgreSQL's own words,
// which quote values, only the code and the constraint.
func Discreet(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, e := range ofPostgres(err) {
		text = strings.ReplaceAll(text, e.Error(), strings.TrimSpace("database: "+e.Code+" "+e.ConstraintName))
	}
	return text
}

func ofPostgres(err error) []*pgconn.PgError {
	if e, ok := err.(*pgconn.PgError); ok { //nolint:errorlint // each of them is wanted, not the first
		return []*pgconn.PgError{e}
	}
	switch e := err.(type) { //nolint:errorlint // walks the tree itself
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return ofPostgres(inner)
		}
	case interface{ Unwrap() []error }:
		var all []*pgconn.PgError
		for _, inner := range e.Unwrap() {
			all = append(all, ofPostgres(inner)...)
		}
		return all
	}
	return nil
}
