"""A mapping file, edited as a text: one field is given its source, everything else stays as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import yaml

from adapters.mapping import strict_yaml
from adapters.mapping.strict_yaml import BadConfiguration
from schemas.findings import Text

_STEP = "  "


class Edited(NamedTuple):
    """The text, and the line (from 1) that was written."""

    text: str
    line: int


def with_entry(text: str, target: str, entry: str, each: Mapping[str, str], *, where: str = "mapping") -> Edited:
    """The mapping with `entry`, in flow style, for the field `target` (`travellers/document.type`).

    A field that is there is replaced, another comes after its siblings; a list that is not there is begun, with its
    source from `each` (`{"travellers": "pax.list"}`; "" for a list of one item). Raises BadConfiguration for a text
    that is no mapping, or whose fields are not written line by line.
    """
    strict_yaml.load(text, where)
    fields = _value(yaml.compose(text, Loader=yaml.CBaseLoader), "fields")
    *lists, name = target.split("/")
    path = ""
    for depth, list_name in enumerate(lists):
        path = f"{path}/{list_name}" if path else list_name
        block = _block(fields, where)
        inner = _value(block, list_name)
        if inner is None:
            return _insert(text, block, _begun(lists[depth:], path, each, f"{name}: {entry}"))
        fields = _value(inner, "fields") or _value(inner, "one")
    block = _block(fields, where)
    found = _value(block, name)
    return _insert(text, block, [f"{name}: {entry}"]) if found is None else _replace(text, found, entry)


def _begun(lists: list[str], path: str, each: Mapping[str, str], field: str) -> list[str]:
    """The lines of lists that are not there yet, with the one field inside."""
    lines, depth = [], 0
    for number, name in enumerate(lists):
        path = path if number == 0 else f"{path}/{name}"
        source = each.get(path, "")
        lines.append(f"{_STEP * depth}{name}:")
        lines += [f"{_STEP * (depth + 1)}each: {source}"] if source else []
        lines.append(f"{_STEP * (depth + 1)}{'fields' if source else 'one'}:")
        depth += 2
    return [*lines, f"{_STEP * depth}{field}"]


def _value(node: yaml.Node | None, name: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _block(node: yaml.Node | None, where: str) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode) or node.flow_style or not node.value:
        line = node.start_mark.line + 1 if node is not None else 1
        raise BadConfiguration(
            where, line, Text("字段须逐行书写，才能添加", "write the fields line by line, then one can be added")
        )
    return node


def _replace(text: str, value: yaml.Node, entry: str) -> Edited:
    """`entry` in the place of a value, and of the comment behind it, which spoke of that value."""
    start, end = value.start_mark.index, value.end_mark.index
    if not getattr(value, "flow_style", True) or "\n" in text[start:end]:  # it has lines of its own
        start = text.rindex(":", 0, start) + 1
        end = start + len(text[start:end].rstrip())
        entry = f" {entry}"
    stop = text.find("\n", end)
    rest = text[end:] if stop < 0 else text[stop:]
    return Edited(text[:start] + entry + rest, text.count("\n", 0, start) + 1)


def _insert(text: str, block: yaml.MappingNode, lines: list[str]) -> Edited:
    """`lines` after the last entry of a mapping node, indented as its entries are."""
    indent = " " * block.value[0][0].start_mark.column
    end = len(text[: _end(block)].rstrip())
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    added = "".join(f"\n{indent}{line}" for line in lines)
    return Edited(text[:stop] + added + text[stop:], text.count("\n", 0, stop) + 1 + len(lines))


def _end(node: yaml.Node) -> int:
    """Where a node ends, without the lines that are empty or comments behind it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    return node.end_mark.index
