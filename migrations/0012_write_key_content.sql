-- +goose Up

-- A key belongs to one request: what was asked for is kept as a keyed digest, so
-- that the same key with other content is found out instead of being answered as
-- if it had been done. Keys taken before this say nothing about their content.
ALTER TABLE write_key ADD COLUMN content bytea;
