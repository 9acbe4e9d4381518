"""Who may do what: tenants, their credentials and the scope each credential reads under."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import text

from adapters.errors import Fatal
from gateway.access.tenants import Tenant
from gateway.store.database import Database, Scope
from gateway.trust.sealing import MasterKey

EVERYTHING = Scope(division="%")
_CACHE_SECONDS = 2.0
_MOST_CACHED = 10_000

_INSERT_TENANT = text("""
    INSERT INTO tenant (name, title, uscc, division, wrapped_key)
    VALUES (:name, :title, :uscc, :division, :wrapped_key)
    ON CONFLICT (name) DO NOTHING
""")
_TENANT = text("SELECT id, name, title, uscc, division, wrapped_key FROM tenant WHERE name = :name")
_TENANT_BY_ID = text("SELECT id, name, title, uscc, division, wrapped_key FROM tenant WHERE id = :id")
_INSERT_CREDENTIAL = text("""
    INSERT INTO credential (id, tenant_id, role, connector, secret_hash, sealed_secret)
    VALUES (:id, :tenant_id, :role, :connector, :secret_hash, :sealed_secret)
""")
_CREDENTIAL = text("""
    SELECT c.id AS credential_id, c.role, c.connector, c.secret_hash, c.sealed_secret,
           t.id, t.name, t.title, t.uscc, t.division, t.wrapped_key
    FROM credential c JOIN tenant t ON t.id = c.tenant_id
    WHERE c.id = :id AND c.revoked_at IS NULL
""")
_BOUND = text("SELECT id FROM credential WHERE connector = :connector AND revoked_at IS NULL ORDER BY created_at, id")
_REVOKE = text("UPDATE credential SET revoked_at = now() WHERE id = :id AND revoked_at IS NULL RETURNING id")
_ADD_PROOF = text("""
    INSERT INTO credential_proof (credential_id, kind, fingerprint, material)
    VALUES (:credential_id, :kind, :fingerprint, :material)
    ON CONFLICT DO NOTHING
""")
_PROOFS = text("SELECT material FROM credential_proof WHERE credential_id = :credential_id AND kind = :kind")
_PROVED = text("""
    SELECT p.credential_id FROM credential_proof p JOIN credential c ON c.id = p.credential_id
    WHERE p.kind = :kind AND p.fingerprint = :fingerprint AND c.revoked_at IS NULL
    ORDER BY p.added_at LIMIT 1
""")


class Role(StrEnum):
    """A partner pushes and sees its own; an official sees a division and below; an operator sees everything."""

    PARTNER = "partner"
    OFFICIAL = "official"
    OPERATOR = "operator"


class ProofKind(StrEnum):
    """Public keys that a credential may be known by: SSH wire format, or an X.509 certificate in DER."""

    SSH = "ssh"
    X509 = "x509"


@dataclass(frozen=True, slots=True)
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
    def decides(self) -> bool:
        return self.role is not Role.PARTNER


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody at the installation itself, who needs no credential: at the terminal, or answering in Airflow."""

    name: str
    scope: Scope = EVERYTHING
    decides: bool = True


TERMINAL = Operator("terminal")


Actor = Principal | Operator
"""Who acts: `name` for the audit log, the `scope` in sight, and whether an authority's decisions are theirs."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A new credential; the only time its secret is seen. `bearer` is what simple partners send."""

    id: str
    secret: str

    @property
    def bearer(self) -> str:
        return f"{self.id}.{self.secret}"


