"""People who sign in, for tests of pages: with an account, and with a session in a browser or a client."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Generator
from dataclasses import dataclass

import httpx
from playwright.sync_api import BrowserContext

from gateway.access.accounts import TERMINAL, Accounts
from gateway.base.settings import Settings
from gateway.persons.duties import Duty
from gateway.persons.passwords import Passwords
from gateway.persons.persons import Persons
from gateway.persons.rows import Contact
from gateway.persons.sessions import Browser, Sessions
from gateway.persons.sign_in import SignIn
from gateway.store.database import Database
from gateway.trust.sealing import MasterKey

PASSWORD = "correct horse 驿站 battery"
_COOKIE = "yizhan-session"


class Session(httpx.Auth):
    """Sends the cookie of a session."""

    def __init__(self, token: str) -> None:
        self._cookie = f"{_COOKIE}={token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Cookie"] = self._cookie
        yield request


@dataclass(frozen=True, kw_only=True)
class SomebodySignedIn:
    """A person with a session that has proved everything."""

    login: str
    token: str

    def enter(self, context: BrowserContext, url: str) -> None:
        """Have a browser hold the session."""
        context.add_cookies([{"name": _COOKIE, "value": self.token, "url": url}])

    @property
    def auth(self) -> Session:
        """For single requests of a client."""
        return Session(self.token)

    @property
    def cookies(self) -> dict[str, str]:
        return {_COOKIE: self.token}

    def client(self, url: str) -> httpx.Client:
        """A client that sends what a browser on our own pages sends."""
        headers = {"sec-fetch-site": "same-origin"}
        return httpx.Client(base_url=url, cookies=self.cookies, headers=headers, timeout=60, trust_env=False)


def add_person(
    settings: Settings,
    login: str,
    duties: Collection[Duty],
    division: str = "350200",
    *,
    agency: str | None = None,
    name: str = "李娜",
) -> SomebodySignedIn:
    """A person of the authority of a division, or of the agency whose account is called so, signed in.

    The service must be one whose settings only offer a second factor, or the session would prove half.
    """

    async def add() -> SomebodySignedIn:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        master = MasterKey.load(settings.master_key, settings.home / "master.key")
        accounts = Accounts(database, master)
        offered = settings.persons.model_copy(update={"second_factor": "offered"})
        persons = Persons(database, accounts, master, offered)
        sessions = Sessions(database, accounts, master, offered)
        sign_in = SignIn(database, master, offered, sessions=sessions, passwords=Passwords())
        try:
            office = await persons.bureau(TERMINAL, division) if agency is None else await accounts.named(agency)
            assert office is not None
            facts = Contact.of({"name": name, "phone": "13800138000"})
            invitation = await persons.invite(TERMINAL, office, login, contact=facts, duties=duties)
            signed_in = await sign_in.activate(invitation.code, PASSWORD, Browser(agent="test", network="127.0.0.1"))
        finally:
            await database.close()
        return SomebodySignedIn(login=login, token=signed_in.token)

    return asyncio.run(add())
