package transfer

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
)

// Sweep deletes the files of imports that were brought before a moment: what was
// entered needs them no longer, and what nobody went on with is given up. It
// returns how many files went; a daily job calls it.
func (t *Service) Sweep(ctx context.Context, before time.Time) (int, error) {
	var gone []string
	err := t.db.Tenant(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.PGX().Query(ctx, `SELECT uid, file FROM import_run
			WHERE tenant_id = $1 AND created_at < $2 AND file <> '' AND state IN ('matching', 'checked', 'applied', 'undone', 'cancelled')
			ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED`, tx.Tenant(), before)
		if err != nil {
			return err
		}
		gone = nil
		var uids []string
		var uid, file string
		if _, err := pgx.ForEachRow(rows, []any{&uid, &file}, func() error {
			uids, gone = append(uids, uid), append(gone, file)
			return nil
		}); err != nil {
			return err
		}
		_, err = tx.PGX().Exec(ctx, `UPDATE import_run SET file = '', version = version + 1,
			state = CASE WHEN state IN ('matching', 'checked') THEN 'cancelled' ELSE state END
			WHERE tenant_id = $1 AND uid = ANY($2)`, tx.Tenant(), uids)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, name := range gone {
		if err := t.files.Delete(ctx, name); err != nil && fault.KindOf(err) != fault.NotFound {
			return len(gone), err
		}
	}
	return len(gone), nil
}
