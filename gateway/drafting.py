"""From canonical records to drafts: everything about a record that can be decided without the store. Pure CPU."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import orjson

from adapters.envelope import CanonicalRecord
from gateway.access.tenants import Tenant
from gateway.base.china_time import in_china
from gateway.drafts import Draft, Facts
from gateway.facts import facts_of
from gateway.issuing import CODED_KINDS, Issuer
from gateway.lifecycle import first_state
from gateway.store.rows import body_place
from gateway.trust.sealing import content_hash
from schemas.catalog import Kind
from schemas.rules.filings import PLEDGE_DAYS
from schemas.rules.report import Register


@dataclass(frozen=True, slots=True)
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
        facts = facts_of(kind, body, tenant)
        code = qr_text = None
        if kind in CODED_KINDS:
            code, qr_text = self.issuer.issue(facts, content, self.received_at)
        return Draft(
            ordinal=record.ordinal,
            locator=record.locator,
            kind=kind,
            schema=record.schema,
            key=key,
            content_hash=content,
            canonical=canonical,
            body=tenant.seal.seal(canonical, body_place(tenant.id, kind, key)),
            facts=self._with_due_day(facts, body) if kind == "pledge" else facts,
            state=first_state(kind, body),
            code=code,
            qr_text=qr_text,
            findings=record.findings,
        )

    def _with_due_day(self, facts: Facts, body: dict[str, Any]) -> Facts:
        """Counted from the day of receipt that its sender tells, but from no later one than that on which it came."""
        came = in_china(self.received_at)[:10]
        due = self.register.working_day_after(min(body["received_on"], came), PLEDGE_DAYS)
        return replace(facts, due_on=due and date.fromisoformat(due))


def canonical_of(body: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A body and its canonical JSON as they are stored and hashed, whoever asks."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    if b".0," in canonical or b".0}" in canonical or b".0]" in canonical:
        body = _with_whole_numbers(body)
        canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return body, canonical


def _with_whole_numbers(value: Any) -> Any:
    """The same content with 3.0 written 3: JSON Schema takes both for an integer, a content hash must not."""
    if isinstance(value, dict):
        return {name: _with_whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
