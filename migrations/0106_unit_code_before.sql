-- +goose Up

-- The codes that places and offices had before they got others: lists of then have them,
-- and a country profile may.
CREATE TABLE unit_code_before (
  tenant_id int    NOT NULL,
  unit_id   bigint NOT NULL,
  code      text   NOT NULL,
  until     date   NOT NULL, -- the day on which it got another one
  PRIMARY KEY (tenant_id, unit_id, code),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES unit (tenant_id, id) ON DELETE CASCADE
);
SELECT wall_table('unit_code_before');
