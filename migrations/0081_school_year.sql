-- +goose Up

-- A ministry's own school years, in the form of the profile's calendar files: published
-- or amended by two people (TR-IC-1, TR-IC-8). The highest version of a year is in force,
-- over the year of the same id in the files; the earlier ones stay as they were.
CREATE TABLE school_year (
    tenant_id    int         NOT NULL REFERENCES platform.tenant (id),
    year         text        COLLATE "C" NOT NULL CHECK (year <> ''),
    version      int         NOT NULL CHECK (version > 0),
    uid          text        NOT NULL,
    document     jsonb       NOT NULL,
    order_number text        NOT NULL CHECK (order_number <> ''),
    order_date   date        NOT NULL,
    asked_by     text        NOT NULL, -- public id of the account
    agreed_by    text        NOT NULL, -- of the second one; 'operator' where the ministry has none
    published_at timestamptz NOT NULL,
    told_after   bigint      NOT NULL DEFAULT 0, -- how far it has been announced
    told_to      integer     NOT NULL DEFAULT 0,
    told_all     timestamptz,
    PRIMARY KEY (tenant_id, year, version),
    UNIQUE (tenant_id, uid),
    CHECK (agreed_by <> asked_by)
);
SELECT wall_table('school_year');
