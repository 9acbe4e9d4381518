"""The request signature, for both sides: HMAC with SHA-256 or SM3 (GB/T 32905) over five lines."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes, hmac

_HASHES = {"SHA256": hashes.SHA256, "SM3": hashes.SM3}


def signature(
    algorithm: str, secret: bytes, method: str, target: str, *, timestamp: str, nonce: str, body: bytes
) -> str:
    """The hexadecimal signature. `algorithm` is SHA256 or SM3; `target` is path with query as sent.

    The lines, joined by LF: method, target, timestamp (epoch seconds), nonce, hexadecimal digest of the body by the
    same hash.
    """
    hash_ = _HASHES[algorithm]()
    digest = hashes.Hash(hash_)
    digest.update(body)
    mac = hmac.HMAC(secret, hash_)
    mac.update("\n".join((method.upper(), target, timestamp, nonce, digest.finalize().hex())).encode())
    return mac.finalize().hex()
