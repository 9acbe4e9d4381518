"""What stands around the records of a document and is said of all of them: an agency in the head of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from adapters.envelope import Path, Rejection, SourceRecord
from adapters.formats.places import Around

OUTSIDE = "^"
"""Begins the name under which a record has such a value: `^Agency.Name`."""


class Outside:
    """The values at some dotted paths of a document, None where there is none, and their places."""

    def __init__(self, document: Any, paths: Iterable[str], place: Callable[[Path], str]) -> None:
        ways = {f"{OUTSIDE}{path}": tuple(path.split(".")) for path in paths}
        self._values = {name: _at(document, way) for name, way in ways.items()}
        self._places = {name: place(way) for name, way in ways.items()}

    def beside(self, record: SourceRecord | Rejection) -> SourceRecord | Rejection:
        """A record together with them."""
        if isinstance(record, Rejection):
            return record
        return replace(record, data={**record.data, **self._values}, locate=Around(record.locate, self._places))


def _at(node: Any, way: tuple[str, ...]) -> Any:
    for step in way:
        node = node.get(step) if isinstance(node, dict) else None
    return node
