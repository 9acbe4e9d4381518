"""`yizhan connector try` and `diff`: what a mapping makes of a document, at the terminal. Nothing is stored."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.check import account_of, kind_of, outcome_of
from adapters.connector import Connector, load_connector
from adapters.differences import differences
from adapters.errors import Fatal
from adapters.formats.source import Source
from adapters.trial import Trial, TriedField, TriedRecord, attempt
from gateway.base.clock import Clock
from gateway.base.errors import UserError, both
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal
from gateway.onboarding.traffic import recent
from gateway.onboarding.trial_report import report
from schemas.findings import Finding

_LOOK_SECONDS = 0.4


def try_document(
    folder: Path, document: Path, kind: str | None, *, page: Path | None, as_json: bool, records: int, watch: bool
) -> int:
    """Show what becomes of a document; 0 when nothing is left to do. `watch` goes on until interrupted."""
    while True:
        before = _moments(folder, document)
        status = _try_once(folder, document, kind, page=page, as_json=as_json, records=records)
        if not watch:
            return status
        try:
            while _moments(folder, document) == before:
                time.sleep(_LOOK_SECONDS)
        except KeyboardInterrupt:
            return status
        Console().clear()


def _moments(folder: Path, document: Path) -> dict[Path, int]:
    """When each file of a folder, and the document, was written last."""
    found = {}
    for file in (*folder.rglob("*"), document):
        try:
            found[file] = file.stat().st_mtime_ns
        except FileNotFoundError:
            continue  # an editor puts the new one in its place
    return found


def _try_once(folder: Path, document: Path, kind: str | None, *, page: Path | None, as_json: bool, records: int) -> int:
    console = Console(soft_wrap=True, highlight=False)
    try:
        connector = load_connector(folder)
        kind = kind or (kind_of(connector, document) if len(connector.routes) > 1 else None)
        account = account_of(connector.route(kind))
        trial = attempt(connector, document, today=Clock.china_today(), kind=kind, account=account)
    except Fatal as error:
        console.print(f"[red]✗[/red] {escape(both(error.text))}")
        return 2
    if page is not None:
        page.write_text(report(trial, document.name), "utf-8")
    if as_json:
        print(orjson.dumps(trial.as_dict(), option=orjson.OPT_INDENT_2).decode())
    else:
        _show(console, trial, records)
    return 0 if trial.is_clean else 1


def _show(console: Console, trial: Trial, records: int) -> None:
    for record in trial.records[:records]:
        _show_record(console, record)
    shown = min(records, len(trial.records))
    total = trial.accepted + trial.rejected
    if shown < total:
        console.print(f"（仅显示前 {shown} 条，共 {total} 条 the first {shown} of {total}, see --records）")
    console.print(f"[green]通过 accepted {trial.accepted}[/green]，[red]未通过 rejected {trial.rejected}[/red]")
    if trial.problems:
        console.print("  " + ", ".join(f"{code} x{count}" for code, count in trial.problems.most_common()))
    if trial.unreadable is not None:
        _show_finding(console, trial.unreadable)
    _show_left(console, trial)


def _show_record(console: Console, record: TriedRecord) -> None:
    style, word = ("green", "通过 accepted") if record.is_accepted else ("red", "未通过 rejected")
    console.print(f"\n[bold]#{record.ordinal}[/bold] {escape(record.locator)} [{style}]{word}[/{style}]")
    table = Table("位置 place", "原文 source", "字段 field", "结果 value", "处理 made by")
    for column in table.columns:
        column.overflow = "fold"
    for each in record.fields:
        table.add_row(
            escape(each.place), _text(each.source), escape(each.pointer), _value(each), " → ".join(each.made_by)
        )
    console.print(table)
    if record.more:
        console.print(f"（另有 {record.more} 个字段 and {record.more} more fields）")
    for finding in record.findings:
        _show_finding(console, finding)


def _value(each: TriedField) -> str:
    found = [
        f"[{'red' if finding.is_error else 'yellow'}]{finding.code} {escape(finding.reason.zh)} "
        f"{escape(finding.reason.en)}[/]"
        for finding in each.findings
    ]
    return "\n".join([_text(each.value) or "—", *found])


def _text(value: object) -> str:
    return "" if value is None else escape(str(value))


def _show_finding(console: Console, finding: Finding) -> None:
    style = "red" if finding.is_error else "yellow"
    console.print(f"  [{style}]{finding.code}[/{style}] {escape(finding.locator)} {escape(both(finding.reason))}")


def _show_left(console: Console, trial: Trial) -> None:
    """What is left over on either side."""
    if trial.unused:
        console.print("[yellow]未使用的来源字段 source fields that nothing uses[/yellow]")
        for each in trial.unused:
            console.print(f"  {escape(each.way)}  x{each.count}  {escape(' | '.join(each.samples))}")
        if trial.more_unused:
            console.print(f"  另有 {trial.more_unused} 个值 and {trial.more_unused} more values")
    if trial.missing_codes:
        console.print("[yellow]对照表中没有的值 values that no look-up lists[/yellow]")
        for code in trial.missing_codes:
            console.print(f"  {escape(code.title.zh)} {escape(code.title.en)}: {escape(code.value)}  x{code.count}")
    if trial.absent:
        console.print("[yellow]文件中没有的来源 sources of the mapping that stand nowhere in the document[/yellow]")
        console.print(f"  {escape(', '.join(trial.absent))}")
    for finding in trial.notes:
        _show_finding(console, finding)


def compare_folders(
    old: Path,
    new: Path,
    documents: Sequence[Path],
    kind: str | None,
    *,
    stored: int = 0,
    settings: Settings | None = None,
) -> int:
    """Show what a changed folder makes otherwise of documents; 0 when it makes the same of them.

    With `stored` also of so many that have come lately.
    """
    console = Console(soft_wrap=True, highlight=False)
    try:
        before, after = load_connector(old), load_connector(new)
    except Fatal as error:
        raise UserError(both(error.text)) from None
    changed = 0
    for name, document, asked, day in (*_given(after, documents, kind), *_stored(settings, after.id, stored)):
        found = [*differences(outcome_of(before, document, day, asked), outcome_of(after, document, day, asked))]
        changed += bool(found)
        console.print(f"[green]=[/green] {name}" if not found else f"[yellow]≠[/yellow] {name}")
        for difference in found:
            console.print(f"    {escape(str(difference))}")
    return 1 if changed else 0


_Named = tuple[str, Source, str | None, date]


def _given(connector: Connector, documents: Sequence[Path], kind: str | None) -> Iterator[_Named]:
    for document in documents:
        asked = kind or (kind_of(connector, document) if len(connector.routes) > 1 else None)
        yield str(document), document, asked, Clock.china_today()


def _stored(settings: Settings | None, connector: str, count: int) -> Iterator[_Named]:
    """What has come lately, each read as of the day on which it came."""
    if settings is None or not count:
        return
    for each in at_terminal(settings, lambda services: recent(services.database, services.accounts, connector, count)):
        yield each.name, each.content, each.kind, each.day
