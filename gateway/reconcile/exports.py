"""The discrepancies of a run as CSV and as a workbook. No cell can be taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any

from gateway.reconcile.classes import TITLES, Class
from gateway.reconcile.frames import pandas
from gateway.reconcile.rows import ControlTotal, Discrepancy, Run
from gateway.wording.cells import neutral
from gateway.wording.dates import moment
from gateway.wording.differences import in_words
from gateway.wording.languages import ZH

MOST_ROWS = 10_000
"""In a workbook, which is made in memory; CSV has no bound."""
_CUT = f"前 {MOST_ROWS} 项，全部见 .csv / the first {MOST_ROWS}; the .csv has all"
BOM = b"\xef\xbb\xbf"
_COLUMNS = {
    "kind": "种类 Kind",
    "key": "业务编号 Key",
    "class": "差异 Class",
    "division": "行政区划 Division",
    "day": "日期 Day",
    "subkind": "类型 Type",
    "copies": "份数 Copies there",
    "our_revision": "本平台版本 Our version",
    "their_revision": "对方版本 Their version",
    "our_sha256": "本平台哈希 Our SHA-256",
    "their_sha256": "对方哈希 Their SHA-256",
    "fields": "不同字段 Fields",
    "repair": "处理方式 Repair",
    "state": "状态 State",
    "decision": "决定 Decision",
    "decided_by": "决定人 Decided by",
}
_TOTALS = {
    "kind": "种类 Kind",
    "dimension": "维度 Dimension",
    "division": "行政区划 Division",
    "day": "日期 Day",
    "subkind": "类型 Type",
    "theirs": "对方 Theirs",
    "ours": "本平台 Ours",
    "coded": "已赋码 Coded",
    "difference": "差额 Difference",
}


async def csv_lines(slices: AsyncIterator[Sequence[Discrepancy]]) -> AsyncIterator[bytes]:
    """A CSV (UTF-8 with BOM, as spreadsheets want it) of discrepancies that come slice by slice."""
    yield BOM + _csv([list(_COLUMNS.values())])
    async for rows in slices:
        yield _csv([[neutral(cell) for cell in cells_of(row).values()] for row in rows])


async def first_rows(slices: AsyncIterator[Sequence[Discrepancy]]) -> Sequence[Discrepancy]:
    """As many discrepancies as a workbook holds, and if there are more, one more."""
    found: list[Discrepancy] = []
    async for rows in slices:
        found += rows
        if len(found) > MOST_ROWS:
            break
    return found[: MOST_ROWS + 1]


def workbook(run: Run, totals: Sequence[ControlTotal], rows: Sequence[Discrepancy]) -> bytes:
    """An .xlsx with a summary, the control totals and the first `MOST_ROWS` discrepancies, of more it says so."""
    pd = pandas()
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    sheets = {
        "摘要 Summary": pd.DataFrame(_summary(run, is_cut=len(rows) > MOST_ROWS), columns=["项目 Item", "内容 Value"]),
        "合计 Totals": pd.DataFrame([_total(row) for row in totals], columns=list(_TOTALS)).rename(columns=_TOTALS),
        "差异 Discrepancies": _frame(rows),
    }
    with pd.ExcelWriter(buffer, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 0))
            writer.sheets[name].autofit()
    return buffer.getvalue()


def cells_of(row: Discrepancy) -> dict[str, Any]:
    """A discrepancy as cells, by the names of the columns."""
    title = TITLES[row.class_]
    cells = {name: getattr(row, name, None) for name in _COLUMNS}
    cells |= {
        "class": f"{title.zh} {title.en}",
        "our_sha256": row.our_hash and row.our_hash.hex(),
        "their_sha256": row.their_hash and row.their_hash.hex(),
        "fields": "; ".join(in_words(row.kind, row.fields)),
    }
    return {name: "" if value is None else value for name, value in cells.items()}


def _frame(rows: Sequence[Discrepancy]) -> Any:
    pd = pandas()
    numbers = {"copies", "our_revision", "their_revision"}
    cells = [
        {name: value if name in numbers else neutral(value) for name, value in cells_of(row).items()}
        for row in rows[:MOST_ROWS]
    ]
    return pd.DataFrame(cells, columns=list(_COLUMNS)).rename(columns=_COLUMNS)


def _total(row: ControlTotal) -> dict[str, Any]:
    cells = {name: neutral(getattr(row, name) or "") for name in ("kind", "dimension", "division", "day", "subkind")}
    return cells | {"theirs": row.theirs, "ours": row.ours, "coded": row.coded, "difference": row.ours - row.theirs}


def _summary(run: Run, *, is_cut: bool) -> list[tuple[str, Any]]:
    found = [
        (f"{kind} · {TITLES[Class(name)].zh if name in TITLES else name}", count)
        for kind, counts in run.counts.items()
        for name, count in counts.items()
    ]
    return [
        ("对账编号 Run", str(run.id)),
        ("对接配置 Connector", run.connector or "—"),
        ("状态 State", run.state),
        ("开始 Started", moment(run.started_at, ZH)),
        ("结束 Finished", moment(run.finished_at, ZH) if run.finished_at else "—"),
        *found,
        *([("差异清单 List", _CUT)] if is_cut else []),
        ("签名报告 Signed report (JWS)", run.report or "—"),
    ]


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
