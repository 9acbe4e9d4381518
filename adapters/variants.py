"""Dirty variants of good documents: what a partner's system sends on a bad day. A connector survives what it answers.

Every variant is refused, rejected or read; none may end in an error of ours. They are the same in every run. Pure.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from adapters.check import account_of, examples_of
from adapters.connector import Connector
from adapters.envelope import SourceRecord
from adapters.errors import Unreadable
from adapters.reading import outcome_of, read, records

_FLIPS = 6
_MOST_BYTES = 200_000
"""Of a document that is varied; a larger one is cut, which is a variant too."""
_MOST_RECORDS = 3
_MOST_VALUES = 400
_VALUES: tuple[Any, ...] = ("", None, "无", "9" * 400, "2026-02-30", "\u202e", [], {"a": [None]}, -1, True)


def survived(connector: Connector, today: date) -> str | None:
    """None when every variant was answered; else which was not, and how it ended."""
    for kind in connector.routes:
        for example in examples_of(connector, kind):
            for name, answered in _attempts(connector, kind, example, today):
                try:
                    answered()
                except Unreadable:
                    continue
                except Exception as error:  # whatever it is, no partner's document may cause it
                    return f"{example.name}, {name}: {type(error).__name__}"
    return None


def _attempts(connector: Connector, kind: str, example: Path, today: date) -> Iterator[tuple[str, Any]]:
    route, account = connector.route(kind), account_of(connector.route(kind))
    for name, raw in documents(example.read_bytes()):
        yield name, lambda raw=raw: [*read(raw, connector, today=today, kind=kind, account=account)]
    try:
        found = [*islice(records(example, route.read), _MOST_RECORDS)]
    except Unreadable:
        return
    for record in found:
        if isinstance(record, SourceRecord):
            for name, data in islice(values(record.data), _MOST_VALUES):
                varied = replace(record, data=data)
                yield (
                    name,
                    lambda varied=varied: outcome_of(varied, connector, route, today, account=account, register=None),
                )


def documents(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Variants of a document by their names."""
    raw = raw[:_MOST_BYTES]
    chance = random.Random(len(raw))  # noqa: S311 - nothing here is secret
    yield "cut in the middle", raw[: len(raw) // 2]
    yield "without its end", raw[:-1]
    yield "twice", raw + raw
    yield "with a null", raw[: len(raw) // 2] + b"\0" + raw[len(raw) // 2 :]
    yield "with a mark before it", b"\xef\xbb\xbf" + raw
    yield "with line ends of another system", raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None:
        yield "in GB18030", text.encode("gb18030")
        yield "in UTF-16", text.encode("utf-16")
        yield "with wide digits", text.translate(str.maketrans("0123456789", "０１２３４５６７８９")).encode()
    for number in range(_FLIPS):
        varied = bytearray(raw)
        for _ in range(3 if varied else 0):
            varied[chance.randrange(len(varied))] ^= 1 << chance.randrange(8)
        yield f"with bits turned, {number + 1}", bytes(varied)


def values(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Variants of a record: each of its values missing, or something that does not belong there."""
    for name, value in data.items():
        others = {key: item for key, item in data.items() if key != name}
        yield f"without {name}", others
        for each in _VALUES:
            yield f"{name} as {str(each)[:20]!r}", {**others, name: each}
        if isinstance(value, Mapping):
            yield from ((inner, {**others, name: varied}) for inner, varied in values(value))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            yield from ((inner, {**others, name: [varied, *value[1:]]}) for inner, varied in values(value[0]))
