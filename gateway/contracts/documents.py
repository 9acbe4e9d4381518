"""Keeps the final documents of contracts, sealed, after checking that each belongs to its contract."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from gateway.access.accounts import Actor, must_read_in_clear, must_speak_for
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.contracts.document_reading import DocumentReader, DocumentReading
from gateway.contracts.verifying import Verifier
from gateway.ledger.document_shelf import DocumentShelf, NewDocument
from gateway.ledger.rows import RecordRow
from gateway.trust.keyring import Keyring
from gateway.trust.row_proofs import ProvenDocument
from schemas.findings import Text


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """`created` is False when the very same file was there already; `code_printed` says the code is in its text."""

    sha256: bytes
    size_bytes: int
    pages: int
    created: bool
    code_printed: bool


class Sender(Actor, Protocol):
    """Who hands a document in, in the name of a partner."""

    @property
    def tenant(self) -> Tenant: ...


class Documents:
    """Puts and gets the document of a contract."""

    def __init__(
        self, shelf: DocumentShelf, document_reader: DocumentReader, *, keyring: Keyring, verifier: Verifier
    ) -> None:
        self._shelf = shelf
        self._keyring = keyring
        self._verifier = verifier
        self._document_reader = document_reader

    async def put(
        self, principal: Sender, record: RecordRow, pdf: bytes, *, is_same_version: bool = False
    ) -> StoredDocument:
        """Store the PDF of a contract of an agency that the principal speaks for; with `is_same_version` only while the
        contract is the one that was read.

        Raises Refused (AUTH-005, DOCUMENT-001, STATE-002, VERIFY-003 for a contract that was altered).
        """
        owner = must_speak_for(principal, record.tenant_id)
        await self._verifier.must_be_intact(record.code or "")
        await self._shelf.must_have_room(principal.tenant)
        reading = await self._document_reader.read(
            pdf, record.code or "", record.qr_text or "", sender=principal.tenant.id
        )
        _must_belong(reading, record)
        digest, now = sha256(pdf).digest(), Clock.now()
        proven = ProvenDocument(code=record.code or "", sha256=digest, stored_at=now)
        new = NewDocument(
            record=record,
            owner=owner,
            sender=principal.tenant,
            content=pdf,
            sha256=digest,
            stored_at=now,
            pages=reading.pages,
            proof=self._keyring.row_prover.prove(proven),
            is_same_version=is_same_version,
        )
        created = await self._shelf.put(principal, new)
        return StoredDocument(digest, len(pdf), reading.pages, created, reading.has_code)

    async def get(self, principal: Actor, record: RecordRow) -> bytes | None:
        """The newest document of a contract that is shown in clear. Raises Refused (AUTH-005, RETENTION-001)."""
        return await self._shelf.newest(principal.scope, must_read_in_clear(principal, record), record)


def _must_belong(reading: DocumentReading, record: RecordRow) -> None:
    if reading.problem is not None:
        raise Refused(problems.DOCUMENT_REFUSED, reading.problem)
    if record.qr_text not in reading.qr_texts:
        others = len(reading.qr_texts)
        raise Refused(
            problems.DOCUMENT_REFUSED,
            Text(
                f"{reading.pages} 页中未识读到本合同的二维码（读到其他二维码 {others} 个）",
                f"This contract's QR was not found on {reading.pages} pages ({others} other QR codes were read)",
            ),
            qr_codes_found=others,
        )
