-- +goose Up

-- Whoever reads, or has read, the mailbox to which a key of an account goes may be acting
-- as its owner: people are asked for by mailbox, present and former, whenever a key goes.
ALTER TABLE account ADD COLUMN mailbox text GENERATED ALWAYS AS (mailbox(email)) STORED;
CREATE INDEX account_mailbox ON account (tenant_id, mailbox) WHERE mailbox <> '';

-- The mailboxes that an account had, and until when. Kept as hashes, which tell nobody what
-- the addresses were.
CREATE TABLE account_former (
  tenant_id  int         NOT NULL REFERENCES platform.tenant (id),
  account_id bigint      NOT NULL,
  digest     bytea       NOT NULL, -- SHA-256 of the mailbox; of those noted before this table, of the address as well
  until      timestamptz,          -- NULL: before this table
  PRIMARY KEY (tenant_id, account_id, digest),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id)
);
SELECT wall_table('account_former');
CREATE INDEX account_former_digest ON account_former (tenant_id, digest);

-- The rows of every ministry: the wall is not in the owner's way until this is done.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand NO FORCE ROW LEVEL SECURITY;
INSERT INTO account_former (tenant_id, account_id, digest) SELECT DISTINCT tenant_id, id, unnest(former_addresses) FROM account;
ALTER TABLE account DROP COLUMN former_addresses;

-- Keys have gone to these mailboxes before anybody noted who reads them.
INSERT INTO account_hand (tenant_id, account_id, by_account, what, at)
SELECT a.tenant_id, a.id, x.id, 'letter', now() FROM account a JOIN account x ON x.tenant_id = a.tenant_id AND x.id <> a.id AND x.mailbox = a.mailbox WHERE a.mailbox <> ''
UNION
SELECT a.tenant_id, a.id, f.account_id, 'letter', now() FROM account a
JOIN account_former f ON f.tenant_id = a.tenant_id AND f.account_id <> a.id AND f.digest IN (sha256(convert_to(a.email, 'UTF8')), sha256(convert_to(a.mailbox, 'UTF8')))
WHERE a.mailbox <> '';
ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand FORCE ROW LEVEL SECURITY;
