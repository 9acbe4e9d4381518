"""What the pages of agencies show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from gateway.console.shell.record_words import address, division_words, shown_state, state_cell, states, tone_of
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from gateway.ledger.rows import ListedRecord
from gateway.ledger.wanted import Order
from gateway.trust.codes import grouped
from gateway.wording.dates import short_moment
from gateway.wording.readable import NOTHING, shown_subkind
from schemas.codelists import codelist
from schemas.findings import Text

BASE = "/agencies"
TABLE = Table(
    path=BASE,
    order=Order.NEWEST,
    columns=(
        Column(name="name", title=Text("旅行社", "Agency")),
        Column(name="key", title=Text("统一社会信用代码", "Credit code")),
        Column(name="type", title=Text("经营范围", "Scope of business")),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="changed", title=Text("最近变更", "Last change"), orders=(Order.OLDEST, Order.NEWEST)),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(
        Filter(name="number", title=Text("统一社会信用代码", "Credit code")),
        Filter(name="agency", title=Text("旅行社名称", "Name")),
        Filter(name="state", title=Text("状态", "State"), entry=Entry.CHOICE, choices=states("agency")),
        Filter(
            name="subkind",
            title=Text("经营范围", "Scope of business"),
            entry=Entry.CHOICE,
            choices=dict(codelist("agency_types")),
        ),
    ),
)


def lines(rows: Iterable[ListedRecord], now: datetime, language: str) -> list[Row]:
    """The lines of the list."""
    return [_line(row, language) for row in rows]


def _line(row: ListedRecord, language: str) -> Row:
    return Row(
        name=row.agency_name,
        cells={
            "name": Cell(text=row.agency_name or row.key, href=f"{BASE}/{row.key}"),
            "key": Cell(text=row.key, is_code=True),
            "type": Cell(text=shown_subkind("agency", row.subkind, language)),
            "division": Cell(text=division_words(row.division)),
            "changed": Cell(text=short_moment(row.stored_at, language)),
            "state": state_cell("agency", row.state, language),
        },
    )


def shown_reports(kind: str, base: str, rows: Sequence[ListedRecord], language: str) -> list[dict[str, Any]]:
    """The last that an agency has reported of a kind."""
    return [
        {
            "href": f"{base}/{row.code}" if row.code else address(base, row),
            "name": grouped(row.code) if row.code else row.key,
            "departs": row.depart_on.isoformat() if row.depart_on else NOTHING,
            "people": row.headcount,
            "state": shown_state(kind, row.state, language),
            "tone": tone_of(row.state),
        }
        for row in rows
    ]
