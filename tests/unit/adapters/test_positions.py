"""Which files of a partner's folder are new, and what a manifest claims."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from adapters.connector import load_connector
from adapters.transports.manifest import BadManifest, Manifest, parse, rows_of
from adapters.transports.positions import LOOK_BACK_SECONDS, Position
from adapters.transports.sftp import RemoteFile

MAPPINGS = Path(__file__).parents[3] / "mappings"
NOW = 1_700_000_000


def file(name: str, mtime: int = NOW, size: int = 1) -> RemoteFile:
    return RemoteFile(mtime, name, size, mtime)


def taken(*files: RemoteFile) -> Position:
    position = Position()
    for each in files:
        position = position.after(each, "hash")
    return position


def test_everything_is_new_at_first() -> None:
    assert Position.from_json(None).unseen([file("a", 0), file("b")]) == [file("a", 0), file("b")]


@pytest.mark.parametrize(
    ("other", "is_new"),
    [
        (file("a"), False),
        (file("b"), True),
        (file("a", size=2), True),
        (file("a", NOW + 1), True),
        (file("0", NOW - 1000), True),
        (file("0", NOW - LOOK_BACK_SECONDS), True),
        (file("0", NOW - LOOK_BACK_SECONDS - 1), False),
    ],
)
def test_what_is_new_after_one_file(other: RemoteFile, is_new: bool) -> None:
    assert bool(taken(file("a")).unseen([other])) is is_new


def test_a_position_survives_storage_and_stays_small() -> None:
    position = taken(file("old", NOW - LOOK_BACK_SECONDS - 5), file("a"), file("b"))
    stored = orjson.loads(orjson.dumps(position.as_json()))
    assert Position.from_json(stored) == position
    assert [name for _, name, _, _ in stored["taken"]] == ["a", "b"]


def test_the_floor_never_sinks() -> None:
    position = taken(file("a"))
    assert position.after(file("late", NOW - 100), "hash").floor == position.floor


@pytest.mark.parametrize(
    ("content", "manifest"),
    [
        (b"", Manifest()),
        (b"\n \n", Manifest()),
        (b"rows=0", Manifest(rows=0)),
        (b"sha256 = " + b"AB" * 32 + b"\r\nrows=12\r\n", Manifest("ab" * 32, 12)),
    ],
)
def test_manifests_are_read(content: bytes, manifest: Manifest) -> None:
    assert parse(content) == manifest


@pytest.mark.parametrize(
    "content",
    [b"rows=-1", b"rows=1\nrows=1", b"sha256=12", b"rows=" + b"1" * 64, b"md5=0", b"x" * 5000, b"\xff", b"rows=1 2"],
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(BadManifest):
        parse(content)


@pytest.mark.parametrize(
    ("partner", "example", "rows"),
    [("laoqiao", "export.csv", 5), ("shanhai", "form.xlsx", 3), ("lvy", "batch.json", 3), ("lvy", "clean.json", 1)],
)
def test_rows_are_those_below_the_heading_or_the_records(partner: str, example: str, rows: int) -> None:
    folder = MAPPINGS / partner
    document = (folder / "examples" / example).read_bytes()
    route = load_connector(folder).route("contract" if partner != "shanhai" else "roster")
    assert rows_of(document, route) == rows_of(folder / "examples" / example, route) == rows


def test_rows_of_what_cannot_be_read_are_not_compared() -> None:
    assert rows_of(b"\x00\x01", load_connector(MAPPINGS / "laoqiao").route()) is None
    Manifest(rows=5).check("", None)
