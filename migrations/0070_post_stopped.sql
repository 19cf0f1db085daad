-- +goose Up

-- Who answers for one of a person's posts and not for all stops that one at once
-- (KG-ER-6c), and leaves the account and what is held elsewhere alone: the post is held
-- and gives nothing until it is taken up again or ended.
ALTER TABLE appointment
  ADD COLUMN stopped_at   timestamptz,
  ADD COLUMN stopped_by   bigint,
  ADD COLUMN stopped_note text NOT NULL DEFAULT '',
  ADD FOREIGN KEY (tenant_id, stopped_by) REFERENCES account (tenant_id, id) NOT VALID; -- nobody is named yet: there is nothing to look at
