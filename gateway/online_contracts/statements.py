"""The SQL of online contracts and of their signing."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

_CONTRACT = """
    c.id, c.tenant_id, c.division, c.template_code, c.template_version, t.title AS template_title, c.state, c.revision,
    c.key, c.code, c.body, c.pages, c.shown_hash, c.finishing_until, c.handed_in, c.amends, c.signed_at, c.made_by,
    c.made_at, c.changed_at, c.reason
"""
_FROM = "FROM online_contract c JOIN template t ON t.code = c.template_code AND t.version = c.template_version"
INSERT = text("""
    INSERT INTO online_contract (id, tenant_id, division, template_code, template_version, state, key, body, made_by,
                                 made_at, changed_at)
    VALUES (:id, :tenant_id, :division, :template_code, :template_version, 'draft', :key, :body, :by, :at, :at)
""")
ONE = text(f"SELECT {_CONTRACT} {_FROM} WHERE c.id = :id")
HOLD = text(f"SELECT {_CONTRACT} {_FROM} WHERE c.id = :id FOR UPDATE OF c")
LISTED = text(f"""
    SELECT {_CONTRACT} {_FROM}
    WHERE c.state = ANY (:states)
      AND (CAST(:after AS uuid) IS NULL
           OR (c.changed_at, c.id) < (SELECT changed_at, id FROM online_contract WHERE id = :after))
    ORDER BY c.changed_at DESC, c.id DESC LIMIT :limit
""")
DOCUMENT = text("SELECT document FROM online_contract WHERE id = :id")
KEEP_DOCUMENT = text("""
    UPDATE online_contract SET document = :document, pages = :pages, shown_hash = :shown_hash WHERE id = :id
""")
# One process at a time finishes a contract; one that died gives it up by itself.
CLAIM = text("""
    UPDATE online_contract SET finishing_until = :until
    WHERE id = :id AND state = :state AND (finishing_until IS NULL OR finishing_until <= :now)
    RETURNING id
""")
RELEASE = text("UPDATE online_contract SET finishing_until = NULL WHERE id = :id AND finishing_until = :until")
# All are done who were asked, a while ago, and nobody is at it: whoever should have finished it has died.
UNFINISHED = text("""
    SELECT c.id, c.tenant_id, max(s.done_at) AS since
    FROM online_contract c JOIN signing s ON s.contract_id = c.id AND s.state <> 'replaced'
    WHERE c.state IN ('concluded', 'signed') AND (c.state = 'concluded' OR s.purpose = 'cancel')
      AND (c.finishing_until IS NULL OR c.finishing_until <= :now)
    GROUP BY c.id, c.tenant_id, s.purpose
    HAVING bool_and(s.state = 'done') AND max(s.done_at) < :before
    ORDER BY random() LIMIT :limit
""")
HAND_IN = text("UPDATE online_contract SET handed_in = :revision, amends = :amends WHERE id = :id")
EMPTY = text("UPDATE online_contract SET body = '', document = '' WHERE id = :id")
SAVE = text("""
    UPDATE online_contract SET body = :body, revision = revision + 1, changed_at = :at
    WHERE id = :id AND state = 'draft' AND revision = :revision
    RETURNING revision
""")
MOVE = text("""
    UPDATE online_contract SET state = :state, code = coalesce(:code, code), reason = coalesce(:reason, reason),
        signed_at = coalesce(signed_at, CASE WHEN CAST(:state AS text) = 'signed' THEN CAST(:at AS timestamptz) END),
        revision = revision + 1, changed_at = :at
    WHERE id = :id AND state = ANY (:before)
""")

_SIGNING = """
    id, contract_id, tenant_id, division, purpose, signer, state, sealed, opened_hash, code_hash, code_until,
    codes_sent, code_sent_at, tries, document_hash, drawing, invited_at, until, done_at
"""
INVITE = text("""
    INSERT INTO signing (id, contract_id, tenant_id, division, purpose, signer, state, sealed, token_hash, invited_at,
                         until)
    VALUES (:id, :contract_id, :tenant_id, :division, :purpose, :signer, 'invited', :sealed, :token_hash, :at, :until)
""")
REPLACE = text("""
    UPDATE signing SET state = 'replaced'
    WHERE contract_id = :contract_id AND (CAST(:signer AS integer) IS NULL OR signer = :signer)
      AND (CAST(:purpose AS text) IS NULL OR purpose = :purpose) AND state = ANY (:before)
""")
SIGNINGS = text(f"SELECT {_SIGNING} FROM signing WHERE contract_id = :contract_id ORDER BY invited_at, signer")
BY_TOKEN = text(f"SELECT {_SIGNING} FROM signing WHERE token_hash = :token_hash")
HOLD_SIGNING = text(f"SELECT {_SIGNING} FROM signing WHERE id = :id FOR UPDATE")
SEND_CODE = text("""
    UPDATE signing SET code_hash = :code_hash, code_until = :until, codes_sent = codes_sent + 1, code_sent_at = :at,
        tries = 0
    WHERE id = :id
""")
# The message could not be handed over: the code was never sent.
UNSEND_CODE = text("""
    UPDATE signing SET code_hash = NULL, codes_sent = codes_sent - 1, code_sent_at = NULL
    WHERE id = :id AND code_hash = :code_hash
""")
TRIED = text("UPDATE signing SET tries = tries + 1 WHERE id = :id")
OPENED = text("UPDATE signing SET opened_hash = :opened_hash, code_hash = NULL, tries = 0 WHERE id = :id")
DONE = text("""
    UPDATE signing SET state = :state, drawing = :drawing, document_hash = :document_hash, done_at = :at
    WHERE id = :id AND state = ANY (:before)
""")
