package db_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// outside lists every table that stands outside the wall, and why it may. None
// holds anything about a person in a ministry.
var outside = map[string]string{
	"platform.goose_db_version":       "which migrations have run",
	"platform.tenant":                 "directory of ministries",
	"platform.tenant_host":            "which host is whose",
	"platform.tenant_size":            "sums that operators may see",
	"platform.job_worker":             "which processes work",
	"platform.operator":               "the platform's own operators",
	"platform.operator_key":           "their second factors and one-time links",
	"platform.operator_recovery_code": "their recovery codes",
	"platform.operator_hand":          "in which operators' hands their keys have been",
	"platform.operator_device":        "their known devices",
	"platform.operator_throttle":      "their failed sign-ins",
	"platform.operator_session":       "their sessions",
	"platform.write_key":              "the keys of what they sent",
	"platform.mail_outbox":            "letters to them",
	"platform.operator_act":           "what they did",
	"platform.operator_block":         "the seal on what they did",
	"platform.operator_act_link":      "which act is sealed where",
	"river.river_client":              "the queue's bookkeeping: arguments are {tenant, run id} only",
	"river.river_client_queue":        "as above",
	"river.river_job":                 "as above",
	"river.river_leader":              "as above",
	"river.river_migration":           "as above",
	"river.river_notification":        "as above",
	"river.river_queue":               "as above",
}

// plain is the policy as PostgreSQL prints it.
const plain = `(tenant_id = (current_setting('mektep.tenant'::text))::integer)`

