"""Who speaks for which agency, at the terminal: entered one by one or as a list, shown, and ended."""

from __future__ import annotations

import csv
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.access.accounts import TERMINAL, Accounts
from gateway.access.tenants import Tenant
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.cli.administration import must_be_division, open_accounts, with_database
from schemas.identifiers import is_uscc

_COLUMNS = ("uscc", "title", "division", "license_no")


def add(settings: Settings, partner: str, uscc: str, *, title: str, division: str, license_no: str) -> None:
    """Let a partner speak for one agency. Raises UserError."""
    _enter(settings, partner, [{"uscc": uscc, "title": title, "division": division, "license_no": license_no}])


def add_all(settings: Settings, partner: str, file: Path) -> None:
    """Let a partner speak for every agency of a CSV file, or for none when a line is wrong. Raises UserError."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        if not {"uscc", "title", "division"} <= set(reader.fieldnames or ()):
            raise UserError(f"{file}: 首行应为 / the first line should be {','.join(_COLUMNS)}")
        rows = [{name: (row.get(name) or "").strip() for name in _COLUMNS} for row in reader]
    if not rows:
        raise UserError(f"{file}: 没有旅行社 / there is no agency in it")
    _enter(settings, partner, rows)


def show(settings: Settings, partner: str) -> None:
    """A table of the agencies that a partner speaks for. Raises UserError."""

    async def run() -> tuple[Tenant, list[Tenant]]:
        async with open_accounts(settings) as accounts:
            sender = await _partner(accounts, partner)
            return sender, await accounts.represented_by(sender)

    sender, agencies = with_database(settings, run)
    table = Table("统一社会信用代码 USCC", "许可证号 licence", "区划 division", "名称 name")
    for agency in [sender] * bool(sender.uscc) + agencies:
        table.add_row(agency.uscc, agency.license_no, agency.division, agency.title)
    console = Console()
    console.print(table)
    if sender.speaks_for:
        console.print(f"以及区划 {sender.speaks_for} 的全部旅行社 and all agencies of division {sender.speaks_for}")


def remove(settings: Settings, partner: str, uscc: str) -> None:
    """A partner no longer speaks for an agency. Raises UserError when it did not."""

    async def run() -> bool:
        async with open_accounts(settings) as accounts:
            return await accounts.no_longer_represent(TERMINAL, await _partner(accounts, partner), uscc)

    if not with_database(settings, run):
        raise UserError(f"{partner} 未登记代报 {uscc} / {partner} does not speak for {uscc}")


def _enter(settings: Settings, partner: str, rows: list[dict[str, str]]) -> None:
    for number, row in enumerate(rows, 1):
        if not is_uscc(row["uscc"]):
            raise UserError(
                f"第 {number} 家：{row['uscc']!r} 不是统一社会信用代码 / agency {number}: no valid credit code"
            )
        if not row["title"]:
            raise UserError(f"第 {number} 家缺少名称 / agency {number} has no name")
        must_be_division(row["division"])

    async def run() -> None:
        async with open_accounts(settings) as accounts:
            sender = await _partner(accounts, partner)
            for row in rows:
                await accounts.represent(
                    TERMINAL,
                    sender,
                    row["uscc"],
                    title=row["title"],
                    division=row["division"],
                    license_no=row["license_no"],
                )

    with_database(settings, run)
    print(f"{partner}: 可代报 may speak for {', '.join(row['title'] for row in rows[:5])}{' ...' * (len(rows) > 5)}")


async def _partner(accounts: Accounts, name: str) -> Tenant:
    found = await accounts.named(name)
    if found is None:
        raise UserError(f"没有名为 {name} 的对接方 / no partner {name!r}")
    return found
