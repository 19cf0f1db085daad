-- +goose Up

-- An offer waits for the yes of whom it concerns, and for nobody else's.
ALTER TABLE approval ADD COLUMN offer boolean NOT NULL DEFAULT false;
ALTER TABLE approval DROP CONSTRAINT approval_not_concerned;
ALTER TABLE approval ADD CONSTRAINT approval_not_concerned CHECK (state <> 'approved' OR concerns IS NULL
  OR (decided_by IS NOT DISTINCT FROM concerns) = offer) NOT VALID; -- nothing to validate: no row so far is an offer
