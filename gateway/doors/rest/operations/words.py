"""Operations."""

from __future__ import annotations

from gateway.doors.openapi_blocks import OBJECT, OK, READING, Route, json_of, route
from schemas.findings import Text


def overview() -> Route:
    return route(
        Text("查看运行状况", "How the exchange is doing"),
        Text(
            "供技术支持人员使用。各队列的数量与最早等待时间、投递受阻的目标、各对接配置最近一次读取、"
            "工作日历的截止日期，以及最近 24 小时每五分钟一次的采样。",
            "For whoever operates. Every queue with its depth and since when its first waits, "
            "targets that are held up, when the streams of connectors were last read on, how far the "
            "calendar reaches; and the last 24 hours, sampled every five minutes.",
        ),
        READING,
        {"200": json_of(OK, OBJECT)},
    )
