"""What an agency says itself of a year, beside what was counted: its expectation, its figures, its money."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import orjson

from gateway import audit
from gateway.access.accounts import Actor, must_may, must_speak_for
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.statistics import statements as sql
from gateway.statistics.rows import ReportRow
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas.findings import Text

EXPECTED = "expected_groups"
COUNTS: Mapping[str, Text] = {
    EXPECTED: Text("预计团队数", "Groups expected"),
    "inbound_organised": Text("入境外联人次", "Inbound organised, persons"),
    "inbound_organised_days": Text("入境外联人天", "Inbound organised, person-days"),
    "inbound_received": Text("入境接待人次", "Inbound received, persons"),
    "inbound_received_days": Text("入境接待人天", "Inbound received, person-days"),
    "domestic_organised": Text("国内组织人次", "Domestic organised, persons"),
    "domestic_organised_days": Text("国内组织人天", "Domestic organised, person-days"),
    "domestic_received": Text("国内接待人次", "Domestic received, persons"),
    "domestic_received_days": Text("国内接待人天", "Domestic received, person-days"),
    "outbound_organised": Text("出境组织人次", "Outbound organised, persons"),
    "outbound_organised_days": Text("出境组织人天", "Outbound organised, person-days"),
}
MONEY: Mapping[str, Text] = {
    "revenue": Text("营业收入（元）", "Revenue (yuan)"),
    "gross_profit": Text("营业毛利（元）", "Gross profit (yuan)"),
    "tax_paid": Text("实缴税金（元）", "Tax paid (yuan)"),
}
TITLES: Mapping[str, Text] = {**COUNTS, **MONEY, "gross_margin": Text("毛利率", "Gross margin")}
YEARS = (2000, 2100)
_IN_THREES = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_COUNT, _AMOUNT = re.compile(r"\d{1,12}", re.ASCII), re.compile(r"-?\d{1,15}(\.\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What an agency reports of a figure, and what was counted; None where it says nothing, or nobody counts."""

    name: str
    reported: Decimal | None
    counted: Decimal | None

    @property
    def difference(self) -> Decimal | None:
        """How much more was counted than is reported."""
        return None if self.reported is None or self.counted is None else self.counted - self.reported


class YearlyReports:
    """Takes agencies' reports, and shows them to whoever sees the agency."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hand_in(self, actor: Actor, agency: int, year: int, figures: Mapping[str, object]) -> None:
        """Store what is said of a year in the place of what was said before. Raises Refused (AUTH-005, REQUEST-001)."""
        must_may(actor, Power.REPORT)
        owner = must_speak_for(actor, agency)
        values = checked(figures)
        if not YEARS[0] <= year <= YEARS[1]:
            raise Refused(problems.BAD_REQUEST, Text("年份不在范围内", "That year is out of range"))
        if not owner.uscc:
            raise Refused(problems.FORBIDDEN, Text("只有旅行社填报年度报表", "Only an agency reports on its year"))
        async with self._database.writing() as connection:
            row = {
                "tenant_id": owner.id,
                "year": year,
                "division": owner.division,
                "figures": orjson.dumps(values).decode(),
                "by": actor.name,
                "at": Clock.now(),
            }
            await connection.execute(sql.HAND_IN, row)
            what = "statistics.report", f"{owner.uscc}/{year}"
            await audit.record(connection, actor, *what, division=owner.division, fields=sorted(values))

    async def of_year(self, scope: Scope, year: int) -> Sequence[ReportRow]:
        """All in sight of a year."""
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.REPORTS, {"year": year}, ReportRow)

    async def of(self, scope: Scope, agency: int, year: int) -> ReportRow | None:
        """That of an agency."""
        return next((each for each in await self.of_year(scope, year) if each.tenant_id == agency), None)


def checked(figures: Mapping[str, object]) -> dict[str, str]:
    """The figures that are told, as they are kept. Raises Refused (REQUEST-001)."""
    found: dict[str, str] = {}
    for name, value in figures.items():
        shape = _COUNT if name in COUNTS else _AMOUNT if name in MONEY else None
        text = "" if value is None else str(value).strip()
        text = text.replace(",", "") if _IN_THREES.fullmatch(text) else text
        if shape is None or isinstance(value, bool) or (text and not shape.fullmatch(text)):
            title = TITLES.get(name, Text("该项", "this"))
            raise Refused(
                problems.BAD_REQUEST,
                Text(
                    f"“{title.zh}”应填数字：人次、人天和团队数为整数，金额最多两位小数",
                    f"{title.en}: give a number; whole for groups and persons, two decimals at most for amounts",
                ),
                parameter=name[:64],
            )
        if text:
            found[name] = text
    return found


def beside(report: ReportRow | None, counted: Mapping[str, int]) -> list[Beside]:
    """Every figure that an agency may report, beside what was counted of it."""
    return [
        Beside(
            name=name,
            reported=None if report is None else report.value(name),
            counted=Decimal(counted[name]) if name in counted else None,
        )
        for name in (*COUNTS, *MONEY)
    ]
