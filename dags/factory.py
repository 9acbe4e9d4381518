"""Builds the DAGs of a connector. What they share stands here; what they do is in `gateway.serving.jobs`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    CronPartitionTimetable,
    CronTriggerTimetable,
    DeadlineAlert,
    DeadlineReference,
    Param,
    SyncCallback,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException

from dags.jobs import call
from dags.lateness import note_late
from dags.recovery import ByException
from dags.sources import Source

CHINA = "Asia/Shanghai"
OWNER = "数据交换组"
START = datetime.fromisoformat("2025-01-01T00:00:00+08:00")
DAY = "%Y-%m-%d"
_MIDNIGHT = "0 0 * * *"
_ONE_ZONE_WEST = "Asia/Bangkok"
"""Days close at one o'clock in China, when portals have shown what they were late with; said as the midnight of this
zone, because a backfill's `--to-date` is a midnight, and leaves out a day that closes later than that."""
_AT_ONCE = 2
_MOST_BATCHES = 12
_RUN_TYPES = frozenset({"scheduled", "manual", "operator_triggered", "asset_triggered", "asset_materialization"})
READ_AGAIN = _RUN_TYPES | {"backfill"}
"""Of what may be done again for days that are over."""
_MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"

_PAST_BY_HAND = """- 触发时同时填写 `since`、`until`（北京时间，含起不含止）即为补采：重读该时段，**不移动水位**。
- 整月补采请用 `day_{0.id}` 的回填（Backfill）。
"""
_NO_PAST = """- 文件没有时段可言，取走的是新出现的全部文件；过去的文件不能补采。
"""
_READ_AGAIN = """
每天凌晨一点（北京时间）把前一天的变更再读一遍，收齐门户迟到的数据，随后触发对账。**从不移动水位。**

- 一天一个分区，分区键为日期（如 `2026-10-05`）；手动触发时不填分区键即为昨天。
- 补采过去一个月：执行
  `airflow backfill create --dag-id day_{0.id} --from-date 2026-10-01 --to-date 2026-10-31`，
  或在界面上选择“回填”，终点选最后一天的 23:59。
  回填只重读，不触发对账（门户只给得出现状，对账只有当日有意义）。
"""
_TAKEN_BEFORE_THE_DAY_CLOSES = """
每天凌晨一点（北京时间）把新出现的文件取走，与日常拉取相同，**会移动水位**，随后触发对账。

- 一天一个分区，分区键为日期（如 `2026-10-05`）；手动触发时不填分区键即为昨天。
- 文件没有时段可言，因此不能回填。
"""

TASK: Mapping[str, Any] = {
    "owner": OWNER,
    "retries": 4,
    "retry_delay": timedelta(seconds=30),
    "retry_policy": ByException(),
    "execution_timeout": timedelta(hours=2),
}


def at_first(source: Source) -> bool | None:
    """Paused until a person switches it on, when its references lead nowhere here; else as Airflow is configured."""
    return None if source.is_set_up else True


def closed(source: Source) -> Asset:
    """A day of the connector has been read to its end; partitioned by day."""
    return Asset(name=f"closed_{source.id}", uri=f"yizhan://closed/{source.id}")


def dag(dag_id: str, doc: str, schedule: Any, **options: Any) -> DAG:
    """A DAG as all of ours are: one run at a time, nothing caught up or backfilled, times in China."""
    usual = {"start_date": START, "catchup": False, "max_active_runs": 1, "allowed_run_types": _RUN_TYPES}
    return DAG(dag_id=dag_id, doc_md=doc, schedule=schedule, **usual | {"default_args": dict(TASK)} | options)


def due(source: Source, within: timedelta) -> DeadlineAlert:
    """Operators are told when a run has not ended so long after it was queued."""
    return DeadlineAlert(
        DeadlineReference.DAGRUN_QUEUED_AT, within, SyncCallback(note_late, {"connector": source.id}), "late"
    )


def pull_dag(source: Source) -> DAG:
    """`pull_<connector>`: everything new, piece by piece. Only a scheduled or triggered run moves the live mark."""
    doc = f"""## 拉取：{source.title}

按计划读取门户新增与变更的数据，分片并行入库（同一门户最多 {_AT_ONCE} 片同时进行，资源池 `{source.pool}`）。
进度（水位）保存在驿站自己的数据库中；任务失败重跑不会漏收，也不会重复。

- 网络、门户繁忙等可恢复的错误自动重试；凭据、配置等错误立即失败，须人工处理。
{_PAST_BY_HAND.format(source) if source.reads_windows else _NO_PAST}"""
    schedule = CronTriggerTimetable(source.schedule, timezone=CHINA) if source.schedule else None
    options: dict[str, Any] = {"deadline": due(source, timedelta(minutes=45))}
    options["is_paused_upon_creation"] = at_first(source)
    if source.reads_windows:
        moment = {"default": None, "type": ["null", "string"], "pattern": _MOMENT}
        options["params"] = {
            "since": Param(**moment, description="补采起点，如 2026-10-01T00:00:00；不填为日常拉取"),
            "until": Param(**moment, description="补采终点（不含）"),
        }
    with dag(f"pull_{source.id}", doc, schedule, tags=["拉取", source.id], **options) as made:
        _pull(source, _asked_window)
    return made


