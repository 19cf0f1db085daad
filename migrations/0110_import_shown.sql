-- +goose Up

-- What the preview of an import showed of the rows that are not simply new: with which
-- institution each was met, in which version, and whether it was to change. What is entered
-- is what was shown; where nothing is known of it, the rows are judged anew first.
ALTER TABLE import_run ADD COLUMN shown jsonb;
