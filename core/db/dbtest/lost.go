package dbtest

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"mektep/core/db"
)

// bookkeeping are the tables that asking alone may write to: who asked, how often, with
// which key, what was typed and refused.
const bookkeeping = `'{public.write_key,platform.write_key,public.kept_form,public.sign_in_throttle,platform.operator_throttle,public.audit_entry,public.change_value,public.written}'::text[]`

// Forgetful makes a test's database keep what a unit of work found out even after its
// answer was kept, so that Lose can lose the answer; and remember what is written, for
// Written.
func Forgetful(t testing.TB, d *db.DB) {
	t.Helper()
	owner := Super(t, d)
	_, err := owner.Exec(t.Context(), `CREATE FUNCTION public.keep_lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.lost := OLD.result; RETURN NEW; END $$;
		ALTER TABLE write_key ADD COLUMN lost bytea;
		CREATE TRIGGER keep_lost BEFORE UPDATE OF status ON write_key FOR EACH ROW EXECUTE FUNCTION public.keep_lost();
		ALTER TABLE platform.write_key ADD COLUMN lost bytea;
		CREATE TRIGGER keep_lost BEFORE UPDATE OF status ON platform.write_key FOR EACH ROW EXECUTE FUNCTION public.keep_lost();
		CREATE TABLE public.written (what text NOT NULL PRIMARY KEY);
		CREATE FUNCTION public.note_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
			-- When something was last used is no write of whoever asks.
			IF TG_OP <> 'UPDATE' OR to_jsonb(NEW) - '{seen_at,expires_at}'::text[] IS DISTINCT FROM to_jsonb(OLD) - '{seen_at,expires_at}'::text[] THEN
				INSERT INTO public.written VALUES (TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME) ON CONFLICT DO NOTHING;
			END IF;
			RETURN NULL;
		END $$;
		DO $$ DECLARE r regclass; BEGIN
			FOR r IN SELECT c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
				WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname IN ('public', 'platform') AND n.nspname || '.' || c.relname <> ALL (`+bookkeeping+`)
			LOOP
				EXECUTE format('CREATE TRIGGER note_written AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION public.note_written()', r);
			END LOOP;
		END $$`)
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Written names the tables that were written to since it was asked last, but for what is
// kept of every request. The database is Forgetful.
func Written(t testing.TB, d *db.DB) []string {
	t.Helper()
	owner := Super(t, d)
	rows, err := owner.Query(t.Context(), "DELETE FROM public.written RETURNING what")
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tables
}

// Took reports whether a unit of work took a write key.
func Took(t testing.TB, d *db.DB, key string) (is bool) {
	t.Helper()
	owner := Super(t, d)
	if err := owner.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM write_key WHERE key = $1) OR EXISTS (SELECT FROM platform.write_key WHERE key = $1)", key).Scan(&is); err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return is
}

// Lose loses the answer that was kept for a write key, as when the server fell between
// doing and answering. It reports whether one had been kept. The database is Forgetful.
func Lose(t testing.TB, d *db.DB, key string) bool {
	t.Helper()
	owner := Super(t, d)
	lost := false
	for _, table := range []string{"write_key", "platform.write_key"} {
		tag, err := owner.Exec(t.Context(), "UPDATE "+table+" SET result = lost, status = NULL, location = NULL, body = NULL WHERE key = $1 AND lost IS NOT NULL", key)
		if err != nil {
			t.Fatal(err)
		}
		lost = lost || tag.RowsAffected() > 0
	}
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return lost
}
