-- +goose Up

-- The trail is read in the order in which it was written: by its numbers, for the time of an entry is
-- that of a clock, which may have been wrong. The indexes that serve its readers follow that order;
-- the one by time stays, for what is looked for between two days.
DROP INDEX audit_entry_account;
DROP INDEX audit_entry_target;
DROP INDEX audit_entry_refused;
CREATE INDEX audit_entry_account ON audit_entry (tenant_id, account_id, id) WHERE account_id <> 0;
CREATE INDEX audit_entry_target  ON audit_entry (tenant_id, target_uid, id) WHERE target_uid <> '';
CREATE INDEX audit_entry_refused ON audit_entry (tenant_id, id) WHERE outcome <> 'allow';
