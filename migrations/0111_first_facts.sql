-- +goose Up

-- Nearly every unit keeps the name, the type and the place with which it was entered. Those
-- stand in its row; beside it stand the facts of units of which more was entered, all of a
-- chain or none. What a unit was called, or was, or where it lay is read by the functions
-- below, which know both.
ALTER TABLE unit ADD COLUMN order_ref text NOT NULL DEFAULT '';
COMMENT ON COLUMN unit.order_ref IS 'the order on which it was entered';

-- +goose StatementBegin
DO $$
DECLARE
  chain text[];
BEGIN
  ALTER TABLE unit NO FORCE ROW LEVEL SECURITY;
  FOREACH chain SLICE 1 IN ARRAY ARRAY[['unit_name', 'name'], ['unit_type', 'type'], ['unit_parent', 'parent_id']] LOOP
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', chain[1]);
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE; -- so that nothing is pending when the wall is put back
  UPDATE unit u SET order_ref = n.order_ref FROM unit_name n
  WHERE n.tenant_id = u.tenant_id AND n.unit_id = u.id AND n.since = u.since AND n.order_ref <> '';
  FOREACH chain SLICE 1 IN ARRAY ARRAY[['unit_name', 'name'], ['unit_type', 'type'], ['unit_parent', 'parent_id']] LOOP
    EXECUTE format('DELETE FROM %1$I f USING unit u WHERE u.tenant_id = f.tenant_id AND u.id = f.unit_id AND NOT u.withdrawn'
                   ' AND f.since = u.since AND f.until IS NULL AND f.%2$I = u.%2$I AND f.order_ref = u.order_ref', chain[1], chain[2]);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', chain[1]);
  END LOOP;
  ALTER TABLE unit FORCE ROW LEVEL SECURITY;
END
$$;
-- +goose StatementEnd

-- Written so that PostgreSQL puts them into the query that asks: one look by a key each.
CREATE FUNCTION unit_names(int, bigint) RETURNS TABLE (name jsonb, since date, until date, order_ref text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT f.name, f.since, f.until, f.order_ref FROM public.unit_name f WHERE f.tenant_id = $1 AND f.unit_id = $2
  UNION ALL
  SELECT u.name, u.since, NULL::date, u.order_ref FROM public.unit u WHERE u.tenant_id = $1 AND u.id = $2 AND NOT u.withdrawn
    AND NOT EXISTS (SELECT FROM public.unit_name f WHERE f.tenant_id = u.tenant_id AND f.unit_id = u.id)
$$;

CREATE FUNCTION unit_types(int, bigint) RETURNS TABLE (type text, since date, until date, order_ref text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT f.type, f.since, f.until, f.order_ref FROM public.unit_type f WHERE f.tenant_id = $1 AND f.unit_id = $2
  UNION ALL
  SELECT u.type, u.since, NULL::date, u.order_ref FROM public.unit u WHERE u.tenant_id = $1 AND u.id = $2 AND NOT u.withdrawn AND u.type <> ''
    AND NOT EXISTS (SELECT FROM public.unit_type f WHERE f.tenant_id = u.tenant_id AND f.unit_id = u.id)
$$;

CREATE FUNCTION unit_places(int, bigint) RETURNS TABLE (parent_id bigint, since date, until date, order_ref text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT f.parent_id, f.since, f.until, f.order_ref FROM public.unit_parent f WHERE f.tenant_id = $1 AND f.unit_id = $2
  UNION ALL
  SELECT u.parent_id, u.since, NULL::date, u.order_ref FROM public.unit u WHERE u.tenant_id = $1 AND u.id = $2 AND NOT u.withdrawn AND u.parent_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM public.unit_parent f WHERE f.tenant_id = u.tenant_id AND f.unit_id = u.id)
$$;

-- unit_lies tells what lay in a unit, lies there or will.
CREATE FUNCTION unit_lies(int, bigint) RETURNS TABLE (unit_id bigint, since date, until date, order_ref text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT f.unit_id, f.since, f.until, f.order_ref FROM public.unit_parent f WHERE f.tenant_id = $1 AND f.parent_id = $2
  UNION ALL
  SELECT u.id, u.since, NULL::date, u.order_ref FROM public.unit u WHERE u.tenant_id = $1 AND u.parent_id = $2 AND NOT u.withdrawn
    AND NOT EXISTS (SELECT FROM public.unit_parent f WHERE f.tenant_id = u.tenant_id AND f.unit_id = u.id)
$$;
