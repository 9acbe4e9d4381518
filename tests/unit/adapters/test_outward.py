"""Canonical records in a portal's own words, and what the check says of a file that cannot do it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.connector import load_connectors
from adapters.errors import Fatal
from adapters.mapping import outward
from adapters.mapping.compiler import Mapper
from adapters.mapping.outward import Outward
from adapters.mapping.outward_check import check_outward
from adapters.mapping.strict_yaml import BadConfiguration
from adapters.mapping.writers import TAKES, WRITERS
from tests.unit.adapters.test_partners import ROOT

HEAD = "push: example.filing@1\nkind: filing.v1\nfields:\n"
FILING: dict[str, Any] = {
    "filing_no": "F-1",
    "status": "approved",
    "division": "350502",
    "steps": [{"name": "受理", "done_on": "2026-11-02"}, {"name": "决定"}],
    "decision": {"result": "approved", "decided_on": "2026-11-06"},
}


def loaded(folder: Path, fields: str, head: str = HEAD) -> Outward:
    (folder / "areas.csv").write_text("from,to\n002008013,350502\n350502000000,350502\n", "utf-8")
    (folder / "push.filing.yaml").write_text(head + fields, "utf-8")
    return outward.load(folder / "push.filing.yaml")


def test_a_record_is_said_in_the_portals_words(tmp_path: Path) -> None:
    say = loaded(
        tmp_path,
        "  编号: {from: filing_no}\n"
        "  AreaID: {from: division, lookup: areas.csv}\n"
        '  state: {from: status, lookup: {"1": approved, "01": approved}}\n'
        "  decide.day: {from: decision.decided_on, as: compact_date}\n"
        "  decide.why: {from: decision.reason}\n"
        '  source: {const: "7"}\n'
        "  steps.step: {each: steps, fields: {name: {from: name}, day: {from: done_on, as: slash_date}}}\n",
    )
    assert say(FILING) == {
        "编号": "F-1",
        "AreaID": "002008013",
        "state": "1",
        "decide": {"day": "20261106", "why": None},
        "source": "7",
        "steps": {"step": [{"name": "受理", "day": "2026/11/2"}, {"name": "决定", "day": None}]},
    }


def test_what_the_portal_has_no_word_for_is_fatal(tmp_path: Path) -> None:
    say = loaded(tmp_path, "  state: {from: status, lookup: {通过: approved}}\n")
    with pytest.raises(Fatal, match="withdrawn"):
        say({**FILING, "status": "withdrawn"})


@pytest.mark.parametrize(
    ("writer", "value", "written"),
    [
        ("text", True, "true"),
        ("text", 3, "3"),
        ("number", "200000.00", 200000.0),
        ("one_zero", False, "0"),
        ("bit", True, 1),
        ("shi_fou", True, "是"),
        ("joined", ["普通话", "英语"], "普通话、英语"),
        ("compact_date", "2026-11-02", "20261102"),
        ("slash_date", "2026-11-02", "2026/11/2"),
        ("chinese_date", "2026-11-02", "2026年11月2日"),
        ("midnight", "2026-11-02", "2026-11-02T00:00:00"),
        ("epoch_ms", "2026-11-02", 1793548800000),
    ],
)
def test_a_writer_writes_one_form(writer: str, value: Any, written: Any) -> None:
    assert WRITERS[writer](value) == written
    assert set(TAKES) <= set(WRITERS)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("  a: {from: nonsense}\n", "has no field /nonsense"),
        ("  a: {from: steps}\n", "/steps is array"),
        ("  a: {from: decision}\n", "/decision is object"),
        ("  a: {each: filing_no, fields: {b: {from: c}}}\n", "/filing_no is string"),
        ("  a: {from: filing_no, as: one_zero}\n", "cannot be written as one_zero"),
        ("  a: {from: status, as: compact_date}\n", "cannot be written as compact_date"),
        (
            '  a: {from: status, lookup: {"1": approved}, unsaid: [refused]}\n',
            "accepted, applied, correction, received, withdrawn",
        ),
        ("  a: {each: steps, fields: {b: {from: nonsense}}}\n", "/steps/*/nonsense"),
    ],
)
def test_the_check_names_the_line_and_what_is_wrong_there(tmp_path: Path, fields: str, problem: str) -> None:
    (found,) = [each for each in check_outward(loaded(tmp_path, fields)) if problem in each.en]
    assert ("line 4" in found.en, "第 4 行" in found.zh) == (True, True)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ("  a: {from: status, as: upside_down}\n", "no writer is called 'upside_down'"),
        ("  a: {from: status, lookup: nowhere.csv}\n", "lookup nowhere.csv"),
        ("  a: {from: status, lookup: filing_states}\n", "filing_states"),
        ("  a: {from: status, via: [upper]}\n", "unknown key 'via'"),
        ("  a: {from: status, const: x}\n", "fields/a"),
        ("  a: {from: status}\n  a.b: {from: status}\n", "lies inside another field"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, fields: str, problem: str) -> None:
    with pytest.raises(BadConfiguration, match=problem):
        loaded(tmp_path, fields)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match=r"push.filing.yaml:2"):
        loaded(tmp_path, "  a: {from: b}\n", "push: x@1\nkind: nothing.v1\nfields:\n")


@pytest.mark.parametrize("name", ["donghai", "jiangnan", "minjiang"])
def test_a_portal_is_told_what_it_tells_of_an_agency_but_its_version_and_time(name: str) -> None:
    connector = load_connectors(ROOT)[name]
    route = connector.route("agency")
    assert isinstance(route, Mapper)
    told = {field.target for field in route.mapping.fields}
    assert told - {field.source for field in connector.outward_of("agency").fields} == {"revision", "changed_at"}
