"""Whether the rows of one record say the same of it.

Agency, dates and price of a contract are repeated on the row of every traveller. The mapping tells which columns these
are: those that fields of the record read and no field of its rows. Where they are filled in they must mean the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters.envelope import SourceRecord
from adapters.formats.places import ROWS, row_of
from adapters.mapping.chain import Chain
from adapters.mapping.problems import CONTRADICTION, Dirty
from adapters.mapping.spec import Each, Field
from adapters.mapping.spec import Mapping as Spec
from schemas.catalog import Kind
from schemas.findings import Finding, Text
from schemas.masking import mask


class Agreement:
    """Finds the columns of a mapping's records in which rows of one record contradict each other."""

    def __init__(self, mapping: Spec, kind: Kind) -> None:
        self._kind = kind
        self._columns = [
            (pointer, source, _chain(mapping, entry))
            for pointer, entry in _own(mapping.fields, "")
            for source in entry.sources
            if source in mapping.read.shared
        ]

    def contradictions(self, record: SourceRecord) -> list[Finding]:
        """One finding a column: the first row that says something else than the record."""
        rows = record.data.get(ROWS)
        return list(self._found(record, rows)) if isinstance(rows, list) and len(rows) > 1 else []

    def _found(self, record: SourceRecord, rows: list[Any]) -> Iterator[Finding]:
        for pointer, source, chain in self._columns:
            said = record.data.get(source)
            for index, row in enumerate(rows):
                other = row.get(source)
                if other != said and not _agrees(chain, said, other):
                    yield self._finding(record, pointer, source, index=index, other=other)
                    break

    def _finding(self, record: SourceRecord, field: str, source: str, *, index: int, other: Any) -> Finding:
        return CONTRADICTION.found(
            field,
            self._kind.title(field),
            mask(str(other), self._kind.pii(field)),
            locator=record.locate((ROWS, index, source)),
            column=source,
            first=_row(record.locate((source,))),
            other=_row(record.locate((ROWS, index))),
        )


def _own(entries: tuple[Field | Each, ...], above: str) -> Iterator[tuple[str, Field]]:
    """(JSON pointer, field) of the fields that read the record itself and not its rows."""
    for entry in entries:
        pointer = f"{above}/{entry.target.replace('.', '/')}"
        if isinstance(entry, Field):
            yield pointer, entry
        elif entry.is_one:
            yield from _own(entry.fields, f"{pointer}/0")


def _chain(mapping: Spec, entry: Field) -> Chain:
    """What two cells go through before they are compared; where they are not the whole value, as they are written."""
    if entry.form is not None:
        return Chain(mapping.clean, mapping.blank)
    return Chain(mapping.clean, mapping.blank, entry.via, entry.lookup)


def _agrees(chain: Chain, said: Any, other: Any) -> bool:
    """Whether two cells mean the same, or the second one nothing."""
    try:
        meant = chain.scalar(other) if other is not None else None
        return meant is None or (said is not None and chain.scalar(said) == meant)
    except Dirty:
        return str(said).strip() == str(other).strip()


def _row(locator: str) -> Text:
    number = row_of(locator)
    return Text(locator, locator) if number is None else Text(f"第 {number} 行", f"row {number}")
