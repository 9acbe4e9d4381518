"""The SQL of large documents, in one readable place; what its queries give has types in `rows`."""

from __future__ import annotations

from sqlalchemy import text

TRY_LOCK = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
STILL_THERE = text("SELECT 1")
UNLOCK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")

_BATCH = """
    SELECT b.submission_id, b.tenant_id, b.amend, b.rows_cut, b.size_bytes, s.connector, s.kind, s.mapping,
           s.content_type, s.filename, s.received_at, s.channel, s.raw_hash, s.blob, b.notes
    FROM batch b JOIN submission s ON s.id = b.submission_id
"""
# The oldest of every tenant first, then the second of each: who sends many keeps up themselves alone.
TO_CUT = text(f"""
    {_BATCH} WHERE b.state = 'received'
    ORDER BY row_number() OVER (PARTITION BY b.tenant_id ORDER BY b.submission_id), b.submission_id LIMIT 50
""")
BATCH = text(f"{_BATCH} WHERE b.submission_id = :id")
PROGRESS = text("""
    SELECT b.state, b.size_bytes, b.read_bytes, b.rows_cut, b.failure, b.notes, b.receipt, b.finished_at,
           s.kind, s.mapping,
           (SELECT jsonb_object_agg(name, total) FROM (
               SELECT name, sum(count::integer) AS total
               FROM batch_chunk c, jsonb_each_text(c.counts) AS each (name, count)
               WHERE c.submission_id = b.submission_id GROUP BY name) AS totals) AS counts
    FROM batch b JOIN submission s ON s.id = b.submission_id
    WHERE b.submission_id = :id
""")

INSERT = text("""
    INSERT INTO batch (submission_id, tenant_id, division, amend, size_bytes)
    VALUES (:submission_id, :tenant_id, :division, :amend, :size_bytes)
""")
WAITING = text("SELECT count(*) FROM batch_chunk WHERE submission_id = :id AND payload IS NOT NULL")
ADD_CHUNK = text("""
    INSERT INTO batch_chunk (submission_id, first_ordinal, rows, tenant_id, division, tries, payload)
    VALUES (:id, :first, :rows, :tenant_id, :division, :tries, :payload)
""")
HAVE_CUT = text("""
    UPDATE batch SET rows_cut = :rows_cut, read_bytes = :read_bytes, state = :state,
                     failure = CAST(:failure AS jsonb), notes = CAST(:notes AS jsonb)
    WHERE submission_id = :id AND state = ANY(:before)
""")

# The least tried first, then round by round over the batches: a small one never waits for a large one's end. The
# chunks of an amendment go in order: the last word on a business number must be the document's last.
IS_WORK = text("SELECT EXISTS (SELECT FROM batch WHERE state <> 'done')")
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
FORGIVE = text("""
    UPDATE batch_attempt SET attempts = attempts - 1 WHERE submission_id = :id AND first_ordinal = :first
""")
FORGET_ATTEMPTS = text("DELETE FROM batch_attempt WHERE submission_id = :id AND first_ordinal = :first")
DROP_CHUNK = text("DELETE FROM batch_chunk WHERE submission_id = :id AND first_ordinal = :first")
CHUNK_DONE = text("""
    UPDATE batch_chunk SET payload = NULL, mapping = :mapping, counts = CAST(:counts AS jsonb), fates = :fates
    WHERE submission_id = :id AND first_ordinal = :first
""")

# The least tried first: one that cannot be finished keeps up no other. Its attempts are those of a chunk before all.
FINISHING = -1
TO_FINISH = text(f"""
    SELECT b.submission_id FROM batch b
    WHERE b.state = 'processing'
      AND NOT EXISTS (SELECT FROM batch_chunk c WHERE c.submission_id = b.submission_id AND c.payload IS NOT NULL)
    ORDER BY (SELECT attempts FROM batch_attempt a
              WHERE a.submission_id = b.submission_id AND a.first_ordinal = {FINISHING}) NULLS FIRST
    LIMIT 1 FOR UPDATE OF b SKIP LOCKED
""")  # noqa: S608 - a constant
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
FINISH = text("""
    UPDATE batch SET state = 'done', receipt = :receipt, finished_at = :at
    WHERE submission_id = :id AND state = ANY(:before)
""")

# Upload sessions: one for each request of a tenant. One with a submission is completed.
OPEN_UPLOAD = text("""
    INSERT INTO upload (id, tenant_id, division, request_hash, request, size_bytes, sha256, part_bytes)
    VALUES (:id, :tenant_id, :division, :request_hash, CAST(:request AS jsonb), :size_bytes, :sha256, :part_bytes)
    ON CONFLICT (tenant_id, request_hash) DO NOTHING
""")
_UPLOAD = """
    SELECT u.id, u.request, u.size_bytes, u.sha256, u.part_bytes, u.submission_id,
           (SELECT jsonb_object_agg(number, encode(p.sha256, 'hex')) FROM upload_part p WHERE p.upload_id = u.id)
               AS parts
    FROM upload u
"""
UPLOAD = text(f"{_UPLOAD} WHERE u.id = :id")
UPLOAD_OF_REQUEST = text(f"{_UPLOAD} WHERE u.tenant_id = :tenant_id AND u.request_hash = :request_hash")
ADD_PART = text("""
    INSERT INTO upload_part (upload_id, number, sha256, size_bytes) VALUES (:id, :number, :sha256, :size)
    ON CONFLICT (upload_id, number) DO UPDATE SET sha256 = excluded.sha256
""")
SUBMISSION_OF_UPLOAD = text("SELECT submission_id FROM upload WHERE id = :id")
OPEN_BYTES = text("""
    SELECT coalesce(sum(size_bytes), 0)::bigint FROM upload WHERE tenant_id = :tenant_id AND submission_id IS NULL
""")
FORGET_UPLOADS = text("""
    DELETE FROM upload WHERE submission_id IS NULL AND created_at < now() - make_interval(days => :days) RETURNING id
""")
COMPLETE_UPLOAD = text("UPDATE upload SET submission_id = :submission_id WHERE id = :id AND submission_id IS NULL")
ANSWER = text("SELECT status, answer FROM submission WHERE id = :id")
