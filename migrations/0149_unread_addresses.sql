-- +goose Up

-- What nobody has shown to read is nobody's: any number of accounts may have it, until one of
-- them does.
DROP INDEX account_email;
CREATE UNIQUE INDEX account_email ON account (tenant_id, email) WHERE email <> '' AND NOT address_unread;
CREATE INDEX account_address ON account (tenant_id, email) WHERE email <> '';
