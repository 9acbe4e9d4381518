"""The four partners that talk HTTP, each in a form of its own: JSON, spreadsheet, GBK CSV, Chinese XML."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.demo.sent import Document, example, pushed_contracts
from gateway.demo.stage import Shown, Stage, records_of, shown

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def pushed(stage: Stage) -> Shown:
    """An ERP pushes contracts one by one."""
    return _push(stage, "lvyun", "lvy", "逐份推送合同", documents=list(pushed_contracts(stage.mappings / "lvy")))


def _files(stage: Stage, *, partner: str, sent: str, names: Iterable[str], content_type: str) -> Shown:
    """Some golden examples of a partner folder, as uploads."""
    documents = [example(stage.mappings / partner, name, content_type) for name in names]
    return _push(stage, partner, partner, sent, documents=documents)


spreadsheets = partial(
    _files, partner="shanhai", sent="名单表表格", names=("form.xlsx", "mangled.xlsx"), content_type=_XLSX
)
tables = partial(
    _files, partner="laoqiao", sent="旧系统导出的 CSV", names=("export.csv", "ragged.csv"), content_type="text/csv"
)
markup = partial(
    _files,
    partner="huaxia",
    sent="中文标签的 XML",
    names=("contracts.xml", "doctype.xml"),
    content_type="application/xml",
)


def _push(stage: Stage, partner: str, connector: str, sent: str, *, documents: list[Document]) -> Shown:
    records = []
    with stage.client(partner) as client, _bar(stage) as progress:
        for document in progress.track(documents, description=sent):
            answer = client.post(
                "/v1/submissions",
                params={"connector": connector, "filename": document.name},
                content=document.body,
                headers={"Content-Type": document.content_type},
            )
            records += records_of(partner, document.name, answer.json())
    return shown(f"{sent}，{len(documents)} 次请求", records)


def _bar(stage: Stage) -> Progress:
    """A bar for a terminal, gone when it is full."""
    return Progress(*_COLUMNS, console=stage.console, transient=True, disable=not stage.console.is_terminal)
