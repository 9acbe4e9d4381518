"""The SQL of versions of partner folders, of the sandbox, of registrations and of what has come lately."""

from __future__ import annotations

from sqlalchemy import text

_COLUMNS = """
    connector, number, state, digest, stamps, note, made_by, made_at, staged_by, staged_at, live_by, live_at,
    retired_by, retired_at
"""
HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('connector ' || :connector, 0))")
"""Whoever changes what a connector's versions are does so one after another."""
INSERT = text("""
    INSERT INTO connector_version (
        connector, number, state, content, digest, stamps, note, made_by, made_at, live_by, live_at
    )
    SELECT :connector, coalesce(max(number), 0) + 1, :state, :content, :digest, CAST(:stamps AS jsonb), :note,
           :by, :at, CASE WHEN :state = 'live' THEN :by END, CASE WHEN :state = 'live' THEN CAST(:at AS timestamptz) END
    FROM connector_version WHERE connector = :connector
    RETURNING number
""")
LISTED = text(f"SELECT {_COLUMNS} FROM connector_version WHERE connector = :connector ORDER BY number")  # noqa: S608
EVERY_VERSION = text(f"SELECT {_COLUMNS} FROM connector_version ORDER BY connector, number")  # noqa: S608
CONTENT = text("SELECT content FROM connector_version WHERE connector = :connector AND number = :number")
CURRENT = text("""
    SELECT connector, max(number) FILTER (WHERE state = 'live') AS number,
           (array_agg(digest) FILTER (WHERE state = 'live'))[1] AS digest
    FROM connector_version WHERE live_at IS NOT NULL GROUP BY connector ORDER BY connector
""")
IN_SERVICE = text("""
    SELECT name AS connector, version.number,
           coalesce(version.live_at <= :since, true)
           AND EXISTS (SELECT FROM submission WHERE connector = name AND accepted > 0 AND received_at <= :since
                       AND division <> 'TEST') AS was_in_service,
           EXISTS (SELECT FROM submission WHERE connector = name AND accepted > 0 AND received_at > :since
                   AND division <> 'TEST') AS is_sending
    FROM unnest(CAST(:names AS text[])) AS name
    LEFT JOIN connector_version version ON version.connector = name AND version.state = 'live'
    ORDER BY name COLLATE "C"
""")
STAGE = text("""
    UPDATE connector_version SET state = 'staged', staged_by = :by, staged_at = :at
    WHERE connector = :connector AND number = :number AND state = ANY (:before)
""")
RETIRE = text("""
    UPDATE connector_version SET state = :state, retired_by = :by, retired_at = :at
    WHERE connector = :connector AND number = :number AND state = ANY (:before)
""")
GO_LIVE = text("""
    UPDATE connector_version SET state = 'live', live_by = :by, live_at = :at
    WHERE connector = :connector AND number = :number AND state = ANY (:before)
""")

FAULTS = text("SELECT fault, times_left FROM sandbox_fault WHERE tenant_id = :tenant_id AND times_left > 0")
SET_FAULT = text("""
    INSERT INTO sandbox_fault (tenant_id, fault, times_left) VALUES (:tenant_id, :fault, :times)
    ON CONFLICT (tenant_id, fault) DO UPDATE SET times_left = excluded.times_left
""")
STRIKE = text("""
    UPDATE sandbox_fault SET times_left = times_left - 1, times_done = times_done + 1
    WHERE (tenant_id, fault) IN (
        SELECT tenant_id, fault FROM sandbox_fault
        WHERE tenant_id = :tenant_id AND times_left > 0 AND fault = ANY(:faults)
        ORDER BY fault LIMIT 1 FOR UPDATE)
    RETURNING fault, times_left
""")

