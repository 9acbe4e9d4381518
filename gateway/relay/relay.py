"""Delivers changes to targets: at least once, with a stable message id, retried over days, one lane a target.

A target that hangs or fails holds nobody but itself: after some failures in a row its circuit opens, its deliveries
wait without using up attempts, and after a while one of them is sent to see whether it is back. Where the way is barred
(a secret that is not there, a credential that is refused) the circuit opens at once: no delivery dies of it. Nothing
that is meant for a portal dies of an outage, however long: its operators are told when the usual times are used up.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.errors import Barred, Retriable
from gateway.access.accounts import Accounts
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.base.bilingual import written
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import RelaySettings
from gateway.ledger.changes import number_changes
from gateway.relay import keys as target_keys
from gateway.relay import statements as sql
from gateway.relay.addresses import AddressRefused, resolve
from gateway.relay.disorder import Disorder
from gateway.relay.keys import TargetKey
from gateway.relay.messages import Arrival, Errand, Event, Format, Message, Undeliverable
from gateway.relay.rows import ClaimedDelivery, Target, TargetBehind
from gateway.relay.states import TARGETS, UNDER_WAY, DeliveryState, TargetState
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_one
from schemas.findings import Text

_IDLE_SECONDS = 0.25
_AT_ONCE = 8
_LEASE_MARGIN_SECONDS = 2.0
_MOST_ANSWER_BYTES = 4096
_MOST_SHOWN = 300
_GONE = 410
_JITTER = 0.2
_HEADERS = {"User-Agent": "Yizhan-Relay/1", "Accept-Encoding": "identity"}
_SUPERSEDED = Text("已由同一记录的后续变更代替", "a later change is told instead")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Settled:
    """Nothing more is to be sent. `status` is that of an HTTP answer."""

    state: DeliveryState
    status: int | None = None
    error: Text | None = None


_DELIVERED = _Settled(DeliveryState.DELIVERED)
_ARRIVED = {
    Arrival.TAKEN: _DELIVERED,
    Arrival.SUPERSEDED: _DELIVERED,
    Arrival.DISPUTED: _Settled(
        DeliveryState.DISPUTED,
        error=Text(
            "门户已有其他版本，须人工核定版本冲突", "the portal holds another version: a person decides the conflict"
        ),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    """Why an attempt failed. `wait` is the least time to the next, in seconds; `gone` asks never to be called again.

    `final` is about this delivery, `barred` about the target and not about the delivery.
    """

    error: Text
    status: int | None = None
    wait: float = 0.0
    final: bool = False
    barred: bool = False
    gone: bool = False


class Relay:
    """One process's share of the deliveries; the store decides between several."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        formats: Mapping[str, Format],
        *,
        settings: RelaySettings,
        disorder: Disorder,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._formats = formats
        self._settings = settings
        self._disorder = disorder
        self._lanes: dict[UUID, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; attempts under way are finished."""
        async with self._client() as client:
            while not stop.is_set():
                try:
                    await self._fan_out()
                    await self._open_lanes(client)
                except Exception as failure:
                    _log.exception("relay failed", error=type(failure).__name__)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _IDLE_SECONDS)
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def drain(self, connectors: Sequence[str] | None = None) -> None:
        """Deliver once what is due now, with `connectors` only to their portals; what fails waits for its next time."""
        async with self._client() as client:
            await self._fan_out()
            await self._open_lanes(client, connectors)
            while self._lanes:
                await asyncio.gather(*self._lanes.values())
                await self._open_lanes(client, connectors)

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(follow_redirects=False, trust_env=False, timeout=self._settings.timeout_seconds)

    async def _fan_out(self) -> None:
        """A delivery for every new change that a target wants."""
        upto = await number_changes(self._database)
        async with self._database.looking() as connection:
            if (await connection.execute(sql.ARE_BEHIND, {"upto": upto})).first() is None:
                return
        async with self._database.writing() as connection:
            for target in await fetch(connection, sql.BEHIND, {"upto": upto}, TargetBehind):
                wanted = {
                    "id": target.id,
                    "after": target.position,
                    "upto": upto,
                    "tenant": target.scope_tenant,
                    "division": target.scope_division,
                    "events": target.events,
                    "in_order": self._formats[target.format].in_order,
                }
                await connection.execute(sql.FAN_OUT, wanted)
                await connection.execute(sql.CAUGHT_UP, {"id": target.id, "upto": upto})

    async def _open_lanes(self, client: httpx.AsyncClient, connectors: Sequence[str] | None = None) -> None:
        self._lanes = {id: lane for id, lane in self._lanes.items() if not lane.done()}
        async with self._database.looking() as connection:
            wanted = {"connectors": None if connectors is None else list(connectors)}
            ready = (await connection.execute(sql.READY, wanted)).scalars().all()
        for target_id in ready:
            if target_id not in self._lanes:
                self._lanes[target_id] = asyncio.create_task(self._lane(client, target_id))

    async def _lane(self, client: httpx.AsyncClient, target_id: UUID) -> None:
        """Some of what is due for one target, as long as all get through: a few at once, to a portal one by one."""
        for _ in range(_AT_ONCE):
            if not await self._turn(client, target_id):
                return

    async def _turn(self, client: httpx.AsyncClient, target_id: UUID) -> bool:
        """Whether to go on with the next turn."""
        settings = self._settings
        async with self._database.writing() as connection:
            target = await self._ready(connection, target_id)
            if target.ended is not None:
                return False
            is_probe = target.failures >= settings.failures_to_open
            lease = 2 * settings.timeout_seconds + _LEASE_MARGIN_SECONDS
            is_portal = target.connector is not None
            claim = {
                "id": target_id,
                "limit": 1 if is_probe or is_portal else _AT_ONCE,
                "probe": is_probe,
                "lease": lease,
            }
            due = await fetch(connection, sql.CLAIM, claim, ClaimedDelivery)
        due = await self._disorder.put_off(target, due)
        tenant = await self._accounts.tenant(target.tenant_id)
        keys = target_keys.load(tenant.seal.open(target.keys, f"target/{target.id}".encode()))
        went = await asyncio.gather(*(self._attempt(client, target, keys, row) for row in due))
        return len(went) == claim["limit"] and all(went)

    async def _ready(self, connection: AsyncConnection, target_id: UUID) -> Target:
        """The target; where order matters, in no other hands and without what need not be said any more."""
        target = await fetch_one(connection, sql.TARGET, {"id": target_id}, Target)
        if self._formats[target.format].in_order:
            target = await fetch_one(connection, sql.LOCK_TARGET, {"id": target_id}, Target)
            superseded = {
                "id": target_id,
                "state": DeliveryState.DELIVERED,
                "before": UNDER_WAY,
                "why": written(_SUPERSEDED),
            }
            await connection.execute(sql.SUPERSEDE, superseded)
        return target

    async def _attempt(
        self, client: httpx.AsyncClient, target: Target, keys: Sequence[TargetKey], row: ClaimedDelivery
    ) -> bool:
        """Whether it got through, or is not to be tried again."""
        outcome = await self._outcome(client, target, keys, _event_of(row))
        if isinstance(outcome, _Settled) and await self._disorder.repeats(target):
            outcome = await self._outcome(client, target, keys, _event_of(row))  # taken only when it was taken twice
        await self._settle(target, row, outcome)
        return isinstance(outcome, _Settled) or outcome.final

    async def _outcome(
        self, client: httpx.AsyncClient, target: Target, keys: Sequence[TargetKey], event: Event
    ) -> _Settled | _Failure:
        format_ = self._formats[target.format]
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                message = await format_.compose(target, keys, event, Clock.now())
                return await self._deliver(client, format_, message)
        except (Undeliverable, Refused) as error:  # such as RETENTION-001: nothing is left to be told
            return _Failure(error=error.text, final=True)
        except (httpx.InvalidURL, ValueError) as error:
            return _Failure(error=_reported(error), final=True)
        except Barred as error:
            return _Failure(error=error.text, barred=True)
        except Retriable as error:
            return _Failure(error=error.text, wait=min(error.wait_seconds, self._settings.longest_wait_seconds))
        except (TimeoutError, httpx.TimeoutException):
            seconds = self._settings.timeout_seconds
            return _Failure(error=Text(f"{seconds} 秒内没有应答", f"no answer within {seconds} s"))
        except AddressRefused as error:
            return _Failure(error=error.text)
        except (httpx.HTTPError, OSError) as error:
            return _Failure(error=_reported(error))

    async def _deliver(
        self, client: httpx.AsyncClient, format_: Format, message: Message | Errand | None
    ) -> _Settled | _Failure:
        if isinstance(message, Message):
            return await self._send(client, format_, message)
        return _DELIVERED if message is None else _ARRIVED[await message.run()]

    async def _send(self, client: httpx.AsyncClient, format_: Format, message: Message) -> _Settled | _Failure:
        address = await resolve(message.url, self._settings.allowed_hosts)
        request = client.build_request(
            "POST",
            address.url,
            content=message.content,
            headers={**message.headers, **_HEADERS, "Host": address.host},
            extensions={"sni_hostname": address.sni, "timeout": client.timeout.as_dict()},
        )
        response = await client.send(request, stream=True)
        try:
            body = await _beginning(response)
        finally:
            await response.aclose()
        if format_.accepts(response.status_code, body):
            return _Settled(DeliveryState.DELIVERED, response.status_code)
        status = response.status_code
        shown = Text(f"应答状态为 {status}", f"answered {status}")
        if response.is_redirect:
            shown = Text(f"{shown.zh}，不跟随重定向", f"{shown.en}, redirects are not followed")
        wait = response.headers.get("retry-after", "")
        seconds = min(float(wait), self._settings.longest_wait_seconds) if wait.isdecimal() else 0.0
        is_gone = response.status_code == _GONE
        return _Failure(error=shown, status=response.status_code, wait=seconds, gone=is_gone)

    async def _settle(self, target: Target, row: ClaimedDelivery, outcome: _Settled | _Failure) -> None:
        async with self._database.writing() as connection:
            if isinstance(outcome, _Failure):
                await self._note_failure(connection, target, row, outcome)
                return
            where = {"id": target.id, "position": row.position, "before": UNDER_WAY}
            settled = {
                "state": outcome.state,
                "status": outcome.status,
                "error": None if outcome.error is None else written(outcome.error),
            }
            await connection.execute(sql.SETTLED, where | settled)
            await connection.execute(sql.HEALTHY, {"id": target.id})
            await self._disorder.release(connection, target, row)

    async def _note_failure(
        self, connection: AsyncConnection, target: Target, row: ClaimedDelivery, failure: _Failure
    ) -> None:
        is_used_up = row.attempts > len(self._settings.retry_seconds) and not failure.barred
        is_dead = failure.final or (is_used_up and target.connector is None)
        if is_used_up and not failure.final and target.connector is not None:
            tenant, subject = await self._accounts.tenant(target.tenant_id), alerts.record_of(row.kind, row.key)
            alert = Alert(tenant, target.connector, AlertCode.NOT_SENT, subject)
            await alerts.raise_within(connection, alert, _beginning_of(failure.error))
        failed = {
            "id": target.id,
            "position": row.position,
            "state": DeliveryState.DEAD if is_dead else DeliveryState.WAITING,
            "before": UNDER_WAY,
            "status": failure.status,
            "error": written(_beginning_of(failure.error)),
            "wait": max(0.0 if is_dead else self._usual_wait(row.attempts), failure.wait),
            "spared": int(failure.barred),
        }
        await connection.execute(sql.FAILED, failed)
        if failure.gone:
            paused = {"state": TargetState.PAUSED, "before": TARGETS.before(TargetState.PAUSED)}
            await connection.execute(sql.SET_STATE, {"id": target.id, **paused})
        elif not failure.final:
            await connection.execute(sql.UNHEALTHY, self._circuit(target.id, at_once=failure.barred))

    def _usual_wait(self, attempts: int) -> float:
        """Seconds after so many attempts, a little more or less, lest all come again at once."""
        schedule = self._settings.retry_seconds
        return schedule[min(attempts, len(schedule)) - 1] * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311

    def _circuit(self, target_id: UUID, *, at_once: bool) -> dict[str, Any]:
        settings = self._settings
        return {
            "id": target_id,
            "least": settings.failures_to_open if at_once else 0,
            "most": settings.failures_to_open,
            "open": settings.open_seconds,
            "longest": settings.longest_wait_seconds,
        }


def _reported(error: Exception) -> Text:
    """What the network says in its own words, which Chinese quotes."""
    words = str(error) or type(error).__name__
    return Text(f"系统报告“{words}”", words)


def _beginning_of(text: Text) -> Text:
    return Text(text.zh[:_MOST_SHOWN], text.en[:_MOST_SHOWN])


def _event_of(row: ClaimedDelivery) -> Event:
    return Event(
        position=row.position,
        kind=row.kind,
        key=row.key,
        event=row.event,
        version=row.version,
        state=row.state,
        code=row.code,
        at=row.at,
        reason=row.reason,
        tenant_id=row.tenant_id,
        sender_id=row.sender_id,
        is_repeat=row.attempts > 1,
    )


async def _beginning(response: httpx.Response) -> bytes:
    """The first bytes of an answer; a target cannot make us read more."""
    body = b""
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= _MOST_ANSWER_BYTES:
            break
    return body[:_MOST_ANSWER_BYTES]
