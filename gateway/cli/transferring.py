"""What the command line runs for files: the SFTP drop, and a pull from a partner's server."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import uvloop
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.transports.portal import Window
from gateway.base import logs
from gateway.base.errors import UserError, both
from gateway.base.settings import Settings, SftpSettings
from gateway.cli.terminal import at_terminal
from gateway.doors.drop.standing import standing
from gateway.serving.companions import stopping
from gateway.serving.serving import database_of
from gateway.wiring.services import open_services


def serve_drop(settings: Settings, host: str | None, port: int | None, *, watch_only: bool = False) -> None:
    """Serve the SFTP drop until SIGINT or SIGTERM; files that are being taken get their results first."""
    logs.configure()
    given = {name: value for name, value in {"host": host, "port": port}.items() if value is not None}
    settings.sftp = SftpSettings.model_validate(settings.sftp.model_dump() | given)
    folder = settings.sftp.folder or settings.home / "sftp"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one(folder), database_of(settings) as url:
        uvloop.run(_serve(settings, url, folder, watch_only))


async def _serve(settings: Settings, url: str, folder: Path, watch_only: bool) -> None:
    async with (
        stopping() as stop,
        open_services(settings, url) as services,
        standing(services, folder, watch_only=watch_only) as said,
    ):
        Console(soft_wrap=True, highlight=False).print(said)
        await stop.wait()


def pull_documents(settings: Settings, connector_id: str, since: str | None, until: str | None) -> int:
    """0 when every document was stored whole, 1 when something in them or of them was not."""
    window = None if since is None and until is None else Window(since, until)
    found = at_terminal(settings, lambda services: services.pulls.pull(connector_id, window))
    table = Table("文件 document", "submission", "结果 outcome")
    for each in found:
        identity = "" if each.answer is None else str(each.answer.submission_id)
        outcome = _fates(each.counts) if each.problem is None else escape(both(each.problem))
        table.add_row(escape(each.name), identity, outcome)
    Console().print(table if found else "没有新内容 nothing new")
    refused = (each.answer is not None and each.answer.is_refusal for each in found)
    return 1 if any(refused) or any(each.problem is not None for each in found) else 0


def _fates(counts: Mapping[str, int]) -> str:
    """What became of the records of a document; those that came again as they are stored are nothing new."""
    shown = ", ".join(f"{name} {count}" for name, count in counts.items() if count)
    if counts.get("rows", 0) > counts.get("repeated", 0):
        return shown
    return f"{shown} (无变更 nothing new)" if shown else "无变更 nothing new"


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two processes over the same folders would take the same files."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"已有 yizhan sftp 在使用 {folder} / another yizhan sftp uses this folder") from None
        yield