_REGISTRATION = "id, state, system, contact, token_hash, partner, created_at"
REGISTER = text("""
    INSERT INTO registration (id, state, system, contact, token_hash, created_at)
    VALUES (:id, 'applied', CAST(:system AS jsonb), :contact, :token_hash, :at)
""")
REGISTRATION = text(f"SELECT {_REGISTRATION} FROM registration WHERE id = :id")  # noqa: S608
REGISTRATIONS = text(f"""
    SELECT {_REGISTRATION} FROM registration
    WHERE (CAST(:state AS text) IS NULL OR state = :state) AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")  # noqa: S608
OF_PARTNERS = text(f"SELECT {_REGISTRATION} FROM registration WHERE partner = ANY(:partners) ORDER BY id")  # noqa: S608
COUNTED = text("SELECT state, count(*) AS count FROM registration GROUP BY state")
COUNT_FORM = text("""
    INSERT INTO registration_origin (day, origin, forms) VALUES (:day, :origin, 1)
    ON CONFLICT (day, origin) DO UPDATE SET forms = registration_origin.forms + 1
    WHERE registration_origin.forms < :most
""")
FORGET_ORIGINS = text("DELETE FROM registration_origin WHERE day < :day")
CLOSE_UNTOUCHED = text("""
    UPDATE registration SET state = :state WHERE state = ANY(:before) AND state = 'applied' AND created_at < :until
    RETURNING id
""")
FORGET_CONTACTS = text("""
    UPDATE registration SET contact = NULL
    WHERE state = 'rejected' AND contact IS NOT NULL AND (
        SELECT max(at) FROM registration_step WHERE registration_id = registration.id) < :until
""")
MOVE_REGISTRATION = text("""
    UPDATE registration SET state = :state, partner = :partner
    WHERE id = :id AND state = :seen
""")
ADD_STEP = text("""
    INSERT INTO registration_step (registration_id, state, at, by, reason) VALUES (:id, :state, :at, :by, :reason)
""")
STEPS = text("SELECT state, at, by, reason FROM registration_step WHERE registration_id = :id ORDER BY step")
SEALED_CONTACTS = text("SELECT id, contact FROM registration WHERE contact IS NOT NULL ORDER BY id")
REWRAP_CONTACT = text("UPDATE registration SET contact = :wrapped WHERE id = :id AND contact = :before")
DECIDE_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('registrations', 0))")
IS_CALLED = text("SELECT EXISTS (SELECT FROM registration WHERE partner = :partner AND id <> :id)")
COUNT_ISSUED = text("UPDATE registration SET issued = issued + 1 WHERE id = :id AND issued < :most")
COUNT_ISSUED_LIVE = text("UPDATE registration SET issued_live = issued_live + 1 WHERE id = :id AND issued_live < :most")

DONE = text("SELECT fault, times_done FROM sandbox_fault WHERE tenant_id = :tenant_id")
NOTE_REPLAY = text("""
    INSERT INTO sandbox_replay (tenant_id, channel, kind, times) VALUES (:tenant_id, :channel, :kind, 1)
    ON CONFLICT (tenant_id, channel, kind) DO UPDATE SET times = sandbox_replay.times + 1
""")
EVIDENCE = text("""
    WITH sent AS (
        SELECT * FROM submission WHERE tenant_id = :tenant_id AND kind = :kind AND channel = ANY (:channels)
    ), kept AS (SELECT * FROM record WHERE tenant_id = :tenant_id AND kind = :kind)
    SELECT (SELECT coalesce(sum(accepted), 0)::integer FROM sent) AS accepted,
           coalesce((SELECT max(received_at) FROM sent WHERE accepted > 0)
                    > (SELECT min(received_at) FROM sent WHERE rejected > 0), false) AS corrected,
           (SELECT count(*)::integer FROM kept WHERE version > 1) AS amended,
           (SELECT coalesce(max(rows_in), 0) FROM sent) AS largest,
           (SELECT count(*)::integer FROM kept WHERE state = 'void') AS void,
           (SELECT count(*)::integer FROM document WHERE tenant_id = :tenant_id AND kind = :kind) AS documents,
           (SELECT count(*)::integer FROM batch WHERE tenant_id = :tenant_id AND state = 'done') AS large_files,
           (SELECT coalesce(sum(times), 0)::integer FROM sandbox_replay
            WHERE tenant_id = :tenant_id AND kind = :kind AND channel = ANY (:channels)) AS replays,
           EXISTS (SELECT FROM credential gone JOIN credential used USING (tenant_id)
                   WHERE tenant_id = :tenant_id AND gone.revoked_at IS NOT NULL AND gone.last_used_at IS NOT NULL
                     AND used.revoked_at IS NULL AND used.last_used_at > gone.last_used_at) AS rotated,
           (SELECT count(*)::integer FROM delivery d JOIN target t ON t.id = d.target_id
            WHERE t.tenant_id = :tenant_id AND d.state = 'delivered' AND d.last_status < 300) AS delivered
""")
SAMPLES = text("""
    SELECT tenant_id, kind, key, body FROM record WHERE tenant_id = :tenant_id AND kind = :kind
    ORDER BY stored_at DESC LIMIT 200
""")

RECENT = text("""
    SELECT id, tenant_id, kind, received_at, raw FROM submission
    WHERE connector = :connector AND octet_length(raw) > 0 ORDER BY received_at DESC LIMIT :limit
""")
