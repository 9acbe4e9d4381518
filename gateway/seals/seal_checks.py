"""What a signed PDF is worth: which seals signed it, whether they are ours and good, whether it is unchanged since.

A reader of PDFs sees whether a signature fits; whether its seal was issued here, and has been revoked since, only this
service knows. Foreign files are parsed in a process of their own with bounds on time and memory.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from adapters.enclosure import Enclosure
from gateway.base import problems
from gateway.base.children import ChildFailed, answer_of
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused
from gateway.seals import statements as sql
from gateway.seals.faces import SealKind
from gateway.seals.rows import RegisteredDocument, SealRow
from gateway.seals.seals import Seals, content_of
from gateway.seals.signature_bounds import MOST_SIGNATURES
from gateway.seals.states import SealState
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_first
from schemas.findings import Text

_SECONDS = 30
_ENCLOSURE = Enclosure(Path(__file__).with_name("signature_worker.py"), memory=1024**3, seconds=_SECONDS)
_AT_ONCE, _EACH_AT_ONCE, _MOST_WAITING = 2, 1, 20
_FLAWS = {
    "no pdf": Text("文件不是 PDF", "It is no PDF"),
    "unreadable": Text("PDF 已损坏或加密，无法打开", "The PDF is damaged or encrypted"),
    "signatures": Text(f"PDF 中签名超过 {MOST_SIGNATURES} 个", f"It has more than {MOST_SIGNATURES} signatures"),
    "slow": Text(f"{_SECONDS} 秒内未能核验完", f"It could not be checked within {_SECONDS} s"),
}


class SealVerdict(StrEnum):
    """`altered`: something was changed after a seal had signed. `foreign`: a signature is of no seal issued here.

    `revoked`: a seal on it was revoked, so that nobody can tell whose hand it was.
    """

    VALID = "valid"
    UNSIGNED = "unsigned"
    ALTERED = "altered"
    FOREIGN = "foreign"
    REVOKED = "revoked"


VERDICTS: Mapping[SealVerdict, Text] = {
    SealVerdict.VALID: Text("印章有效，文件自用印后未改动", "Every seal is valid and nothing was changed since"),
    SealVerdict.UNSIGNED: Text("文件上没有印章", "No seal has signed this file"),
    SealVerdict.ALTERED: Text(
        "文件在用印后被改动，不可信", "The file was changed after it was sealed: do not trust it"
    ),
    SealVerdict.FOREIGN: Text("含有非本平台制发的签名", "A signature on it is of no seal that was issued here"),
    SealVerdict.REVOKED: Text("所用印章已被撤销", "A seal on it was revoked"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReading:
    """What a signature says by itself. `is_certified`: its certificate is of our root and was good when it signed.

    `covers` is how much of the file it covers: "entire_file" for the last one of a file that nobody has added to.
    """

    field: str
    is_intact: bool
    is_certified: bool
    covers: str
    fingerprint: str | None = None
    signer: str | None = None
    signed_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedSignature:
    """A signature beside the seal that has made it, as it stands today; None when none of ours has."""

    reading: SignatureReading
    verdict: SealVerdict
    seal_id: UUID | None = None
    kind: SealKind | None = None
    name: str | None = None
    state: SealState | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedDocument:
    """The verdict on a file, signature by signature. `registered` when it is, byte for byte, a roster printed here."""

    verdict: SealVerdict
    sha256: bytes
    signatures: tuple[CheckedSignature, ...]
    registered: RegisteredDocument | None


class SealChecks:
    """Checks signed PDFs, a few at a time, and of each caller fewer."""

    def __init__(self, database: Database, seals: Seals) -> None:
        self._database = database
        self._seals = seals
        self._lanes = Lanes("signatures", _AT_ONCE, each=_EACH_AT_ONCE, waiting=_MOST_WAITING)

    async def check(self, pdf: bytes, *, sender: int) -> CheckedDocument:
        """The verdict on a PDF. Raises Refused (LIMIT-002 when too many of `sender` wait, SEAL-003)."""
        if not pdf.startswith(b"%PDF-"):
            raise Refused(problems.NOT_A_SIGNED_PDF, _FLAWS["no pdf"])
        root = await self._seals.root_certificate()
        async with self._lanes.turn(sender):
            readings = await _read_in_child(pdf, root)
        digest = content_of(pdf)
        known = [bytes.fromhex(each.fingerprint) for each in readings if each.fingerprint]
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.BY_FINGERPRINTS, {"fingerprints": known}, SealRow)
            registered = await fetch_first(connection, sql.REGISTERED, {"sha256": digest}, RegisteredDocument)
        seals = {row.fingerprint: row for row in rows}
        signatures = tuple(_beside(each, seals.get(bytes.fromhex(each.fingerprint or ""))) for each in readings)
        return CheckedDocument(
            verdict=verdict_on_all(signatures), sha256=digest, signatures=signatures, registered=registered
        )


def verdict_on_all(signatures: tuple[CheckedSignature, ...]) -> SealVerdict:
    """The worst of them; and the file must end with the last seal."""
    if not signatures:
        return SealVerdict.UNSIGNED
    verdicts = {each.verdict for each in signatures}
    for worst in (SealVerdict.ALTERED, SealVerdict.FOREIGN, SealVerdict.REVOKED):
        if worst in verdicts:
            return worst
    is_whole = any(each.reading.covers == "entire_file" for each in signatures)
    return SealVerdict.VALID if is_whole else SealVerdict.ALTERED


def _beside(reading: SignatureReading, seal: SealRow | None) -> CheckedSignature:
    if not reading.is_intact:
        verdict = SealVerdict.ALTERED
    elif seal is None or not reading.is_certified:
        verdict = SealVerdict.FOREIGN
    else:
        verdict = SealVerdict.REVOKED if seal.state is SealState.REVOKED else SealVerdict.VALID
    if seal is None:
        return CheckedSignature(reading=reading, verdict=verdict)
    return CheckedSignature(
        reading=reading,
        verdict=verdict,
        seal_id=seal.id,
        kind=seal.kind,
        name=seal.name,
        state=seal.state,
        valid_from=seal.valid_from,
        valid_until=seal.valid_until,
    )


async def _read_in_child(pdf: bytes, root: bytes) -> list[SignatureReading]:
    """Raises Refused (SEAL-003)."""
    try:
        found = await answer_of(_ENCLOSURE.command(b64encode(root).decode()), pdf, _SECONDS)
    except TimeoutError:
        raise _flawed("slow") from None
    except ChildFailed:
        raise _flawed("unreadable") from None
    reading = json.loads(found)
    if "flaw" in reading:
        raise _flawed(reading["flaw"])
    return [SignatureReading(**each) for each in reading["signatures"]]


def _flawed(flaw: str) -> Refused:
    return Refused(problems.NOT_A_SIGNED_PDF, _FLAWS[flaw])
