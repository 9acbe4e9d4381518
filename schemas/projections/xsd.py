"""Canonical JSON Schema as XML Schema 1.0: what SOAP partners generate their classes from.

Objects become named complex types in the order of the schema, arrays repeated elements, code lists enumerations with
their words. Of lengths, bounds and patterns XSD says what it can; the JSON Schema remains the judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from schemas.codelists import codelist
from schemas.findings import Text
from schemas.loading import Schema

XS = "http://www.w3.org/2001/XMLSchema"
XMIME = "http://www.w3.org/2005/05/xmlmime"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_PLAIN = {"boolean": "boolean", "number": "decimal"}
_FORMATS = {"date-time": "dateTime"}
_INT = 2**31
_DATE_ONLY = r"\d{4}-\d{2}-\d{2}(\+08:00)?"  # as JAXB writes a day in China; xs:date alone would take any zone
_FACETS = {
    "minLength": "minLength",
    "maxLength": "maxLength",
    "minimum": "minInclusive",
    "maximum": "maxInclusive",
}
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})(?:-\\u([0-9a-fA-F]{4}))?")
_CONTROLS = {0x09: r"\t", 0x0A: r"\n", 0x0D: r"\r"}
_SPECIAL_GROUP = re.compile(r"\(\?")


def xml_schema(namespace: str, elements: Mapping[str, Schema]) -> etree._Element:
    """`xs:schema` with a global element for every entry; the types that they need come with them."""
    return _Writer(namespace, elements).root


class _Writer:
    """Writes a type when an element first needs it. Two different types never share a name."""

    def __init__(self, namespace: str, elements: Mapping[str, Schema]) -> None:
        self.root = etree.Element(
            f"{{{XS}}}schema",
            nsmap={"xs": XS, "y": namespace, "xmime": XMIME},
            targetNamespace=namespace,
            elementFormDefault="qualified",
        )
        self._made: dict[str, Schema] = {}
        for name, schema in elements.items():
            declared = _add(self.root, "element", name=name, type=f"y:{self._complex(name, schema)}")
            _annotate(declared, schema)

    def _complex(self, name: str, schema: Schema) -> str:
        """The name of the complex type of an object."""
        name = schema.get("x-type", name)
        if self._is_known(name, schema):
            return name
        made = _add(self.root, "complexType", name=name)
        _annotate(made, schema)
        sequence = _add(made, "sequence")
        required = schema.get("required", ())
        for field, child in schema["properties"].items():
            self._element(sequence, name, field, child, required=field in required)
        return name

    def _element(self, sequence: etree._Element, parent: str, name: str, schema: Schema, *, required: bool) -> None:
        least, most, item = int(required), "1", schema
        if schema["type"] == "array":
            item = schema["items"]
            least, most = schema.get("minItems", 0) if required else 0, str(schema.get("maxItems", "unbounded"))
        declared = _add(sequence, "element", name=name, minOccurs=str(least), maxOccurs=most)
        _annotate(declared, schema)
        if item["type"] == "object":
            declared.set("type", f"y:{self._complex(f'{parent}{camel(name)}', item)}")
        elif (listed := item.get("x-codelist")) and "enum" in item:
            declared.set("type", f"y:{self._codes(listed)}")
        else:
            _simple(declared, item)

    def _codes(self, listed: str) -> str:
        name = f"Code{camel(listed)}"
        if not self._is_known(name, {"x-codelist": listed}):
            words = codelist(listed)
            made = _add(self.root, "simpleType", name=name)
            restriction = _add(made, "restriction", base="xs:string")
            for code in words:
                _document(_add(restriction, "enumeration", value=code), words[code])
        return name

    def _is_known(self, name: str, schema: Schema) -> bool:
        if name not in self._made:
            self._made[name] = schema
            return False
        if self._made[name] != schema:
            raise ValueError(f"two different types would be called {name}")
        return True


def camel(name: str) -> str:
    """`total_price` as a part of a type's name: `TotalPrice`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def _simple(element: etree._Element, schema: Schema) -> None:
    base, facets = _base(schema), list(_facets(schema))
    if schema.get("contentEncoding") == "base64":
        element.set(f"{{{XMIME}}}expectedContentTypes", schema["contentMediaType"])
    if not facets:
        element.set("type", f"xs:{base}")
        return
    restriction = _add(_add(element, "simpleType"), "restriction", base=f"xs:{base}")
    for facet, value in facets:
        _add(restriction, facet, value=value)


def _base(schema: Schema) -> str:
    if schema["type"] == "integer":
        return "int" if schema.get("minimum", -_INT - 1) >= -_INT and schema.get("maximum", _INT) < _INT else "long"
    if schema.get("contentEncoding") == "base64":
        return "base64Binary"
    if schema.get("format") == "date":
        return "date"
    return _PLAIN.get(schema["type"]) or _FORMATS.get(schema.get("format", ""), "string")


def _facets(schema: Schema) -> Iterator[tuple[str, str]]:
    if "enum" in schema:
        yield from (("enumeration", str(value)) for value in schema["enum"])
        return
    if schema.get("format") == "date":
        yield "pattern", _DATE_ONLY
        return
    yield from ((facet, str(schema[keyword])) for keyword, facet in _FACETS.items() if keyword in schema)
    if (pattern := xsd_pattern(schema.get("pattern", ""))) is not None:
        yield "pattern", pattern


def xsd_pattern(pattern: str) -> str | None:
    """An anchored ECMAScript pattern as XSD writes it, None for one that it cannot write.

    Characters that no XML document can hold are left out of classes.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")) or _SPECIAL_GROUP.search(pattern):
        return None
    return _ESCAPE.sub(_characters, pattern[1:-1])


def _characters(match: re.Match[str]) -> str:
    first, last = int(match[1], 16), int(match[2] or match[1], 16)
    if first < 0x20:
        return "".join(escape for code, escape in _CONTROLS.items() if first <= code <= last)
    return chr(first) if first == last else f"{chr(first)}-{chr(last)}"


def _annotate(element: etree._Element, schema: Schema) -> None:
    """The field's words, in Chinese first."""
    title, title_en = schema.get("title"), schema.get("title:en")
    if title and title_en:
        zh, en = schema.get("description"), schema.get("description:en")
        examples = schema.get("examples", ())
        zh_example = f"例：{examples[0]}" if examples else None
        en_example = f"Example: {examples[0]}" if examples else None
        parts_zh, parts_en = filter(None, (title, zh, zh_example)), filter(None, (title_en, en, en_example))
        _document(element, Text("。".join(parts_zh), ". ".join(parts_en)))


def _document(element: etree._Element, words: Text) -> None:
    annotation = _add(element, "annotation")
    for language, text in (("zh-CN", words.zh), ("en", words.en)):
        _add(annotation, "documentation", {_XML_LANG: language}).text = text


def _add(parent: etree._Element, tag: str, attributes: Mapping[str, str] | None = None, **more: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{XS}}}{tag}", attributes or {}, **more)
