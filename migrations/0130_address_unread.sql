-- +goose Up

-- Whoever reads the letters to an account may be acting as its owner. An address that
-- somebody entered themself says nothing of what they read until they have followed a link
-- that went there and nowhere else: otherwise anybody would become one person with whom they
-- like, and two people's word would be had from nobody any more.
ALTER TABLE account ADD COLUMN address_unread boolean NOT NULL DEFAULT false; -- entered by its owner, who has not shown to read what goes there
ALTER TABLE account_former ADD COLUMN unread boolean NOT NULL DEFAULT false;  -- likewise, as long as the account had it
ALTER TABLE account_key ADD COLUMN mailed_to bytea; -- SHA-256 of the address to which alone the link went

-- The rows of every ministry: the wall is not in the owner's way until this is done.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY;

-- The trail says by whom an address was entered last, and before it was given up.
UPDATE account a SET address_unread = true WHERE a.email <> '' AND 'personalise' = (
  SELECT e.action FROM audit_entry e WHERE e.tenant_id = a.tenant_id AND e.target_uid = a.uid AND e.object = 'account' AND e.outcome = 'allow'
    AND 'email' = ANY(e.fields) ORDER BY e.at DESC, e.id DESC LIMIT 1);
UPDATE account_former f SET unread = true FROM account a WHERE a.tenant_id = f.tenant_id AND a.id = f.account_id AND 'personalise' = (
  SELECT e.action FROM audit_entry e WHERE e.tenant_id = a.tenant_id AND e.target_uid = a.uid AND e.object = 'account' AND e.outcome = 'allow'
    AND 'email' = ANY(e.fields) AND e.at < coalesce(f.until, now()) ORDER BY e.at DESC, e.id DESC LIMIT 1);

-- What only such addresses have made a hand is none, nor is what came with it: the hands of
-- those who had a hand on that account. Whoever typed the other's address, or reads there by
-- an address that was typed for them, stays one.
CREATE TEMPORARY TABLE entered ON COMMIT DROP AS
SELECT h.tenant_id, h.account_id, h.key_uid, h.by_account FROM account_hand h
JOIN account a ON a.tenant_id = h.tenant_id AND a.id = h.account_id
CROSS JOIN LATERAL (
  SELECT sha256(convert_to(a.mailbox, 'UTF8')) AS digest WHERE a.mailbox <> ''
  UNION SELECT f.digest FROM account_former f WHERE f.tenant_id = a.tenant_id AND f.account_id = a.id) box
JOIN LATERAL (
  SELECT x.address_unread AS unread FROM account x WHERE x.tenant_id = h.tenant_id AND x.id = h.by_account AND x.mailbox <> '' AND sha256(convert_to(x.mailbox, 'UTF8')) = box.digest
  UNION ALL SELECT f.unread FROM account_former f WHERE f.tenant_id = h.tenant_id AND f.account_id = h.by_account AND f.digest = box.digest) reads ON true
WHERE h.what = 'letter' AND h.over_at IS NULL AND h.by_account IS NOT NULL
  AND NOT EXISTS (SELECT FROM account_hand t WHERE t.tenant_id = h.tenant_id AND t.account_id = h.account_id AND t.what = 'address' AND t.by_account = h.by_account)
GROUP BY h.tenant_id, h.account_id, h.key_uid, h.by_account HAVING bool_and(reads.unread);
UPDATE account_hand h SET over_at = now() FROM entered e
WHERE h.tenant_id = e.tenant_id AND h.account_id = e.account_id AND h.key_uid = e.key_uid AND h.what = 'letter' AND h.over_at IS NULL
  AND (h.by_account = e.by_account OR EXISTS (SELECT FROM account_hand o WHERE o.tenant_id = e.tenant_id AND o.account_id = e.by_account
      AND (o.by_account = h.by_account OR o.by_account IS NULL AND h.by_account IS NULL AND o.by_operator = h.by_operator))
    AND NOT EXISTS (SELECT FROM account_hand t WHERE t.tenant_id = h.tenant_id AND t.account_id = h.account_id AND t.what = 'address'
      AND (t.by_account = h.by_account OR t.by_account IS NULL AND h.by_account IS NULL AND t.by_operator = h.by_operator)));

ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
