"""`yizhan connector draft`: a partner's folder from samples of what it sends."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from adapters.check import check_connector, write_expected
from adapters.connector import load_connector
from adapters.drafting.libraries import must_be_installed
from adapters.errors import Fatal, Unreadable
from gateway.base.clock import Clock
from gateway.base.errors import UserError, both
from gateway.base.settings import Settings
from gateway.cli.onboarding import shown_outcome

if TYPE_CHECKING:
    from adapters.drafting.folder import Folder

_NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
_MOST_UNUSED = 40


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says."""

    name: str
    samples: Sequence[Path]
    _: KW_ONLY
    wsdl: Path | None = None
    names: Path | None = None
    target: str | None = None
    folder: Path | None = None


def draft_folder(asked: Asked) -> int:
    """Write the folder, tell what was done and what is left; 0, also when something is. Raises UserError."""
    try:
        must_be_installed()
    except Fatal as error:
        raise UserError(both(error.text)) from None
    if not _NAME.fullmatch(asked.name):
        raise UserError(
            f"名称“{asked.name}”只能用小写字母、数字和下划线，以字母开头 / "
            "a name is small letters, digits and _, and begins with a letter"
        )
    folder = asked.folder or Settings().mappings / asked.name
    if folder.exists() and any(folder.iterdir()):
        raise UserError(f"{folder} 已存在，草稿不覆盖任何文件 / it exists already, and a draft overwrites nothing")
    drafted = _drafted(asked)
    _write(drafted, folder)
    _tell(drafted, folder)
    return 0


def _drafted(asked: Asked) -> Folder:
    from adapters.drafting.folder import draft

    try:
        return draft(asked.name, asked.samples, wsdl=asked.wsdl, names=asked.names, target=asked.target)
    except Unreadable as failure:
        raise UserError(both(failure.finding.reason)) from None
    except Fatal as error:
        raise UserError(both(error.text)) from None


def _write(drafted: Folder, folder: Path) -> None:
    """Write all files or none."""
    try:
        for name, content in drafted.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _tell(drafted: Folder, folder: Path) -> None:
    console = Console(soft_wrap=True, highlight=False)
    for each in drafted.mapped:
        rivals = "、".join(f"{name} {worth:.1f}" for name, worth in each.guess.runners_up)
        console.print(f"[bold]{each.kind}[/bold] {each.title.zh} {each.title.en}（其次 next {rivals}）")
        unused = each.unused[:_MOST_UNUSED]
        console.print(f"  已用 used {each.used}，未用 not used {len(each.unused)}：{'、'.join(unused)}", markup=False)
    for path, outcome in write_expected(load_connector(folder), Clock.china_today()).items():
        console.print(f"  {path.name} {shown_outcome(outcome)}", markup=False)
    console.print(f"{folder}：{len(drafted.files)} 个文件 files")
    left = check_connector(folder)
    if left:
        console.print(
            f"待办 left to do（{len(left)}），完成后运行 then run: yizhan connector check {folder}", markup=False
        )
    for each in left:
        console.print(f"  - {each.zh}\n    {each.en}", markup=False)
