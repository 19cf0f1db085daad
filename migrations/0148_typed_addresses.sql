-- +goose Up

-- An address that somebody typed for another says nothing of whose mailbox it is either, also
-- where it was nobody's when they typed it: it is unread until a letter that was sent there has
-- been followed. What was typed before that was a rule is judged as it is now, as far as is known:
-- who has opened nothing that was made since for that address has not shown to read it, and what
-- only that has made a hand is none.

-- The rows of every ministry: the wall is not in the owner's way until this is done.
ALTER TABLE account NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand NO FORCE ROW LEVEL SECURITY;
ALTER TABLE account_key NO FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entry NO FORCE ROW LEVEL SECURITY;

-- Who has had which mailbox, and since when: the trail says when an address was entered last
-- before it was given up. Where it does not, the account was made with it.
CREATE TEMPORARY TABLE mailboxes ON COMMIT DROP AS
SELECT b.tenant_id, b.account_id, b.digest, b.until, b.unread, coalesce((SELECT e.at FROM audit_entry e WHERE e.tenant_id = b.tenant_id AND e.target_uid = a.uid
    AND e.object = 'account' AND e.outcome = 'allow' AND 'email' = ANY(e.fields) AND e.at < coalesce(b.until, 'infinity') ORDER BY e.at DESC, e.id DESC LIMIT 1), a.created_at) AS since
FROM (SELECT tenant_id, id AS account_id, sha256(convert_to(mailbox, 'UTF8')) AS digest, NULL::timestamptz AS until, address_unread AS unread FROM account WHERE mailbox <> ''
  UNION ALL SELECT tenant_id, account_id, digest, until, unread FROM account_former WHERE until IS NOT NULL) b
JOIN account a ON a.tenant_id = b.tenant_id AND a.id = b.account_id;

-- Of a key that was shown as well nobody knows which way it was taken: it counts here.
CREATE TEMPORARY TABLE unopened ON COMMIT DROP AS
SELECT v.tenant_id, v.account_id, v.digest, v.until FROM mailboxes v
WHERE NOT v.unread
  AND NOT EXISTS (SELECT FROM account_key k WHERE k.tenant_id = v.tenant_id AND k.account_id = v.account_id AND k.purpose <> 'code'
    AND k.used_at >= v.since AND k.created_at >= v.since AND k.created_at < coalesce(v.until, 'infinity'));

UPDATE account a SET address_unread = true FROM unopened v WHERE v.until IS NULL AND a.tenant_id = v.tenant_id AND a.id = v.account_id AND sha256(convert_to(a.mailbox, 'UTF8')) = v.digest;
UPDATE account_former f SET unread = true FROM unopened v WHERE v.until IS NOT NULL AND f.tenant_id = v.tenant_id AND f.account_id = v.account_id AND f.digest = v.digest;

-- The hands of those on the accounts with that mailbox, and of those who had a hand on them. Whoever
-- typed the other's address stays one, and so does who reads there by another address of theirs.
CREATE TEMPORARY TABLE unproved ON COMMIT DROP AS
SELECT h.tenant_id, h.account_id, h.key_uid, h.by_account FROM account_hand h
JOIN mailboxes b ON b.tenant_id = h.tenant_id AND b.account_id = h.account_id
JOIN mailboxes r ON r.tenant_id = h.tenant_id AND r.account_id = h.by_account AND r.digest = b.digest
LEFT JOIN unopened v ON v.tenant_id = r.tenant_id AND v.account_id = r.account_id AND v.digest = r.digest
WHERE h.what = 'letter' AND h.over_at IS NULL AND h.by_account IS NOT NULL
  AND NOT EXISTS (SELECT FROM account_hand t WHERE t.tenant_id = h.tenant_id AND t.account_id = h.account_id AND t.what = 'address' AND t.by_account = h.by_account)
GROUP BY h.tenant_id, h.account_id, h.key_uid, h.by_account HAVING bool_and(r.unread OR v.account_id IS NOT NULL) AND bool_or(v.account_id IS NOT NULL);
UPDATE account_hand h SET over_at = now() FROM unproved e
WHERE h.tenant_id = e.tenant_id AND h.account_id = e.account_id AND h.key_uid = e.key_uid AND h.what = 'letter' AND h.over_at IS NULL
  AND (h.by_account = e.by_account OR EXISTS (SELECT FROM account_hand o WHERE o.tenant_id = e.tenant_id AND o.account_id = e.by_account
      AND (o.by_account = h.by_account OR o.by_account IS NULL AND h.by_account IS NULL AND o.by_operator = h.by_operator))
    AND NOT EXISTS (SELECT FROM account_hand t WHERE t.tenant_id = h.tenant_id AND t.account_id = h.account_id AND t.what = 'address'
      AND (t.by_account = h.by_account OR t.by_account IS NULL AND h.by_account IS NULL AND t.by_operator = h.by_operator)));

ALTER TABLE account FORCE ROW LEVEL SECURITY;
ALTER TABLE account_former FORCE ROW LEVEL SECURITY;
ALTER TABLE account_hand FORCE ROW LEVEL SECURITY;
ALTER TABLE account_key FORCE ROW LEVEL SECURITY;
ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY;
