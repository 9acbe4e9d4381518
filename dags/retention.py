"""`retention`: once a night, what need be kept no longer is removed."""

from __future__ import annotations

from typing import Any

from airflow.sdk import CronPartitionTimetable, task

from dags.factory import CHINA, DAY, dag
from dags.jobs import call

DOC = """## 到期清除

每天夜里清除已过保存期限的个人信息；业务编号、合同编码、状态和回执保留，清除报告可在“保存期限”页面或用
`yizhan retention report` 查看。中断后再次运行会接着清除；被保全的记录不清除。
"""

with dag(
    "retention", DOC, CronPartitionTimetable("35 2 * * *", timezone=CHINA, key_format=DAY), tags=["保存期限"]
) as purge:

    @task
    def remove() -> dict[str, Any]:
        return call("purge")

    remove()
