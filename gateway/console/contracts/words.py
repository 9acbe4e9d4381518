"""What the pages of contracts show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from gateway.console.shell.record_words import day_cell, division_words, filters, state_cell
from gateway.console.shell.tabular import Cell, Column, Row, Table, View
from gateway.ledger.rows import DocumentRow, ListedRecord
from gateway.ledger.states import ContractState
from gateway.ledger.wanted import Order
from gateway.trust.codes import grouped
from gateway.wording.dates import moment, short_moment
from gateway.wording.readable import NOTHING, shown_subkind
from schemas.findings import Text

BASE = "/contracts"
TABLE = Table(
    path=BASE,
    order=Order.NEWEST,
    columns=(
        Column(name="code", title=Text("合同编码", "Code")),
        Column(name="key", title=Text("业务编号", "Business number")),
        Column(name="type", title=Text("类型", "Type")),
        Column(name="agency", title=Text("旅行社", "Agency")),
        Column(name="uscc", title=Text("统一社会信用代码", "Credit code"), is_in_files_only=True),
        Column(name="departs", title=Text("出发", "Departs"), orders=(Order.SOONEST, Order.LATEST)),
        Column(name="returns", title=Text("返回", "Returns")),
        Column(name="people", title=Text("人数", "People"), is_number=True),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="sent", title=Text("登记", "Registered"), orders=(Order.OLDEST, Order.NEWEST)),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=filters("contract", "contract_types"),
    views=(
        View(title=Text("全部", "All"), criteria={}),
        View(title=Text("已生成", "Generated"), criteria={"state": ContractState.GENERATED}),
        View(title=Text("已签署", "Signed"), criteria={"state": ContractState.SIGNED}),
        View(title=Text("已作废", "Void"), criteria={"state": ContractState.VOID}),
    ),
)


def lines(rows: Iterable[ListedRecord], now: datetime, language: str) -> list[Row]:
    """The lines of the list."""
    return [_line(row, language) for row in rows]


def _line(row: ListedRecord, language: str) -> Row:
    code = row.code or NOTHING
    return Row(
        name=code,
        cells={
            "code": Cell(text=grouped(code) if row.code else code, href=f"{BASE}/{code}", is_code=True),
            "key": Cell(text=row.key, is_code=True),
            "type": Cell(text=shown_subkind("contract", row.subkind, language)),
            "agency": Cell(text=row.agency_name, small=row.agency_uscc),
            "uscc": Cell(text=row.agency_uscc),
            "departs": day_cell(row.depart_on),
            "returns": day_cell(row.return_on),
            "people": Cell(text=str(row.headcount)),
            "division": Cell(text=division_words(row.division)),
            "sent": Cell(text=short_moment(row.stored_at, language)),
            "state": state_cell("contract", row.state, language),
        },
    )


def shown_document(row: DocumentRow | None, language: str) -> dict[str, Any] | None:
    """The final document of a contract, by its hash."""
    if row is None:
        return None
    return {"sha256": row.sha256.hex(), "size": f"{row.size_bytes:,}", "at": moment(row.stored_at, language)}
