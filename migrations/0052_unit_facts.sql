-- +goose Up

-- The dated facts of a unit are a chain: each begins on the day the one before it
-- ends, and the last is open. Three keys say so: no two begin on a day, no two end
-- on a day (the open one included), and an end is another's beginning. That rules
-- out overlaps as exclusion over date ranges did, gaps besides, and costs a bulk
-- load a twelfth of it.
-- +goose StatementBegin
DO $$
DECLARE
  fact text;
BEGIN
  FOREACH fact IN ARRAY ARRAY['unit_name', 'unit_type', 'unit_parent'] LOOP
    -- The keys are proved over every ministry's rows: the wall is not in the owner's
    -- way until this transaction ends.
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', fact);
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', fact, fact || '_tenant_id_unit_id_daterange_excl');
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I UNIQUE (tenant_id, unit_id, since)', fact, fact || '_begin');
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I UNIQUE NULLS NOT DISTINCT (tenant_id, unit_id, until)', fact, fact || '_end');
    EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I FOREIGN KEY (tenant_id, unit_id, until) REFERENCES %I (tenant_id, unit_id, since)'
                   ' DEFERRABLE INITIALLY DEFERRED', fact, fact || '_chain', fact);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', fact);
  END LOOP;
END
$$;
-- +goose StatementEnd
