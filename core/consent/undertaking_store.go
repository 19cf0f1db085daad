package consent

import (
	"context"
	"strconv"
	"time"

	"mektep/core/db"
)

type row struct {
	TenantID    int32 `gorm:"primaryKey"`
	ID          int64 `gorm:"primaryKey;autoIncrement"`
	UID         string
	AccountID   int64
	Undertaking string
	Language    string
	Wording     string
	SignedName  string
	Position    string
	SignedAt    time.Time
}

// TableName tells gorm the table.
func (row) TableName() string { return "undertaking" }

func key(account int64) string { return strconv.FormatInt(account, 10) }

func insert(tx *db.Tx, account int64, u Undertaking) error {
	return tx.Gorm().Omit("ID").Create(&row{
		TenantID: tx.Tenant(), UID: u.UID, AccountID: account, Undertaking: u.ID, Language: u.Language,
		Wording: u.Wording, SignedName: u.Name, Position: u.Position, SignedAt: u.SignedAt,
	}).Error
}

func list(ctx context.Context, d *db.DB, account int64) ([]Undertaking, error) {
	var out []Undertaking
	err := d.Tenant(ctx, func(_ context.Context, tx *db.Tx) error {
		var rows []row
		err := tx.Gorm().Where("tenant_id = ? AND account_id = ?", tx.Tenant(), account).Order("signed_at DESC, id DESC").Find(&rows).Error
		out = make([]Undertaking, 0, len(rows))
		for _, r := range rows {
			out = append(out, Undertaking{
				UID: r.UID, ID: r.Undertaking, Language: r.Language, Wording: r.Wording,
				Name: r.SignedName, Position: r.Position, SignedAt: r.SignedAt,
			})
		}
		return err
	})
	return out, err
}

// last returns when an account last signed each wording.
func last(ctx context.Context, d *db.DB, account int64) ([]signature, error) {
	var signed []signature
	err := d.Tenant(ctx, func(_ context.Context, tx *db.Tx) error {
		var rows []row
		err := tx.Gorm().Select("undertaking", "language", "wording", "max(signed_at) AS signed_at").
			Where("tenant_id = ? AND account_id = ?", tx.Tenant(), account).Group("undertaking, language, wording").Find(&rows).Error
		signed = make([]signature, 0, len(rows))
		for _, r := range rows {
			signed = append(signed, signature{r.Undertaking, r.Language, Digest(r.Wording), r.SignedAt})
		}
		return err
	})
	return signed, err
}
