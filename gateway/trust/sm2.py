"""SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905) by the library `gmssl-pyx`, which is an extra: `yizhan[sm]`.

The library draws its random numbers from the kernel (/dev/urandom), a fresh one each signature. It is imported when the
first key is used; without it everything but SM2 works. Points are x and y, signatures r and s, 32 bytes each.
Unlike with ECDSA, nobody without the private key can make a second signature of one: s has no twin.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from gateway.base.errors import UserError, both
from schemas.findings import Text

_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = _P - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
"""Of the recommended curve, GB/T 32918.5."""
_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""What stands before the point in the only form of a public key that OpenSSL writes for the curve (RFC 5480)."""
_PEM_LINES = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


class SmUnavailable(UserError):
    """SM2 or SM4 is asked for where its library is not installed; `text` says what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(both(text))
        self.text = text


@cache
def _library() -> ModuleType:
    """Raises SmUnavailable."""
    try:
        import gmssl_pyx
    except ImportError:
        raise SmUnavailable(
            Text(
                "未安装 SM2 所需组件，请安装 `yizhan[sm]`", "The library for SM2 is not installed: install `yizhan[sm]`"
            )
        ) from None
    return gmssl_pyx


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the curve, which is checked. Raises ValueError."""

    point: bytes

    def __post_init__(self) -> None:
        if len(self.point) != 64:
            raise ValueError("an SM2 key has 64 bytes")
        x, y = int.from_bytes(self.point[:32], "big"), int.from_bytes(self.point[32:], "big")
        if x >= _P or y >= _P or (y * y - (x * x * x + _A * x + _B)) % _P != 0:
            raise ValueError("not a point of the SM2 curve")

    @classmethod
    def from_pem(cls, text: str) -> Sm2PublicKey:
        """From what `openssl pkey -pubout` writes. Raises ValueError."""
        begin, *body, end = [line.strip() for line in text.strip().splitlines()] or ["", ""]
        der = base64.b64decode("".join(body), validate=True)
        if (begin, end) != _PEM_LINES or not der.startswith(_SPKI):
            raise ValueError("not an SM2 public key in PEM")
        return cls(der[len(_SPKI) :])

    def as_pem(self) -> str:
        text = base64.b64encode(_SPKI + self.point).decode()
        lines = (text[at : at + 64] for at in range(0, len(text), 64))
        return "\n".join((_PEM_LINES[0], *lines, _PEM_LINES[1], ""))

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Raises SmUnavailable."""
        library = _library()
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if len(signature) != 64 or not (0 < r < _N and 0 < s < _N):
            return False
        try:
            return bool(library.sm2_verify(self.point, message, encode_dss_signature(r, s)))
        except library.GmsslInnerError:
            return False


@dataclass(frozen=True, slots=True)
class Sm2PrivateKey:
    """The number, with its point: `raw` is both, 96 bytes."""

    raw: bytes

    @classmethod
    def generate(cls) -> Sm2PrivateKey:
        """Raises SmUnavailable."""
        point, number = _library().sm2_key_generate()
        return cls(number + point)

    def public_key(self) -> Sm2PublicKey:
        return Sm2PublicKey(self.raw[32:])

    def sign(self, message: bytes) -> bytes:
        """Raises SmUnavailable."""
        made = _library().sm2_sign(self.raw[:32], self.raw[32:], message)
        r, s = decode_dss_signature(made)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
