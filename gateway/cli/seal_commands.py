"""The commands about electronic seals; what they do lies in `sealing_desk` and is imported when one runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

seal = typer.Typer(
    no_args_is_help=True,
    help="电子印章（示例章，非认证印章产品） Electronic seals, samples and no certified products",
)
_Id = Annotated[str, typer.Argument(metavar="ID")]
_Reason = Annotated[str, typer.Argument(metavar="REASON")]
_Until = Annotated[str, typer.Option(help="End of its time, 2029-12-31T23:59:59+08:00; three years if not given")]


@seal.command("list")
def list_() -> None:
    """印章列表 Every seal: whose, of which kind, in which state, until when."""
    from gateway.base.settings import Settings
    from gateway.cli import sealing_desk

    sealing_desk.list_seals(Settings())


@seal.command("apply")
def apply(partner: Annotated[str, typer.Argument(metavar="PARTNER")]) -> None:
    """申请印章 Apply for the seal of an agency, or of an authority."""
    from gateway.base.settings import Settings
    from gateway.cli import sealing_desk

    sealing_desk.apply(Settings(), partner)


@seal.command("approve")
def approve(number: _Id, until: _Until = "") -> None:
    """核准制发 Issue a seal that was applied for; it renews the one in force."""
    from gateway.base.settings import Settings
    from gateway.cli import sealing_desk

    sealing_desk.approve(Settings(), number, until)


@seal.command("reject")
def reject(number: _Id, reason: _Reason) -> None:
    """退回申请 Do not issue a seal."""
    from gateway.base.settings import Settings
    from gateway.cli import sealing_desk

    sealing_desk.reject(Settings(), number, reason)


@seal.command("revoke")
def revoke(number: _Id, reason: _Reason) -> None:
    """撤销印章 End a seal before its time."""
    from gateway.base.settings import Settings
    from gateway.cli import sealing_desk

    sealing_desk.revoke(Settings(), number, reason)


@seal.command("draw")
def draw(
    number: _Id, file: Annotated[Path, typer.Argument(dir_okay=False, help="An SVG, at the seal's true size")]
) -> None:
    """印章图样 Write the drawing of a seal to a file."""
    from gateway.base.settings import Settings
    from gateway.cli import sealing_desk

    sealing_desk.draw(Settings(), number, file)


@seal.command("check")
def check(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE")]) -> None:
    """核验 PDF Tell which seals have signed a PDF, and whether it was changed since; exit status 1 unless valid."""
    from gateway.base.settings import Settings
    from gateway.cli import sealing_desk

    sys.exit(sealing_desk.check(Settings(), file))
