-- +goose Up

-- Who reads the letters to an account because its mailbox is or was theirs has a hand on it, and nobody
-- else by that: who may be acting as the reader comes into the reader's account, not into the mailbox.
-- What was noted of letters before is that of readers, unless they typed the address; what only stood
-- behind a reader is over.

-- The rows of every ministry: the wall is not in the owner's way until this is done.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand NO FORCE ROW LEVEL SECURITY;

CREATE TEMPORARY TABLE letters ON COMMIT DROP AS
WITH boxes AS (SELECT tenant_id, id AS account_id, sha256(convert_to(mailbox, 'UTF8')) AS digest FROM account WHERE mailbox <> ''
  UNION SELECT tenant_id, account_id, digest FROM account_former)
SELECT h.tenant_id, h.id, EXISTS (SELECT FROM boxes b JOIN boxes r ON r.tenant_id = b.tenant_id AND r.digest = b.digest
    WHERE b.tenant_id = h.tenant_id AND b.account_id = h.account_id AND r.account_id = h.by_account) AS reads
FROM account_hand h
WHERE h.what = 'letter' AND h.over_at IS NULL AND NOT EXISTS (SELECT FROM account_hand t WHERE t.tenant_id = h.tenant_id AND t.account_id = h.account_id AND t.what = 'address'
    AND (t.by_account = h.by_account OR t.by_account IS NULL AND h.by_account IS NULL AND t.by_operator = h.by_operator));

UPDATE account_hand h SET what = 'mailbox' FROM letters l WHERE h.tenant_id = l.tenant_id AND h.id = l.id AND l.reads;
UPDATE account_hand h SET over_at = now() FROM letters l WHERE h.tenant_id = l.tenant_id AND h.id = l.id AND NOT l.reads;

ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand FORCE ROW LEVEL SECURITY;
