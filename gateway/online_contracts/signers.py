"""Who signs a contract by telephone, and what is kept of them and of what they draw."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.online_contracts.completing import completed
from gateway.online_contracts.contracts import OnlineContract
from gateway.online_contracts.rows import SigningRow
from gateway.online_contracts.states import Purpose, SigningState
from gateway.store.database import Scope
from schemas.findings import Text

CHANGED = Text(
    "合同内容在签署期间有变更，已签的签名作废，请重新发送签署链接",
    "The contract was changed while it was signed: signatures count no more, send the links again",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """One signer, how far it has come, and the link, which is only known when it is made."""

    signer: int
    name: str
    mobile: str
    purpose: Purpose
    state: SigningState
    invited_at: datetime
    until: datetime
    done_at: datetime | None
    link: str = ""
    is_sent: bool = True
    """Whether the message with the link could be handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a signer sees: whose contract it is; all of it once the code was entered."""

    row: SigningRow
    owner: Tenant
    name: str
    mobile: str
    contract: OnlineContract

    def is_open_to(self, ticket: str) -> bool:
        """Whether a browser has entered the code."""
        kept = self.row.opened_hash
        return kept is not None and hmac.compare_digest(kept, sha256(ticket.encode()).digest())


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs by telephone, as the audit log names them: in the agency's name, and for this contract only."""

    tenant: Tenant
    name: str = "signer"

    @property
    def scope(self) -> Scope:
        return Scope(tenant_id=self.tenant.id)

    @property
    def account(self) -> Tenant:
        return self.tenant

    def may(self, power: Power) -> bool:
        return power is Power.REPORT


def signers_of(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and telephones of who signs, as the contract names them or as follows from it."""
    people = completed(body).get("signatories", ())
    return [(str(each.get("name", "")), str(each.get("mobile", ""))) for each in people if isinstance(each, dict)]


def sealed_who(owner: Tenant, signing_id: UUID, *, name: str, mobile: str) -> bytes:
    """Who is asked, as it is kept."""
    return owner.seal.seal(orjson.dumps({"name": name, "mobile": mobile}), signing_id.bytes)


def who(row: SigningRow, owner: Tenant) -> dict[str, str]:
    """Who was asked; nobody known where it is kept no longer."""
    if not row.sealed:
        return {"name": "", "mobile": ""}
    return orjson.loads(owner.seal.open(row.sealed, row.id.bytes))


def drawing_place(signing_id: UUID) -> bytes:
    """What a signature is sealed for."""
    return signing_id.bytes + b"drawing"


def hashed(token: str) -> bytes:
    """What is kept of a link or a ticket."""
    return sha256(token.encode()).digest()
