-- +goose Up

-- Of every letter: whose it is, who had it written, and what became of it. What the mail
-- server answered is kept without the addresses that it quotes. A letter that failed keeps
-- what it says until it is over, so that it can be sent again once the reason is mended.
ALTER TABLE mail_outbox
  ADD COLUMN account_id    bigint, -- the reader; null: an address that is nobody's any more
  ADD COLUMN by_account_id bigint, -- who had it written; null: the ministry itself
  ADD COLUMN answer        text NOT NULL DEFAULT '',
  ADD COLUMN ended_at      timestamptz,
  DROP CONSTRAINT mail_outbox_check,
  ADD CONSTRAINT mail_outbox_forgets CHECK (state IN ('waiting', 'failed') OR (address = '' AND url = '' AND args = '{}'));
SELECT reference_within('mail_outbox', 'account_id', 'account', 'id', 'ON DELETE CASCADE');
SELECT reference_within('mail_outbox', 'by_account_id', 'account', 'id', 'ON DELETE SET NULL (by_account_id)');
CREATE INDEX mail_outbox_reader ON mail_outbox (tenant_id, account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX mail_outbox_cause  ON mail_outbox (tenant_id, by_account_id) WHERE by_account_id IS NOT NULL;
CREATE INDEX mail_outbox_failed ON mail_outbox (tenant_id, id) WHERE state = 'failed';

-- Operators stand outside every ministry and so do the letters to them.
CREATE TABLE platform.mail_outbox (LIKE public.mail_outbox INCLUDING ALL, CHECK (tenant_id = 0));
GRANT SELECT, INSERT, UPDATE, DELETE ON platform.mail_outbox TO mektep_service;
