-- What happened commits here without a number, so that no commit waits for another's. `number_changes` moves it to
-- `change`, in the order of arrival, whenever somebody asks what is new.
CREATE TABLE change_arrival (
    arrival   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id integer NOT NULL,
    sender_id integer NOT NULL,
    division  text NOT NULL,
    kind      text NOT NULL,
    key       text NOT NULL,
    event     text NOT NULL,
    version   integer NOT NULL,
    state     text NOT NULL,
    code      text,
    at        timestamptz NOT NULL,
    reason    text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
        autovacuum_vacuum_insert_threshold = -1);

-- A database that was restored has forgotten its last changes. Those that come then get numbers of a new epoch, so that
-- none is taken for one of before: an epoch's numbers begin at `epoch << 40`. `began_after` is the last number that was
-- still known when it began.
ALTER TABLE change_clock ADD COLUMN epoch integer NOT NULL DEFAULT 0, ADD COLUMN history text;
CREATE TABLE change_epoch (
    epoch       integer PRIMARY KEY,
    began_after bigint NOT NULL,
    at          timestamptz NOT NULL DEFAULT now()
);

-- Which history of which server this is: a restore to a moment, and a standby that takes over, begin another timeline.
CREATE FUNCTION server_history() RETURNS text LANGUAGE sql AS $$
    SELECT system_identifier || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) FROM pg_control_system()
$$;

-- Gives numbers to at most `most` of what has committed; returns the highest number and whether more is waiting.
--
-- Called as a statement of its own it begins and ends in the server: a caller that freezes holds nothing. Who finds the
-- clock taken waits for one such statement. What is numbered is visible with its number, or not at all, so nothing new
-- ever appears at or below a number that was returned; what commits later gets a higher one. Two changes of one record
-- keep their order, because the second could only be made when the first had committed, or in the same transaction.
CREATE FUNCTION number_changes(most integer, OUT mark bigint, OUT is_more boolean) LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
    known text;
    current text;
    latest integer;
BEGIN
    is_more := EXISTS (SELECT FROM change_arrival);
    IF NOT is_more THEN
        SELECT position INTO mark FROM change_clock;
        RETURN;
    END IF;
    current := server_history();
    SELECT position, history, epoch INTO mark, known, latest FROM change_clock FOR UPDATE;
    IF known <> current THEN
        latest := latest + 1;
        INSERT INTO change_epoch (epoch, began_after) VALUES (latest, mark);
        mark := latest::bigint << 40;
    END IF;
    WITH taken AS (
        DELETE FROM change_arrival
        WHERE arrival IN (SELECT arrival FROM change_arrival ORDER BY arrival LIMIT most)
        RETURNING *
    )
    INSERT INTO change (position, tenant_id, sender_id, division, kind, key, event, version, state, code, at, reason)
    SELECT mark + row_number() OVER (ORDER BY arrival), tenant_id, sender_id, division, kind, key, event, version,
           state, code, at, reason
    FROM taken;
    GET DIAGNOSTICS moved = ROW_COUNT;
    is_more := moved = most;
    mark := mark + moved;
    UPDATE change_clock SET position = mark, history = current, epoch = latest;
END $$;

GRANT SELECT, INSERT, DELETE ON change_arrival TO yizhan_writer;
GRANT SELECT, INSERT ON change_epoch TO yizhan_writer;
GRANT SELECT ON change_epoch TO yizhan_reader;
