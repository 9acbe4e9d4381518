"""The SQL of large documents, in one readable place."""

from __future__ import annotations

from sqlalchemy import text

TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")

_BATCH = """
    SELECT b.submission_id, b.tenant_id, b.amend, b.rows_cut, b.size_bytes, s.connector, s.kind, s.mapping,
           s.content_type, s.filename, s.received_at, s.channel, s.raw_hash, s.blob
    FROM batch b JOIN submission s ON s.id = b.submission_id
"""
TO_CUT = text(f"{_BATCH} WHERE b.state = 'received' ORDER BY b.submission_id LIMIT 50")
BATCH = text(f"{_BATCH} WHERE b.submission_id = :id")

WAITING = text("SELECT count(*) FROM batch_chunk WHERE submission_id = :id AND payload IS NOT NULL")
ADD_CHUNK = text("""
    INSERT INTO batch_chunk (submission_id, first_ordinal, rows, tenant_id, division, tries, payload)
    VALUES (:id, :first, :rows, :tenant_id, :division, :tries, :payload)
""")
HAVE_CUT = text("""
    UPDATE batch SET rows_cut = :rows_cut, read_bytes = :read_bytes, state = :state,
                     failure = CAST(:failure AS jsonb)
    WHERE submission_id = :id AND state = 'received'
""")

# The least tried first, then round by round over the batches: a small one never waits for a large one's end. The
# chunks of an amendment go in order: the last word on a business number must be the document's last.
CLAIM_CHUNK = text("""
    SELECT c.submission_id, c.first_ordinal, c.rows, c.tries, c.tenant_id, c.division, c.payload
    FROM batch_chunk c JOIN batch b ON b.submission_id = c.submission_id
    WHERE c.payload IS NOT NULL AND NOT (b.amend AND EXISTS (
        SELECT FROM batch_chunk before
        WHERE before.submission_id = c.submission_id AND before.payload IS NOT NULL
          AND before.first_ordinal < c.first_ordinal))
    ORDER BY c.tries, c.first_ordinal, c.submission_id
    LIMIT 1 FOR UPDATE OF c SKIP LOCKED
""")
ATTEMPT = text("""
    INSERT INTO batch_attempt (submission_id, first_ordinal, attempts) VALUES (:id, :first, 1)
    ON CONFLICT (submission_id, first_ordinal) DO UPDATE SET attempts = batch_attempt.attempts + 1
    RETURNING attempts
""")
FORGET_ATTEMPTS = text("DELETE FROM batch_attempt WHERE submission_id = :id AND first_ordinal = :first")
DROP_CHUNK = text("DELETE FROM batch_chunk WHERE submission_id = :id AND first_ordinal = :first")
CHUNK_DONE = text("""
    UPDATE batch_chunk SET payload = NULL, mapping = :mapping, counts = CAST(:counts AS jsonb), fates = :fates
    WHERE submission_id = :id AND first_ordinal = :first
""")

TO_FINISH = text("""
    SELECT submission_id FROM batch b
    WHERE state = 'processing'
      AND NOT EXISTS (SELECT FROM batch_chunk c WHERE c.submission_id = b.submission_id AND c.payload IS NOT NULL)
    LIMIT 1 FOR UPDATE SKIP LOCKED
""")
TOTALS = text("""
    SELECT name, sum(count::integer)::integer AS total
    FROM batch_chunk, jsonb_each_text(counts) AS each (name, count)
    WHERE submission_id = :id GROUP BY name
""")
MAPPINGS = text("SELECT DISTINCT mapping FROM batch_chunk WHERE submission_id = :id ORDER BY mapping")
FATES = text("""
    SELECT first_ordinal, fates FROM batch_chunk
    WHERE submission_id = :id AND first_ordinal > :after AND payload IS NULL
    ORDER BY first_ordinal LIMIT 20
""")
FINISH = text("UPDATE batch SET state = 'done', receipt = :receipt, finished_at = :at WHERE submission_id = :id")
COUNT = text("""
    UPDATE submission SET rows_in = :rows, accepted = :accepted, rejected = :rejected, quarantined = :quarantined
    WHERE id = :id RETURNING tenant_id, division, kind
""")
