package transfer

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/fault"
	"mektep/core/gate"
)

const columns = `u.id, u.uid, coalesce(u.account_id, 0), u.account_uid, u.unit_path, u.state, u.file, u.file_name, u.format, u.size,
	u.columns, u.options, u.counts, u.look, u.unplaced, coalesce(u.job_uid, ''), u.created_at, u.applied_at, u.undone_at, u.version, u.register`

func scanImport(r pgx.Row) (*Import, error) {
	i := &Import{}
	var applied, undone *time.Time
	err := r.Scan(&i.id, &i.UID, &i.Account, &i.AccountUID, &i.UnitPath, &i.State, &i.file, &i.FileName, &i.Format, &i.Size,
		&i.Columns, &i.Options, &i.Counts, &i.Look, &i.Unplaced, &i.Job, &i.Created, &applied, &undone, &i.Version, &i.register)
	if db.NoRows(err) {
		return nil, fault.New(fault.NotFound, "import.not_found")
	}
	if applied != nil {
		i.Applied = *applied
	}
	if undone != nil {
		i.Undone = *undone
	}
	return i, err
}

// find reads an import of the register; lock holds it until the unit of work ends.
func (t *Service) find(ctx context.Context, tx *db.Tx, uid string, lock bool) (*Import, error) {
	sql := "SELECT " + columns + " FROM import_run u WHERE u.tenant_id = $1 AND u.uid = $2 AND u.register = $3"
	if lock {
		sql += " FOR UPDATE"
	}
	return scanImport(tx.PGX().QueryRow(ctx, sql, tx.Tenant(), uid, t.object()))
}

func insertImport(ctx context.Context, tx *db.Tx, i *Import) error {
	return tx.PGX().QueryRow(ctx, `INSERT INTO import_run (tenant_id, uid, account_id, account_uid, unit_path, state, file, file_name, format, size, columns, created_at, options, look, register)
		VALUES ($1, $2, nullif($3::bigint, 0), $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id`,
		tx.Tenant(), i.UID, i.Account, i.AccountUID, i.UnitPath, i.State, i.file, i.FileName, i.Format, i.Size, i.Columns, i.Created, i.Options, i.Look, i.register).Scan(&i.id)
}

// updateImport keeps what may change of an import and raises its version.
func updateImport(ctx context.Context, tx *db.Tx, i *Import) error {
	i.Version++
	_, err := tx.PGX().Exec(ctx, `UPDATE import_run SET state = $3, columns = $4, options = $5, counts = $6, job_uid = nullif($7, ''),
		applied_at = $8, undone_at = $9, version = $10, look = $11, unplaced = $12 WHERE tenant_id = $1 AND id = $2`,
		tx.Tenant(), i.id, i.State, i.Columns, i.Options, i.Counts, i.Job, timeOrNil(i.Applied), timeOrNil(i.Undone), i.Version, i.Look, placeWords(i.Unplaced))
	return err
}

// placeWords is a list for JSON, which has no word for none.
func placeWords(words []PlaceWord) []PlaceWord {
	if words == nil {
		return []PlaceWord{}
	}
	return words
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// listImports returns imports within a scope, newest first.
func (t *Service) listImports(ctx context.Context, scope gate.Scope, before int64, limit int) ([]*Import, error) {
	args := []any{db.TenantOf(ctx), before, t.object()}
	// An import has a unit's path and no type: what a directorate oversees is no place.
	scope.Types = nil
	bounded := scope.SQL("s", &args)
	args = append(args, limit)
	var imports []*Import
	b := &pgx.Batch{}
	b.Queue("SELECT "+columns+` FROM import_run u CROSS JOIN LATERAL (SELECT u.unit_path AS path) s
		WHERE u.tenant_id = $1 AND u.id < $2 AND u.register = $3`+bounded+" ORDER BY u.id DESC LIMIT $"+strconv.Itoa(len(args)), args...).
		Query(func(rows pgx.Rows) error {
			for rows.Next() {
				i, err := scanImport(rows)
				if err != nil {
					return err
				}
				imports = append(imports, i)
			}
			return rows.Err()
		})
	return imports, t.db.Read(ctx, b)
}

func (i *Import) cursor() string { return strconv.FormatInt(i.id, 36) }

func parseImportCursor(s string) (int64, error) {
	if s == "" {
		return 1<<63 - 1, nil
	}
	n, err := strconv.ParseInt(s, 36, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Invalid, "record.bad_cursor").WithField("after", "record.bad_cursor", nil)
	}
	return n, nil
}

