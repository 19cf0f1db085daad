package calendar

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/profile"
)

// Edition is a school year as two people put it in force.
type Edition struct {
	UID      string
	Year     string // id
	Version  int
	Document profile.Document
	Order    audit.Order
	AskedBy  string // public ids of the accounts
	AgreedBy string
	At       time.Time
	Told     int
	ToldAll  *time.Time
}

// inForce reads the latest version of every school year of the ministry.
func inForce(ctx context.Context, tx *db.Tx) (*own, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT DISTINCT ON (year) document FROM school_year WHERE tenant_id = $1 ORDER BY year, version DESC`, tx.Tenant())
	if err != nil {
		return nil, err
	}
	years, err := pgx.CollectRows(rows, pgx.RowTo[profile.Document])
	if err != nil || len(years) == 0 {
		return &own{}, err
	}
	all := make([]any, len(years))
	for i, y := range years {
		all[i] = y
	}
	return &own{years: years, digest: profile.Document{"years": all}.Digest()}, nil
}

// lockYears has one decision about the ministry's school years follow another: each is
// judged against its neighbours too.
func lockYears(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, fmt.Sprintf("school years %d", tx.Tenant()))
	return err
}

// publish adds the next version of a school year.
func publish(ctx context.Context, tx *db.Tx, y Edition) error {
	document, err := json.Marshal(y.Document)
	if err != nil {
		return fmt.Errorf("calendar: the school year %s has no written form: %w", y.Year, err)
	}
	_, err = tx.PGX().Exec(ctx, `INSERT INTO school_year (tenant_id, year, version, uid, document, order_number, order_date, asked_by, agreed_by, published_at)
		SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8, $9 FROM school_year WHERE tenant_id = $1 AND year = $2`,
		tx.Tenant(), y.Year, y.UID, document, y.Order.Number, y.Order.Date, y.AskedBy, y.AgreedBy, y.At)
	return err
}

const publishedColumns = `uid, year, version, document, order_number, order_date, asked_by, agreed_by, published_at, told_to, told_all`

func scanPublished(row pgx.CollectableRow) (y Edition, err error) {
	return y, row.Scan(&y.UID, &y.Year, &y.Version, &y.Document, &y.Order.Number, &y.Order.Date, &y.AskedBy, &y.AgreedBy, &y.At, &y.Told, &y.ToldAll)
}

// versions reads every version of a school year that the ministry has published, the
// latest first.
func versions(ctx context.Context, tx *db.Tx, year string) ([]Edition, error) {
	rows, err := tx.PGX().Query(ctx, `SELECT `+publishedColumns+` FROM school_year WHERE tenant_id = $1 AND year = $2 ORDER BY version DESC LIMIT 50`, tx.Tenant(), year)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanPublished)
}

// lockToldYear reads a published year and how far it has been announced, while nobody
// else goes on.
func lockToldYear(ctx context.Context, tx *db.Tx, uid string) (Edition, told, error) {
	var t told
	rows, err := tx.PGX().Query(ctx, `SELECT `+publishedColumns+` FROM school_year WHERE tenant_id = $1 AND uid = $2 FOR UPDATE`, tx.Tenant(), uid)
	if err != nil {
		return Edition{}, t, err
	}
	y, err := pgx.CollectExactlyOneRow(rows, scanPublished)
	if db.NoRows(err) {
		return y, t, fault.New(fault.NotFound, "year.unknown")
	}
	if err != nil {
		return y, t, err
	}
	err = tx.PGX().QueryRow(ctx, `SELECT told_after FROM school_year WHERE tenant_id = $1 AND uid = $2`, tx.Tenant(), uid).Scan(&t.after)
	t.to, t.all = y.Told, y.ToldAll
	return y, t, err
}

func setToldYear(ctx context.Context, tx *db.Tx, uid string, t told) error {
	_, err := tx.PGX().Exec(ctx, `UPDATE school_year SET told_after = $3, told_to = $4, told_all = $5 WHERE tenant_id = $1 AND uid = $2`, tx.Tenant(), uid, t.after, t.to, t.all)
	return err
}
