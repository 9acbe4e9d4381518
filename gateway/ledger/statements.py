"""The SQL of the writer, in one readable place. Every statement takes whole batches as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Parameters = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Arrays:
    """A set of rows handed to PostgreSQL as one binary array a column."""

    columns: dict[str, str]

    def unnest(self) -> str:
        return ", ".join(f"%({name})b::{type_}[]" for name, type_ in self.columns.items())

    @property
    def names(self) -> str:
        return ", ".join(self.columns)

    def parameters(self, rows: Iterable[Sequence[Any]]) -> Parameters:
        """`rows` in the order of `columns`; at least one."""
        return dict(zip(self.columns, map(list, zip(*rows, strict=True)), strict=True))


CLAIMS = Arrays({"tenant_id": "int", "key": "text", "request_hash": "bytea", "submission_id": "uuid"})
CLAIM = f"""
    INSERT INTO idempotency ({CLAIMS.names})
    SELECT * FROM unnest({CLAIMS.unnest()})
    ON CONFLICT DO NOTHING
    RETURNING submission_id
"""  # noqa: S608 - built from constants

CLAIM_KEYS = Arrays({"tenant_id": "int", "key": "text"})
CLAIMED_BEFORE = f"""
    SELECT i.tenant_id, i.key, i.request_hash, i.submission_id, s.status, s.answer
    FROM idempotency i
    JOIN unnest({CLAIM_KEYS.unnest()}) AS wanted (tenant_id, key) USING (tenant_id, key)
    LEFT JOIN submission s ON s.id = i.submission_id
"""  # noqa: S608 - built from constants

RECORDS = Arrays(
    {
        "tenant_id": "int",
        "kind": "text",
        "key": "text",
        "division": "text",
        "schema": "text",
        "state": "text",
        "content_hash": "bytea",
        "body": "bytea",
        "submission_id": "uuid",
        "ordinal": "int",
        "stored_at": "timestamptz",
        "issued_at": "timestamptz",
        "code": "text",
        "qr_text": "text",
        "subkind": "text",
        "agency_name": "text",
        "agency_uscc": "text",
        "depart_on": "date",
        "return_on": "date",
        "headcount": "int",
        "people": "text",
        "effective_on": "date",
        "revision": "bigint",
        "unconfirmed": "boolean",
        "due_on": "date",
    }
)
INSERT_RECORDS = f"""
    INSERT INTO record ({RECORDS.names})
    SELECT {RECORDS.names.replace("people", "people::bigint[]")}
    FROM unnest({RECORDS.unnest()}) AS incoming ({RECORDS.names})
    ON CONFLICT DO NOTHING
    RETURNING submission_id, ordinal
"""  # noqa: S608 - built from constants

RECORD_KEYS = Arrays({"tenant_id": "int", "kind": "text", "key": "text"})
_STORED = """
    kind, key, schema, version, state, content_hash, body, submission_id, stored_at, issued_at, code, qr_text,
    confirmed_as, base_revision
"""
STORED_RECORDS = f"""
    SELECT tenant_id, {_STORED}
    FROM record JOIN unnest({RECORD_KEYS.unnest()}) AS wanted ({RECORD_KEYS.names}) USING (tenant_id, kind, key)
"""  # noqa: S608 - built from constants
LOCK_RECORD = f"""
    SELECT {_STORED} FROM record
    WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND key = %(key)s
    FOR UPDATE
"""  # noqa: S608 - built from constants
KEEP_VERSION = """
    INSERT INTO record_version (tenant_id, kind, key, version, division, schema, state, content_hash, body,
                                submission_id, ordinal, stored_at, qr_text)
    SELECT tenant_id, kind, key, version, division, schema, state, content_hash, body,
           submission_id, ordinal, stored_at, qr_text
    FROM record WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND key = %(key)s
"""
REPLACE_RECORD = """
    UPDATE record SET schema = %(schema)s, version = version + 1, state = %(state)s,
        content_hash = %(content_hash)s, body = %(body)s, submission_id = %(submission_id)s, ordinal = %(ordinal)s,
        stored_at = %(stored_at)s, qr_text = %(qr_text)s, subkind = %(subkind)s, agency_name = %(agency_name)s,
        agency_uscc = %(agency_uscc)s, depart_on = %(depart_on)s, return_on = %(return_on)s,
        headcount = %(headcount)s, people = %(people)s, division = %(division)s, effective_on = %(effective_on)s,
        revision = %(revision)s, unconfirmed = %(unconfirmed)s, due_on = least(due_on, %(due_on)s), confirmed_as = NULL,
        base_revision = CASE WHEN %(unconfirmed)s AND unconfirmed AND revision = %(revision)s
                             THEN coalesce(confirmed_as, base_revision) END
    WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND key = %(key)s
    RETURNING version
