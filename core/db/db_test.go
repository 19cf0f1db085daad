package db_test

import (
	"context"
	"testing"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestAUnitSeesItsMinistryOnly(t *testing.T) {
	d := dbtest.New(t)
	ctx := dbtest.Tenant(t, d, "one", "xx")
	err := d.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		var got string
		if err := tx.Gorm().Raw("select current_setting('mektep.tenant')").Scan(&got).Error; err != nil {
			return err
		}
		if got != "1" {
			t.Errorf("setting is %q", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
