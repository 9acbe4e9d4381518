"""Of days that lie close together the last is no departure, and the first no return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from adapters.drafting.evidence import takes, text_of
from adapters.drafting.sources import Source, is_blank
from adapters.mapping.cleaners import CLEANERS

FIRST, LAST = "first", "last"
NOT_AT = {
    "depart_on": LAST,
    "exit_date": LAST,
    "arrival.date": LAST,
    "return_on": FIRST,
    "entry_date": FIRST,
    "departure.date": FIRST,
}
"""Where among the days of a record a target cannot be."""
_LONGEST_TRIP = 90


def trip_ends(sources: Sequence[Source]) -> Mapping[str, str]:
    """Which fields of the record itself hold the first and the last of its days, where there are several."""
    days = {source.path: found for source in sources if not source.lists and (found := _days(source))}
    if len(days) < 2:
        return {}
    near = {
        path: each
        for path, each in days.items()
        if any(_is_near(each, other) for q, other in days.items() if q != path)
    }
    if len(near) < 2:
        return {}
    first, last = min(near.values()), max(near.values())
    if first == last:
        return {}
    ends = {path: FIRST for path, each in near.items() if each == first}
    return ends | {path: LAST for path, each in near.items() if each == last}


def _is_near(one: tuple[date, ...], other: tuple[date, ...]) -> bool:
    return abs((one[0] - other[0]).days) <= _LONGEST_TRIP


def _days(source: Source) -> tuple[date, ...]:
    """The days of the first record, where every value is one."""
    said = [value for value in source.values if not is_blank(value)][:1]
    if not said or not all(len(text_of(value)) >= 8 and takes("cn_date", value) for value in said):
        return ()
    return tuple(
        date.fromisoformat(CLEANERS["cn_date"](value if not isinstance(value, str) else text_of(value)))
        for value in said
    )
