"""Where changes are delivered: added, given further keys, paused, redelivered by the credential they belong to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Actor, Principal
from gateway.access.divisions import pattern_of
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.ledger.changes import OF_RECORDS, ChangeEvent, number_changes
from gateway.relay import keys as target_keys
from gateway.relay import statements as sql
from gateway.relay.addresses import AddressRefused, resolve
from gateway.relay.keys import Scheme, TargetKey
from gateway.relay.messages import STANDARD
from gateway.relay.rows import DeliveryRow, Target
from gateway.relay.states import DELIVERIES, TARGETS, DeliveryState, TargetState
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first, fetch_one
from gateway.trust.sm2 import SmUnavailable
from schemas.catalog import kind_names
from schemas.findings import Text

EVENTS = frozenset(
    {f"{kind}.{event}" for kind in kind_names() for event in OF_RECORDS}
    | {f"submission.{ChangeEvent.DONE}", f"pledge.{ChangeEvent.REMINDER}", f"pledge.{ChangeEvent.OVERDUE}"}
)
_MOST_KEYS = 4
_MOST_TARGETS = 20
_OWN = UUID("6f1d2b5e-7d0e-4a55-9a3b-2f1c7f0f5a11")


class Targets:
    """Targets of the caller's tenant."""

    def __init__(self, database: Database, allowed_hosts: Collection[str]) -> None:
        self._database = database
        self._allowed = allowed_hosts

    async def add(
        self, principal: Principal, url: str, events: Sequence[str], schemes: Sequence[Scheme]
    ) -> tuple[UUID, list[TargetKey]]:
        """A new target that gets what happens from now on. Raises Refused (TARGET-001)."""
        try:
            await resolve(url, self._allowed)
        except AddressRefused as refused:
            why = refused.text
            detail = Text(f"无法向该地址投递：{why.zh}", f"Nothing can be delivered there: {why.en}")
            raise Refused(problems.TARGET_REFUSED, detail) from None
        target_id = uuid7()
        keys = [_new_key(scheme) for scheme in schemes]
        scope = principal.scope
        row = {
            **_row(target_id, principal.tenant, STANDARD, events, keys=keys),
            "url": url,
            "credential_id": principal.credential_id,
            "scope_tenant": scope.tenant_id,
            "scope_division": scope.division,
            "position": await number_changes(self._database),
        }
        async with self._database.writing() as connection:
            known: int = (await connection.execute(sql.COUNT_TARGETS, {"tenant_id": row["tenant_id"]})).scalar_one()
            if known >= _MOST_TARGETS:
                detail = Text(
                    f"每个对接方至多 {_MOST_TARGETS} 个投递目标", f"A partner has at most {_MOST_TARGETS} targets"
                )
                raise Refused(problems.TARGET_REFUSED, detail)
            await connection.execute(sql.ADD_TARGET, row)
            await audit.record(connection, principal, "target.add", str(target_id))
        return target_id, keys

    async def ensure(self, principal: Principal, format_: str, events: Sequence[str]) -> None:
        """The one target of a tenant whose addresses stand in the records themselves (a call-back address).

        It belongs to the credential that sent the last of them.
        """
        tenant = principal.tenant
        row = _row(uuid5(_OWN, f"{tenant.id}/{format_}"), tenant, format_, events, keys=[])
        row |= {"url": None, "scope_tenant": tenant.id, "scope_division": None}
        row |= {"credential_id": principal.credential_id, "position": await number_changes(self._database)}
        async with self._database.writing() as connection:
            await connection.execute(sql.ADD_TARGET, row)

    async def link(
        self, tenant: Tenant, format_: str, connector: str, own: Sequence[str], *, below: Sequence[str]
    ) -> None:
        """Tell a portal of `own` events of its tenant's records, and of events `below` of any in its division."""
        targets: list[tuple[Sequence[str], dict[str, int | str | None]]] = []
        if own:
            targets.append((own, {"scope_tenant": tenant.id, "scope_division": None}))
        if below:
            targets.append((below, {"scope_tenant": None, "scope_division": pattern_of(tenant.division)}))
        position = await number_changes(self._database)
        async with self._database.writing() as connection:
            for events, scope in targets:
                name = uuid5(_OWN, f"{tenant.id}/{format_}/{connector}/{scope['scope_division'] or ''}")
                row = _row(name, tenant, format_, events, keys=[]) | scope
                row |= {"url": None, "connector": connector, "position": position}
                await connection.execute(sql.ADD_TARGET, row)

    async def listed(self, actor: Actor) -> Sequence[Target]:
        """The targets of the caller's own tenant; for the operator at the terminal everybody's."""
        async with self._database.reading(actor.scope) as connection:
            rows = await fetch(connection, sql.TARGETS, {}, Target)
        return [row for row in rows if _is_own(actor, row)]

    async def find(self, actor: Actor, target_id: UUID) -> Target:
        """One of those that `listed` shows. Raises Refused (REQUEST-003)."""
        async with self._database.reading(actor.scope) as connection:
            target = await fetch_first(connection, sql.TARGET, {"id": target_id}, Target)
        if target is None or not _is_own(actor, target):
            raise Refused(problems.NOT_FOUND)
        return target

    async def add_key(self, principal: Principal, target: Target, scheme: Scheme) -> TargetKey:
        """One more key; from now on deliveries carry its signature too. Raises Refused (TARGET-001)."""
        key = _new_key(scheme)
        await self._change_keys(principal, target, lambda keys: [*keys, key])
        return key

    async def drop_key(self, principal: Principal, target: Target, shown: str) -> None:
        """Sign no longer with the key that is shown so. The last one stays."""
        await self._change_keys(principal, target, lambda keys: [key for key in keys if key.shown != shown])

    async def take(self, principal: Principal, target: Target) -> None:
        """Let a target belong to the caller's credential and see what that may see; what waited is delivered."""
        scope = principal.scope
        row = {
            "id": target.id,
            "credential_id": principal.credential_id,
            "scope_tenant": scope.tenant_id,
            "scope_division": scope.division,
        }
        async with self._database.writing() as connection:
            await connection.execute(sql.TAKE, row)
            await audit.record(connection, principal, "target.take", str(target.id), before=target.credential_id)

    async def follow(self, connection: AsyncConnection, before: str, after: str) -> None:
        """Let the targets of a credential belong to its successor. In the caller's transaction."""
        await connection.execute(sql.FOLLOW, {"before": before, "after": after})

    async def set_state(self, actor: Actor, target: Target, state: TargetState) -> None:
        """Resume it, pause it (its deliveries wait) or remove it."""
        async with self._database.writing() as connection:
            moved = {"state": state, "before": TARGETS.before(state)}
            await connection.execute(sql.SET_STATE, {"id": target.id, **moved})
            await audit.record(connection, actor, f"target.{state}", str(target.id), division=target.division)

    async def deliveries(
        self,
        actor: Actor,
        target: Target,
        *,
        after: int,
        limit: int,
        state: DeliveryState | None,
        is_newest_first: bool = False,
    ) -> Sequence[DeliveryRow]:
        """What became of its deliveries, in the order of the changes or the last first, from the one behind `after`."""
        wanted = sql.LAST_DELIVERIES if is_newest_first else sql.DELIVERIES
        async with self._database.reading(actor.scope) as connection:
            where = {"id": target.id, "after": after, "limit": limit, "state": state}
            return await fetch(connection, wanted, where, DeliveryRow)

    async def redeliver(self, actor: Actor, target: Target, first: int, last: int, *, everything: bool) -> int:
        """Send dead deliveries (or all) between two positions again; returns how many."""
        async with self._database.writing() as connection:
            where = {"id": target.id, "first": first, "last": last, "all": everything}
            where |= {"before": DELIVERIES.before(DeliveryState.WAITING)}
            count = (await connection.execute(sql.REDELIVER, where)).rowcount
            await audit.record(
                connection, actor, "target.redeliver", str(target.id), division=target.division, deliveries=count
            )
        return count

    async def _change_keys(
        self, principal: Principal, target: Target, change: Callable[[Sequence[TargetKey]], Sequence[TargetKey]]
    ) -> None:
        place = _place(target.id)
        seal = principal.tenant.seal
        async with self._database.writing() as connection:
            locked = await fetch_one(connection, sql.LOCK_TARGET, {"id": target.id}, Target)
            keys = change(target_keys.load(seal.open(bytes(locked.keys), place)))
            if not 1 <= len(keys) <= _MOST_KEYS:
                detail = Text(f"密钥应为 1 至 {_MOST_KEYS} 个", f"A target has 1 to {_MOST_KEYS} keys")
                raise Refused(problems.TARGET_REFUSED, detail)
            await connection.execute(sql.SET_KEYS, {"id": target.id, "keys": seal.seal(target_keys.dump(keys), place)})
            await audit.record(connection, principal, "target.keys", str(target.id), keys=len(keys))


def _row(
    target_id: UUID, tenant: Tenant, format_: str, events: Sequence[str], *, keys: Sequence[TargetKey]
) -> dict[str, Any]:
    return {
        "id": target_id,
        "tenant_id": tenant.id,
        "division": tenant.division,
        "format": format_,
        "events": list(events),
        "keys": tenant.seal.seal(target_keys.dump(keys), _place(target_id)),
        "connector": None,
        "credential_id": None,
    }


def _new_key(scheme: Scheme) -> TargetKey:
    """Raises Refused (TARGET-001) for a scheme that this installation lacks."""
    try:
        return TargetKey.new(scheme, Clock.now())
    except SmUnavailable as missing:
        raise Refused(problems.TARGET_REFUSED, missing.text) from None


def _is_own(actor: Actor, target: Target) -> bool:
    return actor.account is None or target.tenant_id == actor.account.id


def _place(target_id: UUID) -> bytes:
    return f"target/{target_id}".encode()
