-- +goose Up

-- How the file of an import can be read: encodings, separators, sheets. Which of them
-- was taken stands among the options.
ALTER TABLE import_run ADD COLUMN look jsonb NOT NULL DEFAULT '{}';