"""
MOVE_STATE = """
    UPDATE record SET state = %(state)s WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND key = %(key)s
    RETURNING tenant_id, division, kind, key, version, code
"""

SUBMISSIONS = Arrays(
    {
        "id": "uuid",
        "tenant_id": "int",
        "division": "text",
        "channel": "text",
        "connector": "text",
        "mapping": "text",
        "kind": "text",
        "content_type": "text",
        "filename": "text",
        "received_at": "timestamptz",
        "raw_hash": "bytea",
        "raw": "bytea",
        "rows_in": "int",
        "accepted": "int",
        "rejected": "int",
        "quarantined": "int",
        "status": "int",
        "answer": "bytea",
        "blob": "text",
    }
)
INSERT_SUBMISSIONS = f"""
    INSERT INTO submission ({SUBMISSIONS.names}) SELECT * FROM unnest({SUBMISSIONS.unnest()})
"""  # noqa: S608 - built from constants

BATCHES = Arrays(
    {"submission_id": "uuid", "tenant_id": "int", "division": "text", "amend": "boolean", "size_bytes": "bigint"}
)
INSERT_BATCHES = f"INSERT INTO batch ({BATCHES.names}) SELECT * FROM unnest({BATCHES.unnest()})"  # noqa: S608

DEAD_LETTERS = Arrays(
    {
        "submission_id": "uuid",
        "ordinal": "int",
        "tenant_id": "int",
        "division": "text",
        "kind": "text",
        "locator": "text",
        "source": "bytea",
        "findings": "text",
        "stored_at": "timestamptz",
        "key": "text",
        "state": "text",
    }
)
INSERT_DEAD_LETTERS = f"""
    INSERT INTO dead_letter ({DEAD_LETTERS.names})
    SELECT {DEAD_LETTERS.names.replace("findings", "findings::jsonb")}
    FROM unnest({DEAD_LETTERS.unnest()}) AS incoming ({DEAD_LETTERS.names})
"""  # noqa: S608 - built from constants

CONFLICTS = Arrays(
    {
        "id": "uuid",
        "tenant_id": "int",
        "division": "text",
        "connector": "text",
        "kind": "text",
        "key": "text",
        "our_version": "int",
        "their_revision": "bigint",
        "theirs": "bytea",
        "submission_id": "uuid",
        "reason": "text",
    }
)
# Pages may come late: an older version of theirs does not take the place of a newer one.
OPEN_CONFLICTS = f"""
    INSERT INTO conflict ({CONFLICTS.names}) SELECT * FROM unnest({CONFLICTS.unnest()})
    ON CONFLICT (tenant_id, kind, key) WHERE decision IS NULL DO UPDATE SET
        our_version = excluded.our_version, their_revision = excluded.their_revision, theirs = excluded.theirs,
        submission_id = excluded.submission_id, reason = excluded.reason
    WHERE excluded.their_revision >= conflict.their_revision
"""  # noqa: S608 - built from constants

# The portal shows what we had changed, or a later version that we have taken: there is nothing left to decide.
ENDED = Arrays({"tenant_id": "int", "kind": "text", "key": "text", "decision": "text"})
END_CONFLICTS = f"""
    UPDATE conflict SET decision = ended.decision, decided_by = 'portal', decided_at = now()
    FROM unnest({ENDED.unnest()}) AS ended ({ENDED.names})
    WHERE conflict.tenant_id = ended.tenant_id AND conflict.kind = ended.kind AND conflict.key = ended.key
      AND conflict.decision IS NULL
"""  # noqa: S608 - built from constants

CHANGES = Arrays(
    {
        "tenant_id": "int",
        "division": "text",
        "kind": "text",
        "key": "text",
        "event": "text",
        "version": "int",
        "state": "text",
        "code": "text",
        "at": "timestamptz",
    }
)
ANNOUNCE = f"""
    WITH clock AS (UPDATE change_clock SET position = position + %(count)s RETURNING position - %(count)s AS before)
    INSERT INTO change (position, {CHANGES.names})
    SELECT before + nth, {CHANGES.names}
    FROM clock, unnest({CHANGES.unnest()}) WITH ORDINALITY AS incoming ({CHANGES.names}, nth)
"""  # noqa: S608 - built from constants

ANSWERS_OF = """
    SELECT s.id, s.answer, b.receipt FROM submission s LEFT JOIN batch b ON b.submission_id = s.id
    WHERE s.id = ANY(%(ids)b::uuid[])
"""
