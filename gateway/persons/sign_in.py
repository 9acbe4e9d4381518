"""Signing in: a password and then a second factor, or a passkey, which is both.

Failures are counted for a login whether or not somebody has it, and before anything is compared. From the fifth on who
tries waits, each time twice as long, up to a quarter of an hour.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import PersonSettings
from gateway.persons import passkeys
from gateway.persons import statements as sql
from gateway.persons.passkeys import BadPasskey, MadePasskey, Site
from gateway.persons.passwords import Passwords
from gateway.persons.person import Person
from gateway.persons.persons import totp_place
from gateway.persons.rows import AttemptRow, LinkRow, PasskeyRow, PersonRow, SigningRow
from gateway.persons.second_factors import code_hash, step_of
from gateway.persons.sessions import Browser, Sessions
from gateway.persons.states import PersonState
from gateway.store.database import Database
from gateway.store.typed import fetch_first, fetch_one
from gateway.trust.sealing import MasterKey
from schemas.findings import Text
from schemas.plain_text import normalised

_FREE_FAILURES, _FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 5, 15, 900
_LONGEST_LOGIN = 64
_LONGEST_CODE = 64
_CHALLENGE_BYTES, _CHALLENGE_LASTS = 32, timedelta(minutes=5)


class Attempted(Protocol):
    """Whose sign-in is told in the audit log."""

    @property
    def login(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def account(self) -> audit.Account: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The token of a session, and whether it is whole or something is still to be proved."""

    token: str
    is_whole: bool


