-- +goose Up

-- What an operator does behind a ministry's wall lies in another unit of work, maybe in another
-- database, than the platform's trail. It is written down there as begun, before it is done, and
-- how it ended by an entry of its own: no entry changes after it was written.
ALTER TABLE platform.operator_act
  ADD COLUMN begun bigint REFERENCES platform.operator_act (id),
  DROP CONSTRAINT operator_act_outcome_check,
  ADD CONSTRAINT operator_act_outcome_check CHECK (outcome IN ('allow', 'deny', 'error', 'begun', 'repeated')),
  ADD CONSTRAINT operator_act_ends CHECK (begun IS NULL OR begun < id AND outcome <> 'begun');
COMMENT ON COLUMN platform.operator_act.begun IS 'the act whose end this entry says';
CREATE UNIQUE INDEX operator_act_end ON platform.operator_act (begun); -- the first word of an end stands
CREATE INDEX operator_act_open ON platform.operator_act (ministry, id) WHERE outcome = 'begun';
