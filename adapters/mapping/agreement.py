"""Whether the rows of one record say the same of it.

Agency, dates and price of a contract are repeated on the row of every traveller. The mapping tells which columns these
are: those that fields of the record read and no field of its rows. Where they are filled in they must mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from adapters.envelope import SourceRecord
from adapters.formats.places import ROWS, row_of
from adapters.mapping.chain import Chain
from adapters.mapping.forming import Formed, Former
from adapters.mapping.problems import CONTRADICTION, Dirty
from adapters.mapping.spec import Each, Field, Take
from adapters.mapping.spec import Mapping as Spec
from schemas.catalog import Kind
from schemas.findings import Finding, Text
from schemas.masking import mask

Meaning = Callable[[dict[str, Any]], Any]
"""What a row says in a column, None for nothing. Raises Dirty."""
_ANY_YEAR = "2000"
BESIDE = "$"
"""Begins the name of what is no column: rows, parameters, what is known of the account."""


class Agreement:
    """Finds the columns of a mapping's records in which rows of one record contradict each other."""

    def __init__(self, mapping: Spec, kind: Kind) -> None:
        self._kind = kind
        former = Former(mapping, kind)
        self._columns = [
            (pointer, source, meaning)
            for pointer, entry in _own(mapping.fields, "")
            for source, meaning in _meanings(mapping, entry, former)
            if source in mapping.read.shared and not source.startswith(BESIDE)
        ]

    def contradictions(self, record: SourceRecord) -> list[Finding]:
        """One finding a column: the first row that says something else than the record."""
        rows = record.data.get(ROWS)
        return list(self._found(record, rows)) if isinstance(rows, list) and len(rows) > 1 else []

    def _found(self, record: SourceRecord, rows: list[Any]) -> Iterator[Finding]:
        for pointer, source, meaning in self._columns:
            said = record.data.get(source)
            for index, row in enumerate(rows):
                other = row.get(source)
                if other != said and not _agrees(meaning, source, said, other):
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


def _meanings(mapping: Spec, entry: Field, former: Former) -> Iterator[tuple[str, Meaning]]:
    """Each source of a field, and what a cell of it means; of several that make one value each is compared alone."""
    chain = Chain(mapping.clean, mapping.blank, entry.via, entry.lookup)
    for at, source in enumerate(entry.sources):
        form = entry.form
        if form is None or form.take is Take.INFER or len(entry.sources) > 1:
            plain = chain if form is None else Chain(mapping.clean, mapping.blank)
            yield source, lambda row, source=source, plain=plain: _scalar(plain, row.get(source))
            continue
        formed = former.formed(entry, form, chain, is_flat=False)
        yield entry.sources[at], _formed(formed, chain, needs_year=form.year_of is not None)


def _scalar(chain: Chain, value: Any) -> Any:
    return None if value is None else chain.scalar(value)


def _formed(formed: Formed, chain: Chain, *, needs_year: bool) -> Meaning:
    """What a row says by a form: days without a year are compared in some year."""

    def meaning(row: dict[str, Any]) -> Any:
        value = formed.take(row, _ANY_YEAR) if needs_year else formed.take(row)
        return value if value is None or formed.is_final else chain.scalar(value)

    return meaning


def _agrees(meaning: Meaning, source: str, said: Any, other: Any) -> bool:
    """Whether two cells mean the same, or the second one nothing."""
    try:
        meant = meaning({source: other})
        return meant is None or (said is not None and meaning({source: said}) == meant)
    except Dirty:
        return str(said).strip() == str(other).strip()


def _row(locator: str) -> Text:
    number = row_of(locator)
    return Text(locator, locator) if number is None else Text(f"第 {number} 行", f"row {number}")
