-- +goose Up

-- A letter asks whoever entered an address as their own whether they read it: its link is a key
-- that lets nobody in.
ALTER TABLE account_key DROP CONSTRAINT account_key_purpose_check,
  ADD CONSTRAINT account_key_purpose_check CHECK (purpose IN ('invite', 'reset', 'code', 'address'));
