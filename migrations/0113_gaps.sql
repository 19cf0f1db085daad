-- +goose Up

-- What a register lacks is asked for all of it at once (KG-ER-7c: late and incomplete data
-- is answered for): each record says in which groups of fields something is missing that
-- must stand there, a space around each, '.' being its code. It is reckoned anew with every
-- save, and for a whole register when the country's profile or the day is another one.
ALTER TABLE institution ADD COLUMN gaps text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX institution_gaps ON institution (tenant_id, id) WHERE gaps <> '';

ALTER FUNCTION register_table(text) RENAME TO register_heads;
-- +goose StatementBegin
CREATE FUNCTION register_table(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM register_heads(name);
  EXECUTE format('ALTER TABLE %I ADD COLUMN gaps text COLLATE "C" NOT NULL DEFAULT ''''', name);
  EXECUTE format('CREATE INDEX %I ON %I (tenant_id, id) WHERE gaps <> ''''', name || '_gaps', name);
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION register_table(text) FROM PUBLIC;

-- For which profile and day the gaps of a register were reckoned last.
CREATE TABLE register_reckoned (
  tenant_id int  NOT NULL,
  register  text COLLATE "C" NOT NULL,
  reckoned  text NOT NULL,
  PRIMARY KEY (tenant_id, register)
);
SELECT wall_table('register_reckoned');
