-- +goose Up
-- An erasure says over which values it was made: verifying asks for them by it.
CREATE INDEX change_value_erased ON change_value (tenant_id, erased_by) WHERE erased_by IS NOT NULL;

