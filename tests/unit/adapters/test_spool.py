from __future__ import annotations

from pathlib import Path

import pytest

from adapters.check import account_of, kind_of
from adapters.connector import load_connectors
from adapters.envelope import Rejection, SourceRecord
from adapters.formats import spool
from adapters.formats.options import Read
from adapters.formats.problems import NUL, rejected
from adapters.reading import outcome_of, read, records
from adapters.registry import reader
from schemas.samples import CHECKED_ON

MAPPINGS = Path(__file__).parents[3] / "mappings"
EXAMPLES = [
    (connector, file)
    for connector in load_connectors(MAPPINGS).values()
    for file in sorted((MAPPINGS / connector.id / "examples").iterdir())
    if ".expected" not in file.name and file.stem not in ("doctype", "twice")
]


@pytest.mark.parametrize(("connector", "file"), EXAMPLES, ids=lambda value: getattr(value, "name", ""))
def test_records_that_were_set_aside_give_the_same_outcomes_at_the_same_places(connector, file) -> None:
    route = connector.route(kind_of(connector, file))
    account = account_of(route)
    at_once = list(read(file, connector, today=CHECKED_ON, kind=route.kind.name, account=account))
    taken_up = spool.load(spool.dump(list(records(file, route.read))))
    later = [
        record
        if isinstance(record, Rejection)
        else outcome_of(record, connector, route, CHECKED_ON, account=account, register=None)
        for record in taken_up
    ]
    assert later == at_once


def test_places_of_a_foreign_format_are_written_down_one_by_one() -> None:
    record = SourceRecord(1, {"a": [{"b": 1}]}, "here", lambda path: f"here/{'/'.join(map(str, path))}")
    (taken_up,) = spool.load(spool.dump([record]))
    assert isinstance(taken_up, SourceRecord)
    assert taken_up.locate(("a", 0, "b")) == "here/a/0/b"
    assert taken_up.locate(("a", 0, "unknown")) == "here/a/0"


def test_rejections_of_the_reader_pass_through() -> None:
    broken = rejected(NUL, 3, "line 9")
    assert spool.load(spool.dump([broken])) == [broken]


def test_numbers_and_text_survive() -> None:
    raw = '[{"n": 3.50, "i": 9007199254740993, "t": "䶮𬱟", "z": null}]'.encode()
    found = list(reader("json")(raw, Read()))
    (taken_up,) = spool.load(spool.dump(found))
    assert isinstance(taken_up, SourceRecord)
    assert taken_up.data == {"n": 3.5, "i": 9007199254740993, "t": "䶮𬱟", "z": None}
