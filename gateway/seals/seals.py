"""Seals from application to their end: who may apply, who decides, what each is used for.

An agency applies for the seal that it reports under, an authority above it decides. An authority applies for the seal
that it audits under, and decides by itself or is decided for by one above: whoever sees a division answers for its
seals. Source: the work schedule of 2017, by which two generated seals take the place of stamps (domain section 1).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Actor
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.ledger.transitions import Moved
from gateway.seals import drawing
from gateway.seals import statements as sql
from gateway.seals.certificates import Pair, new_root, new_seal
from gateway.seals.faces import LONGEST_NAME, Face, SealKind, face_of
from gateway.seals.glyphs import Unprintable, must_be_printable
from gateway.seals.rows import EndedSeal, RootRow, SealRow, SigningSeal, UsePurpose, UseRow, WrappedSeal
from gateway.seals.states import SEALS, SealState
from gateway.seals.typesetting import Impression
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from gateway.trust.rewrapping import Wrapping
from gateway.trust.sealing import MasterKey
from schemas.findings import Text

LIFE = timedelta(days=3 * 365)
"""How long a seal is valid when nobody says otherwise."""
LONGEST_LIFE = timedelta(days=5 * 366)
_ROOT_PLACE = b"seal_root"
_CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which seals: in a state, behind the one called `after`."""

    state: SealState | None = None
    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What a seal is used for: the number of the roster, and the SHA-256 of the content or document."""

    purpose: UsePurpose
    object: str
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What ends by itself, as the audit log names it."""

    name: str = _CLOCK
    account: None = None


