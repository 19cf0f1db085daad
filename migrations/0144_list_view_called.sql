-- +goose Up

-- Filters of one list are told apart by their names as whoever saved them reads them: without
-- regard to capitals (what is one in a language, that language says when they are saved).
ALTER TABLE list_view ADD COLUMN called text NOT NULL DEFAULT '';

-- The rows of every ministry: the wall is not in the owner's way until this is done.
ALTER TABLE list_view NO FORCE ROW LEVEL SECURITY;
UPDATE list_view SET called = lower(name);
-- Of what two names said of one, the later ones get their number behind it.
UPDATE list_view v SET name = left(v.name, 60) || ' (' || v.id || ')', called = left(v.called, 60) || ' (' || v.id || ')'
WHERE EXISTS (SELECT FROM list_view o WHERE o.tenant_id = v.tenant_id AND o.account_id = v.account_id AND o.register = v.register AND o.called = v.called AND o.id < v.id);
ALTER TABLE list_view FORCE ROW LEVEL SECURITY;

DROP INDEX list_view_name;
CREATE UNIQUE INDEX list_view_called ON list_view (tenant_id, account_id, register, called);
