"""Short-lived tokens for partners whose protocol has them: stateless, so that every process knows them at once.

    <credential id>.<expires, epoch seconds>.<HMAC-SHA256 in hexadecimal>

The key is the credential's own secret: a token ends with its time or with its credential. `purpose` keeps a token of
one door from opening another.
"""

from __future__ import annotations

import hmac
import re

from gateway.access.accounts import Accounts, Principal
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused

_TOKEN = re.compile(r"([\w-]{1,64})\.(\d{1,12})\.([0-9a-f]{64})", re.ASCII)


def token_of(principal: Principal, purpose: str, expires: int) -> str:
    """A token that speaks for `principal` until `expires`, in epoch seconds."""
    return f"{principal.credential_id}.{expires}.{_mac(principal, purpose, expires)}"


async def bearer_of(accounts: Accounts, token: str, purpose: str) -> Principal:
    """The caller whom a token speaks for. Raises Refused (AUTH-001, AUTH-006)."""
    match = _TOKEN.fullmatch(token)
    principal = await accounts.principal(match[1]) if match else None
    if match is None or principal is None:
        raise Refused(problems.UNAUTHENTICATED)
    expires = int(match[2])
    if not hmac.compare_digest(_mac(principal, purpose, expires), match[3]):
        raise Refused(problems.UNAUTHENTICATED)
    if expires <= Clock.now().timestamp():
        raise Refused(problems.TOKEN_EXPIRED)
    return principal


def _mac(principal: Principal, purpose: str, expires: int) -> str:
    text = f"token|{purpose}|{principal.credential_id}|{expires}"
    return hmac.digest(principal.secret, text.encode(), "sha256").hex()
