-- How deep every queue was and what came in, every five minutes: figures of the whole installation, without anything of
-- what they count. Whoever comes first writes a moment, the others find it there.
CREATE TABLE queue_sample (
    at             timestamptz NOT NULL,
    queue          text NOT NULL,
    depth          integer NOT NULL,
    oldest_seconds integer NOT NULL,
    PRIMARY KEY (at, queue)
);
CREATE TABLE traffic_sample (
    at          timestamptz NOT NULL,
    channel     text NOT NULL,
    submissions bigint NOT NULL,
    accepted    bigint NOT NULL,
    rejected    bigint NOT NULL,
    PRIMARY KEY (at, channel)
);
GRANT SELECT, INSERT, DELETE ON queue_sample, traffic_sample TO yizhan_writer;
