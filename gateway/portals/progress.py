"""How far a portal has been read, in the portal's own change times. Pure values.

The mark is data-driven: it is the latest change time the portal itself has stamped on a record we hold, so a portal
whose clock is slow loses nothing, and never later than our own clock, so one whose clock was fast loses nothing once it
is set right. After a long time the past is read in closed slices, and the mark follows their ends even where they hold
nothing; they end the look-back, and at least a day, before our clock, so that a portal whose clock is slow by less
loses nothing then either. Every pull begins some time before the mark (the look-back), because portals show changes
late; what comes again is recognised. Slices may be finished in any order; the mark stands where no gap is left before
it.

Times are `2026-11-02T09:30:00`, China Standard Time, and compare as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from adapters.transports.portal import Page, Window

_LEAST_LAG = timedelta(days=1)
BEGINNING = ""
"""Before every time."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A slice that is being read: the token of its next page and the latest change time seen so far."""

    token: str
    newest: str


@dataclass(frozen=True, slots=True)
class Progress:
    """`floor` is the mark. `done` are finished slices beyond it, from start to end; `opened` are unfinished ones."""

    floor: str = BEGINNING
    done: Mapping[str, str] = field(default_factory=dict[str, str])
    opened: Mapping[str, Opened] = field(default_factory=dict[str, Opened])

    def resume(self, window: Window) -> str | None:
        """The token to go on with inside a slice, None to begin it."""
        found = self.opened.get(_name(window))
        return None if found is None else found.token

    def after(self, window: Window, page: Page, now: str) -> Progress:
        """The progress once `page` of a slice is durable here at `now`."""
        name, opened = _name(window), dict(self.opened)
        seen = opened.pop(name, None)
        newest = max(page.newest or BEGINNING, seen.newest if seen else BEGINNING)
        if page.next is not None:
            return replace(self, opened={**opened, name: Opened(page.next, newest)})
        start = window.since or BEGINNING
        end = window.until or max(min(newest, now), start)
        return replace(self, opened=opened)._closed({**self.done, start: max(end, self.done.get(start, BEGINNING))})

    def _closed(self, done: Mapping[str, str]) -> Progress:
        floor = self.floor
        for start, end in sorted(done.items()):
            if start <= floor:
                floor = max(floor, end)
        return replace(self, floor=floor, done={start: end for start, end in done.items() if start > floor})

    def as_json(self) -> dict[str, Any]:
        opened = {name: [one.token, one.newest] for name, one in self.opened.items()}
        return {"floor": self.floor, "done": dict(self.done), "opened": opened}

    @classmethod
    def from_json(cls, value: Any) -> Progress:
        """The progress of a stored value; None is the beginning."""
        if value is None:
            return cls()
        return cls(value["floor"], value["done"], {name: Opened(*one) for name, one in value["opened"].items()})


def slices(since: str, until: str, longest: timedelta) -> list[Window]:
    """Closed windows of at most `longest` that cover a span; the last one may be shorter."""
    found: list[Window] = []
    at = since
    while at < until:
        end = min(_later(at, longest), until)
        found.append(Window(at, end))
        at = end
    return found


def ahead(progress: Progress, now: str, look_back: timedelta, longest: timedelta) -> list[Window]:
    """What a pull at `now` has to read: closed slices while there is much, then one that is open to the future.

    The closed ones end the look-back, and at least a day, before `now`.
    """
    if progress.floor == BEGINNING:
        return [Window()]
    start = _later(progress.floor, -look_back)
    latest = _later(now, -max(look_back, _LEAST_LAG))
    closed = [window for window in slices(start, now, longest) if (window.until or now) <= latest]
    return [*closed, Window(closed[-1].until if closed else start)]


def _later(moment: str, by: timedelta) -> str:
    return (datetime.fromisoformat(moment) + by).isoformat(timespec="seconds")


def _name(window: Window) -> str:
    return f"{window.since or ''}/{window.until or ''}"
