"""Who may do what: tenants, their credentials and the scope each credential reads under."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.errors import Fatal
from gateway import audit
from gateway.access import statements as sql
from gateway.access.divisions import pattern_of
from gateway.access.powers import POWERS_OF_ROLE, Power
from gateway.access.rows import (
    CredentialRow,
    KeysPhase,
    ListedCredential,
    LiveCredential,
    RekeyedRow,
    Role,
    TenantRow,
    WrappedRow,
)
from gateway.access.tenants import Tenant, by_numbers
from gateway.access.uses import Uses
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.errors import UserError
from gateway.base.problems import Refused
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first, fetch_one
from gateway.trust.rewrapping import Wrapping, rewrap
from gateway.trust.sealing import DataKeys, MasterKey, Seal
from schemas.findings import Text

EVERYTHING = Scope(division="%%")
"""The sandbox too, from which the store keeps the pattern of the whole country, `%`."""
_CACHE_SECONDS = 2.0
_MOST_CACHED = 10_000
_OVERLAP = timedelta(minutes=1)
_ENDED = Text("该凭证已吊销或已到期，不能轮换", "The credential is revoked or has expired: it cannot be rotated")


class ProofKind(StrEnum):
    """Public keys that a credential may be known by: SSH wire format, an X.509 certificate in DER, a point of SM2."""

    SSH = "ssh"
    X509 = "x509"
    SM2 = "sm2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """An authenticated caller. `connector` is the one that its credential belongs to, if any."""

    credential_id: str
    role: Role
    tenant: Tenant
    scope: Scope
    secret_hash: bytes
    secret: bytes
    connector: str | None = None

    @property
    def name(self) -> str:
        return f"{self.tenant.name}/{self.credential_id}"

    @property
    def account(self) -> Tenant:
        return self.tenant

    def may(self, power: Power) -> bool:
        """Whether the role of its credential has that power."""
        return power in POWERS_OF_ROLE[self.role]


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody at the installation itself, who needs no credential: at the terminal, or answering in Airflow."""

    name: str
    scope: Scope = EVERYTHING
    account: None = None

    def may(self, power: Power) -> bool:
        return True


TERMINAL = Operator("terminal")


class Actor(Protocol):
    """Who acts: a caller's credential, a person, or somebody at the installation itself.

    `name` is for the audit log, `scope` what is in sight, `account` in whose name: None for the installation's.
    """

    @property
    def name(self) -> str: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def account(self) -> Tenant | None: ...
    def may(self, power: Power) -> bool: ...


def must_speak_for(actor: Actor, tenant_id: int) -> Tenant:
    """The account of an agency, by number, whose word somebody may give. Raises Refused (AUTH-005)."""
    owner = None if actor.account is None else actor.account.party(tenant_id)
    if owner is None:
        raise Refused(problems.FORBIDDEN)
    return owner


class Sent(Protocol):
    """Something that one account owns and one has sent."""

    @property
    def tenant_id(self) -> int: ...
    @property
    def sender_id(self) -> int: ...


def reads_in_clear(actor: Actor, record: Sent) -> bool:
    """Whether a record is shown unmasked to somebody: to its agency, to whoever was entered with it, and of those who
    may speak for all of a division to whoever sent it. Authorities and operators, who see by division, have single
    values revealed for a purpose.
    """
    own = actor.account
    if own is None or actor.scope.tenant_id is None or own.party(record.tenant_id) is None:
        return False
    return own.speaks_for is None or own.id in (record.tenant_id, record.sender_id)


def must_read_in_clear(actor: Actor, record: Sent) -> Tenant:
    """The account of the agency of a record that is shown unmasked to somebody. Raises Refused (AUTH-005)."""
    if not reads_in_clear(actor, record):
        raise Refused(problems.FORBIDDEN)
    return must_speak_for(actor, record.tenant_id)


def must_may(actor: Actor, power: Power) -> None:
    """Raises Refused (AUTH-005) for somebody without that power."""
    if not actor.may(power):
        raise Refused(problems.FORBIDDEN)


