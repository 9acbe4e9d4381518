"""The SQL of contracts: what the public may know, final documents, void codes."""

from __future__ import annotations

from sqlalchemy import text

FACTS = text("""
    SELECT tenant_id, code, version, state, content_hash, issued_at, stored_at, subkind, agency_name, agency_uscc,
           division, depart_on, return_on, headcount, qr_text, proof, purged_at, coalesce(hashes, '{}') AS documents,
           coalesce(moments, '{}') AS documents_stored_at, coalesce(proofs, '{}') AS document_proofs,
           coalesce(current, 0) AS current_documents,
           (SELECT tenant.division = 'TEST' FROM tenant WHERE tenant.id = record.tenant_id) AS is_test
    FROM record
    LEFT JOIN LATERAL (
        SELECT array_agg(sha256 ORDER BY document.stored_at DESC) AS hashes,
               array_agg(document.stored_at ORDER BY document.stored_at DESC) AS moments,
               array_agg(document.proof ORDER BY document.stored_at DESC) AS proofs,
               count(*) FILTER (WHERE document.stored_at >= record.stored_at) AS current
        FROM document
        WHERE document.tenant_id = record.tenant_id AND document.kind = record.kind AND document.key = record.key
    ) registered ON true
    WHERE code = ANY(:codes)
""")
WAS_EARLIER = text("""
    SELECT EXISTS (
        SELECT FROM record_version v JOIN record r USING (tenant_id, kind, key)
        WHERE r.code = :code AND v.stored_at < :since AND substring(v.content_hash FOR :length) = :content)
""")
VOID = text("""
    SELECT code FROM record WHERE state = 'void' AND code IS NOT NULL AND division <> 'TEST' ORDER BY code
""")
