"""The SQL of the ledger, in one readable place. What is written takes whole batches, as arrays.

Columns and their types come from the classes of `rows`; so do the fields of what is read.
"""

from __future__ import annotations

from sqlalchemy import text

from gateway.ledger.facts import Facts
from gateway.ledger.kinds import OWN_KINDS
from gateway.ledger.rows import (
    Claim,
    ClaimKey,
    EndedConflict,
    NewChange,
    NewConflict,
    NewDeadLetter,
    NewRecord,
    NewSubmission,
    PrintedNumber,
    RecordKey,
    TakenOver,
)
from gateway.ledger.states import FILINGS, PLEDGES
from gateway.ledger.wanted import Order
from gateway.store.arrays import Arrays
from gateway.transparency.leaves import APPEND

# ruff: noqa: S608 - every statement is built from constants

# -- idempotency -------------------------------------------------------------------------------------------------------

CLAIMS = Arrays.of(Claim)
CLAIM = f"""
    INSERT INTO idempotency ({CLAIMS.names})
    SELECT * FROM unnest({CLAIMS.unnest()})
    ON CONFLICT DO NOTHING
    RETURNING submission_id
"""
# A document that was refused as a whole is worth reading again when its sender gave it no key: somebody may have
# entered its agency or voided the other contract. Its claim passes to the new submission, from the very one seen.
TAKEN_OVER = Arrays.of(TakenOver)
TAKE_OVER = f"""
    UPDATE idempotency SET submission_id = taken.new_id
    FROM unnest({TAKEN_OVER.unnest()}) AS taken ({TAKEN_OVER.names})
    WHERE idempotency.tenant_id = taken.tenant_id AND idempotency.key = taken.key
      AND idempotency.submission_id = taken.old_id
    RETURNING idempotency.submission_id
"""
CLAIM_KEYS = Arrays.of(ClaimKey)
CLAIMED_BEFORE = f"""
    SELECT i.tenant_id, i.key, i.request_hash, i.submission_id, s.status, s.answer
    FROM idempotency i
    JOIN unnest({CLAIM_KEYS.unnest()}) AS wanted (tenant_id, key) USING (tenant_id, key)
    LEFT JOIN submission s ON s.id = i.submission_id
"""
IS_CLAIMED = "SELECT EXISTS (SELECT FROM idempotency WHERE tenant_id = %(tenant_id)s AND key = %(key)s)"

# -- records -----------------------------------------------------------------------------------------------------------

