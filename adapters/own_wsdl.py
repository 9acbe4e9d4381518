"""A partner's own WSDL, served back to it as a door: the operations that carry records, and the answers they promise.

WSDL 1.1, document/literal, its XML Schema inside. Nothing in it is called, and nothing outside of it is fetched. An
answer says, in the elements that the partner's own description has for it, whether all records were accepted: a truth
value, a whole number (0 is yes, 1 is no), and a text, which is our answer as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] - lxml has no stubs

from adapters.errors import Fatal, Unreadable
from adapters.formats import xml
from schemas.findings import Text

_W = "{http://schemas.xmlsoap.org/wsdl/}"
_S = "{http://www.w3.org/2001/XMLSchema}"
_BINDINGS = ("{http://schemas.xmlsoap.org/wsdl/soap/}", "{http://schemas.xmlsoap.org/wsdl/soap12/}")
_DEEPEST = 8


class Leaf(Enum):
    """What an element of an answer can say."""

    TEXT = auto()
    NUMBER = auto()
    TRUTH = auto()


_SIMPLE = {
    **dict.fromkeys(("string", "normalizedString", "token", "anyType"), Leaf.TEXT),
    **dict.fromkeys(("int", "integer", "long", "short", "byte", "decimal"), Leaf.NUMBER),
    "boolean": Leaf.TRUTH,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """An element of an answer: a leaf, or an object of other elements."""

    tag: str
    leaf: Leaf | None = None
    parts: tuple[Shape, ...] = ()

    def leaves(self) -> Iterator[Leaf]:
        if self.leaf is not None:
            yield self.leaf
        for part in self.parts:
            yield from part.leaves()

    def element(self, text: str, *, is_good: bool) -> etree._Element:
        """The element that says whether all went well; the first text of it is `text`."""
        said = iter((text,))
        return self._element(said, is_good)

    def _element(self, said: Iterator[str], is_good: bool) -> etree._Element:
        made = etree.Element(self.tag)
        match self.leaf:
            case Leaf.TEXT:
                made.text = next(said, "")
            case Leaf.NUMBER:
                made.text = "0" if is_good else "1"
            case Leaf.TRUTH:
                made.text = "true" if is_good else "false"
            case None:
                made.extend(part._element(said, is_good) for part in self.parts)
        return made


@dataclass(frozen=True, slots=True)
class OwnOperation:
    """An operation that carries records: what a SOAPAction may call it, and its answer."""

    name: str
    action: str
    answer: Shape


@dataclass(frozen=True)
class OwnService:
    """The operations of a partner's WSDL that carry records, by the tag of their element."""

    operations: Mapping[str, OwnOperation]
    _document: bytes = field(repr=False)

    def described(self, address: str) -> bytes:
        """The WSDL with that address in it, and no other."""
        root = xml.parse(self._document)
        for binding in _BINDINGS:
            for place in root.iter(f"{binding}address"):
                place.set("location", address)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def load(file: Path, record: str) -> OwnService:
    """The service that a WSDL describes, whose records are elements of that local name. Raises Fatal."""
    try:
        raw = file.read_bytes()
        root = xml.parse(raw)
    except OSError as error:
        raise _bad(file, "无法读取", f"cannot be read: {error.strerror}") from None
    except Unreadable as failure:
        raise _bad(file, failure.text.zh, failure.text.en) from None
    reader = _Reader(file, root)
    found = {operation[0]: operation[1] for operation in reader.operations(record)}
    if not found:
        raise _bad(file, f"没有操作含有元素 {record}", f"no operation carries an element {record}")
    return OwnService(found, raw)


