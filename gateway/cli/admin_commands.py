"""`yizhan admin`: the first administrator, and a code for one who is locked out."""

from __future__ import annotations

from typing import Annotated

import typer

admin = typer.Typer(no_args_is_help=True, help="系统管理员 The first administrator; everybody else is invited by page")


@admin.command("create")
def admin_create(
    login: Annotated[str, typer.Argument(help="Login: 3 to 32 of a-z 0-9 . _ -")],
    *,
    name: Annotated[str, typer.Option(help="Name")],
    phone: Annotated[str, typer.Option(help="Telephone")],
    position: Annotated[str, typer.Option(help="Position")] = "",
    division: Annotated[str, typer.Option(help="GB/T 2260 code of the authority; 000000 is the nation's")] = "000000",
) -> None:
    """开通首位系统管理员 Open the account of an authority's first administrator; the code is shown once."""
    from gateway.base.settings import Settings
    from gateway.cli.administering import create

    create(Settings(), login, division, name=name, phone=phone, position=position)


@admin.command("reset")
def admin_reset(login: Annotated[str, typer.Argument(help="Who lost a password or a device")]) -> None:
    """重置 Make a code with which somebody sets a new password; it is shown once."""
    from gateway.base.settings import Settings
    from gateway.cli.administering import reset

    reset(Settings(), login)


@admin.command("list")
def admin_list() -> None:
    """系统管理员名单 The administrators of all authorities."""
    from gateway.base.settings import Settings
    from gateway.cli.administering import list_administrators

    list_administrators(Settings())
