-- +goose Up

-- From which act on every act is signed stands in the hash of each block that is sealed from
-- now on: what says so must not lie where it could be taken away. A block from before says
-- nothing of it; the acts that it sealed are those of its links.
ALTER TABLE platform.operator_block ADD COLUMN signed_from bigint CHECK (signed_from > 0);
