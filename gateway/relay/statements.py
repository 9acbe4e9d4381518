"""The SQL of the relay, in one readable place; what its queries give has types in `rows`."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

# Why nothing goes to a target: the credential that it belongs to has ended.
_ENDED = """(SELECT CASE WHEN c.revoked_at IS NOT NULL THEN 'revoked' WHEN c.expires_at <= now() THEN 'expired' END
    FROM credential c WHERE c.id = target.credential_id)"""
TARGET_COLUMNS = f"""id, tenant_id, division, scope_tenant, scope_division, format, url, events, keys, position, state,
    failures, open_until, created_at, connector, credential_id, {_ENDED} AS ended"""

ADD_TARGET = text("""
    INSERT INTO target (id, tenant_id, division, scope_tenant, scope_division, format, url, events, keys, connector,
        credential_id, position)
    VALUES (:id, :tenant_id, :division, :scope_tenant, :scope_division, :format, :url, :events, :keys, :connector,
        :credential_id, :position)
    ON CONFLICT (id) DO UPDATE SET events = excluded.events, credential_id = excluded.credential_id
""")
COUNT_TARGETS = text("SELECT count(*) FROM target WHERE tenant_id = :tenant_id AND state <> 'gone'")
TARGETS = text(f"SELECT {TARGET_COLUMNS} FROM target WHERE state <> 'gone' ORDER BY created_at, id")
TARGET = text(f"SELECT {TARGET_COLUMNS} FROM target WHERE id = :id AND state <> 'gone'")
LOCK_TARGET = text(f"SELECT {TARGET_COLUMNS} FROM target WHERE id = :id FOR UPDATE")
TAKE = text("""
    UPDATE target SET credential_id = :credential_id, scope_tenant = :scope_tenant, scope_division = :scope_division,
        failures = 0, open_until = NULL, failing_since = NULL
    WHERE id = :id
""")
FOLLOW = text("UPDATE target SET credential_id = :after WHERE credential_id = :before")
SET_KEYS = text("UPDATE target SET keys = :keys WHERE id = :id")
SET_STATE = text("""
    UPDATE target SET state = :state, failures = 0, open_until = NULL, failing_since = NULL
    WHERE id = :id AND state = ANY(:before)
""")
_DELIVERIES = """
    SELECT d.position, c.kind, c.key, c.event, d.state, d.attempts, d.due_at, d.last_status, d.last_error, d.settled_at
    FROM delivery d JOIN change c USING (position)
    WHERE d.target_id = :id AND (CAST(:state AS text) IS NULL OR d.state = :state)
"""
DELIVERIES = text(f"{_DELIVERIES} AND d.position > :after ORDER BY d.position LIMIT :limit")
LAST_DELIVERIES = text(f"""
    {_DELIVERIES} AND (:after = 0 OR d.position < :after) ORDER BY d.position DESC LIMIT :limit
""")
REDELIVER = text("""
    UPDATE delivery SET state = 'waiting', attempts = 0, due_at = now(), settled_at = NULL
    WHERE target_id = :id AND position BETWEEN :first AND :last AND state = ANY(:before)
      AND (state = 'dead' OR :all)
""")

# Fan-out: from the change feed to one row a target and change. `position` moves in the same transaction.
BEHIND = text(f"""
    SELECT id, position, scope_tenant, scope_division, format, events FROM target
    WHERE state = 'active' AND {_ENDED} IS NULL AND position < :upto
    FOR UPDATE SKIP LOCKED
""")
ARE_BEHIND = text(f"SELECT 1 FROM target WHERE state = 'active' AND {_ENDED} IS NULL AND position < :upto LIMIT 1")
FAN_OUT = text("""
    WITH news AS (
        SELECT position, kind || '.' || event AS type, tenant_id || '/' || kind || '/' || key AS record
        FROM change
        WHERE position > :after AND position <= :upto AND (
            tenant_id = :tenant OR sender_id = :tenant OR (division LIKE :division AND division <> 'TEST')
            OR tenant_id IN (SELECT agency_id FROM representation WHERE sender_id = :tenant))
            AND (NOT :in_order OR sender_id = :tenant)  -- what others sent is not told, and overtakes nothing
    )
    INSERT INTO delivery (target_id, position, about)
    SELECT :id, position, CASE WHEN :in_order THEN record END
    FROM news WHERE '*' = ANY(CAST(:events AS text[])) OR type = ANY(CAST(:events AS text[]))
    ON CONFLICT DO NOTHING
