"""What a partner says it has sent: a list of its business numbers, or how many a day. NDJSON or CSV, read line by line.

In whatever encoding the partner's system writes, as documents are.

    key,content_sha256,day      one record a line; the hash and the day may be missing
    day,kind,count              how many records of a kind were sent on a day

Headings may be Chinese. Days are those in China, `2017-08-04`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, BinaryIO, cast

import orjson

from adapters.formats import charset
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.reconcile.staging import SnapshotRow
from schemas.catalog import kind_names
from schemas.findings import Text

_NAMES = {"业务编号": "key", "内容哈希": "content_sha256", "日期": "day", "种类": "kind", "数量": "count"}
_LONGEST_KEY = 200
_MOST_TOTALS = 10_000
_HASH_DIGITS = 64

Line = tuple[int, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class SentRecords:
    """Business numbers of one kind. `rows` is read once, and raises Refused (REQUEST-001) at a bad line."""

    kind_id: str
    rows: Iterator[SnapshotRow]


@dataclass(frozen=True, slots=True)
class SentTotals:
    """How many records were sent, by day and kind."""

    lines: list[dict[str, Any]]

    @property
    def kinds(self) -> list[str]:
        return sorted({line["kind"] for line in self.lines})

    def as_json(self) -> str:
        return orjson.dumps(self.lines).decode()


def sent_by(document: BinaryIO, kind_id: str | None) -> SentRecords | SentTotals:
    """What a document lists; `kind_id` ("contract.v1") is needed for business numbers. Raises Refused (REQUEST-001)."""
    lines = _lines(io.TextIOWrapper(document, charset.codec_of(charset.detect_file(document)), newline=""))
    first = next(lines, None)
    if first is None:
        raise _bad(1, "key | count")
    every = chain([first], lines)
    if "count" in first[1]:
        return SentTotals([_total(*line) for line in _few(every)])
    if kind_id is None:
        raise Refused(problems.BAD_REQUEST, Text("请给出数据种类 kind", "Say which kind the list is of"))
    return SentRecords(kind_id, (_row(*line) for line in every))


def _lines(text: io.TextIOWrapper) -> Iterator[Line]:
    """Numbered lines as mappings, whatever their notation. Raises Refused (REQUEST-001), at whichever line it is."""
    number = 0
    try:
        for number, line in _parsed(text):
            yield number, line
    except UnicodeDecodeError:
        raise _bad(number + 1, "UTF-8 | GB18030") from None
    except csv.Error:
        raise _bad(number + 1, "CSV") from None


def _parsed(text: io.TextIOWrapper) -> Iterator[Line]:
    start = text.readline()
    if start.lstrip().startswith("{"):
        for number, line in enumerate(chain([start], text), 1):
            if line.strip():
                yield number, _object(number, line)
        return
    headings = [_NAMES.get(name.strip(), name.strip()) for name in next(csv.reader([start]), list[str]())]
    for number, cells in enumerate(csv.reader(text), 2):
        if any(cells):
            yield number, dict(zip(headings, cells, strict=False))


def _object(number: int, line: str) -> Mapping[str, Any]:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        raise _bad(number, '{"key": "..."}')
    return cast("dict[str, Any]", value)  # the names of a JSON object are text


def _row(number: int, line: Mapping[str, Any]) -> SnapshotRow:
    key = line.get("key")
    if not isinstance(key, str) or not 0 < len(key.strip()) <= _LONGEST_KEY or "\0" in key:
        raise _bad(number, "key: 1 .. 200")
    return SnapshotRow(key.strip(), 0, number, content_hash=_hash(number, line), day=_day(number, line, needed=False))


def _total(number: int, line: Mapping[str, Any]) -> dict[str, Any]:
    kind, count = line.get("kind"), str(line.get("count"))
    if kind not in kind_names():
        raise _bad(number, f"kind: {' | '.join(kind_names())}")
    if not count.isascii() or not count.isdecimal() or len(count) > 12:
        raise _bad(number, "count: 0 ..")
    return {"day": _day(number, line, needed=True), "kind": kind, "count": int(count)}


def _few(lines: Iterator[Line]) -> Iterator[Line]:
    for count, line in enumerate(lines):
        if count == _MOST_TOTALS:
            raise _bad(line[0], f"<= {_MOST_TOTALS}")
        yield line


def _hash(number: int, line: Mapping[str, Any]) -> bytes | None:
    given = line.get("content_sha256") or None
    if given is None:
        return None
    try:
        found = bytes.fromhex(given)
    except (TypeError, ValueError):
        found = b""
    if 2 * len(found) != _HASH_DIGITS:
        raise _bad(number, "content_sha256: 64 hex")
    return found


def _day(number: int, line: Mapping[str, Any], *, needed: bool) -> date | None:
    given = line.get("day") or None
    if given is None and not needed:
        return None
    try:
        return date.fromisoformat(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _bad(number, "day: 2017-08-04") from None


def _bad(number: int, allowed: str) -> Refused:
    detail = Text(f"清单第 {number} 行应为 {allowed}", f"Line {number} of the list must be {allowed}")
    return Refused(problems.BAD_REQUEST, detail, line=number)
