"""What is done about administrators at the terminal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.console import Console
from rich.table import Table

from gateway.access.accounts import EVERYTHING, TERMINAL, Accounts
from gateway.base.errors import UserError, both
from gateway.base.problems import Refused
from gateway.base.settings import Settings
from gateway.cli.administration import open_database, with_database
from gateway.persons.duties import Duty
from gateway.persons.persons import Invitation, Persons
from gateway.persons.rows import Contact
from gateway.persons.states import STATE_TITLES
from gateway.trust.master import master_key


def create(settings: Settings, login: str, division: str, *, name: str, phone: str, position: str) -> None:
    """The first administrator of an authority. Raises UserError where it has one, who invites the others."""

    async def run() -> Invitation:
        async with _open(settings) as persons:
            office = await persons.bureau(TERMINAL, division)
            if await persons.has_administrator(office):
                raise UserError(
                    f"{office.title}已有系统管理员，请由其在页面上开通账号；无法登录时用 yizhan admin reset"
                    f" / {office.title} has an administrator, who opens accounts by page; see yizhan admin reset"
                )
            facts = Contact.of({"name": name, "phone": phone, "position": position})
            duties = {Duty.SYSTEM_ADMINISTRATOR}
            return await persons.invite(TERMINAL, office, login, contact=facts, duties=duties)

    _tell(with_database(settings, run))


def reset(settings: Settings, login: str) -> None:
    """A code with which somebody sets a new password."""

    async def run() -> Invitation:
        async with _open(settings) as persons:
            return await persons.reset(TERMINAL, login)

    _tell(with_database(settings, run))


def list_administrators(settings: Settings) -> None:
    async def run() -> Table:
        async with _open(settings) as persons:
            table = Table("单位 Office", "登录名 Login", "姓名 Name", "电话 Phone", "状态 State")
            for each in await persons.administrators(EVERYTHING):
                row, contact = each.row, each.contact
                state = STATE_TITLES[row.state]
                table.add_row(row.office_title, row.login, contact.name, contact.phone, f"{state.zh} {state.en}")
            return table

    Console().print(with_database(settings, run))


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Persons]:
    """Raises UserError for what is refused."""
    async with open_database(settings) as database:
        master = await master_key(database, settings)
        try:
            yield Persons(database, Accounts(database, master), master, settings.persons)
        except Refused as refusal:
            raise UserError(both(refusal.text)) from None


def _tell(invitation: Invitation) -> None:
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"登录名 login:    {invitation.login}")
    console.print(f"激活码 code:     {invitation.code}   （仅显示一次 shown once）")
    console.print(f"激活页 page:     /activate/{invitation.code}")
    console.print(f"有效期至 until:  {invitation.ends_at:%Y-%m-%d %H:%M} UTC")
