-- +goose Up

-- The answer to a write is kept after the commit and can be lost with the process
-- or the connection. What the unit of work found out is therefore kept in that unit,
-- sealed, until the answer is there: a repetition is answered from it, in the same words.
ALTER TABLE write_key ADD COLUMN result bytea;
