"""Inputs that nobody would send by mistake: mutations of good ones, bounded in size, the same in every run."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

Way = TypeVar("Way")

MOST_BYTES = 100_000
MOST_CPU_SECONDS = 2.0
"""What an input of at most `MOST_BYTES` may cost a worker."""
_TOKENS: Sequence[bytes] = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\\u0000", b"\\ud800", b'"', b"'", b"[", b"{", b"]", b"}", b"<",
    b">", b"&lt;", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<![CDATA[", b"]]>", b"\n", b"\r\n", b",", b"\t", b";",
    b"1e999999999", b"-0", b"NaN", b"9" * 400, b"0x", b"null", b"true", "\u0301".encode() * 50, "𠮷".encode(),
    "，".encode("gbk"), "\u202e".encode(), b" " * 500, "２０１７年".encode(), "二〇一七".encode(),
    b"1900-02-29", b"99999999999999999999", b"=cmd|'/c'!A1", b"%00", b"../", b"\x1b[2J",
)  # fmt: skip


def inputs(name: str, seeds: Mapping[Way, Sequence[bytes]], count: int) -> Iterator[tuple[Way, bytes]]:
    """The seeds of every way in, then `count` mutations for each; where YIZHAN_FUZZ_SECONDS is set, others for so long.

    What a way may be is the caller's: a route, an address, a key.
    """
    seconds = os.environ.get("YIZHAN_FUZZ_SECONDS")
    chance = random.Random(name if seconds is None else None)
    for way, known in seeds.items():
        yield from ((way, seed) for seed in known)
    if seconds is None:
        for way, known in seeds.items():
            yield from ((way, mutated(chance, known)) for _ in range(count))
    else:
        ways, tried = list(seeds), 0
        deadline = time.monotonic() + float(seconds)
        while time.monotonic() < deadline:
            way = chance.choice(ways)
            yield way, mutated(chance, seeds[way])
            tried += 1
        print(f"\nfuzz {name}: {tried:,} inputs in {seconds} s, no hit")


def mutated(chance: random.Random, seeds: Sequence[bytes]) -> bytes:
    """A seed after a few changes."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        chance.choice(_CHANGES)(chance, data, seeds)
    return bytes(data[:MOST_BYTES])


def _flip(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _put(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    at = chance.randint(0, len(data))
    data[at:at] = chance.choice(_TOKENS)


def _cut(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    first, last = _span(chance, data)
    del data[first:last]


def _repeat(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    first, last = _span(chance, data)
    piece = bytes(data[first:last])
    if piece:
        most = max(1, MOST_BYTES // len(piece))
        data[last:last] = piece * chance.choice((1, 2, min(most, 100), min(most, 20_000)))


def _splice(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    other = chance.choice(seeds)
    first, last = _span(chance, other)
    at = chance.randint(0, len(data))
    data[at:at] = other[first:last]


def _nest(chance: random.Random, data: bytearray, seeds: Sequence[bytes]) -> None:
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>")))
    depth = chance.choice((10, 300, 5_000))
    at = chance.randint(0, len(data))
    data[at:at] = opening * depth + closing * chance.choice((0, depth))


def _span(chance: random.Random, data: bytes | bytearray) -> tuple[int, int]:
    first = chance.randint(0, len(data))
    return first, min(len(data), first + chance.choice((1, 4, 30, 400)))


_CHANGES: Sequence[Callable[[random.Random, bytearray, Sequence[bytes]], None]] = (
    _flip, _flip, _put, _put, _cut, _repeat, _repeat, _splice, _nest,
)  # fmt: skip
