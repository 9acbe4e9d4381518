"""`yizhan relay`: the relay as a process of its own, and what an operator asks of it at the terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar
from uuid import UUID

from rich.console import Console
from rich.table import Table

from gateway import logs
from gateway.access.accounts import TERMINAL
from gateway.companions import stopping
from gateway.errors import UserError
from gateway.problems import Refused
from gateway.services import Services, open_services
from gateway.serving import database_of, environment_of
from gateway.settings import Settings

T = TypeVar("T")


def relay(settings: Settings) -> None:
    """Deliver until SIGINT or SIGTERM; attempts under way are finished first."""
    logs.configure()
    with database_of(settings) as url:
        os.environ |= environment_of(settings, url)
        asyncio.run(_relay(settings, url))


def list_targets(settings: Settings) -> None:
    """Every tenant's targets with their health."""

    async def listed(services: Services) -> Sequence[Any]:
        return await services.targets.listed(TERMINAL)

    table = Table("target", "格式 format", "地址 address", "状态 state", "失败 failures", "熔断至 open until")
    for row in _with_services(settings, listed):
        until = f"{row.open_until:%m-%d %H:%M:%S}" if row.open_until else ""
        table.add_row(str(row.id), row.format, row.url or "", row.state, str(row.failures), until)
    Console().print(table)


def redeliver(settings: Settings, target: str, first: int, last: int, *, everything: bool) -> int:
    """Send dead deliveries (or all) between two positions again; returns how many."""
    try:
        target_id = UUID(target)
    except ValueError:
        raise UserError(f"{target} 不是投递目标编号 / not a target id") from None

    async def again(services: Services) -> int:
        row = await services.targets.find(TERMINAL, target_id)
        return await services.targets.redeliver(TERMINAL, row, first, last, everything=everything)

    try:
        return _with_services(settings, again)
    except Refused:
        raise UserError(f"没有投递目标 {target} / no target {target}") from None


def _with_services(settings: Settings, work: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
    async def run(url: str) -> T:
        async with open_services(settings, url) as services:
            return await work(services)

    with database_of(settings) as url:
        return asyncio.run(run(url))


async def _relay(settings: Settings, database_url: str) -> None:
    async with stopping() as stop, open_services(settings, database_url) as services:
        await services.relay.run(stop)
