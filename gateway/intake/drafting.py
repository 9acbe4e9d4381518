"""From canonical records to drafts: everything about a record that can be decided without the store. Pure CPU."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from adapters.envelope import CanonicalRecord
from gateway.access.tenants import Tenant
from gateway.base.clock import day_in_china
from gateway.ledger.canonical import canonical_of
from gateway.ledger.facts import Facts
from gateway.ledger.issuing import Issuer
from gateway.ledger.kinds import BEHAVIOURS
from gateway.ledger.lifecycle import first_state
from gateway.ledger.sealed import seal_body
from gateway.ledger.values import Draft
from gateway.trust.sealing import content_hash
from schemas.catalog import Kind
from schemas.rules.report import Register


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """Makes drafts of one kind for one tenant."""

    issuer: Issuer
    kind: Kind
    tenant: Tenant
    received_at: datetime
    register: Register

    def draft(self, record: CanonicalRecord) -> Draft:
        """`record` sealed, hashed, and with its code and QR when its kind has them."""
        kind, tenant = self.kind.name, self.tenant
        body, canonical = canonical_of(record.body)
        key = body[self.kind.key[0]]
        content = content_hash(canonical)
        behaviour = BEHAVIOURS[kind]
        facts = behaviour.facts(body, tenant)
        code = qr_text = None
        if behaviour.is_coded:
            code, qr_text = self.issuer.issue(facts, content, self.received_at)
        return Draft(
            ordinal=record.ordinal,
            locator=record.locator,
            kind=kind,
            schema=record.schema,
            key=key,
            content_hash=content,
            canonical=canonical,
            body=seal_body(canonical, tenant, kind, key),
            facts=facts if behaviour.due_days is None else self._with_due_day(facts, body, behaviour.due_days),
            state=first_state(kind, body),
            code=code,
            qr_text=qr_text,
            findings=record.findings,
        )

    def _with_due_day(self, facts: Facts, body: dict[str, Any], days: int) -> Facts:
        """Counted from the day of receipt that its sender tells, but from no later one than that on which it came."""
        came = day_in_china(self.received_at).isoformat()
        due = self.register.working_day_after(min(body["received_on"], came), days)
        return replace(facts, due_on=due and date.fromisoformat(due))
