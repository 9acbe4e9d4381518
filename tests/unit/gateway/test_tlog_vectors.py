"""Tiles, proofs and checkpoints, byte for byte those of another program (`tlog_vectors.json` says which).

It was written by others from the specifications (C2SP `tlog-tiles`, `tlog-checkpoint`, `signed-note`); proofs and tiles
stand in the file by their SHA-256. It wants a newer Python than we do, so its results are kept and not itself.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.transparency import merkle, notes, tiles
from gateway.transparency.notes import Checkpoint, NotACheckpoint
from gateway.transparency.tiles import Asked, TileId, TileMaker
from gateway.trust.signing import SigningKey

VECTORS: dict[str, Any] = orjson.loads(Path(__file__).with_name("tlog_vectors.json").read_bytes())
SIZE = 70_000
KEY = SigningKey.of(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
PUBLIC = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key().public_bytes_raw()
KEYS: dict[bytes, notes.Verifying] = {PUBLIC: KEY.public}
NAME = "example.com/yizhan-log"


def entry(nth: int) -> bytes:
    return sha256(nth.to_bytes(4, "big")).digest()


@pytest.fixture(scope="module")
def held() -> dict[TileId, bytes]:
    """The tiles of the tree, made leaf by leaf."""
    maker, made = TileMaker(), {}
    for nth in range(SIZE):
        made |= dict(maker.add(merkle.leaf_hash(entry(nth))))
    return made | dict(maker.rest())


@pytest.mark.parametrize("size", list(map(int, VECTORS["roots"])))
def test_roots(held: dict[TileId, bytes], size: int) -> None:
    assert merkle.root(size, tiles.reader(held)).hex() == VECTORS["roots"][str(size)]


@pytest.mark.parametrize(("index", "size", "digest", "length"), VECTORS["inclusion"])
def test_inclusion(held: dict[TileId, bytes], index: int, size: int, digest: str, length: int) -> None:
    path = merkle.inclusion(index, size, tiles.reader(held))
    assert (sha256(b"".join(path)).hexdigest(), len(path)) == (digest, length)


@pytest.mark.parametrize(("old", "new", "digest", "length"), VECTORS["consistency"])
def test_consistency(held: dict[TileId, bytes], old: int, new: int, digest: str, length: int) -> None:
    path = merkle.consistency(old, new, tiles.reader(held))
    assert (sha256(b"".join(path)).hexdigest(), len(path)) == (digest, length)


def test_tiles(held: dict[TileId, bytes]) -> None:
    assert 2 * sum(tile.level == 0 for tile in held) + sum(tile.level > 0 for tile in held) == VECTORS["count"]
    for path, digest in VECTORS["tiles"].items():
        asked = tiles.asked_for(path.removeprefix("tile/"))
        assert asked is not None, path
        assert sha256(content_of(asked, held)).hexdigest() == digest, path


def content_of(asked: Asked, held: dict[TileId, bytes]) -> bytes:
    if asked.level is None:
        first = asked.nth * tiles.WIDTH
        return tiles.bundle(entry(nth) for nth in range(first, first + asked.width))
    return held[TileId(asked.level, asked.nth)]


def test_the_checkpoint() -> None:
    checkpoint = Checkpoint(NAME, SIZE, bytes.fromhex(VECTORS["roots"][str(SIZE)]))
    note = notes.signed(checkpoint, KEY, PUBLIC)
    assert note == VECTORS["checkpoint"]
    assert notes.opened(note, KEYS) == checkpoint
    assert notes.verifier_key(NAME, PUBLIC) == VECTORS["key"]
    assert notes.read_verifier_key(VECTORS["key"]) == (NAME, PUBLIC)


def test_a_witness_may_sign_too() -> None:
    cosigned = VECTORS["checkpoint"] + "— witness.example/w NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC\n"
    assert notes.opened(cosigned, KEYS).size == SIZE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("70000", "70001"),
        ("70000", "070000"),
        ("example.com/yizhan-log\n7", "example.com/other\n7"),
        ("\n\n", "\n"),
        ("\n\n", "\nextra\n\n"),
        ("— ", "- "),
        ("— example.com/yizhan-log ", "— example.com/yizhan-log  "),
        ("— example.com/yizhan-log ", "— example.com/other "),
        ("\n— ", "\n\t— "),
    ],
)
def test_an_altered_checkpoint_is_none(old: str, new: str) -> None:
    assert old in VECTORS["checkpoint"]
    with pytest.raises(NotACheckpoint):
        notes.opened(VECTORS["checkpoint"].replace(old, new), KEYS)


def test_a_signature_of_another_key_is_none() -> None:
    with pytest.raises(NotACheckpoint, match="not signed with a key of this log"):
        notes.opened(VECTORS["checkpoint"], {bytes(32): KEY.public})
