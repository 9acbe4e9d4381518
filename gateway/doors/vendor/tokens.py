"""Short-lived tokens for partners whose protocol has them: stateless, so that every process knows them at once.

    <credential id>.<expires, epoch seconds>.<HMAC-SHA256 in hexadecimal>

The key is the credential's own secret: a token ends with its time or with its credential. `purpose` keeps a token of
one door from opening another.
"""

from __future__ import annotations

import hmac
import re

from gateway.access.accounts import Principal
from gateway.access.authentication import Authenticator
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused

_TOKEN = re.compile(r"([\w-]{1,64})\.(\d{1,12})\.([0-9a-f]{64})", re.ASCII)


def token_of(principal: Principal, purpose: str, expires: int) -> str:
    """A token that speaks for `principal` until `expires`, in epoch seconds."""
    return f"{principal.credential_id}.{expires}.{_mac(principal, purpose, expires)}"


async def bearer_of(authenticator: Authenticator, token: str, purpose: str) -> Principal:
    """The caller whom a token speaks for. Raises Refused (AUTH-001, AUTH-006)."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise Refused(problems.UNAUTHENTICATED)
    credential_id, expires, given = match[1], int(match[2]), match[3]
    principal = await authenticator.proved(
        credential_id, lambda known: hmac.compare_digest(_mac(known, purpose, expires), given)
    )
    if expires <= Clock.now().timestamp():
        raise Refused(problems.TOKEN_EXPIRED)
    return principal


def _mac(principal: Principal, purpose: str, expires: int) -> str:
    text = f"token|{purpose}|{principal.credential_id}|{expires}"
    return hmac.digest(principal.secret, text.encode(), "sha256").hex()
