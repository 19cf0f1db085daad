package dbtest

import (
	"testing"

	"mektep/core/db"
)

// Forgetful makes a test's database keep what a unit of work found out even after its
// answer was kept, so that Lose can lose the answer.
func Forgetful(t testing.TB, d *db.DB) {
	t.Helper()
	owner := Super(t, d)
	_, err := owner.Exec(t.Context(), `ALTER TABLE write_key ADD COLUMN lost bytea;
		CREATE FUNCTION public.keep_lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.lost := OLD.result; RETURN NEW; END $$;
		CREATE TRIGGER keep_lost BEFORE UPDATE OF status ON write_key FOR EACH ROW EXECUTE FUNCTION public.keep_lost()`)
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Lose loses the answer that was kept for a write key, as when the server fell between
// doing and answering. It reports whether one had been kept. The database is Forgetful.
func Lose(t testing.TB, d *db.DB, key string) bool {
	t.Helper()
	owner := Super(t, d)
	tag, err := owner.Exec(t.Context(), "UPDATE write_key SET result = lost, status = NULL, location = NULL, body = NULL WHERE key = $1 AND lost IS NOT NULL", key)
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tag.RowsAffected() > 0
}
