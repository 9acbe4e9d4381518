"""Accounts of people: invited, given duties, suspended, handed over, closed. All of it is audited."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Accounts, Actor
from gateway.access.divisions import NATION, level_of, title_of
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import PersonSettings
from gateway.persons import statements as sql
from gateway.persons.appointing import kind_of, may_enter, may_manage, most_administrators
from gateway.persons.duties import ADMINISTRATOR, Duty, flaw
from gateway.persons.person import Person
from gateway.persons.rows import Contact, PersonRow, SealedRow
from gateway.persons.second_factors import code_hash, new_code
from gateway.persons.sessions import contact_of, contact_place
from gateway.persons.states import PERSONS, STATE_TITLES, PersonState
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from gateway.trust.rewrapping import Wrapping
from gateway.trust.sealing import MasterKey
from schemas.findings import Text
from schemas.plain_text import normalised

LOGIN = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_BUREAU = "bureau-"
_PHONE = re.compile(r"\+?[0-9][0-9 -]{5,19}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_LONGEST_WORD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A person and who that is."""

    row: PersonRow
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What somebody sets their password with, once: it is seen here and never again."""

    login: str
    code: str
    ends_at: datetime


class Persons:
    def __init__(self, database: Database, accounts: Accounts, master: MasterKey, settings: PersonSettings) -> None:
        self._database = database
        self._accounts = accounts
        self._master = master
        self._settings = settings

    async def bureau(self, actor: Actor, division: str) -> Tenant:
        """The authority of a division, entered when its first person is. Raises Refused (AUTH-005, PERSON-001)."""
        try:
            level_of(division)
        except KeyError:
            detail = Text("没有这个行政区划代码", "There is no such division")
            raise Refused(problems.DUTIES_REFUSED, detail, field="division") from None
        if not may_enter(actor, division):
            raise Refused(problems.FORBIDDEN)
        name = f"{_BUREAU}{division}"
        title = "国家旅游主管部门" if division == NATION else f"{title_of(division).zh}旅游主管部门"
        return await self._accounts.named(name) or await self._accounts.ensure_tenant(name, title, division)

    async def invite(
        self, actor: Actor, office: Tenant, login: str, *, contact: Contact, duties: Collection[Duty]
    ) -> Invitation:
        """A new account.

        Raises Refused: AUTH-005 when it is not theirs to give, PERSON-001 for facts or duties that cannot stand,
        PERSON-002 when there are as many administrators as there may be, PERSON-003 for a login that is taken.
        """
        if not may_manage(actor, office, duties):
            raise Refused(problems.FORBIDDEN)
        _must_be_facts(login, contact)
        _must_stand(duties, office)
        row = {
            "login": login,
            "tenant_id": office.id,
            "state": PERSONS.beginning.value,
            "duties": sorted(duties),
            "contact": self._sealed(login, contact),
            "at": Clock.now(),
            "by": actor.name,
        }
        async with self._database.writing() as connection:
            await self._must_have_room(connection, office, duties, but="")
            person_id = (await connection.execute(sql.INSERT, row)).scalar()
            if person_id is None:
                raise Refused(problems.LOGIN_TAKEN)
            what = {"office": office.name, "duties": sorted(duties)}
            await audit.record(connection, actor, "person.invite", login, division=office.division, **what)
            return await self._link(connection, login, person_id, is_reset=False)

    async def listed(
        self, scope: Scope, *, office: Tenant | None = None, duty: Duty | None = None, with_closed: bool = False
    ) -> list[Shown]:
        """The people in sight, by division and office."""
        where = {"tenant_id": office and office.id, "duty": duty and duty.value, "with_closed": with_closed}
        async with self._database.reading(scope) as connection:
            rows = await fetch(connection, sql.LISTED, where, PersonRow)
        return [Shown(row=row, contact=contact_of(self._master, row)) for row in rows]

    async def administrators(self, scope: Scope) -> list[Shown]:
        """The administrators of authorities in sight (附件一 of the notice)."""
        return await self.listed(scope, duty=Duty.SYSTEM_ADMINISTRATOR)

    async def shown(self, actor: Actor, login: str) -> Shown:
        """One whose account is theirs to manage. Raises Refused (REQUEST-003)."""
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.PERSON, {"login": login}, PersonRow)
        if row is None or not await self._is_theirs(actor, row):
            raise Refused(problems.NOT_FOUND)
        return Shown(row=row, contact=contact_of(self._master, row))

    async def set_duties(self, actor: Actor, login: str, duties: Collection[Duty]) -> None:
        """Give and take duties, of somebody else's. Raises Refused (AUTH-005, REQUEST-003, PERSON-001, PERSON-002)."""
        async with self._database.writing() as connection:
            row, office = await self._theirs(connection, actor, login)
            if not may_manage(actor, office, duties):
                raise Refused(problems.FORBIDDEN)
            _must_stand(duties, office)
            await self._must_have_room(connection, office, duties, but=login)
            await connection.execute(sql.SET_DUTIES, {"id": row.id, "duties": sorted(duties)})
            change = {"before": sorted(row.duties), "after": sorted(duties)}
            await audit.record(connection, actor, "person.duties", login, division=office.division, **change)

    async def set_contact(self, actor: Actor, login: str, contact: Contact) -> None:
        """Correct who somebody is. Raises Refused (AUTH-005, REQUEST-003, PERSON-001)."""
        _must_be_facts(login, contact)
        async with self._database.writing() as connection:
            row, office = await self._theirs(connection, actor, login)
            await connection.execute(sql.SET_CONTACT, {"id": row.id, "contact": self._sealed(login, contact)})
            await audit.record(connection, actor, "person.facts", login, division=office.division)

    async def move(self, actor: Actor, login: str, state: PersonState, reason: str) -> None:
        """Suspend, resume or close an account, somebody else's, with a reason; its sessions end.

        Raises Refused (AUTH-005, REQUEST-003, STATE-001).
        """
        async with self._database.writing() as connection:
            row, office = await self._theirs(connection, actor, login)
            is_asked = state is not PersonState.ACTIVE or row.state is PersonState.SUSPENDED
            if not (is_asked and PERSONS.may_move(row.state, state)):
                now, then = STATE_TITLES[row.state], STATE_TITLES[state]
                detail = Text(f"账号{now.zh}，不能改为“{then.zh}”", f"It is {now.en} and cannot become {then.en}")
                raise Refused(problems.STATE_REFUSED, detail, state=row.state)
            await connection.execute(sql.MOVE, {"id": row.id, "state": state.value, "before": PERSONS.before(state)})
            if state is PersonState.CLOSED:
                await connection.execute(sql.CLOSED, {"id": row.id, "at": Clock.now()})
            await connection.execute(sql.END_SESSIONS, {"person_id": row.id, "but": None})
            await connection.execute(sql.DROP_LINKS, {"person_id": row.id})
            await audit.record(connection, actor, f"person.{state}", login, division=office.division, reason=reason)

    async def sign_out(self, actor: Actor, login: str) -> int:
        """End all sessions of somebody else; how many there were. Audited. Raises Refused (AUTH-005, REQUEST-003)."""
        async with self._database.writing() as connection:
            row, office = await self._theirs(connection, actor, login)
            ended = (await connection.execute(sql.END_SESSIONS, {"person_id": row.id, "but": None})).rowcount
            await audit.record(connection, actor, "person.signed_out", login, division=office.division, sessions=ended)
        return ended

    async def reset(self, actor: Actor, login: str) -> Invitation:
        """A code with which somebody else sets a new password; what was a second factor is forgotten when it is used.

        Raises Refused (AUTH-005, REQUEST-003, STATE-001).
        """
        async with self._database.writing() as connection:
            row, office = await self._theirs(connection, actor, login)
            if row.state not in (PersonState.ACTIVE, PersonState.INVITED):
                raise Refused(problems.STATE_REFUSED, state=row.state)
            await connection.execute(sql.DROP_LINKS, {"person_id": row.id})
            await audit.record(connection, actor, "person.reset", login, division=office.division)
            return await self._link(connection, login, row.id, is_reset=row.state is PersonState.ACTIVE)

    async def hand_over(self, person: Person, login: str) -> None:
        """Give the administration of one's own office to a colleague; the number of administrators stays.

        Whoever gives it keeps the other duties, the colleague those that go with it. Raises Refused (AUTH-005,
        REQUEST-003, STATE-001 for somebody who has not signed in yet, or is an administrator already).
        """
        administers = ADMINISTRATOR[person.kind]
        if administers not in person.duties or login == person.login:
            raise Refused(problems.FORBIDDEN)
        async with self._database.writing() as connection:
            both = {"logins": [person.login, login]}
            held = {row.login: row for row in await fetch(connection, sql.LOCK_ALL, both, PersonRow)}
            own, row = held[person.login], held.get(login)
            if row is None or row.tenant_id != person.tenant.id:
                raise Refused(problems.NOT_FOUND)
            if row.state is not PersonState.ACTIVE or administers in row.held:
                raise Refused(problems.STATE_REFUSED, state=row.state)
            if administers not in own.held:
                raise Refused(problems.FORBIDDEN)
            new = {administers} if flaw({*row.held, administers}, person.kind) else {*row.held, administers}
            await connection.execute(sql.SET_DUTIES, {"id": own.id, "duties": sorted(own.held - {administers})})
            await connection.execute(sql.SET_DUTIES, {"id": row.id, "duties": sorted(new)})
            await audit.record(connection, person, "person.hand_over", login, division=person.tenant.division)

    async def has_administrator(self, office: Tenant) -> bool:
        async with self._database.writing() as connection:
            return await self._administrators(connection, office, but="") > 0

    async def _theirs(self, connection: AsyncConnection, actor: Actor, login: str) -> tuple[PersonRow, Tenant]:
        """A person and the office, held until the end of the transaction. Raises Refused (AUTH-005, REQUEST-003)."""
        row = await fetch_first(connection, sql.LOCK, {"login": login}, PersonRow)
        if row is None or not await self._is_theirs(actor, row):
            raise Refused(problems.NOT_FOUND)
        office = await self._accounts.tenant(row.tenant_id)
        if isinstance(actor, Person) and actor.id == row.id:
            detail = Text("不能更改自己的账号，请由其他管理员办理", "Another administrator changes your account")
            raise Refused(problems.FORBIDDEN, detail)
        return row, office

    async def _is_theirs(self, actor: Actor, row: PersonRow) -> bool:
        return may_manage(actor, await self._accounts.tenant(row.tenant_id), row.held)

    async def _must_have_room(
        self, connection: AsyncConnection, office: Tenant, duties: Collection[Duty], *, but: str
    ) -> None:
        """Raises Refused (PERSON-002) when these duties would make one administrator too many."""
        if ADMINISTRATOR[kind_of(office)] not in duties:
            return
        await connection.execute(sql.HOLD_OFFICE, {"office": office.name})
        most = most_administrators(kind_of(office), office.division, self._settings.administrators)
        if await self._administrators(connection, office, but=but) >= most:
            detail = Text(f"该单位最多 {most} 名系统管理员", f"This office has {most} administrators at most")
            raise Refused(problems.QUOTA_REACHED, detail, most=most)

    async def _administrators(self, connection: AsyncConnection, office: Tenant, *, but: str) -> int:
        where = {
            "duty": ADMINISTRATOR[kind_of(office)].value,
            "but": but,
            "is_bureau": not office.uscc,
            "division": office.division,
            "tenant_id": office.id,
        }
        return (await connection.execute(sql.COUNT_HOLDERS, where)).scalar_one()

    async def _link(self, connection: AsyncConnection, login: str, person_id: int, *, is_reset: bool) -> Invitation:
        code, ends_at = new_code(), Clock.now() + timedelta(days=self._settings.invitation_days)
        row = {"code_hash": code_hash(code), "person_id": person_id, "ends_at": ends_at, "is_reset": is_reset}
        await connection.execute(sql.ADD_LINK, row)
        return Invitation(login=login, code=code, ends_at=ends_at)

    def _sealed(self, login: str, contact: Contact) -> bytes:
        return self._master.wrap_secret(orjson.dumps(asdict(contact)), contact_place(login))


