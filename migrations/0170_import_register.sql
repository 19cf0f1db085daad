-- +goose Up

-- Which register an import is brought for.
ALTER TABLE import_run ADD COLUMN register text COLLATE "C" NOT NULL DEFAULT 'institution';
ALTER TABLE import_run ALTER COLUMN register DROP DEFAULT;
