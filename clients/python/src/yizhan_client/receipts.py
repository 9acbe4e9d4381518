"""Verifies receipts offline: a compact JWS (RFC 7515) by one of the published keys."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from yizhan_client.errors import NotVerified

_TYPE = "yizhan-receipt+jwt"
_PURPOSE = "receipt"


def verify_receipt(receipt: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a receipt. `jwks` is `/.well-known/jwks.json`, fetched or saved. Raises NotVerified.

    A receipt of the sandbox says `"test": true` and acknowledges nothing real. One by a key that has been withdrawn is
    not believed, whenever it says that it was signed: ask the gateway for it again.
    """
    try:
        head, claims, signature = receipt.strip().split(".")
        header = json.loads(_decoded(head))
        key = next(key for key in jwks["keys"] if key["kid"] == header["kid"] and key.get("yizhan:purpose") == _PURPOSE)
        is_ours = header["typ"] == _TYPE and header["alg"] == key["alg"]
        signed, made = f"{head}.{claims}".encode(), _decoded(signature)
    except (ValueError, KeyError, TypeError, StopIteration):
        raise NotVerified("this is no receipt, or its key is not among those given") from None
    if not is_ours or not _holds(key, signed, made):
        raise NotVerified("the receipt is not what was signed")
    if since := key.get("yizhan:withdrawn_since"):
        raise NotVerified(f"the receipt is signed by a key that is withdrawn since {since}")
    found: dict[str, Any] = json.loads(_decoded(claims))
    return found


def _holds(key: Mapping[str, Any], signed: bytes, signature: bytes) -> bool:
    try:
        if key["alg"] == "EdDSA":
            Ed25519PublicKey.from_public_bytes(_decoded(key["x"])).verify(signature, signed)
        elif key["alg"] == "ES256" and len(signature) == 64:
            x, y = (int.from_bytes(_decoded(key[name]), "big") for name in "xy")
            r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
            public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        else:
            raise NotVerified(f"signatures by {key['alg']} are not verified by this package")
    except InvalidSignature:
        return False
    return True


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
