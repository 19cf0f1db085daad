-- +goose Up

-- An address that somebody other than the account's owner typed is theirs to read as long
-- as nobody else has said that it is the owner's: since when that is said. Empty, it holds
-- back the letters that let one in as soon as the account has a guarded role; so it does
-- for what was typed before this column, until somebody has looked.
ALTER TABLE account_hand ADD COLUMN confirmed_at timestamptz;
