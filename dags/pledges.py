"""`pledge_deadlines`: once a day, reminders about outbound pledges that wait for the authority's verdict."""

from __future__ import annotations

from airflow.sdk import CronPartitionTimetable, get_current_context, task

from dags.factory import CHINA, DAY, dag
from dags.jobs import call

DOC = """## 承诺核实期限

每天早上检查待核实的出境承诺：临近期限或已超期的，向主管部门催办，同一催办只发一次；错过的日子次日补上。
"""

with dag(
    "pledge_deadlines", DOC, CronPartitionTimetable("5 8 * * *", timezone=CHINA, key_format=DAY), tags=["承诺"]
) as pledge_deadlines:

    @task
    def remind() -> dict[str, int]:
        return call("remind_pledges", get_current_context()["dag_run"].partition_key)

    remind()
