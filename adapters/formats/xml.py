"""XML: the one place of the project that parses it. Hardened, streaming, any encoding.

The prologue is read before the parser sees a byte, in the encoding that the parser is then forced to use; so a DOCTYPE
is refused in every encoding. The parser, which has the last word on what it met, loads and resolves nothing anyway.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.envelope import Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats import charset
from adapters.formats.options import Read
from adapters.formats.outside import Outside
from adapters.formats.places import XPath
from adapters.formats.problems import (
    DOCUMENT,
    EMPTY,
    ENCODING,
    FOUND_NAMES,
    NOT_A_RECORD,
    RECORDS_MISSING,
    TOO_DEEP,
    TOO_LARGE,
    XML_ATTRIBUTES,
    XML_DOCTYPE,
    XML_SYNTAX,
    rejected,
    rejected_with,
    reported,
    unreadable,
)
from adapters.formats.source import Source, head, opened, size, whole
from schemas.findings import Text

MAX_DEPTH = 32
MAX_ATTRIBUTES = 64
MAX_CHILDREN = 10_000
MAX_DOCUMENT = 10 << 20
_CHILDREN = Text("一个元素的下级元素数", "The number of elements within one")
_CHUNK = 1 << 18
_PROLOGUE = 1 << 16
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

_BAD_BYTES = ("not proper UTF-8", "Invalid bytes in character encoding")
_DECLARED = re.compile(r"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._\-]{1,40})[\"']")
_BEFORE_ROOT = re.compile(r"\ufeff*(\s*)(<\?xml\s.*?\?>)?", re.DOTALL)
_PROLOGUE_ITEM = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_FAMILY = {"utf-8-sig": "UTF-8", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}
_MARKED = {"utf-16": (codecs.BOM_UTF16_LE, "UTF-16"), "utf-32": (codecs.BOM_UTF32_LE, "UTF-32")}


def parse(raw: bytes, most_children: int = MAX_CHILDREN) -> etree._Element:
    """The root element of a whole document of at most 10 MiB. Raises Unreadable."""
    _must_fit(raw)
    encoding = _encoding(raw)
    parser = etree.XMLParser(**_options(encoding))
    try:
        root = etree.fromstring(_begun(raw, encoding), parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise _syntax(error) from None
    _must_have_no_doctype(root)
    for element in root.iter():
        _check(element, most_children)
    return root


def parse_html(raw: bytes) -> etree._Element:
    """The root element of an HTML document of at most 10 MiB, put right where it is broken. Raises Unreadable."""
    _must_fit(raw)
    text = charset.decode(raw).encode()
    options = {"no_network": True, "huge_tree": False, "remove_comments": True, "remove_pis": True}
    try:
        root = etree.fromstring(text, etree.HTMLParser(encoding="UTF-8", **options))
    except (etree.LxmlError, ValueError) as error:
        raise _syntax(error) from None
    if root is None:
        raise unreadable(EMPTY)
    return root


def _must_fit(raw: bytes) -> None:
    if len(raw) > MAX_DOCUMENT:
        raise unreadable(TOO_LARGE, what=DOCUMENT, limit=f"{MAX_DOCUMENT >> 20} MiB")


def iterparse(source: Source, tag: str) -> Iterator[etree._Element]:
    """Every outermost element of that local name, in any namespace; freed once the next one is asked for.

    Raises Unreadable at once for a bad prologue, later where the document breaks.
    """
    encoding = _encoding(source)
    parser = etree.XMLPullParser(events=("end",), tag=f"{{*}}{tag}", **_options(encoding))
    with opened(source) as file:
        try:
            parser.feed(_begun(file.read(_CHUNK), encoding))
            yield from _outermost(parser, tag)
            while chunk := file.read(_CHUNK):
                parser.feed(chunk)
                yield from _outermost(parser, tag)
            parser.close()
        except (etree.XMLSyntaxError, ValueError, LookupError) as error:
            raise _syntax(error) from None
        yield from _outermost(parser, tag)


def read(source: Source, options: Read) -> Iterator[SourceRecord | Rejection]:
    """Records are the elements that `options.records` names. Raises Unreadable."""
    if size(source) == 0:
        raise unreadable(EMPTY)
    ordinal = 0
    found, outside = _with_outside(source, options) if options.outside else (iterparse(source, options.records), None)
    for ordinal, element in enumerate(found, 1):
        place = f"(//{options.records})[{ordinal}]"
        try:
            data = plain(element)
        except Unreadable as failure:
            yield rejected_with(failure.finding, ordinal, place)
            continue
        if isinstance(data, dict):
            record = SourceRecord(ordinal, data, place, XPath(place))
            yield record if outside is None else outside.beside(record)
        else:
            yield rejected(NOT_A_RECORD, ordinal, place, actual=FOUND_NAMES[str])
    if not ordinal:
        raise unreadable(RECORDS_MISSING, path=options.records)


def _with_outside(source: Source, options: Read) -> tuple[Iterator[etree._Element], Outside]:
    """The records of a document of at most 10 MiB, taken out of it, and what stands around them. Raises Unreadable."""
    if size(source) > MAX_DOCUMENT:
        raise unreadable(TOO_LARGE, what=DOCUMENT, limit=f"{MAX_DOCUMENT >> 20} MiB")
    root = parse(whole(source), most_children=MAX_DOCUMENT)
    tag = f"{{*}}{options.records}"
    records = [each for each in root.iter(tag) if next(each.iterancestors(tag), None) is None]
    for each in records:
        if (parent := each.getparent()) is not None:
            parent.remove(each)
    around = None if root in records else plain(root)
    place = XPath(f"/{_local(str(root.tag))}")
    return iter(records), Outside(around, options.outside, place)


def is_as_declared(raw: bytes) -> bool:
    """Whether a document is in the encoding it declares: UTF-8 that calls itself GB2312 is read as other words."""
    match = _DECLARED.match(raw[:400].decode("latin-1").lstrip("\ufeffï»¿ \t\r\n"))
    declared = match[1].lower() if match else "utf-8"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return declared not in ("utf-8", "utf8")
    return raw.isascii() or not declared.startswith("gb")


def plain(element: etree._Element, depth: int = 1) -> Any:
    """An element as text, or as a dictionary of its parts: `@attribute`, `#text`, children by local name.

    Children of one name are a list; namespaces are dropped; an element with xsi:nil is None.
    """
    if depth > MAX_DEPTH:
        raise unreadable(TOO_DEEP, limit=MAX_DEPTH)
    if not len(element) and not element.attrib:
        return element.text
    _check(element)
    if element.get(f"{_XSI}nil") in ("true", "1"):
        return None
    parts: dict[str, Any] = {
        f"@{_local(str(name))}": str(value) for name, value in element.attrib.items() if not str(name).startswith(_XSI)
    }
    for child in element:
        _add(parts, _local(str(child.tag)), plain(child, depth + 1))
    if not len(element):
        if not parts:
            return element.text
        parts["#text"] = element.text
    return parts


def _add(parts: dict[str, Any], name: str, value: Any) -> None:
    if name not in parts:
        parts[name] = value
    elif isinstance(parts[name], list):
        parts[name].append(value)
    else:
        parts[name] = [parts[name], value]


def _options(encoding: str) -> Mapping[str, Any]:
    return {
        "encoding": encoding,
        "resolve_entities": False,
        "load_dtd": False,
        "no_network": True,
        "huge_tree": False,
        "remove_comments": True,
        "remove_pis": True,
        "recover": False,
    }


def _outermost(parser: etree.XMLPullParser, tag: str) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        _must_have_no_doctype(element)
        if next(element.iterancestors(f"{{*}}{tag}"), None) is not None:
            continue
        yield element
        element.clear(keep_tail=False)
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]


def _encoding(source: Source) -> str:
    """The encoding to read in, after the prologue has been found free of a DOCTYPE."""
    sample = head(source, _PROLOGUE)
    detected = charset.detect(sample)
    text = sample.decode(detected, "replace").removeprefix("\ufeff")
    match = _DECLARED.match(text.lstrip())
    if match and detected in ("utf-8", "gb18030"):
        named = charset.declared(match[1])
        if named not in ("utf-8-sig", "gb18030"):
            detected = named
            text = sample.decode(named, "replace")
        elif named == "utf-8-sig" or not charset.has_utf8_words(sample):
            detected = named.removesuffix("-sig")
    _check_prologue(text)
    try:
        "".encode(detected)
    except LookupError:
        raise unreadable(ENCODING, encoding=detected) from None
    if detected in _MARKED:
        little, family = _MARKED[detected]
        return f"{family}{'LE' if sample.startswith(little) else 'BE'}"
    return _FAMILY.get(detected, detected.upper())


def _begun(start: bytes, encoding: str) -> bytes:
    """The start of a document as the parser takes it: without marks, and without a declaration that stands behind white
    space. Lines keep their numbers."""
    text = start[:_PROLOGUE].decode(encoding, "replace")
    begin = _BEFORE_ROOT.match(text)
    blank, declaration = begin.groups("") if begin else ("", "")
    if begin is None or begin[0] == declaration:
        return start
    kept = blank + re.sub(r"[^\n]", " ", declaration) if blank else declaration
    return kept.encode(encoding) + start[len(begin[0].encode(encoding)) :]


def _check_prologue(text: str) -> None:
    position = 0
    while match := _PROLOGUE_ITEM.match(text, position):
        position = match.end()
    rest = text[position:].lstrip()
    if rest[:9].upper() == "<!DOCTYPE":
        raise unreadable(XML_DOCTYPE)
    if not rest:
        raise unreadable(EMPTY)
    if rest[:1] != "<" or rest[:2] in ("<!", "<?"):
        raise unreadable(XML_SYNTAX, detail=Text("开头没有根元素", "no root element at the beginning"))


def _must_have_no_doctype(element: etree._Element) -> None:
    """What the prologue's sample may not have shown: the parser knows. It has loaded and resolved nothing."""
    if element.getroottree().docinfo.internalDTD is not None:
        raise unreadable(XML_DOCTYPE)


def _check(element: etree._Element, most_children: int = MAX_CHILDREN) -> None:
    if len(element.attrib) > MAX_ATTRIBUTES:
        raise unreadable(XML_ATTRIBUTES, limit=MAX_ATTRIBUTES, locator=f"line {element.sourceline}")
    if len(element) > most_children:
        raise unreadable(TOO_LARGE, what=_CHILDREN, limit=most_children, locator=f"line {element.sourceline}")


def _syntax(error: Exception) -> Unreadable:
    line = getattr(error, "lineno", None)
    locator = f"line {line}" if line else ""
    if any(words in str(error) for words in _BAD_BYTES):
        return unreadable(ENCODING, encoding="UTF-8", locator=locator)
    return unreadable(XML_SYNTAX, detail=reported(str(error)[:120]), locator=locator)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
