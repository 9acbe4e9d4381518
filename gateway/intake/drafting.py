"""From canonical records to drafts: everything about a record that can be decided without the store. Pure CPU."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from adapters.envelope import CanonicalRecord, Rejection
from gateway.access.tenants import Tenant
from gateway.base.clock import day_in_china
from gateway.base.settings import ForeignAgency
from gateway.intake.belonging import belonging_of
from gateway.intake.document_findings import PERSONAL_KEY
from gateway.ledger.canonical import canonical_of
from gateway.ledger.facts import Facts
from gateway.ledger.issuing import Issuer
from gateway.ledger.kinds import BEHAVIOURS
from gateway.ledger.lifecycle import first_state
from gateway.ledger.sealed import seal_body
from gateway.ledger.values import Draft
from gateway.register.filed import FiledRegister
from gateway.trust.sealing import content_hash
from schemas.catalog import Kind
from schemas.findings import Severity
from schemas.identifiers import is_personal_number
from schemas.rules.report import Register


class Drafting:
    """Makes drafters: what all drafts of a process share."""

    def __init__(self, issuer: Issuer, register: FiledRegister, foreign: ForeignAgency) -> None:
        self._issuer = issuer
        self._register = register
        self._foreign = foreign

    def of(self, kind: Kind, sender: Tenant, received_at: datetime) -> Drafter:
        """The drafter of what `sender` has sent at a moment, held against the register as it sees it."""
        return Drafter(
            issuer=self._issuer,
            kind=kind,
            sender=sender,
            received_at=received_at,
            register=self._register.seen_from(sender),
            foreign=self._foreign,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """Makes drafts of one kind for one sender."""

    issuer: Issuer
    kind: Kind
    sender: Tenant
    received_at: datetime
    register: Register
    foreign: ForeignAgency

    def draft(self, record: CanonicalRecord) -> Draft | Rejection:
        """`record` sealed, hashed, and with its code and QR when its kind has them.

        What its sender may not say in the name of the agency is rejected, or treated as `foreign` wants it.
        """
        kind = self.kind.name
        body, canonical = canonical_of(record.body)
        belonging = belonging_of(kind, body, self.sender, self.register)
        findings = record.findings
        if (why := belonging.why) is not None:
            if self.foreign is not ForeignAgency.WARNING:
                parked = self.foreign is ForeignAgency.QUARANTINE
                why = why.at(record.locator)
                return Rejection(
                    record.ordinal, record.locator, (*findings, why), record.source, record.body, parked=parked
                )
            findings = (*findings, replace(why, severity=Severity.WARNING).at(record.locator))
        owner = belonging.owner
        key = body[self.kind.key[0]]
        if is_personal_number(key):
            pointer = f"/{self.kind.key[0]}"
            findings = (*findings, PERSONAL_KEY.found(pointer, self.kind.title(pointer)).at(record.locator))
        content = content_hash(canonical)
        behaviour = BEHAVIOURS[kind]
        facts = behaviour.facts(body, owner, belonging.division)
        code = qr_text = None
        if behaviour.is_coded:
            code, qr_text = self.issuer.issue(facts, content, self.received_at, is_test=owner.is_sandbox)
        return Draft(
            ordinal=record.ordinal,
            locator=record.locator,
            owner=owner,
            kind=kind,
            schema=record.schema,
            key=key,
            content_hash=content,
            canonical=canonical,
            body=seal_body(canonical, owner, kind, key),
            facts=facts if behaviour.due_days is None else self._with_due_day(facts, body, behaviour.due_days),
            state=first_state(kind, body),
            code=code,
            qr_text=qr_text,
            findings=findings,
        )

    def _with_due_day(self, facts: Facts, body: dict[str, Any], days: int) -> Facts:
        """Counted from the day of receipt that its sender tells, but from no later one than that on which it came."""
        came = day_in_china(self.received_at).isoformat()
        due = self.register.working_day_after(min(body["received_on"], came), days)
        return replace(facts, due_on=due and date.fromisoformat(due))
