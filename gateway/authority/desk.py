"""What authorities do here to records that portals keep: change them, and decide where both sides have changed one.

A change is an envelope like any other, so it is checked, versioned and signed for; it goes to the portal through the
outbox. It names the version it was made on, and is refused when that is no longer the current one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.envelope import Channel
from gateway import audit
from gateway.access.accounts import Accounts, Actor
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.intake.envelopes import arriving
from gateway.intake.intake import Intake
from gateway.ledger import lifecycle
from gateway.ledger import statements as sql
from gateway.ledger.sealed import body_place
from gateway.ledger.two_sided import EXCHANGE, content
from gateway.ledger.values import Answer
from gateway.store.database import Database, Scope
from schemas import catalog
from schemas.findings import Text

KEEP_OURS, KEEP_THEIRS = "keep_ours", "keep_theirs"
DECISIONS = (KEEP_OURS, KEEP_THEIRS)

# Null where no portal keeps the tenant's records.
_PORTAL_TAKES = text("""
    SELECT bool_or(:event = ANY(events)) FROM target
    WHERE tenant_id = :tenant_id AND format = 'portal' AND state <> 'gone'
""")
_CONFLICTS = text("""
    SELECT c.id, c.tenant_id, c.division, c.connector, c.kind, c.key, c.our_version, c.their_revision, c.theirs,
           c.reason, c.opened_at, r.schema, r.version, r.body, r.revision
    FROM conflict c JOIN record r USING (tenant_id, kind, key)
    WHERE c.decision IS NULL AND (CAST(:id AS uuid) IS NULL OR c.id = :id) ORDER BY c.opened_at LIMIT 500
""")
_DECIDE = text("""
    UPDATE conflict SET decision = :decision, decided_by = :by, decided_at = now()
    WHERE id = :id AND decision IS NULL RETURNING id
