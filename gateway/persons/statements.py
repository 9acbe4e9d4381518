"""The SQL of persons, and of how they sign in."""

from __future__ import annotations

from sqlalchemy import text

# ruff: noqa: S608 - every statement is built from constants

_PERSON = """
    p.id, p.login, p.tenant_id, t.name AS office, t.title AS office_title, t.division, t.uscc, p.state, p.duties,
    p.contact, p.created_at, p.created_by, p.signed_in_at
"""
_FROM = "FROM person p JOIN tenant t ON t.id = p.tenant_id"
INSERT = text("""
    INSERT INTO person (login, tenant_id, state, duties, contact, created_at, created_by)
    VALUES (:login, :tenant_id, :state, :duties, :contact, :at, :by)
    ON CONFLICT (login) DO NOTHING RETURNING id
""")
PERSON = text(f"SELECT {_PERSON} {_FROM} WHERE p.login = :login")
PERSON_BY_ID = text(f"SELECT {_PERSON} {_FROM} WHERE p.id = :id")
LOCK = text(f"SELECT {_PERSON} {_FROM} WHERE p.login = :login FOR UPDATE OF p")
# In one order, so that two who hand over to each other do not wait for each other.
LOCK_ALL = text(f"SELECT {_PERSON} {_FROM} WHERE p.login = ANY(:logins) ORDER BY p.login FOR UPDATE OF p")
# Run under a scope: row-level security leaves what is in sight.
LISTED = text(f"""
    SELECT {_PERSON} {_FROM}
    WHERE (CAST(:tenant_id AS integer) IS NULL OR p.tenant_id = :tenant_id)
      AND (CAST(:duty AS text) IS NULL OR :duty = ANY(p.duties))
      AND (:with_closed OR p.state <> 'closed')
    ORDER BY t.division, t.name, p.login
""")
COUNT_HOLDERS = text("""
    SELECT count(*) FROM person p JOIN tenant t ON t.id = p.tenant_id
    WHERE :duty = ANY(p.duties) AND p.state <> 'closed' AND p.login <> :but
      AND CASE WHEN :is_bureau THEN t.uscc = '' AND t.division = :division ELSE t.id = :tenant_id END
""")
HOLD_OFFICE = text("SELECT pg_advisory_xact_lock(hashtextextended('office ' || :office, 0))")
SET_DUTIES = text("UPDATE person SET duties = :duties WHERE id = :id")
SET_CONTACT = text("UPDATE person SET contact = :contact WHERE id = :id")
CLOSED = text("UPDATE person SET closed_at = :at WHERE id = :id")
MOVE = text("UPDATE person SET state = :state WHERE id = :id AND state = ANY(:before)")

SIGNING = text("""
    SELECT p.id, p.login, p.state, p.password, p.totp, t.id AS tenant_id, t.name AS office, t.division, t.uscc,
           (SELECT count(*)::integer FROM person_passkey k WHERE k.person_id = p.id) AS passkeys
    FROM person p JOIN tenant t ON t.id = p.tenant_id WHERE p.login = :login
""")
SET_PASSWORD = text("UPDATE person SET password = :password WHERE id = :id")
SIGNED_IN = text("UPDATE person SET signed_in_at = :at WHERE id = :id")
SET_TOTP = text("UPDATE person SET totp = :totp, totp_step = :step WHERE id = :id")
# A code is good once: whoever shows one of an earlier step, or of the same, is refused.
USE_TOTP_STEP = text("UPDATE person SET totp_step = :step WHERE id = :id AND totp_step < :step")

ADD_LINK = text("""
    INSERT INTO person_link (code_hash, person_id, ends_at, is_reset)
    VALUES (:code_hash, :person_id, :ends_at, :is_reset)
""")
LINK = text("""
    SELECT l.person_id, p.login, l.is_reset, l.ends_at FROM person_link l JOIN person p ON p.id = l.person_id
    WHERE l.code_hash = :code_hash AND l.ends_at > :now AND p.state <> 'closed'
""")
TAKE_LINK = text("DELETE FROM person_link WHERE code_hash = :code_hash RETURNING person_id")
DROP_LINKS = text("DELETE FROM person_link WHERE person_id = :person_id")

ADD_RECOVERY = text("INSERT INTO person_recovery (person_id, code_hash) VALUES (:person_id, :code_hash)")
USE_RECOVERY = text("DELETE FROM person_recovery WHERE person_id = :person_id AND code_hash = :code_hash")
DROP_RECOVERY = text("DELETE FROM person_recovery WHERE person_id = :person_id")
COUNT_RECOVERY = text("SELECT count(*) FROM person_recovery WHERE person_id = :person_id")