@dataclass(frozen=True, slots=True)
class Credential:
    """A new credential; the only time its secret is seen. `bearer` is what simple partners send."""

    id: str
    secret: str

    @classmethod
    def new(cls) -> Credential:
        return cls(f"yz{secrets.token_hex(8)}", secrets.token_urlsafe(32))

    @property
    def bearer(self) -> str:
        return f"{self.id}.{self.secret}"


class Accounts:
    """Tenants and credentials in the store, with a cache of seconds before it.

    `keepers` gives the connectors of portals, whose word counts about what they keep.
    """

    def __init__(self, database: Database, master: MasterKey, keepers: Callable[[], list[str]] = list) -> None:
        self._keepers = keepers
        self._database = database
        self._master = master
        self._cache: dict[str, tuple[float, Principal | None]] = {}
        self._tenants: dict[int, tuple[float, Tenant]] = {}
        self._loading: dict[str, asyncio.Task[Principal | None]] = {}
        self._seals: dict[int, tuple[bytes, Seal]] = {}
        self._keys_as_of = Clock.now() - _OVERLAP
        self.uses = Uses(database)

    async def ensure_tenant(
        self, name: str, title: str, division: str, uscc: str = "", *, license_no: str = "", speaks_for: str = ""
    ) -> Tenant:
        """The tenant called `name`, made when it does not exist. What is told of its licence and mandate counts.

        Raises UserError when another tenant has the credit code: an agency has one account.
        """
        place = _tenant_place(name)
        row = {"name": name, "title": title, "uscc": uscc, "division": division}
        entitled = {"name": name, "license_no": license_no, "speaks_for": speaks_for}
        async with self._database.writing() as connection:
            await connection.execute(sql.INSERT_TENANT, {**row, "wrapped_key": self._master.new_data_key(place)})
            if await fetch_first(connection, sql.TENANT, {"name": name}, TenantRow) is None:
                await self._take_over(connection, row)
            await connection.execute(sql.ENTITLE, entitled)
            stored = await fetch_one(connection, sql.TENANT, {"name": name}, TenantRow)
        return await self._with_agencies(self._tenant(stored))

    async def _take_over(self, connection: AsyncConnection, row: dict[str, str]) -> None:
        """Give the account that was made for an agency when it was entered with a vendor its own name."""
        agency = await fetch_one(connection, sql.TENANT_BY_USCC, {"uscc": row["uscc"]}, TenantRow)
        if agency.name != _name_of_agency(agency.uscc):
            raise UserError(
                f"统一社会信用代码 {agency.uscc} 已属于对接方 {agency.name}（见 yizhan partner agencies add）"
                f" / {agency.uscc} belongs to partner {agency.name}, see yizhan partner agencies add"
            )
        key = self._master.open_secret(agency.wrapped_key, _tenant_place(agency.name))
        wrapped = self._master.wrap_secret(key, _tenant_place(row["name"]))
        await connection.execute(sql.RENAME_TENANT, {**row, "id": agency.id, "wrapped_key": wrapped})

    async def represent(
        self, actor: Actor, sender: Tenant, uscc: str, *, title: str, division: str, license_no: str = ""
    ) -> Tenant:
        """Let a partner speak for the agency of that credit code, whose account is made when it has none yet.

        Other processes follow within seconds. Audited.
        """
        name = _name_of_agency(uscc)
        row = {"name": name, "title": title, "uscc": uscc, "division": division}
        key = self._master.new_data_key(_tenant_place(name))
        async with self._database.writing() as connection:
            await connection.execute(sql.INSERT_TENANT, {**row, "wrapped_key": key})
            agency = await fetch_one(connection, sql.TENANT_BY_USCC, {"uscc": uscc}, TenantRow)
            await connection.execute(
                sql.ENTITLE, {"name": agency.name, "license_no": license_no, "speaks_for": agency.speaks_for or ""}
            )
            if agency.id != sender.id:  # everybody speaks for itself
                await connection.execute(sql.REPRESENT, {"sender_id": sender.id, "agency_id": agency.id})
            await audit.record(
                connection, actor, "partner.represent", sender.name, division=agency.division, agency=uscc
            )
        self._tenants.pop(sender.id, None)
        return self._tenant(agency)

    async def no_longer_represent(self, actor: Actor, sender: Tenant, uscc: str) -> bool:
        """End it; False when the partner did not speak for that agency. What it has sent stays as it is. Audited."""
        where = {"sender_id": sender.id, "uscc": uscc}
        async with self._database.writing() as connection:
            ended = (await connection.execute(sql.NO_LONGER_REPRESENT, where)).first()
            if ended is not None:
                await audit.record(
                    connection, actor, "partner.no_longer_represent", sender.name, division=ended.division, agency=uscc
                )
        self._tenants.pop(sender.id, None)
        return ended is not None

    async def represented_by(self, sender: Tenant) -> list[Tenant]:
        """The agencies that were entered with a partner, by name."""
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.REPRESENTED, {"sender_id": sender.id}, TenantRow)
        return [self._tenant(row) for row in rows]

    async def named(self, name: str) -> Tenant | None:
        """The tenant called `name`."""
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.TENANT, {"name": name}, TenantRow)
        return None if row is None else await self._with_agencies(self._tenant(row))

    async def with_uscc(self, uscc: str) -> Tenant | None:
        """The account of the agency of a credit code."""
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.TENANT_BY_USCC, {"uscc": uscc}, TenantRow) if uscc else None
        return None if row is None else self._tenant(row)

    async def is_free(self, name: str, uscc: str = "") -> bool:
        """Whether a new partner may be called so and have that credit code, which an agency without a name may have."""
        holder = await self.with_uscc(uscc)
        return await self.named(name) is None and (holder is None or holder.name == _name_of_agency(uscc))

    async def issue(
        self,
        tenant: Tenant,
        role: Role,
        connector: str | None = None,
        *,
        expires_at: datetime | None = None,
        actor: Actor | None = None,
    ) -> Credential:
        """A fresh credential of `tenant`, for the doors of `connector` if one is given. Audited.

        It is good until it is revoked, or `expires_at` comes. Raises UserError for a moment that is not to come.
        """
        if expires_at is not None and expires_at <= Clock.now():
            raise UserError(f"有效期 {expires_at} 已过 / {expires_at} has passed: a credential ends in the future")
        credential = Credential.new()
        async with self._database.writing() as connection:
            await self._insert(connection, credential, tenant.id, role, connector=connector, expires_at=expires_at)
            until = None if expires_at is None else expires_at.isoformat()
            detail = {"partner": tenant.name, "role": role.value, "connector": connector, "expires_at": until}
            await audit.record(connection, actor or TERMINAL, "credential.issue", credential.id, **detail)
        return credential

    async def succeed(
        self, connection: AsyncConnection, actor: Actor, credential_id: str, until: datetime
    ) -> Credential:
        """A credential in the place of a live one, which ends with `until` if not before; its public keys speak for the
        new one too. In the caller's transaction. Audited. Raises Refused (STATE-001) for one that has ended.
        """
        before = await fetch_first(connection, sql.LOCK_LIVE, {"id": credential_id}, LiveCredential)
        if before is None:
            raise Refused(problems.STATE_REFUSED, _ENDED)
        after = Credential.new()
        ends = until if before.expires_at is None else min(until, before.expires_at)
        lasts = before.lasts(Clock.now())
        await self._insert(
            connection, after, before.tenant_id, before.role, connector=before.connector, expires_at=lasts
        )
        await connection.execute(sql.COPY_PROOFS, {"before": before.id, "after": after.id})
        await connection.execute(sql.END_BY, {"id": before.id, "until": ends})
        detail = {"successor": after.id, "until": ends.isoformat()}
        await audit.record(connection, actor, "credential.rotate", before.id, **detail)
        return after

    async def _insert(
        self,
        connection: AsyncConnection,
        credential: Credential,
        tenant_id: int,
        role: Role,
        *,
        connector: str | None,
        expires_at: datetime | None = None,
    ) -> None:
        secret = credential.secret.encode()
        row = {
            "id": credential.id,
            "tenant_id": tenant_id,
            "role": role.value,
            "connector": connector,
            "secret_hash": sha256(secret).digest(),
            "sealed_secret": self._master.wrap_secret(secret, _credential_place(credential.id)),
            "expires_at": expires_at,
        }
        await connection.execute(sql.INSERT_CREDENTIAL, row)

    async def newest(self, name: str) -> Tenant | None:
        """The tenant of that name, or for a sandbox that was begun anew the last one; None when there is none."""
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.NEWEST, {"name": name}, TenantRow)
        return None if row is None else self._tenant(row)

    async def begin_anew(self, principal: Principal) -> Tenant:
        """An empty sandbox in the place of that of `principal`: its credentials belong to the new one from now on.

        What the old one holds stays as it was, for nobody. Other processes follow within seconds. Audited.
        """
        before = principal.tenant
        base = before.name.partition("~")[0]
        async with self._database.writing() as connection:
            await connection.execute(sql.HOLD_SANDBOX, {"name": base})
            newest = await fetch_one(connection, sql.NEWEST, {"name": base}, TenantRow)
            name = f"{base}~{int(newest.name.partition('~')[2] or 1) + 1}"
            row = {"name": name, "title": before.title, "uscc": "", "division": before.division}
            await connection.execute(
                sql.INSERT_TENANT, {**row, "wrapped_key": self._master.new_data_key(_tenant_place(name))}
            )
            new = await fetch_one(connection, sql.TENANT, {"name": name}, TenantRow)
            await connection.execute(sql.MOVE_CREDENTIALS, {"name": base, "after": new.id})
            await audit.record(connection, principal, "sandbox.reset", before.name, into=name)
        self._cache.clear()
        return self._tenant(new)

    async def listed(self, scope: Scope, tenant: Tenant | None = None) -> list[ListedCredential]:
        """The credentials in sight, those that have ended too; with `tenant` its own."""
        async with self._database.reading(scope) as connection:
            where = {"tenant_id": None if tenant is None else tenant.id}
            return await fetch(connection, sql.LISTED, where, ListedCredential)

    def forget(self, credential_id: str) -> None:
        """Look a credential up anew: it has changed. Other processes follow within seconds."""
        self._cache.pop(credential_id, None)

    async def revoke(self, credential_id: str, actor: Actor | None = None) -> bool:
        """False when there is no such credential that was not revoked. Other processes follow within seconds. Audited.

        What is meant for its targets waits.
        """
        async with self._database.writing() as connection:
            revoked = (await connection.execute(sql.REVOKE, {"id": credential_id})).first()
            if revoked is not None:
                await audit.record(connection, actor or TERMINAL, "credential.revoke", credential_id)
        self.forget(credential_id)
        return revoked is not None

    async def add_proof(self, credential_id: str, kind: ProofKind, material: bytes) -> None:
        """Let a public key speak for a credential."""
        row = {"credential_id": credential_id, "kind": kind.value, "material": material}
        async with self._database.writing() as connection:
            await connection.execute(sql.ADD_PROOF, {**row, "fingerprint": sha256(material).digest()})

    async def proofs(self, credential_id: str, kind: ProofKind) -> list[bytes]:
        """The public keys of one kind that speak for a credential."""
        async with self._database.writing() as connection:
            found = await connection.execute(sql.PROOFS, {"credential_id": credential_id, "kind": kind.value})
            return list(found.scalars().all())

    async def bound_to(self, connector: str) -> list[Principal]:
        """The callers whose credentials belong to a connector."""
        async with self._database.writing() as connection:
            ids = (await connection.execute(sql.BOUND, {"connector": connector})).scalars().all()
        found = [await self.principal(credential_id) for credential_id in ids]
        return [principal for principal in found if principal is not None]

    async def operators(self) -> list[Tenant]:
        """The accounts with a live credential of an operator."""
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.OPERATORS, {}, TenantRow)
        return [self._tenant(row) for row in rows]

    async def every(self) -> list[Tenant]:
        """All accounts: blind indexes are keyed by account, and who looks for a person looks in all of them."""
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.EVERY_TENANT, {}, TenantRow)
        return [self._tenant(row) for row in rows]

    async def rewrap(self, note: Callable[[bool], None]) -> None:
        """Wrap every data key and secret by the present master key, as `rewrapping` says. Raises SealBroken."""
        for wanted, renew, place in (
            (sql.WRAPPED_KEYS, sql.REWRAP_KEY, _tenant_place),
            (sql.WRAPPED_SECRETS, sql.REWRAP_SECRET, _credential_place),
        ):
            async with self._database.writing() as connection:
                rows = await fetch(connection, wanted, {}, WrappedRow)
            every = [
                Wrapping(wrapped=row.wrapped, place=place(row.name), renew=renew, keys={"name": row.name})
                for row in rows
            ]
            await rewrap(self._database, self._master, every, note)

    async def keys_of(self, name: str) -> RekeyedRow:
        """How far a change of the data keys of a tenant has come."""
        async with self._database.writing() as connection:
            return await fetch_one(connection, sql.LOCK_TENANT, {"name": name}, RekeyedRow)

    async def advance_keys(self, name: str, before: KeysPhase | None, after: KeysPhase | None) -> RekeyedRow:
        """Take a step of changing the data keys of a tenant, if it stands `before` it; where it stands then."""
        steps = {
            KeysPhase.ANNOUNCED: DataKeys.announced,
            KeysPhase.SWITCHED: DataKeys.switched,
            None: DataKeys.alone,
        }
        async with self._database.writing() as connection:
            row = await fetch_one(connection, sql.LOCK_TENANT, {"name": name}, RekeyedRow)
            if row.keys_phase is before:
                place = _tenant_place(row.name)
                secret = steps[after](DataKeys(self._master.open_secret(row.wrapped_key, place)))
                wrapped = self._master.wrap_secret(secret, place)
                await connection.execute(sql.SET_DATA_KEYS, {"id": row.id, "wrapped_key": wrapped, "phase": after})
                await audit.record(connection, TERMINAL, "tenant.keys", row.name, phase=after)
                row = await fetch_one(connection, sql.LOCK_TENANT, {"name": name}, RekeyedRow)
        self._tenant(row)
        return row

    async def partner_of(self, connector: str) -> Tenant:
        """The one partner whose credentials belong to a connector. Raises Fatal when there is none, or several."""
        bound = [each for each in await self.bound_to(connector) if each.role is Role.PARTNER]
        partners = {each.tenant.id: each.tenant for each in bound if not each.tenant.is_sandbox}
        if len(partners) != 1:
            count = len(partners)
            raise Fatal(
                Text(
                    f"对接配置 {connector} 应有且只有一个对接方的凭据，现有 {count} 个",
                    f"connector {connector} needs credentials of exactly one partner, there are {count}",
                )
            )
        return next(iter(partners.values()))

    async def proved_by(self, kind: ProofKind, material: bytes) -> Principal | None:
        """The caller whom a public key speaks for, or None."""
        where = {"kind": kind.value, "fingerprint": sha256(material).digest()}
        async with self._database.writing() as connection:
            credential_id = (await connection.execute(sql.PROVED, where)).scalar()
        return None if credential_id is None else await self.principal(credential_id)

    async def principal(self, credential_id: str) -> Principal | None:
        """The caller behind a credential, or None when it is unknown, revoked or expired."""
        cached = self._cache.get(credential_id)
        if cached is not None and cached[0] > time.monotonic():
            return cached[1]
        loading = self._loading.get(credential_id)
        if loading is None:  # one request asks the store, those that come meanwhile wait for its answer
            loading = self._loading[credential_id] = asyncio.create_task(self._load(credential_id))
            loading.add_done_callback(lambda _: self._loading.pop(credential_id, None))
        return await asyncio.shield(loading)

    async def tenant(self, tenant_id: int) -> Tenant:
        """A tenant by its number, for work on its behalf and for showing an official what was sent, masked."""
        cached = self._tenants.get(tenant_id)
        if cached is not None and cached[0] > time.monotonic():
            return cached[1]
        async with self._database.writing() as connection:
            row = await fetch_one(connection, sql.TENANT_BY_ID, {"id": tenant_id}, TenantRow)
        tenant = await self._with_agencies(self._tenant(row))
        self._tenants[tenant_id] = (time.monotonic() + _CACHE_SECONDS, tenant)
        return tenant

    async def _load(self, credential_id: str) -> Principal | None:
        principal = await self._fetch(credential_id)
        if len(self._cache) > _MOST_CACHED:
            self._cache.clear()
        self._cache[credential_id] = (time.monotonic() + _CACHE_SECONDS, principal)
        return principal

    async def _fetch(self, credential_id: str) -> Principal | None:
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.CREDENTIAL, {"id": credential_id}, CredentialRow)
        if row is None:
            return None
        tenant = await self._with_agencies(self._tenant(row))
        return Principal(
            credential_id=credential_id,
            role=row.role,
            tenant=tenant,
            scope=_scope(row.role, tenant),
            secret_hash=row.secret_hash,
            secret=self._master.open_secret(row.sealed_secret, _credential_place(credential_id)),
            connector=row.connector,
        )

    async def _with_agencies(self, tenant: Tenant) -> Tenant:
        """The same with the agencies that it may speak for: those entered with it, and all of its division's."""
        where = {"id": tenant.id, "division": pattern_of(tenant.speaks_for) if tenant.speaks_for else None}
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.SPOKEN_FOR, where, TenantRow)
            bound = {"tenant_id": tenant.id, "connectors": self._keepers()}
            is_keeper: bool = (await connection.execute(sql.IS_BOUND_TO, bound)).scalar_one()
        is_keeper = is_keeper and not tenant.is_sandbox
        return replace(tenant, is_keeper=is_keeper, agencies=by_numbers(map(self._tenant, rows)))

    async def refresh(self) -> None:
        """Learn of data keys that were changed since, for all who hold a tenant."""
        async with self._database.looking() as connection:
            rows = await fetch(connection, sql.REKEYED, {"since": self._keys_as_of}, RekeyedRow)
        for row in rows:
            self._tenant(row)
            self._keys_as_of = max(self._keys_as_of, row.keys_changed_at - _OVERLAP)

    def _seal(self, row: TenantRow) -> Seal:
        """One for all who hold the tenant in this process, so that they follow when its keys are changed."""
        known = self._seals.get(row.id)
        if known is None or known[0] != row.wrapped_key:
            seal = self._master.unwrap(row.wrapped_key, _tenant_place(row.name))
            if known is not None:
                known[1].follow(seal)
                seal = known[1]
            known = self._seals[row.id] = (row.wrapped_key, seal)
        return known[1]

    def _tenant(self, row: TenantRow) -> Tenant:
        return Tenant(
            id=row.id,
            name=row.name,
            title=row.title,
            uscc=row.uscc,
            license_no=row.license_no,
            division=row.division,
            seal=self._seal(row),
            speaks_for=row.speaks_for,
        )


def _scope(role: Role, tenant: Tenant) -> Scope:
    match role:
        case Role.PARTNER:
            own, *agencies = tenant.parties
            return Scope(tenant_id=own.id, agencies=tuple(agency.id for agency in agencies))
        case Role.OFFICIAL:
            return Scope(division=pattern_of(tenant.division))
        case Role.OPERATOR:
            return EVERYTHING


def _name_of_agency(uscc: str) -> str:
    """What the account of an agency is called that has no credential of its own."""
    return uscc.lower()


def _tenant_place(name: str) -> bytes:
    return f"tenant/{name}".encode()


def _credential_place(credential_id: str) -> bytes:
    return f"credential/{credential_id}".encode()
