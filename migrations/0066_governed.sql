-- +goose Up

-- By which profile and policy an entry was decided: the beginnings of their hashes, as
-- /version names those in force. Entries from before have none, and their digests stay
-- what they were.
ALTER TABLE audit_entry ADD COLUMN governed text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(governed) <= 40);