RECORDS = Arrays.of(NewRecord, Facts)
PEOPLE_RULE = 1
"""Which people the index knows that `facts` makes; what an earlier rule has made is made anew by `reindexing`."""
INSERT_RECORDS = f"""
    INSERT INTO record ({RECORDS.names}, people_rule)
    SELECT {RECORDS.names.replace("people", "people::bigint[]")}, {PEOPLE_RULE}
    FROM unnest({RECORDS.unnest()}) AS incoming ({RECORDS.names})
    ON CONFLICT DO NOTHING
    RETURNING submission_id, ordinal
"""
RECORD_KEYS = Arrays.of(RecordKey)
_STORED = """
    tenant_id, sender_id, kind, key, schema, version, state, content_hash, body, submission_id, stored_at, issued_at,
    code, qr_text, division, revision, confirmed_as, base_revision
"""
_ONE = "tenant_id = %(tenant_id)s AND kind = %(kind)s AND key = %(key)s"
STORED_RECORDS = f"""
    SELECT {_STORED}
    FROM record JOIN unnest({RECORD_KEYS.unnest()}) AS wanted ({RECORD_KEYS.names}) USING (tenant_id, kind, key)
"""
PRINTED_NUMBERS = Arrays.of(PrintedNumber)
PRINTED_ON = f"""
    SELECT tenant_id, contract_no, key
    FROM record JOIN unnest({PRINTED_NUMBERS.unnest()}) AS printed ({PRINTED_NUMBERS.names})
        USING (tenant_id, contract_no)
    WHERE state <> 'void'
"""
ATTESTED = f"""
    SELECT tenant_id, sender_id, kind, key, division, schema, state, content_hash, submission_id, ordinal, qr_text,
           stored_at, body, code, subkind, agency_name, agency_uscc, depart_on, return_on, headcount,
           people::text AS people, effective_on, revision, unconfirmed, contract_no, issued_at
    FROM record WHERE {_ONE}
"""
PROVEN = f"""
    SELECT code, version, state, content_hash, issued_at, stored_at, subkind, agency_name, agency_uscc, division,
           depart_on, return_on, headcount, qr_text, proof
    FROM record WHERE {_ONE} AND code IS NOT NULL
"""
LOCK_RECORD = f"SELECT {_STORED} FROM record WHERE {_ONE} FOR UPDATE"
KEEP_VERSION = f"""
    INSERT INTO record_version (tenant_id, sender_id, kind, key, version, division, schema, state, content_hash, body,
                                submission_id, ordinal, stored_at, qr_text)
    SELECT tenant_id, sender_id, kind, key, version, division, schema, state, content_hash, body,
           submission_id, ordinal, stored_at, qr_text
    FROM record WHERE {_ONE}
"""
_FOR_GOOD = ("tenant_id", "kind", "key", "issued_at", "code", "due_on")
_REPLACED = ", ".join(f"{name} = %({name})s" for name in RECORDS.columns if name not in _FOR_GOOD)
REPLACE_RECORD = f"""
    UPDATE record SET {_REPLACED}, version = version + 1, due_on = least(due_on, %(due_on)s), confirmed_as = NULL,
        state_reason = NULL, purged_at = NULL, people_rule = {PEOPLE_RULE},
        base_revision = CASE WHEN %(unconfirmed)s AND unconfirmed AND revision = %(revision)s
                             THEN coalesce(confirmed_as, base_revision) END
    WHERE {_ONE}
    RETURNING version
"""
MOVE_STATE = f"""
    UPDATE record SET state = %(state)s, state_reason = %(reason)s, proof = %(proof)s
    WHERE {_ONE} AND state = ANY(%(before)s)
    RETURNING tenant_id, sender_id, division, kind, key, version, code
"""
# A later change of ours that was made meanwhile goes on top of the number that this one was given.
CONFIRM = f"""
    UPDATE record
    SET confirmed_as = CASE WHEN version = %(version)s THEN %(revision)s ELSE confirmed_as END,
        base_revision = CASE WHEN version > %(version)s THEN %(revision)s ELSE base_revision END
    WHERE {_ONE} AND version >= %(version)s AND unconfirmed AND coalesce(base_revision, revision) < %(revision)s
"""

# -- submissions and what goes with them -------------------------------------------------------------------------------

