-- Versions of partner folders: every one is kept, one of a connector at most is in service.
CREATE TABLE connector_version (
    connector  text NOT NULL CHECK (connector ~ '^[a-z][a-z0-9_-]{1,31}$'),
    number     integer NOT NULL,
    state      text NOT NULL CHECK (state IN ('draft', 'staged', 'live', 'retired', 'given_up')),
    content    bytea NOT NULL,
    digest     bytea NOT NULL,
    stamps     jsonb NOT NULL,
    note       text NOT NULL,
    made_by    text NOT NULL,
    made_at    timestamptz NOT NULL,
    staged_by  text,
    staged_at  timestamptz,
    live_by    text,
    live_at    timestamptz,
    retired_by text,
    retired_at timestamptz,
    PRIMARY KEY (connector, number)
);
CREATE UNIQUE INDEX connector_version_live ON connector_version (connector) WHERE state = 'live';
GRANT SELECT, INSERT ON connector_version TO yizhan_writer;
GRANT UPDATE (state, staged_by, staged_at, live_by, live_at, retired_by, retired_at) ON connector_version TO yizhan_writer;
