-- +goose Up

-- The values of fields that no two records of a ministry may share (unique: true in the
-- profile), so that a real index says no, whoever writes at the same time. It has the
-- form that a table of values of all registers has: register and field say what it is.
CREATE TABLE record_unique (
    tenant_id int    NOT NULL,
    register  text   COLLATE "C" NOT NULL,
    field     text   COLLATE "C" NOT NULL,
    value     text   COLLATE "C" NOT NULL CHECK (value <> ''),
    unit_id   bigint NOT NULL,
    PRIMARY KEY (tenant_id, register, field, value),
    FOREIGN KEY (tenant_id, unit_id) REFERENCES unit (tenant_id, id) ON DELETE CASCADE
);
SELECT wall_table('record_unique');
CREATE INDEX record_unique_unit ON record_unique (tenant_id, unit_id);

-- Which fields it was filled for from the records there were: the profile says which
-- are unique, and may say it of another one tomorrow. twins is how many records stand
-- back because another has their value: they keep it until somebody mends it.
CREATE TABLE record_unique_field (
    tenant_id int    NOT NULL,
    register  text   COLLATE "C" NOT NULL,
    field     text   COLLATE "C" NOT NULL,
    twins     int    NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, register, field)
);
SELECT wall_table('record_unique_field');
