-- +goose Up

-- What a request is about, where only one may wait at a time: the id of a school year.
ALTER TABLE approval ADD COLUMN subject text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX approval_subject ON approval (tenant_id, kind, subject) WHERE state = 'waiting' AND subject <> '';
