-- +goose Up

-- An extension is announced to those whom it concerns by itself (TR-IC-8), in portions:
-- how far its giving and its taking back have been told, to how many, and since when to
-- all.
ALTER TABLE window_extension
    ADD COLUMN given_after  bigint  NOT NULL DEFAULT 0, -- account told last
    ADD COLUMN given_to     integer NOT NULL DEFAULT 0,
    ADD COLUMN given_all    timestamptz,
    ADD COLUMN ended_after  bigint  NOT NULL DEFAULT 0,
    ADD COLUMN ended_to     integer NOT NULL DEFAULT 0,
    ADD COLUMN ended_all    timestamptz;
