"""What the verify page shows of a verification: words and dates in one language, ready for the template. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from gateway.base.clock import Clock
from gateway.contracts.verifying import ContractFacts, Verdict, Verification
from gateway.ledger.states import ContractState
from gateway.trust.codes import grouped
from gateway.trust.qr import QrStatement
from gateway.wording.dates import day, moment
from gateway.wording.languages import ZH
from schemas.codelists import codelist

_REGISTERED = "registered"
_TONES: Mapping[str, str] = {
    _REGISTERED: "good",
    ContractState.SIGNED: "good",
    Verdict.SUPERSEDED: "warn",
    Verdict.VOID: "bad",
    Verdict.FORGED: "bad",
    Verdict.ALTERED: "bad",
    Verdict.UNKNOWN: "none",
    Verdict.TEST: "warn",
}
_COMPARED = ("contract_type", "agency_uscc", "depart_on", "return_on", "headcount")


@dataclass(frozen=True, slots=True)
class ShownFacts:
    """The facts as people read them. `printed` holds what the QR in hand says of those that differ, by name."""

    agency_name: str
    agency_uscc: str
    contract_type: str
    depart_on: str
    return_on: str
    headcount: str
    code_groups: list[str]
    issued_at: str
    stored_at: str
    version: int
    content_sha256: str
    documents: str
    current_documents: int
    is_agency_unknown: bool
    is_over: bool
    is_purged: bool
    printed: dict[str, str]


def shown(verification: Verification, language: str) -> dict[str, Any]:
    """The context of the verify page. `outcome` is the verdict with a valid contract's state spelled out."""
    facts, statement = verification.facts, verification.statement
    outcome = _outcome(verification)
    return {
        "outcome": outcome,
        "tone": _TONES[outcome],
        "checked_at": moment(verification.checked_at, language),
        "scanned": statement is not None,
        "facts": facts and _facts(facts, verification, language),
    }


def _outcome(verification: Verification) -> str:
    if verification.verdict is Verdict.VALID and verification.facts is not None:
        return ContractState.SIGNED if verification.facts.state == ContractState.SIGNED else _REGISTERED
    return verification.verdict


def _facts(facts: ContractFacts, verification: Verification, language: str) -> ShownFacts:
    statement = verification.statement
    return ShownFacts(
        agency_name=facts.agency_name,
        agency_uscc=facts.agency_uscc,
        contract_type=_words("contract_type", facts, language),
        depart_on=day(facts.depart_on, language),
        return_on=day(facts.return_on, language),
        headcount=_words("headcount", facts, language),
        code_groups=grouped(facts.code).split("-"),
        issued_at=moment(facts.issued_at, language),
        stored_at=moment(facts.stored_at, language),
        version=facts.version,
        content_sha256=facts.content_hash.hex(),
        documents=" ".join([digest.hex() for digest in facts.documents]),
        current_documents=facts.current_documents,
        is_agency_unknown=verification.is_agency_filed is False,
        is_purged=facts.purged_at is not None,
        is_over=facts.return_on is not None and facts.return_on < Clock.china_today(),
        printed={} if statement is None else _printed(facts, statement, language),
    )


def _printed(facts: ContractFacts, statement: QrStatement, language: str) -> dict[str, str]:
    return {
        name: _words(name, statement, language)
        for name in _COMPARED
        if getattr(statement, name) != getattr(facts, name)
    }


def _words(name: str, source: ContractFacts | QrStatement, language: str) -> str:
    """One of the facts that both the register and a QR state."""
    value = getattr(source, name)
    if name == "headcount":
        return f"{value} 人" if language == ZH else f"{value} {'person' if value == 1 else 'people'}"
    if name == "contract_type":
        return _contract_type(value, language)
    return value if isinstance(value, str) else day(value, language)


@lru_cache(maxsize=256)
def _contract_type(code: str, language: str) -> str:
    words = codelist("contract_types").get(code)
    return code if words is None else words.zh if language == ZH else words.en
