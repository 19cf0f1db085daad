-- +goose Up

-- The host names of a ministry in the order in which they were entered: one more goes to
-- the end, wherever its letters come in the alphabet.
ALTER TABLE platform.tenant_host ADD COLUMN place bigint;
UPDATE platform.tenant_host h SET place = n.place FROM (SELECT host, row_number() OVER (ORDER BY host) AS place FROM platform.tenant_host) n WHERE n.host = h.host;
ALTER TABLE platform.tenant_host ALTER COLUMN place SET NOT NULL, ALTER COLUMN place ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('platform.tenant_host', 'place'), (SELECT coalesce(max(place), 0) + 1 FROM platform.tenant_host), false);

-- What a ministry knows of its host names: those of which it has been told, and the one to
-- which its letters lead. A one-time link there is a key of somebody's account, so that it
-- lies behind the wall and is changed by two people of the ministry.
CREATE TABLE known_host (
  tenant_id int         NOT NULL REFERENCES platform.tenant (id),
  host      text COLLATE "C" NOT NULL,
  letters   boolean     NOT NULL DEFAULT false,
  since     timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, host)
);
CREATE UNIQUE INDEX known_host_letters ON known_host (tenant_id) WHERE letters;
SELECT wall_table('known_host');
