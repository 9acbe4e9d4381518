"""The Merkle tree of RFC 6962: roots, proofs of inclusion and of consistency, made and verified. Pure.

A tree of some size is read by its complete subtrees: `Read(level, index)` gives the hash over the 2**level leaves from
index * 2**level on. Whoever keeps those keeps the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

Read = Callable[[int, int], bytes]
EMPTY_ROOT = sha256(b"").digest()


class NotProven(ValueError):
    """A proof does not show what it is said to show."""


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def root(size: int, read: Read) -> bytes:
    """The hash of the tree of the first `size` leaves."""
    return EMPTY_ROOT if size == 0 else _span(0, size, read)


def inclusion(index: int, size: int, read: Read) -> list[bytes]:
    """The audit path of a leaf in the tree of that size, RFC 6962 section 2.1.1. Raises ValueError."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, first, last = [], 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(_span(middle, last, read))
            last = middle
        else:
            path.append(_span(first, middle, read))
            first = middle
    return path[::-1]


def consistency(old: int, new: int, read: Read) -> list[bytes]:
    """The proof that the tree of the old size is a beginning of that of the new, section 2.1.2. Raises ValueError."""
    if not 0 < old <= new:
        raise ValueError(f"no proof from {old} to {new}")
    path, first, last, is_whole = [], 0, new, True
    while last != old:
        middle = first + _split(last - first)
        if old <= middle:
            path.append(_span(middle, last, read))
            last = middle
        else:
            path.append(_span(first, middle, read))
            first, is_whole = middle, False
    if not is_whole:
        path.append(_span(first, last, read))
    return path[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an audit path leads to, RFC 9162 section 2.1.3.2. Raises NotProven for one of the wrong length."""
    if not 0 <= index < size:
        raise NotProven(f"no leaf {index} in a tree of {size}")
    at, last, found = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise NotProven("the path is too long")
        if at & 1 or at == last:
            found = node_hash(step, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = node_hash(found, step)
        at, last = at >> 1, last >> 1
    if last:
        raise NotProven("the path is too short")
    return found


def must_be_included(leaf: bytes, index: int, size: int, *, path: Sequence[bytes], root: bytes) -> None:
    """Raises NotProven."""
    if root_of_inclusion(leaf, index, size, path) != root:
        raise NotProven("the leaf is not in the tree")


def must_be_consistent(old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]) -> None:
    """Whether the tree of one size and root goes on in another, RFC 9162 section 2.1.4.2. Raises NotProven."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old_size > new_size or old_size < 1:
        raise NotProven(f"no tree of {old_size} in one of {new_size}")
    if old_size == new_size:
        if path or old_root != new_root:
            raise NotProven("two trees of one size have different roots")
        return
    steps = list(path) if old_size & (old_size - 1) else [old_root, *path]
    if not steps:
        raise NotProven("the path is too short")
    at, last = old_size - 1, new_size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise NotProven("the path is too long")
        if at & 1 or at == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, step)
        at, last = at >> 1, last >> 1
    if last or before != old_root or after != new_root:
        raise NotProven("the one tree is not a beginning of the other")


class Growing:
    """A tree that is hashed leaf by leaf, of which only the right edge is kept."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> None:
        level, found = 0, leaf
        while self._edge and self._edge[-1][0] == level:
            found = node_hash(self._edge.pop()[1], found)
            level += 1
        self._edge.append((level, found))
        self.size += 1

    @property
    def root(self) -> bytes:
        if not self._edge:
            return EMPTY_ROOT
        found = self._edge[-1][1]
        for _, left in self._edge[-2::-1]:
            found = node_hash(left, found)
        return found


def fold(hashes: Iterable[bytes]) -> bytes:
    """The hash over a complete row of 2**n hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(*pair) for pair in zip(row[::2], row[1::2], strict=True)]
    return row[0]


def subtrees(first: int, last: int) -> Iterator[tuple[int, int]]:
    """The complete subtrees, as (level, index), that leaves from `first` until before `last` are made of, in order."""
    while first < last:
        level = (last - first).bit_length() - 1
        if first:
            level = min(level, (first & -first).bit_length() - 1)
        yield level, first >> level
        first += 1 << level


def _span(first: int, last: int, read: Read) -> bytes:
    """The hash over a span of leaves that begins where a tree does: complete subtrees that grow smaller."""
    *left, (level, index) = subtrees(first, last)
    found = read(level, index)
    for level, index in reversed(left):
        found = node_hash(read(level, index), found)
    return found


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
