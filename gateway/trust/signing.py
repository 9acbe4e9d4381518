"""Signing keys: Ed25519 by default, ES256 and SM2 with SM3 allowed. The key says which, never what is verified."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.trust.sm2 import Sm2PrivateKey, Sm2PublicKey


class Algorithm(StrEnum):
    """The allow-list, by JOSE name (RFC 8037, RFC 7518). That of SM2 is private to us: no registry has one."""

    EDDSA = "EdDSA"
    ES256 = "ES256"
    SM2 = "SM2SM3"


PublicHalf = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | Sm2PublicKey
PrivateHalf = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | Sm2PrivateKey


class Purpose(StrEnum):
    QR = "qr"
    RECEIPT = "receipt"
    LOG = "log"
    TEST = "test"
    """QRs of the sandbox, which are of no contract. The store holds no such key: each is the twin of one of the QRs."""


STORED = (Purpose.QR, Purpose.RECEIPT, Purpose.LOG)
"""What keys in the store are for."""


WITHDRAWN_SINCE = "yizhan:withdrawn_since"
"""The member of a published key that says since when it is withdrawn."""


_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HALF_ORDER = _ORDER // 2
"""Of P-256 (SEC 2, 2.4.2). Beside (r, s) the signature (r, n - s) is as good: only the smaller one is made or taken."""


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    """Strict: the one canonical spelling, or ValueError."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64url(data) != text:
        raise ValueError("not canonical base64url")
    return data


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verification key as published. `kid` is its RFC 7638 thumbprint, shortened to 8 bytes.

    A key that leaked is `withdrawn_since` then: whoever has it writes what time he likes, so nothing that it signs is
    believed on its word alone any more.
    """

    kid: bytes
    algorithm: Algorithm
    key: PublicHalf
    withdrawn_since: datetime | None = None

    @classmethod
    def of(cls, key: PublicHalf) -> PublicKey:
        algorithm = _algorithm_of(key)
        thumbprint = sha256(orjson.dumps(_jwk_members(key), option=orjson.OPT_SORT_KEYS)).digest()
        return cls(thumbprint[:8], algorithm, key)

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> PublicKey:
        """Raises ValueError for a key type outside the allow-list."""
        since = jwk.get(WITHDRAWN_SINCE)
        return replace(cls._from_members(jwk), withdrawn_since=None if since is None else datetime.fromisoformat(since))

    @classmethod
    def _from_members(cls, jwk: dict[str, Any]) -> PublicKey:
        match jwk:
            case {"kty": "OKP", "crv": "Ed25519", "x": str(x)}:
                return cls.of(ed25519.Ed25519PublicKey.from_public_bytes(from_b64url(x)))
            case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y)}:
                numbers = ec.EllipticCurvePublicNumbers(
                    int.from_bytes(from_b64url(x), "big"), int.from_bytes(from_b64url(y), "big"), ec.SECP256R1()
                )
                return cls.of(numbers.public_key())
            case {"kty": "EC", "crv": "SM2", "x": str(x), "y": str(y)}:
                return cls.of(Sm2PublicKey(from_b64url(x) + from_b64url(y)))
        raise ValueError(f"key type not allowed: {jwk.get('kty')!r} {jwk.get('crv')!r}")

    def as_jwk(self, purpose: Purpose) -> dict[str, Any]:
        jwk = {
            **_jwk_members(self.key),
            "kid": b64url(self.kid),
            "use": "sig",
            "alg": self.algorithm.value,
            "yizhan:purpose": purpose.value,
        }
        if self.withdrawn_since is not None:
            jwk[WITHDRAWN_SINCE] = self.withdrawn_since.isoformat(timespec="seconds")
        return jwk

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Raises SmUnavailable."""
        if isinstance(self.key, Sm2PublicKey):
            return self.key.verifies(signature, message)
        try:
            if isinstance(self.key, ed25519.Ed25519PublicKey):
                self.key.verify(signature, message)
            elif len(signature) != 64:
                return False
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                if s > _HALF_ORDER:
                    return False
                self.key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with its public half."""

    private: PrivateHalf
    public: PublicKey

    @classmethod
    def generate(cls, algorithm: Algorithm = Algorithm.EDDSA) -> SigningKey:
        """Raises SmUnavailable."""
        match algorithm:
            case Algorithm.EDDSA:
                return cls.of(ed25519.Ed25519PrivateKey.generate())
            case Algorithm.ES256:
                return cls.of(ec.generate_private_key(ec.SECP256R1()))
            case Algorithm.SM2:
                return cls.of(Sm2PrivateKey.generate())

    @classmethod
    def of(cls, private: PrivateHalf) -> SigningKey:
        return cls(private, PublicKey.of(private.public_key()))

    @classmethod
    def from_bytes(cls, algorithm: Algorithm, raw: bytes) -> SigningKey:
        match algorithm:
            case Algorithm.EDDSA:
                return cls.of(ed25519.Ed25519PrivateKey.from_private_bytes(raw))
            case Algorithm.ES256:
                return cls.of(ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1()))
            case Algorithm.SM2:
                return cls.of(Sm2PrivateKey(raw))

    def to_bytes(self) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.private_bytes_raw()
        if isinstance(self.private, Sm2PrivateKey):
            return self.private.raw
        return self.private.private_numbers().private_value.to_bytes(32, "big")

    def twin(self) -> SigningKey:
        """The key that signs what is only tried out, made of this one; whoever has it has nothing of this one."""
        seed = HKDF(hashes.SHA256(), 32, salt=None, info=b"yizhan sandbox").derive(self.to_bytes())
        return SigningKey.from_bytes(Algorithm.EDDSA, seed)

    def sign(self, message: bytes) -> bytes:
        if isinstance(self.private, ed25519.Ed25519PrivateKey | Sm2PrivateKey):
            return self.private.sign(message)
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        s = min(s, _ORDER - s)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _algorithm_of(key: PublicHalf) -> Algorithm:
    if isinstance(key, Sm2PublicKey):
        return Algorithm.SM2
    return Algorithm.EDDSA if isinstance(key, ed25519.Ed25519PublicKey) else Algorithm.ES256


def _jwk_members(key: PublicHalf) -> dict[str, str]:
    if isinstance(key, Sm2PublicKey):
        return {"crv": "SM2", "kty": "EC", "x": b64url(key.point[:32]), "y": b64url(key.point[32:])}
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": b64url(key.public_bytes_raw())}
    numbers = key.public_numbers()
    return {
        "crv": "P-256",
        "kty": "EC",
        "x": b64url(numbers.x.to_bytes(32, "big")),
        "y": b64url(numbers.y.to_bytes(32, "big")),
    }
