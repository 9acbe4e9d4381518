"""How far a portal has been read: no order of pages, slices and crashes leaves a gap before the mark."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.transports.portal import Page, Window
from gateway.portals.progress import Progress, ahead, slices

NOW = "2026-11-20T12:00:00"
DAY = timedelta(days=1)


def page(newest: str | None, next_: str | None = None) -> Page:
    return Page(b"", "", "", newest, next_)


def test_the_first_pull_reads_everything_and_the_next_begins_before_what_was_seen() -> None:
    (window,) = ahead(Progress(), NOW, DAY, 7 * DAY)
    assert window == Window()
    read = Progress().after(window, page("2026-11-19T08:00:00"), NOW)
    assert read.floor == "2026-11-19T08:00:00"
    assert ahead(read, NOW, DAY, 7 * DAY) == [Window("2026-11-18T08:00:00")]


def test_the_mark_is_never_later_than_our_own_clock() -> None:
    assert Progress().after(Window(), page("2099-01-01T00:00:00"), NOW).floor == NOW


def test_an_empty_slice_that_is_open_does_not_move_the_mark() -> None:
    read = Progress("2026-11-19T08:00:00")
    assert read.after(Window("2026-11-18T08:00:00"), page(None), NOW) == read


def test_a_slice_is_gone_on_with_at_its_token_and_its_end_counts_all_its_pages() -> None:
    window = Window()
    half = Progress().after(window, page("2026-11-01T00:00:00", "t2"), NOW)
    assert (half.floor, half.resume(window)) == ("", "t2")
    assert half.after(window, page("2026-10-01T00:00:00", "t1"), NOW).resume(window) == "t1", "begun anew"
    assert half.after(window, page("2026-10-01T00:00:00"), NOW).floor == "2026-11-01T00:00:00"


def test_after_a_long_pause_closed_slices_come_first() -> None:
    windows = ahead(Progress("2026-11-02T12:00:00"), NOW, DAY, 7 * DAY)
    assert windows == [
        Window("2026-11-01T12:00:00", "2026-11-08T12:00:00"),
        Window("2026-11-08T12:00:00", "2026-11-15T12:00:00"),
        Window("2026-11-15T12:00:00"),
    ]


@pytest.mark.parametrize(("look_back", "lag"), [(timedelta(hours=1), DAY), (DAY, DAY), (2 * DAY, 2 * DAY)])
@pytest.mark.parametrize("longest", [timedelta(hours=6), DAY, 7 * DAY])
def test_after_a_quiet_time_the_mark_stays_well_before_our_clock(
    look_back: timedelta, lag: timedelta, longest: timedelta
) -> None:
    progress, now = Progress("2026-11-02T12:00:00"), datetime.fromisoformat(NOW)
    for hours in range(0, 48, 5):
        clock = (now + timedelta(hours=hours)).isoformat()
        windows = ahead(progress, clock, look_back, longest)
        assert windows[-1].until is None
        assert all(one.until == next_.since for one, next_ in itertools.pairwise(windows))
        for window in windows:
            progress = progress.after(window, page(None), clock)
        assert datetime.fromisoformat(progress.floor) <= datetime.fromisoformat(clock) - lag


def test_slices_cover_a_span_without_gap_or_overlap() -> None:
    found = slices("2026-10-01T00:00:00", "2026-11-01T00:00:00", 7 * DAY)
    assert (found[0].since, found[-1].until) == ("2026-10-01T00:00:00", "2026-11-01T00:00:00")
    assert all(one.until == other.since for one, other in itertools.pairwise(found))


@given(st.permutations(range(5)))
def test_slices_may_be_finished_in_any_order(order: list[int]) -> None:
    windows = ahead(Progress("2026-10-20T00:00:00"), NOW, DAY, 7 * DAY)
    assert len(windows) == 5
    progress, finished = Progress("2026-10-20T00:00:00"), set[int]()
    for nth in order:
        progress = Progress.from_json(progress.after(windows[nth], page(None), NOW).as_json())
        finished.add(nth)
        unbroken = next((n for n in range(5) if n not in finished), 5)
        expected: Any = "2026-10-20T00:00:00" if unbroken == 0 else windows[min(unbroken, 4)].since
        assert progress.floor == expected
