"""The signatures of the existing e-contract protocol. Pure.

Source: the wire protocol of a public client (request) and of its call-backs. The body of a request is not signed and
MD5 is broken, so this opens a compatibility door only: off unless a connector asks for it, TLS, a tight clock window.
"""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Mapping
from hashlib import md5


def request_signature(sign_key: str, timestamp: str) -> str:
    """Base64 of the lower-case hex text of MD5(sign key + timestamp in milliseconds)."""
    return b64encode(_md5(sign_key + timestamp).encode()).decode()


def is_request_signature(given: str, sign_key: str, timestamp: str) -> bool:
    """Whether `given` signs the request; the case of its hex digits is not known, so either is taken."""
    try:
        digits = b64decode(given, validate=True).decode("ascii").lower()
    except (BadBase64, ValueError):
        return False
    return hmac.compare_digest(digits, _md5(sign_key + timestamp))


def callback_signature(transactor_phone: str, license_no: str, fields: Mapping[str, str]) -> str:
    """MD5 over the transactor's phone, the licence number and the values of `fields` in the order of their names."""
    return _md5(transactor_phone + license_no + "".join(fields[name] for name in sorted(fields)))


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
