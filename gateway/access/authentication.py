"""Proving who calls: a bearer key over TLS for simple partners, or a signature over the request.

    Authorization: Bearer <key id>.<secret>
    Authorization: YIZHAN-HMAC-SHA256 Credential=<key id>, Timestamp=<epoch s>, Nonce=<random>, Signature=<hex>

What is signed stands in `signatures`. A nonce is good once, whichever process is asked.
"""

from __future__ import annotations

import hmac
import re
import time
from hashlib import sha256

from gateway.access import statements as sql
from gateway.access.accounts import Accounts, Principal
from gateway.access.signatures import signature
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.store.coalescer import Coalescer, QueueFull
from gateway.store.database import Database
from schemas.findings import Text

_SIGNED = re.compile(
    r"YIZHAN-HMAC-(SHA256|SM3)\s+"
    r"Credential=([\w-]{1,64}),\s*Timestamp=(\d{1,13}),\s*Nonce=([\w-]{8,64}),\s*Signature=([0-9a-fA-F]{64})"
)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="yizhan", YIZHAN-HMAC-SHA256, YIZHAN-HMAC-SM3'}


def away_from_now(timestamp: float, window: float) -> Text | None:
    """How far an instant in epoch seconds is from now; None when that is no more than `window` seconds."""
    ahead = timestamp - Clock.now().timestamp()
    if abs(ahead) <= window:
        return None
    seconds = round(abs(ahead))
    return Text(
        f"请求的时间戳比服务器时间{'快' if ahead > 0 else '慢'} {seconds} 秒，允许相差 {window} 秒",
        f"The timestamp is {seconds} s {'ahead of' if ahead > 0 else 'behind'} our clock; {window} s are allowed",
    )


class Authenticator:
    """Turns an Authorization header into a Principal, or refuses."""

    def __init__(self, accounts: Accounts, database: Database, clock_skew_seconds: int) -> None:
        self._accounts = accounts
        self._database = database
        self._skew = clock_skew_seconds
        self._forgotten_at = 0.0
        self._nonces: Coalescer[tuple[str, str], bool] = Coalescer(self._claim, batch=500, queue=5000)

    async def authenticate(self, header: str, method: str, target: str, body: bytes) -> Principal:
        """The caller. Raises Refused (AUTH-001 .. AUTH-004)."""
        if header.startswith("Bearer "):
            credential_id, _, secret = header[7:].strip().partition(".")
            return await self.with_secret(credential_id, secret)
        if match := _SIGNED.fullmatch(header):
            return await self._signed(match, method, target, body)
        raise Refused(problems.UNAUTHENTICATED, headers=_CHALLENGE)

    async def must_be_known(self, header: str) -> None:
        """Raises Refused (AUTH-001, AUTH-003) for a signature that no body could make good."""
        match = _SIGNED.fullmatch(header)
        if match is None or await self._accounts.principal(match[2]) is None:
            raise Refused(problems.UNAUTHENTICATED, headers=_CHALLENGE)
        self.must_be_fresh(int(match[3]))

    async def with_secret(self, credential_id: str, secret: str) -> Principal:
        """The caller who knows the secret of a credential. Raises Refused (AUTH-001)."""
        principal = await self._accounts.principal(credential_id)
        if principal is None or not hmac.compare_digest(sha256(secret.encode()).digest(), principal.secret_hash):
            raise Refused(problems.UNAUTHENTICATED, headers=_CHALLENGE)
        return principal

    async def _signed(self, match: re.Match[str], method: str, target: str, body: bytes) -> Principal:
        algorithm, credential_id, timestamp, nonce, given = match.groups()
        principal = await self._accounts.principal(credential_id)
        if principal is None:
            raise Refused(problems.UNAUTHENTICATED, headers=_CHALLENGE)
        self.must_be_fresh(int(timestamp))
        expected = signature(algorithm, principal.secret, method, target, timestamp=timestamp, nonce=nonce, body=body)
        if not hmac.compare_digest(expected, given.lower()):
            raise Refused(problems.BAD_SIGNATURE, headers=_CHALLENGE)
        await self.spend(credential_id, nonce)
        return principal

    def must_be_fresh(self, timestamp: float) -> None:
        """Raises Refused (AUTH-003) for an instant, in epoch seconds, that is too far from now."""
        if detail := away_from_now(timestamp, self._skew):
            raise Refused(problems.BAD_TIMESTAMP, detail, headers=_CHALLENGE)

    async def spend(self, credential_id: str, nonce: str) -> None:
        """Use up a nonce of a credential that has proved itself. Raises Refused (AUTH-004, LIMIT-002)."""
        try:
            first_use = await self._nonces.submit((credential_id, nonce))
        except QueueFull:
            raise Refused(problems.BUSY, headers={"Retry-After": "1"}) from None
        if not first_use:
            raise Refused(problems.NONCE_REPLAYED, headers=_CHALLENGE)

    async def _claim(self, batch: list[tuple[str, str]]) -> list[bool]:
        """A unique constraint decides who was first; used nonces outlive the window in which they could return."""
        async with self._database.writing() as connection:
            if time.monotonic() - self._forgotten_at > self._skew:
                self._forgotten_at = time.monotonic()
                await connection.execute(sql.FORGET_NONCES, {"seconds": 3 * self._skew})
            ordered = sorted(set(batch))
            parameters = {"credentials": [c for c, _ in ordered], "nonces": [n for _, n in ordered]}
            claimed = {tuple(row) for row in (await connection.execute(sql.CLAIM_NONCES, parameters)).all()}
        return [_take(claimed, item) for item in batch]


def _take(claimed: set[tuple[str, str]], item: tuple[str, str]) -> bool:
    """Two requests of one batch with one nonce: the first has it."""
    if item in claimed:
        claimed.remove(item)
        return True
    return False
