"""Records set aside as bytes between reading and mapping, so that one process may read and others do the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from adapters.envelope import Locate, Path, Rejection, SourceRecord
from adapters.formats.places import Around, Cells, Grid, Header, Named, Pointer, XPath
from schemas.findings import Finding, Severity, Text

Record = SourceRecord | Rejection


def dump(records: Sequence[Record]) -> bytes:
    """JSON of `records`, their places included. The places of formats that are not ours are written down one by one."""
    headers: dict[int, Any] = {}
    rows = [_dump_record(record, headers) for record in records]
    return orjson.dumps({"headers": headers, "rows": rows}, option=orjson.OPT_NON_STR_KEYS)


def load(payload: bytes) -> list[Record]:
    """What was dumped."""
    content = orjson.loads(payload)
    headers = {int(name): _load_header(header) for name, header in content["headers"].items()}
    return [_load_record(row, headers) for row in content["rows"]]


def _dump_record(record: Record, headers: dict[int, Any]) -> list[Any]:
    if isinstance(record, Rejection):
        findings = [finding.as_dict() for finding in record.findings]
        return [record.ordinal, record.locator, record.source, None, findings]
    return [record.ordinal, record.locator, record.data, _dump_place(record.locate, record, headers)]


def _dump_place(locate: Locate, record: SourceRecord, headers: dict[int, Any]) -> list[Any]:
    if isinstance(locate, Cells):
        header = locate.header
        headers[id(header)] = [header.grid.sheet, header.grid.further, header.columns, header.labels]
        return ["cells", id(header), locate.rows, locate.further]
    if isinstance(locate, Pointer):
        return ["pointer", locate.prefix]
    if isinstance(locate, XPath):
        return ["xpath", locate.place]
    if isinstance(locate, Around):
        return ["around", _dump_place(locate.inside, record, headers), locate.places]
    places = locate.places if isinstance(locate, Named) else {path: locate(path) for path in _paths(record.data)}
    return ["named", record.locator, [[list(path), text] for path, text in places.items()]]


def _load_record(row: list[Any], headers: Mapping[int, Header]) -> Record:
    ordinal, locator, data, place, *findings = row
    if place is None:
        return Rejection(ordinal, locator, tuple(_finding(finding) for finding in findings[0]), data)
    return SourceRecord(ordinal, data, locator, _load_place(place, headers))


def _load_place(place: list[Any], headers: Mapping[int, Header]) -> Locate:
    match place:
        case ["cells", header, rows, further]:
            return Cells(headers[header], rows, further)
        case ["pointer", prefix]:
            return Pointer(prefix)
        case ["xpath", where]:
            return XPath(where)
        case ["around", inside, places]:
            return Around(_load_place(inside, headers), places)
        case [_, where, places]:
            return Named(where, {tuple(path): text for path, text in places})
    raise ValueError(f"no such place: {place[:1]}")


def _load_header(header: list[Any]) -> Header:
    sheet, further, columns, labels = header
    return Header(Grid(sheet, further), columns, {name: (row, column) for name, (row, column) in labels.items()})


def _finding(document: dict[str, Any]) -> Finding:
    texts = {name: Text(**document[name]) for name in ("title", "reason", "advice")}
    return Finding(**{**document, **texts, "severity": Severity(document["severity"])})


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _paths(item, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _paths(item, (*path, index))