""")
CAUGHT_UP = text("UPDATE target SET position = :upto WHERE id = :id")

READY = text(f"""
    SELECT DISTINCT target.id FROM target JOIN delivery d ON d.target_id = target.id
    WHERE target.state = 'active' AND (target.open_until IS NULL OR target.open_until <= now()) AND {_ENDED} IS NULL
      AND d.state = 'waiting' AND d.due_at <= now()
      AND (CAST(:connectors AS text[]) IS NULL OR target.connector = ANY(CAST(:connectors AS text[])))
""")
# What a later change of the same record has overtaken need not be said any more: it would be told out of order.
SUPERSEDE = text("""
    UPDATE delivery d SET state = :state, settled_at = now(), last_error = :why
    WHERE d.target_id = :id AND d.state = ANY(:before) AND d.about IS NOT NULL
      AND (d.held_until IS NULL OR d.held_until <= now())
      AND EXISTS (SELECT FROM delivery later
                  WHERE later.target_id = d.target_id AND later.about = d.about AND later.position > d.position)
""")
# An attempt counts from the moment it is begun. Until its lease ends nobody else makes it, nor one about the same
# record. A probe takes what has waited longest, so that one delivery that never gets through does not stand for all.
CLAIM = text("""
    UPDATE delivery d SET attempts = d.attempts + 1, due_at = now() + make_interval(secs => :lease),
        held_until = now() + make_interval(secs => :lease)
    FROM change c
    WHERE d.target_id = :id AND c.position = d.position AND d.position IN (
        SELECT position FROM delivery waiting
        WHERE target_id = :id AND state = 'waiting' AND due_at <= now()
          AND (about IS NULL OR NOT EXISTS (
              SELECT FROM delivery held
              WHERE held.target_id = waiting.target_id AND held.about = waiting.about AND held.held_until > now()))
        ORDER BY CASE WHEN :probe THEN due_at END, position LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING d.position, d.attempts, c.kind, c.key, c.event, c.version, c.state, c.code, c.at, c.reason,
              c.tenant_id, c.sender_id
""")
SETTLED = text("""
    UPDATE delivery SET state = :state, last_status = :status, last_error = :error, settled_at = now(),
        held_until = NULL
    WHERE target_id = :id AND position = :position AND state = ANY(:before)
""")
HEALTHY = text("""
    UPDATE target SET failures = 0, open_until = NULL, failing_since = NULL WHERE id = :id AND failures > 0
""")
FAILED = text("""
    UPDATE delivery SET state = :state, attempts = GREATEST(attempts - :spared, 0),
        last_status = :status, last_error = :error,
        due_at = now() + make_interval(secs => :wait), held_until = NULL,
        settled_at = CASE WHEN :state = 'dead' THEN now() END
    WHERE target_id = :id AND position = :position AND state = ANY(:before)
""")
# For the sandbox: a delivery that waits for the one behind it. While it is held (`held_until`) it is under way.
IS_PUT_OFF = text("""
    SELECT EXISTS (SELECT FROM delivery WHERE target_id = :id AND state = 'waiting' AND last_error = :why
                   AND due_at > now() AND held_until IS NULL)
""")
PUT_OFF = text("""
    UPDATE delivery SET due_at = now() + make_interval(secs => :wait), held_until = NULL, last_error = :why
    WHERE target_id = :id AND position = :position AND state = ANY(:before)
""")
RELEASE = text("""
    UPDATE delivery SET due_at = now()
    WHERE target_id = :id AND position < :position AND state = 'waiting' AND last_error = :why AND held_until IS NULL
""")
UNHEALTHY = text("""
    UPDATE target SET failures = found.failures, failing_since = coalesce(failing_since, now()),
        open_until = CASE WHEN found.failures >= :most
            THEN now() + make_interval(secs => LEAST(:open * power(2, LEAST(found.failures - :most, 10)), :longest)) END
    FROM (SELECT GREATEST(failures + 1, :least) AS failures FROM target WHERE id = :id FOR UPDATE) AS found
    WHERE id = :id
""")