class Seals:
    """All seals of the installation, and the small authority that certifies them."""

    def __init__(self, database: Database, master: MasterKey) -> None:
        self._database = database
        self._master = master

    async def apply(self, actor: Actor, owner: Tenant) -> SealRow:
        """A new application for the seal of `owner`, or the one that waits already: the reporting seal of an agency,
        for which an agency's own caller asks, or the audit seal of the authority that asks.

        Raises Refused (AUTH-005, SEAL-002 for a name that no seal can show).
        """
        kind = await self._kind_for(actor, owner)
        face = await asyncio.to_thread(_drawable, kind, owner.title)
        return await self._applied(actor, owner.id, owner.division, face, kind=kind)

    async def approve(
        self, actor: Actor, seal_id: UUID, *, reason: str | None = None, valid_until: datetime | None = None
    ) -> SealRow:
        """Issue a seal that waits: draw it, give it a key and a certificate. One in force of the same owner and kind is
        renewed by it.

        Raises Refused (AUTH-005, REQUEST-001 for a moment that it cannot end at, REQUEST-003, SEAL-001, SEAL-002).
        """
        before = await self._must_be_decided_by(actor, seal_id)
        now = Clock.now()
        until = _end(now, valid_until)
        face = await asyncio.to_thread(_drawable, before.kind, before.name)
        picture = await asyncio.to_thread(drawing.svg, face)
        pair = await asyncio.to_thread(new_seal, await self._root(), seal_id, face, valid_from=now, valid_until=until)
        issued = {
            "id": seal_id,
            "before": SEALS.before(SealState.ISSUED),
            "by": actor.name,
            "at": now,
            "reason": reason,
            "valid_from": now,
            "valid_until": until,
            "picture": picture,
            "certificate": pair.certificate,
            "fingerprint": fingerprint_of(pair.certificate),
            "sealed_private": self._master.wrap_secret(pair.private_key, _place(seal_id)),
        }
        async with self._database.writing() as connection:
            seal = _there(await fetch_first(connection, sql.HOLD, {"id": seal_id}, SealRow))
            _must_follow(seal, SealState.ISSUED)
            renewed = await self._renewed(connection, actor, seal)
            await connection.execute(sql.ISSUE, issued | {"renews": renewed})
            told = {"kind": seal.kind.value, "valid_until": until.isoformat(timespec="seconds")}
            await audit.record(connection, actor, "seal.issue", str(seal_id), division=seal.division, **told)
            return _there(await fetch_first(connection, sql.SEAL, {"id": seal_id}, SealRow))

    async def reject(self, actor: Actor, seal_id: UUID, reason: str) -> SealRow:
        """Do not issue a seal that waits. Raises Refused (AUTH-005, REQUEST-003, SEAL-001)."""
        await self._must_be_decided_by(actor, seal_id)
        return await self._moved(actor, seal_id, SealState.REJECTED, sql.REJECT, reason=reason)

    async def revoke(self, actor: Actor, seal_id: UUID, reason: str) -> SealRow:
        """End a seal before its time: nothing is sealed with it any more, and what it signed is told so.

        Its owner may, and an authority above. Raises Refused (AUTH-005, REQUEST-003, SEAL-001).
        """
        seal = await self.shown(actor.scope, seal_id)
        if not _speaks_for(actor, seal.tenant_id):
            _must_decide(actor, seal)
        return await self._moved(actor, seal_id, SealState.REVOKED, sql.END, reason=reason)

    async def renew(self, actor: Actor, seal_id: UUID, *, valid_until: datetime | None = None) -> SealRow:
        """A new seal, with a new key, in the place of one in force: applied for and issued in one go by an authority.

        Raises Refused (AUTH-005, REQUEST-003, SEAL-001, and as `approve` does).
        """
        old = await self._must_be_decided_by(actor, seal_id)
        _must_follow(old, SealState.RENEWED)
        face = await asyncio.to_thread(_drawable, old.kind, old.name)
        waiting = await self._applied(actor, old.tenant_id, old.division, face, kind=old.kind)
        return await self.approve(actor, waiting.id, valid_until=valid_until)

    async def listed(self, scope: Scope, wanted: Wanted, limit: int = 100) -> list[SealRow]:
        """Seals in sight, the oldest first."""
        where = {"state": wanted.state and wanted.state.value, "after": wanted.after, "limit": limit}
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.SEALS, where, SealRow)

    async def shown(self, scope: Scope, seal_id: UUID) -> SealRow:
        """A seal in sight. Raises Refused (REQUEST-003)."""
        async with self._database.reading(scope) as connection:
            return _there(await fetch_first(connection, sql.SEAL, {"id": seal_id}, SealRow))

    async def uses(self, scope: Scope, seal_id: UUID, *, after: int = 0, limit: int = 100) -> list[UseRow]:
        """What a seal in sight was used for, the oldest first."""
        where = {"seal_id": seal_id, "after": after, "limit": limit}
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.USES, where, UseRow)

    async def root_certificate(self) -> bytes:
        """The root in DER, made when it is first asked for."""
        return (await self._root()).certificate

    async def in_force(self, connection: AsyncConnection, tenant_id: int, kind: SealKind) -> SigningSeal | None:
        """The seal of an owner that may be used now."""
        where = {"tenant_id": tenant_id, "kind": kind.value, "now": Clock.now()}
        return await fetch_first(connection, sql.IN_FORCE, where, SigningSeal)

    def private_key(self, seal: SigningSeal) -> bytes:
        """What a seal signs with, for this moment only. Raises SealBroken."""
        return self._master.open_secret(seal.sealed_private, _place(seal.id))

    def impression(self, seal: SigningSeal) -> Impression:
        """A seal with its key, as it goes to the process that signs with it. Raises SealBroken."""
        return Impression(
            role=seal.kind.value,
            title=title_of(seal.kind, seal.name),
            picture=seal.picture,
            diameter=diameter_of(seal),
            certificate=seal.certificate,
            private_key=self.private_key(seal),
        )

    async def note_use(self, connection: AsyncConnection, actor: Actor, seal: SigningSeal, use: Use) -> None:
        """One use, in the transaction of what it is used for, and in the audit log."""
        row = {
            "seal_id": seal.id,
            "tenant_id": seal.tenant_id,
            "division": seal.division,
            "purpose": use.purpose.value,
            "object": use.object,
            "document": use.sha256,
            "by": actor.name,
            "at": Clock.now(),
        }
        await connection.execute(sql.USE, row)
        of = "contract" if use.purpose is UsePurpose.CONTRACT else "roster"
        told = {"purpose": use.purpose.value, of: use.object, "sha256": use.sha256.hex()}
        await audit.record(connection, actor, "seal.use", str(seal.id), division=seal.division, **told)

    async def note_decision(self, connection: AsyncConnection, actor: Actor, moved: Moved) -> None:
        """An authority has audited or returned a roster: under its seal, if it has one in force."""
        record, authority = moved.record, actor.account
        if record.kind != "roster" or authority is None:
            return
        purpose = UsePurpose(moved.state)
        seal = await self.in_force(connection, authority.id, SealKind.AUDIT)
        row = {
            "tenant_id": record.tenant_id,
            "division": record.division,
            "key": record.key,
            "version": record.version,
            "state": moved.state,
            "authority_id": authority.id,
            "seal_id": seal and seal.id,
            "at": Clock.now(),
        }
        await connection.execute(sql.DECIDE, row)
        if seal is not None:
            use = Use(purpose, record.key, moved.content_hash)
            await self.note_use(connection, actor, seal, use)

    async def expire(self) -> None:
        """End the seals whose time has passed."""
        where = {"now": Clock.now(), "before": SEALS.before(SealState.EXPIRED)}
        async with self._database.writing() as connection:
            for ended in await fetch(connection, sql.EXPIRE, where, EndedSeal):
                await audit.record(connection, Clockwork(), "seal.expire", str(ended.id), division=ended.division)

    async def _applied(self, actor: Actor, tenant_id: int, division: str, face: Face, *, kind: SealKind) -> SealRow:
        row = {
            "id": uuid7(),
            "tenant_id": tenant_id,
            "division": division,
            "kind": kind.value,
            "name": face.name,
            "by": actor.name,
            "at": Clock.now(),
        }
        async with self._database.writing() as connection:
            seal = await fetch_first(connection, sql.APPLY, row, SealRow)
            if seal is None:
                return _there(await fetch_first(connection, sql.WAITING, row, SealRow))
            await audit.record(connection, actor, "seal.apply", str(seal.id), division=division, kind=kind.value)
            return seal

    async def _kind_for(self, actor: Actor, owner: Tenant) -> SealKind:
        """Raises Refused (AUTH-005) for the seal of somebody the actor neither speaks for nor sees as an authority."""
        if not _speaks_for(actor, owner.id) and not (
            actor.may(Power.MANAGE_SEALS) and actor.scope.reaches(owner.division)
        ):
            raise Refused(problems.FORBIDDEN)
        is_own = actor.account is not None and actor.account.id == owner.id
        if (is_own and actor.may(Power.MANAGE_SEALS)) or await self._is_authority(owner):
            return SealKind.AUDIT
        return SealKind.REPORT

    async def _is_authority(self, owner: Tenant) -> bool:
        async with self._database.writing() as connection:
            return (await connection.execute(sql.IS_AUTHORITY, {"tenant_id": owner.id})).scalar_one()

    async def _must_be_decided_by(self, actor: Actor, seal_id: UUID) -> SealRow:
        seal = await self.shown(actor.scope, seal_id)
        _must_decide(actor, seal)
        return seal

    async def _renewed(self, connection: AsyncConnection, actor: Actor, seal: SealRow) -> UUID | None:
        """End the seal in force in whose place another comes; the id of it."""
        where = {"tenant_id": seal.tenant_id, "kind": seal.kind.value}
        held = await fetch_first(connection, sql.HOLD_IN_FORCE, where, SealRow)
        if held is None:
            return None
        end = SealState.RENEWED
        row = {"id": held.id, "state": end.value, "by": actor.name, "at": Clock.now(), "reason": None}
        await connection.execute(sql.END, row | {"before": SEALS.before(end)})
        await audit.record(connection, actor, "seal.renew", str(held.id), division=held.division, by=str(seal.id))
        return held.id

    async def _moved(self, actor: Actor, seal_id: UUID, end: SealState, statement: Any, *, reason: str) -> SealRow:
        row = {"id": seal_id, "state": end.value, "by": actor.name, "at": Clock.now(), "reason": reason}
        async with self._database.writing() as connection:
            seal = _there(await fetch_first(connection, sql.HOLD, {"id": seal_id}, SealRow))
            _must_follow(seal, end)
            await connection.execute(statement, row | {"before": SEALS.before(end)})
            action = f"seal.{'reject' if end is SealState.REJECTED else 'revoke'}"
            await audit.record(connection, actor, action, str(seal_id), division=seal.division)
            return _there(await fetch_first(connection, sql.SEAL, {"id": seal_id}, SealRow))

    async def _root(self) -> Pair:
        """Made when it is first asked for; of two processes that make one, one wins."""
        async with self._database.writing() as connection:
            row = await fetch_first(connection, sql.ROOT, {}, RootRow)
            if row is None:
                made = await asyncio.to_thread(new_root)
                wrapped = self._master.wrap_secret(made.private_key, _ROOT_PLACE)
                kept = {"certificate": made.certificate, "sealed_private": wrapped, "at": Clock.now()}
                await connection.execute(sql.INSERT_ROOT, kept)
                row = await fetch_first(connection, sql.ROOT, {}, RootRow)
        assert row is not None  # noqa: S101 - ours or another's, it is there
        return Pair(row.certificate, self._master.open_secret(row.sealed_private, _ROOT_PLACE))


