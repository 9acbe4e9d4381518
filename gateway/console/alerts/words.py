"""What the page of alerts shows: words and times in one language, ready for the templates. Pure."""

from __future__ import annotations

from gateway.access.powers import Power
from gateway.alerts.alerts import TITLES
from gateway.alerts.rows import AlertCode, AlertRow
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from gateway.persons.person import Person
from gateway.wording.dates import short_moment
from gateway.wording.languages import word
from schemas.findings import Text

BASE = "/alerts"
_CODES = {code.value: TITLES[code] for code in AlertCode}
TABLE = Table(
    path=BASE,
    columns=(
        Column(name="what", title=Text("告警", "Alert")),
        Column(name="detail", title=Text("说明", "Details"), is_in_files_only=True),
        Column(name="subject", title=Text("对象", "About")),
        Column(name="connector", title=Text("对接配置", "Connector")),
        Column(name="times", title=Text("次数", "Times"), is_number=True),
        Column(name="first", title=Text("首次发现", "First found")),
        Column(name="last", title=Text("最近一次", "Last found")),
        Column(name="code", title=Text("代码", "Code"), is_in_files_only=True),
    ),
    filters=(
        Filter(name="code", title=Text("告警", "Alert"), entry=Entry.CHOICE, choices=_CODES),
        Filter(name="connector", title=Text("对接配置", "Connector")),
    ),
)


def line_of(row: AlertRow, person: Person, language: str) -> Row:
    """One open alert; it may be chosen by who may close some."""
    detail = word(row.text, language)
    cells = {
        "what": Cell(text=word(TITLES[row.code], language), small=detail),
        "detail": Cell(text=detail),
        "subject": Cell(text=row.subject),
        "connector": Cell(text=row.connector, is_code=True),
        "times": Cell(text=f"{row.times:,}"),
        "first": Cell(text=short_moment(row.first_at, language)),
        "last": Cell(text=short_moment(row.last_at, language)),
        "code": Cell(text=row.code.value),
    }
    choice = str(row.id) if person.may(Power.OPERATE) else ""
    return Row(name=f"{cells['what'].text} {row.subject}".strip(), cells=cells, choice=choice)
