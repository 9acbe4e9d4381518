"""What the pages of pledges show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from gateway.console.shell.record_words import address, division_words, due_cell, state_cell, states
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table, View
from gateway.contracts.page_pictures import MOST_PICTURES
from gateway.ledger.rows import DocumentRow, ListedRecord, RecordRow
from gateway.ledger.states import PledgeState
from gateway.ledger.wanted import Order
from gateway.wording.dates import short_moment
from schemas.codelists import codelist
from schemas.findings import Text

BASE, FILES, PICTURES = "/pledges", "/pledge-files", "/pledge-pages"
VERDICTS: Mapping[str, Text] = codelist("pledge_verdicts")
LONGEST_EVIDENCE = 2000
TABLE = Table(
    path=BASE,
    order=Order.DUE,
    columns=(
        Column(name="key", title=Text("申请编号", "Application")),
        Column(name="agency", title=Text("旅行社", "Agency")),
        Column(name="uscc", title=Text("统一社会信用代码", "Credit code"), is_in_files_only=True),
        Column(name="due", title=Text("核实期限", "Verify by")),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="sent", title=Text("收到", "Came"), orders=(Order.OLDEST, Order.NEWEST)),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(
        Filter(name="number", title=Text("申请编号", "Application")),
        Filter(name="agency", title=Text("旅行社名称或信用代码", "Agency or credit code")),
        Filter(name="state", title=Text("状态", "State"), entry=Entry.CHOICE, choices=states("pledge")),
    ),
    views=(
        View(title=Text("待核实", "To verify"), criteria={"state": PledgeState.WAITING}),
        View(title=Text("已核实", "Verified"), criteria={"state": PledgeState.VERIFIED}),
        View(title=Text("全部", "All"), criteria={}),
    ),
)
Left = Callable[[date | None], int | None]
"""How many working days there are until a day."""
NO_VERDICT = Text("请选择核实结论", "Choose the verdict")
NO_EVIDENCE = Text("请写明核实依据", "Say what the verdict rests on")
LONG_EVIDENCE = Text(f"核实依据不超过 {LONGEST_EVIDENCE} 字", f"At most {LONGEST_EVIDENCE} characters")
CHANGED = Text("您查看之后已有变更，请重新查看", "It has changed since you looked: look again")


def _uncounted(due_on: date | None) -> int | None:
    return None


def lines(rows: Iterable[ListedRecord], now: datetime, language: str, *, left: Left = _uncounted) -> list[Row]:
    """The lines of the list; those that wait tell how much time there is."""
    return [_line(row, language, left) for row in rows]


def _line(row: ListedRecord, language: str, left: Left) -> Row:
    days = left(row.due_on) if row.state == PledgeState.WAITING else None
    return Row(
        name=row.key,
        cells={
            "key": Cell(text=row.key, href=address(BASE, row), is_code=True),
            "agency": Cell(text=row.agency_name, small=row.agency_uscc),
            "uscc": Cell(text=row.agency_uscc),
            "due": due_cell(row.due_on, days, language),
            "division": Cell(text=division_words(row.division)),
            "sent": Cell(text=short_moment(row.stored_at, language)),
            "state": state_cell("pledge", row.state, language),
        },
    )


def shown_file(file: DocumentRow | None, row: RecordRow) -> dict[str, Any] | None:
    """The PDF, with a picture of each of its pages, as far as they are shown; of what nobody counted the first."""
    if file is None:
        return None
    shown = min(file.pages or 1, MOST_PICTURES)
    pages = [address(f"{PICTURES}/{number}", row) for number in range(1, shown + 1)]
    is_cut = file.pages is None or file.pages > shown
    return {"href": address(FILES, row), "size": f"{file.size_bytes:,}", "pages": pages, "is_cut": is_cut}


def mistakes(verdict: str, evidence: str) -> dict[str, Text]:
    """What is wrong with a verdict, by field."""
    wrong = {} if verdict in VERDICTS else {"verdict": NO_VERDICT}
    if not evidence.strip():
        wrong["evidence"] = NO_EVIDENCE
    elif len(evidence) > LONGEST_EVIDENCE:
        wrong["evidence"] = LONG_EVIDENCE
    return wrong