async def wrappings(database: Database) -> list[Wrapping]:
    """The keys of seals and of their root, to be wrapped anew."""
    async with database.writing() as connection:
        root = await fetch_first(connection, sql.ROOT, {}, RootRow)
        seals = await fetch(connection, sql.WRAPPED, {}, WrappedSeal)
    found = [
        Wrapping(wrapped=seal.sealed_private, place=_place(seal.id), renew=sql.REWRAP, keys={"id": seal.id})
        for seal in seals
    ]
    if root is not None:
        found.append(Wrapping(wrapped=root.sealed_private, place=_ROOT_PLACE, renew=sql.REWRAP_ROOT))
    return found


def fingerprint_of(certificate: bytes) -> bytes:
    """By which a seal is known from a signature: the SHA-256 of its certificate."""
    return x509.load_der_x509_certificate(certificate).fingerprint(SHA256())


def content_of(pdf: bytes) -> bytes:
    """By which a printed roster is known."""
    return sha256(pdf).digest()


def _drawable(kind: SealKind, name: str) -> Face:
    """Raises Refused (SEAL-002)."""
    try:
        face = face_of(kind, name)
        must_be_printable(face.title)
    except ValueError:
        detail = Text(
            f"印章上的名称应为 1 至 {LONGEST_NAME} 个字", f"A name on a seal has 1 to {LONGEST_NAME} characters"
        )
        raise Refused(problems.UNPRINTABLE, detail) from None
    except Unprintable as error:
        raise unprintable(error) from None
    return face


