"""What the public learns of a contract by code or QR: the facts to compare with the paper in hand, then the state.

Concurrent look-ups share one query. An unknown code and a code that was never issued are answered alike.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import structlog

from gateway.access.accounts import Accounts
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.contracts import statements as sql
from gateway.contracts.intact import is_intact
from gateway.contracts.rows import StoredContract
from gateway.ledger.states import ContractState
from gateway.register.filed import FiledRegister
from gateway.store.coalescer import Coalescer, QueueFull
from gateway.store.database import Database
from gateway.store.typed import fetch
from gateway.trust import qr
from gateway.trust.codes import CodeScheme, grouped
from gateway.trust.keyring import Keyring
from gateway.trust.signing import Purpose
from schemas.findings import Text

_log = structlog.get_logger()
_TELL_SECONDS = 60.0
_MOST_TOLD = 10_000
_DIFFERS = Text(
    "合同登记信息与签发时的电子签名不符，数据库可能被改动", "What is stored of the contract is not what was signed"
)
_REMOVED = Text(
    "二维码系本平台签发，但登记信息已不存在", "The QR was signed here, but the contract is no longer stored"
)


class Verdict(StrEnum):
    """`superseded`: the QR was genuine, but the contract has been amended since it was printed.

    `altered`: what is stored is not what we have signed, or is gone: nothing of it is to be believed.
    `test`: it is of the sandbox and of no contract; nothing more is said of it.
    """

    VALID = "valid"
    VOID = "void"
    SUPERSEDED = "superseded"
    FORGED = "forged"
    ALTERED = "altered"
    UNKNOWN = "unknown"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractFacts:
    """What the register says of a contract today, and we have signed. No personal data.

    `documents` are the SHA-256 of its final documents, newest first; the first `current_documents` of them were
    registered for the present version, the others for earlier ones.
    """

    code: str
    version: int
    state: str
    content_hash: bytes
    issued_at: datetime
    stored_at: datetime
    contract_type: str
    agency_name: str
    agency_uscc: str
    division: str
    depart_on: date | None
    return_on: date | None
    headcount: int
    documents: Sequence[bytes] = ()
    current_documents: int = 0
    purged_at: datetime | None = None
    """When its content was removed at the end of its time; what stands here is kept."""

    @classmethod
    def of(cls, stored: StoredContract) -> ContractFacts:
        return cls(
            code=stored.code,
            version=stored.version,
            state=stored.state,
            content_hash=stored.content_hash,
            issued_at=stored.issued_at,
            stored_at=stored.stored_at,
            contract_type=stored.subkind,
            agency_name=stored.agency_name,
            agency_uscc=stored.agency_uscc,
            division=stored.division,
            depart_on=stored.depart_on,
            return_on=stored.return_on,
            headcount=stored.headcount,
            documents=stored.documents,
            current_documents=stored.current_documents,
            purged_at=stored.purged_at,
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "code_printed": grouped(self.code),
            "contract_type": self.contract_type,
            "agency_name": self.agency_name,
            "agency_uscc": self.agency_uscc,
            "depart_on": self.depart_on,
            "return_on": self.return_on,
            "headcount": self.headcount,
            "issued_at": self.issued_at.isoformat(timespec="seconds"),
            "version": self.version,
            "state": self.state,
            "content_sha256": self.content_hash.hex(),
            "documents_sha256": [digest.hex() for digest in self.documents],
            "purged_at": self.purged_at and self.purged_at.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict on a code or QR text. `statement` is what a genuine QR itself says.

    `is_agency_filed` is None where nobody knows.
    """

    verdict: Verdict
    checked_at: datetime
    facts: ContractFacts | None = None
    statement: qr.QrStatement | None = None
    is_agency_filed: bool | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.value,
            "checked_at": self.checked_at.isoformat(timespec="seconds"),
            "contract": self.facts and self.facts.as_dict() | {"agency_filed": self.is_agency_filed},
        }


