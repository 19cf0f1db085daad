-- +goose Up

-- The link of a letter is a key of somebody's account. It lies sealed while the letter waits
-- or may be sent again, as every other key lies as a hash: whoever reads a dump, a standby or
-- this table has none. Those of letters that the mail server refused, which lie for weeks, go
-- now; those that wait leave within a day. The wall binds the owner as well.
-- +goose StatementBegin
DO $$
DECLARE ministry int;
BEGIN
  FOR ministry IN SELECT id FROM platform.tenant LOOP
    PERFORM set_config('mektep.tenant', ministry::text, true);
    UPDATE mail_outbox SET address = '', url = '', args = '{}'
      WHERE tenant_id = ministry AND state = 'failed' AND url LIKE 'http%';
  END LOOP;
END
$$;
-- +goose StatementEnd
