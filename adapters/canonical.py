"""The built-in connectors of every kind: canonical JSON or XML (the schema refuses unknown fields), our template."""

from __future__ import annotations

from datetime import date
from functools import cache

from adapters.connector import Connector
from adapters.envelope import CanonicalRecord, Outcome, Path, Rejection, SourceRecord
from adapters.errors import Fatal
from adapters.formats import charset
from adapters.formats.options import Read
from adapters.formats.source import Source, head
from adapters.mapping.compiler import Mapper
from adapters.mapping.derived import derive
from schemas import catalog
from schemas.findings import Text
from schemas.rules.report import Register
from schemas.structure import MOST_FINDINGS


class Canonical:
    """A route without a mapping: the body is what was sent, in its normal form."""

    def __init__(self, kind_id: str, read: Read) -> None:
        self.read = read
        self.kind = catalog.kind(kind_id)
        self.target = kind_id
        self.stamp = f"canonical.{kind_id}"
        self._settle = self.kind.settle

    def __call__(
        self, record: SourceRecord, today: date, register: Register | None = None, *, most: int = MOST_FINDINGS
    ) -> Outcome:
        body, findings = self._settle(dict(record.data), today=today, register=register, most=most)
        if not findings:
            return CanonicalRecord(record.ordinal, record.locator, self.target, body, source=record.data)
        placed = tuple(finding.at(record.locate(_path(finding.field))) for finding in findings)
        if any(finding.is_error for finding in placed):
            return Rejection(record.ordinal, record.locator, placed, record.data, body)
        return CanonicalRecord(record.ordinal, record.locator, self.target, body, placed, record.data)


@cache
def canonical(kind_id: str) -> Connector:
    """The connector for canonical records of one kind, "contract.v1". Raises Fatal for an unknown kind."""
    return _unmapped(kind_id, Read())


@cache
def canonical_xml(kind_id: str) -> Connector:
    """The same for records in the elements of our XSD. Raises Fatal for an unknown kind."""
    return _unmapped(kind_id, Read("canonical_xml", records=kind_id))


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
    """The connector for a document without one of its own: a filled template, elements of our XSD, else JSON."""
    start = head(source, 512)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return template(kind_id)
    is_xml = start.decode(charset.detect(start), "replace").lstrip("\ufeff \t\r\n").startswith("<")
    return canonical_xml(kind_id) if is_xml else canonical(kind_id)


def _unmapped(kind_id: str, read: Read) -> Connector:
    try:
        route = Canonical(kind_id, read)
    except KeyError as error:
        raise Fatal(Text(f"没有种类 {kind_id}", str(error.args[0]))) from None
    title = route.kind.title("")
    return Connector(
        id=route.stamp,
        partner="",
        title=Text(f"标准格式：{title.zh}", f"Canonical {title.en.lower()}"),
        channel="push",
        routes={route.kind.name: route},
    )


def _path(pointer: str) -> Path:
    steps = pointer.split("/")[1:]
    return tuple(int(s) if s.isdecimal() else s.replace("~1", "/").replace("~0", "~") for s in steps)