// findings walks the catalogue and reports every hole in the wall.
func findings(t *testing.T, conn *pgx.Conn) []string {
	t.Helper()
	var found []string
	// Each query returns one sentence a row.
	for _, q := range []string{
		// Tables of ours: every schema but the system's.
		`SELECT format('table %s.%s stands outside the wall and outside the list', n.nspname, c.relname)
		   FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		  WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname NOT IN ('public', 'pg_catalog', 'information_schema', 'pg_toast')
		    AND NOT format('%s.%s', n.nspname, c.relname) = ANY ($1)`,
		`SELECT format('%s is a foreign table', c.oid::regclass) FROM pg_class c WHERE c.relkind = 'f'`,
		`SELECT format('%s: row-level security is %s', c.oid::regclass, CASE WHEN c.relrowsecurity THEN 'not forced' ELSE 'off' END)
		   FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
		    AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
		`SELECT format('%s has no tenant_id int NOT NULL', c.oid::regclass)
		   FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
		    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND a.attnotnull AND a.atttypid = 'int4'::regtype)`,
		`SELECT format('%s: the primary key does not begin with tenant_id', c.oid::regclass)
		   FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
		    AND NOT EXISTS (SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		                    WHERE i.indrelid = c.oid AND i.indisprimary AND a.attname = 'tenant_id')`,
		`SELECT format('%s: unique index %s does not begin with tenant_id', c.oid::regclass, i.indexrelid::regclass)
		   FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace AND i.indisunique
		    AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey) AND a.attname = 'tenant_id')`,
		`SELECT format('%s: policies are not the one plain wall', c.oid::regclass)
		   FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
		    AND (SELECT array_agg(format('%s|%s|%s|%s|%s', p.polcmd, p.polpermissive, p.polroles, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)))
		         FROM pg_policy p WHERE p.polrelid = c.oid) IS DISTINCT FROM ARRAY['*|t|{0}|` + strings.ReplaceAll(plain, "'", "''") + `|` + strings.ReplaceAll(plain, "'", "''") + `']`,
		`SELECT format('%s is a materialized view', c.oid::regclass) FROM pg_class c
		  WHERE c.relkind = 'm' AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`,
		`SELECT format('view %s is not security_invoker', c.oid::regclass) FROM pg_class c
		  WHERE c.relkind = 'v' AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
		    AND NOT coalesce(c.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)`,
		`SELECT format('function %s runs with its owner''s rights', p.oid::regprocedure) FROM pg_proc p
		  WHERE p.prosecdef AND p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`,
		// Foreign keys are checked past row-level security: only with the
		// ministry in them can they not point across.
		`SELECT format('%s: foreign key %s can point across the wall', k.conrelid::regclass, k.conname)
		   FROM pg_constraint k
		  WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
		    AND NOT EXISTS (
		      SELECT FROM unnest(k.conkey, k.confkey) AS pair (here, there)
		        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = pair.here AND a.attname = 'tenant_id'
		        JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = pair.there
		       WHERE b.attname = 'tenant_id' OR k.confrelid = 'platform.tenant'::regclass AND b.attname = 'id')`,
		`SELECT format('%s: foreign key %s leaves the wall', k.conrelid::regclass, k.conname)
		   FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
		  WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace
		    AND f.relnamespace <> 'public'::regnamespace AND f.oid <> 'platform.tenant'::regclass`,
		`SELECT format('%s: foreign key %s enters the wall from outside', k.conrelid::regclass, k.conname)
		   FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
		  WHERE k.contype = 'f' AND k.connamespace <> 'public'::regnamespace AND f.relnamespace = 'public'::regnamespace`,
		// The service's role.
		`SELECT format('mektep_service owns %s', c.oid::regclass) FROM pg_class c WHERE c.relowner = 'mektep_service'::regrole`,
		`SELECT format('mektep_service owns %s', p.oid::regprocedure) FROM pg_proc p WHERE p.proowner = 'mektep_service'::regrole`,
		`SELECT format('%s can do more than it may', r.rolname) FROM pg_roles r WHERE (r.rolname IN ('mektep_service', 'mektep_owner') AND (r.rolsuper OR r.rolbypassrls OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication)
		         OR r.rolname = 'mektep_dump' AND (r.rolsuper OR r.rolcreatedb OR r.rolcreaterole OR r.rolreplication))`,
		`SELECT format('mektep_service is a member of %s', m.roleid::regrole) FROM pg_auth_members m WHERE m.member = 'mektep_service'::regrole`,
		`SELECT format('mektep_service may create in the schema %s', n.nspname) FROM pg_namespace n
		  WHERE has_schema_privilege('mektep_service', n.oid, 'CREATE')`,
		`SELECT format('mektep_service may %s in the database', p) FROM unnest(ARRAY['CREATE', 'TEMPORARY']) p
		  WHERE has_database_privilege('mektep_service', current_database(), p)`,
		`SELECT format('mektep_service may %s on %s', p, c.oid::regclass) FROM pg_class c, unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) p
		  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND has_table_privilege('mektep_service', c.oid, p)`,
		`SELECT format('mektep_service may set %s', c.oid::regclass) FROM pg_class c
		  WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege('mektep_service', c.oid, 'UPDATE, SELECT') END`,
	} {
		var args []any
		if strings.Contains(q, "$1") {
			args = append(args, slices.Collect(maps.Keys(outside)))
		}
		rows, err := conn.Query(context.Background(), q, args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%v in %s", err, q)
		}
		found = append(found, lines...)
	}
	return found
}

func TestTheWallHasNoHole(t *testing.T) {
	t.Parallel()
	conn := dbtest.Super(t, dbtest.New(t))
	for _, f := range findings(t, conn) {
		t.Error(f)
	}
}

// The walk itself must find each kind of hole.
func TestTheWalkFindsEveryHole(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	conn := dbtest.Super(t, d)
	if _, err := conn.Exec(context.Background(), `
		CREATE TABLE good (tenant_id int NOT NULL, id bigint, PRIMARY KEY (tenant_id, id));
		SELECT wall_table('good')`); err != nil {
		t.Fatal(err)
	}
	table := "CREATE TABLE hole (tenant_id int NOT NULL, id bigint, good_id bigint, PRIMARY KEY (tenant_id, id)); "
	walled := table + "SELECT wall_table('hole'); "
	for _, c := range []struct{ sql, finding string }{
		{table, "hole: row-level security is off"},
		{walled + "ALTER TABLE hole NO FORCE ROW LEVEL SECURITY", "hole: row-level security is not forced"},
		{walled + "ALTER TABLE hole DISABLE ROW LEVEL SECURITY", "hole: row-level security is off"},
		{walled + "DROP POLICY wall ON hole", "hole: policies are not the one plain wall"},
		{walled + "CREATE POLICY more ON hole USING (true)", "hole: policies are not the one plain wall"},
		{table + "ALTER TABLE hole ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY wall ON hole USING (tenant_id = (select current_setting('mektep.tenant'))::int)", "hole: policies are not the one plain wall"},
		{table + "ALTER TABLE hole ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; CREATE POLICY wall ON hole FOR SELECT USING (tenant_id = current_setting('mektep.tenant')::int)", "hole: policies are not the one plain wall"},
		{"CREATE TABLE hole (id bigint PRIMARY KEY)", "hole has no tenant_id int NOT NULL"},
		{"CREATE TABLE hole (tenant_id int NOT NULL, id bigint PRIMARY KEY)", "hole: the primary key does not begin with tenant_id"},
		{walled + "CREATE UNIQUE INDEX hole_all ON hole (good_id)", "hole: unique index hole_all does not begin with tenant_id"},
		{"CREATE TABLE platform.hole (id int)", "table platform.hole stands outside the wall and outside the list"},
		{"CREATE SCHEMA hole; CREATE TABLE hole.hole (id int)", "table hole.hole stands outside the wall and outside the list"},
		{"CREATE TABLE hole (tenant_id int NOT NULL, id bigint, PRIMARY KEY (tenant_id, id)) PARTITION BY LIST (tenant_id); SELECT wall_table('hole'); CREATE TABLE hole_1 PARTITION OF hole FOR VALUES IN (1)", "hole_1: row-level security is off"},
		{"CREATE VIEW hole AS SELECT * FROM good", "view hole is not security_invoker"},
		{"CREATE MATERIALIZED VIEW hole AS SELECT * FROM good", "hole is a materialized view"},
		{"CREATE FUNCTION hole() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM good'", "function hole() runs with its owner's rights"},
		{"CREATE UNIQUE INDEX good_all ON good (id); " + walled + "ALTER TABLE hole ADD CONSTRAINT across FOREIGN KEY (good_id) REFERENCES good (id)", "hole: foreign key across can point across the wall"},
		{walled + "ALTER TABLE hole ADD CONSTRAINT away FOREIGN KEY (tenant_id) REFERENCES platform.tenant_size (tenant_id)", "hole: foreign key away leaves the wall"},
		{"CREATE UNIQUE INDEX good_all ON good (id); CREATE TABLE platform.hole (id bigint CONSTRAINT inwards REFERENCES good (id))", "platform.hole: foreign key inwards enters the wall from outside"},
		{walled + "ALTER TABLE hole OWNER TO mektep_service", "mektep_service owns hole"},
		{walled + "GRANT TRUNCATE ON hole TO mektep_service", "mektep_service may TRUNCATE on hole"},
		{"GRANT CREATE ON SCHEMA public TO mektep_service", "mektep_service may create in the schema public"},
		{"DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO mektep_service', current_database()); END $$", "mektep_service may TEMPORARY in the database"},
		{"CREATE SEQUENCE hole; GRANT UPDATE ON SEQUENCE hole TO mektep_service", "mektep_service may set hole"},
	} {
		ctx := context.Background()
		if _, err := conn.Exec(ctx, "BEGIN; "+c.sql); err != nil {
			t.Errorf("%s: %v", c.sql, err)
		} else if found := findings(t, conn); !slices.Contains(found, c.finding) {
			t.Errorf("%s\n  want %q\n  have %q", c.sql, c.finding, found)
		}
		if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWallTableRefusesWhatCannotBeWalled(t *testing.T) {
	t.Parallel()
	conn := dbtest.Owner(t, dbtest.New(t))
	for name, sql := range map[string]string{
		"is no table": "SELECT wall_table('nothing')",
		"tenant_id":   "CREATE TABLE a (id bigint PRIMARY KEY); SELECT wall_table('a')",
		"primary key": "CREATE TABLE a (tenant_id int NOT NULL, id bigint PRIMARY KEY); SELECT wall_table('a')",
	} {
		if _, err := conn.Exec(context.Background(), sql); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// What the service's role could do to take the wall down.
func TestTheServiceCannotTakeTheWallDown(t *testing.T) {
	t.Parallel()
	d := withProbe(t, db.Config{})
	dbtest.Tenant(t, d, "one", "xx")
	conn := dbtest.Connect(t, d, "mektep_service")
	for _, sql := range []string{
		"ALTER TABLE probe DISABLE ROW LEVEL SECURITY",
		"ALTER TABLE probe NO FORCE ROW LEVEL SECURITY",
		"DROP POLICY wall ON probe",
		"CREATE POLICY more ON probe USING (true)",
		"ALTER TABLE probe OWNER TO mektep_service",
		"TRUNCATE probe",
		"DROP TABLE probe",
		"CREATE TABLE mine (id int)",
		"CREATE TEMPORARY TABLE mine (id int)",
		"CREATE VIEW mine AS SELECT 1",
		"CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
		"CREATE SCHEMA mine",
		"SET ROLE mektep_owner",
		"SET ROLE mektep_dump",
		"SET SESSION AUTHORIZATION mektep_owner",
		"SET session_replication_role = replica",
		"SELECT wall_table('probe')",
		"COPY probe TO PROGRAM 'cat'",
		"SET row_security = off; SELECT * FROM probe",
		"SELECT * FROM probe", // no ministry was named
		"UPDATE platform.goose_db_version SET version_id = 0",
	} {
		if _, err := conn.Exec(context.Background(), sql); err == nil {
			t.Errorf("may %s", sql)
		}
	}
}

// The owner is bound by the wall too, so that a data migration cannot mix
// ministries by mistake; backups read all of it and write nothing.
func TestTheOwnerIsBoundAndBackupsReadAll(t *testing.T) {
	t.Parallel()
	d := withProbe(t, db.Config{})
	for _, slug := range []string{"one", "two"} {
		if err := d.Tenant(dbtest.Tenant(t, d, slug, "xx"), func(_ context.Context, tx *db.Tx) error { return insert(tx, slug) }); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	var n int
	owner := dbtest.Owner(t, d)
	if err := owner.QueryRow(ctx, "SELECT count(*) FROM probe").Scan(&n); err == nil {
		t.Errorf("the owner sees %d rows without naming a ministry", n)
	}
	dump := dbtest.Connect(t, d, "mektep_dump")
	if err := dump.QueryRow(ctx, "SELECT count(*) FROM probe").Scan(&n); err != nil || n != 2 {
		t.Errorf("a backup sees %d rows: %v", n, err)
	}
	for _, sql := range []string{"DELETE FROM probe", "SET default_transaction_read_only = off; DELETE FROM probe", "CREATE TABLE mine (id int)"} {
		if _, err := dump.Exec(ctx, sql); err == nil {
			t.Errorf("a backup may %s", sql)
		}
	}
}
