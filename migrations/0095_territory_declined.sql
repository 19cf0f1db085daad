-- +goose Up
-- Differences between the country profile's territory and the ministry's that somebody
-- declined. The id is a digest of what the profile says: when that changes, it is another
-- difference, and is proposed again.
CREATE TABLE territory_declined (
    tenant_id   int         NOT NULL REFERENCES platform.tenant (id),
    id          text        COLLATE "C" NOT NULL,
    declined_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
SELECT wall_table('territory_declined');
