"""`deliver`: what is due to portals and webhooks, for installations without a relay process of their own."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable, task

from dags.factory import CHINA, dag
from dags.jobs import call
from dags.sources import sources

DOC = """## 送达

每两分钟把到期的变更与通知送往门户和对接方。与 `yizhan relay` 常驻进程可以并存：同一条消息只由其中之一发送，
每条消息带有固定编号，接收方可据此去重。送不到的按间隔重试，间隔与次数见 `YIZHAN_RELAY__RETRY_SECONDS`。
"""

with dag("deliver", DOC, CronTriggerTimetable("*/2 * * * *", timezone=CHINA), tags=["送达"]) as deliver:

    @task(execution_timeout=timedelta(minutes=30))
    def send_what_is_due() -> None:
        call("deliver", of=sources())

    send_what_is_due()
