"""Whether what is stored of a contract is what we signed: signature first, then the database. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from gateway.contracts.rows import StoredContract
from gateway.trust import qr
from gateway.trust.row_proofs import RowProver
from gateway.trust.signing import PublicKey


def is_intact(
    stored: StoredContract,
    keys: Mapping[bytes, PublicKey],
    prover: RowProver,
    *,
    proven_since: datetime,
    scanned: tuple[str, qr.QrStatement] | None = None,
) -> bool:
    """Whether facts, content and QR are those that were signed, and state and documents those that we have entered.

    From `proven_since` on every contract has a proof; the moment of issue is signed, so that nobody can make one older.
    `scanned` is a QR text that has been verified already, with what it says.
    """
    if stored.qr_text is None:
        return False
    if scanned is not None and scanned[0] == stored.qr_text:
        statement = scanned[1]
    else:
        try:
            statement = qr.verify(stored.qr_text, _whenever(keys))
        except qr.NotAStatement:
            return False
    if statement != qr.QrStatement(
        stored.code,
        stored.agency_uscc,
        stored.subkind,
        stored.depart_on,
        stored.return_on,
        stored.headcount,
        stored.issued_at.replace(microsecond=0),
        stored.content_hash[: len(statement.content_hash)],
    ):
        return False
    proofs = [(stored, stored.proof), *stored.proven_documents]
    may_lack = statement.issued_at < proven_since
    return all(may_lack if proof is None else prover.holds(proof, row) for row, proof in proofs)


def _whenever(keys: Mapping[bytes, PublicKey]) -> dict[bytes, PublicKey]:
    """The keys as they were before any was withdrawn: a row that we have entered is no statement from outside."""
    return {kid: replace(key, withdrawn_since=None) for kid, key in keys.items()}
