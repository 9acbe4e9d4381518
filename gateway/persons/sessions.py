"""Sessions: who is signed in, in which browser. A browser holds a token, the store its hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Accounts
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.settings import PersonSettings
from gateway.persons import statements as sql
from gateway.persons.person import Person
from gateway.persons.rows import Contact, PersonRow, SessionRow
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first
from gateway.trust.sealing import MasterKey

_HALF = timedelta(minutes=10)
"""How long somebody may take to prove the second factor."""
_LONGEST_AGENT = 200
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Where somebody signs in: what the browser calls itself, and the network it comes from."""

    agent: str
    network: str


class Sessions:
    def __init__(self, database: Database, accounts: Accounts, master: MasterKey, settings: PersonSettings) -> None:
        self._database = database
        self._accounts = accounts
        self._master = master
        self._settings = settings

    async def begin(self, connection: AsyncConnection, person_id: int, browser: Browser, *, is_whole: bool) -> str:
        """The token of a new session."""
        token, now = secrets.token_urlsafe(32), Clock.now()
        lasts = timedelta(hours=self._settings.longest_hours) if is_whole else _HALF
        row = {
            "id": uuid7(),
            "token_hash": _hash(token),
            "person_id": person_id,
            "is_whole": is_whole,
            "agent": browser.agent.replace("\0", "")[:_LONGEST_AGENT],
            "network": browser.network,
            "at": now,
            "ends_at": now + lasts,
        }
        await connection.execute(sql.BEGIN_SESSION, row)
        return token

    async def person(self, token: str) -> Person | None:
        """Who is signed in by a token; None when nobody is, or not any more."""
        now = Clock.now()
        where = {"token_hash": _hash(token), "now": now, "idle_since": self._idle_since(now)}
        async with self._database.writing() as connection:
            session = await fetch_first(connection, sql.SESSION, where, SessionRow)
            if session is None:
                return None
            if session.seen_at < now - _SEEN_EVERY:
                await connection.execute(sql.SEEN, {"id": session.id, "at": now})
            row = await fetch_first(connection, sql.PERSON_BY_ID, {"id": session.person_id}, PersonRow)
        assert row is not None  # a session refers to its person  # noqa: S101
        return Person(
            id=row.id,
            login=row.login,
            contact=contact_of(self._master, row),
            duties=row.held,
            tenant=await self._accounts.tenant(row.tenant_id),
            session=session.id,
            is_whole=session.is_whole,
        )

    async def listed(self, person_id: int) -> list[SessionRow]:
        """Where a person is signed in, the oldest first."""
        now = Clock.now()
        where = {"person_id": person_id, "now": now, "idle_since": self._idle_since(now)}
        async with self._database.writing() as connection:
            return await fetch(connection, sql.SESSIONS, where, SessionRow)

    async def end(self, person: Person, session_id: UUID | None = None) -> bool:
        """End one of the person's sessions, this browser's if none is given; False when there is none. Audited."""
        wanted = person.session if session_id is None else session_id
        async with self._database.writing() as connection:
            ended = await connection.execute(sql.END_SESSION, {"id": wanted, "person_id": person.id})
            if ended.rowcount:
                await audit.record(connection, person, "person.sign_out", person.login)
        return bool(ended.rowcount)

    async def end_others(self, person: Person) -> int:
        """End all the person's sessions but this one; how many there were. Audited."""
        async with self._database.writing() as connection:
            ended = await connection.execute(sql.END_SESSIONS, {"person_id": person.id, "but": person.session})
            if ended.rowcount:
                await audit.record(connection, person, "person.sign_out_others", person.login, sessions=ended.rowcount)
        return ended.rowcount

    async def tidy(self) -> None:
        """Forget what has ended."""
        now = Clock.now()
        async with self._database.writing() as connection:
            await connection.execute(sql.FORGET_SESSIONS, {"now": now, "idle_since": self._idle_since(now)})
            await connection.execute(sql.FORGET_LINKS, {"now": now})
            await connection.execute(sql.FORGET_CHALLENGES, {"now": now})
            await connection.execute(sql.FORGET_ATTEMPTS, {"until": now - timedelta(days=1)})

    def _idle_since(self, now: datetime) -> datetime:
        return now - timedelta(minutes=self._settings.idle_minutes)


def contact_of(master: MasterKey, row: PersonRow) -> Contact:
    """Who a person is; of an account that was closed long ago nothing but the login is kept.

    Raises SealBroken for what another master key has sealed.
    """
    if not row.contact:
        return Contact(name=row.login, phone="")
    return Contact(**orjson.loads(master.open_secret(row.contact, contact_place(row.login))))


def contact_place(login: str) -> bytes:
    """What the contact of a person is bound to."""
    return f"person/{login}/contact".encode()


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
