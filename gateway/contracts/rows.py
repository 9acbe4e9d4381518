"""The rows of contracts as the public verifier reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.trust.row_proofs import ProvenDocument, ProvenFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredContract(ProvenFacts):
    """FACTS: what is stored of a contract, not yet believed, with what proves it.

    Documents come newest first, a list for each column; the first `current_documents` were registered for the present
    version.
    """

    tenant_id: int
    proof: bytes | None
    purged_at: datetime | None
    documents: Sequence[bytes]
    documents_stored_at: Sequence[datetime]
    document_proofs: Sequence[bytes | None]
    current_documents: int
    is_test: bool
    """It is a sandbox's, whatever prefix its code has: instances that know of no sandbox give it that of a contract."""

    @property
    def proven_documents(self) -> list[tuple[ProvenDocument, bytes | None]]:
        """What the proof of each document covers, and that proof."""
        each = zip(self.documents, self.documents_stored_at, self.document_proofs, strict=True)
        return [
            (ProvenDocument(code=self.code, sha256=sha256, stored_at=stored_at), proof)
            for sha256, stored_at, proof in each
        ]
