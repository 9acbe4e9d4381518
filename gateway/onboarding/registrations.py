"""Registrations of ERP and e-contract systems: a form, decisions with their reasons, a sandbox to try things out in.

Source: the notice's form about a system that is to be connected (domain section 1); connecting is free. Who applies
gets a token, which is all that is needed to see how far it is and to fetch credentials of the sandbox.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import EVERYTHING, Accounts, Actor, Credential, Role
from gateway.access.divisions import SANDBOX
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.errors import UserError, both
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.base.settings import OnboardingSettings
from gateway.onboarding import statements as sql
from gateway.onboarding.conformance import Conformance
from gateway.onboarding.generator import KINDS
from gateway.onboarding.rows import CountedRow, RegistrationRow, SealedContactRow, StepRow
from gateway.onboarding.scenarios import Scenario
from gateway.onboarding.states import REGISTRATIONS, RegistrationState
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first
from gateway.trust.rewrapping import Wrapping
from gateway.trust.sealing import MasterKey
from schemas.findings import Text, veiled

APPLICANT = "applicant"
PARTNER = re.compile(r"[a-z0-9][a-z0-9._-]{1,40}")
"""What a partner may be called."""
NOBODY = "-"
"""By whom a registration is closed that nobody has taken up."""
_NATION = "000000"
_MOST_CREDENTIALS = 5
"""Of the sandbox, and as many real ones."""
_SANDBOX = ".test"
HAS_CREDENTIALS = frozenset({RegistrationState.SANDBOX, RegistrationState.CONFORMANCE, RegistrationState.LIVE})
"""Where a system may fetch some: of the sandbox, and real ones when it is connected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom to call. Sealed in the store."""

    name: str
    phone: str
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The facts of a system. `applicant` is "agency" or "vendor"; `daily` is how many records come on a usual day."""

    organisation: str
    applicant: str
    name: str
    channel: str
    kinds: Sequence[str]
    version: str | None = None
    uscc: str | None = None
    division: str | None = None
    agencies: int | None = None
    daily: int | None = None
    remarks: str | None = None