class Accounts:
    """Tenants and credentials in the store, with a cache of seconds before it."""

    def __init__(self, database: Database, master: MasterKey) -> None:
        self._database = database
        self._master = master
        self._cache: dict[str, tuple[float, Principal | None]] = {}
        self._tenants: dict[int, Tenant] = {}
        self._loading: dict[str, asyncio.Task[Principal | None]] = {}

    async def ensure_tenant(self, name: str, title: str, division: str, uscc: str = "") -> Tenant:
        """The tenant called `name`, made when it does not exist."""
        place = _tenant_place(name)
        row = {"name": name, "title": title, "uscc": uscc, "division": division}
        async with self._database.writing() as connection:
            await connection.execute(_INSERT_TENANT, {**row, "wrapped_key": self._master.new_data_key(place)})
            stored = (await connection.execute(_TENANT, {"name": name})).one()
        return self._tenant(stored)

    async def named(self, name: str) -> Tenant | None:
        """The tenant called `name`."""
        async with self._database.writing() as connection:
            row = (await connection.execute(_TENANT, {"name": name})).first()
        return None if row is None else self._tenant(row)

    async def issue(self, tenant: Tenant, role: Role, connector: str | None = None) -> Credential:
        """A fresh credential of `tenant`, for the doors of `connector` if one is given."""
        credential = Credential(f"yz{secrets.token_hex(8)}", secrets.token_urlsafe(32))
        async with self._database.writing() as connection:
            await connection.execute(
                _INSERT_CREDENTIAL,
                {
                    "id": credential.id,
                    "tenant_id": tenant.id,
                    "role": role.value,
                    "connector": connector,
                    "secret_hash": sha256(credential.secret.encode()).digest(),
                    "sealed_secret": self._master.wrap_secret(
                        credential.secret.encode(), _credential_place(credential.id)
                    ),
                },
            )
        return credential

    async def revoke(self, credential_id: str) -> bool:
        """False when there is no such live credential. Other processes follow within seconds."""
        async with self._database.writing() as connection:
            revoked = (await connection.execute(_REVOKE, {"id": credential_id})).first()
        self._cache.pop(credential_id, None)
        return revoked is not None

    async def add_proof(self, credential_id: str, kind: ProofKind, material: bytes) -> None:
        """Let a public key speak for a credential."""
        row = {"credential_id": credential_id, "kind": kind.value, "material": material}
        async with self._database.writing() as connection:
            await connection.execute(_ADD_PROOF, {**row, "fingerprint": sha256(material).digest()})

    async def proofs(self, credential_id: str, kind: ProofKind) -> list[bytes]:
        """The public keys of one kind that speak for a credential."""
        async with self._database.writing() as connection:
            rows = await connection.execute(_PROOFS, {"credential_id": credential_id, "kind": kind.value})
            return [bytes(row.material) for row in rows]

    async def bound_to(self, connector: str) -> list[Principal]:
        """The callers whose credentials belong to a connector."""
        async with self._database.writing() as connection:
            rows = (await connection.execute(_BOUND, {"connector": connector})).all()
        found = [await self.principal(row.id) for row in rows]
        return [principal for principal in found if principal is not None]

    async def partner_of(self, connector: str) -> Tenant:
        """The one partner whose credentials belong to a connector. Raises Fatal when there is none, or several."""
        partners = {each.tenant.id: each.tenant for each in await self.bound_to(connector) if each.role is Role.PARTNER}
        if len(partners) != 1:
            raise Fatal(f"connector {connector} needs credentials of exactly one partner, there are {len(partners)}")
        return next(iter(partners.values()))

    async def proved_by(self, kind: ProofKind, material: bytes) -> Principal | None:
        """The caller whom a public key speaks for, or None."""
        where = {"kind": kind.value, "fingerprint": sha256(material).digest()}
        async with self._database.writing() as connection:
            row = (await connection.execute(_PROVED, where)).first()
        return None if row is None else await self.principal(row.credential_id)

    async def principal(self, credential_id: str) -> Principal | None:
        """The caller behind a credential, or None when it is unknown or revoked."""
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
        tenant = self._tenants.get(tenant_id)
        if tenant is None:
            async with self._database.writing() as connection:
                row = (await connection.execute(_TENANT_BY_ID, {"id": tenant_id})).one()
            tenant = self._tenants[tenant_id] = self._tenant(row)
        return tenant

    async def _load(self, credential_id: str) -> Principal | None:
        principal = await self._fetch(credential_id)
        if len(self._cache) > _MOST_CACHED:
            self._cache.clear()
        self._cache[credential_id] = (time.monotonic() + _CACHE_SECONDS, principal)
        return principal

    async def _fetch(self, credential_id: str) -> Principal | None:
        async with self._database.writing() as connection:
            row = (await connection.execute(_CREDENTIAL, {"id": credential_id})).first()
        if row is None:
            return None
        role = Role(row.role)
        tenant = self._tenant(row)
        secret = self._master.open_secret(bytes(row.sealed_secret), _credential_place(credential_id))
        scope = _scope(role, tenant)
        return Principal(credential_id, role, tenant, scope, bytes(row.secret_hash), secret, row.connector)

    def _tenant(self, row: object) -> Tenant:
        name: str = row.name  # type: ignore[attr-defined]
        seal = self._master.unwrap(bytes(row.wrapped_key), _tenant_place(name))  # type: ignore[attr-defined]
        return Tenant(row.id, name, row.title, row.uscc, row.division, seal)  # type: ignore[attr-defined]


def _scope(role: Role, tenant: Tenant) -> Scope:
    match role:
        case Role.PARTNER:
            return Scope(tenant_id=tenant.id)
        case Role.OFFICIAL:
            return Scope(division=division_pattern(tenant.division))
        case Role.OPERATOR:
            return EVERYTHING


def division_pattern(division: str) -> str:
    """GB/T 2260: XX0000 is a province, XXXX00 a city, 000000 the national level; each sees what lies below."""
    if division == "000000":
        return "%"
    if division.endswith("0000"):
        return f"{division[:2]}%"
    return f"{division[:4]}%" if division.endswith("00") else division


def _tenant_place(name: str) -> bytes:
    return f"tenant/{name}".encode()


def _credential_place(credential_id: str) -> bytes:
    return f"credential/{credential_id}".encode()
