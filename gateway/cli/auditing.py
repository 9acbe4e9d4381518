"""`yizhan audit`: the log of who did what, at the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from rich.console import Console
from rich.markup import escape

from gateway import audit
from gateway.access.accounts import TERMINAL
from gateway.base.clock import CHINA, read_moment
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal
from gateway.inspection.folders import FolderEvidence, write
from gateway.inspection.gathering import stored_evidence
from gateway.inspection.judging import Judgement, judge
from gateway.transparency import notes
from gateway.transparency.notes import Verifying
from gateway.trust.signing import PublicKey
from gateway.wiring.services import Services


def list_entries(
    settings: Settings, *, actor: str | None, about: str | None, since: str | None, until: str | None
) -> None:
    """Show the entries that match, the oldest first, each on a line."""
    sought = audit.Sought(actor=actor, object=about, since=_moment(since), until=_moment(until))
    console = Console(soft_wrap=True, highlight=False)

    async def show(services: Services) -> int:
        count = 0
        async for row in audit.every(services.database, TERMINAL.scope, sought):
            console.print(_line(row))
            count += 1
        return count

    if not at_terminal(settings, show):
        console.print("没有审计记录 no entries")


def verify(settings: Settings, saved: Sequence[Path]) -> int:
    """Inspect the database; 1 when something was altered."""

    async def inspect(services: Services) -> Judgement:
        async with stored_evidence(services.database) as evidence:
            return await judge(evidence, services.keyring.log_keys.verifying, _notes(saved))

    return _tell(at_terminal(settings, inspect))


def verify_folder(folder: Path, saved: Sequence[Path], key_file: Path | None) -> int:
    """Inspect an export; 1 when something was altered. Raises UserError for what is no export, or no key."""
    evidence = FolderEvidence(folder)
    try:
        given = evidence.key() if key_file is None else key_file.read_text(encoding="utf-8")
        _, public = notes.read_verifier_key(given)
        keys: dict[bytes, Verifying] = {public: PublicKey.of(Ed25519PublicKey.from_public_bytes(public))}
        return _tell(asyncio.run(judge(evidence, keys, _notes(saved))))
    except (ValueError, KeyError) as error:
        raise UserError(
            f"{folder} 不是导出的日志，或密钥无法识别 / is no export, or the key is none: {error}"
        ) from None


def export(settings: Settings, folder: Path) -> None:
    async def write_all(services: Services) -> int:
        async with stored_evidence(services.database) as evidence:
            return await write(evidence, services.published_log.verifier_key(), folder)

    count = at_terminal(settings, write_all)
    Console(soft_wrap=True).print(f"已导出 {count} 条 / {count} leaves: {folder}")


def _tell(judgement: Judgement) -> int:
    console = Console(soft_wrap=True, highlight=False)
    told = "，".join(f"{kind} {count}" for kind, count in sorted(judgement.rows.items()))
    console.print(f"日志 {judgement.size} 条 leaves（{told}）")
    for flaw in judgement.flaws:
        console.print(f"[red]✗ {escape(flaw.text.zh)}[/red]")
        console.print(f"  {escape(flaw.text.en)}")
    if not judgement.flaws:
        console.print("[green]✓ 未发现改动 nothing was altered[/green]")
    return 1 if judgement.flaws else 0


def _notes(saved: Sequence[Path]) -> dict[str, str]:
    """Checkpoints that were saved, by the names of their files."""
    return {str(path): path.read_text(encoding="utf-8", errors="replace") for path in saved}


def _line(row: audit.AuditRow) -> str:
    at = f"{row.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    detail = orjson.dumps(row.detail).decode() if row.detail else ""
    return escape(f"{at}  {row.actor}  {row.action}  {row.object}  {row.division}  {detail}".rstrip())


def _moment(given: str | None) -> datetime | None:
    try:
        return None if given is None else read_moment(given)
    except ValueError:
        raise UserError(f"时间无法识别 / not a moment: {given}") from None
