"""The request signature, for both sides: HMAC with SHA-256 or SM3 (GB/T 32905), or SM2, over some lines. Pure.

Version 2 covers all that decides what becomes of a request. Version 1, which leaves headers out, is taken for a stated
time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives import hashes, hmac

_HASHES = {"SHA256": hashes.SHA256, "SM3": hashes.SM3}
BY_SM2 = "SM2-SM3"
COVERED = ("idempotency-key", "prefer", "content-type", "if-match")
"""The headers that version 2 covers, in their order."""


class Version(StrEnum):
    """The scheme in an Authorization header begins with it."""

    ONE = "YIZHAN"
    TWO = "YIZHAN2"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What is signed. `target` is the path with its query as sent; `covered` are the values of the covered headers.

    A header that is not there is empty, one that is there several times is joined by a comma and a space.
    """

    method: str
    target: str
    body: bytes
    covered: tuple[bytes, ...] = (b"",) * len(COVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """How it is signed: the scheme, `algorithm` SHA256, SM3 or SM2-SM3, epoch seconds, what makes it good once."""

    version: Version = Version.TWO
    algorithm: str = "SHA256"
    timestamp: str
    nonce: str

    @property
    def scheme(self) -> str:
        """`YIZHAN2-HMAC-SHA256`; by a private key `YIZHAN2-SM2-SM3`."""
        return f"{self.version}-{self.algorithm if self.algorithm == BY_SM2 else f'HMAC-{self.algorithm}'}"


def sm2_message(request: SignedRequest, stamp: Stamp) -> bytes:
    """What a private key of SM2 signs: the same lines, the digest of the body by SM3."""
    return b"\n".join(_lines(request, stamp, _digest(hashes.SM3(), request.body)))


def signature(secret: bytes, request: SignedRequest, stamp: Stamp) -> str:
    """The hexadecimal signature over the lines, joined by LF; docs/guide/signing.en.md names them."""
    hash_ = _HASHES[stamp.algorithm]()
    mac = hmac.HMAC(secret, hash_)
    mac.update(b"\n".join(_lines(request, stamp, _digest(hash_, request.body))))
    return mac.finalize().hex()


def _digest(hash_: hashes.HashAlgorithm, body: bytes) -> bytes:
    digest = hashes.Hash(hash_)
    digest.update(body)
    return digest.finalize().hex().encode()


def _lines(request: SignedRequest, stamp: Stamp, body: bytes) -> list[bytes]:
    method, when = request.method.upper().encode(), [stamp.timestamp.encode(), stamp.nonce.encode()]
    if stamp.version is Version.ONE:
        return [method, request.target.encode(), *when, body]
    path, _, query = request.target.partition("?")
    return [stamp.scheme.encode(), method, path.encode(), query.encode(), *when, *request.covered, body]
