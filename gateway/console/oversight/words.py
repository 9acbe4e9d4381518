"""What the page of the audit log shows, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.audit import AuditRow
from gateway.base.clock import CHINA
from gateway.console.shell.record_words import division_words
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from schemas.findings import Text

BASE = "/audit"
TABLE = Table(
    path=BASE,
    columns=(
        Column(name="at", title=Text("时间", "Time")),
        Column(name="actor", title=Text("操作人", "Who")),
        Column(name="action", title=Text("操作", "Did what")),
        Column(name="object", title=Text("对象", "To what")),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="detail", title=Text("内容", "Detail")),
        Column(name="position", title=Text("序号", "Position"), is_number=True),
    ),
    filters=(
        Filter(name="actor", title=Text("操作人", "Who")),
        Filter(name="object", title=Text("对象编号", "Number of the object")),
        Filter(name="since", title=Text("起始日期", "Since"), entry=Entry.DAY),
        Filter(name="until", title=Text("截止日期（含）", "Until, that day too"), entry=Entry.DAY),
    ),
)


def lines(rows: Iterable[AuditRow]) -> list[Row]:
    """The lines of the log."""
    return [_line(row) for row in rows]


def _line(row: AuditRow) -> Row:
    return Row(
        name=str(row.position),
        cells={
            "at": Cell(text=f"{row.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"),
            "actor": Cell(text=row.actor),
            "action": Cell(text=row.action, is_code=True),
            "object": Cell(text=row.object, is_code=True),
            "division": Cell(text=division_words(row.division)),
            "detail": Cell(text=_detail(row)),
            "position": Cell(text=str(row.position)),
        },
    )


def _detail(row: AuditRow) -> str:
    return "; ".join(f"{name}: {_told(value)}" for name, value in row.detail.items() if value is not None)


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
