"""A run of the benchmarks over small parts of its own: what is kept, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.report import Report
from benchmarks.rows import Part, Row
from benchmarks.run import ALONE, SERVED, keep, rows
from gateway.cli.components import COMPONENTS, MissingComponentError

MACHINE = "one machine"


@pytest.fixture
def written(tmp_path: Path) -> Report:
    return Report(tmp_path / "latest.json", tmp_path / "page.md")


@contextmanager
def stage() -> Iterator[str]:
    yield "stage"


@contextmanager
def broken_stage() -> Iterator[str]:
    raise RuntimeError("no database")
    yield


def one(name: str, figure: float = 1.0) -> Part:
    return Part((name,), lambda *_: [Row(name, "s", figure)])


def stops(*_: object) -> Iterator[Row]:
    yield Row("first", "s", 1.0)
    raise MissingComponentError(COMPONENTS["sshd"], "no | sshd")


def latest(folder: Path) -> dict[str, object]:
    """By name, what each row has in place of figures, or its figure."""
    found = json.loads((folder / "latest.json").read_text("utf-8"))
    return {row["name"]: row.get("reason", row.get("ours")) for row in found}


def test_each_row_is_on_disk_before_the_next_is_measured(written: Report, tmp_path: Path) -> None:
    seen: list[dict[str, object]] = []

    def looks() -> Iterator[Row]:
        for number in range(3):
            yield Row(f"row {number}", "s", float(number))
            seen.append(latest(tmp_path))

    names = [f"row {number}" for number in range(3)]
    assert keep(rows({}, {"looks": Part(names, looks)}, stage), written, MACHINE)
    assert [list(found) for found in seen] == [names[:1], names[:2], names]
    assert "| row 2 | 2 s |" in (tmp_path / "page.md").read_text("utf-8")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["latest.json", "page.md"]


def test_a_row_that_cannot_be_measured_says_why_and_others_go_on(written: Report, tmp_path: Path) -> None:
    parts = {"stops": Part(("first", "second"), stops), "next": one("next")}
    assert not keep(rows(parts, {"alone": one("alone")}, stage), written, MACHINE)
    reason = "sshd is missing (Debian: openssh-server openssh-client)"
    assert latest(tmp_path) == {"first": 1.0, "second": reason, "next": 1.0, "alone": 1.0}
    page = (tmp_path / "page.md").read_text("utf-8")
    assert f"| second | not measured: {reason} |" in page


def test_without_a_stage_what_needs_none_is_measured(written: Report, tmp_path: Path) -> None:
    assert not keep(rows({"served": one("served")}, {"alone": one("alone")}, broken_stage), written, MACHINE)
    assert latest(tmp_path) == {"served": "RuntimeError: no database", "alone": 1.0}


def test_no_stage_is_set_up_for_parts_that_need_none(written: Report) -> None:
    assert keep(rows({}, {"alone": one("alone")}, broken_stage), written, MACHINE)


def test_a_new_figure_takes_the_place_of_the_old_and_leaves_others(written: Report, tmp_path: Path) -> None:
    keep(rows({}, {"one": one("one"), "other": one("other")}, stage), written, MACHINE)
    again = Report(tmp_path / "latest.json", tmp_path / "page.md")
    keep(rows({}, {"one": one("one", 2.0)}, stage), again, MACHINE)
    assert list(latest(tmp_path).items()) == [("one", 2.0), ("other", 1.0)]


def test_every_row_of_every_part_has_a_name_of_its_own() -> None:
    names = [name for part in (*SERVED.values(), *ALONE.values()) for name in part.names]
    assert len(set(names)) == len(names)
