-- +goose Up

-- The keys by which lists stand in order, written short: a character for each letter of the
-- alphabets that most texts are written in, and accents only where there are some. The order stays.
-- What is written here is what the program writes from now on.

-- +goose StatementBegin
CREATE FUNCTION pg_temp.other_letter(weighed int[], weight bytea) RETURNS text LANGUAGE sql AS $$
  SELECT CASE b.n WHEN 0 THEN '!' ELSE chr(33 + b.n) END || '~' || translate(encode(weight || substring('\x000000'::bytea FROM 1 FOR 3 - length(weight)), 'base64'),
    'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/', '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz')
  FROM (SELECT width_bucket(get_byte(weight, 0) * 256 + get_byte(weight, 1), weighed) AS n) b
$$;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE FUNCTION pg_temp.short_sort_key(key text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  std     CONSTANT text := 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  ours    CONSTANT text := '-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';
  weighed CONSTANT int[] := ARRAY[265, 269, 288, 370, 489, 496, 506, 507, 625, 5350, 5351, 5352, 5353, 5354, 5355, 5356, 5357, 5358, 5359, 5360, 5615, 5637, 5661, 5662, 5681, 5708, 5764, 5777, 5778, 5812, 5836, 5837, 5862, 5887, 5905, 5953, 5967, 6001, 6002, 6038, 6059, 6077, 6131, 6132, 6166, 6198, 6199, 6239, 6257, 6267, 6272, 6293, 6545, 6569, 6573, 6577, 6597, 6617, 6629, 6642, 6666, 6687, 6696, 6722, 6740, 6749, 6757, 6775, 6783, 6791, 6804, 6813, 6822, 6841, 6857, 6870, 6874, 6913, 6924, 6958, 6963, 6970, 6975, 6983, 6996, 7004, 7010];
  k    bytea;
  n    int;
  i    int := 1;
  last int;
  w    int;
  at   int;
  short text;
BEGIN
  IF key !~ '^[-0-9A-Z_a-z]+$' OR length(key) % 4 = 1 OR length(key) < 2 THEN
    RETURN key; -- none that a program has written
  END IF;
  k := decode(rpad(translate(key, ours, std), (length(key) + 3) / 4 * 4, '='), 'base64');
  n := length(k);
  short := chr(48 + get_byte(k, 0));
  WHILE i + 1 < n AND (get_byte(k, i) <> 0 OR get_byte(k, i + 1) <> 0) LOOP
    IF get_byte(k, i) >= 128 AND i + 2 < n THEN
      short := short || pg_temp.other_letter(weighed, substring(k FROM i + 1 FOR 3));
      i := i + 3;
      CONTINUE;
    END IF;
    w := get_byte(k, i) * 256 + get_byte(k, i + 1);
    at := width_bucket(w, weighed);
    IF at > 0 AND weighed[at] = w THEN
      short := short || chr(33 + at);
    ELSE
      short := short || pg_temp.other_letter(weighed, substring(k FROM i + 1 FOR 2));
    END IF;
    i := i + 2;
    IF w = x'14F0'::int AND i + 1 < n AND get_byte(k, i) = 0 AND get_byte(k, i + 1) <> 0 THEN
      short := short || '!' || chr(34 + least(get_byte(k, i + 1), 91));
      i := i + 2;
    END IF;
  END LOOP;
  i := i + 2;
  last := n - (n - i) % 2;
  WHILE last > i AND get_byte(k, last - 2) = 0 AND get_byte(k, last - 1) = 32 LOOP
    last := last - 2;
  END LOOP;
  IF last > i THEN
    short := short || ' ';
  END IF;
  WHILE i + 1 < last LOOP
    IF get_byte(k, i) = 0 AND get_byte(k, i + 1) = 32 THEN
      short := short || '!';
    ELSE
      short := short || '"' || rtrim(translate(encode(substring(k FROM i + 1 FOR 2), 'base64'), std, ours), '=');
    END IF;
    i := i + 2;
  END LOOP;
  RETURN short;
END
$$;
-- +goose StatementEnd

-- The rows of every ministry, in every table that has such keys: the wall is not in the owner's way
-- until this is done.
-- +goose StatementBegin
DO $$
DECLARE
  name regclass;
BEGIN
  FOR name IN SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'sort_key' AND NOT a.attisdropped LOOP
    EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('UPDATE %s SET sort_key = pg_temp.short_sort_key(sort_key)', name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
  END LOOP;
END
$$;
-- +goose StatementEnd
