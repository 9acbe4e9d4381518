"""The commands about adapters of third parties."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

adapter = typer.Typer(no_args_is_help=True, help="适配器 Adapters: packages with a reader of their own")


@adapter.callback()
def _adapters() -> None:
    """So that one command is a command of the group."""


@adapter.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Name of the format")],
    folder: Annotated[Path | None, typer.Option(help="Folder to write; the default is yizhan-adapter-NAME")] = None,
) -> None:
    """新建适配器 Write an installable package: entry point, one module, tests that run the standard suites."""
    from gateway.cli.adapter_scaffold import new_adapter

    new_adapter(name, folder)