func forgetFindings(ctx context.Context, tx *db.Tx, i *Import) error {
	_, err := tx.PGX().Exec(ctx, "DELETE FROM import_finding WHERE tenant_id = $1 AND import_id = $2", tx.Tenant(), i.id)
	return err
}

func keepFindings(ctx context.Context, tx *db.Tx, i *Import, findings []Finding) error {
	if err := forgetFindings(ctx, tx, i); err != nil {
		return err
	}
	texts := make([]string, len(findings))
	for n := range findings {
		raw, err := json.Marshal(findings[n])
		if err != nil {
			return err
		}
		texts[n] = string(raw)
	}
	_, err := tx.InsertMany(ctx, "import_finding", []db.Column{{Name: "tenant_id", Type: "int"}, {Name: "import_id", Type: "bigint"}, {Name: "n", Type: "int"}, {Name: "finding", Type: "jsonb"}},
		len(findings), "", func(n int, dst []any) { dst[0], dst[1], dst[2], dst[3] = tx.Tenant(), i.id, n, texts[n] })
	return err
}

// kindOfFinding says in SQL what kind a finding is of.
const kindOfFinding = `CASE WHEN finding->>'key' = 'import.row.met' THEN 'matches' WHEN finding->>'key' = '` + keyChange + `' THEN 'changes' WHEN finding->>'key' = '` + keyEnters + `' THEN 'new' WHEN finding->>'key' IN ('import.row.moved', 'import.row.entered', 'import.row.doubtful', 'import.row.vanished', 'import.row.alone') THEN 'moved' WHEN finding->>'key' LIKE 'import.row.twin%' THEN 'duplicates' WHEN (finding->>'warning')::bool THEN 'notices' ELSE 'errors' END`

// listFindings counts its way to the first one: there are keptFindings at most.
func (t *Service) listFindings(ctx context.Context, i *Import, kind Kind, from, limit int) ([]Finding, error) {
	var findings []Finding
	b := &pgx.Batch{}
	b.Queue("SELECT finding FROM import_finding WHERE tenant_id = $1 AND import_id = $2 AND CASE $3 WHEN '' THEN "+kindOfFinding+" NOT IN ('matches', 'changes', 'new') ELSE "+kindOfFinding+" = $3 END ORDER BY n OFFSET $4 LIMIT $5",
		db.TenantOf(ctx), i.id, string(kind), from, limit).
		Query(func(rows pgx.Rows) error {
			var err error
			findings, err = pgx.CollectRows(rows, pgx.RowTo[Finding])
			return err
		})
	return findings, t.db.Read(ctx, b)
}

// Kept is how many findings of a kind are kept of an import that was read.
func (t *Service) Kept(ctx context.Context, i *Import, kind Kind) (n int, err error) {
	b := &pgx.Batch{}
	b.Queue("SELECT count(*) FROM import_finding WHERE tenant_id = $1 AND import_id = $2 AND CASE $3 WHEN '' THEN "+kindOfFinding+" NOT IN ('matches', 'changes', 'new') ELSE "+kindOfFinding+" = $3 END",
		db.TenantOf(ctx), i.id, string(kind)).QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	return n, t.db.Read(ctx, b)
}

// insertMade notes records that an import made.
func insertMade(ctx context.Context, tx *db.Tx, i *Import, units []deed) error {
	ids := make([]int64, len(units))
	for k, u := range units {
		ids[k] = u.ID
	}
	_, err := tx.PGX().Exec(ctx, "INSERT INTO import_part (tenant_id, import_id, made, changed) VALUES ($1, $2, $3, $4)", tx.Tenant(), i.id, ids, units)
	return err
}

// insertChanged notes records that an import changed.
func insertChanged(ctx context.Context, tx *db.Tx, i *Import, units []deed) error {
	_, err := tx.PGX().Exec(ctx, "INSERT INTO import_part (tenant_id, import_id, changed) VALUES ($1, $2, $3)", tx.Tenant(), i.id, units)
	return err
}

// parts reads what an import did, a portion at a time, in order: the records it made, which
// are named among those it changed too, with what it left of them.
func parts(ctx context.Context, tx *db.Tx, i *Import, do func(made []int64, changed []deed) error) error {
	last := int64(0)
	for {
		var made []int64
		var units []deed
		err := tx.PGX().QueryRow(ctx, "SELECT id, made, changed FROM import_part WHERE tenant_id = $1 AND import_id = $2 AND id > $3 ORDER BY id LIMIT 1",
			tx.Tenant(), i.id, last).Scan(&last, &made, &units)
		if db.NoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := do(made, units); err != nil {
			return err
		}
	}
}
