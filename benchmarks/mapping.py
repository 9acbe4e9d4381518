"""Mapping, validation and rules of one contract against parsing its JSON."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import orjson

from adapters.canonical import canonical
from adapters.connector import Route, load_connector
from adapters.envelope import CanonicalRecord, SourceRecord
from benchmarks.payloads import contracts, erp_contracts
from benchmarks.rows import Row, Target, interleaved, scaled
from gateway.base.settings import Settings
from schemas.samples import CHECKED_ON

NAMES = ("mapping + check, ERP contract (lvy)", "validation + rules, canonical contract")
_TARGET = Target("<=", 4)


def measure() -> Iterator[Row]:
    lvy = load_connector(Settings().mappings / "lvy").route()
    plain = canonical("contract.v1").route()
    yield _row(NAMES[0], lvy, erp_contracts)
    yield _row(NAMES[1], plain, contracts)


def _row(name: str, route: Route, make: Callable[[int], list[bytes]]) -> Row:
    """Each contract is parsed, then mapped and checked while it is warm, as a push is; both are timed on their own."""
    amount = scaled(4000, 1000)
    _time(make(amount // 4), route, CHECKED_ON)
    (found,) = interleaved([lambda: _time(make(amount), route, CHECKED_ON)])
    return Row(name, "µs", found["ours"], found["parse"], "orjson.loads of it", _TARGET)


def _time(raws: list[bytes], route: Route, today: date) -> dict[str, float]:
    clock = time.perf_counter_ns
    parsing: list[int] = []
    working: list[int] = []
    for ordinal, raw in enumerate(raws, 1):
        started = clock()
        tree = orjson.loads(raw)
        parsing.append(clock() - started)
        record = SourceRecord(ordinal, tree, "", _nowhere)
        started = clock()
        outcome = route(record, today)
        working.append(clock() - started)
        assert isinstance(outcome, CanonicalRecord)
        assert not outcome.findings
    return {"ours": statistics.median(working) / 1000, "parse": statistics.median(parsing) / 1000}


def _nowhere(_: Any) -> str:
    return ""
