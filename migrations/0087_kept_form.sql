-- +goose Up

-- What somebody typed into a form that could not be done, because their sign-in had ended
-- or the form must be looked at again. It is sealed and bound to the account it belongs to,
-- and goes when the form is done, or by itself after half a day.
CREATE TABLE kept_form (
    tenant_id  int         NOT NULL REFERENCES platform.tenant (id),
    uid        text        COLLATE "C" NOT NULL,
    owner      text        COLLATE "C" NOT NULL, -- uid of the account
    kept_at    timestamptz NOT NULL,
    body       bytea       NOT NULL CHECK (octet_length(body) <= 300000),
    PRIMARY KEY (tenant_id, uid)
);
SELECT wall_table('kept_form');
CREATE INDEX kept_form_owner ON kept_form (tenant_id, owner, kept_at);
