"""Checkpoints of the log: C2SP `tlog-checkpoint` in a C2SP `signed-note` with an Ed25519 signature. Pure."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

_ED25519 = b"\x01"
_ID_BYTES = 4
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_ROOT_BYTES = 32
_MOST_BYTES = 100_000


class NotACheckpoint(ValueError):
    """The text is no checkpoint that the given key has signed. The message says what is wrong."""


class Signing(Protocol):
    """A private Ed25519 key."""

    def sign(self, message: bytes, /) -> bytes: ...


class Verifying(Protocol):
    """A public Ed25519 key."""

    def verifies(self, signature: bytes, message: bytes, /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: at this size the tree has this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


def key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_ID_BYTES]


def verifier_key(name: str, public: bytes) -> str:
    """The key as witnesses and monitors are given it: `name+id+key`."""
    return f"{name}+{key_id(name, public).hex()}+{_b64(_ED25519 + public)}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """The name and the 32 bytes of an Ed25519 key. Raises ValueError."""
    name, _, rest = text.strip().partition("+")
    given_id, _, encoded = rest.partition("+")
    key = base64.b64decode(encoded, validate=True)
    if key[:1] != _ED25519 or key_id(name, key[1:]).hex() != given_id:
        raise ValueError("not a verifier key")
    return name, key[1:]


def signed(checkpoint: Checkpoint, key: Signing, public: bytes) -> str:
    """The note of a checkpoint, signed under the name of its origin."""
    signature = key_id(checkpoint.origin, public) + key.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n— {checkpoint.origin} {_b64(signature)}\n"


def opened(note: str, keys: dict[bytes, Verifying]) -> Checkpoint:
    """The checkpoint of a note that one of `keys`, by their 32 public bytes, has signed. Raises NotACheckpoint.

    The name of the key may be any: a log that got another address keeps its key. Unknown signatures are passed over.
    """
    if len(note) > _MOST_BYTES or any(ord(character) < 0x20 and character != "\n" for character in note):
        raise NotACheckpoint("not a signed note")
    text, separator, signatures = note.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise NotACheckpoint("not a signed note")
    text += "\n"
    known = [each for line in signatures.splitlines() if (each := _known(line, text, keys)) is not None]
    if not known:
        raise NotACheckpoint("not signed with a key of this log")
    if not all(known):
        raise NotACheckpoint("the signature does not match")
    return _read(text)


def _known(line: str, text: str, keys: dict[bytes, Verifying]) -> bool | None:
    """Whether a line holds a good signature of one of our keys; None when it is none of theirs."""
    match = _SIGNATURE.fullmatch(line)
    if match is None:
        raise NotACheckpoint("not a signed note")
    name, encoded = match.groups()
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise NotACheckpoint("not a signed note") from None
    for public, key in keys.items():
        if given[:_ID_BYTES] == key_id(name, public):
            return key.verifies(given[_ID_BYTES:], text.encode())
    return None


def _read(text: str) -> Checkpoint:
    try:
        origin, size, root, *_ = text.splitlines()
        decoded = base64.b64decode(root, validate=True)
    except ValueError:
        raise NotACheckpoint("not a checkpoint") from None
    if not origin or not _SIZE.fullmatch(size) or len(decoded) != _ROOT_BYTES or _b64(decoded) != root:
        raise NotACheckpoint("not a checkpoint")
    return Checkpoint(origin, int(size), decoded)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
