"""The pure parts of reconciliation: what may be decided, what a partner may list, how days add up."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.base.problems import Refused
from gateway.reconcile.classes import DECISIONS, REPAIRS, TITLES, Class, Decision, Repair, Source, allowed
from gateway.reconcile.lists import SentRecords, SentTotals, sent_by
from gateway.reconcile.trends import trend


def test_every_class_has_a_title_and_a_repair() -> None:
    assert set(TITLES) == set(Class)
    assert all(set(REPAIRS[source]) == set(Class) for source in Source)


def test_every_class_that_waits_for_a_person_lets_it_be_ignored_at_least() -> None:
    waiting = [name for name, repair in REPAIRS[Source.PORTAL].items() if repair == Repair.APPROVE]
    assert all(Decision.IGNORE in DECISIONS[name] for name in waiting)
    assert allowed(Class.MISSING_HERE, Repair.PULL) == frozenset(), "not before a pull was tried"


def test_nothing_of_ours_is_given_up_because_the_other_side_lacks_it() -> None:
    assert Decision.KEEP_THEIRS not in DECISIONS[Class.MISSING_THERE]


@pytest.mark.parametrize(
    "text",
    [
        "key,content_sha256,day\nA,{hash},2017-08-04\nB,,\n",
        "\ufeff业务编号,内容哈希,日期\r\nA,{hash},2017-08-04\r\n\r\nB,,\r\n",
        '{{"key": "A", "content_sha256": "{hash}", "day": "2017-08-04"}}\n\n{{"key": "B"}}\n',
    ],
)
def test_a_list_reads_the_same_in_every_notation(text: str) -> None:
    content = text.format(hash="ab" * 32).encode()
    sent = sent_by(io.BytesIO(content), "contract.v1")
    assert isinstance(sent, SentRecords)
    rows = [(row.key, row.content_hash, row.day) for row in sent.rows]
    assert rows == [("A", bytes.fromhex("ab" * 32), date(2017, 8, 4)), ("B", None, None)]


def test_totals_are_told_from_lists_by_their_count() -> None:
    sent = sent_by(io.BytesIO("日期,种类,数量\n2017-08-04,contract,3\n2017-08-04,roster,0\n".encode()), None)
    assert isinstance(sent, SentTotals)
    assert sent.kinds == ["contract", "roster"]


def test_too_many_totals_are_refused() -> None:
    lines = "day,kind,count\n" + "2017-08-04,contract,1\n" * 10_001
    with pytest.raises(Refused) as refused:
        sent_by(io.BytesIO(lines.encode()), None)
    assert refused.value.members["line"] == 10_002


def run(on: datetime, state: str = "differs", **counts: int) -> Any:
    return SimpleNamespace(started_at=on, state=state, counts={"agency": {"ours": 5, "theirs": 5, **counts}})


def test_of_a_day_the_last_run_counts_and_a_clean_day_is_shown() -> None:
    first, second = datetime(2026, 11, 2, 1, tzinfo=UTC), datetime(2026, 11, 2, 3, tzinfo=UTC)
    evening = datetime(2026, 11, 2, 17, tzinfo=UTC)  # the next day in China
    failed = run(datetime(2026, 11, 5, tzinfo=UTC), "failed", diverged=9)
    days = trend([failed, run(evening), run(second, diverged=2, missing_here=1), run(first, diverged=7)])
    assert [(day.on, day.by_class, day.total) for day in days] == [
        (date(2026, 11, 2), {"missing_here": 1, "diverged": 2}, 3),
        (date(2026, 11, 3), {}, 0),
    ]
    assert trend([]) == []
