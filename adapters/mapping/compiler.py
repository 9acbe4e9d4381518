"""A mapping and its kind, compiled to one callable: `mapper(record, today) -> Outcome`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from adapters.envelope import CanonicalRecord, Outcome, Rejection, SourceRecord
from adapters.errors import Fatal
from adapters.formats.options import Read
from adapters.mapping import provenance
from adapters.mapping.agreement import Agreement
from adapters.mapping.generator import generate
from adapters.mapping.runtime import Failure
from adapters.mapping.spec import Mapping
from schemas import catalog
from schemas.findings import Finding, Severity, Text
from schemas.masking import mask
from schemas.rules.report import Register
from schemas.rules.usual import Usual
from schemas.structure import MOST_FINDINGS, at_most


class Mapper:
    """Turns a partner's records into canonical ones. Pure; safe to share between threads."""

    def __init__(self, mapping: Mapping, usually: Usual | None = None) -> None:
        try:
            self.kind = catalog.kind(mapping.target)
        except KeyError as error:
            name, words = mapping.name, error.args[0]
            raise Fatal(Text(f"映射 {name} 的种类不存在：“{words}”", f"mapping {name}: {words}")) from None
        self.mapping = mapping
        self.stamp = mapping.name
        self.target = mapping.target
        self.needs_account = mapping.needs_account
        self.program = generate(mapping, self.kind)
        self._convert = self.program.convert
        self._settle = self.kind.settle
        self._usually = usually
        self._agreement = Agreement(mapping, self.kind)

    @property
    def read(self) -> Read:
        return self.mapping.read

    def place(self, field: str, record: SourceRecord) -> str:
        """Where the source of one canonical field stands in the partner's document."""
        return record.locate(provenance.Origins(record.data, self.program).of(field))

    def __call__(
        self, record: SourceRecord, today: date, register: Register | None = None, *, most: int = MOST_FINDINGS
    ) -> Outcome:
        failures: list[Failure] = []
        made = self._convert(record.data, failures)
        body, findings = self._settle(made, today=today, register=register, most=most, usually=self._usually)
        contradictions = self._agreement.contradictions(record)
        if not failures and not findings and not contradictions:
            return CanonicalRecord(record.ordinal, record.locator, self.target, body, source=record.data)
        own = at_most([*contradictions, *(self._finding(failure, record) for failure in failures)], most, self.kind)
        return self._judge(record, body, own, findings)

    def _judge(
        self, record: SourceRecord, body: dict[str, Any], own: tuple[Finding, ...], findings: tuple[Finding, ...]
    ) -> Outcome:
        refused = [finding.field for finding in own if finding.is_error]
        origins = provenance.Origins(record.data, self.program)
        checked = tuple(
            finding.at(record.locate(origins.of(finding.field)))
            for finding in findings
            if not any(_covers(finding.field, field) for field in refused)
        )
        every = own + checked
        if refused or any(finding.is_error for finding in every):
            return Rejection(record.ordinal, record.locator, every, record.data, body)
        return CanonicalRecord(record.ordinal, record.locator, self.target, body, every, record.data)

    def _finding(self, failure: Failure, record: SourceRecord) -> Finding:
        field = provenance.pointer(failure)
        finding = failure.dirty.problem.found(
            field,
            self.kind.title(field),
            mask(_shown(failure.value), "mixed" if failure.dirty.is_mixed else self.kind.pii(field)),
            locator=record.locate(provenance.origin(failure, record.data, self.program)),
            **failure.dirty.details,
        )
        keeps = failure.leaf.field.invalid != "reject"
        return replace(finding, severity=Severity.WARNING) if keeps else finding


def _covers(found: str, refused: str) -> bool:
    """Whether a finding only repeats that a value was refused: it is about that field, or about what it left empty."""
    return found == refused or found.startswith(f"{refused}/") or refused.startswith(f"{found}/")


def _shown(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else repr(value)
