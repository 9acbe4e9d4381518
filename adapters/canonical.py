"""The built-in connectors of every kind: canonical JSON, whose unknown fields the schema refuses, and our template."""

from __future__ import annotations

from datetime import date
from functools import cache

from adapters.connector import Connector
from adapters.envelope import CanonicalRecord, Outcome, Path, Rejection, SourceRecord
from adapters.errors import Fatal
from adapters.formats.options import Read
from adapters.formats.source import Source, head
from adapters.mapping.compiler import Mapper
from adapters.mapping.derived import derive
from schemas import catalog
from schemas.findings import Text


class Canonical:
    """A route without a mapping: the body is what was sent."""

    read = Read()

    def __init__(self, kind_id: str) -> None:
        self.kind = catalog.kind(kind_id)
        self.target = kind_id
        self.stamp = f"canonical.{kind_id}"
        self._check = self.kind.check

    def __call__(self, record: SourceRecord, today: date) -> Outcome:
        body = dict(record.data)
        findings = self._check(body, today=today)
        if not findings:
            return CanonicalRecord(record.ordinal, record.locator, self.target, body)
        placed = tuple(finding.at(record.locate(_path(finding.field))) for finding in findings)
        if any(finding.is_error for finding in placed):
            return Rejection(record.ordinal, record.locator, placed, record.data, body)
        return CanonicalRecord(record.ordinal, record.locator, self.target, body, placed)


@cache
def canonical(kind_id: str) -> Connector:
    """The connector for canonical records of one kind, "contract.v1". Raises Fatal for an unknown kind."""
    try:
        route = Canonical(kind_id)
    except KeyError as error:
        raise Fatal(str(error.args[0])) from None
    title = route.kind.title("")
    return Connector(
        id=route.stamp,
        partner="",
        title=Text(f"标准格式：{title.zh}", f"Canonical {title.en.lower()}"),
        channel="push",
        routes={route.kind.name: route},
    )


@cache
def template(kind_id: str) -> Connector:
    """The connector for filled templates of one kind. Raises Fatal for an unknown kind."""
    plain = canonical(kind_id)
    (name,) = plain.routes
    kind = plain.routes[name].kind
    mapper = Mapper(derive(kind, Read(format="template", records=kind_id)))
    title = kind.title("")
    return Connector(
        id=f"template.{kind_id}",
        partner="",
        title=Text(f"模板：{title.zh}", f"Template of {title.en.lower()}"),
        channel="upload",
        routes={name: mapper},
    )


def builtin(kind_id: str, source: Source) -> Connector:
    """The connector for a document without one of its own: a workbook is a filled template, all else is JSON."""
    is_workbook = head(source, 4) in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    return template(kind_id) if is_workbook else canonical(kind_id)


def _path(pointer: str) -> Path:
    steps = pointer.split("/")[1:]
    return tuple(int(s) if s.isdecimal() else s.replace("~1", "/").replace("~0", "~") for s in steps)
