-- +goose Up

-- When somebody was kept out: who would decide it again is told what stands, and since when.
ALTER TABLE account ADD COLUMN blocked_at timestamptz;

-- The rows of every ministry: the wall is not in the owner's way until this is done.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY;
UPDATE account a SET blocked_at = (SELECT max(e.at) FROM audit_entry e WHERE e.tenant_id = a.tenant_id AND e.target_uid = a.uid
    AND e.object = 'account' AND e.action = 'block' AND e.outcome = 'allow')
  WHERE a.state = 'blocked' AND a.blocked_why = 'decision';
ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