SUBMISSIONS = Arrays.of(NewSubmission)
# Every submission has a leaf in the transparency log, as has each record: one statement stores all.
INSERT_SUBMISSIONS = f"""
    WITH leaves AS ({APPEND})
    INSERT INTO submission ({SUBMISSIONS.names}) SELECT * FROM unnest({SUBMISSIONS.unnest()})
"""
COUNT_ROWS = text("""
    UPDATE submission SET rows_in = :rows, accepted = :accepted, rejected = :rejected, quarantined = :quarantined
    WHERE id = :id RETURNING tenant_id, division
""")
DEAD_LETTERS = Arrays.of(NewDeadLetter)
INSERT_DEAD_LETTERS = f"""
    INSERT INTO dead_letter ({DEAD_LETTERS.names})
    SELECT {DEAD_LETTERS.names.replace("findings", "findings::jsonb")}
    FROM unnest({DEAD_LETTERS.unnest()}) AS incoming ({DEAD_LETTERS.names})
"""
LOCK_LETTER = text("""
    SELECT source, edited FROM dead_letter WHERE submission_id = :id AND ordinal = :ordinal FOR UPDATE
""")
EDIT_LETTER = text("""
    UPDATE dead_letter SET edited = :edited, attempts = 0, state = 'open'
    WHERE submission_id = :id AND ordinal = :ordinal AND state = ANY(:before)
""")
RESOLVE_LETTER = text("""
    UPDATE dead_letter SET state = 'resolved', replayed_by = :by
    WHERE submission_id = :id AND ordinal = :ordinal AND state = ANY(:before)
""")
FAIL_LETTER = text("""
    UPDATE dead_letter SET attempts = attempts + 1,
        state = CASE WHEN attempts + 1 >= :most THEN 'parked' ELSE state END
    WHERE submission_id = :id AND ordinal = :ordinal AND state = ANY(:before)
    RETURNING state
""")
ANSWERS_OF = """
    SELECT s.id, s.answer, b.receipt FROM submission s LEFT JOIN batch b ON b.submission_id = s.id
    WHERE s.id = ANY(%(ids)b::uuid[])
"""

# -- conflicts ---------------------------------------------------------------------------------------------------------

CONFLICTS = Arrays.of(NewConflict)
OPEN_CONFLICTS = f"""
    INSERT INTO conflict ({CONFLICTS.names}) SELECT * FROM unnest({CONFLICTS.unnest()})
    ON CONFLICT (tenant_id, kind, key) WHERE decision IS NULL DO UPDATE SET
        our_version = excluded.our_version,
        their_revision = excluded.their_revision,
        theirs = coalesce(excluded.theirs, CASE WHEN conflict.their_revision = excluded.their_revision
                                                THEN conflict.theirs END),
        submission_id = coalesce(excluded.submission_id, conflict.submission_id),
        reason = CASE WHEN excluded.theirs IS NULL THEN conflict.reason ELSE excluded.reason END
    WHERE excluded.theirs IS NULL OR excluded.their_revision >= conflict.their_revision
"""
ENDED = Arrays.of(EndedConflict)
END_CONFLICTS = f"""
    UPDATE conflict SET decision = ended.decision, decided_by = ended.decided_by, decided_at = now()
    FROM unnest({ENDED.unnest()}) AS ended ({ENDED.names})
    WHERE conflict.tenant_id = ended.tenant_id AND conflict.kind = ended.kind AND conflict.key = ended.key
      AND (ended.id IS NULL OR conflict.id = ended.id) AND conflict.decision IS NULL
    RETURNING conflict.id
"""
LIST_CONFLICTS = text("""
    SELECT c.id, c.tenant_id, c.division, c.connector, c.kind, c.key, c.our_version, c.their_revision, c.theirs,
           c.reason, c.opened_at, r.schema, r.version, r.body, r.revision
    FROM conflict c JOIN record r USING (tenant_id, kind, key)
    WHERE c.decision IS NULL AND (CAST(:ids AS uuid[]) IS NULL OR c.id = ANY(:ids))
      AND (CAST(:after AS uuid) IS NULL OR c.id > :after)
    ORDER BY c.id LIMIT :limit
""")
IS_ENDED = text("SELECT EXISTS (SELECT FROM conflict WHERE id = :id AND decision IS NOT NULL)")
ABOUT_CONFLICTS = text("SELECT id, tenant_id, kind, key FROM conflict WHERE id = ANY(CAST(:ids AS uuid[]))")

# -- the change feed ---------------------------------------------------------------------------------------------------

CHANGES = Arrays.of(NewChange)
ANNOUNCE = f"INSERT INTO change_arrival ({CHANGES.names}) SELECT * FROM unnest({CHANGES.unnest()})"
NUMBER = text("SELECT mark, is_more FROM number_changes(:most)")
LAST_BEFORE = text("""
    SELECT began_after FROM change_epoch WHERE epoch > CAST(:after AS bigint) >> 40 ORDER BY epoch LIMIT 1
""")
CHANGES_AFTER = text("""
    SELECT position, kind, key, event, version, state, code, at, reason
    FROM change WHERE position > :after ORDER BY position LIMIT :limit
""")

