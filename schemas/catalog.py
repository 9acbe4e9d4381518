"""The kinds of records: their schemas, compiled once, with everything that can be asked about a field.

Nothing is read or compiled before the first `kind(...)`; from then on `Kind.check` costs microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache, cached_property
from typing import Any

import jsonschema_rs

from schemas.fields import Field, pattern_of, walk
from schemas.findings import Finding, Text
from schemas.loading import Schema, assertions, load, schema_names
from schemas.normal import Normal, in_normal_form
from schemas.rules import rules_for
from schemas.rules.report import Register, Report
from schemas.rules.usual import Usual
from schemas.structure import MOST_FINDINGS, at_most, structural_findings, too_much


class Kind:
    """One version of one kind of record, such as "contract.v1"."""

    def __init__(self, kind_id: str) -> None:
        self.id = kind_id
        self.name, _, self.version = kind_id.partition(".")
        self.schema: Schema = load(kind_id)
        self.key: tuple[str, ...] = tuple(self.schema["x-key"])
        self.plural: str = self.schema["x-plural"]
        self._validator = _validator(assertions(self.schema))
        self._is_valid = self._validator.is_valid
        self._rules = rules_for(kind_id)
        self._normal = Normal(self.schema)
        self._is_normal = _validator(in_normal_form(self.schema)).is_valid

    def __repr__(self) -> str:
        return f"Kind({self.id!r})"

    def check(
        self,
        body: dict[str, Any],
        *,
        today: date,
        register: Register | None = None,
        most: int = MOST_FINDINGS,
        usually: Usual | None = None,
    ) -> tuple[Finding, ...]:
        """All that is wrong with `body`, empty when nothing is; beyond `most` findings how many more there are.

        The schema speaks first; the rules, which rely on it, only speak about records that satisfy it. `usually` is
        what counts as usual where that is not what everybody's records are held against.
        """
        if self._is_valid(body):
            return self._judged(body, Report(self, today, register, usually), most)
        if (refusal := too_much(body, self)) is not None:
            return (refusal,)
        return tuple(structural_findings(self._validator.iter_errors(body), self, most))

    def settle(
        self,
        body: dict[str, Any],
        *,
        today: date,
        register: Register | None = None,
        most: int = MOST_FINDINGS,
        usually: Usual | None = None,
    ) -> tuple[dict[str, Any], tuple[Finding, ...]]:
        """`body` in its normal form, and all that is wrong with it.

        Nearly all records are valid and in their normal form: one look tells both.
        """
        if self._is_normal(body):
            return body, self._judged(body, Report(self, today, register, usually), most)
        normal = self._normal(body)
        return normal, self.check(normal, today=today, register=register, most=most, usually=usually)

    def _judged(self, body: dict[str, Any], report: Report, most: int) -> tuple[Finding, ...]:
        for rule in self._rules:
            rule(body, report)
        return at_most(report.findings, most, self)

    def title(self, pointer: str) -> Text:
        """The words for the field at a JSON pointer; array indexes do not matter, unknown fields keep their name."""
        path = pattern_of(pointer)
        if not path:
            return Text(self.schema["title"], self.schema["title:en"])
        field = self._fields.get(path) or self._fields.get(path.removesuffix("/*"))
        return field.title if field else Text(path.rpartition("/")[2], path.rpartition("/")[2])

    def field(self, pointer: str) -> Field | None:
        """What is known of the field at a JSON pointer; None of one that the schema does not have."""
        return self._fields.get(pattern_of(pointer))

    def pii(self, pointer: str) -> str | None:
        """The class of personal data at a JSON pointer, or None."""
        field = self.field(pointer)
        return field.pii if field else None

    def schema_at(self, pointer: str) -> Schema:
        """The schema of the value at a JSON pointer. Raises KeyError for a field that does not exist."""
        path = pattern_of(pointer)
        if not path:
            return self.schema
        field = self._fields.get(path)
        return field.schema if field else self._fields[path.removesuffix("/*")].schema["items"]

    def fields(self) -> Iterator[Field]:
        """Every field in schema order, parents before children."""
        return iter(self._fields.values())

    @cached_property
    def _fields(self) -> dict[str, Field]:
        return {field.path: field for field in walk(self.schema)}


def _validator(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        schema, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
    )


@cache
def kind(kind_id: str) -> Kind:
    """The kind of that id. Raises KeyError, naming the kinds there are."""
    if kind_id not in schema_names():
        raise KeyError(f"no kind {kind_id!r}; there are {', '.join(schema_names())}")
    return Kind(kind_id)


def kind_names() -> tuple[str, ...]:
    """The names of all kinds, without compiling them."""
    return tuple(name.partition(".")[0] for name in schema_names())


def kinds() -> tuple[Kind, ...]:
    """All kinds, compiled."""
    return tuple(kind(name) for name in schema_names())
