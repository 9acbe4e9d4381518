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

from gateway.base.settings import Cipher, Settings
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


class _Key:
    """One key with its ciphers and its index."""

    __slots__ = ("_aeads", "index")

    def __init__(self, key: bytes) -> None:
        self._aeads = {_VERSIONS[Cipher.AES]: AESGCM(key), _VERSIONS[Cipher.SM4]: Sm4Gcm(_sm4_key(key))}
        self.index = blake2b(b"yizhan blind index", key=key, digest_size=_KEY_BYTES).digest()

    def seal(self, version: bytes, plaintext: bytes, place: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return version + nonce + self._aeads[version].encrypt(nonce, plaintext, place)

    def open(self, sealed: bytes, place: bytes) -> bytes | None:
        """None when it was sealed by another key, for another place, or altered. Raises SealBroken."""
        aead = self._aeads.get(sealed[:1])
        if aead is None:
            raise SealBroken("unknown seal version")
        try:
            return aead.decrypt(sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :], place)
        except InvalidTag:
            return None


class Seal:
    """Seals under one key, and opens what that or one of some others has sealed.

    While keys are changed whoever holds a Seal must learn of the new one: `follow` changes it in place.
    """

    __slots__ = ("_keys", "_version", "_word_key", "cipher", "overhead")

    def __init__(self, keys: bytes, cipher: Cipher = Cipher.AES) -> None:
        """`keys` is one key; or several: that which seals, others that open, and the one that words are hashed by.

        `cipher` seals. Raises SmUnavailable.
        """
        if cipher is Cipher.SM4:
            Sm4Gcm.must_be_there()
        each = [keys[at : at + _KEY_BYTES] for at in range(0, len(keys), _KEY_BYTES)]
        self.overhead = 1 + _NONCE_BYTES + _TAG_BYTES
        self.cipher = cipher
        self._version = _VERSIONS[cipher]
        self._keys = tuple(_Key(key) for key in (each[:-1] or each))
        self._word_key = _Key(each[-1]).index

    def follow(self, other: Seal) -> None:
        """Seal and open as `other` does from now on."""
        self._keys = other._keys

    def seal(self, plaintext: bytes, place: bytes) -> bytes:
        return self._keys[0].seal(self._version, plaintext, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plaintext. Raises SealBroken."""
        for key in self._keys:
            if (plaintext := key.open(sealed, place)) is not None:
                return plaintext
        raise SealBroken("the sealed value was altered, moved or sealed under another key")

    def resealed(self, sealed: bytes, place: bytes) -> bytes | None:
        """The same value under the key that seals now; None when it is already. Raises SealBroken."""
        if self._keys[0].open(sealed, place) is not None:
            return None
        return self.seal(self.open(sealed, place), place)

    def blind(self, number: str) -> int:
        """A signed 64-bit index of `number` that only holders of the key can compute."""
        return _blind(self._keys[0].index, number)

    def blinds(self, number: str) -> list[int]:
        """Every index under which `number` may stand while keys are changed."""
        return [_blind(key.index, number) for key in self._keys]

    def blind_word(self, word: str) -> int:
        """The same for a word that is kept as nothing but its hash: by a key that stays."""
        return _blind(self._word_key, word)


def _blind(key: bytes, text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), key=key, digest_size=8).digest(), "big", signed=True)


class MasterKey:
    """Wraps the data keys of tenants, the secrets of credentials and the private signing keys.

    With `other` it opens what that one has wrapped, too: for the time in which one takes the other's place.
    """

    def __init__(self, key: bytes, cipher: Cipher = Cipher.AES, other: bytes | None = None) -> None:
        if len(key) != _KEY_BYTES or len(other or key) != _KEY_BYTES:
            raise ValueError("the master key must be 32 bytes (64 hexadecimal digits)")
        self._cipher = cipher
        self._seal = Seal(key if other is None else key + other + key, cipher)

    @classmethod
    def load(cls, secret: str | None, path: Path, cipher: Cipher = Cipher.AES, other: str | None = None) -> MasterKey:
        """From `secret` (64 hex digits), else from `path`, which is created on first use, readable by us only."""
        if secret is None:
            if not path.exists():
                create_secret_file(path, os.urandom(_KEY_BYTES).hex().encode())
            secret = path.read_text(encoding="ascii").strip()
        return cls(bytes.fromhex(secret), cipher, None if other is None else bytes.fromhex(other))

    @classmethod
    def of(cls, settings: Settings) -> MasterKey:
        """The one that the settings name."""
        place = settings.home / "master.key"
        return cls.load(settings.master_key, place, settings.cipher, settings.other_master_key)

    def new_data_key(self, place: bytes) -> bytes:
        """A fresh wrapped data key for the tenant named by `place`."""
        return self._seal.seal(os.urandom(_KEY_BYTES), place)

    def unwrap(self, wrapped: bytes, place: bytes) -> Seal:
        return Seal(self._seal.open(wrapped, place), self._cipher)

    def wrap_secret(self, secret: bytes, place: bytes) -> bytes:
        return self._seal.seal(secret, place)

    def open_secret(self, wrapped: bytes, place: bytes) -> bytes:
        return self._seal.open(wrapped, place)

    def blind(self, text: str) -> int:
        """An index of `text` that only holders of this key can compute, for what need not outlive the key."""
        return self._seal.blind(text)

    def rewrapped(self, wrapped: bytes, place: bytes) -> bytes | None:
        """The same under this key; None when it is already. Raises SealBroken."""
        return self._seal.resealed(wrapped, place)


class DataKeys:
    """The keys of a tenant on their way from one to the next, as they are wrapped together: the one that seals, those
    that open beside it, the one that words are hashed by. At first all three are one.

    A key is announced, by which it opens; then it seals, and the one before it opens until it is forgotten.
    """

    def __init__(self, secret: bytes) -> None:
        each = [secret[at : at + _KEY_BYTES] for at in range(0, len(secret), _KEY_BYTES)]
        self._sealing, *self._opening = each[:-1] or each
        self._words = each[-1]

    @property
    def has_others(self) -> bool:
        """Whether keys are there that only open."""
        return bool(self._opening)

    def announced(self) -> bytes:
        """With a new key that only opens: every process must know it before the first seals by it."""
        return b"".join((self._sealing, os.urandom(_KEY_BYTES), self._words))

    def switched(self) -> bytes:
        """The key that was announced seals; the one before it opens."""
        return b"".join((self._opening[0], self._sealing, self._words))

    def alone(self) -> bytes:
        """Without the keys that only open."""
        return self._sealing + self._words


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
