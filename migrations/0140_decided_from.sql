-- +goose Up

-- From how high somebody was kept out, and by whom: who works below that opens nothing again.
-- Of what was decided before, nobody knows; whoever stands over the person lifts it, as then.
ALTER TABLE account
  ADD COLUMN blocked_level text COLLATE "C" NOT NULL DEFAULT '', -- level of the post from which it was decided
  ADD COLUMN blocked_by    bigint;
SELECT reference_within('account', 'blocked_by', 'account', 'id', 'ON DELETE SET NULL (blocked_by)');
CREATE INDEX account_blocked_by ON account (tenant_id, blocked_by) WHERE blocked_by IS NOT NULL;
ALTER TABLE appointment ADD COLUMN stopped_level text COLLATE "C" NOT NULL DEFAULT '';
