"""The commands about statistics; what they do lies in `counting` and is imported when one runs."""

from __future__ import annotations

import typer

statistics = typer.Typer(no_args_is_help=True, help="统计数据 Figures of what was reported")


@statistics.command("status")
def status() -> None:
    """统计进度 How far the change feed is counted."""
    from gateway.base.settings import Settings
    from gateway.cli import counting

    counting.status(Settings())


@statistics.command("update")
def update() -> None:
    """更新统计 Count what is new; `yizhan work` does it all the time."""
    from gateway.base.settings import Settings
    from gateway.cli import counting

    counting.update(Settings())


@statistics.command("rebuild")
def rebuild() -> None:
    """重建统计 Count every record anew, with the same result; may be stopped and given again."""
    from gateway.base.settings import Settings
    from gateway.cli import counting

    counting.rebuild(Settings())
