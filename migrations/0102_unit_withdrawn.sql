-- +goose Up
-- A place or an office that was entered by mistake and taken back: it never was, on no
-- day. Its page and its history stay; its code is free again.
ALTER TABLE unit
  ADD COLUMN withdrawn boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT unit_never_was CHECK (NOT withdrawn OR until = since AND until IS NOT NULL AND code = '');
