-- +goose Up

-- What operators did is sealed as ministries' trails are: blocks, each chained to
-- the one before it, and links that outlive an act somebody removes. xid lets the
-- sealing take only what no running transaction can still precede.
ALTER TABLE platform.operator_act ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX operator_act_xid ON platform.operator_act (xid, id);

CREATE TABLE platform.operator_block (
  seq       int         PRIMARY KEY CHECK (seq > 0),
  entries   int         NOT NULL CHECK (entries > 0),
  first_id  bigint      NOT NULL,
  last_id   bigint      NOT NULL,
  xid_bound xid8        NOT NULL,
  cluster   text        NOT NULL,
  sealed_at timestamptz NOT NULL,
  key_id    bigint      NOT NULL,
  prev_hash bytea       NOT NULL,
  hash      bytea       NOT NULL
);
REVOKE UPDATE, DELETE, TRUNCATE ON platform.operator_block FROM mektep_service;

CREATE TABLE platform.operator_act_link (
  id       bigint PRIMARY KEY,
  seq      int    NOT NULL,
  position int    NOT NULL CHECK (position > 0),
  digest   bytea  NOT NULL,
  UNIQUE (seq, position)
);
COMMENT ON COLUMN platform.operator_act_link.id IS 'the id of the act; as the primary key it lets an act be sealed once only';
REVOKE UPDATE, DELETE, TRUNCATE ON platform.operator_act_link FROM mektep_service;