def day_dag(source: Source) -> DAG:
    """`day_<connector>`: each past day is read once more, for what portals show late; the live mark never moves.

    A folder of files has no past to ask for: there a day takes what is new, like a pull, and cannot be backfilled.
    """
    about = _READ_AGAIN if source.reads_windows else _TAKEN_BEFORE_THE_DAY_CLOSES
    doc = f"## 日终：{source.title}\n{about.format(source)}"
    schedule = CronPartitionTimetable(_MIDNIGHT, timezone=_ONE_ZONE_WEST, run_offset=-1, key_format=DAY)
    options: dict[str, Any] = {"deadline": due(source, timedelta(hours=3)), "tags": ["日终", source.id]}
    options |= {"is_paused_upon_creation": at_first(source), "allowed_run_types": _RUN_TYPES}
    if source.reads_windows:
        options["allowed_run_types"] |= {"backfill"}
    with dag(f"day_{source.id}", doc, schedule, **options) as made:
        _pull(source, _day_window, closed(source))
    return made


def _pull(source: Source, window: Callable[[], tuple[str | None, str | None]], closes: Asset | None = None) -> None:
    """Plan, then take the pieces side by side, then add up; whoever waits for `closes` hears which day it was."""

    @task(task_id="plan", pool=source.pool)
    def plan() -> list[list[dict[str, Any]]]:
        since, until = window() if source.reads_windows else (None, None)
        return _batches(call("plan_pull", source.id, since, until, of=[source]))

    @task(task_id="take", pool=source.pool, max_active_tis_per_dagrun=_AT_ONCE, map_index_template="{{ of_what }}")
    def take(pieces: list[dict[str, Any]]) -> dict[str, int]:
        get_current_context()["of_what"] = _title(pieces)  # type: ignore[typeddict-unknown-key]
        return call("pull_pieces", source.id, pieces, of=[source])

    @task(task_id="done", outlets=[closes] if closes else [], trigger_rule="none_failed")
    def done(taken: list[dict[str, int]]) -> dict[str, int]:
        if closes:
            _announce_the_day(closes)
        names = sorted({name for one in taken for name in one})
        return {name: sum(one.get(name, 0) for one in taken) for name in names}

    done(take.expand(pieces=plan()))


def _batches(pieces: list[Any]) -> list[list[Any]]:
    """At most `_MOST_BATCHES`, each of neighbours: a task costs seconds, a slice without changes next to nothing."""
    size = -(-len(pieces) // _MOST_BATCHES) or 1
    return [pieces[at : at + size] for at in range(0, len(pieces), size)]


def _title(pieces: list[dict[str, Any]]) -> str:
    first, last = pieces[0], pieces[-1]
    if first["file"]:
        return first["file"] if len(pieces) == 1 else f"{first['file']} … {last['file']}"
    kinds = "、".join(dict.fromkeys(one["kind"] for one in pieces))
    return f"{kinds} {first['since'] or '…'} – {last['until'] or '…'}"


def _asked_window() -> tuple[str | None, str | None]:
    params = get_current_context()["params"]
    return params.get("since"), params.get("until")


def _day_window() -> tuple[str, str]:
    day = _day()
    return day.isoformat(), (day + timedelta(days=1)).isoformat()


def _day() -> datetime:
    """The day of the run's partition; by hand without one, the day before in China."""
    from zoneinfo import ZoneInfo

    run = get_current_context()["dag_run"]
    before = run.run_after.astimezone(ZoneInfo(CHINA)) - timedelta(days=1)
    return datetime.strptime(run.partition_key or before.strftime(DAY), DAY)


def _announce_the_day(closes: Asset) -> None:
    """The day is the event's partition, also of a run by hand that names none.

    A backfill tells nobody, as a skipped task does: portals show how things are now, so only a day just past is
    compared.
    """
    context = get_current_context()
    if context["dag_run"].run_type == "backfill":
        raise AirflowSkipException("a backfill reads again and compares nothing")
    context["outlet_events"][closes].add_partitions(_day().strftime(DAY))
