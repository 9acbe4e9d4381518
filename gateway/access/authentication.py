"""Proving who calls: a bearer key over TLS for simple partners, or a signature over the request.

    Authorization: Bearer <key id>.<secret>
    Authorization: YIZHAN2-HMAC-SHA256 Credential=<key id>, Timestamp=<epoch s>, Nonce=<random>, Signature=<hex>

What is signed stands in `signatures`. A nonce is good once, whichever process is asked.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Callable
from hashlib import sha256

from gateway.access import statements as sql
from gateway.access.accounts import Accounts, Principal, ProofKind
from gateway.access.signatures import SignedRequest, Stamp, Version, signature, sm2_message
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import ProblemType, Refused
from gateway.base.settings import LimitSettings
from gateway.store.coalescer import Coalescer, QueueFull
from gateway.store.database import Database
from gateway.trust.sm2 import Sm2PublicKey, SmUnavailable
from schemas.findings import Text

_SIGNED = re.compile(
    r"(?:(YIZHAN2?)-HMAC-(SHA256|SM3)|YIZHAN2-(SM2-SM3))\s+"
    r"Credential=([\w-]{1,64}),\s*Timestamp=(\d{1,13}),\s*Nonce=([\w-]{8,64}),\s*Signature=([0-9a-fA-F]{64,128})"
)
CLAIMED = re.compile(rb"Bearer\s+([\w-]{1,64})\.|YIZHAN2?-[A-Z0-9-]{1,20}\s+Credential=([\w-]{1,64}),")
"""The credential that an Authorization header claims, in one of two groups."""
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="yizhan", YIZHAN2-HMAC-SHA256, YIZHAN2-HMAC-SM3, YIZHAN2-SM2-SM3'}


def is_signature(header: str) -> bool:
    """Whether an Authorization header is a signature, which covers the body."""
    return header.startswith(("YIZHAN-HMAC-", "YIZHAN2-"))


def is_plain(header: str) -> bool:
    """Whether an Authorization header shows the secret itself."""
    return header.startswith("Bearer ")


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

    def __init__(self, accounts: Accounts, database: Database, limits: LimitSettings) -> None:
        self._accounts = accounts
        self._database = database
        self._skew = limits.clock_skew_seconds
        self._v1_until = limits.signature_v1_until
        self._forgotten_at = 0.0
        self._nonces: Coalescer[tuple[str, str], bool] = Coalescer(self._claim, batch=500, queue=5000)

    async def authenticate(self, header: str, request: SignedRequest) -> Principal:
        """The caller. Raises Refused (AUTH-001 .. AUTH-004, AUTH-007)."""
        if is_plain(header):
            credential_id, _, secret = header[7:].strip().partition(".")
            return await self.with_secret(credential_id, secret)
        if match := _SIGNED.fullmatch(header):
            return await self._signed(match, request)
        raise Refused(problems.UNAUTHENTICATED, headers=_CHALLENGE)

    async def must_be_known(self, header: str) -> None:
        """Raises Refused (AUTH-001, AUTH-003, AUTH-007) for a signature that no body could make good."""
        match = _SIGNED.fullmatch(header)
        if match is None:
            raise Refused(problems.UNAUTHENTICATED, headers=_CHALLENGE)
        if await self._accounts.principal(match[4]) is None:
            raise self._refused(match[4], problems.UNAUTHENTICATED)
        self._must_be_taken(match[1])
        self.must_be_fresh(int(match[5]))

    def _must_be_taken(self, version: str | None) -> None:
        """Raises Refused (AUTH-007) for a version of the signature whose time is over."""
        if version == Version.ONE and Clock.china_today() > self._v1_until:
            raise Refused(problems.OLD_SIGNATURE, headers=_CHALLENGE)

    async def with_secret(self, credential_id: str, secret: str) -> Principal:
        """The caller who knows the secret of a credential. Raises Refused (AUTH-001)."""
        digest = sha256(secret.encode()).digest()
        return await self.proved(credential_id, lambda known: hmac.compare_digest(digest, known.secret_hash))

    async def proved(
        self, credential_id: str, proves: Callable[[Principal], bool], otherwise: ProblemType = problems.UNAUTHENTICATED
    ) -> Principal:
        """The caller behind a credential for whom the proof holds: every door proves its callers here.

        Raises Refused: AUTH-001 when there is no such credential or it has ended, `otherwise` when the proof fails.
        Both are noted, as is a use.
        """
        principal = await self._accounts.principal(credential_id)
        if principal is None:
            raise self._refused(credential_id, problems.UNAUTHENTICATED)
        if not proves(principal):
            raise self._refused(credential_id, otherwise)
        self._accounts.uses.succeeded(credential_id)
        return principal

    def _refused(self, credential_id: str, problem: ProblemType) -> Refused:
        self._accounts.uses.failed(credential_id, problem)
        return Refused(problem, headers=_CHALLENGE)

    async def _signed(self, match: re.Match[str], request: SignedRequest) -> Principal:
        version, algorithm, by_key, credential_id, timestamp, nonce, given = match.groups()
        self._must_be_taken(version)
        self.must_be_fresh(int(timestamp))
        stamp = Stamp(
            version=Version(version or Version.TWO), algorithm=by_key or algorithm, timestamp=timestamp, nonce=nonce
        )
        keys = await self._accounts.proofs(credential_id, ProofKind.SM2) if by_key else []

        def proves(known: Principal) -> bool:
            if by_key:
                message, made = sm2_message(request, stamp), bytes.fromhex(given)
                return any(Sm2PublicKey(key).verifies(made, message) for key in keys)
            return hmac.compare_digest(signature(known.secret, request, stamp), given.lower())

        try:
            principal = await self.proved(credential_id, proves, problems.BAD_SIGNATURE)
        except SmUnavailable as missing:
            raise Refused(problems.UNAUTHENTICATED, missing.text, headers=_CHALLENGE) from None
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
            raise self._refused(credential_id, problems.NONCE_REPLAYED)

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
