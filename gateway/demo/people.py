"""The people of the demo, who sign in and find their desks with data. Their names are synthetic."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from gateway.access.accounts import TERMINAL, Accounts
from gateway.access.divisions import NATION
from gateway.base.settings import Settings
from gateway.demo.memory import Memory
from gateway.persons.duties import Duty, titles_of
from gateway.persons.passwords import Passwords
from gateway.persons.persons import Persons
from gateway.persons.rows import Contact
from gateway.persons.sessions import Browser, Sessions
from gateway.persons.sign_in import SignIn
from gateway.store.database import Database
from gateway.trust.master import master_key

SignInFacts = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """Of the nation's authority, or of the agency whose account is called `agency`."""

    login: str
    name: str
    phone: str
    duties: Collection[Duty]
    agency: str = ""


OFFICIALS = (
    Somebody(login="lin.xiao", name="林晓", phone="010-12340001", duties={Duty.SYSTEM_ADMINISTRATOR}),
    Somebody(
        login="wang.fang",
        name="王芳",
        phone="010-12340002",
        duties={
            Duty.ROSTER_OFFICER,
            Duty.CONTRACT_OFFICER,
            Duty.QUALIFICATION_OFFICER,
            Duty.INSPECTOR,
            Duty.TEMPLATE_OFFICER,
            Duty.STATISTICIAN,
        },
    ),
    Somebody(login="zhou.an", name="周安", phone="010-12340005", duties={Duty.SECURITY_OFFICER}),
    Somebody(login="chen.gong", name="陈工", phone="010-12340003", duties={Duty.TECHNICAL_TEAM}),
)
CLERK = Somebody(login="wu.min", name="吴敏", phone="0592-1234004", duties={Duty.AGENCY_ADMINISTRATOR}, agency="minnan")


async def sign_ins(
    settings: Settings, database_url: str, memory: Memory, people: Sequence[Somebody]
) -> list[SignInFacts]:
    """How each signs in; a person of an earlier run keeps the password."""
    logins = settings.database
    database = Database(database_url, 2, reader_url=logins.reader_url, public_url=logins.public_url)
    master = await master_key(database, settings)
    accounts = Accounts(database, master)
    persons = Persons(database, accounts, master, settings.persons)
    sessions = Sessions(database, accounts, master, settings.persons)
    sign_in = SignIn(database, master, settings.persons, sessions=sessions, passwords=Passwords())
    try:
        known: Mapping[str, str] = memory["people"] or {}
        for each in people:
            if each.login not in known:
                known = {**known, each.login: await _opened(persons, sign_in, accounts, each)}
                memory["people"] = known
    finally:
        await database.close()
    return [
        {
            "login": each.login,
            "password": known[each.login],
            "name": each.name,
            "duties": "、".join(title.zh for title in titles_of(each.duties)),
        }
        for each in people
    ]


async def _opened(persons: Persons, sign_in: SignIn, accounts: Accounts, somebody: Somebody) -> str:
    """The password of a new account."""
    office = await accounts.named(somebody.agency) if somebody.agency else await persons.bureau(TERMINAL, NATION)
    assert office is not None  # noqa: S101 - the demo's agencies are entered before
    facts = Contact.of({"name": somebody.name, "phone": somebody.phone})
    invitation = await persons.invite(TERMINAL, office, somebody.login, contact=facts, duties=somebody.duties)
    password = secrets.token_urlsafe(12)
    await sign_in.activate(invitation.code, password, Browser(agent="", network=""))
    return password


def show_sign_ins(console: Console, url: str, found: Sequence[SignInFacts]) -> None:
    """Print who may sign in, and where."""
    table = Table("登录名 login", "密码 password", "人员 who", "职责 duties", title=f"登录 Sign in: {url}/signin")
    table.title_justify = "left"
    for each in found:
        table.add_row(each["login"], each["password"], each["name"], each["duties"])
    console.print(table)
