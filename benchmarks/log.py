"""What the transparency log costs a push: two services that differ in nothing else take turns, their workers too."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from benchmarks import stage as stages
from benchmarks.payloads import contracts, pushes
from benchmarks.rows import ROUNDS, Row, Target, medians, scaled
from benchmarks.stage import Stage

NAMES = ("push with the transparency log", "push with the transparency log, processor time of service and database")
_WITHOUT = Path(__file__).parent / "without_log"
_TICK_MICROSECONDS = 1_000_000 / os.sysconf("SC_CLK_TCK")
_SETTLED_SECONDS = 60.0


def measure(stage: Stage) -> list[Row]:
    amount = scaled(6_000, 1_500)
    with ExitStack() as stack:
        with_log, without = (stack.enter_context(_service(stage, name)) for name in ("logged", "plainly"))
        for one in (with_log, without):
            one(amount // 3)
        found = [(with_log(amount), without(amount)) for _ in range(ROUNDS * 2)]
    ours, theirs = (medians(column) for column in zip(*found, strict=True))
    same = "the same without its log"
    return [
        Row(NAMES[0], "contracts/s", ours["per_second"], theirs["per_second"], same, Target(">=", 0.97)),
        Row(NAMES[1], "µs", ours["microseconds"], theirs["microseconds"], same),
    ]


@contextmanager
def _service(stage: Stage, name: str) -> Iterator[Callable[[int], dict[str, float]]]:
    """Drives a service of its own; what is measured ends when the last leaf has its place."""
    url = stage.postgres.ensure_database(name)
    stages.migrate(url)
    home = stage.folder / name
    home.mkdir()
    environment = {"YIZHAN_BATCH__WORKERS": "1"} | ({} if name == "logged" else {"PYTHONPATH": str(_WITHOUT)})
    with stages.service(home, url, environment) as (port, process):
        bearer = asyncio.run(stages.credential(url, home))
        database = int((stage.postgres.data / "postmaster.pid").read_text().split()[0])

        def drive(requests: int) -> dict[str, float]:
            sent = pushes(contracts(requests), "/v1/contracts", bearer)
            before = _ticks(process) + _ticks(database)
            told = stage.drive(port, sent, 201)
            _settle(url)
            spent = _ticks(process) + _ticks(database) - before
            return {"per_second": told["per_second"], "microseconds": spent * _TICK_MICROSECONDS / requests}

        yield drive


def _settle(url: str) -> None:
    deadline = time.monotonic() + _SETTLED_SECONDS
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM log_pending LIMIT 1").fetchone() is not None:
            if time.monotonic() > deadline:
                raise RuntimeError("the log does not catch up")
            time.sleep(0.05)


def _ticks(root: int) -> int:
    """The processor time of a process and all below it, those that have ended included."""
    children: dict[int, list[int]] = {}
    spent: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            said = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        pid = int(folder.name)
        children.setdefault(int(said[1]), []).append(pid)
        spent[pid] = sum(map(int, said[11:15]))
    todo, total = [root], 0
    while todo:
        pid = todo.pop()
        total += spent.get(pid, 0)
        todo += children.get(pid, [])
    return total
