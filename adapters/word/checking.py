"""A template read without filling it: the fields that it takes, and what is wrong with its marks."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docxtpl import DocxTemplate
from jinja2 import TemplateSyntaxError, nodes

from adapters.word.forms import FILTERS, Room
from adapters.word.meanings import PLACES, contract, forms_of, is_address, values_of
from adapters.word.problems import (
    NOT_A_LIST,
    NOT_A_VALUE,
    NOT_ALLOWED,
    UNKNOWN_FIELD,
    UNPARSED,
    WRONG_FORM,
    at_place,
)
from schemas.fields import Field
from schemas.findings import Finding, Text

_FREE = frozenset({"whole", "plain"})
_TESTS = (nodes.Not, nodes.And, nodes.Or)
_UNREADABLE = Text("标记不完整，或有多余的符号", "a mark is not complete, or has a sign too many")
_CAUSES = (
    (re.compile(r"unknown tag '(?P<name>[^']{1,40})'"), Text("没有“{name}”这种标记", "there is no mark “{name}”")),
    (re.compile(r"got 'end of print statement'"), Text("“{{{{ }}}}”中缺少内容", "something is missing in “{{{{ }}}}”")),
    (
        re.compile(r"[Uu]nexpected end of template|never closed|[Mm]issing end"),
        Text("标记没有结束，缺少“endfor”、“endif”或括号", "a mark does not end: endfor, endif or a brace is missing"),
    ),
    (re.compile(r"(?:unexpected|got) '(?P<name>[^']{1,40})'"), Text("多出“{name}”", "there is “{name}” too many")),
)
"""What the library says, and what we say for it."""
_SIGNS = {
    nodes.Assign: "set",
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
    nodes.Pow: "**",
    nodes.Neg: "-",
    nodes.Concat: "~",
    nodes.Call: "(…)",
    nodes.CondExpr: "… if …",
    nodes.Macro: "macro",
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "from … import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.With: "with",
    nodes.FilterBlock: "filter",
    nodes.List: "[…]",
    nodes.Dict: "{…}",
    nodes.Tuple: "(…, …)",
    nodes.Getitem: "[…]",
    nodes.Filter: "|…",
    nodes.Test: "is …",
    nodes.Const: "“…”",
    nodes.Compare: "< >",
    nodes.AssignBlock: "set",
    nodes.CallBlock: "call",
}
"""What stands in a document for what is not allowed."""


@dataclass(slots=True)
class Checked:
    """`fields` are JSON pointers of the values taken, `/travellers/*/name`; `places` what the platform puts in."""

    fields: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)


def checked(raw: bytes) -> Checked:
    """What a template asks for. Marks in headers and footers count as those in the text."""
    template = DocxTemplate(io.BytesIO(raw))
    template.init_docx()
    found = Checked()
    room = Room()
    for where, source in _sources(template):
        try:
            tree = room.parse(source)
        except TemplateSyntaxError as error:
            found.findings.append(at_place(UNPARSED, where, detail=_cause(error.message or "")))
            continue
        _Walk(found, where).body(tree.body, {})
    return found


def _cause(message: str) -> Text:
    """What the parser of marks complains of, in both languages."""
    for pattern, cause in _CAUSES:
        if match := pattern.search(message):
            named = match.groupdict().get("name", "")
            return Text(cause.zh.format(name=named), cause.en.format(name=named))
    return _UNREADABLE


def _sources(template: DocxTemplate) -> Iterator[tuple[str, str]]:
    yield "word/document.xml", template.patch_xml(template.get_xml())
    for kind in (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER):
        for _, part in template.get_headers_footers(kind):
            yield str(part.partname).lstrip("/"), template.patch_xml(template.get_part_xml(part))


class _Walk:
    """Goes through the marks of one part."""

    def __init__(self, found: Checked, where: str) -> None:
        self._found = found
        self._where = where

    def body(self, body: list[nodes.Node], names: Mapping[str, str]) -> None:
        """`names` are the items of the lists around, by the pointers of what they are of."""
        for node in body:
            if isinstance(node, nodes.Output):
                for each in node.nodes:
                    self._output(each, names)
            elif isinstance(node, nodes.For):
                self._loop(node, names)
            elif isinstance(node, nodes.If):
                self._test(node.test, names)
                for branch in (node.body, node.elif_, node.else_):
                    self.body(list(branch), names)
            else:
                self._refuse(_SIGNS.get(type(node), "{% … %}"))

    def _output(self, node: nodes.Node, names: Mapping[str, str]) -> None:
        if isinstance(node, (nodes.TemplateData, nodes.Const)):
            return
        if isinstance(node, nodes.Filter) and node.name == "before" and node.node is not None:
            if not _is_plain_call(node) or not all(isinstance(each.as_const(), str) for each in node.args):
                self._refuse("|before(…)")
                return
            node = node.node  # shortens a text, whatever it is
        form, argument, value = "", "", node
        if isinstance(node, nodes.Filter) and node.node is not None:
            if node.name not in FILTERS:
                self._refuse(f"|{node.name}")
                return
            form, value = node.name, node.node
            if not _is_plain_call(node):
                self._refuse(f"|{node.name}(…)")
                return
            argument = str(node.args[0].as_const()) if node.args else ""
        self._value(value, names, form, argument)

    def _value(self, node: nodes.Node, names: Mapping[str, str], form: str, argument: str) -> None:
        if isinstance(node, nodes.Name) and node.name in PLACES and not form:
            self._found.places.add(node.name)
            return
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name) and node.node.name == "loop":
            if "loop" not in names or node.attr != "index" or form:
                self._refuse(f"loop.{node.attr}")
            return
        pointer = self._pointer(node, names)
        if pointer is None:
            return
        field = self._field(pointer)
        if field is None:
            return
        if not self._is_value(field):
            self._add(NOT_A_VALUE, name=_path(pointer))
        elif form and not _takes(field, form, argument):
            self._add(WRONG_FORM, form=form, name=_path(pointer))
        else:
            self._found.fields.add(pointer)

    def _is_value(self, field: Field) -> bool:
        if field.type == "array":
            return field.schema["items"]["type"] == "string"
        return field.type != "object" or is_address(field)

    def _loop(self, node: nodes.For, names: Mapping[str, str]) -> None:
        if node.recursive or node.test is not None or not isinstance(node.target, nodes.Name):
            self._refuse("for … if / recursive")
            return
        pointer = self._pointer(node.iter, names)
        if (
            pointer is not None
            and "loop" in names
            and not any(pointer.startswith(f"{of}/") for of in names.values() if of)
        ):
            self._refuse("for … in for …")  # the same list within itself would grow without bound
            return
        field = self._field(pointer) if pointer is not None else None
        if pointer is None or field is None:
            return
        if field.type != "array":
            self._add(NOT_A_LIST, name=_path(pointer))
            return
        inner = {**names, node.target.name: f"{pointer}/*", "loop": ""}
        self.body(list(node.body), inner)
        self.body(list(node.else_), names)

    def _test(self, node: nodes.Node, names: Mapping[str, str]) -> None:
        if isinstance(node, nodes.Not):
            self._test(node.node, names)
        elif isinstance(node, (nodes.And, nodes.Or)):
            self._test(node.left, names)
            self._test(node.right, names)
        elif isinstance(node, nodes.Compare):
            if all(each.op in ("eq", "ne") and isinstance(each.expr, nodes.Const) for each in node.ops):
                self._test(node.expr, names)
            else:
                self._refuse("< >")
        elif (pointer := self._pointer(node, names)) is not None and self._field(pointer) is not None:
            self._found.fields.add(pointer)

    def _pointer(self, node: nodes.Node, names: Mapping[str, str]) -> str | None:
        """Where in a contract a chain of names leads; None, and a finding, for anything else."""
        if isinstance(node, nodes.Name):
            return names.get(node.name) or f"/{node.name}"
        if isinstance(node, nodes.Getattr):
            outer = self._pointer(node.node, names)
            return None if outer is None else f"{outer}/{node.attr}"
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            outer = self._pointer(node.node, names)
            which = node.arg.value
            if outer is not None and isinstance(which, int) and which >= 0:
                return f"{outer}/*"
        self._refuse(_SIGNS.get(type(node), "{% … %}"))
        return None

    def _field(self, pointer: str) -> Field | None:
        """The field of a pointer; a finding, with the nearest name, where there is none."""
        field = contract().field(pointer)
        if field is None or "_" in (pointer.rpartition("/")[2][:1],):
            known = [_path(each.path) for each in contract().fields()]
            near = get_close_matches(_path(pointer), known, 1)
            nearest = Text(f"，是否为“{near[0]}”", f"; did you mean {near[0]!r}?") if near else Text("", "")
            self._add(UNKNOWN_FIELD, name=_path(pointer), nearest=nearest)
            return None
        return field

    def _refuse(self, what: str) -> None:
        self._add(NOT_ALLOWED, what=what)

    def _add(self, problem: Any, **details: object) -> None:
        finding = at_place(problem, self._where, **details)
        if finding not in self._found.findings:
            self._found.findings.append(finding)


def _is_plain_call(node: nodes.Filter) -> bool:
    """Whether a form is given constants only."""
    is_varied = node.kwargs or node.dyn_args or node.dyn_kwargs
    return not is_varied and all(isinstance(each, nodes.Const) for each in node.args)


def _takes(field: Field, form: str, argument: str) -> bool:
    if form == "ticked":
        return argument in values_of(field)
    if form not in forms_of(field):
        return False
    name = field.codelist or field.schema.get("items", {}).get("x-codelist") or ""
    return argument == (name if form in ("named", "joined") else "")


def _path(pointer: str) -> str:
    return pointer.strip("/").replace("/*", "[]").replace("/", ".")
