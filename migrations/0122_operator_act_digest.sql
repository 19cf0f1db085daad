-- +goose Up

-- What operators did is signed when it is written, as ministries' entries are: over its
-- number too, so that no act is forged, or copied, however long before it is sealed. Acts
-- from before have no signature; those that are sealed need none.
ALTER TABLE platform.operator_act ADD COLUMN key_id bigint NOT NULL DEFAULT 0, ADD COLUMN digest bytea;
GRANT USAGE ON SEQUENCE platform.operator_act_id_seq TO mektep_service; -- an act is signed with its number
