"""Reconciliation and delivery by DAG, against a portal that runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.dags.conftest import Runner
from tests.portals import RunningPortal

BY_ZHANG = "SELECT count(*) FROM audit WHERE actor = 'airflow/zhang' AND action LIKE '%.ignore'"
CLEAN = "SELECT (SELECT state FROM reconciliation ORDER BY id DESC LIMIT 1) = 'clean'"


def states(done: dict[str, Any]) -> dict[str, str]:
    return {name: found[0][0] for name, found in done["tasks"].items()}


@pytest.fixture(scope="module", autouse=True)
def _pulled(runner: Runner) -> None:
    assert runner.run("pull_donghai")["state"] == "success"


def test_when_both_sides_agree_nobody_is_asked(runner: Runner, count: Callable[[str], int]) -> None:
    done = runner.run("reconcile_donghai")
    assert done["state"] == "success"
    assert states(done)["approve"] == states(done)["repair"] == "skipped"
    assert states(done)["done"] == "success"
    assert count(CLEAN)


def test_little_that_is_safe_is_repaired_at_once(
    runner: Runner, portal: RunningPortal, count: Callable[[str], int]
) -> None:
    portal.change("agency", portal.keys("agency")[0], tel="0571-83333333")
    done = runner.run("reconcile_donghai")
    assert done["state"] == "success"
    assert (states(done)["approve"], states(done)["check"]) == ("skipped", "success")
    assert count(CLEAN)


def test_what_waits_for_a_person_is_repaired_as_the_person_says(
    runner: Runner, portal: RunningPortal, count: Callable[[str], int]
) -> None:
    key = portal.keys("agency")[1]
    portal.control("delete", kind="agency", key=key)
    done = runner.run("reconcile_donghai", answer="暂不修复")
    assert (states(done)["repair"], states(done)["done"]) == ("skipped", "success")
    assert not count(CLEAN)
    done = runner.run("reconcile_donghai", answer="忽略待核定项")
    assert done["state"] == "success"
    assert states(done)["check"] == "success"
    assert count(CLEAN)
    assert count(BY_ZHANG) == 1


def test_the_day_and_the_month_are_rolled_up(runner: Runner) -> None:
    assert runner.run("reconcile_rollup")["state"] == "success"
    assert runner.run("reconcile_month")["state"] == "success"


def test_what_is_due_is_delivered(runner: Runner) -> None:
    assert states(runner.run("deliver")) == {"send_what_is_due": "success"}


def test_days_and_months_are_counted(runner: Runner) -> None:
    assert states(runner.run("statistics_day")) == {"count": "success", "remind": "success"}
    assert states(runner.run("statistics_month")) == {"count": "success"}


def test_pledges_are_reminded_of(runner: Runner) -> None:
    assert states(runner.run("pledge_deadlines")) == {"remind": "success"}
