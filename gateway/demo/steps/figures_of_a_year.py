"""A year of groups, and what officials read of it a moment later: by month, by agency, by destination."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import httpx
import orjson

from gateway.base.errors import UserError
from gateway.demo.stage import Shown, Stage, good, records_of, shown
from schemas import samples

YEAR = 2026
_GROUPS = 72
_COUNTRIES = ("TH", "JP", "FR", "MY", "VN")
_WAIT_SECONDS, _EVERY_SECONDS = 60.0, 0.2
_NDJSON = {"Content-Type": "application/x-ndjson"}


def play(stage: Stage) -> Shown:
    """The vendor of two agencies hands a year in; both see it counted."""
    bodies = [_roster(index) for index in range(_GROUPS)]
    lines = b"\n".join(map(orjson.dumps, bodies))
    with stage.client("yunfan") as client:
        answer = client.post("/v1/rosters", content=lines, headers=_NDJSON).json()
        months = _counted(client)
        days = {"since": f"{YEAR}-01-01", "until": f"{YEAR}-12-31"}
        forms = good(client.get("/v1/statistics/trade", params=days))["forms"]
        rates = good(client.get("/v1/statistics/rates", params=days))["agencies"]
    outbound = forms["outbound"]
    told = {
        "months": [[row["month"], row["groups"], row["traveller_days"]] for row in months],
        "outbound": outbound["total"],
        "countries": {line["place"]: line["organised"] for line in outbound["lines"]},
        "agencies": {each["uscc"]: each["reported"] for each in rates if each["reported"]},
    }
    total = outbound["total"]
    return shown(
        f"{YEAR} 年 {_GROUPS} 个团队的名单表",
        records_of("yunfan", "rosters.ndjson", answer),
        facts=told,
        lines=(
            f"出境 {total['groups']} 团 {total['organised']} 人次 {total['organised_days']} 人天 counted by month, "
            f"country and agency",
        ),
        links={"统计 figures": f"{stage.url}/statistics?since={YEAR}-01-01&until={YEAR}-12-31"},
    )


def _counted(client: httpx.Client) -> list[dict[str, Any]]:
    """The months, once the worker has counted all groups. Raises UserError."""
    days = {"since": f"{YEAR}-01-01", "until": f"{YEAR}-12-31", "by": "month"}
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        rows = good(client.get("/v1/statistics/figures", params=days))["rows"]
        if sum(row["groups"] for row in rows) >= _GROUPS:
            return rows
        time.sleep(_EVERY_SECONDS)
    raise UserError("名单表没有被统计 / the rosters were not counted")


def _roster(index: int) -> dict[str, Any]:
    """A group of the year: most in summer, one country or two."""
    first = date(YEAR, 1 + (index * index) % 12, 1 + index % 27)
    last = first + timedelta(days=3 + index % 5)
    body = samples.roster(700_000 + index, travellers=2 + index % 4)
    body |= {
        "group_no": f"YF-{YEAR}-{index:04d}",
        "roster_year": YEAR,
        "destination_countries": [_COUNTRIES[index % 5], *(["SG"] if index % 6 == 0 else [])],
        "exit_date": first.isoformat(),
        "entry_date": last.isoformat(),
        "days": (last - first).days + 1,
    }
    for each in (*body["travellers"], body["leader"]):
        each["document"] |= {"expires_on": f"{YEAR + 4}-03-01"}
    return body