# -- questions ---------------------------------------------------------------------------------------------------------

_RECORD = """
    SELECT r.tenant_id, r.sender_id, r.kind, r.key, r.schema, r.version, r.state, r.content_hash, r.body,
           r.submission_id, r.ordinal, r.stored_at, r.issued_at, r.code, r.qr_text, r.subkind, r.agency_name,
           r.agency_uscc, r.depart_on, r.return_on, r.headcount, r.division, r.state_reason, r.due_on
    FROM record r
"""
# What is not asked for by its number comes in pages, the oldest first: somebody waits for it.
_PAGE = """
    AND (CAST(:stored_at AS timestamptz) IS NULL
         OR (r.stored_at, r.submission_id, r.ordinal) > (:stored_at, CAST(:submission_id AS uuid), :ordinal))
    ORDER BY r.stored_at, r.submission_id, r.ordinal LIMIT :limit
"""
BY_CODES = text(f"{_RECORD} WHERE r.code = ANY(:codes) ORDER BY r.code")
BY_KEYS = text(f"{_RECORD} WHERE r.kind = :kind AND r.key = ANY(:keys) ORDER BY r.key, r.tenant_id")
BY_PRINTED_NUMBERS = text(f"{_RECORD} WHERE r.contract_no = ANY(:numbers) ORDER BY r.key, r.tenant_id")
BY_HASHES = text(f"{_RECORD} WHERE r.kind = :kind AND r.content_hash = ANY(:hashes) ORDER BY r.key, r.tenant_id")
BY_PEOPLE = text(f"{_RECORD} WHERE r.kind = :kind AND r.people && CAST(:people AS bigint[]) {_PAGE}")
BY_STATE = {  # the kind stands in the text: what it is listed by is a partial index
    kind: text(f"{_RECORD} WHERE r.kind = '{kind}' AND r.state = :state {_PAGE}") for kind in OWN_KINDS
}
# A list reads no sealed body. Every criterion that is not given is true of all.
_MEETS = """
    r.kind = :kind
      AND (CAST(:state AS text) IS NULL OR r.state = :state)
      AND (CAST(:subkind AS text) IS NULL OR r.subkind = :subkind)
      AND (CAST(:agency AS text) IS NULL OR r.agency_uscc = :agency OR position(:agency IN r.agency_name) > 0)
      AND (CAST(:number AS text) IS NULL OR r.key = :number OR r.code = :number OR r.contract_no = :number)
      AND (CAST(:departs_from AS date) IS NULL OR r.depart_on >= :departs_from)
      AND (CAST(:departs_until AS date) IS NULL OR r.depart_on <= :departs_until)
"""
_ENDED = ", ".join(f"'{state}'" for state in sorted(PLEDGES.ends | FILINGS.ends))
_ORDERS = {
    Order.OLDEST: "r.stored_at, r.submission_id, r.ordinal",
    Order.NEWEST: "r.stored_at DESC, r.submission_id DESC, r.ordinal DESC",
    Order.SOONEST: "r.depart_on NULLS LAST, r.stored_at, r.submission_id, r.ordinal",
    Order.LATEST: "r.depart_on DESC NULLS LAST, r.stored_at DESC, r.submission_id DESC, r.ordinal DESC",
    Order.DUE: f"r.state IN ({_ENDED}), r.due_on NULLS LAST, r.stored_at, r.submission_id, r.ordinal",
}
LISTED = {
    order: text(f"""
        SELECT r.tenant_id, r.kind, r.key, r.version, r.state, r.subkind, r.agency_name, r.agency_uscc, r.depart_on,
               r.return_on, r.headcount, r.division, r.stored_at, r.issued_at, r.code, r.state_reason, r.due_on
        FROM record r WHERE {_MEETS} ORDER BY {columns} LIMIT :limit OFFSET :offset
    """)
    for order, columns in _ORDERS.items()
}
COUNT_LISTED = text(f"SELECT count(*) FROM (SELECT FROM record r WHERE {_MEETS} LIMIT :most) found")
EARLIER_BODIES = text("""
    SELECT tenant_id, kind, key, version, state, schema, body, submission_id, stored_at, replaced_at
    FROM record_version WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
      AND (CAST(:before AS integer) IS NULL OR version < :before)
    ORDER BY version DESC LIMIT :limit
""")
VERSIONS = text("""
    SELECT version, state, content_hash, submission_id, stored_at, replaced_at
    FROM record_version WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key ORDER BY version
""")
SUBMISSION = text("""
    SELECT id, tenant_id, channel, connector, mapping, kind, content_type, filename, received_at, raw_hash, rows_in,
           accepted, rejected, quarantined, status, answer
    FROM submission WHERE id = :id
""")
# The newest first: their numbers grow with time. A letter is dealt with as well once its number has been stored since.
HANDED_IN = text("""
    SELECT s.id, s.tenant_id, s.channel, s.connector, s.kind, s.filename, s.received_at, s.rows_in, s.accepted,
           s.rejected + s.quarantined AS rejected, s.status, b.state AS batch_state,
           (SELECT count(*) FROM dead_letter d
            WHERE d.submission_id = s.id AND d.state <> 'resolved'
              AND NOT (d.key IS NOT NULL AND EXISTS (
                  SELECT FROM record r WHERE r.kind = d.kind AND r.key = d.key AND r.stored_at > d.stored_at
                    AND r.tenant_id = d.tenant_id))) AS open_letters
    FROM submission s LEFT JOIN batch b ON b.submission_id = s.id
    WHERE s.tenant_id = :tenant_id AND (CAST(:before AS uuid) IS NULL OR s.id < :before)
      AND (CAST(:kind AS text) IS NULL OR s.kind = :kind) AND (CAST(:channel AS text) IS NULL OR s.channel = :channel)
    ORDER BY s.id DESC LIMIT :limit
""")
REJECTED = text("""
    SELECT ordinal, tenant_id, locator, kind, source, findings, stored_at
    FROM dead_letter WHERE submission_id = :id AND ordinal > :after ORDER BY ordinal LIMIT :limit
""")
RAW = text("SELECT tenant_id, raw, content_type, filename, connector, kind FROM submission WHERE id = :id")
INSERT_DOCUMENT = text("""
    INSERT INTO document (tenant_id, sender_id, kind, key, sha256, division, size_bytes, blob, stored_at, proof,
        name, label, pages)
    VALUES (:tenant_id, :sender_id, :kind, :key, :sha256, :division, :size_bytes, :blob, :stored_at, :proof,
        :name, :label, :pages)
    ON CONFLICT DO NOTHING
    RETURNING sha256
""")
TAKE_DOCUMENT_AWAY = text("""
    DELETE FROM document
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key AND sha256 = :sha256 AND sender_id = :sender_id
    RETURNING size_bytes
""")
# The newest, or the one of that hash.
DOCUMENT = text("""
    SELECT sha256, blob, size_bytes, pages, stored_at FROM document
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
      AND (CAST(:sha256 AS bytea) IS NULL OR sha256 = :sha256)
    ORDER BY stored_at DESC LIMIT 1
""")
DOCUMENTS = text("""
    SELECT sha256, name, label, size_bytes, pages, stored_at, blob <> '' AS is_kept FROM document
    WHERE tenant_id = :tenant_id AND kind = :kind AND key = :key
      AND (CAST(:sha256 AS bytea) IS NULL OR sha256 = :sha256)
    ORDER BY stored_at, sha256 LIMIT :limit
""")
