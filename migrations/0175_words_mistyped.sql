-- +goose Up

-- The dictionary of a search holds what may be mistyped. Codes and numbers are right or wrong,
-- and a national list has as many as records: they go, and what they look like with them.
-- +goose StatementBegin
DO $$
DECLARE ministry int;
BEGIN
  FOR ministry IN SELECT id FROM platform.tenant LOOP
    PERFORM set_config('mektep.tenant', ministry::text, true);
    DELETE FROM unit_word WHERE tenant_id = ministry AND (word ~ '[0-9]' OR length(word) < 3);
  END LOOP;
END
$$;
-- +goose StatementEnd
