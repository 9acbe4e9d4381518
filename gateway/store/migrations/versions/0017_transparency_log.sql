-- Leaves that were committed with what they attest and have no place in the tree yet. No index: it is emptied every
-- second, and whoever pushes pays for its rows alone. `name` is kind and ref with a space between, `digests` the entry and
-- what may follow it.
CREATE TABLE log_pending (
    id      bigint GENERATED ALWAYS AS IDENTITY,
    name    text NOT NULL,
    digests bytea NOT NULL
);

-- The leaves in their order. `entry` is published; kind and ref say which row it attests, `rest` what the row of an
-- earlier version no longer tells.
CREATE TABLE log_leaf (
    place bigint PRIMARY KEY,
    kind  text NOT NULL,
    ref   text NOT NULL,
    entry bytea NOT NULL,
    rest  bytea
);
CREATE INDEX log_leaf_ref ON log_leaf (kind, ref, place);

-- The tree, as tiles of up to 256 hashes; the last tile of a level grows.
CREATE TABLE log_tile (
    level  smallint NOT NULL,
    nth    bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, nth)
);
ALTER TABLE log_tile ALTER hashes SET STORAGE EXTERNAL;

CREATE TABLE log_checkpoint (
    size bigint PRIMARY KEY,
    root bytea NOT NULL,
    note text NOT NULL,
    at   timestamptz NOT NULL DEFAULT now()
);

-- So that nobody guesses an entry of the audit log from its published hash. NULL: of before.
ALTER TABLE audit ADD COLUMN salt bytea;

GRANT SELECT, INSERT, DELETE ON log_pending TO yizhan_writer;
GRANT SELECT, INSERT ON log_leaf TO yizhan_writer;
GRANT SELECT, INSERT, UPDATE ON log_tile TO yizhan_writer;
GRANT SELECT, INSERT, DELETE ON log_checkpoint TO yizhan_writer;
GRANT SELECT ON log_tile, log_checkpoint TO yizhan_public;
GRANT SELECT (place, entry) ON log_leaf TO yizhan_public;
