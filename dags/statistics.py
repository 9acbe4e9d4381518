"""`statistics_day`, `statistics_month`: figures of what was reported, and reminders of who reports no more."""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronPartitionTimetable, get_current_context, task

from dags.factory import CHINA, DAY, READ_AGAIN, dag
from dags.jobs import call

_MONTH = "%Y-%m"
_DAY_DOC = """## 日统计

每天凌晨汇总前一天出发的团队：团队数、人次和人天，并对停止报送的旅行社告警。

- 一天一个分区，分区键为日期（如 `2026-10-05`）；可以回填，回填只重新读取数字，不告警。
- 平时的统计由后台进程随变更完成，这里只保证没有遗漏。
"""
_MONTH_DOC = """## 月统计

每月 1 日汇总上一个月出发的团队。一月一个分区，分区键为月份（如 `2026-10`）；可以回填。
"""

with dag(
    "statistics_day",
    _DAY_DOC,
    CronPartitionTimetable("15 3 * * *", timezone=CHINA, run_offset=-1, key_format=DAY),
    tags=["统计"],
    allowed_run_types=READ_AGAIN,
) as statistics_day:

    @task(task_id="count")
    def count_day() -> dict[str, Any]:
        return call("count_day", get_current_context()["dag_run"].partition_key)

    @task(task_id="remind")
    def remind() -> dict[str, int]:
        """Of today alone: what was silent in the past is over."""
        if get_current_context()["dag_run"].run_type == "backfill":
            return {}
        return call("remind_silent")

    count_day() >> remind()

with dag(
    "statistics_month",
    _MONTH_DOC,
    CronPartitionTimetable("30 3 1 * *", timezone=CHINA, run_offset=-1, key_format=_MONTH),
    tags=["统计"],
    allowed_run_types=READ_AGAIN,
) as statistics_month:

    @task(task_id="count")
    def count_month() -> dict[str, Any]:
        return call("count_month", get_current_context()["dag_run"].partition_key)

    count_month()
