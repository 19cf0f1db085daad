package calendar

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"mektep/core/audit"
	"mektep/core/db"
	"mektep/core/fault"
)

type extensionRow struct {
	TenantID    int32 `gorm:"primaryKey"`
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	UID         string
	Year        string
	WindowID    string
	Types       textArray `gorm:"type:text[]"`
	Until       time.Time
	Reason      string
	OrderNumber string
	OrderDate   time.Time `gorm:"type:date"`
	GivenBy     string
	GivenAs     string
	GivenAt     time.Time
	CancelledAt *time.Time
	GivenAfter  int64
	GivenTo     int
	GivenAll    *time.Time
	EndedAfter  int64
	EndedTo     int
	EndedAll    *time.Time
}

// TableName tells gorm the table.
func (extensionRow) TableName() string { return "window_extension" }

func (r extensionRow) extension() Extension {
	return Extension{
		UID: r.UID, Year: r.Year, Window: r.WindowID, Types: r.Types, Until: r.Until, Reason: r.Reason,
		Order:   audit.Order{Number: r.OrderNumber, Date: r.OrderDate},
		GivenBy: r.GivenBy, GivenAs: r.GivenAs, GivenAt: r.GivenAt, Cancelled: r.CancelledAt,
		Told: r.GivenTo, ToldAll: r.GivenAll,
	}
}

// told is how far an announcement has come.
type told struct {
	after int64 // account told last
	to    int
	all   *time.Time // when the last was told
}

// lockTold reads an extension and how far it has been announced, while nobody else goes on.
func lockTold(tx *db.Tx, a Announcement) (Extension, told, error) {
	var r extensionRow
	err := tx.Gorm().Clauses(clause.Locking{Strength: "UPDATE"}).Where("tenant_id = ? AND uid = ?", tx.Tenant(), a.UID).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Extension{}, told{}, fault.New(fault.NotFound, "window.unknown")
	}
	if a.Cancelled {
		return r.extension(), told{r.EndedAfter, r.EndedTo, r.EndedAll}, err
	}
	return r.extension(), told{r.GivenAfter, r.GivenTo, r.GivenAll}, err
}

func setTold(tx *db.Tx, a Announcement, t told) error {
	set := map[string]any{"given_after": t.after, "given_to": t.to, "given_all": t.all}
	if a.Cancelled {
		set = map[string]any{"ended_after": t.after, "ended_to": t.to, "ended_all": t.all}
	}
	return tx.Gorm().Model(&extensionRow{}).Where("tenant_id = ? AND uid = ?", tx.Tenant(), a.UID).Updates(set).Error
}

func insert(_ context.Context, tx *db.Tx, e Extension) error {
	return tx.Gorm().Omit("ID").Create(&extensionRow{
		TenantID: tx.Tenant(), UID: e.UID, Year: e.Year, WindowID: e.Window, Types: e.Types, Until: e.Until, Reason: e.Reason,
		OrderNumber: e.Order.Number, OrderDate: e.Order.Date, GivenBy: e.GivenBy, GivenAs: e.GivenAs, GivenAt: e.GivenAt,
	}).Error
}

func one(_ context.Context, tx *db.Tx, uid string) (Extension, error) {
	var r extensionRow
	err := tx.Gorm().Where("tenant_id = ? AND uid = ?", tx.Tenant(), uid).Take(&r).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Extension{}, fault.New(fault.NotFound, "window.unknown")
	}
	return r.extension(), err
}

// cancel takes an extension back, once: of two who do it at the same time one is told
// that it is done (fault Conflict).
func cancel(_ context.Context, tx *db.Tx, uid string, at time.Time) error {
	done := tx.Gorm().Model(&extensionRow{}).Where("tenant_id = ? AND uid = ? AND cancelled_at IS NULL", tx.Tenant(), uid).Update("cancelled_at", at)
	if done.Error == nil && done.RowsAffected == 0 {
		return fault.New(fault.Conflict, "window.cancelled_already")
	}
	return done.Error
}

// lockExtensions has one extension of the ministry follow another: each is judged by those
// that hold.
func lockExtensions(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('window extensions', $1))`, int64(tx.Tenant()))
	return err
}

// holding returns the extensions of a window that were not taken back, as the unit sees
// them.
func holding(_ context.Context, tx *db.Tx, year, window string) ([]Extension, error) {
	var rows []extensionRow
	err := tx.Gorm().Where("tenant_id = ? AND year = ? AND window_id = ? AND cancelled_at IS NULL", tx.Tenant(), year, window).Order("id").Find(&rows).Error
	return extensionsOf(rows), err
}

func extensionsOf(rows []extensionRow) []Extension {
	out := make([]Extension, len(rows))
	for i, r := range rows {
		out[i] = r.extension()
	}
	return out
}

// list returns the extensions that hold, those that reach furthest first: what was taken
// back or lies long ago matters no more.
func list(_ context.Context, tx *db.Tx) ([]Extension, error) {
	var rows []extensionRow
	err := tx.Gorm().Where("tenant_id = ? AND cancelled_at IS NULL", tx.Tenant()).Order("until DESC, id DESC").Limit(500).Find(&rows).Error
	return extensionsOf(rows), err
}