""")


class Desk:
    """The one place where an authority's word becomes a version of a record."""

    def __init__(self, database: Database, intake: Intake, accounts: Accounts) -> None:
        self._database = database
        self._intake = intake
        self._accounts = accounts

    async def change(
        self,
        actor: Actor,
        record: Any,
        patch: Mapping[str, Any],
        base_version: int,
        action: str = "change",
        *,
        decided: bool = False,
    ) -> Answer:
        """The answer to a JSON merge patch (RFC 7396) on version `base_version` of `record`, a row its changer sees.

        `decided` says that the change is a decision of the authority's own. Raises Refused (AUTH-005, REQUEST-001,
        STATE-001 where the portal that keeps the record takes no such changes, STATE-002).
        """
        _must_be_authority(actor)
        tenant = await self._accounts.tenant(record.tenant_id)
        old = self._opened(tenant, record)
        body = merged(old, patch)
        must_be_theirs(actor, record)
        _must_stay_itself(record, old, body)
        _must_stay_in_sight(actor, old, body)
        if await self._must_be_taken(tenant, record.kind):
            body["unconfirmed"] = True
        return await self._submit(actor, tenant, record, body, base_version, action, decided=decided)

    async def conflicts(self, scope: Scope, conflict_id: UUID | None = None) -> Sequence[Any]:
        """Open conflicts in sight, the oldest first: rows with both bodies, sealed."""
        async with self._database.reading(scope) as connection:
            return (await connection.execute(_CONFLICTS, {"id": conflict_id})).all()

    async def differences(self, conflict: Any) -> Sequence[dict[str, Any]] | None:
        """What differs, field by field, personal values masked; None until a pull has brought their version."""
        ours, theirs = await self.sides(conflict)
        return None if theirs is None else lifecycle.differences(conflict.schema, content(ours), content(theirs))

    async def sides(self, conflict: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
        """Both bodies, ours first; theirs is None until a pull has brought it."""
        tenant = await self._accounts.tenant(conflict.tenant_id)
        place = body_place(tenant.id, conflict.kind, conflict.key)
        theirs = conflict.theirs and orjson.loads(tenant.seal.open(bytes(conflict.theirs), place))
        return self._opened(tenant, conflict), theirs

    async def decide(self, actor: Actor, conflict: Any, decision: str) -> Answer:
        """End a conflict: our version goes to the portal again, on top of theirs, or theirs becomes the current one.

        Raises Refused (AUTH-005, STATE-001 as `change` does, STATE-002, STATE-003).
        """
        _must_be_authority(actor)
        tenant = await self._accounts.tenant(conflict.tenant_id)
        ours, theirs = await self.sides(conflict)
        if decision == KEEP_OURS:
            await self._must_be_taken(tenant, conflict.kind)
            body = ours | {"revision": conflict.their_revision, "unconfirmed": True}
        elif theirs is not None:
            body = theirs
        else:
            raise Refused(problems.NOT_PULLED)
        return await self._submit(
            actor, tenant, conflict, body, conflict.version, decision, conflict=conflict.id, decided=True
        )

    async def _submit(
        self,
        actor: Actor,
        tenant: Tenant,
        record: Any,
        body: Mapping[str, Any],
        base_version: int,
        action: str,
        *,
        conflict: UUID | None = None,
        decided: bool = False,
    ) -> Answer:
        envelope = arriving(
            tenant,
            orjson.dumps(body),
            channel=Channel.DESK,
            kind=record.kind,
            amend=True,
            decided=frozenset({record.key}) if decided else frozenset(),
        )

        prepared = await self._intake.prepare(envelope, tenant)

        async def beside(connection: AsyncConnection) -> None:
            await _must_be_version(connection, record, base_version)
            if prepared.rejections:
                return  # the answer says why; nothing has changed and a conflict stays open
            if conflict is not None:
                closed = await connection.execute(_DECIDE, {"id": conflict, "decision": action, "by": actor.name})
                if closed.first() is None:
                    raise Refused(problems.ALREADY_DECIDED)
            await audit.record(connection, actor, f"{record.kind}.{action}", record.key, version=base_version)

        return await self._intake.store(prepared, beside)

    def _opened(self, tenant: Tenant, record: Any) -> dict[str, Any]:
        return orjson.loads(tenant.seal.open(bytes(record.body), body_place(tenant.id, record.kind, record.key)))

    async def is_taken(self, tenant: Tenant, kind: str) -> bool | None:
        """Whether the portal that keeps a tenant's records takes changes of a kind; None when no portal does."""
        asked = {"tenant_id": tenant.id, "event": f"{kind}.amended"}
        async with self._database.writing() as connection:
            return (await connection.execute(_PORTAL_TAKES, asked)).scalar_one()

    async def _must_be_taken(self, tenant: Tenant, kind: str) -> bool:
        """Whether a change goes to a portal. Raises Refused (STATE-001) when it should and cannot."""
        is_taken = await self.is_taken(tenant, kind)
        if is_taken is False:
            detail = Text("门户不接收此类记录的变更，请在门户上办理", "The portal takes no such changes: make it there")
            raise Refused(problems.STATE_REFUSED, detail)
        return bool(is_taken)


def must_be_theirs(actor: Actor, record: Any) -> None:
    """Raises Refused (AUTH-005) for a pledge that is not theirs to change: the province's, or who stands above it."""
    if record.kind == "pledge" and not actor.scope.reaches(f"{record.division[:2]}0000"):
        raise Refused(problems.FORBIDDEN, Text("承诺由省级旅游主管部门核实", "The province verifies pledges"))


async def _must_be_version(connection: AsyncConnection, record: Any, version: int) -> None:
    where = {"tenant_id": record.tenant_id, "kind": record.kind, "key": record.key}
    locked = (await connection.exec_driver_sql(sql.LOCK_RECORD, where)).one()
    if locked.version != version:
        detail = Text(f"当前版本为 {locked.version}", f"The current version is {locked.version}")
        raise Refused(problems.VERSION_MOVED, detail, version=locked.version)


def _must_stay_itself(record: Any, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """A change is of the record it names, and how that is exchanged with its portal is not for people to write."""
    kept = (*catalog.kind(record.schema).key, *sorted(EXCHANGE))
    if changed := [name for name in kept if old.get(name) != new.get(name)]:
        named = ", ".join(changed)
        detail = Text(f"不能变更字段 {named}", f"These fields cannot be changed: {named}")
        raise Refused(problems.BAD_REQUEST, detail, fields=changed)


def _must_stay_in_sight(actor: Actor, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    division = new.get("division")
    if division != old.get("division") and not (isinstance(division, str) and actor.scope.reaches(division)):
        detail = Text("不能将记录移出您的辖区", "A record cannot be moved out of your division")
        raise Refused(problems.FORBIDDEN, detail)


def _must_be_authority(actor: Actor) -> None:
    if not actor.decides:
        raise Refused(problems.FORBIDDEN)


def merged(target: Any, patch: Any) -> Any:
    """`target` with a JSON merge patch applied (RFC 7396): null removes, objects merge, all else replaces."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result
