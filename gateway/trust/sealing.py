"""Field encryption: AES-256-GCM, or SM4-GCM, under a data key per tenant, each wrapped by the master key.

A sealed value is `version (1 byte) | nonce (12) | ciphertext and tag`; the version says the cipher, so that values of
both open whichever seals now. Nonces are the kernel's (os.urandom). The associated data binds it to its place,
so that a value moved to another row does not open. Look-ups by a personal number go through a keyed blind index.
"""

from __future__ import annotations

import os
from hashlib import blake2b, sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.base.settings import Cipher
from gateway.trust.sm4 import Sm4Gcm

_VERSIONS = {Cipher.AES: b"\x01", Cipher.SM4: b"\x02"}
_SM4_KEY_BYTES = 16
_KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


def _sm4_key(key: bytes) -> bytes:
    """The key of SM4 that belongs to one of ours: another, so that no key serves two ciphers."""
    return blake2b(b"yizhan SM4-GCM", key=key, digest_size=_SM4_KEY_BYTES).digest()


class SealBroken(Exception):
    """A sealed value does not open: wrong key, wrong place or altered bytes."""


class Seal:
    """Seals and opens bytes under one key."""

    __slots__ = ("_aeads", "_index_key", "_version", "cipher", "overhead")

    def __init__(self, key: bytes, cipher: Cipher = Cipher.AES) -> None:
        """`cipher` seals. Raises SmUnavailable."""
        self.overhead = 1 + _NONCE_BYTES + _TAG_BYTES
        self.cipher = cipher
        self._version = _VERSIONS[cipher]
        self._aeads = {_VERSIONS[Cipher.AES]: AESGCM(key), _VERSIONS[Cipher.SM4]: Sm4Gcm(_sm4_key(key))}
        if cipher is Cipher.SM4:
            Sm4Gcm.must_be_there()
        self._index_key = blake2b(b"yizhan blind index", key=key, digest_size=_KEY_BYTES).digest()

    def seal(self, plaintext: bytes, place: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return self._version + nonce + self._aeads[self._version].encrypt(nonce, plaintext, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plaintext. Raises SealBroken."""
        aead = self._aeads.get(sealed[:1])
        if aead is None:
            raise SealBroken("unknown seal version")
        try:
            return aead.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place)
        except InvalidTag:
            raise SealBroken("the sealed value was altered, moved or sealed under another key") from None

    def blind(self, number: str) -> int:
        """A signed 64-bit index of `number` that only holders of the key can compute."""
        keyed = blake2b(number.encode(), key=self._index_key, digest_size=8)
        return int.from_bytes(keyed.digest(), "big", signed=True)


class MasterKey:
    """Wraps the data keys of tenants and the private signing keys."""

    def __init__(self, key: bytes, cipher: Cipher = Cipher.AES) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError("the master key must be 32 bytes (64 hexadecimal digits)")
        self._cipher = cipher
        self._seal = Seal(key, cipher)

    @classmethod
    def load(cls, secret: str | None, path: Path, cipher: Cipher = Cipher.AES) -> MasterKey:
        """From `secret` (64 hex digits), else from `path`, which is created on first use, readable by us only."""
        if secret is None:
            if not path.exists():
                create_secret_file(path, os.urandom(_KEY_BYTES).hex().encode())
            secret = path.read_text(encoding="ascii").strip()
        return cls(bytes.fromhex(secret), cipher)

    def new_data_key(self, place: bytes) -> bytes:
        """A fresh wrapped data key for the tenant named by `place`."""
        return self._seal.seal(os.urandom(_KEY_BYTES), place)

    def unwrap(self, wrapped: bytes, place: bytes) -> Seal:
        return Seal(self._seal.open(wrapped, place), self._cipher)

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