class Registrations:
    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        master: MasterKey,
        *,
        conformance: Conformance,
        settings: OnboardingSettings,
    ) -> None:
        self._database = database
        self._settings = settings
        self._conformance = conformance
        self._accounts = accounts
        self._master = master

    async def apply(self, system: System, contact: Contact, address: str) -> tuple[UUID, str]:
        """Enter a form; its number, and the token of whoever filled it in.

        Raises Refused (LIMIT-001) for too many from one network address in a day.
        """
        registration_id, token = uuid7(), secrets.token_urlsafe(24)
        sealed = self._master.wrap_secret(orjson.dumps(asdict(contact)), _place(registration_id))
        now = Clock.now()
        row = {
            "id": registration_id,
            "system": orjson.dumps(asdict(system)).decode(),
            "contact": sealed,
            "token_hash": _hash(token),
            "at": now,
        }
        async with self._database.writing() as connection:
            await self._count(connection, address)
            await connection.execute(sql.REGISTER, row)
            step = {"id": registration_id, "state": RegistrationState.APPLIED.value, "at": now}
            await connection.execute(sql.ADD_STEP, step | {"by": APPLICANT, "reason": ""})
        return registration_id, token

    async def _count(self, connection: AsyncConnection, address: str) -> None:
        """Count a form for its address, which is not kept. Raises Refused (LIMIT-001)."""
        today = Clock.china_today()
        origin = self._master.blind(f"registration/{today}/{address}")
        most = self._settings.forms_a_day
        counted = await connection.execute(sql.COUNT_FORM, {"day": today, "origin": origin, "most": most})
        if counted.rowcount != 1:
            detail = Text(
                f"同一网络地址每天最多填报 {most} 份，请明天再试",
                f"{most} forms a day from one network address at most",
            )
            raise Refused(problems.RATE_LIMITED, detail, headers={"Retry-After": "3600"})

    async def tidy(self) -> None:
        """Reject what nobody has taken up, and forget whom to call some time after a rejection."""
        now, state = Clock.now(), RegistrationState.REJECTED
        days = self._settings.untouched_days
        close = {"state": state.value, "before": REGISTRATIONS.before(state), "until": now - timedelta(days=days)}
        why = both(Text(f"{days} 天内未受理，自动关闭", f"not taken up within {days} days"))
        forget = {"until": now - timedelta(days=self._settings.forget_days)}
        async with self._database.writing() as connection:
            for registration_id in (await connection.execute(sql.CLOSE_UNTOUCHED, close)).scalars().all():
                step = {"id": registration_id, "state": state.value, "at": now, "by": NOBODY, "reason": why}
                await connection.execute(sql.ADD_STEP, step)
            await connection.execute(sql.FORGET_CONTACTS, forget)
            await connection.execute(sql.FORGET_ORIGINS, {"day": Clock.china_today()})

    async def shown(self, registration_id: UUID) -> tuple[RegistrationRow, list[StepRow]]:
        """A registration and what happened to it. Raises Refused (REQUEST-003)."""
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.REGISTRATION, {"id": registration_id}, RegistrationRow)
            if row is None:
                raise Refused(problems.NOT_FOUND)
            return row, await fetch(connection, sql.STEPS, {"id": registration_id}, StepRow)

    async def own(self, registration_id: UUID, token: str) -> tuple[RegistrationRow, list[StepRow]]:
        """The same for whoever filled it in. Raises Refused (REQUEST-003) for another token as for no registration."""
        row, steps = await self.shown(registration_id)
        if not compare_digest(bytes(row.token_hash), _hash(token)):
            raise Refused(problems.NOT_FOUND)
        return row, steps

    async def listed(
        self, state: RegistrationState | None = None, *, after: UUID | None = None, limit: int = 100
    ) -> list[RegistrationRow]:
        """Registrations in a state, or all, the oldest first."""
        wanted = {"state": state and state.value, "after": after, "limit": limit}
        async with self._database.writing() as connection:
            return await fetch(connection, sql.REGISTRATIONS, wanted, RegistrationRow)

    async def of_partners(self, partners: Sequence[str]) -> list[RegistrationRow]:
        """The registrations that are called so."""
        async with self._database.writing() as connection:
            return await fetch(connection, sql.OF_PARTNERS, {"partners": list(partners)}, RegistrationRow)

    async def counted(self) -> dict[RegistrationState, int]:
        """How many registrations there are in each state."""
        async with self._database.writing() as connection:
            return {row.state: row.count for row in await fetch(connection, sql.COUNTED, {}, CountedRow)}

    def contact_of(self, row: RegistrationRow) -> Contact | None:
        """Whom to call; None once that is forgotten."""
        if row.contact is None:
            return None
        return Contact(**orjson.loads(self._master.open_secret(row.contact, _place(row.id))))

    async def conformance(self, row: RegistrationRow) -> dict[str, dict[Scenario, bool]]:
        """By kind what its sandbox has shown and what not yet; nothing where nothing is asked or nobody has tried."""
        tenant = await self._accounts.newest(_sandbox(row))
        if tenant is None:
            return {}
        return await self._conformance.seen(tenant, row.system["channel"], _asked(row))

    async def results(self, row: RegistrationRow, seen: Mapping[str, Mapping[Scenario, bool]]) -> dict[str, str]:
        """The signed statements about the kinds of which everything was `seen`, as `conformance` tells it."""
        whole = [kind for kind, found in seen.items() if all(found.values())]
        tenant = await self._accounts.newest(_sandbox(row)) if whole else None
        if tenant is None:
            return {}
        return {kind: self._conformance.signed(tenant, row.system["channel"], kind) for kind in whole}

    async def decide(
        self, actor: Actor, registration_id: UUID, state: RegistrationState, reason: str, *, partner: str | None = None
    ) -> tuple[RegistrationRow, list[StepRow]]:
        """Move a registration on. `partner` is what it will be called here, when it is accepted. Audited.

        Who is not accepted, or gives up, has no credentials of the sandbox any more. Raises Refused (REGISTRATION-001
        where it cannot go, has not shown what it does, or its name or credit code is another's; REQUEST-003).
        """
        before, _ = await self.shown(registration_id)
        name = await self._name(before, state, partner)
        if state is RegistrationState.LIVE:
            await self._must_have_shown(before)
            await self._must_be_free(before, _partner(before), _own_uscc(before))
            if REGISTRATIONS.may_move(before.state, state):
                await self._real_tenant(before)
        move = {"id": registration_id, "state": state.value, "seen": before.state.value, "partner": name}
        async with self._database.writing() as connection:
            await connection.execute(sql.DECIDE_ALONE)
            if name is not None and (await connection.execute(sql.IS_CALLED, move)).scalar_one():
                raise _taken(before, name)
            may_move = REGISTRATIONS.may_move(before.state, state)
            if not may_move or (await connection.execute(sql.MOVE_REGISTRATION, move)).rowcount != 1:
                detail = Text(
                    f"该登记现为 {before.state}，不能转为 {state}", f"it is {before.state} and cannot become {state}"
                )
                raise Refused(problems.REGISTRATION_STATE, detail, state=before.state.value)
            step = {"id": registration_id, "state": state.value, "at": Clock.now(), "by": actor.name, "reason": reason}
            await connection.execute(sql.ADD_STEP, step)
            await audit.record(
                connection, actor, f"registration.{state.value}", str(registration_id), reason=veiled(reason)
            )
        if state is RegistrationState.REJECTED:
            await self._end_sandbox(actor, before)
        return await self.shown(registration_id)

    async def credential(self, registration_id: UUID, token: str) -> tuple[str, Credential]:
        """A new credential and the name of its partner, for whoever filled the form in; a few of either sort.

        It is of the sandbox until the system is connected, then a real one; for which agencies that may speak is
        entered at the installation. Raises Refused (REGISTRATION-001 before it is accepted or for too many;
        REQUEST-003).
        """
        row, _ = await self.own(registration_id, token)
        is_live = row.state is RegistrationState.LIVE
        if row.state not in HAS_CREDENTIALS:
            raise Refused(problems.REGISTRATION_STATE, state=row.state.value)
        tenant = await (self._real_tenant(row) if is_live else self._sandbox_tenant(row))
        if tenant.is_sandbox is is_live:
            raise _taken(row, tenant.name)
        async with self._database.writing() as connection:
            count = sql.COUNT_ISSUED_LIVE if is_live else sql.COUNT_ISSUED
            counted = await connection.execute(count, {"id": row.id, "most": _MOST_CREDENTIALS})
            if counted.rowcount != 1:
                detail = Text(f"最多签发 {_MOST_CREDENTIALS} 个凭证", f"{_MOST_CREDENTIALS} credentials at most")
                raise Refused(problems.REGISTRATION_STATE, detail, state=row.state.value)
        return _partner(row) if is_live else _sandbox(row), await self._accounts.issue(tenant, Role.PARTNER)

    async def _name(self, row: RegistrationRow, end: RegistrationState, partner: str | None) -> str | None:
        """What the system is called from now on: that is settled when it is accepted. Raises Refused."""
        if row.state is not RegistrationState.APPLIED or end is not RegistrationState.SANDBOX:
            if partner not in (None, row.partner):
                detail = Text("名称在受理时确定", "the name is settled when it is accepted")
                raise Refused(problems.REGISTRATION_STATE, detail, state=row.state.value)
            return row.partner
        named = replace(row, partner=partner)
        if _partner(named).endswith(_SANDBOX):
            raise _taken(row, _partner(named))
        await self._must_be_free(row, _partner(named))
        await self._must_be_free(row, _sandbox(named))
        return _partner(named)

    async def _must_be_free(self, row: RegistrationRow, name: str, uscc: str = "") -> None:
        """Raises Refused (REGISTRATION-001) when a partner is called so, or has that credit code."""
        if not await self._accounts.is_free(name, uscc):
            raise _taken(row, name)

    async def _real_tenant(self, row: RegistrationRow) -> Tenant:
        """Raises Refused (REGISTRATION-001) when somebody has taken its credit code meanwhile."""
        division = row.system.get("division") or _NATION
        organisation = row.system["organisation"]
        try:
            return await self._accounts.ensure_tenant(_partner(row), organisation, division, _own_uscc(row))
        except UserError:
            raise _taken(row, _partner(row)) from None

    async def _sandbox_tenant(self, row: RegistrationRow) -> Tenant:
        """The present one: a sandbox may have been begun anew."""
        name = _sandbox(row)
        first = await self._accounts.ensure_tenant(name, row.system["organisation"], SANDBOX)
        return await self._accounts.newest(name) or first

    async def _end_sandbox(self, actor: Actor, row: RegistrationRow) -> None:
        tenant = await self._accounts.newest(_sandbox(row))
        for each in await self._accounts.listed(EVERYTHING, tenant) if tenant is not None else ():
            await self._accounts.revoke(each.id, actor)

    async def _must_have_shown(self, row: RegistrationRow) -> None:
        """Raises Refused (REGISTRATION-001) while its sandbox has not shown every scenario."""
        is_tried = await self._accounts.newest(_sandbox(row)) is not None
        found = await self.conformance(row)
        missing = [] if is_tried else ["sandbox"]
        missing += [f"{kind}/{name}" for kind, seen in found.items() for name, is_seen in seen.items() if not is_seen]
        if missing:
            detail = Text(
                f"联调验证还有 {len(missing)} 个场景未通过",
                f"{len(missing)} scenarios of conformance are still to be shown",
            )
            raise Refused(problems.REGISTRATION_STATE, detail, state=row.state.value, missing=missing)


