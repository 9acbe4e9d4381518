"""The roster as it is printed and sealed: made when it is first asked for, and the same bytes ever after.

It shows the version that it was made of. Its seals are those in force: the agency's for the report, and the authority's
if that has audited or returned it under one. Where there is no seal the paper says so in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway import audit
from gateway.access.accounts import Actor, must_read_in_clear
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock, day_in_china
from gateway.base.problems import Refused
from gateway.ledger.rows import RecordRow
from gateway.ledger.sealed import open_body
from gateway.ledger.states import RosterState
from gateway.seals import statements as sql
from gateway.seals.faces import SealKind
from gateway.seals.forms import Checkable, Standing, form_of
from gateway.seals.glyphs import Unprintable, must_be_printable
from gateway.seals.rows import DecisionRow, RosterFacts, SealedRosterRow, SigningSeal, UsePurpose
from gateway.seals.seals import Seals, Use, content_of, unprintable
from gateway.seals.typesetting import Typesetter
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch_first
from gateway.trust import qr_image
from gateway.trust.codes import CodeScheme, grouped

PREFIX, TEST_PREFIX = "MD", "TM"
"""What codes of printed rosters begin with; those of contracts are other ones. Synthetic, as those are."""
PATH = "/R/"
"""Below the public address: where the QR of a roster leads."""


@dataclass(frozen=True, slots=True)
class PrintedRoster:
    """The PDF, its code and hash, and which seals stand on it."""

    code: str
    pdf: bytes
    sha256: bytes
    seals: frozenset[SealKind]


@dataclass(frozen=True, slots=True)
class _Hands:
    """The seals in force for a roster, and the decision about it."""

    report: SigningSeal | None
    audit: SigningSeal | None
    decision: DecisionRow | None

    def __iter__(self) -> Iterator[SigningSeal]:
        yield from (seal for seal in (self.report, self.audit) if seal is not None)


class SealedRosters:
    """Prints rosters under their seals, and tells anybody what became of one that they hold."""

    def __init__(self, database: Database, seals: Seals, typesetter: Typesetter, *, public_url: str) -> None:
        self._database = database
        self._seals = seals
        self._typesetter = typesetter
        self._public_url = public_url
        self.scheme = CodeScheme(PREFIX, test_prefix=TEST_PREFIX)

    async def printed(self, actor: Actor, record: RecordRow) -> PrintedRoster:
        """The present version of a roster that the actor reads in clear.

        Raises Refused (AUTH-005, LIMIT-002, SEAL-002 naming characters that the font lacks, SEAL-004).
        """
        owner = must_read_in_clear(actor, record)
        async with self._database.writing() as connection:
            hands = await self._hands(connection, record)
            before = await _kept(connection, record)
        if before is not None and not _gains(before, hands):
            return _opened(before, owner)
        return await self._made(actor, owner, record, hands)

    async def facts(self, entered: str) -> RosterFacts:
        """What anybody may know of a printed roster by its code. Raises Refused (VERIFY-001)."""
        code = self.scheme.parse(entered)
        if code is not None and not self.scheme.is_test(code):
            async with self._database.verifying() as connection:
                found = await fetch_first(connection, sql.FACTS, {"code": code}, RosterFacts)
            if found is not None:
                return found
        raise Refused(problems.UNKNOWN_CODE)

    async def key_of(self, scope: Scope, entered: str) -> str | None:
        """The number of the roster in sight that was printed under a code, None for a code that is none of those."""
        code = self.scheme.parse(entered)
        if code is None:
            return None
        async with self._database.reading(scope) as connection:
            return (await connection.execute(sql.KEY_OF, {"code": code})).scalar()

    async def _hands(self, connection: AsyncConnection, record: RecordRow) -> _Hands:
        """A seal that has ended since the decision stands on no paper any more; in place of a renewed one, the new."""
        report = await self._seals.in_force(connection, record.tenant_id, SealKind.REPORT)
        if record.state == RosterState.SUBMITTED:
            return _Hands(report, None, None)
        where = {"tenant_id": record.tenant_id, "key": record.key, "state": record.state, "version": record.version}
        decision = await fetch_first(connection, sql.DECISION, where, DecisionRow)
        if decision is None or decision.seal_id is None:
            return _Hands(report, None, decision)
        audited = await self._seals.in_force(connection, decision.authority_id, SealKind.AUDIT)
        return _Hands(report, audited, decision)

    async def _made(self, actor: Actor, owner: Tenant, record: RecordRow, hands: _Hands) -> PrintedRoster:
        now = Clock.now()
        code = self.scheme.draw(day_in_china(now).year, is_test=owner.is_sandbox)
        form = await asyncio.to_thread(self._form, record, owner, hands, code)
        seals = [self._seals.impression(seal) for seal in hands]
        root = await self._seals.root_certificate()
        pdf = await self._typesetter.roster(form, now, seals, root, owner=owner.id)
        await self._keep(actor, owner, record, hands, code=code, pdf=pdf, at=now)
        async with self._database.writing() as connection:  # ours, or what somebody made at the same time
            kept = await _kept(connection, record)
        assert kept is not None  # noqa: S101 - one of the two is there
        return _opened(kept, owner)

    async def _keep(
        self,
        actor: Actor,
        owner: Tenant,
        record: RecordRow,
        hands: _Hands,
        *,
        code: str,
        pdf: bytes,
        at: datetime,
    ) -> None:
        digest = content_of(pdf)
        row = {
            "code": code,
            "tenant_id": record.tenant_id,
            "division": record.division,
            "key": record.key,
            "version": record.version,
            "state": record.state,
            "report_seal": hands.report and hands.report.id,
            "audit_seal": hands.audit and hands.audit.id,
            "sha256": digest,
            "blob": owner.seal.seal(pdf, digest),
            "by": actor.name,
            "at": at,
        }
        async with self._database.writing() as connection:
            if (await connection.execute(sql.KEEP, row)).first() is None:
                return
            for seal in hands:
                await self._seals.note_use(connection, actor, seal, Use(UsePurpose.DOCUMENT, record.key, digest))
            told = {"version": record.version, "code": code, "sha256": digest.hex()}
            await audit.record(connection, actor, "roster.print", record.key, division=record.division, **told)

    def _form(self, record: RecordRow, owner: Tenant, hands: _Hands, code: str) -> dict[str, Any]:
        """Raises Refused (SEAL-002)."""
        decision = hands.decision
        standing = Standing(
            state=record.state,
            version=record.version,
            reported_on=day_in_china(record.issued_at),
            authority=decision and decision.authority,
            decided_on=decision and day_in_china(decision.decided_at),
            decided_version=decision and decision.version,
            reason=record.state_reason,
            sealed=frozenset(seal.kind for seal in hands),
        )
        qr_text = f"{self._public_url}{PATH}{code}".upper()
        checkable = Checkable(
            code=code,
            printed=grouped(code),
            qr_svg=qr_image.svg(qr_text).decode(),
            submission=str(record.submission_id),
            content_hash=record.content_hash.hex(),
        )
        form = form_of(open_body(record, owner.seal), standing, checkable)
        try:
            must_be_printable("".join(_texts({**form, "qr": ""})))
        except Unprintable as error:
            raise unprintable(error) from None
        return form


async def _kept(connection: AsyncConnection, record: RecordRow) -> SealedRosterRow | None:
    where = {"tenant_id": record.tenant_id, "key": record.key, "version": record.version, "state": record.state}
    return await fetch_first(connection, sql.PRINTED, where, SealedRosterRow)


def _gains(before: SealedRosterRow, hands: _Hands) -> bool:
    """Whether a seal would stand on it that does not yet."""
    return (before.report_seal is None and hands.report is not None) or (
        before.audit_seal is None and hands.audit is not None
    )


def _opened(row: SealedRosterRow, owner: Tenant) -> PrintedRoster:
    """Raises Refused (RETENTION-001)."""
    if not row.blob:
        raise Refused(problems.KEPT_NO_LONGER)
    kinds = {SealKind.REPORT: row.report_seal, SealKind.AUDIT: row.audit_seal}
    on_it = frozenset(kind for kind, seal in kinds.items() if seal is not None)
    return PrintedRoster(row.code, owner.seal.open(row.blob, row.sha256), row.sha256, on_it)


def _texts(value: Any) -> Iterator[str]:
    """All that is printed of a form."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)
