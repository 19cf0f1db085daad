-- +goose Up

-- The box in which the letters to an address arrive: what stands after a plus before the
-- host is the reader's own mark. For comparing only; approval.Mailbox says the same.
CREATE FUNCTION mailbox(address text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN regexp_replace(lower(address), '^([^+@][^+@]*)\+[^@]*@', '\1@');
