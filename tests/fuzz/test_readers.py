"""Every reader and mapping: whatever comes, there is an outcome or a finding in bounded time, never another error."""

from __future__ import annotations

import io
import time
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

import orjson
import pytest

from adapters.canonical import canonical
from adapters.connector import Connector, load_folders
from adapters.errors import Unreadable
from adapters.formats.unread import Notes
from adapters.reading import read
from schemas import samples
from tests.fuzz.mutations import MOST_CPU_SECONDS, inputs
from tests.unit.adapters.test_sheet_marks import WITH_ERRORS

_FOLDER = Path(__file__).parents[2] / "mappings"
_FOUND = load_folders(_FOLDER)[0]
_CONNECTORS = {**_FOUND, "contract.v1": canonical("contract.v1"), "roster.v1": canonical("roster.v1")}
_TODAY = date(2017, 8, 1)
_MOST_RECORDS = 200
"""As many as are read in the service's own loop; the rest of a document is read elsewhere, piece by piece."""

Route = tuple[str, str | None]
"""A connector and the kind it is asked for."""
Seeds = Mapping[str, Mapping[Route, list[bytes]]]
"""Good documents by format and route."""


def _seeds() -> Seeds:
    """What the examples of every connector are, the canonical forms, and a workbook of each container."""
    found: dict[str, dict[Route, list[bytes]]] = defaultdict(lambda: defaultdict(list))
    for connector in _FOUND.values():
        for file in sorted((_FOLDER / connector.id / "examples").iterdir()):
            if ".expected." not in file.name:
                found[file.suffix[1:]][connector.id, _kind(connector, file.stem)].append(file.read_bytes())
    for kind, sample in (("contract", samples.contract), ("roster", samples.roster)):
        one = orjson.dumps(sample(1))
        found["json"][f"{kind}.v1", None] += [one, orjson.dumps([sample(1), sample(2)])]
        found["ndjson"][f"{kind}.v1", None].append(b"\n".join([one] * 3))
    for container, content in zip(("xlsx", "xls", "ods"), WITH_ERRORS, strict=True):
        found[container]["contract.v1", None].append(content)
    return found


def _kind(connector: Connector, name: str) -> str | None:
    """The kind an example's name begins with; the first where it tells none and there are several."""
    named = next((kind for kind in connector.routes if name.startswith(kind)), None)
    return named or (next(iter(connector.routes)) if len(connector.routes) > 1 else None)


SEEDS = _seeds()


@pytest.mark.parametrize("form", SEEDS)
def test_whatever_comes_is_read_or_refused_in_bounded_time(form: str) -> None:
    if form in ("xlsx", "ods"):
        for (route, pack), data in inputs(form, _members(SEEDS[form]), 2):
            _must_be_read(route, pack(data))
    else:
        for route, data in inputs(form, SEEDS[form], 60):
            _must_be_read(route, data)


Pack = Callable[[bytes], bytes]
"""Makes a workbook of what takes the place of one of its members, or of the whole."""


def _members(books: Mapping[Route, list[bytes]]) -> dict[tuple[Route, Pack], list[bytes]]:
    """Each member of each workbook by itself, since a changed byte of the archive seldom comes past its checksums."""
    found: dict[tuple[Route, Pack], list[bytes]] = {}
    for route, contents in books.items():
        for book in contents:
            found[route, bytes] = [*found.get((route, bytes), []), book]
            for name, member in _unpacked(book):
                found[route, _packer(book, name)] = [member]
    return found


def _packer(book: bytes, name: str) -> Pack:
    def pack(member: bytes) -> bytes:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for each, content in _unpacked(book):
                archive.writestr(each, member if each == name else content)
        return made.getvalue()

    return pack


def _unpacked(book: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        yield from ((name, archive.read(name)) for name in archive.namelist())


def _must_be_read(route: Route, data: bytes) -> None:
    name, kind = route
    began = time.thread_time()
    try:
        for number, _ in enumerate(read(data, _CONNECTORS[name], kind=kind, today=_TODAY, notes=Notes())):
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
