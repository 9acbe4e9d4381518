"""JSON: one object, an array of objects, a list inside an object, or one object a line (NDJSON)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

import orjson

from adapters.envelope import Path, Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats import charset, json_elements, strict_json
from adapters.formats.options import Read
from adapters.formats.outside import Outside
from adapters.formats.places import Pointer, pointer
from adapters.formats.problems import (
    DOCUMENT,
    FOUND_NAMES,
    NOT_A_RECORD,
    RECORDS_MISSING,
    TOO_LARGE,
    rejected,
    rejected_with,
    unreadable,
)
from adapters.formats.source import Source, head, opened, size, whole
from schemas.structure import TYPE_NAMES

IN_MEMORY = 16 << 20
_HEAD = 4096
_SAMPLE_LINES = 1000


def read(source: Source, options: Read) -> Iterator[SourceRecord | Rejection]:
    """Records of a JSON document. Up to 16 MiB is parsed at once; more is cut into elements first."""
    if size(source) > IN_MEMORY:
        return _streamed(source, options)
    return _parsed(whole(source), options)


def _parsed(raw: bytes, options: Read) -> Iterator[SourceRecord | Rejection]:
    if options.records == "$" and options.encoding is None and _is_ndjson(raw):
        return _lines_in(raw)
    try:
        tree = strict_json.loads(raw, options.encoding)
    except Unreadable as failure:
        return _salvaged(raw, options, failure)
    return _records(tree, options)


def _records(document: Any, options: Read) -> Iterator[SourceRecord | Rejection]:
    tree = document
    if options.records == "$":
        if tree.__class__ is dict:
            return iter((SourceRecord(1, tree, "", Pointer("")),))
        base: Path = ()
    else:
        base = tuple(options.records.split("."))
        tree = _descend(tree, base, options.records)
    found = tree if isinstance(tree, list) else [tree]
    step = (lambda i: (*base, i)) if isinstance(tree, list) else (lambda i: base)
    records = (_record(node, i, pointer(step(i - 1))) for i, node in enumerate(found, 1))
    return map(Outside(document, options.outside, pointer).beside, records) if options.outside else records


def _descend(tree: Any, base: Path, shown: str) -> Any:
    for step in base:
        tree = tree.get(step) if isinstance(tree, dict) else None
    if not isinstance(tree, (list, dict)):
        raise unreadable(RECORDS_MISSING, path=shown)
    return tree


def _record(node: Any, ordinal: int, locator: str) -> SourceRecord | Rejection:
    if node.__class__ is dict:
        prefix = locator if locator[:1] in ("", "/") else f"{locator} "
        return SourceRecord(ordinal, node, locator, Pointer(prefix))
    return rejected(NOT_A_RECORD, ordinal, locator, actual=FOUND_NAMES.get(type(node), TYPE_NAMES["object"]))


def _is_ndjson(raw: bytes) -> bool:
    """Whether `raw` is plainly one object a line in UTF-8, so that reading it as one document need not be tried.

    A line break never stands inside a string, and in one document no object begins right after another ended.
    """
    end = raw.find(b"\n")
    if end < 0 or raw[:1] != b"{" or raw[:end].rstrip()[-1:] != b"}":
        return False
    if raw[end : end + _HEAD].lstrip()[:1] != b"{" or b"\0" in raw:
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _salvaged(raw: bytes, options: Read, failure: Unreadable) -> Iterator[SourceRecord | Rejection]:
    """A document that does not parse as a whole may still be NDJSON, or an array with a few bad elements."""
    if options.records != "$" or not raw.strip():
        raise failure
    utf8 = charset.decode(raw, options.encoding).encode("utf-8", "surrogatepass")
    start = utf8.lstrip()[:1]
    if start == b"[":
        return _elements_in(utf8)
    with opened(utf8) as file:
        sample = list(islice(json_elements.lines(file), _SAMPLE_LINES))
    if 2 * sum(_is_whole_object(line) for _, line in sample) >= len(sample) > 1:
        return _lines_in(utf8)
    raise failure


def _elements_in(raw: bytes) -> Iterator[SourceRecord | Rejection]:
    with opened(raw) as file:
        yield from _elements(json_elements.array(file))


def _lines_in(raw: bytes) -> Iterator[SourceRecord | Rejection]:
    with opened(raw) as file:
        yield from _lines(json_elements.lines(file))


def _is_whole_object(line: bytes) -> bool:
    """Whether a line holds one object; the lines of an indented document hardly ever do."""
    if line[:1] != b"{" or line[-1:] != b"}":
        return False
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False


def _streamed(source: Source, options: Read) -> Iterator[SourceRecord | Rejection]:
    sample = head(source, _HEAD)
    if options.records != "$" or charset.detect(sample) not in ("utf-8", "utf-8-sig"):
        raise unreadable(TOO_LARGE, what=DOCUMENT, limit=f"{IN_MEMORY >> 20} MiB")
    with opened(source) as file:
        if sample.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
            yield from _elements(json_elements.array(file))
        else:
            yield from _lines(json_elements.lines(file))


def _elements(raws: Iterator[bytes]) -> Iterator[SourceRecord | Rejection]:
    return (_strict(raw, i, f"/{i - 1}") for i, raw in enumerate(raws, 1))


def _lines(numbered: Iterator[tuple[int, bytes]]) -> Iterator[SourceRecord | Rejection]:
    first = next(numbered, None)
    if first is None:
        return iter(())
    unmarked = (first[0], first[1].removeprefix(b"\xef\xbb\xbf"))
    return (_strict(raw, i, f"line {n}") for i, (n, raw) in enumerate(chain((unmarked,), numbered), 1))


def _strict(raw: bytes, ordinal: int, locator: str) -> SourceRecord | Rejection:
    try:
        return _record(strict_json.loads(raw, "utf-8"), ordinal, locator)
    except Unreadable as failure:
        return rejected_with(failure.finding, ordinal, locator)
