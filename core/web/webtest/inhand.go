package webtest

import (
	"context"

	"mektep/core/db"
	"mektep/core/db/dbtest"
)

// inHand is a rule that only tests have, and every one of them: whoever writes an appointment has
// its account's row in hand since before they looked at what the person holds. What is looked at and
// then done without it, two at once do both.
const inHand = `
CREATE FUNCTION account_in_hand() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  mine   bigint := pg_current_xact_id()::text::bigint % 4294967296; -- what runs within a savepoint has a later one
  made   bigint;
  locked xid;
BEGIN
  SELECT xmin::text::bigint, xmax INTO made, locked FROM account WHERE tenant_id = NEW.tenant_id AND id = NEW.account_id;
  IF made >= mine OR locked::text::bigint >= mine OR current_setting('tests.by_hand', true) = 'on' THEN
    RETURN NEW;
  END IF;
  BEGIN -- several have it in some way: one of them is this
    IF EXISTS (SELECT FROM pg_get_multixact_members(locked) WHERE xid::text::bigint >= mine AND mode <> 'keysh') THEN
      RETURN NEW;
    END IF;
  EXCEPTION WHEN OTHERS THEN NULL;
  END;
  RAISE EXCEPTION 'an appointment is written, and nobody holds its account''s row';
END $$;
CREATE TRIGGER account_in_hand BEFORE INSERT OR UPDATE ON appointment FOR EACH ROW EXECUTE FUNCTION account_in_hand()`

// ByHand lets the rest of a unit of work write what the program does not: tests make a past with it.
func ByHand(ctx context.Context, tx *db.Tx) error {
	_, err := tx.PGX().Exec(ctx, "SET LOCAL tests.by_hand = 'on'")
	return err
}

// guard has a world keep it.
func (w *World) guard() {
	w.T.Helper()
	if _, err := dbtest.Super(w.T, w.DB).Exec(context.Background(), inHand); err != nil {
		w.T.Fatal(err)
	}
}
