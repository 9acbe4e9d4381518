"""The problems with a page each: refusals of requests, findings about records, under their stable codes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from markupsafe import Markup, escape

from adapters import agencies, drift
from adapters.formats import problems as format_problems
from adapters.mapping import problems as mapping_problems
from adapters.word import problems as word_problems
from gateway.base import problems
from gateway.intake import belonging, document_findings
from gateway.ledger import lifecycle, two_sided
from schemas.findings import Text
from schemas.rules import problems as findings

FINDING_MODULES = (
    format_problems,
    mapping_problems,
    lifecycle,
    two_sided,
    drift,
    agencies,
    document_findings,
    belonging,
    word_problems,
)
"""Where findings are named, beside the rules of the kinds."""
_PLACEHOLDER = re.compile(r"\{(\w+)(?:!\w)?(?::[^{}]*)?\}")


@dataclass(frozen=True, slots=True)
class Entry:
    """One problem as a page tells it. `severity` is error, warning, or refusal (then with its HTTP `status`)."""

    code: str
    severity: str
    title: Text
    advice: Text
    status: int | None = None

    @property
    def family(self) -> str:
        return self.code.partition("-")[0]

    def marked(self, words: str) -> Markup:
        """The words with their placeholders, such as {limit}, set apart."""
        return Markup(_PLACEHOLDER.sub(r"<var>\1</var>", str(escape(words))))  # noqa: S704 - escaped just before


@cache
def entries() -> dict[str, Entry]:
    """Every problem by its code, in the order of the codes."""
    refusals = [Entry(row.code, "refusal", row.title, row.advice, row.status) for row in problems.CATALOGUE.values()]
    found = [Entry(row.code, row.severity.value, row.reason, row.advice) for row in findings(FINDING_MODULES)]
    return {entry.code: entry for entry in sorted((*refusals, *found), key=lambda entry: entry.code)}


@cache
def families() -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """The entries by the first part of their codes."""
    return tuple((name, tuple(group)) for name, group in groupby(entries().values(), key=lambda entry: entry.family))
