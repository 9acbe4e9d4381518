"""What the verify page shows of a verification: words and dates in one language, ready for the template. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from gateway.codes import grouped
from gateway.console.languages import ZH
from gateway.qr import QrStatement
from gateway.verifying import ContractFacts, Verdict, Verification
from schemas.codelists import codelist

CHINA = timezone(timedelta(hours=8))
_TONES = {
    "registered": "good",
    "signed": "good",
    "superseded": "warn",
    "void": "bad",
    "forged": "bad",
    "unknown": "none",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A fact as people read it; `printed` is what the QR in hand says instead, when the two differ."""

    value: str
    printed: str | None = None


def shown(verification: Verification, language: str) -> dict[str, Any]:
    """The context of the verify page. `outcome` is the verdict with a valid contract's state spelled out."""
    facts, statement = verification.facts, verification.statement
    outcome = _outcome(verification)
    return {
        "outcome": outcome,
        "tone": _TONES[outcome],
        "checked_at": moment(verification.checked_at, language),
        "scanned": statement is not None,
        "facts": facts and _facts(facts, statement, language),
    }


def _outcome(verification: Verification) -> str:
    if verification.verdict is Verdict.VALID and verification.facts is not None:
        return "signed" if verification.facts.state == "signed" else "registered"
    return verification.verdict.value


def _facts(facts: ContractFacts, statement: QrStatement | None, language: str) -> dict[str, Any]:
    now = _compared(facts, language)
    then = _compared(statement, language) if statement is not None else now
    compared = {name: Shown(words, then[name] if then[name] != words else None) for name, words in now.items()}
    return {
        **compared,
        "amended_elsewhere": all(fact.printed is None for fact in compared.values()),
        "agency_name": facts.agency_name,
        "code_groups": grouped(facts.code).split("-"),
        "issued_at": moment(facts.issued_at, language),
        "stored_at": moment(facts.stored_at, language),
        "version": facts.version,
        "content_sha256": facts.content_hash.hex(),
        "documents": [digest.hex() for digest in facts.documents],
        "current_documents": facts.current_documents,
    }


def _compared(source: ContractFacts | QrStatement, language: str) -> dict[str, str]:
    """The facts that both the register and a QR state."""
    headcount = source.headcount
    people = f"{headcount} 人" if language == ZH else f"{headcount} {'person' if headcount == 1 else 'people'}"
    return {
        "contract_type": _contract_type(source.contract_type, language),
        "agency_uscc": source.agency_uscc,
        "depart_on": day(source.depart_on, language),
        "return_on": day(source.return_on, language),
        "headcount": people,
    }


def _contract_type(code: str, language: str) -> str:
    words = codelist("contract_types").get(code)
    return code if words is None else words.zh if language == ZH else words.en


@lru_cache(maxsize=4096)
def day(value: date | None, language: str) -> str:
    """A date as it is printed in contracts."""
    if value is None:
        return "—"
    return f"{value.year}年{value.month}月{value.day}日" if language == ZH else f"{value.day} {value:%B} {value.year}"


def moment(value: datetime, language: str) -> str:
    """A point in time, to the minute, in Beijing time."""
    local = value.astimezone(CHINA)
    return f"{day(local.date(), language)} {local.hour:02d}:{local.minute:02d}"
