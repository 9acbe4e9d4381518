"""The Merkle tree against the vectors that everybody uses for RFC 6962, an independent program, and tampering."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transparency import merkle, tiles
from gateway.transparency.merkle import NotProven
from gateway.transparency.tiles import TileId

# The leaves, roots and proofs of the tests of Certificate Transparency (merkle_tree_test.cc), which every
# implementation of RFC 6962 and RFC 9162 is held against.
LEAVES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = [  # leaf, size, path
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CONSISTENCY = [  # old, new, path
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]


def read_of(leaves: list[bytes]) -> merkle.Read:
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    return lambda level, index: merkle.fold(hashes[index << level : (index + 1) << level])


def entries(count: int) -> list[bytes]:
    return [sha256(nth.to_bytes(4, "big")).digest() for nth in range(count)]


def root_by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(leaves) < 2:
        return sha256(b"\0" + leaves[0]).digest() if leaves else sha256(b"").digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = root_by_definition(leaves[:split]), root_by_definition(leaves[split:])
    return sha256(b"\1" + left + right).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert merkle.root(size, read_of(LEAVES)).hex() == ROOTS[size]
    growing = merkle.Growing()
    for leaf in LEAVES[:size]:
        growing.add(merkle.leaf_hash(leaf))
    assert growing.root.hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size", "path"), INCLUSION)
def test_the_published_audit_paths(index: int, size: int, path: list[str]) -> None:
    found = merkle.inclusion(index, size, read_of(LEAVES))
    assert [step.hex() for step in found] == path
    leaf = merkle.leaf_hash(LEAVES[index])
    merkle.must_be_included(leaf, index, size, path=found, root=bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCY)
def test_the_published_consistency_proofs(old: int, new: int, path: list[str]) -> None:
    found = merkle.consistency(old, new, read_of(LEAVES))
    assert [step.hex() for step in found] == path
    merkle.must_be_consistent((old, bytes.fromhex(ROOTS[old])), (new, bytes.fromhex(ROOTS[new])), found)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 64, 65, 100])
def test_every_proof_of_a_tree_holds_and_no_altered_one_does(size: int) -> None:
    leaves = entries(size)
    read, root = read_of(leaves), root_by_definition(leaves)
    assert merkle.root(size, read) == root
    for index in range(size):
        path, leaf = merkle.inclusion(index, size, read), merkle.leaf_hash(leaves[index])
        merkle.must_be_included(leaf, index, size, path=path, root=root)
        for wrong in ([*path, root], path[:-1], [bytes(32), *path[1:]]):
            if wrong != path:
                with pytest.raises(NotProven):
                    merkle.must_be_included(leaf, index, size, path=wrong, root=root)
        if size > 1:
            with pytest.raises(NotProven):
                merkle.must_be_included(leaf, (index + 1) % size, size, path=path, root=root)
    for old in range(1, size + 1):
        proof, before = merkle.consistency(old, size, read), (old, root_by_definition(leaves[:old]))
        merkle.must_be_consistent(before, (size, root), proof)
        with pytest.raises(NotProven):
            merkle.must_be_consistent((old, bytes(32)), (size, root), proof)
        with pytest.raises(NotProven):
            merkle.must_be_consistent(before, (size, bytes(32)), proof)
        with pytest.raises(NotProven):
            merkle.must_be_consistent(before, (size, root), [*proof, root])


@given(st.lists(st.integers(1, 700), min_size=1, max_size=5))
def test_tiles_that_grow_are_the_tree(steps: list[int]) -> None:
    leaves = entries(sum(steps))
    held: dict[TileId, bytes] = {}
    size = 0
    for step in steps:
        edge = {tile: content for tile, content in held.items() if tiles.width_in(tile, size) < tiles.WIDTH}
        held |= tiles.grow(size, edge, [merkle.leaf_hash(one) for one in leaves[size : size + step]])
        size += step
        by_edge = {tile: held[tile] for tile in tiles.edge_of(size)}
        assert merkle.root(size, tiles.reader(by_edge)) == root_by_definition(leaves[:size])
    assert {tile: len(content) // 32 for tile, content in held.items()} == dict(tiles.all_in(size))
    index = size * 2 // 3
    path = merkle.inclusion(index, size, tiles.reader(held))
    wanted = tiles.needed(lambda read: merkle.inclusion(index, size, read))
    assert merkle.inclusion(index, size, tiles.reader({tile: held[tile] for tile in wanted})) == path


def test_the_tiles_of_the_specification() -> None:
    """The example of `tlog-tiles`: a tree of 70,000."""
    widths = [(tile.level, width) for tile, width in tiles.all_in(70_000)]
    assert widths.count((0, 256)) == 273
    assert [one for one in widths if one != (0, 256)] == [(0, 112), (1, 256), (1, 17), (2, 1)]
    assert tiles.all_in(256) == [(TileId(0, 0), 256), (TileId(1, 0), 1)]


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("0/000", (0, 0, 256)),
        ("1/x001/x234/067", (1, 1234067, 256)),
        ("63/999.p/255", (63, 999, 255)),
        ("entries/x001/000.p/1", (None, 1000, 1)),
    ],
)
def test_tiles_are_called_as_the_specification_says(path: str, asked: tuple[int | None, int, int]) -> None:
    assert tiles.asked_for(path) == asked
    assert tiles.path_of(tiles.Asked(*asked)) == path


@pytest.mark.parametrize(
    "path",
    [
        "", "0", "0/", "0/0", "0/0000", "00/000", "64/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/x000/001",
        "0/001/000", "0/../000", "entries/000.p/", "0/000/", "-1/000", "０/000", "0/٠٠٠", "0/" + "x999/" * 40 + "000",
    ],
)  # fmt: skip
def test_nothing_else_is_a_tile(path: str) -> None:
    assert tiles.asked_for(path) is None


@pytest.mark.parametrize("content", [b"\0", b"\0\x05abc", b"\0\x01a\0\x02b"])
def test_a_bundle_that_was_cut_is_none(content: bytes) -> None:
    with pytest.raises(ValueError, match="cut"):
        tiles.unbundled(content)


def test_entries_come_back_from_their_bundle() -> None:
    assert tiles.unbundled(tiles.bundle([b"", b"one", bytes(300)])) == [b"", b"one", bytes(300)]
