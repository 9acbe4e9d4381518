"""Builds the DAGs of a connector. What they have in common stands here once; what they do is in `gateway.jobs`."""

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
_DAY_CLOSES = "10 1 * * *"
_AT_ONCE = 2
_MOST_BATCHES = 12
_MOMENT = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$"

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


def pulled(source: Source) -> Asset:
    """Something of the connector has been taken in."""
    return Asset(name=f"pulled_{source.id}", uri=f"yizhan://pulled/{source.id}")


def closed(source: Source) -> Asset:
    """A day of the connector has been read to its end; partitioned by day."""
    return Asset(name=f"closed_{source.id}", uri=f"yizhan://closed/{source.id}")


def dag(dag_id: str, doc: str, schedule: Any, **options: Any) -> DAG:
    """A DAG as all of ours are: one run at a time, nothing caught up, times in China."""
    return DAG(
        dag_id=dag_id,
        doc_md=doc,
        schedule=schedule,
        **{"start_date": START, "catchup": False, "max_active_runs": 1, "default_args": dict(TASK)} | options,
    )


def due(source: Source, within: timedelta) -> DeadlineAlert:
    """Operators are told when a run has not ended so long after it was queued."""
    return DeadlineAlert(
        DeadlineReference.DAGRUN_QUEUED_AT, within, SyncCallback(note_late, {"connector": source.id}), "late"
    )


def pull_dag(source: Source) -> DAG:
    """`pull_<connector>`: everything new, piece by piece. Only a scheduled or triggered run moves the live mark."""
    doc = f"""## 拉取：{source.title}

按计划读取对方新增与变更的数据，分片并行入库（同一门户最多 {_AT_ONCE} 片同时进行，资源池 `{source.pool}`）。
进度（水位）保存在驿站自己的数据库中；任务失败重跑不会漏收，也不会重复。

- 网络、门户繁忙等可恢复的错误自动重试；凭据、配置等错误立即失败，须人工处理。
- 触发时同时填写 `since`、`until`（北京时间，含起不含止）即为补采：重读该时段，**不移动水位**。
- 整月补采请用 `day_{source.id}` 的回填（Backfill）。
"""
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
        _pull(source, _asked_window, pulled(source), lambda: None)
    return made


def day_dag(source: Source) -> DAG:
    """`day_<connector>`: each past day is read once more, for what portals show late; the live mark never moves.

    A folder of files has no past to ask for: there it takes what is new.
    """
    doc = f"""## 日终重读：{source.title}

每天凌晨把前一天（北京时间）的变更再读一遍，收齐门户迟到的数据，随后触发对账。**从不移动水位。**

- 一天一个分区，分区键为日期（如 `2026-10-05`）。
- 补采过去一个月：在界面上选择“回填”，或执行
  `airflow backfill create --dag-id day_{source.id} --from-date 2026-10-01 --to-date 2026-10-31`。
  回填只重读，不触发对账（门户只给得出现状，对账只有当日有意义）。
"""
    schedule = CronPartitionTimetable(_DAY_CLOSES, timezone=CHINA, run_offset=-1, key_format=DAY)
    options: dict[str, Any] = {"deadline": due(source, timedelta(hours=3)), "tags": ["日终", source.id]}
    options["is_paused_upon_creation"] = at_first(source)
    with dag(f"day_{source.id}", doc, schedule, **options) as made:
        _pull(source, _day_window, closed(source), _not_in_a_backfill)
    return made


def _pull(source: Source, window: Callable[[], tuple[str | None, str | None]], outlet: Asset, close: Any) -> None:
    """Plan, then take the pieces side by side, then tell that it is done."""

    @task(task_id="plan", pool=source.pool)
    def plan() -> list[list[dict[str, Any]]]:
        since, until = window() if source.reads_windows else (None, None)
        return _batches(call("plan_pull", source.id, since, until, of=[source]))

    @task(task_id="take", pool=source.pool, max_active_tis_per_dagrun=_AT_ONCE, map_index_template="{{ of_what }}")
    def take(pieces: list[dict[str, Any]]) -> dict[str, int]:
        get_current_context()["of_what"] = _title(pieces)  # type: ignore[typeddict-unknown-key]
        return call("pull_pieces", source.id, pieces, of=[source])

    @task(task_id="done", outlets=[outlet], trigger_rule="none_failed")
    def done(taken: list[dict[str, int]]) -> dict[str, int]:
        close()
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
    """The day of the run's partition; by hand without one, yesterday."""
    from zoneinfo import ZoneInfo

    key = get_current_context()["dag_run"].partition_key
    yesterday = datetime.now(ZoneInfo(CHINA)) - timedelta(days=1)
    day = datetime.strptime(key or yesterday.strftime(DAY), DAY)
    return day.isoformat(), (day + timedelta(days=1)).isoformat()


def _not_in_a_backfill() -> None:
    """A skipped task tells nobody. Portals show how things are now, so only the newest day is compared."""
    if get_current_context()["dag_run"].run_type == "backfill":
        raise AirflowSkipException("a backfill reads again and compares nothing")
