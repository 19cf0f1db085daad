-- +goose Up

-- Whoever has had a key of somebody's account in hand, or typed the address to which
-- its letters go, may be acting as that person until other keys are in force: an
-- account of the ministry, or an operator of the platform. What was noted before for
-- a while is kept for good.
ALTER TABLE account_reset RENAME TO account_hand;
ALTER TABLE account_hand ALTER COLUMN by_account DROP NOT NULL;
ALTER TABLE account_hand
  ADD COLUMN by_operator text        COLLATE "C" NOT NULL DEFAULT '', -- public id
  ADD COLUMN key_uid     text        COLLATE "C" NOT NULL DEFAULT '', -- the key; empty: older than this column, or an address
  ADD COLUMN address     bytea,                                       -- hash of the address that was typed: a hand while it is the account's
  ADD COLUMN replaced_by text        COLLATE "C" NOT NULL DEFAULT '', -- the newer key whose use ends this
  ADD COLUMN over_at     timestamptz;
ALTER TABLE account_hand ADD CONSTRAINT account_hand_whose CHECK ((by_account IS NULL) <> (by_operator = '')) NOT VALID; -- nothing to validate: true of every row so far, and the wall hides them
DROP INDEX account_reset_between;
CREATE INDEX account_hand_of ON account_hand (tenant_id, account_id, by_account) WHERE over_at IS NULL;
