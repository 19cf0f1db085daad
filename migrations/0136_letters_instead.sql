-- +goose Up

-- Where the host name that two people had chosen for letters is the ministry's no more, they
-- lead to another one of its own until two people have chosen again; which it is in the place
-- of stands there meanwhile.
ALTER TABLE known_host ADD COLUMN instead text COLLATE "C" NOT NULL DEFAULT '' CHECK (instead = '' OR letters);
