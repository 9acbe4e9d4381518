"""Keeps the final documents of contracts, sealed, after checking that each belongs to its contract."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from gateway import audit
from gateway.access.accounts import Principal
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.contracts import statements as sql
from gateway.contracts.document_reading import DocumentReader, DocumentReading
from gateway.ledger.changes import ChangeEvent, announce, change_of
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordRow
from gateway.store.database import Database
from schemas.findings import Text


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """`created` is False when the very same file was there already; `code_printed` says the code is in its text."""

    sha256: bytes
    size_bytes: int
    pages: int
    created: bool
    code_printed: bool


class Documents:
    """Puts and gets the document of a contract."""

    def __init__(self, database: Database, reader: Reader, document_reader: DocumentReader) -> None:
        self._database = database
        self._reader = reader
        self._document_reader = document_reader

    async def put(self, principal: Principal, record: RecordRow, pdf: bytes) -> StoredDocument:
        """Store the PDF of a contract of an agency that the principal speaks for.

        Raises Refused (AUTH-005, DOCUMENT-001).
        """
        self._database.durability.must_hold()
        owner = principal.must_speak_for(record.tenant_id)
        reading = await self._document_reader.read(pdf, record.code or "", record.qr_text or "")
        _must_belong(reading, record)
        digest = sha256(pdf).digest()
        row = {
            "tenant_id": record.tenant_id,
            "sender_id": principal.tenant.id,
            "kind": record.kind,
            "key": record.key,
            "sha256": digest,
            "division": record.division,
            "size_bytes": len(pdf),
            "blob": owner.seal.seal(pdf, digest),
        }
        async with self._database.writing() as connection:
            created = (await connection.execute(sql.INSERT_DOCUMENT, row)).first() is not None
            if created:
                await audit.record(connection, principal, "contract.document", record.code or "", sha256=digest.hex())
                await announce(connection, [change_of(record, ChangeEvent.DOCUMENT, record.state, Clock.now())])
        return StoredDocument(digest, len(pdf), reading.pages, created, reading.has_code)

    async def get(self, principal: Principal, record: RecordRow) -> bytes | None:
        """The newest document of a contract, or None. Raises Refused (AUTH-005)."""
        owner = principal.must_speak_for(record.tenant_id)
        row = await self._reader.document(principal.scope, record.tenant_id, record.kind, record.key)
        return None if row is None else owner.seal.open(row.blob, row.sha256)


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
