"""What a person does to their own account: the password, second factors, recovery codes."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import PersonSettings
from gateway.persons import passkeys
from gateway.persons import statements as sql
from gateway.persons.passkeys import BadPasskey, Site
from gateway.persons.passwords import Passwords
from gateway.persons.person import Person
from gateway.persons.persons import totp_place
from gateway.persons.rows import PasskeyRow, PersonRow, SigningRow
from gateway.persons.second_factors import RECOVERY_CODES, code_hash, new_code, new_secret, picture_of, step_of
from gateway.persons.sessions import Browser
from gateway.persons.sign_in import SignedIn, SignIn, take_challenge
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_one
from gateway.trust.sealing import MasterKey, SealBroken
from schemas.plain_text import normalised

_LONGEST_TITLE, _LONGEST_CODE = 40, 64
_RECOVERY_GROUPS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An authenticator that may be added: its secret, as text and as a picture, and what to send back with a code."""

    secret: str
    picture: str
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """What a person signs in with beside the password."""

    has_totp: bool
    passkeys: list[PasskeyRow]
    recovery_codes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A second factor was added: recovery codes where there were none, a new session where it was not whole."""

    recovery_codes: list[str]
    signed_in: SignedIn | None


class OwnAccount:
    def __init__(
        self, database: Database, master: MasterKey, settings: PersonSettings, *, sign_in: SignIn, passwords: Passwords
    ) -> None:
        self._database = database
        self._master = master
        self._settings = settings
        self._sign_in = sign_in
        self._passwords = passwords

    async def change_password(self, person: Person, old: str, new: str) -> None:
        """Set another password; all other sessions end. Audited. Raises Refused (SIGNIN-001/002, PERSON-004)."""
        await self._sign_in.must_be_password(person, old)
        password_hash = await self._passwords.hashed(new, person.login, person.contact.name)
        async with self._database.writing() as connection:
            await connection.execute(sql.SET_PASSWORD, {"id": person.id, "password": password_hash})
            await connection.execute(sql.END_SESSIONS, {"person_id": person.id, "but": person.session})
            await audit.record(connection, person, "person.password", person.login)

    async def factors(self, person: Person) -> Factors:
        async with self._database.writing() as connection:
            row = await fetch_one(connection, sql.SIGNING, {"login": person.login}, SigningRow)
            kept = await fetch(connection, sql.PASSKEYS, {"person_id": person.id}, PasskeyRow)
            codes = (await connection.execute(sql.COUNT_RECOVERY, {"person_id": person.id})).scalar_one()
        return Factors(has_totp=row.totp is not None, passkeys=kept, recovery_codes=codes)

    def offer(self, person: Person) -> Offer:
        """A new authenticator, of which nothing is kept until a code of it is shown."""
        secret = new_secret()
        sealed = self._master.wrap_secret(secret.encode(), _offer_place(person))
        return Offer(secret=secret, picture=picture_of(secret, person.login), sealed=urlsafe_b64encode(sealed).decode())

    async def add_totp(self, person: Person, sealed: str, code: str, browser: Browser) -> Added:
        """Keep an authenticator that was offered, in the place of another. Audited. Raises Refused (SIGNIN-001)."""
        try:
            secret = self._master.open_secret(urlsafe_b64decode(sealed), _offer_place(person)).decode()
        except (SealBroken, binascii.Error, ValueError):
            raise Refused(problems.SIGN_IN_FAILED) from None
        step = step_of(secret, normalised("NFKC", code[:_LONGEST_CODE]).strip())
        if step is None:
            raise Refused(problems.SIGN_IN_FAILED)
        kept = self._master.wrap_secret(secret.encode(), totp_place(person.login))
        async with self._database.writing() as connection:
            await _may_add(connection, person)
            await connection.execute(sql.SET_TOTP, {"id": person.id, "totp": kept, "step": step})
            return await self._added(connection, person, browser, "totp")

    async def passkey_challenge(self, person: Person, site: Site) -> str:
        """What a browser is asked in order to make a passkey, as JSON."""
        challenge = await self._sign_in.new_challenge(person.id)
        known = [each.id for each in (await self.factors(person)).passkeys]
        return passkeys.making(site, person.login, challenge, known)

    async def add_passkey(self, person: Person, answer: str, title: str, site: Site, *, browser: Browser) -> Added:
        """Keep a passkey that a browser has made. Audited. Raises Refused (SIGNIN-001)."""
        try:
            challenge = passkeys.challenge_in(answer)
            new = passkeys.made(site, answer, challenge)
            async with self._database.writing() as connection:
                await _may_add(connection, person)
                await take_challenge(connection, challenge, person.id)
                row = {
                    "id": new.id,
                    "person_id": person.id,
                    "public_key": new.public_key,
                    "uses": new.uses,
                    "title": title.strip()[:_LONGEST_TITLE] or "passkey",
                    "at": Clock.now(),
                }
                if (await connection.execute(sql.ADD_PASSKEY, row)).first() is None:
                    raise BadPasskey
                return await self._added(connection, person, browser, "passkey")
        except BadPasskey:
            raise Refused(problems.SIGN_IN_FAILED) from None

    async def _added(self, connection: AsyncConnection, person: Person, browser: Browser, factor: str) -> Added:
        await audit.record(connection, person, "person.factor_added", person.login, factor=factor)
        counted = (await connection.execute(sql.COUNT_RECOVERY, {"person_id": person.id})).scalar_one()
        codes = [] if counted else await _renew_codes(connection, person)
        signed_in = None if person.is_whole else await self._sign_in.whole(connection, person, browser)
        return Added(recovery_codes=codes, signed_in=signed_in)

    async def remove_totp(self, person: Person) -> None:
        """Raises Refused (PERSON-005) for the last second factor where one is required. Audited."""
        async with self._database.writing() as connection:
            await fetch_one(connection, sql.LOCK, {"login": person.login}, PersonRow)
            await connection.execute(sql.SET_TOTP, {"id": person.id, "totp": None, "step": 0})
            await self._removed(connection, person, "totp")

    async def remove_passkey(self, person: Person, passkey_id: bytes) -> None:
        """Raises Refused (PERSON-005) for the last second factor where one is required, REQUEST-003. Audited."""
        async with self._database.writing() as connection:
            await fetch_one(connection, sql.LOCK, {"login": person.login}, PersonRow)
            dropped = await connection.execute(sql.DROP_PASSKEY, {"person_id": person.id, "id": passkey_id})
            if not dropped.rowcount:
                raise Refused(problems.NOT_FOUND)
            await self._removed(connection, person, "passkey")

    async def _removed(self, connection: AsyncConnection, person: Person, factor: str) -> None:
        row = await fetch_one(connection, sql.SIGNING, {"login": person.login}, SigningRow)
        if not row.has_second and self._settings.second_factor == "required":
            raise Refused(problems.SECOND_FACTOR_NEEDED)
        await audit.record(connection, person, "person.factor_removed", person.login, factor=factor)

    async def renew_recovery_codes(self, person: Person) -> list[str]:
        """New ones in the place of those there were, seen here and never again. Audited."""
        async with self._database.writing() as connection:
            await audit.record(connection, person, "person.recovery_codes", person.login)
            return await _renew_codes(connection, person)


async def _may_add(connection: AsyncConnection, person: Person) -> None:
    """Who has a second factor and has not shown it adds none. Raises Refused (AUTH-005)."""
    row = await fetch_one(connection, sql.SIGNING, {"login": person.login}, SigningRow)
    if row.has_second and not person.is_whole:
        raise Refused(problems.FORBIDDEN)


async def _renew_codes(connection: AsyncConnection, person: Person) -> list[str]:
    codes = [new_code(_RECOVERY_GROUPS) for _ in range(RECOVERY_CODES)]
    await connection.execute(sql.DROP_RECOVERY, {"person_id": person.id})
    rows = [{"person_id": person.id, "code_hash": code_hash(code)} for code in codes]
    await connection.execute(sql.ADD_RECOVERY, rows)
    return codes


def _offer_place(person: Person) -> bytes:
    return f"person/{person.login}/offer".encode()
