-- +goose Up

ALTER TABLE platform.tenant
  -- The last step of the setting up that was taken; empty when there is nothing
  -- left to do. "open" stands for an active ministry whose plan is still kept.
  ADD COLUMN step text COLLATE "C" NOT NULL DEFAULT ''
    CHECK (step IN ('', 'entered', 'planned', 'planted', 'invited', 'open')),
  ADD COLUMN step_at timestamptz,
  -- Whether the platform's front page leads to it.
  ADD COLUMN listed boolean NOT NULL DEFAULT true,
  -- Why it rests, as the operator wrote it.
  ADD COLUMN suspended_why text NOT NULL DEFAULT '' CHECK (suspended_why = '' OR state = 'suspended');