ADD_PASSKEY = text("""
    INSERT INTO person_passkey (id, person_id, public_key, uses, title, created_at)
    VALUES (:id, :person_id, :public_key, :uses, :title, :at) ON CONFLICT DO NOTHING RETURNING person_id
""")
_PASSKEY = "id, person_id, public_key, uses, title, created_at, used_at"
PASSKEYS = text(f"SELECT {_PASSKEY} FROM person_passkey WHERE person_id = :person_id ORDER BY created_at")
PASSKEY = text(f"SELECT {_PASSKEY} FROM person_passkey WHERE id = :id FOR UPDATE")
USED_PASSKEY = text("UPDATE person_passkey SET uses = :uses, used_at = :at WHERE id = :id")
DROP_PASSKEY = text("DELETE FROM person_passkey WHERE person_id = :person_id AND id = :id")
DROP_PASSKEYS = text("DELETE FROM person_passkey WHERE person_id = :person_id")

ADD_CHALLENGE = text("""
    INSERT INTO person_challenge (challenge, person_id, ends_at) VALUES (:challenge, :person_id, :ends_at)
""")
TAKE_CHALLENGE = text("""
    DELETE FROM person_challenge
    WHERE challenge = :challenge AND ends_at > :now AND person_id IS NOT DISTINCT FROM CAST(:person_id AS integer)
""")

BEGIN_SESSION = text("""
    INSERT INTO person_session (id, token_hash, person_id, is_whole, agent, network, begun_at, seen_at, ends_at)
    VALUES (:id, :token_hash, :person_id, :is_whole, :agent, :network, :at, :at, :ends_at)
""")
_SESSION = "s.id, s.person_id, s.is_whole, s.agent, s.network, s.begun_at, s.seen_at, s.ends_at"
SESSION = text(f"""
    SELECT {_SESSION} FROM person_session s JOIN person p ON p.id = s.person_id
    WHERE s.token_hash = :token_hash AND s.ends_at > :now AND s.seen_at > :idle_since AND p.state = 'active'
""")
SESSIONS = text(f"""
    SELECT {_SESSION} FROM person_session s
    WHERE s.person_id = :person_id AND s.ends_at > :now AND s.seen_at > :idle_since AND s.is_whole ORDER BY s.begun_at
""")
SEEN = text("UPDATE person_session SET seen_at = :at WHERE id = :id AND seen_at < :at")
END_SESSION = text("DELETE FROM person_session WHERE id = :id AND person_id = :person_id")
END_SESSIONS = text("""
    DELETE FROM person_session WHERE person_id = :person_id AND id IS DISTINCT FROM CAST(:but AS uuid)
""")

# Counted before anything is compared, so that many at once are not more than one after another. After the fifth
# failure who tries waits, each time twice as long.
TRY = text("""
    INSERT INTO sign_in_attempt AS a (tried, failures, waits_until, last_at) VALUES (:tried, 1, :now, :now)
    ON CONFLICT (tried) DO UPDATE SET failures = a.failures + 1, last_at = :now,
        waits_until = CASE WHEN a.failures + 1 < :free THEN CAST(:now AS timestamptz)
            ELSE CAST(:now AS timestamptz)
                 + least(:longest, :first * power(2, least(a.failures + 1 - :free, 20))) * interval '1 second' END
    WHERE a.waits_until <= :now
    RETURNING failures, waits_until
""")
WAITS = text("SELECT failures, waits_until FROM sign_in_attempt WHERE tried = :tried")
SUCCEEDED = text("DELETE FROM sign_in_attempt WHERE tried = :tried")

FORGET_LINKS = text("DELETE FROM person_link WHERE ends_at < :now")
FORGET_CHALLENGES = text("DELETE FROM person_challenge WHERE ends_at < :now")
FORGET_SESSIONS = text("DELETE FROM person_session WHERE ends_at < :now OR seen_at < :idle_since")
FORGET_ATTEMPTS = text("DELETE FROM sign_in_attempt WHERE last_at < :until")

SEALED = text("SELECT login, contact, totp FROM person ORDER BY id")
RESEAL_CONTACT = text("UPDATE person SET contact = :wrapped WHERE login = :name AND contact = :before")
RESEAL_TOTP = text("UPDATE person SET totp = :wrapped WHERE login = :name AND totp = :before")
