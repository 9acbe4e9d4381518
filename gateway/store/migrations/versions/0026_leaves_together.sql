-- The leaves of a transaction wait as one row: whoever pushes pays for one, however many pushes it stores. Rows with a
-- `name` of their own are of an instance of before this, which may still be writing them.
ALTER TABLE log_pending ALTER name DROP NOT NULL, ALTER digests DROP NOT NULL,
    ADD names text[], ADD parts bytea[],
    ADD CHECK ((name IS NULL) = (names IS NOT NULL)), ADD CHECK (cardinality(names) = cardinality(parts));

-- Each by itself, in the order of `id` and `nth`.
CREATE VIEW log_waiting AS
    SELECT p.id, leaf.nth, leaf.name, leaf.digests
    FROM log_pending p CROSS JOIN LATERAL (
        SELECT 0::bigint AS nth, p.name, p.digests WHERE p.name IS NOT NULL
        UNION ALL
        SELECT nth, name, digests FROM unnest(p.names, p.parts) WITH ORDINALITY AS own (name, digests, nth)
    ) AS leaf;
GRANT SELECT ON log_waiting TO yizhan_writer;
