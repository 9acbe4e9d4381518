"""What an administrator does at the terminal: partners, credentials, signing keys."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table

from gateway.access.accounts import Accounts, Credential, Role
from gateway.errors import UserError
from gateway.keyring import Keyring
from gateway.sealing import MasterKey
from gateway.serving import database_of
from gateway.settings import Settings
from gateway.signing import Algorithm, Purpose
from gateway.store.database import Database
from schemas.codelists import codelist

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


def add_partner(settings: Settings, name: str, title: str, division: str, uscc: str, role: str) -> None:
    """Make the tenant when needed, issue a credential and show it."""
    wanted = _choice(Role, role)
    if not _NAME.fullmatch(name):
        raise UserError(f"名称 {name!r} 只能用小写字母、数字和 . _ - / a name is made of a-z 0-9 . _ -")
    if division != "000000" and division not in codelist("divisions"):
        raise UserError(f"{division} 不是 GB/T 2260 行政区划代码 / not a GB/T 2260 division code")

    async def add() -> Credential:
        async with _accounts(settings) as accounts:
            return await accounts.issue(await accounts.ensure_tenant(name, title, division, uscc), wanted)

    credential = _with_database(settings, add)
    console = Console()
    console.print(f"对接方 partner: [b]{name}[/b] ({title}), {wanted.value}")
    console.print(
        f"数据目录 home:   {settings.home}（演示的在其 demo 子目录 the demo's is its demo/）", highlight=False
    )
    console.print(f"api key:        {credential.id}", highlight=False)
    console.print(f"secret:         {credential.secret}   （仅显示一次 shown once）", highlight=False)
    console.print(f"Authorization:  Bearer {credential.bearer}", highlight=False)


def revoke(settings: Settings, api_key: str) -> None:
    async def run() -> bool:
        async with _accounts(settings) as accounts:
            return await accounts.revoke(api_key)

    if not _with_database(settings, run):
        raise UserError(f"没有有效的凭证 {api_key} / no live credential {api_key}")


def rotate(settings: Settings, purpose: str, algorithm: str) -> str:
    """The new key's kid. Running processes sign with it within seconds."""
    wanted, with_algorithm = _choice(Purpose, purpose), _choice(Algorithm, algorithm)

    async def run() -> bytes:
        async with _keyring(settings) as keyring:
            return await keyring.rotate(wanted, with_algorithm)

    return _with_database(settings, run).hex()


def list_keys(settings: Settings) -> None:
    async def run() -> list[dict[str, str]]:
        async with _keyring(settings) as keyring:
            return await keyring.listing()

    table = Table("kid", "purpose", "algorithm", "created", "retired")
    for row in _with_database(settings, run):
        table.add_row(*row.values())
    Console().print(table)


@asynccontextmanager
async def _accounts(settings: Settings) -> AsyncIterator[Accounts]:
    async with _database(settings) as database:
        yield Accounts(database, MasterKey.load(settings.master_key, settings.home / "master.key"))


@asynccontextmanager
async def _keyring(settings: Settings) -> AsyncIterator[Keyring]:
    async with _database(settings) as database:
        master = MasterKey.load(settings.master_key, settings.home / "master.key")
        keyring = Keyring(database, master, settings.public_url)
        await keyring.open()
        yield keyring


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    assert settings.database.url is not None  # noqa: S101 - set by _with_database
    database = Database(settings.database.url, 2)
    try:
        yield database
    finally:
        await database.close()


def _with_database(settings: Settings, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with database_of(settings) as url:
        settings.database.url = url
        return asyncio.run(work())


def _choice(kinds: type[Choice], value: str) -> Choice:
    try:
        return kinds(value)
    except ValueError:
        raise UserError(f"{value!r}: 应为 / must be {' | '.join(kinds)}") from None
