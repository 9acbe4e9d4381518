"""`yizhan statistics`: how far the figures are, and counting them anew, at the terminal."""

from __future__ import annotations

from rich.console import Console

from gateway.access.accounts import TERMINAL
from gateway.base.clock import CHINA
from gateway.base.settings import Settings
from gateway.cli.terminal import at_terminal


def status(settings: Settings) -> None:
    """The position in the feed, since when, and whether a rebuild is half-way."""
    mark = at_terminal(settings, lambda services: services.figures.mark(TERMINAL.scope))
    console = Console(soft_wrap=True, highlight=False)
    console.print(
        f"已统计至变更 counted to change {mark.position}，{mark.moved_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    )
    if mark.rebuilt_key is not None:
        console.print("重建尚未完成，请再次运行 a rebuild is half-way: yizhan statistics rebuild")


def update(settings: Settings) -> None:
    """Count until nothing is new."""
    at_terminal(settings, lambda services: services.collector.catch_up())
    status(settings)


def rebuild(settings: Settings) -> None:
    """Count everything anew."""
    seen = at_terminal(settings, lambda services: services.collector.rebuild())
    Console(soft_wrap=True, highlight=False).print(f"已重新统计 counted anew: {seen}")
