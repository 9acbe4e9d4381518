"""Reminders of agencies that report no more: an alert each, which closes when the agency reports again."""

from __future__ import annotations

from datetime import date, timedelta

from gateway.access.accounts import TERMINAL, Accounts
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.statistics.figures import Span
from gateway.statistics.rates import BASES, AgencyRates, ReportingRates
from gateway.store.database import Database
from schemas.findings import Text

_LOOKED_AT = timedelta(days=90)
_OF_NO_CONNECTOR = "-"


class Reminders:
    """Looks at all agencies that have an account."""

    def __init__(self, database: Database, rates: ReportingRates, accounts: Accounts) -> None:
        self._database = database
        self._rates = rates
        self._accounts = accounts

    async def remind(self, today: date) -> dict[str, int]:
        """Raise an alert for whoever has fallen silent, settle those of whoever has not; how many of each."""
        last = today - timedelta(days=1)
        rates = await self._rates.of(TERMINAL.scope, Span(first=today - _LOOKED_AT, last=last))
        counts = {"silent": 0, "reporting": 0}
        for each in rates.agencies:
            alert = Alert(await self._accounts.tenant(each.agency.id), _OF_NO_CONNECTOR, AlertCode.SILENT)
            if each.is_silent:
                await alerts.raise_alert(self._database, alert, _said(each))
            else:
                await alerts.settle(self._database, alert)
            counts["silent" if each.is_silent else "reporting"] += 1
        return counts


def _said(each: AgencyRates) -> Text:
    """What is told: since when, and by which basis how many groups are expected."""
    since = Text("从未有团队出发", "no group has ever left")
    if each.last_day is not None:
        since = Text(f"最近一个团队于 {each.last_day} 出发", f"the last group left on {each.last_day}")
    expected = [(BASES[basis], rate.expected) for basis, rate in each.rates.items() if rate.expected]
    zh = "；".join(f"{words.zh}：{count}" for words, count in expected) or "此前一年内有团队"
    en = "; ".join(f"{words.en}: {count}" for words, count in expected) or "there were groups within the last year"
    return Text(f"{each.agency.title}：{since.zh}。应报依据：{zh}", f"{each.agency.title}: {since.en}. Expected: {en}")
