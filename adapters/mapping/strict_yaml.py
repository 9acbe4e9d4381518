"""YAML without surprises: every scalar is a string, keys are unique, no anchors, no tags; and lines are remembered.

Read by libyaml, which PyYAML's wheels bring: every process of the service reads the files of all partners at its start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

from adapters.errors import Fatal
from schemas.findings import Text

MAX_BYTES = 1 << 20

Path = tuple[str | int, ...]


class BadConfiguration(Fatal):
    """A configuration file that cannot be used. The message names file and line."""

    def __init__(self, where: str, line: int, message: Text) -> None:
        super().__init__(Text(f"{where} 第 {line} 行：{message.zh}", f"{where}:{line}: {message.en}"))
        self.where = where
        self.line = line
        self.message = message


def at_line(name: str, line: int, message: Text) -> Text:
    """What is wrong on a line of a mapping that can be read."""
    return Text(f"{name} 第 {line} 行：{message.zh}", f"{name}, line {line}: {message.en}")


@dataclass(frozen=True, slots=True)
class Document:
    """The plain value of a file (dicts, lists, strings) and the line on which each path begins."""

    value: Any
    where: str
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def refuse(self, path: Path, message: Text) -> BadConfiguration:
        return BadConfiguration(self.where, self.line(path), message)


def load(text: str, where: str) -> Document:
    """Parse one document. Raises BadConfiguration."""
    if len(text) > MAX_BYTES:
        raise BadConfiguration(where, 1, Text("文件超过 1 MiB", "the file is larger than 1 MiB"))
    try:
        root = _compose(text, where)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        words = error.problem or "not YAML"
        told = Text(f"不是有效的“YAML”，解析器报告“{words}”", words)
        raise BadConfiguration(where, mark.line + 1 if mark else 1, told) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        name = type(error).__name__
        raise BadConfiguration(where, 1, Text(f"不是有效的“YAML”（{name}）", f"not YAML: {name}")) from None
    document = Document({}, where)
    if root is None:
        raise BadConfiguration(where, 1, Text("文件为空", "the file is empty"))
    return Document(_plain(root, (), document), where, document.lines)


def _compose(text: str, where: str) -> yaml.Node | None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise BadConfiguration(where, line, Text("不允许使用锚点和别名", "anchors and aliases are not allowed"))
        if getattr(event, "tag", None):
            raise BadConfiguration(where, line, Text("不允许使用类型标签", "tags are not allowed"))
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > 32:
            raise BadConfiguration(where, line, Text("嵌套过深", "nested too deep"))
    return yaml.compose(text, Loader=yaml.CBaseLoader)


def _plain(node: yaml.Node, path: Path, document: Document) -> Any:
    document.lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, (*path, i), document) for i, child in enumerate(node.value)]
    return node.value


def _plain_mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise BadConfiguration(document.where, line, Text("键应为普通文本", "a key must be plain text"))
        key = key_node.value
        if key in plain:
            raise BadConfiguration(document.where, line, Text(f"键“{key}”重复", f"key {key!r} appears twice"))
        document.lines[(*path, key)] = line
        plain[key] = _plain(value_node, (*path, key), document)
    return plain
