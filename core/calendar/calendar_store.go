package calendar

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

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
}

// TableName tells gorm the table.
func (extensionRow) TableName() string { return "window_extension" }

func (r extensionRow) extension() Extension {
	return Extension{
		UID: r.UID, Year: r.Year, Window: r.WindowID, Types: r.Types, Until: r.Until, Reason: r.Reason,
		Order:   audit.Order{Number: r.OrderNumber, Date: r.OrderDate},
		GivenBy: r.GivenBy, GivenAs: r.GivenAs, GivenAt: r.GivenAt, Cancelled: r.CancelledAt,
	}
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

func cancel(_ context.Context, tx *db.Tx, uid string, at time.Time) error {
	return tx.Gorm().Model(&extensionRow{}).Where("tenant_id = ? AND uid = ?", tx.Tenant(), uid).Update("cancelled_at", at).Error
}

// list returns the extensions of the last two years; older windows no longer matter.
func list(_ context.Context, tx *db.Tx) ([]Extension, error) {
	var rows []extensionRow
	err := tx.Gorm().Where("tenant_id = ?", tx.Tenant()).Order("until DESC, id DESC").Limit(500).Find(&rows).Error
	out := make([]Extension, len(rows))
	for i, r := range rows {
		out[i] = r.extension()
	}
	return out, err
}
