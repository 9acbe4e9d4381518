"""The SQL of templates."""

from __future__ import annotations

from sqlalchemy import text

_TEMPLATE = """
    id, code, version, tenant_id, division, contract_type, title, state, revision, fields, places, pages, is_by_hand,
    jsonb_array_length(reading -> 'blanks') AS blanks,
    (SELECT count(*) FROM jsonb_each_text(meanings) m WHERE m.value = '') AS open,
    uploaded_by, uploaded_at, worked_by, submitted_at, decided_by, decided_at, reason, valid_from, valid_until
"""
INSERT = text("""
    INSERT INTO template (id, code, version, tenant_id, division, contract_type, title, state, reading, meanings,
                          uploaded_by, uploaded_at)
    SELECT :id, :code, coalesce(max(version), 0) + 1, :tenant_id, :division, :contract_type, :title, 'uploaded',
           CAST(:reading AS jsonb), CAST(:meanings AS jsonb), :by, :at
    FROM template WHERE code = :code
    RETURNING version
""")
# Two uploads of one code wait for each other: versions have no gaps and no twins.
LOCK_CODE = text("SELECT pg_advisory_xact_lock(hashtextextended('template ' || :code, 0))")
KEEP_FILE = text("""
    INSERT INTO template_file (template_id, kind, content, sha256) VALUES (:id, :kind, :content, :sha256)
    ON CONFLICT (template_id, kind) DO UPDATE SET content = excluded.content, sha256 = excluded.sha256
""")
NATIONAL = text("""
    SELECT DISTINCT ON (code) code, reading ->> 'source' AS source FROM template
    WHERE tenant_id IS NULL ORDER BY code, version DESC
""")
PUBLISH_NATIONAL = text("""
    INSERT INTO template (id, code, version, tenant_id, division, contract_type, title, state, reading, meanings,
                          fields, places, uploaded_by, uploaded_at, decided_by, decided_at, valid_from)
    SELECT :id, :code, coalesce(max(version), 0) + 1, :tenant_id, :division, :contract_type, :title, 'published',
           CAST(:reading AS jsonb), CAST(:meanings AS jsonb), CAST(:fields AS jsonb), CAST(:places AS jsonb), :by, :at,
           :by, :at, :today
    FROM template WHERE code = :code
    RETURNING version
""")
LISTED = text(f"""
    SELECT {_TEMPLATE} FROM template
    WHERE (CAST(:states AS text[]) IS NULL OR state = ANY (:states))
      AND (CAST(:contract_type AS text) IS NULL OR contract_type = :contract_type)
      AND (CAST(:code AS text) IS NULL OR code = :code)
      AND (CAST(:applies_in AS text[]) IS NULL OR division = ANY (:applies_in))
      AND (CAST(:after AS uuid) IS NULL OR id < :after)
    ORDER BY id DESC LIMIT :limit
""")  # noqa: S608
ONE = text(f"SELECT {_TEMPLATE} FROM template WHERE code = :code AND version = :version")  # noqa: S608
IN_FORCE = text(f"SELECT {_TEMPLATE} FROM template WHERE code = :code AND state = 'published'")  # noqa: S608
WORK = text("SELECT revision, state, reading, meanings FROM template WHERE id = :id")
FILE = text("SELECT content, sha256 FROM template_file WHERE template_id = :id AND kind = :kind")
HOLD = text("""
    SELECT id, code, tenant_id, division, state, revision FROM template
    WHERE code = :code AND version = :version FOR UPDATE
""")
COUNTED = text("SELECT count(DISTINCT code) FROM template WHERE division = :division AND tenant_id IS NOT NULL")
OWNER = text("SELECT tenant_id, division FROM template WHERE code = :code ORDER BY version LIMIT 1")
WORKED = text("""
    UPDATE template SET meanings = CAST(:meanings AS jsonb), fields = CAST(:fields AS jsonb), is_by_hand = :is_by_hand,
        places = CAST(:places AS jsonb), worked_by = :by, revision = revision + 1
    WHERE id = :id AND state = 'in_work'
""")
MOVE = text("""
    UPDATE template SET state = :state, revision = revision + 1, reason = coalesce(:reason, reason),
        worked_by = coalesce(:worked_by, worked_by), submitted_at = coalesce(:submitted_at, submitted_at),
        decided_by = coalesce(:decided_by, decided_by), decided_at = coalesce(:decided_at, decided_at),
        pages = coalesce(:pages, pages), valid_from = coalesce(:valid_from, valid_from),
        valid_until = coalesce(:valid_until, valid_until)
    WHERE id = :id AND state = ANY (:before)
""")
SUPERSEDE = text("""
    UPDATE template SET state = 'superseded', revision = revision + 1, valid_until = :until
    WHERE code = :code AND state = 'published' AND state = ANY (:before)
    RETURNING version
""")
