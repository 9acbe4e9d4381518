"""Canonical records as XML, in the elements of our own XSD: read by the types of the JSON Schema, and written.

Empty elements and xsi:nil are absent fields; an item of a list is always there. What does not belong stays in the
data under a name that the schema refuses, so it draws the same finding as in JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.envelope import Path, Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats import xml
from adapters.formats.options import Read
from adapters.formats.problems import RECORDS_MISSING, XML_UNEXPECTED, rejected_with, unreadable
from adapters.formats.source import Source, whole
from schemas import catalog
from schemas.findings import veiled
from schemas.loading import Schema
from schemas.projections.namespaces import SERVICE as NAMESPACE
from schemas.projections.soap_messages import SUBMITTED

BODY = "/soap:Envelope/soap:Body"
PARAMETERS = ("idempotencyKey", "atomic", "amend")
_PREFIX = f"{{{NAMESPACE}}}"
_MOST_SCHEMA_ERRORS = 50
_PREFIX_LENGTH = len(_PREFIX)
_NOTHING = (None, "", {})
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_ROOTS = {kind_id: name for name, kind_id in SUBMITTED.items()}
_INTEGER = re.compile(r"\s*([+-]?\d{1,18})\s*", re.ASCII)
_DECIMAL = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Place(NamedTuple):
    """XPaths below the element at `place`, with the prefix `y` for our namespace."""

    place: str

    def __call__(self, path: Path) -> str:
        return self.place + "".join(_step(step) for step in path)


def read(source: Source, options: Read) -> Iterator[SourceRecord | Rejection]:
    """The records below `SubmitContracts` or its like; `options.records` is the kind's id. Raises Unreadable."""
    root = xml.parse(whole(source))
    kind = catalog.kind(options.records)
    if options.records not in _ROOTS:
        raise unreadable(XML_UNEXPECTED, name=etree.QName(root).localname[:60])
    place = f"{BODY}/y:{_ROOTS[options.records]}"
    if root.tag != f"{_PREFIX}{_ROOTS[options.records]}":
        raise unreadable(RECORDS_MISSING, path=place)
    records = []
    for child in root:
        if child.tag == f"{_PREFIX}{kind.name}":
            records.append(child)
        elif child.tag not in (f"{_PREFIX}{name}" for name in PARAMETERS):
            name = etree.QName(child)
            raise unreadable(XML_UNEXPECTED, name=name.localname, locator=f"{place}{_step(_key(child))}")
    if not records:
        raise unreadable(RECORDS_MISSING, path=f"{place}/y:{kind.name}")
    for ordinal, element in enumerate(records, 1):
        yield _record(element, ordinal, f"{place}/y:{kind.name}[{ordinal}]", kind.schema)


def _record(element: etree._Element, ordinal: int, place: str, schema: Schema) -> SourceRecord | Rejection:
    try:
        data = value_of(element, schema)
    except Unreadable as failure:
        return rejected_with(failure.finding, ordinal, place)
    return SourceRecord(ordinal, data if isinstance(data, dict) else {}, place, Place(place))


def value_of(element: etree._Element, schema: Schema) -> Any:
    """The JSON value of an element under its schema; text that is no such value stays text."""
    found: dict[str, Any] = {}
    if names := element.keys():
        if element.get(f"{_XSI}nil") in ("true", "1"):
            return None
        found = {f"@{etree.QName(name).localname}": element.get(name) for name in names if not name.startswith(_XSI)}
    type_ = schema["type"]
    if type_ != "object":
        return xml.plain(element) if found or len(element) else _scalar(element.text or "", schema)
    properties = schema["properties"]
    for child in element:
        _put(found, child, properties)
    if (text := element.text) is not None and text.strip():
        if not found:
            return text
        found["#text"] = text
    return found


def element_of(name: str, value: Any, schema: Schema, namespace: str = NAMESPACE) -> etree._Element:
    """`value` as an element: fields in the order of the schema; what the schema does not name is left out."""
    element = etree.Element(f"{{{namespace}}}{name}", nsmap={"y": namespace})
    _fill(element, value, schema, f"{{{namespace}}}")
    return element


def _put(found: dict[str, Any], child: etree._Element, properties: Mapping[str, Schema]) -> None:
    """Add what a child says: an item of a list, a field unless it is empty, or what nobody knows."""
    name = _key(child)
    schema = properties.get(name)
    if schema is None:
        found[name] = xml.plain(child)
    elif schema["type"] == "array":
        found.setdefault(name, []).append(value_of(child, schema["items"]))
    elif (value := value_of(child, schema)) not in _NOTHING:
        if name in found:  # sent twice: a list where one value belongs is refused by the schema
            value = [*(found[name] if isinstance(found[name], list) else [found[name]]), value]
        found[name] = value


def _scalar(text: str, schema: Schema) -> Any:
    type_ = schema["type"]
    if type_ == "string":
        is_zoned_day = schema.get("format") == "date" and text.strip()[10:] == "+08:00"
        return text.strip()[:10] if is_zoned_day else text
    if type_ == "boolean":
        return _BOOLEANS.get(text.strip(), text)
    if type_ == "integer" and (match := _INTEGER.fullmatch(text)):
        return int(match[1])
    if type_ == "number" and (match := _DECIMAL.fullmatch(text)):
        return float(match[1])
    return text


def _fill(element: etree._Element, value: Any, schema: Schema, prefix: str) -> None:
    if schema["type"] != "object":
        element.text = _text(value)
        return
    for name, child in schema["properties"].items():
        items = value.get(name)
        if items is None:
            continue
        is_list = child["type"] == "array"
        for item in items if is_list else [items]:
            _fill(etree.SubElement(element, f"{prefix}{name}"), item, child["items"] if is_list else child, prefix)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _UNWRITABLE.sub("\ufffd", str(value))


def _key(element: etree._Element) -> str:
    """The field that an element names; one that is not of our namespace names none, and keeps its own."""
    name: str = element.tag
    if name.startswith(_PREFIX):
        return name[_PREFIX_LENGTH:]
    return name if name.startswith("{") else f"{{}}{name}"


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step + 1}]"
    if step.startswith("@"):
        return f"/{step}"
    if step == "#text":
        return "/text()"
    return f"/*[local-name()='{step.rpartition('}')[2]}']" if "}" in step else f"/y:{step}"


def schema_errors(element: etree._Element, schema: etree.XMLSchema) -> list[dict[str, str]]:
    """Where an operation's element departs from the XSD: XPath and reason of each error, in document order.

    A compiled schema keeps the errors of its last validation, so this must not run in two threads at once.
    """
    if schema.validate(element):
        return []
    prefix = f"{{{etree.QName(element).namespace}}}"
    return [
        {"locator": _own_path(element, error.path or ""), "reason": veiled(error.message.replace(prefix, "y:"))}
        for error in schema.error_log[:_MOST_SCHEMA_ERRORS]
    ]


def _own_path(element: etree._Element, path: str) -> str:
    """The validator's path, in which prefixes are the sender's and unprefixed elements `*`, with our prefix."""
    place = f"{BODY}/y:{etree.QName(element).localname}"
    for step in path.split("/")[2:]:
        name, _, index = step.removesuffix("]").partition("[")
        local = name.rpartition(":")[2]
        alike = [child for child in element if local == "*" or etree.QName(child).localname == local]
        if int(index or 1) > len(alike):
            break
        element = alike[int(index or 1) - 1]
        place += f"/y:{etree.QName(element).localname}"
        siblings = element.getparent().findall(element.tag)
        if len(siblings) > 1:
            place += f"[{siblings.index(element) + 1}]"
    return place
