-- +goose Up

-- What names a row of a ministry names one of the same ministry: the database holds it.
--
-- reference_within makes such a key. Rows that were written before and name a row that is
-- not there stay as they are, with a warning, and the key binds every later one: nobody
-- can say any more whom they meant, and a start must not fail for them.
-- +goose StatementBegin
CREATE FUNCTION reference_within(holder regclass, field name, target regclass, named name, gone text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  key name := format('%s_%s_within', holder, field);
  walled regclass;
BEGIN
  EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (tenant_id, %I) REFERENCES %s (tenant_id, %I) %s NOT VALID',
    holder, key, field, target, named, gone);
  -- Proving the key reads every ministry's rows: the wall is not in the owner's way
  -- until it has.
  FOREACH walled IN ARRAY ARRAY[holder, target] LOOP
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', walled);
  END LOOP;
  BEGIN
    EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', holder, key);
  EXCEPTION WHEN foreign_key_violation THEN
    RAISE WARNING '% of % names rows that are not there: it is held from now on only', field, holder;
  END;
  FOREACH walled IN ARRAY ARRAY[holder, target] LOOP
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', walled);
  END LOOP;
END
$$;
-- +goose StatementEnd

-- "Nobody" was the number 0, which no key can hold: it becomes nothing, ministry by ministry.
ALTER TABLE job_run
  ALTER COLUMN account_id DROP NOT NULL, ALTER COLUMN account_id DROP DEFAULT,
  DROP CONSTRAINT job_run_check;
ALTER TABLE import_run
  ALTER COLUMN account_id DROP NOT NULL, ALTER COLUMN account_id DROP DEFAULT,
  ALTER COLUMN job_uid DROP NOT NULL, ALTER COLUMN job_uid DROP DEFAULT;
-- +goose StatementBegin
DO $$
DECLARE
  ministry int;
BEGIN
  FOR ministry IN SELECT id FROM platform.tenant LOOP
    PERFORM set_config('mektep.tenant', ministry::text, true);
    UPDATE job_run SET account_id = NULL WHERE tenant_id = ministry AND account_id = 0;
    UPDATE import_run SET account_id = nullif(account_id, 0), job_uid = (SELECT uid FROM job_run j WHERE j.tenant_id = ministry AND j.uid = job_uid)
      WHERE tenant_id = ministry;
  END LOOP;
END
$$;
-- +goose StatementEnd
ALTER TABLE job_run ADD CONSTRAINT job_run_who CHECK ((account_id IS NOT NULL) <> (system <> ''));
DROP INDEX job_run_account;
CREATE INDEX job_run_account ON job_run (tenant_id, account_id, id) WHERE account_id IS NOT NULL;

SELECT reference_within('notice', 'account_id', 'account', 'id', 'ON DELETE CASCADE'); -- read by nobody else
SELECT reference_within('job_run', 'account_id', 'account', 'id', '');
SELECT reference_within('import_run', 'account_id', 'account', 'id', '');
SELECT reference_within('import_run', 'job_uid', 'job_run', 'uid', 'ON DELETE SET NULL (job_uid)'); -- runs are swept, imports are not
CREATE INDEX import_run_job ON import_run (tenant_id, job_uid) WHERE job_uid IS NOT NULL;

-- Nobody read it: in whose hands a key lies is noted in account_hand and operator_hand.
ALTER TABLE account_key DROP COLUMN created_by;
ALTER TABLE platform.operator_key DROP COLUMN created_by;
