"""One-time codes of an authenticator (RFC 6238) and recovery codes."""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from datetime import timedelta
from hashlib import sha256

import qrcode
import qrcode.image.svg
from pyotp.totp import TOTP

from gateway.base.clock import Clock

_STEP_SECONDS = 30
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ISSUER = "驿站 Yizhan"
RECOVERY_CODES = 10
_FORGIVEN = str.maketrans("OIL", "011", " -")


def new_secret() -> str:
    """The secret of an authenticator, in Base32."""
    return b32encode(secrets.token_bytes(20)).decode()


def address_of(secret: str, login: str) -> str:
    """What an authenticator reads: an `otpauth:` address."""
    return TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)


def picture_of(secret: str, login: str) -> str:
    """The same as a QR image, in SVG."""
    image = qrcode.make(address_of(secret, login), image_factory=qrcode.image.svg.SvgPathImage, box_size=12, border=2)
    return image.to_string(encoding="unicode")


def step_of(secret: str, code: str) -> int | None:
    """The step of 30 s, counted from 1970, whose code this is: the present or a neighbour, as clocks differ."""
    now = Clock.now()
    for drift in (0, -1, 1):
        moment = now + timedelta(seconds=drift * _STEP_SECONDS)
        if hmac.compare_digest(TOTP(secret).at(moment).encode(), code.encode()):
            return int(moment.timestamp()) // _STEP_SECONDS
    return None


def new_code(groups: int = 4) -> str:
    """A code that a person can type: 20 bits a group of four."""
    return "-".join("".join(secrets.choice(_CROCKFORD) for _ in range(4)) for _ in range(groups))


def code_hash(code: str) -> bytes:
    """What is kept of a code. It is as random as a key; small letters, hyphens and O for 0 are forgiven."""
    return sha256(code.upper().translate(_FORGIVEN).encode()).digest()
