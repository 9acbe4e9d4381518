"""The SQL of seals, of their uses, and of the rosters under them."""

from __future__ import annotations

from sqlalchemy import text

ROOT = text("SELECT certificate, sealed_private FROM seal_root")
INSERT_ROOT = text("""
    INSERT INTO seal_root (id, certificate, sealed_private, made_at)
    VALUES (1, :certificate, :sealed_private, :at) ON CONFLICT DO NOTHING
""")
REWRAP_ROOT = text("UPDATE seal_root SET sealed_private = :wrapped WHERE sealed_private = :before")

_SEAL = """
    id, tenant_id, division, kind, name, state, applied_by, applied_at, decided_by, decided_at, ended_by, ended_at,
    reason, valid_from, valid_until, picture, certificate, fingerprint, renews
"""
# Who has one waiting and applies again is given that one: the index on waiting seals decides, not a look before.
APPLY = text(f"""
    INSERT INTO seal (id, tenant_id, division, kind, name, state, applied_by, applied_at)
    VALUES (:id, :tenant_id, :division, :kind, :name, 'applied', :by, :at)
    ON CONFLICT (tenant_id, kind) WHERE state = 'applied' DO NOTHING
    RETURNING {_SEAL}
""")  # noqa: S608
WAITING = text(f"SELECT {_SEAL} FROM seal WHERE tenant_id = :tenant_id AND kind = :kind AND state = 'applied'")  # noqa: S608
SEALS = text(f"""
    SELECT {_SEAL} FROM seal
    WHERE (CAST(:state AS text) IS NULL OR state = :state) AND (CAST(:after AS uuid) IS NULL OR id > :after)
    ORDER BY id LIMIT :limit
""")  # noqa: S608
SEAL = text(f"SELECT {_SEAL} FROM seal WHERE id = :id")  # noqa: S608
HOLD = text(f"SELECT {_SEAL} FROM seal WHERE id = :id FOR UPDATE")  # noqa: S608
HOLD_IN_FORCE = text(f"""
    SELECT {_SEAL} FROM seal WHERE tenant_id = :tenant_id AND kind = :kind AND state = 'issued' FOR UPDATE
""")  # noqa: S608
ISSUE = text("""
    UPDATE seal SET state = 'issued', decided_by = :by, decided_at = :at, reason = :reason, valid_from = :valid_from,
        valid_until = :valid_until, picture = :picture, certificate = :certificate, fingerprint = :fingerprint,
        sealed_private = :sealed_private, renews = :renews
    WHERE id = :id AND state = ANY (:before)
""")
REJECT = text("""
    UPDATE seal SET state = 'rejected', decided_by = :by, decided_at = :at, reason = :reason
    WHERE id = :id AND state = ANY (:before)
""")
END = text("""
    UPDATE seal SET state = :state, ended_by = :by, ended_at = :at, reason = coalesce(:reason, reason)
    WHERE id = :id AND state = ANY (:before)
""")
EXPIRE = text("""
    UPDATE seal SET state = 'expired', ended_by = 'clock', ended_at = valid_until
    WHERE valid_until <= :now AND state = ANY (:before)
    RETURNING id, division
""")
IN_FORCE = text("""
    SELECT id, tenant_id, division, kind, name, picture, certificate, sealed_private FROM seal
    WHERE tenant_id = :tenant_id AND kind = :kind AND state = 'issued' AND valid_from <= :now AND valid_until > :now
""")
WRAPPED = text("SELECT id, sealed_private FROM seal WHERE sealed_private IS NOT NULL ORDER BY id")
REWRAP = text("UPDATE seal SET sealed_private = :wrapped WHERE id = :id AND sealed_private = :before")
BY_FINGERPRINTS = text(f"SELECT {_SEAL} FROM seal WHERE fingerprint = ANY (:fingerprints)")  # noqa: S608

USE = text("""
    INSERT INTO seal_use (seal_id, tenant_id, division, purpose, object, document, used_by, used_at)
    VALUES (:seal_id, :tenant_id, :division, :purpose, :object, :document, :by, :at)
""")
USES = text("""
    SELECT id, purpose, object, document, used_by, used_at FROM seal_use
    WHERE seal_id = :seal_id AND id > :after ORDER BY id LIMIT :limit
""")

DECIDE = text("""
    INSERT INTO roster_decision (tenant_id, division, key, version, state, authority_id, seal_id, decided_at)
    VALUES (:tenant_id, :division, :key, :version, :state, :authority_id, :seal_id, :at)
    ON CONFLICT DO NOTHING
""")
# An audited roster only loses people, as later versions: its audit stands for those too. A returned one that is sent
# again is another version that waits.
DECISION = text("""
    SELECT d.version, d.authority_id, t.title AS authority, d.seal_id, d.decided_at
    FROM roster_decision d JOIN tenant t ON t.id = d.authority_id
    WHERE d.tenant_id = :tenant_id AND d.key = :key AND d.state = :state AND d.version <= :version
    ORDER BY d.version DESC LIMIT 1
""")
# The one with most seals first: a roster that was printed before its agency had a seal is printed again under it.
PRINTED = text("""
    SELECT code, version, state, report_seal, audit_seal, sha256, blob, made_at FROM sealed_roster
    WHERE tenant_id = :tenant_id AND key = :key AND version = :version AND state = :state
    ORDER BY num_nonnulls(report_seal, audit_seal) DESC, made_at LIMIT 1
""")
KEEP = text("""
    INSERT INTO sealed_roster (code, tenant_id, division, key, version, state, report_seal, audit_seal, sha256, blob,
                               made_by, made_at)
    VALUES (:code, :tenant_id, :division, :key, :version, :state, :report_seal, :audit_seal, :sha256, :blob, :by, :at)
    ON CONFLICT DO NOTHING
    RETURNING code
""")
FACTS = text("""
    SELECT p.code, p.version, p.state, p.sha256, p.made_at, r.version AS now_version, r.state AS now_state, r.subkind,
           r.agency_name, r.depart_on, r.return_on, r.headcount, report.name AS report_seal, audit.name AS audit_seal
    FROM sealed_roster p
    JOIN record r ON r.tenant_id = p.tenant_id AND r.kind = 'roster' AND r.key = p.key
    LEFT JOIN seal report ON report.id = p.report_seal
    LEFT JOIN seal audit ON audit.id = p.audit_seal
    WHERE p.code = :code
""")
KEY_OF = text("SELECT key FROM sealed_roster WHERE code = :code")
REGISTERED = text("""
    SELECT p.code, p.version, r.version AS now_version
    FROM sealed_roster p
    JOIN record r ON r.tenant_id = p.tenant_id AND r.kind = 'roster' AND r.key = p.key
    WHERE p.sha256 = :sha256
""")
# An account is an authority's when it has a live credential of an official.
# Whoever audits for it: by a credential, or a person of an office that is no agency.
IS_AUTHORITY = text("""
    SELECT EXISTS (SELECT FROM credential WHERE tenant_id = :tenant_id AND role = 'official' AND revoked_at IS NULL)
        OR EXISTS (SELECT FROM person p JOIN tenant t ON t.id = p.tenant_id WHERE t.id = :tenant_id AND t.uscc = '')
""")
