"""`yizhan replay`: dead letters at the operator's terminal."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from rich.console import Console
from rich.table import Table

from gateway.access.accounts import TERMINAL
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal, identity
from gateway.dead_letters.replays import MOST_AT_ONCE, Replayed, ReplayStatus, Selection
from gateway.ledger.states import LetterState
from gateway.wiring.services import Services

_MOST_ROWS = 40


def replay(
    settings: Settings, dry_run: bool, connector: str | None, submission: str | None, *, code: str | None, parked: bool
) -> int:
    """0 when every letter passed (or would pass), 1 when some did not."""
    submission_id = None if submission is None else identity(submission)
    state = LetterState.PARKED if parked else LetterState.OPEN
    selection = Selection(submission_id=submission_id, connector=connector, code=code, state=state, limit=MOST_AT_ONCE)
    done = at_terminal(settings, lambda services: _replay(services, selection, dry_run))
    _show(done, dry_run)
    return 0 if all(one.status is ReplayStatus.RESOLVED for one in done) else 1


async def _replay(services: Services, selection: Selection, dry_run: bool) -> list[Replayed]:
    done: list[Replayed] = []
    while letters := await services.replays.letters(TERMINAL.scope, selection):
        replays = services.replays
        done += await (replays.try_out(letters) if dry_run else replays.replay(TERMINAL, letters))
        selection = replace(selection, after=(letters[-1].submission_id, letters[-1].ordinal))
    return done


def _show(done: list[Replayed], dry_run: bool) -> None:
    console = Console()
    table = Table("提交 submission", "#", "结果 result", "映射 mapping", "业务编号 key", "原因 why")
    for one in done[:_MOST_ROWS]:
        why = "; ".join(f"{f['code']} {f['reason']['zh']}" for f in one.answer.get("findings", ()))
        key = one.answer.get("key") or ""
        table.add_row(str(one.submission_id), str(one.ordinal), one.status, one.mapping, key, why)
    console.print(table)
    counts = Counter(one.status.value for one in done)
    console.print(", ".join(f"{name} {count}" for name, count in counts.items()) or "没有死信 no dead letters")
    if dry_run and done:
        console.print("试算，未保存；加 --apply 执行 / a dry run, nothing was stored; --apply does it")
