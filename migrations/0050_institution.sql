-- +goose Up

-- The passport of an institution: what its country's profile declares, validated
-- by it, under the unit of the same id. Code, name, type and place are the unit's.
CREATE TABLE institution (
    tenant_id int    NOT NULL,
    id        bigint NOT NULL,
    fields    jsonb  NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(fields) = 'object'),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, id) REFERENCES unit (tenant_id, id) ON DELETE CASCADE
);
SELECT wall_table('institution');

-- Values of the fields that lists are filtered by: a JSONB look-up is slow behind
-- row-level security. Words (codes, yes and no) stand in text_value, numbers and
-- days in int_value.
CREATE TABLE institution_value (
    tenant_id  int    NOT NULL,
    unit_id    bigint NOT NULL,
    field      text   COLLATE "C" NOT NULL,
    text_value text   COLLATE "C" NOT NULL DEFAULT '',
    int_value  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, unit_id, field, text_value, int_value),
    FOREIGN KEY (tenant_id, unit_id) REFERENCES institution (tenant_id, id) ON DELETE CASCADE
);
SELECT wall_table('institution_value');
CREATE INDEX institution_value_text ON institution_value (tenant_id, field, text_value, unit_id);
CREATE INDEX institution_value_int ON institution_value (tenant_id, field, int_value, unit_id);
