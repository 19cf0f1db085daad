-- +goose Up

-- Whoever had an operator's address is that operator, also once they have another one: who
-- could be both pairs of eyes must not become two people by changing an address. Kept as
-- hashes, which tell nobody what the addresses were.
ALTER TABLE account ADD COLUMN former_addresses bytea[] NOT NULL DEFAULT '{}';
