-- +goose Up

-- Of which likeness who was told, and when: who keeps somebody out hears of an account that looks
-- like theirs once a day, or when it has come to look like it in another way.
CREATE TABLE alike_told (
  tenant_id  int         NOT NULL REFERENCES platform.tenant (id),
  account_id bigint      NOT NULL, -- that looks like
  kept_id    bigint      NOT NULL, -- that of somebody who is kept out
  told_id    bigint      NOT NULL, -- who was told
  likeness   text        NOT NULL, -- in what; of who is called otherwise, a digest of how
  at         timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, account_id, kept_id, told_id, likeness),
  FOREIGN KEY (tenant_id, account_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, kept_id) REFERENCES account (tenant_id, id),
  FOREIGN KEY (tenant_id, told_id) REFERENCES account (tenant_id, id)
);
SELECT wall_table('alike_told');
CREATE INDEX alike_told_kept ON alike_told (tenant_id, kept_id);
CREATE INDEX alike_told_told ON alike_told (tenant_id, told_id);