def unprintable(error: Unprintable) -> Refused:
    """SEAL-002 naming the characters."""
    listed = "".join(error.characters)
    detail = Text(f"字库没有这些字：{'、'.join(listed)}", f"The font lacks these characters: {', '.join(listed)}")
    return Refused(problems.UNPRINTABLE, detail, characters=listed)


def _there(seal: SealRow | None) -> SealRow:
    """Raises Refused (REQUEST-003)."""
    if seal is None:
        raise Refused(problems.NOT_FOUND)
    return seal


def _speaks_for(actor: Actor, tenant_id: int) -> bool:
    is_own = actor.account is not None and actor.account.party(tenant_id) is not None
    return is_own and actor.may(Power.APPLY_SEALS)


def _must_decide(actor: Actor, seal: SealRow) -> None:
    """Raises Refused (AUTH-005) for anybody but an authority that sees the seal's division."""
    if not actor.may(Power.MANAGE_SEALS) or not actor.scope.reaches(seal.division):
        raise Refused(problems.FORBIDDEN)


def _must_follow(seal: SealRow, end: SealState) -> None:
    if not SEALS.may_move(seal.state, end):
        detail = Text(f"印章现为 {seal.state}，不能转为 {end}", f"The seal is {seal.state} and cannot become {end}")
        raise Refused(problems.SEAL_STATE, detail, state=seal.state.value)


def _end(now: datetime, wanted: datetime | None) -> datetime:
    until = (now + LIFE if wanted is None else wanted).replace(microsecond=0)
    if not now < until <= now + LONGEST_LIFE:
        detail = Text("印章有效期应在今日之后、五年之内", "A seal ends after today and within five years")
        raise Refused(problems.BAD_REQUEST, detail, parameter="valid_until")
    return until


def _place(seal_id: UUID) -> bytes:
    return f"seal/{seal_id}".encode()


def diameter_of(seal: SigningSeal) -> float:
    return face_of(seal.kind, seal.name).diameter


def title_of(kind: SealKind, name: str) -> str:
    """What stands on a seal, in one line."""
    return face_of(kind, name).title
