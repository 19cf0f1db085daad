-- +goose Up

-- A person's name as the ministry writes it, put together in one place (profile.PersonName), and the
-- order in which it was: what stands in another than the profile's is written anew by the ministry's
-- round. Until then names stand as they were shown before.
ALTER TABLE account ADD COLUMN name text NOT NULL DEFAULT '', ADD COLUMN name_order text NOT NULL DEFAULT '';

-- The rows of every ministry: the wall is not in the owner's way until this is done.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
UPDATE account SET name = btrim(given || ' ' || family);
ALTER TABLE account FORCE ROW LEVEL SECURITY;
