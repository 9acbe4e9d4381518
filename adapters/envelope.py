"""The values that travel between a door and the store. All frozen; none knows a database or a web framework."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from schemas.findings import Finding

Path = tuple[str | int, ...]
Locate = Callable[[Path], str]


class Channel(StrEnum):
    """By which way an envelope came in; it stands with the submission for good."""

    REST = "rest"
    UPLOAD = "upload"
    PAGE = "page"
    SOAP = "soap"
    SFTP = "sftp"
    SFTP_PULL = "sftp-pull"
    COMPAT12301 = "compat12301"
    VENDOR_SOAP = "vendor_soap"
    COMPLEMENT = "vendor_soap.complement"
    PORTAL = "portal"
    RECONCILIATION = "reconciliation"
    DESK = "desk"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Raw bytes as they came in, with who sent them and how. `tenant` comes from the credential only.

    Where the document lies on disk, `raw` is empty. `parameters` are what the partner said along with the document,
    such as a number in the address; a mapping finds them under their name with `$` before it. `decided` are keys of
    records for which a person chose what this brings.
    """

    raw: bytes = b""
    tenant: str
    channel: Channel
    received_at: datetime
    content_type: str = "application/json"
    connector: str | None = None
    kind: str | None = None
    filename: str | None = None
    idempotency_key: str | None = None
    atomic: bool = False
    amend: bool = False
    decided: frozenset[str] = frozenset()
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One record as the partner wrote it.

    `ordinal` counts from 1 in the submission; `locator` is the record's place in the partner's document and
    `locate` turns a path inside `data` into the place of that value (a cell, an XPath, a JSON pointer, a line).
    """

    ordinal: int
    data: Mapping[str, Any]
    locator: str
    locate: Locate


@dataclass(frozen=True, slots=True)
class CanonicalRecord:
    """A record that passed: `schema` names kind and version ("contract.v1"), `findings` are warnings only.

    `source` is what the partner wrote.
    """

    ordinal: int
    locator: str
    schema: str
    body: dict[str, Any]
    findings: tuple[Finding, ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that did not pass, with at least one error. `source` is what the partner wrote, for the dead letter.

    One that is `parked` is put aside for us to deal with; its sender has nothing to correct.
    """

    ordinal: int
    locator: str
    findings: tuple[Finding, ...]
    source: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    parked: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What the sender of a document should know of it as a whole: mostly what was not read. It is no record."""

    finding: Finding


Outcome = CanonicalRecord | Rejection
