"""One JSON document, strictly: what two parsers could read differently is refused.

orjson already refuses NaN, Infinity and lone surrogates. Three more checks are made here, each cheap enough for the
hot path: depth, U+0000, and duplicate keys, which orjson silently drops.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

import orjson

from adapters.formats import charset
from adapters.formats.places import pointer
from adapters.formats.problems import (
    EMPTY,
    ENCODING,
    JSON_DUPLICATE,
    JSON_NUMBER,
    JSON_SURROGATE,
    JSON_SYNTAX,
    NUL,
    TOO_DEEP,
    reported,
    unreadable,
)

MAX_DEPTH = 32

_MOST_DIGITS = 20
_LONG_INTEGER = re.compile(rb"[:\[,\s]-?\d{19}")
_loads = orjson.loads
_dumps = orjson.dumps
_INDENTED = orjson.OPT_INDENT_2
_TOO_DEEP = b"\n" + b"  " * (MAX_DEPTH + 1)


def loads(raw: bytes, encoding: str | None = None) -> Any:
    """The value of a JSON document. UTF-8 unless a mark, a pattern or `encoding` says otherwise. Raises Unreadable."""
    try:
        tree = _loads(raw)
    except orjson.JSONDecodeError as error:
        recoded = _as_utf8(raw, encoding)
        if recoded is None:
            _explain(raw, error)
        return loads(recoded)
    # Written with indentation, a line's spaces tell its depth; text holds no line break of its own.
    try:
        written = _dumps(tree, None, _INDENTED)
    except TypeError:  # it reads deeper than it writes
        raise unreadable(TOO_DEEP, limit=MAX_DEPTH) from None
    if _TOO_DEEP in written:
        raise unreadable(TOO_DEEP, limit=MAX_DEPTH)
    # An integer beyond 64 bits has become a float, which is written with an exponent.
    if b"e+" in written and _LONG_INTEGER.search(raw):
        tree = json.loads(raw, parse_int=_exactly)
    # Dropping a duplicate pair drops its colon, so equal counts prove that nothing was dropped. Escaped colons
    # (\u003a) would spoil the count; a document with such escapes takes the slow road.
    # Looking for one byte first is cheap, and few documents hold a backslash.
    escaped = b"\\" in raw and b"\\u00" in raw and (b"\\u003" in raw or b"\\u0000" in raw)
    if escaped or raw.count(b":") != written.count(b":"):
        _check_slowly(raw)
    return tree


def _exactly(digits: str) -> int | str:
    """An integer; beyond 64 bits its digits, which is all that an identifier needs and no count ever has."""
    if len(digits) > _MOST_DIGITS:
        return digits
    number = int(digits)
    return number if -(1 << 63) <= number < 1 << 64 else digits


def _as_utf8(raw: bytes, encoding: str | None) -> bytes | None:
    """The document in UTF-8 when it is in another encoding, else None."""
    codec = charset.declared(encoding) if encoding else charset.detect(raw)
    if codec == "utf-8" or (codec == "utf-8-sig" and not raw.startswith(b"\xef\xbb\xbf")):
        return None
    try:
        return charset.decode(raw, codec).encode()
    except UnicodeEncodeError:
        raise unreadable(JSON_SURROGATE) from None


class _Repeated(dict[str, Any]):
    """An object in which a key stood more than once."""

    key: str


def _check_slowly(raw: bytes) -> None:
    """Name the duplicate key or the null character, if there is one."""

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        built = dict(pairs)
        if len(built) == len(pairs):
            return built
        seen: set[str] = set()
        repeated = _Repeated(built)
        repeated.key = next(key for key, _ in pairs if key in seen or seen.add(key))
        return repeated

    _inspect(json.loads(raw, object_pairs_hook=build), ())


def _inspect(node: Any, path: tuple[str | int, ...]) -> None:
    """Walk a tree whose depth is already bounded."""
    if isinstance(node, _Repeated):
        raise unreadable(JSON_DUPLICATE, locator=pointer((*path, node.key)), key=node.key[:60])
    if isinstance(node, str):
        if "\0" in node:
            raise unreadable(NUL, locator=pointer(path))
    elif isinstance(node, dict):
        for key, value in node.items():
            _inspect(key, (*path, key))
            _inspect(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            _inspect(value, (*path, index))


def _explain(raw: bytes, error: orjson.JSONDecodeError) -> NoReturn:
    """Raise the most helpful finding for a document that orjson refused."""
    if not raw.strip():
        raise unreadable(EMPTY) from None
    try:
        raw.decode()
    except UnicodeDecodeError as wrong:
        # A surrogate that was written as bytes is no damage; it has a finding of its own below.
        if wrong.reason != "invalid continuation byte" or raw[wrong.start : wrong.start + 1] != b"\xed":
            raise unreadable(ENCODING, encoding="UTF-8", locator=f"byte {wrong.start}") from None
    locator = f"line {error.lineno}, column {error.colno}"
    if "surrogate" in error.msg:
        raise unreadable(JSON_SURROGATE, locator=locator) from None
    if "recursion" in error.msg or "depth" in error.msg:
        raise unreadable(TOO_DEEP, limit=MAX_DEPTH) from None
    if raw[max(error.pos - 1, 0) : error.pos + 9].lstrip(b"-:,[ ").startswith((b"NaN", b"Inf")):
        raise unreadable(JSON_NUMBER, locator=locator) from None
    raise unreadable(JSON_SYNTAX, locator=locator, detail=reported(error.msg[:80])) from None