class SignIn:
    def __init__(
        self,
        database: Database,
        master: MasterKey,
        settings: PersonSettings,
        *,
        sessions: Sessions,
        passwords: Passwords,
    ) -> None:
        self._database = database
        self._master = master
        self._settings = settings
        self._sessions = sessions
        self._passwords = passwords

    async def with_password(self, login: str, password: str, browser: Browser) -> SignedIn:
        """A session, whole for somebody who has no second factor and need not have one.

        Raises Refused: SIGNIN-001 for a wrong login or password, without telling which; SIGNIN-002 after too many
        failures, LIMIT-002.
        """
        login = login.strip().lower()[:_LONGEST_LOGIN]
        tried = self._master.blind(f"sign-in/{login}")
        await self._count(tried)
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.SIGNING, {"login": login}, SigningRow)
        kept = row.password if row is not None and row.state is PersonState.ACTIVE else None
        if not await self._passwords.is_right(password, kept, login) or row is None:
            if row is not None:
                await self._tell(row, "person.sign_in_failed", factor="password")
            raise Refused(problems.SIGN_IN_FAILED)
        is_whole = not row.has_second and self._settings.second_factor == "offered"
        async with self._database.writing() as connection:
            await connection.execute(sql.SUCCEEDED, {"tried": tried})
            token = await self._sessions.begin(connection, row.id, browser, is_whole=is_whole)
            if is_whole:
                await self._note(connection, row, row.id, factor="password")
        return SignedIn(token=token, is_whole=is_whole)

    async def has_second(self, person: Person) -> bool:
        """Whether a person has a second factor; who has none has to add one, where it is required."""
        return (await self._signing(person)).has_second

    async def with_code(self, person: Person, code: str, browser: Browser) -> SignedIn:
        """A whole session for somebody who has proved the password, by a code of an authenticator or a recovery code.

        Raises Refused (SIGNIN-001, SIGNIN-002).
        """
        tried = self._master.blind(f"second/{person.login}")
        await self._count(tried)
        row = await self._signing(person)
        async with self._database.writing() as connection:
            factor = await self._factor(connection, row, normalised("NFKC", code[:_LONGEST_CODE]).strip())
            if factor is not None:
                await connection.execute(sql.SUCCEEDED, {"tried": tried})
                return await self._whole(connection, person, browser, factor)
        await self._tell(row, "person.sign_in_failed", factor="code")
        raise Refused(problems.SIGN_IN_FAILED)

    async def _factor(self, connection: AsyncConnection, row: SigningRow, code: str) -> str | None:
        """By what a code proves a person, used up by that; None when it proves nothing."""
        if code.isdecimal():
            step = None if row.totp is None else step_of(self._opened(row), code)
            used = {"id": row.id, "step": step}
            if step is not None and (await connection.execute(sql.USE_TOTP_STEP, used)).rowcount:
                return "totp"
            return None
        where = {"person_id": row.id, "code_hash": code_hash(code)}
        return "recovery" if (await connection.execute(sql.USE_RECOVERY, where)).rowcount else None

    async def challenge(self, site: Site, person: Person | None = None) -> str:
        """What a browser is asked to sign, as JSON: by anybody who signs in, or by `person` as a second factor."""
        challenge = await self.new_challenge(None if person is None else person.id)
        return passkeys.signing(site, challenge)

    async def new_challenge(self, person_id: int | None) -> bytes:
        challenge = secrets.token_bytes(_CHALLENGE_BYTES)
        row = {"challenge": challenge, "person_id": person_id, "ends_at": Clock.now() + _CHALLENGE_LASTS}
        async with self._database.writing() as connection:
            await connection.execute(sql.ADD_CHALLENGE, row)
        return challenge

    async def with_passkey(self, answer: str, browser: Browser, site: Site, person: Person | None = None) -> SignedIn:
        """A whole session for whoever has a passkey; `person` has proved the password already.

        Raises Refused (SIGNIN-001).
        """
        try:
            passkey_id, challenge = passkeys.id_in(answer), passkeys.challenge_in(answer)
            async with self._database.writing() as connection:
                await take_challenge(connection, challenge, None if person is None else person.id)
            async with self._database.writing() as connection:
                row = await fetch_first(connection, sql.PASSKEY, {"id": passkey_id}, PasskeyRow)
                if row is None or (person is not None and row.person_id != person.id):
                    raise BadPasskey
                kept = MadePasskey(id=row.id, public_key=row.public_key, uses=row.uses)
                uses = passkeys.uses_after(site, answer, challenge, kept)
                owner = await fetch_one(connection, sql.PERSON_BY_ID, {"id": row.person_id}, PersonRow)
                if owner.state is not PersonState.ACTIVE:
                    raise BadPasskey
                await connection.execute(sql.USED_PASSKEY, {"id": row.id, "uses": uses, "at": Clock.now()})
                signing = await fetch_one(connection, sql.SIGNING, {"login": owner.login}, SigningRow)
                if person is not None:
                    return await self._whole(connection, person, browser, "passkey")
                token = await self._sessions.begin(connection, owner.id, browser, is_whole=True)
                await self._note(connection, signing, owner.id, factor="passkey")
        except BadPasskey:
            raise Refused(problems.SIGN_IN_FAILED) from None
        return SignedIn(token=token, is_whole=True)

    async def link(self, code: str) -> LinkRow:
        """Whose invitation or reset a code is. Raises Refused (SIGNIN-003)."""
        async with self._database.writing() as connection:
            return await _linked(connection, code)

    async def activate(self, code: str, password: str, browser: Browser) -> SignedIn:
        """Set the password of whoever was invited, or reset, and sign them in as `with_password` does.

        A reset forgets what was a second factor, and ends every session. Raises Refused (SIGNIN-003, PERSON-004).
        """
        link = await self.link(code)
        password_hash = await self._passwords.hashed(password, link.login)
        async with self._database.writing() as connection:
            if (await connection.execute(sql.TAKE_LINK, {"code_hash": code_hash(code)})).first() is None:
                raise Refused(problems.LINK_ENDED)
            owner = {"person_id": link.person_id}
            if link.is_reset:
                await connection.execute(sql.SET_TOTP, {"id": link.person_id, "totp": None, "step": 0})
                await connection.execute(sql.DROP_PASSKEYS, owner)
                await connection.execute(sql.DROP_RECOVERY, owner)
                await connection.execute(sql.END_SESSIONS, owner | {"but": None})
            active = PersonState.ACTIVE
            await connection.execute(sql.SET_PASSWORD, {"id": link.person_id, "password": password_hash})
            move = {"id": link.person_id, "state": active.value, "before": [PersonState.INVITED.value]}
            await connection.execute(sql.MOVE, move)
            row = await fetch_one(connection, sql.SIGNING, {"login": link.login}, SigningRow)
            if row.state is not active:  # suspended meanwhile
                raise Refused(problems.LINK_ENDED)
            await audit.record(connection, row, "person.activate", row.login, is_reset=link.is_reset)
            is_whole = self._settings.second_factor == "offered"
            token = await self._sessions.begin(connection, row.id, browser, is_whole=is_whole)
        return SignedIn(token=token, is_whole=is_whole)

    async def whole(self, connection: AsyncConnection, person: Person, browser: Browser) -> SignedIn:
        """A whole session in the place of one in which a second factor was added just now."""
        return await self._whole(connection, person, browser, "enrolled")

    async def _whole(self, connection: AsyncConnection, person: Person, browser: Browser, factor: str) -> SignedIn:
        """The session begins anew, so that a token that was known before it was whole is worth nothing."""
        await connection.execute(sql.END_SESSION, {"id": person.session, "person_id": person.id})
        token = await self._sessions.begin(connection, person.id, browser, is_whole=True)
        await self._note(connection, person, person.id, factor=factor)
        return SignedIn(token=token, is_whole=True)

    async def _note(self, connection: AsyncConnection, whose: Attempted, person_id: int, *, factor: str) -> None:
        await connection.execute(sql.SIGNED_IN, {"id": person_id, "at": Clock.now()})
        await audit.record(connection, whose, "person.sign_in", whose.login, factor=factor)

    async def _tell(self, row: SigningRow, action: str, *, factor: str) -> None:
        async with self._database.writing() as connection:
            await audit.record(connection, row, action, row.login, factor=factor)

    async def must_be_password(self, person: Person, password: str) -> None:
        """Raises Refused (SIGNIN-001, SIGNIN-002) when somebody who is signed in does not know the password."""
        tried = self._master.blind(f"again/{person.login}")
        await self._count(tried)
        row = await self._signing(person)
        if not await self._passwords.is_right(password, row.password, person.login):
            await self._tell(row, "person.sign_in_failed", factor="password")
            raise Refused(problems.SIGN_IN_FAILED)
        async with self._database.writing() as connection:
            await connection.execute(sql.SUCCEEDED, {"tried": tried})

    async def _signing(self, person: Person) -> SigningRow:
        async with self._database.writing() as connection:
            return await fetch_one(connection, sql.SIGNING, {"login": person.login}, SigningRow)

    async def _count(self, tried: int) -> None:
        """Count an attempt as failed until it is known not to be. Raises Refused (SIGNIN-002)."""
        now = Clock.now()
        attempt = {
            "tried": tried,
            "now": now,
            "free": _FREE_FAILURES,
            "first": _FIRST_WAIT_SECONDS,
            "longest": _LONGEST_WAIT_SECONDS,
        }
        async with self._database.writing() as connection:
            if (await connection.execute(sql.TRY, attempt)).first() is not None:
                return
            row = await fetch_one(connection, sql.WAITS, attempt, AttemptRow)
        seconds = max(1, ceil((row.waits_until - now).total_seconds()))
        detail = Text(f"请在 {seconds} 秒后再试", f"Try again in {seconds} s")
        raise Refused(problems.SIGN_IN_WAITS, detail, headers={"Retry-After": str(seconds)})

    def _opened(self, row: SigningRow) -> str:
        assert row.totp is not None  # noqa: S101 - asked before
        return self._master.open_secret(row.totp, totp_place(row.login)).decode()


async def take_challenge(connection: AsyncConnection, challenge: bytes, person_id: int | None) -> None:
    """Use a challenge up. Raises BadPasskey for one that was not given, or was used."""
    where = {"challenge": challenge, "person_id": person_id, "now": Clock.now()}
    if not (await connection.execute(sql.TAKE_CHALLENGE, where)).rowcount:
        raise BadPasskey


async def _linked(connection: AsyncConnection, code: str) -> LinkRow:
    where = {"code_hash": code_hash(code), "now": Clock.now()}
    found = await fetch_first(connection, sql.LINK, where, LinkRow)
    if found is None:
        raise Refused(problems.LINK_ENDED)
    return found
