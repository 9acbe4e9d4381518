"""The SQL of checks on the road."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

_CHECK = """id, tenant_id, division, about, code, kind, version, state, outcome, body, hash, photos, made_by,
    checked_at, stored_at"""
INSERT = text(f"""
    INSERT INTO field_check ({_CHECK})
    VALUES (:id, :tenant_id, :division, :about, :code, :kind, :version, :state, :outcome, :body, :hash, :photos,
        :made_by, :checked_at, :stored_at)
    ON CONFLICT (id) DO NOTHING RETURNING id
""")
INSERT_PHOTO = text("""
    INSERT INTO field_check_photo (check_id, number, tenant_id, division, media_type, blob)
    VALUES (:check_id, :number, :tenant_id, :division, :media_type, :blob)
""")
STORED = text(f"SELECT {_CHECK} FROM field_check WHERE id = :id")
LISTED = text(f"""
    SELECT {_CHECK} FROM field_check
    WHERE (CAST(:code AS text) IS NULL OR (about = :about AND code = :code))
      AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
      AND (CAST(:made_by AS text) IS NULL OR made_by = :made_by)
      AND (CAST(:after AS uuid) IS NULL
           OR (stored_at, id) < (SELECT stored_at, id FROM field_check WHERE id = :after))
    ORDER BY stored_at DESC, id DESC LIMIT :limit
""")
PHOTO = text("SELECT tenant_id, media_type, blob FROM field_check_photo WHERE check_id = :id AND number = :number")
