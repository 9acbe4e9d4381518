"""What the page of operations shows, in one language, ready for its template. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from gateway.base.clock import CHINA, day_in_china
from gateway.console.shell.record_words import channel_words, waited
from gateway.operations.operations import SHOWN, History, Overview
from gateway.operations.queues import PAGES, TITLES, Standing
from gateway.operations.rows import HeldUpTarget, Queue, TrafficHour
from gateway.relay.states import TargetState
from gateway.wording.dates import day, short_moment
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING
from schemas.findings import Text

CALENDAR_SOON = timedelta(days=90)
"""The State Council announces a year's holidays in the autumn before: by then somebody should have entered them."""
_ACCEPTED, _REJECTED = Text("接收", "Accepted"), Text("拒收", "Rejected")
_FORMATS = {
    "portal": Text("门户", "Portal"),
    "standard": Text("回调", "Webhook"),
    "compat12301": Text("回调", "Call-back"),
}
_HOUR = timedelta(hours=1)


def shown_overview(overview: Overview, language: str) -> dict[str, Any]:
    """The state of now."""
    now = overview.at
    until = overview.calendar_until
    return {
        "at": short_moment(now, language),
        "queues": [_queue(each, now, language) for each in overview.queues],
        "late": sum(each.is_late(now) for each in overview.queues),
        "targets": [_target(row, now, language) for row in overview.targets],
        "streams": [
            {"connector": row.connector, "streams": row.streams, "ago": waited(row.moved_at, now, language)}
            for row in overview.streams
        ],
        "calendar_until": NOTHING if until is None else day(until, language),
        "is_calendar_short": _is_short(until, day_in_china(now)),
    }


def shown_history(history: History, now: datetime, language: str) -> dict[str, Any]:
    """The last hours as two figures, and as the table that says the same."""
    hours = [_hour(now - SHOWN + _HOUR * step) for step in range(1, SHOWN // _HOUR + 1)]
    labels = [f"{hour.astimezone(CHINA):%H:00}" for hour in hours]
    deepest, traffic = _deepest(history), _traffic(history.traffic)
    used = [queue for queue in Queue if any(deepest[hour].get(queue, 0) for hour in hours)]
    accepted = [traffic[hour][0] for hour in hours]
    rejected = [traffic[hour][1] for hour in hours]
    return {
        "traffic": {
            "labels": labels,
            "series": [
                {"name": word(_ACCEPTED, language), "tone": "good", "values": accepted},
                {"name": word(_REJECTED, language), "tone": "bad", "values": rejected},
            ],
        },
        "depths": {
            "labels": labels,
            "are_lines": True,
            "series": [
                {"name": word(TITLES[queue], language), "values": [deepest[hour].get(queue, 0) for hour in hours]}
                for queue in used
            ],
        },
        "channels": _channels(history.traffic, language),
        "used": [word(TITLES[queue], language) for queue in used],
        "hours": [
            {
                "at": short_moment(hour, language),
                "accepted": f"{traffic[hour][0]:,}",
                "rejected": f"{traffic[hour][1]:,}",
                "depths": [f"{deepest[hour].get(queue, 0):,}" for queue in used],
            }
            for hour in reversed(hours)
        ],
        "is_empty": not any(accepted) and not any(rejected),
    }


def _queue(each: Standing, now: datetime, language: str) -> dict[str, Any]:
    return {
        "name": each.queue.value,
        "title": word(TITLES[each.queue], language),
        "href": PAGES.get(each.queue, ""),
        "depth": f"{each.depth:,}",
        "oldest": waited(each.since, now, language) if each.since is not None and each.depth else "",
        "is_late": each.is_late(now),
    }


def _target(row: HeldUpTarget, now: datetime, language: str) -> dict[str, Any]:
    is_paused = row.state is TargetState.PAUSED
    is_open = row.open_until is not None and row.open_until > now
    return {
        "partner": row.partner,
        "where": row.connector or row.host or NOTHING,
        "format": word(_FORMATS.get(row.format, Text(row.format, row.format)), language),
        "is_paused": is_paused,
        "until": short_moment(row.open_until, language) if row.open_until is not None and is_open else "",
        "failures": f"{row.failures:,}",
        "waiting": f"{row.waiting:,}",
        "dead": f"{row.dead:,}",
    }


def _is_short(until: date | None, today: date) -> bool:
    return until is None or until - today < CALENDAR_SOON


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _deepest(history: History) -> dict[datetime, dict[Queue, int]]:
    """How deep every queue was at most, by hour."""
    found: dict[datetime, dict[Queue, int]] = defaultdict(dict)
    for each in history.depths:
        hour = found[_hour(each.at)]
        hour[each.queue] = max(hour.get(each.queue, 0), each.depth)
    return found


def _traffic(rows: Sequence[TrafficHour]) -> dict[datetime, tuple[int, int]]:
    """How many records were accepted and rejected, by hour."""
    found: dict[datetime, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in rows:
        accepted, rejected = found[row.at]
        found[row.at] = accepted + row.accepted, rejected + row.rejected
    return found


def _channels(rows: Sequence[TrafficHour], language: str) -> list[dict[str, str]]:
    """What came by which way, most first."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        counts = found[channel_words(row.channel, language)]
        for at, count in enumerate((row.submissions, row.accepted, row.rejected)):
            counts[at] += count
    ordered = sorted(found.items(), key=lambda each: -each[1][1])
    return [
        {"channel": name, "submissions": f"{counts[0]:,}", "accepted": f"{counts[1]:,}", "rejected": f"{counts[2]:,}"}
        for name, counts in ordered
    ]
