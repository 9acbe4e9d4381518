"""The suites that every partner folder and every reader passes. Product code: other repositories run them with pytest.

import pytest
from adapters.testing import cases, passes, reader_cases

@pytest.mark.parametrize("case", cases(Path("mappings")), ids=str)
def test_partner_folder_conforms(case): passes(case)

@pytest.mark.parametrize("case", reader_cases(Read(format="tide"), [Path("sample.txt")]), ids=str)
def test_reader_conforms(case): passes(case)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from adapters.check import check_connector, check_example, examples
from adapters.connector import Connector, load_connector
from adapters.envelope import CanonicalRecord, Note, Rejection, SourceRecord
from adapters.errors import AdapterError, Unreadable
from adapters.formats.options import Read
from adapters.formats.source import Source
from adapters.reading import read
from adapters.registry import reader
from adapters.variants import documents as variants
from schemas.findings import Text

_DAY = date(2017, 7, 28)
_HOSTILE = (
    b"",
    b"\0" * 64,
    b"\xff\xfe\xfd",
    b"[" * 1000,
    b"<?xml version='1.0'?><!DOCTYPE a><a/>",
    b"PK\x03\x04broken",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that must hold for one partner folder."""

    connector: str
    name: str
    check: Callable[[], object] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.connector}: {self.name}"


def cases(root: Path) -> list[Case]:
    """All cases of the partner folders below `root`."""
    return [case for file in sorted(root.glob("*/connector.yaml")) for case in folder_cases(file.parent)]


def folder_cases(folder: Path) -> list[Case]:
    """The cases of one partner folder."""
    connector = load_connector(folder)
    made = [
        Case(connector.id, "the folder has no problems", lambda: _must_be_empty(check_connector(folder))),
        Case(connector.id, "hostile bytes are refused, never an error", lambda: _refuses_hostile_bytes(connector)),
    ]
    for example in examples(folder):
        made += [
            Case(connector.id, f"{example.name} gives what is expected", _golden(connector, example)),
            Case(connector.id, f"{example.name} read twice gives the same", _repeatable(connector, example)),
            Case(connector.id, f"{example.name} read from memory gives the same", _source_free(connector, example)),
        ]
    return made


def reader_cases(options: Read, documents: Sequence[Path]) -> list[Case]:
    """The cases of the reader of a format, with good documents of it."""
    name = options.format
    made = [Case(name, f"hostile bytes, {number}", _answers(options, raw)) for number, raw in enumerate(_HOSTILE, 1)]
    for document in documents:
        raw = document.read_bytes()
        made += [
            Case(name, f"{document.name} has records, counted from 1, each with its place", _places(options, document)),
            Case(name, f"{document.name} read twice and from memory gives the same", _same(options, document)),
            *(Case(name, f"{document.name} {how}", _answers(options, varied)) for how, varied in variants(raw)),
        ]
    return made


def passes(case: Case) -> None:
    """Run one case. Raises AssertionError when it does not hold."""
    case.check()


def conforms(folder: Path) -> bool:
    """Whether every case of a folder holds."""
    try:
        for case in folder_cases(folder):
            passes(case)
    except (AssertionError, AdapterError):
        return False
    return True


def _answers(options: Read, raw: bytes) -> Callable[[], None]:
    """Records, rejections, notes or Unreadable are answers; whatever else a reader raises fails the case."""

    def check() -> None:
        with suppress(Unreadable):
            for each in reader(options.format)(raw, options):
                _must_be_equal(isinstance(each, SourceRecord | Rejection | Note), True)

    return check


def _places(options: Read, document: Path) -> Callable[[], None]:
    def check() -> None:
        found = [each for each in reader(options.format)(document, options) if isinstance(each, SourceRecord)]
        _must_be_equal([each.ordinal for each in found], [*range(1, len(found) + 1)])
        _must_be_equal(bool(found), True)
        for each in found:
            _must_be_equal(bool(each.locator), True)
            _must_be_equal([name for name in each.data if not isinstance(each.locate((name,)), str)], [])

    return check


def _same(options: Read, document: Path) -> Callable[[], None]:
    def told(source: Source) -> list[object]:
        return [
            (each.ordinal, each.locator, dict(each.data)) if isinstance(each, SourceRecord) else repr(each)
            for each in reader(options.format)(source, options)
        ]

    def check() -> None:
        first = told(document)
        _must_be_equal(told(document), first)
        _must_be_equal(told(document.read_bytes()), first)
        with document.open("rb") as file:
            _must_be_equal(told(file), first)

    return check


def _golden(connector: Connector, example: Path) -> Callable[[], None]:
    return lambda: _must_be_empty(check_example(connector, example))


def _repeatable(connector: Connector, example: Path) -> Callable[[], None]:
    return lambda: _must_be_equal(_bodies(connector, example), _bodies(connector, example))


def _source_free(connector: Connector, example: Path) -> Callable[[], None]:
    return lambda: _must_be_equal(_bodies(connector, example), _bodies(connector, example.read_bytes()))


def _bodies(connector: Connector, source: Path | bytes) -> list[object]:
    try:
        return [
            (outcome.ordinal, outcome.locator, outcome.body, outcome.findings)
            for kind in connector.routes
            for outcome in read(source, connector, today=_DAY, kind=kind)
        ]
    except Unreadable as failure:
        return [failure.finding]


def _refuses_hostile_bytes(connector: Connector) -> None:
    for raw in _HOSTILE:
        for kind in connector.routes:
            try:
                accepted = [
                    outcome
                    for outcome in read(raw, connector, today=_DAY, kind=kind)
                    if isinstance(outcome, CanonicalRecord)
                ]
            except Unreadable:
                continue
            _must_be_empty(accepted)


def _must_be_empty(problems: Sequence[Text] | Sequence[CanonicalRecord]) -> None:
    if problems:
        raise AssertionError("\n".join(each.en if isinstance(each, Text) else str(each) for each in problems))


def _must_be_equal(left: object, right: object) -> None:
    if left != right:
        raise AssertionError(f"{left!r}\n!=\n{right!r}")
