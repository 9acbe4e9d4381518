"""The queues as gauges for Prometheus, read when they are asked for: what the page shows, and no personal data."""

from __future__ import annotations

from prometheus_client import Gauge

from gateway.base.clock import Clock, day_in_china
from gateway.operations.operations import Overview

_DEPTH = Gauge("yizhan_queue_depth", "How many wait in a queue", ["queue"])
_OLDEST = Gauge("yizhan_queue_oldest_seconds", "For how long the first of a queue has waited", ["queue"])
_TARGETS = Gauge("yizhan_targets_held_up", "Targets of deliveries that are paused, or whose last attempt failed")
_STREAM = Gauge("yizhan_stream_age_seconds", "Since the streams of a connector were last read on", ["connector"])
_CALENDAR = Gauge("yizhan_calendar_days_left", "Days ahead of which is known whether they are worked")
_UP = Gauge("yizhan_database_up", "Whether the database answered when it was last asked")


def note(overview: Overview) -> None:
    """Set them all."""
    now = Clock.now()
    for each in overview.queues:
        _DEPTH.labels(each.queue.value).set(each.depth)
        _OLDEST.labels(each.queue.value).set(each.oldest_seconds(now))
    _TARGETS.set(len(overview.targets))
    _STREAM.clear()
    for stream in overview.streams:
        _STREAM.labels(stream.connector).set(max((now - stream.moved_at).total_seconds(), 0))
    until = overview.calendar_until
    _CALENDAR.set(0 if until is None else (until - day_in_china(now)).days)
    _UP.set(1)


def note_away() -> None:
    """The database does not answer: what was known of it is known no longer."""
    for gauge in (_DEPTH, _OLDEST, _STREAM):
        gauge.clear()
    _UP.set(0)