def _asked(row: RegistrationRow) -> list[str]:
    """The kinds of a system that a sandbox can show."""
    return [kind for kind in row.system["kinds"] if kind in KINDS]


async def wrappings(database: Database) -> list[Wrapping]:
    """Whom to call about registrations, to be sealed anew."""
    async with database.writing() as connection:
        rows = await fetch(connection, sql.SEALED_CONTACTS, {}, SealedContactRow)
    return [
        Wrapping(wrapped=row.contact, place=_place(row.id), renew=sql.REWRAP_CONTACT, keys={"id": row.id})
        for row in rows
    ]


def _partner(row: RegistrationRow) -> str:
    return row.partner or f"r-{row.id.hex[-12:]}"


def _sandbox(row: RegistrationRow) -> str:
    """What the sandbox of a system is called."""
    return _partner(row) + _SANDBOX


def _own_uscc(row: RegistrationRow) -> str:
    """The credit code of an agency that applies for its own system."""
    return (row.system.get("uscc") or "") if row.system["applicant"] == "agency" else ""


def _taken(row: RegistrationRow, name: str) -> Refused:
    detail = Text(
        f"名称 {name} 或其信用代码已被使用，请换一个名称",
        f"the name {name} or its credit code is taken: choose another name",
    )
    return Refused(problems.REGISTRATION_STATE, detail, state=row.state.value)


def _place(registration_id: UUID) -> bytes:
    return b"registration/" + registration_id.bytes


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()