async def wrappings(database: Database) -> list[Wrapping]:
    """What is sealed of people and of their authenticators, to be sealed anew."""
    async with database.writing() as connection:
        rows = await fetch(connection, sql.SEALED, {}, SealedRow)
    found: list[Wrapping] = []
    for row in rows:
        keys = {"name": row.login}
        place = contact_place(row.login)
        if row.contact:
            found.append(Wrapping(wrapped=row.contact, place=place, renew=sql.RESEAL_CONTACT, keys=keys))
        if row.totp is not None:
            place = totp_place(row.login)
            found.append(Wrapping(wrapped=row.totp, place=place, renew=sql.RESEAL_TOTP, keys=keys))
    return found


def totp_place(login: str) -> bytes:
    """What the secret of an authenticator is bound to."""
    return f"person/{login}/totp".encode()


def _must_be_facts(login: str, contact: Contact) -> None:
    """Raises Refused (PERSON-001)."""
    checks: Sequence[tuple[str, bool, Text]] = (
        (
            "login",
            LOGIN.fullmatch(login) is None,
            Text(
                "登录名为 3 至 32 位小写字母、数字、点、横线，以字母开头",
                "A login has 3 to 32 of a-z 0-9 . _ - and begins with a letter",
            ),
        ),
        ("name", not 1 <= len(contact.name) <= _LONGEST_WORD, Text("请填写姓名", "Give a name")),
        (
            "phone",
            _PHONE.fullmatch(normalised("NFKC", contact.phone)) is None,
            Text("请填写联系电话，只含数字、空格和横线", "Give a phone number of digits, blanks and hyphens"),
        ),
        ("position", len(contact.position) > _LONGEST_WORD, Text("职务过长", "The position is too long")),
        (
            "email",
            bool(contact.email) and _EMAIL.fullmatch(contact.email) is None,
            Text("电子邮箱格式有误", "This is no e-mail address"),
        ),
    )
    for field, is_wrong, words in checks:
        if is_wrong:
            raise Refused(problems.DUTIES_REFUSED, words, field=field)


def _must_stand(duties: Collection[Duty], office: Tenant) -> None:
    """Raises Refused (PERSON-001)."""
    why = flaw(duties, kind_of(office))
    if why is not None:
        raise Refused(problems.DUTIES_REFUSED, why, field="duties")
