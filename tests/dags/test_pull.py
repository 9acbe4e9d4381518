"""Pulling by DAG, against a portal that runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from tests.canaries import CANARIES, sightings
from tests.dags.conftest import RECORDS, Runner
from tests.portals import RunningPortal

KINDS = 6
MARKS = "SELECT count(*) FROM watermark WHERE connector = 'donghai'"
MOVES = "SELECT sum(revision) FROM watermark WHERE connector = 'donghai'"
AGENCIES = "SELECT count(*) FROM record WHERE kind = 'agency'"
AMENDED = "SELECT count(*) FROM record WHERE kind = 'agency' AND version = 2"


def put_back(portal: RunningPortal, moment: str) -> None:
    """The portal's clock shows this moment, until its faults are replaced."""
    portal.faults(clock_skew_seconds=int(datetime.fromisoformat(moment).timestamp() - time.time()))


def test_a_pull_takes_every_kind_side_by_side(runner: Runner, count: Callable[[str], int]) -> None:
    done = runner.run("pull_donghai")
    assert done["state"] == "success"
    assert [state for state, _ in done["tasks"]["take"]] == ["success"] * KINDS
    assert count("SELECT count(*) FROM record") == KINDS * RECORDS
    assert count(MARKS) == KINDS


def test_a_busy_portal_is_asked_again_when_it_said(runner: Runner, portal: RunningPortal) -> None:
    portal.faults(times=1, busy=503)
    done = runner.run("pull_donghai")
    assert done["state"] == "success"
    tries = sorted(tries for _, tries in done["tasks"]["take"])
    assert tries == [1] * (len(tries) - 1) + [2]


def test_what_a_person_must_put_right_is_not_tried_again(runner: Runner, portal: RunningPortal) -> None:
    portal.faults(busy=404)
    done = runner.run("pull_donghai")
    portal.faults()
    assert done["state"] == "failed"
    assert set(done["tasks"]["take"]) == {("failed", 1)}


def test_no_log_of_airflow_names_anybody(runner: Runner, portal: RunningPortal, count: Callable[[str], int]) -> None:
    canary = CANARIES["portal"]
    good, bad, *_ = portal.keys("guide")
    portal.change("guide", good, name=canary.name, mobile=canary.phone)
    portal.change("guide", bad, name=canary.name, mobile=canary.id, level=canary.phone)
    assert runner.run("pull_donghai")["state"] == "success"
    assert count("SELECT count(*) FROM dead_letter WHERE kind = 'guide'") == 1
    logged = runner.logged()
    assert b"pull_donghai" in logged
    assert [str(each) for each in sightings("Airflow", logged)] == []


def test_a_past_month_is_read_again_and_moves_no_mark(
    runner: Runner, portal: RunningPortal, count: Callable[[str], int]
) -> None:
    before, held = count(MOVES), count(AGENCIES)
    put_back(portal, "2025-10-20T12:00:00+08:00")
    portal.change("agency", portal.keys("agency")[0], tel="0571-84444444")  # shown long after its time
    portal.faults()
    done = runner.run("pull_donghai", {"since": "2025-10-01T00:00:00", "until": "2025-11-01T00:00:00"})
    assert done["state"] == "success"
    assert [state for state, _ in done["tasks"]["take"]] == ["success"] * KINDS
    assert (count(MOVES), count(AGENCIES), count(AMENDED)) == (before, held, 1)


def test_the_day_before_is_read_again_and_moves_no_mark(runner: Runner, count: Callable[[str], int]) -> None:
    before = count(MOVES)
    done = runner.run("day_donghai")
    assert done["state"] == "success"
    assert len(done["tasks"]["take"]) == KINDS
    assert count(MOVES) == before
