"""What every DAG of ours keeps to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
before, started = set(sys.modules), time.perf_counter()
bag = DagBag(sys.argv[1])
seconds = time.perf_counter() - started
ours = sorted(m for m in set(sys.modules) - before if m.split(".")[0] in ("gateway", "adapters", "schemas", "dags"))
print(json.dumps({
    "errors": bag.import_errors, "seconds": seconds, "ours": ours,
    "slowest": max(stat.duration.total_seconds() for stat in bag.dagbag_stats),
    "dags": {dag.dag_id: {
        "doc": dag.doc_md, "catchup": dag.catchup, "runs": dag.max_active_runs, "tags": sorted(dag.tags),
        "backfills": dag.allowed_run_types is None or "backfill" in dag.allowed_run_types,
        "tasks": {task.task_id: {
            "owner": task.owner, "retries": task.retries, "policy": type(task.retry_policy).__name__,
            "timeout": task.execution_timeout is not None, "pool": task.pool, "kind": task.task_type,
        } for task in dag.tasks},
    } for dag in bag.dags.values()},
}), file=sys.stderr)
"""
FACTORY = {"dags", "dags.factory", "dags.jobs", "dags.lateness", "dags.recovery", "dags.sources"}
QUESTION = "HITLOperator"


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a process that knows only where the DAGs lie finds in them; no database."""
    from tests.dags.conftest import DAGS

    environment = {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(DAGS)]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=True
    )
    return json.loads(done.stderr.splitlines()[-1])


def test_all_dags_are_parsed_in_less_than_a_second(parsed: Any) -> None:
    assert parsed["errors"] == {}
    assert parsed["seconds"] < 1


def test_parsing_imports_nothing_of_ours_but_the_factory(parsed: Any) -> None:
    assert set(parsed["ours"]) == FACTORY


def test_every_connector_with_a_source_has_its_dags(parsed: Any) -> None:
    assert {"pull_donghai", "day_donghai", "reconcile_donghai", "deliver", "reconcile_rollup"} <= set(parsed["dags"])


def test_no_dag_floods_and_every_dag_explains_itself_in_chinese(parsed: Any) -> None:
    for name, dag in parsed["dags"].items():
        assert (dag["catchup"], dag["runs"]) == (False, 1), name
        assert any("一" <= letter <= "鿿" for letter in dag["doc"]), name
        assert dag["tags"], name


def test_only_days_of_portals_that_can_be_asked_for_the_past_are_backfilled(parsed: Any) -> None:
    backfilled = {name for name, dag in parsed["dags"].items() if dag["backfills"]}
    days = {name for name in parsed["dags"] if name.startswith("day_")}
    assert days - backfilled == {"day_jiangnan"}
    counted = {"statistics_day", "statistics_month"}
    assert counted <= backfilled
    assert backfilled - counted < days
    assert "会移动水位" in parsed["dags"]["day_jiangnan"]["doc"]
    assert "从不移动水位" in parsed["dags"]["day_donghai"]["doc"]


def test_every_task_has_an_owner_retries_and_an_end(parsed: Any) -> None:
    for name, dag in parsed["dags"].items():
        for task_id, task in dag["tasks"].items():
            where = f"{name}.{task_id}"
            assert task["owner"] not in ("", "airflow"), where
            assert task["retries"] >= 2, where
            assert task["policy"] == "ByException", where
            assert task["timeout"] or task["kind"] == QUESTION, where


def test_whoever_speaks_to_a_portal_is_in_its_pool(parsed: Any) -> None:
    for task_id in ("plan", "take"):
        assert parsed["dags"]["pull_donghai"]["tasks"][task_id]["pool"] == "portal_donghai"
    for task_id in ("compare", "repair", "check"):
        assert parsed["dags"]["reconcile_donghai"]["tasks"][task_id]["pool"] == "portal_donghai"
