"""Every reader and mapping: whatever comes, there is an outcome or a finding in bounded time, never another error."""

from __future__ import annotations

import time
from datetime import date
from io import BytesIO
from pathlib import Path

import orjson
import pandas
import pytest

from adapters.canonical import canonical
from adapters.connector import Connector, load_folders
from adapters.errors import Unreadable
from adapters.formats.unread import Notes
from adapters.reading import read
from schemas import samples
from tests.fuzz.mutations import MOST_CPU_SECONDS, inputs

_FOLDER = Path(__file__).parents[2] / "mappings"
_TODAY = date(2017, 8, 1)
_MOST_RECORDS = 200
"""As many as are read in the service's own loop; the rest of a document is read elsewhere, piece by piece."""


def _targets() -> dict[str, tuple[Connector, str | None, list[bytes], int]]:
    """The examples of every connector by format and kind, and the canonical forms: seeds, and how many mutations."""
    found: dict[str, tuple[Connector, str | None, list[bytes], int]] = {}
    for connector in load_folders(_FOLDER)[0].values():
        for file in sorted((_FOLDER / connector.id / "examples").iterdir()):
            if ".expected." in file.name:
                continue
            kind = next((kind for kind in connector.routes if file.stem.startswith(kind)), None)
            if kind is None and len(connector.routes) > 1:
                kind = next(iter(connector.routes))
            count = 6 if file.suffix in (".xlsx", ".xls", ".ods") else 60
            name = f"{connector.id}-{kind or 'only'}-{file.suffix[1:]}"
            found.setdefault(name, (connector, kind, [], count))[2].append(file.read_bytes())
    for kind, sample in (("contract", samples.contract), ("roster", samples.roster)):
        made = canonical(f"{kind}.v1")
        bodies = [orjson.dumps(sample(1)), orjson.dumps([sample(1), sample(2)])]
        found[f"canonical-{kind}-json"] = (made, None, [*bodies, b"\n".join([bodies[0]] * 3)], 150)
    return found


TARGETS = _targets()


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_is_read_or_refused_in_bounded_time(name: str) -> None:
    connector, kind, seeds, count = TARGETS[name]
    for data in inputs(name, seeds, count):
        _must_be_read(connector, kind, data)


def test_workbooks_that_are_torn_are_read_or_refused() -> None:
    connector, content = canonical("contract.v1"), BytesIO()
    pandas.DataFrame({"合同编号": ["A-1", "A-2"], "出发日期": ["2017-08-01", ""]}).to_excel(content, index=False)
    for data in inputs("workbook", [content.getvalue()], 12):
        _must_be_read(connector, None, data)


def _must_be_read(connector: Connector, kind: str | None, data: bytes) -> None:
    began = time.thread_time()
    try:
        for number, _ in enumerate(read(data, connector, kind=kind, today=_TODAY, notes=Notes())):
            if number >= _MOST_RECORDS:
                break
    except Unreadable:
        pass
    except Exception as error:
        raise AssertionError(_shown(data)) from error
    took = time.thread_time() - began
    assert took < MOST_CPU_SECONDS, f"{took:.1f} s of CPU for {_shown(data)}"


def _shown(data: bytes) -> str:
    return f"{len(data)} bytes: {data[:2000]!r}"
