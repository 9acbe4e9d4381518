"""The figures of a year, computed by pandas from the trips themselves: it shares no code with what it checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from tests.year import Agency, Trip

Frame = Any
"""A table of pandas, of whose methods the type checker knows too many shapes."""
MEASURES = ["records", "groups", "travellers", "traveller_days", "corrections", "voids", "returned"]


def frame_of(trips: Iterable[Trip], within: Iterable[Agency]) -> Frame:
    """A line a trip, with the agency's division."""
    frame = pd.DataFrame([asdict(trip) for trip in trips])
    return measured(frame, within)


def measured(frame: Frame, within: Iterable[Agency]) -> Frame:
    """The measures of each trip."""
    places = {agency.number: agency.division for agency in within}
    first, last = pd.to_datetime(frame["first"]), pd.to_datetime(frame["last"])
    reported = (
        pd.to_datetime(frame["reported"], utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None).dt.normalize()
    )
    frame["division"] = frame["agency"].map(places)
    frame["month"] = first.dt.strftime("%Y-%m")
    frame["day"] = first.dt.strftime("%Y-%m-%d")
    frame["timeliness"] = np.select([reported <= first, reported <= last], ["in_time", "late"], "after")
    is_counted = ~frame["state"].isin(["void", "returned"])
    frame["records"] = 1
    frame["groups"] = is_counted.astype(int)
    people = frame["travellers"].where(is_counted, 0)
    frame["travellers"] = people
    frame["traveller_days"] = people * ((last - first).dt.days + 1)
    frame["voids"] = (frame["state"] == "void").astype(int)
    frame["returned"] = (frame["state"] == "returned").astype(int)
    return frame


def part(frame: Frame, name: str, within: Iterable[Agency]) -> Frame:
    """The lines of a part: each trip once, once a place that it visits, or once an agency that receives it."""
    if name == "organised":
        return frame.assign(destination="")
    if name == "visited":
        return (
            frame.explode("destinations").dropna(subset="destinations").rename(columns={"destinations": "destination"})
        )
    here = frame[(frame["kind"] == "roster") & frame["subkind"].isin(["domestic", "inbound"])]
    named = here["receivers"].map(len) > 0
    by_licence = {agency.licence: agency for agency in within}
    others = here[named].explode("receivers")
    theirs = others["receivers"].map(by_licence.get)
    others = others.assign(
        agency=theirs.map(lambda each: each.number if each else -1),
        division=theirs.map(lambda each: each.division if each else ""),
    )
    return pd.concat([here[~named], others]).assign(destination="")


def sums(frame: Frame, by: list[str]) -> dict[tuple[object, ...], dict[str, int]]:
    """The measures by some columns."""
    if not by:
        return {(): {name: int(frame[name].sum()) for name in MEASURES}}
    found = frame.groupby(by)[MEASURES].sum()
    return {
        (key if isinstance(key, tuple) else (key,)): {name: int(value) for name, value in row.items()}
        for key, row in zip(found.index, found.to_dict("records"), strict=True)
    }


def trade(frame: Frame, within: Iterable[Agency]) -> dict[str, dict[str, dict[str, int]]]:
    """The trade's forms by place, the total under `""` of `total`, from the rosters alone."""
    rosters = frame[frame["kind"] == "roster"]
    found: dict[str, dict[str, dict[str, int]]] = {}
    for form, subkinds in {
        "domestic": ["domestic"],
        "inbound": ["inbound"],
        "outbound": ["outbound", "hk_macau", "taiwan", "border"],
    }.items():
        mine = rosters[rosters["subkind"].isin(subkinds)]
        place, counted = ("destination", "visited") if form == "outbound" else ("origin", "organised")
        organised = part(mine, counted, within).groupby(place)[["groups", "travellers", "traveller_days"]].sum()
        received = part(mine, "received", within).groupby("origin")[["travellers", "traveller_days"]].sum()
        lines = {
            str(name): {
                **_numbers(
                    organised, name, {"groups": "groups", "travellers": "organised", "traveller_days": "organised_days"}
                ),
                **_numbers(received, name, {"travellers": "received", "traveller_days": "received_days"}),
            }
            for name in sorted({*organised.index, *(received.index if form != "outbound" else ())})
        }
        found[form] = {name: line for name, line in lines.items() if any(line.values())}
    return found


def _numbers(sums: Frame, name: object, titles: dict[str, str]) -> dict[str, int]:
    return {title: int(sums.loc[name, column]) if name in sums.index else 0 for column, title in titles.items()}


def alone(frame: Frame, agency: int) -> tuple[int, int]:
    """Of an agency the groups under contract without a roster, and the rosters without a contract."""
    own = frame[(frame["agency"] == agency) & (frame["groups"] == 1)]
    contracts, rosters = (set(own[own["kind"] == kind]["group_no"]) for kind in ("contract", "roster"))
    return len(contracts - rosters), len(rosters - contracts)
