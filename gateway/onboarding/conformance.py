"""How far a partner's system has shown what it does, by what has arrived in its sandbox; at the end a signed result."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.accounts import Principal
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.ledger.sealed import open_body
from gateway.onboarding import statements as sql
from gateway.onboarding.faults import Fault
from gateway.onboarding.rows import DoneRow, EvidenceRow, SampleRow
from gateway.onboarding.scenarios import CHANNELS, Evidence, Scenario, judged
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_one
from gateway.trust.keyring import Keyring
from schemas import catalog
from schemas.findings import Text

TYPE = "yizhan-conformance+jwt"
_CHANNELS = {"rest": ["rest", "upload"], "soap": ["soap", "vendor_soap"], "sftp": ["sftp"]}


class Conformance:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    async def progress(self, principal: Principal, channel: str, kind: str) -> dict[Scenario, bool]:
        """Which scenarios have been seen. Raises Refused (AUTH-005) outside of the sandbox."""
        if not principal.tenant.is_sandbox:
            raise Refused(problems.FORBIDDEN)
        return judged(channel, kind, await self._evidence(principal.tenant, channel, kind))

    async def seen(self, tenant: Tenant, channel: str, kinds: Sequence[str]) -> dict[str, dict[Scenario, bool]]:
        """What a sandbox has shown of some kinds by a channel, and what not yet. Nothing is asked of some channels."""
        if channel not in CHANNELS:
            return {}
        return {kind: judged(channel, kind, await self._evidence(tenant, channel, kind)) for kind in kinds}

    async def result(self, principal: Principal, channel: str, kind: str) -> str:
        """A signed statement that all have been. Raises Refused (REGISTRATION-001 while some are missing)."""
        seen = await self.progress(principal, channel, kind)
        missing = [scenario for scenario, is_seen in seen.items() if not is_seen]
        if missing:
            detail = Text(f"还有 {len(missing)} 个场景未通过", f"{len(missing)} scenarios are still to be shown")
            raise Refused(problems.REGISTRATION_STATE, detail, missing=[scenario.value for scenario in missing])
        return self.signed(principal.tenant, channel, kind)

    def signed(self, tenant: Tenant, channel: str, kind: str) -> str:
        """The statement about a sandbox that has shown everything."""
        claims = {
            "sub": tenant.name,
            "iat": int(Clock.now().timestamp()),
            "channel": channel,
            "kind": kind,
            "result": "passed",
        }
        return self._keyring.receipt_signer.sign_claims(claims, TYPE)

    async def note_replay(self, tenant: Tenant, channel: str, kind: str) -> None:
        """That a request was sent again and got its original answer."""
        row = {"tenant_id": tenant.id, "channel": channel, "kind": kind}
        async with self._database.writing() as connection:
            await connection.execute(sql.NOTE_REPLAY, row)

    async def _evidence(self, tenant: Tenant, channel: str, kind: str) -> Evidence:
        where = {"tenant_id": tenant.id, "kind": kind, "channels": _CHANNELS[channel]}
        async with self._database.writing() as connection:
            row = await fetch_one(connection, sql.EVIDENCE, where, EvidenceRow)
            done = {each.fault: each.times_done for each in await fetch(connection, sql.DONE, where, DoneRow)}
            samples = await fetch(connection, sql.SAMPLES, where, SampleRow)
        seen = {name for sample in samples for name in open_body(sample, tenant.seal)}
        every = catalog.kind(f"{kind}.v1").schema["properties"].keys()
        return Evidence(
            row=row,
            fields_seen=len(seen & every) / len(every),
            lost_replies=done.get(Fault.LOST_REPLY, 0),
            refused_keys=done.get(Fault.EXPIRED_KEY, 0),
            repeated_deliveries=done.get(Fault.DUPLICATE_WEBHOOK, 0),
            overtaken_deliveries=done.get(Fault.OUT_OF_ORDER_WEBHOOK, 0),
        )