class _Reader:
    """Follows the references of one WSDL."""

    def __init__(self, file: Path, root: etree._Element) -> None:
        self._file = file
        self._root = root
        self._elements: dict[str, etree._Element] = {}
        self._types: dict[str, etree._Element] = {}
        for schema in root.iter(f"{_S}schema"):
            namespace = schema.get("targetNamespace", "")
            for each in schema:
                name = f"{{{namespace}}}{each.get('name')}"
                if each.tag == f"{_S}element":
                    self._elements[name] = each
                elif each.tag in (f"{_S}complexType", f"{_S}simpleType"):
                    self._types[name] = each
                elif each.get("schemaLocation"):
                    raise _bad(file, "引用了其他文件，请合并为一个文件", "refers to another file: put all into one")

    def operations(self, record: str) -> Iterator[tuple[str, OwnOperation]]:
        """(tag of the request, operation) of those that carry records."""
        messages = {each.get("name"): each for each in self._root.iter(f"{_W}message")}
        actions = self._actions()
        for operation in self._root.iterfind(f"{_W}portType/{_W}operation"):
            name = operation.get("name", "")
            request, answer = (self._tag(operation, way, messages) for way in ("input", "output"))
            if request is None or not self._carries(self._elements.get(request), record, 0):
                continue
            shape = None if answer is None else self._shape(self._elements.get(answer), answer, 0)
            if shape is None or not list(shape.leaves()):
                words = f"操作 {name} 的答复无处说明是否受理", f"the answer of {name} cannot say what was accepted"
                raise _bad(self._file, *words)
            yield request, OwnOperation(name, actions.get(name, ""), shape)

    def _actions(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for operation in self._root.iterfind(f"{_W}binding/{_W}operation"):
            for binding in _BINDINGS:
                for each in operation.iterfind(f"{binding}operation"):
                    found[operation.get("name", "")] = each.get("soapAction", "")
        return found

    def _tag(self, operation: etree._Element, way: str, messages: Mapping[str, etree._Element]) -> str | None:
        """The tag of the one element of a message."""
        side = operation.find(f"{_W}{way}")
        message = None if side is None else messages.get(side.get("message", "").rpartition(":")[2])
        parts = [] if message is None else message.findall(f"{_W}part")
        if len(parts) != 1 or not parts[0].get("element"):
            return None
        return _resolved(parts[0], parts[0].get("element", ""))

    def _carries(self, element: etree._Element | None, record: str, depth: int) -> bool:
        """Whether an element holds others of a local name."""
        if element is None or depth > _DEEPEST:
            return False
        for child in self._children(element):
            name = child.get("name") or child.get("ref", "").rpartition(":")[2]
            if name == record or self._carries(self._target(child), record, depth + 1):
                return True
        return False

    def _children(self, element: etree._Element) -> list[etree._Element]:
        """The elements in the type of an element."""
        kind = element.find(f"{_S}complexType")
        if kind is None and element.get("type"):
            kind = self._types.get(_resolved(element, element.get("type", "")))
        return [] if kind is None else list(kind.iter(f"{_S}element"))

    def _target(self, element: etree._Element) -> etree._Element | None:
        """Itself, or the global element that it refers to."""
        reference = element.get("ref")
        return self._elements.get(_resolved(element, reference)) if reference else element

    def _shape(self, element: etree._Element | None, tag: str, depth: int) -> Shape | None:
        """What an answer's element can say; None where that is nothing that we know."""
        if element is None or depth > _DEEPEST:
            return None
        kind = element.get("type", "")
        if kind and _resolved(element, kind).startswith(_S):
            leaf = _SIMPLE.get(kind.rpartition(":")[2])
            return None if leaf is None else Shape(tag, leaf)
        parts = []
        for child in self._children(element):
            shape = None
            if child.get("maxOccurs", "1") in ("0", "1") or child.get("minOccurs", "1") != "0":
                shape = self._shape(self._target(child), _tag_of(child), depth + 1)
            if shape is not None:
                parts.append(shape)
            elif child.get("minOccurs", "1") != "0":
                return None
        return Shape(tag, None, tuple(parts)) if parts else None


def _tag_of(element: etree._Element) -> str:
    """The tag of an element by its declaration: in the namespace of its schema where that qualifies its elements."""
    if reference := element.get("ref"):
        return _resolved(element, reference)
    schema = next(element.iterancestors(f"{_S}schema"))
    form = element.get("form") or schema.get("elementFormDefault", "unqualified")
    namespace = schema.get("targetNamespace", "")
    name = element.get("name", "")
    return f"{{{namespace}}}{name}" if form == "qualified" and namespace else name


def _resolved(element: etree._Element, name: str) -> str:
    """A prefixed name of the file in Clark's notation."""
    prefix, _, local = name.rpartition(":")
    namespace = element.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


def _bad(file: Path, zh: str, en: str) -> Fatal:
    return Fatal(Text(f"{file.name}：{zh}", f"{file.name}: {en}"))
