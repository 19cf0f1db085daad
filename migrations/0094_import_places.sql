-- +goose Up

-- Words of a file that mean no place of the territory: whoever brought it says once what
-- they mean.
ALTER TABLE import_run ADD COLUMN unplaced jsonb NOT NULL DEFAULT '[]';
