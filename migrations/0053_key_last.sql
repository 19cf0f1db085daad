-- +goose Up

-- key_last makes the primary key of a table anew, with the foreign keys that point
-- to it, so that it is the newest of its indexes.
--
-- A foreign key's check is planned when a session first needs it, often on an empty
-- table that the database has not looked at yet. Every index that holds the key's
-- columns, at whatever place, then seems as good as the key, the newest wins, and
-- the plan stays: an import would walk a whole ministry for every row.
-- +goose StatementBegin
CREATE FUNCTION key_last(target regclass) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  fk record;
  holder text;
  holders text[] := ARRAY[target::text];
  keys text[] := '{}';
  key text;
  primary_key record;
BEGIN
  SELECT conname, pg_get_constraintdef(oid) AS definition INTO STRICT primary_key
    FROM pg_constraint WHERE conrelid = target AND contype = 'p';
  FOR fk IN SELECT conrelid::regclass::text AS holder, conname, pg_get_constraintdef(oid) AS definition
            FROM pg_constraint WHERE confrelid = target AND contype = 'f' ORDER BY 1, 2 LOOP
    holders := holders || fk.holder;
    keys := keys || format('ALTER TABLE %s ADD CONSTRAINT %I %s', fk.holder, fk.conname, fk.definition);
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', fk.holder, fk.conname);
  END LOOP;
  -- Adding a key proves it over every ministry's rows: the wall is not in the
  -- owner's way until this transaction ends.
  FOREACH holder IN ARRAY holders LOOP
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', holder);
  END LOOP;
  EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', target, primary_key.conname);
  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', target, primary_key.conname, primary_key.definition);
  FOREACH key IN ARRAY keys LOOP
    EXECUTE key;
  END LOOP;
  FOREACH holder IN ARRAY holders LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', holder);
  END LOOP;
END
$$;
-- +goose StatementEnd

SELECT key_last('unit');
SELECT key_last('account');
SELECT key_last('audit_entry');
SELECT key_last('import_run');
