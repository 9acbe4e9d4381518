"""Field encryption: AES-256-GCM under a data key per tenant, each data key wrapped by the master key.

A sealed value is `version (1 byte) | nonce (12) | ciphertext and tag`. The associated data binds it to its place,
so that a value moved to another row does not open. Look-ups by a personal number go through a keyed blind index.
"""

from __future__ import annotations

import os
from hashlib import blake2b, sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


class SealBroken(Exception):
    """A sealed value does not open: wrong key, wrong place or altered bytes."""


class Seal:
    """Seals and opens bytes under one key."""

    __slots__ = ("_aead", "_index_key", "overhead")

    def __init__(self, key: bytes) -> None:
        self.overhead = len(_VERSION) + _NONCE_BYTES + _TAG_BYTES
        self._aead = AESGCM(key)
        self._index_key = blake2b(b"yizhan blind index", key=key, digest_size=_KEY_BYTES).digest()

    def seal(self, plaintext: bytes, place: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, plaintext, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plaintext. Raises SealBroken."""
        if sealed[:1] != _VERSION:
            raise SealBroken("unknown seal version")
        try:
            return self._aead.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place)
        except InvalidTag:
            raise SealBroken("the sealed value was altered, moved or sealed under another key") from None

    def blind(self, number: str) -> int:
        """A signed 64-bit index of `number` that only holders of the key can compute."""
        keyed = blake2b(number.encode(), key=self._index_key, digest_size=8)
        return int.from_bytes(keyed.digest(), "big", signed=True)


class MasterKey:
    """Wraps the data keys of tenants and the private signing keys."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError("the master key must be 32 bytes (64 hexadecimal digits)")
        self._seal = Seal(key)

    @classmethod
    def load(cls, secret: str | None, path: Path) -> MasterKey:
        """From `secret` (64 hex digits), else from `path`, which is created on first use, readable by us only."""
        if secret is None:
            if not path.exists():
                create_secret_file(path, os.urandom(_KEY_BYTES).hex().encode())
            secret = path.read_text(encoding="ascii").strip()
        return cls(bytes.fromhex(secret))

    def new_data_key(self, place: bytes) -> bytes:
        """A fresh wrapped data key for the tenant named by `place`."""
        return self._seal.seal(os.urandom(_KEY_BYTES), place)

    def unwrap(self, wrapped: bytes, place: bytes) -> Seal:
        return Seal(self._seal.open(wrapped, place))

    def wrap_secret(self, secret: bytes, place: bytes) -> bytes:
        return self._seal.seal(secret, place)

    def open_secret(self, wrapped: bytes, place: bytes) -> bytes:
        return self._seal.open(wrapped, place)


def create_secret_file(path: Path, content: bytes) -> None:
    """A file that only we can read. Two processes starting at once end with one: it appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def content_hash(canonical: bytes) -> bytes:
    """SHA-256 of a record's canonical JSON (sorted keys, no spaces, UTF-8)."""
    return sha256(canonical).digest()
