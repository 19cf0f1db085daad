-- +goose Up
-- Who declined a difference from the country profile, or on which order the ministry decided
-- otherwise: a page that lists them says so.
ALTER TABLE territory_declined
    ADD COLUMN account_id   bigint,
    ADD COLUMN order_number text NOT NULL DEFAULT '',
    ADD COLUMN order_date   date;
SELECT reference_within('territory_declined', 'account_id', 'account', 'id', 'ON DELETE SET NULL (account_id)');
CREATE INDEX territory_declined_account ON territory_declined (tenant_id, account_id) WHERE account_id IS NOT NULL;