class Verifier:
    """Answers the public. `public_url` completes a QR text of which only the path arrived."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        scheme: CodeScheme,
        public_url: str,
        *,
        register: FiledRegister,
        accounts: Accounts,
    ) -> None:
        self._register = register
        self._accounts = accounts
        self._told: dict[str, float] = {}
        self._database = database
        self._keyring = keyring
        self._scheme = scheme
        self._prefix = qr.prefix_of(public_url)
        self._test_prefix = qr.prefix_of(f"{public_url}{qr.TEST_PATH}")
        self._lookups: Coalescer[str, StoredContract | None] = Coalescer(self._fetch, batch=500, queue=5000)

    async def verify(self, text_: str) -> Verification:
        """The verdict on a typed code, a QR text however it was passed on, or the last part of its path.

        Raises Refused (LIMIT-002).
        """
        now = Clock.now()
        statement, withdrawn_since = None, None
        printed = qr.as_printed(text_, self._prefix)
        tried = qr.as_printed(text_, self._test_prefix)
        spelled = text_, printed.removeprefix(self._prefix), tried.removeprefix(self._test_prefix)
        code = next((code for each in spelled if (code := self._scheme.parse(each))), None)
        if code is None and (test := self._test_statement(tried)) is not None:
            code = test.code
        if code is None:
            try:
                statement = await self._statement(printed)
            except qr.WithdrawnKey as withdrawn:
                statement, withdrawn_since = withdrawn.statement, withdrawn.since
            except qr.NotAStatement:
                is_like_one = qr.looks_like_statement(printed)
                return Verification(Verdict.FORGED if is_like_one else Verdict.UNKNOWN, now)
            code = statement.code
        if self._scheme.is_test(code):
            return Verification(Verdict.TEST, now)
        stored = await self._stored(code)
        if stored is None and (statement is None or withdrawn_since is not None):
            return Verification(Verdict.UNKNOWN, now)
        scanned = None if statement is None else (printed, statement)
        if stored is None or not self._is_intact(stored, scanned):
            await self._tell(code, stored, statement)
            return Verification(Verdict.ALTERED, now)
        facts = ContractFacts.of(stored)
        if stored.is_test:
            return Verification(Verdict.TEST, now)
        if statement and withdrawn_since and not await self._was_signed(facts, statement, withdrawn_since):
            return Verification(Verdict.FORGED, now)
        is_filed = self._register.is_filed(facts.agency_uscc, facts.division)
        return Verification(_verdict(facts, statement), now, facts, statement, is_filed)

    async def must_be_intact(self, code: str) -> None:
        """Raises Refused (VERIFY-003) when what is stored of a contract is not what we have signed."""
        stored = await self._stored(code)
        if stored is None or not self._is_intact(stored, None):
            await self._tell(code, stored, None)
            raise Refused(problems.ALTERED)

    async def _stored(self, code: str) -> StoredContract | None:
        """What the database says. Raises Refused (LIMIT-002)."""
        try:
            return await self._lookups.submit(code)
        except QueueFull:
            raise Refused(problems.BUSY, headers={"Retry-After": "1"}) from None

    def _is_intact(self, stored: StoredContract, scanned: tuple[str, qr.QrStatement] | None) -> bool:
        keyring = self._keyring
        keys = keyring.public_keys(Purpose.TEST if self._scheme.is_test(stored.code) else Purpose.QR)
        return is_intact(stored, keys, keyring.row_prover, proven_since=keyring.proven_since, scanned=scanned)

    async def _tell(self, code: str, stored: StoredContract | None, statement: qr.QrStatement | None) -> None:
        """Alert the operators; at most once a minute about a contract, for strangers must not make us write at will."""
        now = time.monotonic()
        if now - self._told.get(code, -_TELL_SECONDS) < _TELL_SECONDS:
            return
        if len(self._told) >= _MOST_TOLD:
            self._told.clear()
        self._told[code] = now
        _log.error("a contract was altered", where=code)
        what = _REMOVED if stored is None else _DIFFERS
        try:
            if stored is not None:
                tenant = await self._accounts.tenant(stored.tenant_id)
            else:
                tenant = await self._accounts.with_uscc("" if statement is None else statement.agency_uscc)
            if tenant is not None:
                alert = Alert(tenant, "", AlertCode.ALTERED, alerts.record_of("contract", code))
                await alerts.raise_alert(self._database, alert, what)
        except Exception:  # the verdict is worth more than the alert about it
            self._told.pop(code, None)
            _log.exception("no alert could be raised", where=code)

    async def _was_signed(self, facts: ContractFacts, statement: qr.QrStatement, since: datetime) -> bool:
        """Whether we have signed a statement before its key leaked: of a version, and from a day, that are ours."""
        if statement.issued_at != facts.issued_at.replace(microsecond=0):
            return False
        if _is_of(facts, statement):
            return facts.stored_at < since
        wanted = {"code": facts.code, "since": since, "content": statement.content_hash}
        wanted |= {"length": len(statement.content_hash)}
        async with self._database.verifying() as connection:
            return (await connection.execute(sql.WAS_EARLIER, wanted)).scalar_one()

    def _test_statement(self, qr_text: str) -> qr.QrStatement | None:
        try:
            return qr.verify(qr_text, self._keyring.public_keys(Purpose.TEST))
        except qr.NotAStatement:
            return None

    async def _statement(self, qr_text: str) -> qr.QrStatement:
        try:
            return qr.verify(qr_text, self._keyring.public_keys(Purpose.QR))
        except qr.UnknownKey:  # another process may have rotated the key a moment ago
            await self._keyring.catch_up()
            return qr.verify(qr_text, self._keyring.public_keys(Purpose.QR))

    async def _fetch(self, codes: list[str]) -> Sequence[StoredContract | None]:
        async with self._database.verifying() as connection:
            rows = await fetch(connection, sql.FACTS, {"codes": list(set(codes))}, StoredContract)
        found = {stored.code: stored for stored in rows}
        return [found.get(code) for code in codes]


def _verdict(facts: ContractFacts, statement: qr.QrStatement | None) -> Verdict:
    if facts.state == ContractState.VOID:
        return Verdict.VOID
    return Verdict.VALID if _is_of(facts, statement) else Verdict.SUPERSEDED


def _is_of(facts: ContractFacts, statement: qr.QrStatement | None) -> bool:
    """Whether a QR is that of the present version; a code alone always is."""
    return statement is None or facts.content_hash.startswith(statement.content_hash)
